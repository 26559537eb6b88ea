package elfsym

import (
	"cmp"
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"sonde/sysdeps"
)

// Slot is an entry of the procedure linkage table: a few instructions that
// jump to a function through a pointer that the dynamic linker fills.
type Slot struct {
	Addr    uint64 // link-time address of its first instruction, where calls enter
	GOT     uint64 // link-time address of the pointer
	Symbol  string // the function
	Version string // the version that is asked for, "" for none
}

// place is a Slot before it has a name.
type place struct{ addr, got uint64 }

// maxPLT caps the bytes of linkage tables, a million of their smallest slots,
// and maxCode those that are searched for them.
const (
	maxPLT  = 8 << 20
	maxCode = 1 << 30
)

// readPLT finds the slots: relocations tell which pointers are functions', and
// the code that jumps through one of them is a slot. Section headers tell
// where to look; without them, all code is searched.
func (f *File) readPLT(s *source, h *header, d *dynamic) ([]Slot, error) {
	if len(f.pointers) == 0 {
		return nil, nil
	}
	decode := newStubDecoder(f.Arch, f.gotBase)
	sections, ok := readPLTSections(s, h)
	places, err := f.placesInSections(s, sections, decode)
	if err != nil {
		return nil, err
	}
	// Headers prove nothing: only a program that was built with -fno-plt has
	// no slot and none of the relocations that are made for slots.
	lazy := slices.ContainsFunc(f.pointers, func(p pointer) bool { return p.kind == JumpSlot })
	if !ok || places == nil && lazy {
		if places, err = f.placesInSegments(s, d, decode); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.addr, b.addr) })
	places = slices.CompactFunc(places, func(a, b place) bool { return a.addr == b.addr })
	return f.nameSlots(places), nil
}

// placesInSections decodes sections that are linkage tables by their names, as
// far as the relocations agree.
func (f *File) placesInSections(s *source, sections []section, decode stubDecoder) ([]place, error) {
	var places []place
	left := uint64(maxPLT)
	for _, sec := range sections {
		n := s.executable(sec.addr, sec.size)
		if n == 0 || n > left {
			continue
		}
		left -= n
		code, err := s.mapped(sec.addr, n, "the linkage table")
		if err != nil {
			return nil, err
		}
		for off := 0; off < len(code); {
			stub := decode(code[off:], sec.addr+uint64(off))
			if stub.kind == plainSlot || stub.kind == certainSlot {
				if _, ok := f.slotPointer(stub.got); ok {
					places = append(places, place{sec.addr + uint64(off), stub.got})
				}
			}
			off += max(stub.size, slotAlign)
		}
	}
	return places, nil
}

// anchorReach is how far behind the start of an executable segment, or of
// .init, the first slot can be; stubReach how far behind the end of another
// one: the next section may begin on a boundary of 32.
const (
	anchorReach = 64
	stubReach   = 32
)

// placesInSegments finds linkage tables without the help of section headers.
// A slot that has what only a linker writes is taken wherever it is. One that
// is a plain jump might as well be a function in .text, and is taken only
// where a table is: close behind another entry, or at the start of the
// segment or behind DT_INIT, where GNU ld and gold put tables that have no
// lazy entries. For the price of missing a table of plain jumps that stands
// anywhere else, no function is taken for a slot.
func (f *File) placesInSegments(s *source, d *dynamic, decode stubDecoder) ([]place, error) {
	var places []place
	init, hasInit := d.value[elf.DT_INIT]
	// Segments share no more of the file than the pages at their ends.
	left := min(s.size+uint64(len(s.segs))*sysdeps.PageSize, maxCode)
	for i := range s.segs {
		seg := &s.segs[i]
		if seg.Flags&elf.PF_X == 0 {
			continue
		}
		if seg.FileSize > left {
			return nil, &FormatError{seg.Offset, fmt.Sprintf("executable segments that overlap, or have more than %d bytes", maxCode)}
		}
		left -= seg.FileSize
		end, reach := seg.Addr, uint64(anchorReach) // of the last thing that tells of a table
		err := s.code(seg, func(code []byte, addr uint64) int {
			if d := addr - init; hasInit && d < slotAlign {
				end, reach = addr, anchorReach
			}
			stub := decode(code, addr)
			near := addr-end <= reach
			switch {
			case stub.kind == notStub:
				return slotAlign
			case stub.kind == pushStub:
			case stub.kind == plainSlot && !near:
				return slotAlign
			default:
				if _, ok := f.slotPointer(stub.got); !ok {
					return slotAlign
				}
				places = append(places, place{addr, stub.got})
			}
			end, reach = addr+uint64(stub.size), stubReach
			return stub.size
		})
		if err != nil {
			return nil, err
		}
		if len(places) > maxPLT/slotAlign {
			return nil, &FormatError{seg.Offset, "more linkage table than the limit"}
		}
	}
	return places, nil
}

