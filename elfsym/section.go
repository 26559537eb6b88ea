package elfsym

import (
	"debug/elf"
	"strings"

	"sonde/fields"
)

// section is a section of code whose name says that it is a linkage table.
type section struct{ addr, size uint64 }

// maxPLTSections caps them; linkers make up to four.
const maxPLTSections = 64

// maxSectionNames caps the names of sections, of which a linked file has few.
const maxSectionNames = 1 << 20

// readPLTSections returns the linkage tables by the section headers: .plt,
// .plt.got, .plt.sec, .plt.bnd, lld's .iplt. Headers that are cut off or
// damaged are the same as none, since nothing needs them: ok is false then.
func readPLTSections(s *source, h *header) (sections []section, ok bool) {
	few := true
	ok = eachSection(s, h, func(name string, sh sectionHeader) bool {
		if sh.flags&elf.SHF_EXECINSTR == 0 || sh.typ != elf.SHT_PROGBITS {
			return true
		}
		if !strings.HasPrefix(name, ".plt") && !strings.HasPrefix(name, ".iplt") {
			return true
		}
		if few = len(sections) < maxPLTSections; few {
			sections = append(sections, section{sh.addr, sh.size})
		}
		return few
	})
	if !ok || !few {
		return nil, false
	}
	return sections, true
}

// eachSection yields the section headers with their names until yield says
// false. ok is false where there are none, or they are damaged.
func eachSection(s *source, h *header, yield func(name string, sh sectionHeader) bool) (ok bool) {
	size := uint64(shsize32)
	if s.is64 {
		size = shsize64
	}
	if h.shoff == 0 || !h.shentOK || h.shstrndx >= h.shnum {
		return false
	}
	p, err := s.bytes(h.shoff, h.shnum*size, "the section headers")
	if err != nil {
		return false
	}
	at := func(i uint64) sectionHeader {
		return readSectionHeader(&buf{Reader: fields.New(p[i*size:][:size]), is64: s.is64})
	}
	str := at(h.shstrndx)
	if str.typ != elf.SHT_STRTAB || str.size > maxSectionNames {
		return false
	}
	raw, err := s.bytes(str.offset, str.size, "the names of sections")
	if err != nil {
		return false
	}
	names := string(raw)
	for i := range h.shnum {
		sh := at(i)
		name, _ := nameAt(names, uint64(sh.name))
		if !yield(name, sh) {
			break
		}
	}
	return true
}

// readSections returns all section headers. That there are none is no error.
func readSections(s *source, h *header) ([]namedSection, error) {
	if h.shoff == 0 {
		return nil, nil
	}
	var sections []namedSection
	ok := eachSection(s, h, func(name string, sh sectionHeader) bool {
		sections = append(sections, namedSection{name, sh})
		return true
	})
	if !ok {
		return nil, &FormatError{h.shoff, "section headers that are damaged or cut off"}
	}
	return sections, nil
}

// namedSection is a section's header with its name.
type namedSection struct {
	name string
	sectionHeader
}

// sectionHeader is an Elf_Shdr.
type sectionHeader struct {
	name               uint32
	typ                elf.SectionType
	flags              elf.SectionFlag
	addr, offset, size uint64
	link               uint32 // of a symbol table: the section of its names
	entrySize          uint64 // of a table
}

func readSectionHeader(b *buf) sectionHeader {
	sh := sectionHeader{
		name:   b.U32(),
		typ:    elf.SectionType(b.U32()),
		flags:  elf.SectionFlag(b.word()),
		addr:   b.word(),
		offset: b.word(),
		size:   b.word(),
		link:   b.U32(),
	}
	b.Skip(4) // sh_info
	b.word()  // alignment
	sh.entrySize = b.word()
	return sh
}
