package elfsym

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"

	"sonde/fields"
)

// ownPointer is a pointer that the dynamic linker sets to a place in this file.
type ownPointer struct{ addr, target uint64 }

// readRelative returns those of the pointers at the given addresses that a
// relative relocation sets to code of this file, sorted by address.
func (f *File) readRelative(s *source, h *header, wanted *pointerSet) ([]ownPointer, error) {
	if len(wanted.addrs) == 0 || !f.Dynamic {
		return nil, nil
	}
	d, err := readDynamicTable(s, f.DynAddr, h.dynSize)
	if err != nil {
		return nil, err
	}
	var found []ownPointer
	add := func(addr, target uint64) bool {
		if wanted.has(addr) {
			found = append(found, ownPointer{addr, target})
		}
		return len(found) <= maxRelocs
	}
	if err := eachRelative(s, d, relocFormatOf(f.Arch), add); err != nil {
		return nil, err
	}
	if err := eachRelr(s, d, func(addr uint64) bool { return add(addr, 0) }); err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b ownPointer) int { return cmp.Compare(a.addr, b.addr) })
	found = slices.CompactFunc(found, func(a, b ownPointer) bool { return a.addr == b.addr })
	return targetsInPlace(s, found)
}

// targetsInPlace gives the target to those that have it in the pointer itself,
// and drops what is not code.
func targetsInPlace(s *source, found []ownPointer) ([]ownPointer, error) {
	m := memory{s: s}
	kept := found[:0]
	for _, r := range found {
		if r.target == 0 {
			p, err := m.at(r.addr, int(s.wordSize()))
			if err != nil {
				return nil, err
			}
			r.target = (&buf{Reader: fields.New(p), is64: s.is64}).word()
		}
		if s.executable(r.target, 1) > 0 {
			kept = append(kept, r)
		}
	}
	return kept, nil
}

// eachRelative yields the relocations of the main table that put an address of
// the file itself where at is, until yield says false; target is 0 where the
// format leaves it in the pointer (DT_REL). None where there is no such table.
func eachRelative(s *source, d *dynamic, format *relocFormat, yield func(at, target uint64) bool) error {
	const what = "the relocations"
	if d == nil {
		return nil
	}
	addr, size := d.value[format.table], d.value[format.size]/format.entry*format.entry
	if addr == 0 || size == 0 {
		return nil
	}
	off, err := s.locate(addr, size, what)
	if err != nil {
		return err
	}
	if size > maxRelocBytes {
		return &FormatError{off, fmt.Sprintf("%s of %d bytes, more than the limit of %d", what, size, maxRelocBytes)}
	}
	return s.chunks(off, size, format.entry, what, func(p []byte) bool {
		for ; len(p) > 0; p = p[format.entry:] {
			if r, typ := decodeReloc(p, s.is64); typ == relocRelative && !yield(r.got, r.target) {
				return false
			}
		}
		return true
	})
}

// relocRelative is R_X86_64_RELATIVE, and R_386_RELATIVE too.
const relocRelative = uint32(elf.R_X86_64_RELATIVE)

// The tags of relative relocations that are packed (gABI, "Relocation"), which
// debug/elf does not know.
const (
	dtRELRSZ = elf.DynTag(35)
	dtRELR   = elf.DynTag(36)
)

// eachRelr yields the addresses that DT_RELR has: a word with bit 0 clear is one
// of them, a word with bit 0 set is a map of which of the words behind are; until
// yield says false.
func eachRelr(s *source, d *dynamic, yield func(addr uint64) bool) error {
	const what = "the packed relocations"
	addr, size := d.value[dtRELR], d.value[dtRELRSZ]
	word := s.wordSize()
	if addr == 0 || size < word || size > maxRelocBytes {
		return nil
	}
	off, err := s.locate(addr, size, what)
	if err != nil {
		return err
	}
	next := uint64(0)
	return s.chunks(off, size/word*word, word, what, func(p []byte) bool {
		for ; len(p) > 0; p = p[word:] {
			v := uint64(binary.LittleEndian.Uint32(p))
			if s.is64 {
				v = binary.LittleEndian.Uint64(p)
			}
			if v&1 == 0 {
				if !yield(v) {
					return false
				}
				next = v + word
				continue
			}
			for at := next; v > 1; at += word {
				if v >>= 1; v&1 != 0 && !yield(at) {
					return false
				}
			}
			next += (8*word - 1) * word
		}
		return true
	})
}
