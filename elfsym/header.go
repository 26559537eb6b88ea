package elfsym

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"

	"sonde/fields"
	"sonde/sysdeps"
)

// header is what the ELF header says; and the size of the dynamic segment and
// where notes and the unwinder's index are, which readSegments adds.
type header struct {
	arch      *sysdeps.Arch
	typ       elf.Type
	entry     uint64
	phoff     uint64
	phentsize uint64
	phnum     uint64
	shoff     uint64
	shnum     uint64
	shstrndx  uint64
	shentOK   bool // section headers have the size that they must have
	dynSize   uint64
	notes     []Segment

	unwindIndex section // PT_GNU_EH_FRAME
}

// arches are the machines whose files can be read, told apart by machine and
// class: x32 is x86-64 in 32-bit files, and none of them.
var arches = []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386}

// Sizes of the tables' entries in 32-bit and 64-bit files (gABI, figures 4-3,
// 4-8 and 5-1).
const (
	identSize = 16
	ehsize32  = 52
	ehsize64  = 64
	phsize32  = 32
	phsize64  = 56
	shsize32  = 40
	shsize64  = 64
)

// maxProgramHeaders is where the kernel refuses a program, whose headers must
// fit 64 kB (load_elf_phdrs in fs/binfmt_elf.c); 32-bit headers are smaller.
const maxProgramHeaders = 65536 / phsize32

// readHeader reads the header of a program or shared library.
func readHeader(s *source) (*header, error) {
	h, err := readAnyHeader(s)
	if err != nil {
		return nil, err
	}
	return h, h.check(s.is64)
}

// readAnyHeader reads the header of any ELF file of a known machine.
func readAnyHeader(s *source) (*header, error) {
	if s.size < identSize {
		return nil, ErrNotELF
	}
	ident, err := s.bytes(0, identSize, "identification")
	if err != nil {
		return nil, err
	}
	if string(ident[:4]) != elf.ELFMAG {
		return nil, ErrNotELF
	}
	class, data := elf.Class(ident[elf.EI_CLASS]), elf.Data(ident[elf.EI_DATA])
	size := uint64(ehsize64)
	switch class {
	case elf.ELFCLASS64:
		s.is64 = true
	case elf.ELFCLASS32:
		size = ehsize32
	default:
		return nil, &FormatError{elf.EI_CLASS, fmt.Sprintf("unknown class %d", class)}
	}
	p, err := s.bytes(0, size, "the ELF header")
	if err != nil {
		return nil, err
	}
	arch, err := archOf(p, class, data)
	if err != nil {
		return nil, err
	}
	h, err := decodeHeader(p, s.is64)
	if err != nil {
		return nil, err
	}
	h.arch = arch
	return h, nil
}

// archOf finds the machine, in the byte order of the file so that the error
// can name any.
func archOf(p []byte, class elf.Class, data elf.Data) (*sysdeps.Arch, error) {
	var machine elf.Machine
	switch data {
	case elf.ELFDATA2LSB:
		machine = elf.Machine(binary.LittleEndian.Uint16(p[18:]))
	case elf.ELFDATA2MSB:
		machine = elf.Machine(binary.BigEndian.Uint16(p[18:]))
	default:
		return nil, &FormatError{elf.EI_DATA, fmt.Sprintf("unknown byte order %d", data)}
	}
	for _, a := range arches {
		if a.Machine == machine && a.Class == class && data == elf.ELFDATA2LSB {
			return a, nil
		}
	}
	name := strings.TrimPrefix(machine.String(), "EM_")
	switch {
	case machine == elf.EM_X86_64 && class == elf.ELFCLASS32 && data == elf.ELFDATA2LSB:
		name = "x32"
	case class == elf.ELFCLASS64:
		name += ", 64-bit"
	default:
		name += ", 32-bit"
	}
	return nil, fmt.Errorf("%w: %s", ErrMachine, name)
}

