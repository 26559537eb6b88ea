package elfsym

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math"

	"sonde/sysdeps"
)

// maxMapped caps what is read out of memory as a file.
const maxMapped = 256 << 20

// ParseMapped reads an image's file out of the memory that it is mapped into: the
// vDSO, which is nowhere else, or a file that cannot be reached any more. What is not
// mapped of it is not known: section headers, and with them .symtab. What the program
// has changed since, it is not told from the file; what the dynamic linker changes of
// the dynamic segment is changed back.
func ParseMapped(img *Image, mem sysdeps.Memory) (*File, error) {
	size, known := uint64(0), uint64(0)
	for i := range img.Parts {
		m := &img.Parts[i]
		n := uint64(m.Hi - m.Lo)
		if end := m.Offset + n; end > m.Offset {
			size, known = max(size, end), known+min(n, maxMapped)
		}
	}
	if limit := min(maxMapped, 2*known+1<<20); size > limit {
		return nil, fmt.Errorf("read %s out of memory: %d bytes, more than the limit of %d", img.Name, size, limit)
	}
	p := make([]byte, size)
	for i := range img.Parts {
		m := &img.Parts[i]
		if m.Offset < size {
			// What cannot be read stays zero, and is missed if it is needed.
			_, _ = mem.ReadMemory(p[m.Offset:min(size, m.Offset+uint64(m.Hi-m.Lo))], m.Lo)
		}
	}
	f, err := img.parse(p)
	if err != nil {
		return nil, fmt.Errorf("read %s out of memory: %w", img.Name, err)
	}
	return f, nil
}

// parse reads a file that has been put together from its parts in memory.
func (img *Image) parse(p []byte) (*File, error) {
	s := &source{r: mapped(p), size: uint64(len(p))}
	h, err := readHeader(s)
	if err != nil {
		return nil, err
	}
	f := &File{Arch: h.arch}
	if err := f.readSegments(s, h); err != nil {
		return nil, err
	}
	bias, err := img.findBias(f)
	if err != nil {
		return nil, err
	}
	if f.Dynamic {
		s.moveBack(p, f.DynAddr, h.dynSize, uint64(bias))
	}
	if f, err = ParseBytes(p); err == nil {
		return f, nil
	}
	// Frames are found without what the dynamic linker needs, which may be damaged.
	h.dropDynamic(s, p)
	return ParseBytes(p)
}

// addressTags are the entries of the dynamic segment that are addresses, which glibc
// makes those in memory where it can write to them (ADJUST_DYN_INFO in
// elf/get-dynamic-info.h).
var addressTags = map[elf.DynTag]bool{
	elf.DT_HASH: true, elf.DT_PLTGOT: true, elf.DT_STRTAB: true, elf.DT_SYMTAB: true, elf.DT_RELA: true, elf.DT_REL: true,
	elf.DT_JMPREL: true, elf.DT_VERSYM: true, elf.DT_VERDEF: true, elf.DT_VERNEED: true, elf.DT_GNU_HASH: true,
}

// moveBack makes addresses in the dynamic segment link-time ones again.
func (s *source) moveBack(p []byte, addr, size, bias uint64) {
	off, have, ok := s.find(addr)
	if !ok || off > s.size {
		return
	}
	table := p[off:][:min(size, have, s.size-off)]
	le := binary.LittleEndian
	word := int(s.wordSize())
	for ; len(table) >= 2*word; table = table[2*word:] {
		tag, value := uint64(le.Uint32(table)), uint64(le.Uint32(table[4:]))
		if word == 8 {
			tag, value = le.Uint64(table), le.Uint64(table[8:])
		}
		if tag > math.MaxInt32 || !addressTags[elf.DynTag(tag)] {
			continue
		}
		if _, _, linked := s.find(value); linked && value < bias {
			continue // it has been left alone
		}
		if word == 8 {
			le.PutUint64(table[8:], value-bias)
		} else {
			le.PutUint32(table[4:], uint32(value-bias))
		}
	}
}

// dropDynamic makes the program header of the dynamic segment one of nothing.
func (h *header) dropDynamic(s *source, p []byte) {
	size := uint64(phsize32)
	if s.is64 {
		size = phsize64
	}
	for i := range h.phnum {
		at := h.phoff + i*size
		if at+4 <= uint64(len(p)) && elf.ProgType(binary.LittleEndian.Uint32(p[at:])) == elf.PT_DYNAMIC {
			binary.LittleEndian.PutUint32(p[at:], uint32(elf.PT_NULL))
		}
	}
}
