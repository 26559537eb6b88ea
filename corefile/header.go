package corefile

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"

	"sonde/sysdeps"
)

// Sizes of the ELF header and of the entries of its tables (gABI, figures 4-3, 4-8
// and 5-1).
const (
	ehsize32, ehsize64 = 52, 64
	phsize32, phsize64 = 32, 56
	shsize32, shsize64 = 40, 64
)

// pnXNum in e_phnum says that there are more program headers than it can tell:
// their number is the sh_info of the first section header (gABI; fill_extnum_info
// in fs/binfmt_elf.c).
const pnXNum = 0xffff

// maxHeaders caps the program headers, one for each mapping: the kernel allows
// 65,530 of these by default (vm.max_map_count), and some raise that to millions.
const maxHeaders = 1 << 22

// maxNotes caps the bytes of notes: the kernel writes about 3 KiB a thread.
const maxNotes = 256 << 20

// programHeader is an Elf64_Phdr, without p_paddr.
type programHeader struct {
	typ            elf.ProgType
	flags          elf.ProgFlag
	off, vaddr     uint64
	filesz, memsz  uint64
	fileOffsetSelf uint64 // where the header itself is
}

// source is the file as it is read.
type source struct {
	r    io.ReaderAt
	size uint64
}

// bytes reads a piece of the file, which must have it.
func (s *source) bytes(off, n uint64, what string) ([]byte, error) {
	if off > s.size || n > s.size-off {
		return nil, &FormatError{off, what + " beyond the end of the file"}
	}
	p := make([]byte, n)
	if _, err := s.r.ReadAt(p, int64(off)); err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return p, nil
}

// readHeader tells the machine, and where the program headers are.
func readHeader(s *source) (a *sysdeps.Arch, phoff, phnum uint64, err error) {
	p, err := s.bytes(0, min(ehsize64, s.size), "the ELF header")
	if err != nil {
		return nil, 0, 0, err
	}
	if len(p) < ehsize32 || string(p[:len(elf.ELFMAG)]) != elf.ELFMAG {
		return nil, 0, 0, fmt.Errorf("%w, not even an ELF file", ErrNotCore)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if elf.Data(p[elf.EI_DATA]) == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	switch typ := elf.Type(order.Uint16(p[16:])); typ {
	case elf.ET_CORE:
	case elf.ET_EXEC, elf.ET_DYN:
		return nil, 0, 0, fmt.Errorf("%w, but a program or a library", ErrNotCore)
	default:
		return nil, 0, 0, fmt.Errorf("%w, but an ELF file of type %v", ErrNotCore, typ)
	}
	machine, class := elf.Machine(order.Uint16(p[18:])), elf.Class(p[elf.EI_CLASS])
	for _, known := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
		if known.Machine == machine && known.Class == class && order == binary.LittleEndian {
			a = known
		}
	}
	if a == nil {
		return nil, 0, 0, fmt.Errorf("%w: %v, %v, %v", ErrMachine, machine, class, elf.Data(p[elf.EI_DATA]))
	}
	phoff, phnum, err = programHeaders(s, p, a)
	return a, phoff, phnum, err
}

// programHeaders tells where they are and how many there are.
func programHeaders(s *source, p []byte, a *sysdeps.Arch) (phoff, phnum uint64, err error) {
	w := words{p, a}
	sizes, entry, section, info := 42, uint64(phsize32), uint64(shsize32), 28
	phoff, shoff := w.word(28), w.word(32)
	if a.PtrSize == 8 {
		if len(p) < ehsize64 {
			return 0, 0, &FormatError{0, "the ELF header is cut short"}
		}
		sizes, entry, section, info = 54, phsize64, shsize64, 44
		phoff, shoff = w.word(32), w.word(40)
	}
	phnum = uint64(w.u16(sizes + 2))
	if got := uint64(w.u16(sizes)); phnum > 0 && got != entry {
		return 0, 0, &FormatError{uint64(sizes), fmt.Sprintf("program headers of %d bytes, where %d are needed", got, entry)}
	}
	if phnum == pnXNum && shoff != 0 {
		first, err := s.bytes(shoff, section, "the section header with the number of segments")
		if err != nil {
			return 0, 0, err
		}
		phnum = uint64(binary.LittleEndian.Uint32(first[info:]))
	}
	if phnum > maxHeaders {
		return 0, 0, &FormatError{phoff, fmt.Sprintf("%d program headers", phnum)}
	}
	return phoff, phnum, nil
}

// readProgramHeaders reads those that the file has. The error tells that some are
// missing.
func readProgramHeaders(s *source, a *sysdeps.Arch, off, n uint64) ([]programHeader, error) {
	size := uint64(phsize32)
	if a.PtrSize == 8 {
		size = phsize64
	}
	have := n
	if off > s.size {
		have = 0
	} else if (s.size-off)/size < n {
		have = (s.size - off) / size
	}
	p, err := s.bytes(off, have*size, "program headers")
	if have < n && err == nil {
		err = &FormatError{off, fmt.Sprintf("%d of %d program headers are beyond the end of the file", n-have, n)}
	}
	hs := make([]programHeader, 0, len(p)/int(size))
	for ; len(p) >= int(size); p = p[size:] {
		h := decodeProgramHeader(words{p, a})
		h.fileOffsetSelf = off + uint64(len(hs))*size
		hs = append(hs, h)
	}
	return hs, err
}

func decodeProgramHeader(w words) programHeader {
	typ := elf.ProgType(uint32(w.int(0)))
	if w.arch.PtrSize == 4 {
		return programHeader{
			typ: typ, off: w.word(4), vaddr: w.word(8), filesz: w.word(16), memsz: w.word(20),
			flags: elf.ProgFlag(uint32(w.int(24))),
		}
	}
	return programHeader{
		typ: typ, flags: elf.ProgFlag(uint32(w.int(4))), off: w.word(8), vaddr: w.word(16),
		filesz: w.word(32), memsz: w.word(40),
	}
}
