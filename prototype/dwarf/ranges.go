package dwarf

import (
	"debug/dwarf"

	"sonde/fields"
)

// span is a range of addresses, the end not included.
type span struct{ low, high uint64 }

// maxSpans caps the ranges of one entry.
const maxSpans = 1 << 20

// spans returns the addresses of an entry's code, in the order in which they
// stand there.
func (e *entry) spans() []span {
	if v := e.val(dwarf.AttrRanges); v.form != 0 {
		spans := e.u.readRanges(v)
		e.u.f.d.spend(len(spans))
		return spans
	}
	low, ok := e.address(dwarf.AttrLowpc)
	if !ok {
		return nil
	}
	high, ok := e.address(dwarf.AttrHighpc)
	if n, constant := e.number(dwarf.AttrHighpc); constant { // since DWARF 4 a length may stand there
		high, ok = low+uint64(n), true
	}
	if !ok || high <= low {
		return nil
	}
	return []span{{low, high}}
}

func (u *unit) readRanges(v value) []span {
	f := u.f
	if u.version == 5 {
		off := v.n
		if v.form == formRnglistx {
			b := tableAt(f.rnglists, u.rangesBase, v.n, u.offsetSize())
			if off = b.Word(u.is64) + u.rangesBase; b.Bad() {
				return nil
			}
		}
		return u.readList(fields.At(f.rnglists, off))
	}
	if f.skeleton != nil {
		f = f.skeleton.f
	}
	off := v.n
	if f != u.f { // of the skeleton itself they do not count from the base (GCC wiki, DebugFission)
		off += u.rangesBase
	}
	return u.readPairs(fields.At(f.ranges, off))
}

// readPairs reads .debug_ranges (DWARF 4, 2.17.3).
func (u *unit) readPairs(b fields.Reader) (spans []span) {
	base := u.low
	top := ^uint64(0) >> (64 - 8*u.addrSize)
	for len(spans) < maxSpans {
		low, high := b.Uint(u.addrSize), b.Uint(u.addrSize)
		switch {
		case b.Bad() || low == 0 && high == 0:
			return spans
		case low == top:
			base = high
		case low < high:
			spans = append(spans, span{base + low, base + high})
		}
	}
	return spans
}

// Kinds of entries in .debug_rnglists (DWARF 5, 7.25).
const (
	rangeEnd = iota
	rangeBaseIndex
	rangeStartEndIndex
	rangeStartIndexLength
	rangeOffsets
	rangeBase
	rangeStartEnd
	rangeStartLength
)

// readList reads a list of .debug_rnglists.
func (u *unit) readList(b fields.Reader) (spans []span) {
	base := u.low
	for len(spans) < maxSpans {
		var s span
		switch kind := b.U8(); kind {
		case rangeBaseIndex:
			base = u.indexed(&b)
		case rangeStartEndIndex:
			s = span{u.indexed(&b), u.indexed(&b)}
		case rangeStartIndexLength:
			s.low = u.indexed(&b)
			s.high = s.low + b.ULEB()
		case rangeOffsets:
			s = span{base + b.ULEB(), base + b.ULEB()}
		case rangeBase:
			base = b.Uint(u.addrSize)
		case rangeStartEnd:
			s = span{b.Uint(u.addrSize), b.Uint(u.addrSize)}
		case rangeStartLength:
			s.low = b.Uint(u.addrSize)
			s.high = s.low + b.ULEB()
		default: // rangeEnd, and what is not known
			return spans
		}
		if b.Bad() {
			return spans
		}
		if s.low < s.high {
			spans = append(spans, s)
		}
	}
	return spans
}
