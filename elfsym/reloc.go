package elfsym

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"

	"sonde/sysdeps"
)

// reloc is a pointer that the dynamic linker fills with an address of code.
type reloc struct {
	got    uint64 // address of the pointer
	target uint64 // the addend; for IRelative the function that returns the address
	symbol uint32 // for the others: index in .dynsym
	kind   PointerKind
}

// maxRelocs caps the relocations that are kept, maxRelocBytes those looked at.
const (
	maxRelocs     = 1 << 21
	maxRelocBytes = 256 << 20
)

// relocFormat is how a machine writes its relocations.
type relocFormat struct {
	table, size, count elf.DynTag // of the main table
	section            elf.SectionType
	entry              uint64 // bytes of one
	// kind tells what a relocation is to a pointer at a function; ok is false
	// for all others.
	kind func(typ uint32) (k PointerKind, ok bool)
}

// Elf64_Rela; Elf32_Rel has no addend: it is what the pointer holds in the file.
var (
	x86Relocs  = relocFormat{elf.DT_RELA, elf.DT_RELASZ, elf.DT_RELACOUNT, elf.SHT_RELA, relaSize, x86PointerKind}
	i386Relocs = relocFormat{elf.DT_REL, elf.DT_RELSZ, elf.DT_RELCOUNT, elf.SHT_REL, relSize, i386PointerKind}
)

// Sizes of Elf64_Rela and Elf32_Rel.
const (
	relaSize = 24
	relSize  = 8
)

func relocFormatOf(a *sysdeps.Arch) *relocFormat {
	if a == sysdeps.I386 {
		return &i386Relocs
	}
	return &x86Relocs
}

// readRelocs returns the relocations of pointers at functions, sorted by the
// pointer's address, each once. Relative ones are passed over, and with them
// DT_RELR, which holds no others.
func readRelocs(s *source, d *dynamic, a *sysdeps.Arch) ([]reloc, error) {
	format := relocFormatOf(a)
	var relocs []reloc
	add := func(addr, size, skip uint64) error {
		if addr == 0 || size == 0 {
			return nil
		}
		var err error
		relocs, err = appendRelocs(s, relocs, format, addr, size, skip)
		return err
	}
	if rel := elf.DynTag(d.value[elf.DT_PLTREL]); rel != elf.DT_NULL && rel != format.table {
		return nil, &FormatError{0, fmt.Sprintf("relocations of the linkage table are %s, not %s", rel, format.table)}
	}
	if err := add(d.value[elf.DT_JMPREL], d.value[elf.DT_PLTRELSZ], 0); err != nil {
		return nil, err
	}
	// The relative ones, often most of all, are first: DT_RELACOUNT, on which
	// the dynamic linker relies as well.
	size := d.value[format.size]
	skip := min(d.value[format.count], size/format.entry) * format.entry
	if err := add(d.value[format.table], size, skip); err != nil {
		return nil, err
	}
	return finishRelocs(s, relocs, format)
}

// finishRelocs sorts relocations and completes them by what is in the pointers.
func finishRelocs(s *source, relocs []reloc, format *relocFormat) ([]reloc, error) {
	// Stable: DT_RELA may span DT_JMPREL, and then the first seen holds.
	slices.SortStableFunc(relocs, func(a, b reloc) int { return cmp.Compare(a.got, b.got) })
	relocs = slices.CompactFunc(relocs, func(a, b reloc) bool { return a.got == b.got })
	if format == &i386Relocs {
		return relocs, addendsInPlace(s, relocs)
	}
	return relocs, nil
}

// readStaticRelocs returns the relocations of IFUNCs in a program without a
// dynamic segment. Its own start-up code finds them between two symbols, so all
// that tells others is the section headers, if there are any.
func readStaticRelocs(s *source, h *header, a *sysdeps.Arch) ([]reloc, error) {
	format := relocFormatOf(a)
	var relocs []reloc
	eachSection(s, h, func(_ string, sh sectionHeader) bool {
		if sh.typ == format.section && sh.flags&elf.SHF_ALLOC != 0 && sh.size > 0 {
			if more, err := appendRelocs(s, relocs, format, sh.addr, sh.size, 0); err == nil {
				relocs = more
			}
		}
		return true
	})
	relocs = slices.DeleteFunc(relocs, func(r reloc) bool { return r.kind != IRelative })
	return finishRelocs(s, relocs, format)
}

func appendRelocs(s *source, relocs []reloc, format *relocFormat, addr, size, skip uint64) ([]reloc, error) {
	const what = "the relocations"
	off, err := s.locate(addr, size, what)
	if err != nil {
		return nil, err
	}
	off, size = off+skip, (size-skip)/format.entry*format.entry
	if size > maxRelocBytes {
		return nil, &FormatError{off, fmt.Sprintf("%s of %d bytes, more than the limit of %d", what, size, maxRelocBytes)}
	}
	err = s.chunks(off, size, format.entry, what, func(p []byte) bool {
		for ; len(p) > 0 && len(relocs) <= maxRelocs; p = p[format.entry:] {
			r, typ := decodeReloc(p, s.is64)
			var ok bool
			if r.kind, ok = format.kind(typ); ok {
				relocs = append(relocs, r)
			}
		}
		return len(relocs) <= maxRelocs
	})
	if err == nil && len(relocs) > maxRelocs {
		err = &FormatError{off, fmt.Sprintf("relocations of more than %d functions", maxRelocs)}
	}
	return relocs, err
}

func decodeReloc(p []byte, is64 bool) (r reloc, typ uint32) {
	le := binary.LittleEndian
	if is64 {
		return reloc{got: le.Uint64(p), symbol: le.Uint32(p[12:]), target: le.Uint64(p[16:])}, le.Uint32(p[8:])
	}
	info := le.Uint32(p[4:])
	return reloc{got: uint64(le.Uint32(p)), symbol: info >> 8}, info & 0xff
}

// x86PointerKind knows the relocations of the x86-64 psABI, 4.4.1.
func x86PointerKind(typ uint32) (PointerKind, bool) {
	switch elf.R_X86_64(typ) {
	case elf.R_X86_64_JMP_SLOT:
		return JumpSlot, true
	case elf.R_X86_64_GLOB_DAT:
		return GlobDat, true
	case elf.R_X86_64_64:
		return Address, true
	case elf.R_X86_64_IRELATIVE:
		return IRelative, true
	}
	return 0, false
}

// i386PointerKind knows those of the i386 psABI, 4.4.
func i386PointerKind(typ uint32) (PointerKind, bool) {
	switch elf.R_386(typ) {
	case elf.R_386_JMP_SLOT:
		return JumpSlot, true
	case elf.R_386_GLOB_DAT:
		return GlobDat, true
	case elf.R_386_32:
		return Address, true
	case elf.R_386_IRELATIVE:
		return IRelative, true
	}
	return 0, false
}

// addendsInPlace reads what pointers hold whose addend means something.
func addendsInPlace(s *source, relocs []reloc) error {
	m := memory{s: s}
	for i := range relocs {
		r := &relocs[i]
		if r.kind != IRelative && r.kind != Address {
			continue
		}
		p, err := m.at(r.got, relWord)
		if err != nil {
			return err
		}
		if len(p) >= relWord { // else it is beyond the file: zeroes
			r.target = uint64(binary.LittleEndian.Uint32(p))
		}
	}
	return nil
}

// relWord is the size of a 32-bit pointer.
const relWord = 4
