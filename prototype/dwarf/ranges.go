package dwarf

import "debug/dwarf"

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
			if off = b.offset(u.is64) + u.rangesBase; b.bad {
				return nil
			}
		}
		return u.readList(at(f.rnglists, off))
	}
	if f.skeleton != nil {
		f = f.skeleton.f
	}
	off := v.n
	if f != u.f { // of the skeleton itself they do not count from the base (GCC wiki, DebugFission)
		off += u.rangesBase
	}
	return u.readPairs(at(f.ranges, off))
}

// readPairs reads .debug_ranges (DWARF 4, 2.17.3).
func (u *unit) readPairs(b buf) (spans []span) {
	base := u.low
	top := ^uint64(0) >> (64 - 8*u.addrSize)
	for len(spans) < maxSpans {
		low, high := b.uint(u.addrSize), b.uint(u.addrSize)
		switch {
		case b.bad || low == 0 && high == 0:
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
func (u *unit) readList(b buf) (spans []span) {
	base := u.low
	indexed := func() uint64 {
		addr, ok := u.indexedAddress(b.uleb())
		b.bad = b.bad || !ok
		return addr
	}
	for len(spans) < maxSpans {
		var s span
		switch kind := b.u8(); kind {
		case rangeBaseIndex:
			base = indexed()
		case rangeStartEndIndex:
			s = span{indexed(), indexed()}
		case rangeStartIndexLength:
			s.low = indexed()
			s.high = s.low + b.uleb()
		case rangeOffsets:
			s = span{base + b.uleb(), base + b.uleb()}
		case rangeBase:
			base = b.uint(u.addrSize)
		case rangeStartEnd:
			s = span{b.uint(u.addrSize), b.uint(u.addrSize)}
		case rangeStartLength:
			s.low = b.uint(u.addrSize)
			s.high = s.low + b.uleb()
		default: // rangeEnd, and what is not known
			return spans
		}
		if b.bad {
			return spans
		}
		if s.low < s.high {
			spans = append(spans, s)
		}
	}
	return spans
}