// code gives visit all code of a segment, from each address that it asks for
// on: it returns by how many bytes to go on. Code is maxStub bytes or more,
// but for the segment's end.
func (s *source) code(seg *Segment, visit func(code []byte, addr uint64) int) error {
	const what = "the code"
	off := seg.Offset
	if off > s.size || seg.FileSize > s.size-off {
		return s.truncated(off, seg.FileSize, what)
	}
	buffer := make([]byte, min(seg.FileSize, chunkSize))
	// Slots have aligned addresses, segments need not.
	pos := -seg.Addr % slotAlign
	for pos < seg.FileSize {
		p := buffer[:min(uint64(len(buffer)), seg.FileSize-pos)]
		if err := s.fill(p, off+pos, what); err != nil {
			return err
		}
		last := pos+uint64(len(p)) == seg.FileSize
		i := 0
		for i < len(p) && (last || len(p)-i >= maxStub) {
			i += visit(p[i:], seg.Addr+pos+uint64(i))
		}
		pos += uint64(i)
	}
	return nil
}

// nameSlots gives the places the names of the functions that they call.
//
// The pointer of an IRELATIVE has no symbol: it calls a function of this very
// file, which is known only by the resolver that chooses its code. The slot
// has the name of the IFUNC whose resolver that is. Where no such symbol is
// exported the slot is left out: nothing could be said of a call but that it
// happened, and no tracepoint would name it.
func (f *File) nameSlots(places []place) []Slot {
	slots := make([]Slot, 0, len(places))
	var resolvers map[uint64]*record
	for _, at := range places {
		p, _ := f.slotPointer(at.got)
		var r *record
		if p.kind == IRelative {
			if resolvers == nil {
				resolvers = f.resolvers()
			}
			r = resolvers[p.resolver]
		} else {
			r = &f.targets[p.symbol-1]
		}
		if r != nil {
			slots = append(slots, Slot{at.addr, at.got, f.nameOf(r), f.versionOf(r)})
		}
	}
	return slots
}

// slotPointer returns the pointer at an address, if it is one that the slots of
// a linkage table jump through.
func (f *File) slotPointer(addr uint64) (*pointer, bool) {
	i, ok := slices.BinarySearchFunc(f.pointers, addr, func(p pointer, addr uint64) int { return cmp.Compare(p.addr, addr) })
	if !ok || f.pointers[i].kind == Address {
		return nil, false
	}
	return &f.pointers[i], true
}

// resolvers returns the IFUNCs by the addresses of their resolvers. Of several
// names for one (aliases, versions), the one a program would be linked with
// comes first, then the one with fewer leading underscores, then by letter.
func (f *File) resolvers() map[uint64]*record {
	m := make(map[uint64]*record)
	for i := range f.symbols {
		r := &f.symbols[i]
		if r.kind != indirect {
			continue
		}
		if old := m[r.value]; old == nil || f.comparePublic(r, old) < 0 {
			m[r.value] = r
		}
	}
	return m
}

func (f *File) comparePublic(a, b *record) int {
	x, y := f.nameOf(a), f.nameOf(b)
	return cmp.Or(
		cmp.Compare(a.version&versionHidden, b.version&versionHidden),
		cmp.Compare(len(x)-len(strings.TrimLeft(x, "_")), len(y)-len(strings.TrimLeft(y, "_"))),
		cmp.Compare(x, y),
	)
}
