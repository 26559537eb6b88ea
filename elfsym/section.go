package elfsym

import (
	"debug/elf"
	"strings"
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
	size := uint64(shsize32)
	if s.is64 {
		size = shsize64
	}
	if h.shoff == 0 || !h.shentOK || h.shstrndx >= h.shnum {
		return nil, false
	}
	p, err := s.bytes(h.shoff, h.shnum*size, "the section headers")
	if err != nil {
		return nil, false
	}
	at := func(i uint64) sectionHeader {
		return readSectionHeader(&buf{p: p[i*size:][:size], is64: s.is64})
	}
	str := at(h.shstrndx)
	if str.typ != elf.SHT_STRTAB || str.size > maxSectionNames {
		return nil, false
	}
	raw, err := s.bytes(str.offset, str.size, "the names of sections")
	if err != nil {
		return nil, false
	}
	names := string(raw)
	for i := range h.shnum {
		sh := at(i)
		if sh.flags&elf.SHF_EXECINSTR == 0 || sh.typ != elf.SHT_PROGBITS {
			continue
		}
		name, _ := nameAt(names, uint64(sh.name))
		if !strings.HasPrefix(name, ".plt") && !strings.HasPrefix(name, ".iplt") {
			continue
		}
		if len(sections) == maxPLTSections {
			return nil, false
		}
		sections = append(sections, section{sh.addr, sh.size})
	}
	return sections, true
}

// sectionHeader is an Elf_Shdr up to its size.
type sectionHeader struct {
	name               uint32
	typ                elf.SectionType
	flags              elf.SectionFlag
	addr, offset, size uint64
}

func readSectionHeader(b *buf) sectionHeader {
	return sectionHeader{
		name:   b.u32(),
		typ:    elf.SectionType(b.u32()),
		flags:  elf.SectionFlag(b.word()),
		addr:   b.word(),
		offset: b.word(),
		size:   b.word(),
	}
}