func decodeHeader(p []byte, is64 bool) (*header, error) {
	b := &buf{Reader: fields.New(p), is64: is64, what: "the ELF header"}
	h := &header{}
	b.Skip(identSize)
	h.typ = elf.Type(b.U16())
	b.Skip(2 + 4) // machine, version
	h.entry = b.word()
	h.phoff = b.word()
	h.shoff = b.word()
	b.Skip(4 + 2) // flags, size of this header
	h.phentsize = uint64(b.U16())
	h.phnum = uint64(b.U16())
	shentsize := uint64(b.U16())
	h.shnum = uint64(b.U16())
	h.shstrndx = uint64(b.U16())
	if err := b.err(); err != nil {
		return nil, err
	}
	shsize := uint64(shsize32)
	if is64 {
		shsize = shsize64
	}
	h.shentOK = shentsize == shsize
	return h, nil
}

// check returns nil for what can be loaded, by its type and program headers.
func (h *header) check(is64 bool) error {
	if h.typ != elf.ET_EXEC && h.typ != elf.ET_DYN {
		return &FormatError{identSize, "neither a program nor a shared library, but " + typeName(h.typ)}
	}
	phsize := uint64(phsize32)
	if is64 {
		phsize = phsize64
	}
	if h.phnum == 0 {
		return &FormatError{h.phoff, "no program headers"}
	}
	if h.phentsize != phsize || h.phnum > maxProgramHeaders {
		return &FormatError{h.phoff, fmt.Sprintf("%d program headers of %d bytes", h.phnum, h.phentsize)}
	}
	return nil
}

func typeName(t elf.Type) string {
	switch t {
	case elf.ET_REL:
		return "an object file"
	case elf.ET_CORE:
		return "a core dump"
	}
	return fmt.Sprintf("of type %d", uint16(t))
}

// maxInterp is the kernel's PATH_MAX, more than which it does not take for the
// name of an interpreter.
const maxInterp = 4096

func (f *File) readSegments(s *source, h *header) error {
	size := uint64(phsize32)
	if s.is64 {
		size = phsize64
	}
	p, err := s.bytes(h.phoff, h.phnum*size, "the program headers")
	if err != nil {
		return err
	}
	b := &buf{Reader: fields.New(p), off: h.phoff, is64: s.is64, what: "the program headers"}
	for range h.phnum {
		at := b.at()
		typ, seg := readProgramHeader(b)
		switch typ {
		case elf.PT_LOAD:
			if seg.Addr+seg.Size < seg.Addr || seg.FileSize > seg.Size {
				return &FormatError{at, "a segment that cannot be mapped"}
			}
			f.segments = append(f.segments, seg)
		case elf.PT_INTERP:
			if f.Interp, err = readInterp(s, seg); err != nil {
				return err
			}
		case elf.PT_GNU_EH_FRAME:
			h.unwindIndex = section{seg.Addr, seg.Size}
		case elf.PT_DYNAMIC:
			f.Dynamic, f.DynAddr, h.dynSize = true, seg.Addr, seg.Size
		case elf.PT_NOTE:
			if len(h.notes) < maxNotes {
				h.notes = append(h.notes, seg)
			}
		}
	}
	s.segs = f.segments
	return b.err()
}

// readProgramHeader reads an Elf64_Phdr or Elf32_Phdr, which has its flags
// elsewhere.
func readProgramHeader(b *buf) (elf.ProgType, Segment) {
	var seg Segment
	typ := elf.ProgType(b.U32())
	if b.is64 {
		seg.Flags = elf.ProgFlag(b.U32())
	}
	seg.Offset = b.word()
	seg.Addr = b.word()
	b.word() // physical address
	seg.FileSize = b.word()
	seg.Size = b.word()
	if !b.is64 {
		seg.Flags = elf.ProgFlag(b.U32())
	}
	b.word() // alignment
	return typ, seg
}

func readInterp(s *source, seg Segment) (string, error) {
	if seg.FileSize > maxInterp {
		return "", &FormatError{seg.Offset, fmt.Sprintf("an interpreter's name of %d bytes", seg.FileSize)}
	}
	p, err := s.bytes(seg.Offset, seg.FileSize, "the interpreter's name")
	if err != nil {
		return "", err
	}
	name, _, _ := strings.Cut(string(p), "\x00")
	return name, nil
}
