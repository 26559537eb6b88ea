package elfsym

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"
)

// reloc is a pointer that the dynamic linker fills with a function's address.
type reloc struct {
	got      uint64 // address of the pointer
	resolver uint64 // for an IRELATIVE: the function that returns the address
	symbol   uint32 // else: index in .dynsym
	kind     elf.R_X86_64
}

// maxRelocs caps the relocations that are kept, maxRelocBytes those looked at.
const (
	maxRelocs     = 1 << 20
	maxRelocBytes = 256 << 20
)

// relaSize is the size of an Elf64_Rela.
const relaSize = 24

// readRelocs returns the relocations of functions in an x86-64 file, sorted by
// the pointer's address, each once. DT_RELR has no symbols and is passed over.
func readRelocs(s *source, d *dynamic) ([]reloc, error) {
	var relocs []reloc
	add := func(addr, size, skip uint64) error {
		if addr == 0 || size == 0 {
			return nil
		}
		var err error
		relocs, err = appendRelocs(s, relocs, addr, size, skip)
		return err
	}
	if rel := elf.DynTag(d.value[elf.DT_PLTREL]); rel != elf.DT_NULL && rel != elf.DT_RELA {
		return nil, &FormatError{0, fmt.Sprintf("relocations of the linkage table are %s, not DT_RELA", rel)}
	}
	if err := add(d.value[elf.DT_JMPREL], d.value[elf.DT_PLTRELSZ], 0); err != nil {
		return nil, err
	}
	// The relative ones, often most of all, are first: DT_RELACOUNT, on which
	// the dynamic linker relies as well.
	size := d.value[elf.DT_RELASZ]
	skip := min(d.value[elf.DT_RELACOUNT], size/relaSize) * relaSize
	if err := add(d.value[elf.DT_RELA], size, skip); err != nil {
		return nil, err
	}
	// Stable: DT_RELA may span DT_JMPREL, and then the first seen holds.
	slices.SortStableFunc(relocs, func(a, b reloc) int { return cmp.Compare(a.got, b.got) })
	return slices.CompactFunc(relocs, func(a, b reloc) bool { return a.got == b.got }), nil
}

func appendRelocs(s *source, relocs []reloc, addr, size, skip uint64) ([]reloc, error) {
	const what = "the relocations"
	off, err := s.locate(addr, size, what)
	if err != nil {
		return nil, err
	}
	off, size = off+skip, (size-skip)/relaSize*relaSize
	if size > maxRelocBytes {
		return nil, &FormatError{off, fmt.Sprintf("%s of %d bytes, more than the limit of %d", what, size, maxRelocBytes)}
	}
	err = s.chunks(off, size, relaSize, what, func(p []byte) bool {
		for ; len(p) > 0 && len(relocs) <= maxRelocs; p = p[relaSize:] {
			relocs = appendReloc(relocs, p)
		}
		return len(relocs) <= maxRelocs
	})
	if err == nil && len(relocs) > maxRelocs {
		err = &FormatError{off, fmt.Sprintf("relocations of more than %d functions", maxRelocs)}
	}
	return relocs, err
}

// appendReloc appends the Elf64_Rela p if it is one of those that a slot of
// the linkage table can jump through (x86-64 psABI 4.4.1).
func appendReloc(relocs []reloc, p []byte) []reloc {
	le := binary.LittleEndian
	r := reloc{got: le.Uint64(p), kind: elf.R_X86_64(le.Uint32(p[8:]))}
	switch r.kind {
	case elf.R_X86_64_JMP_SLOT, elf.R_X86_64_GLOB_DAT:
		r.symbol = le.Uint32(p[12:])
	case elf.R_X86_64_IRELATIVE:
		r.resolver = le.Uint64(p[16:])
	default:
		return relocs
	}
	return append(relocs, r)
}

// findReloc returns the relocation of the pointer at an address.
func findReloc(relocs []reloc, got uint64) (*reloc, bool) {
	i, ok := slices.BinarySearchFunc(relocs, got, func(r reloc, got uint64) int { return cmp.Compare(r.got, got) })
	if !ok {
		return nil, false
	}
	return &relocs[i], true
}
