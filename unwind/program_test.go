package unwind

import (
	"debug/elf"
	"encoding/binary"
	"io"
	"testing"

	"sonde/elfsym"
	"sonde/sysdeps"
)

// Where the parts of a program made for a test lie, in its file and at its
// link-time addresses, and where it is mapped.
const (
	codeAt   = 0x1000
	codeSize = 0x1000
	frameAt  = codeAt + codeSize
	headerAt = 0x800
	biasAt   = 0x400000
	stackAt  = 0x7ff000000000
	altAt    = 0x7fe000000000
)

// program is a file with the code and the .eh_frame that a test gives it, mapped
// into memory beside a stack.
type program struct {
	arch   *sysdeps.Arch
	file   *elfsym.File
	images *elfsym.Images
	mem    regions
	regs   sysdeps.Regs
}

// regions are memory: of what is in none, nothing can be read.
type regions []region

type region struct {
	at   sysdeps.Addr
	data []byte
}

// ReadMemory is sysdeps.Memory's.
func (m regions) ReadMemory(p []byte, a sysdeps.Addr) (int, error) {
	for _, r := range m {
		if a >= r.at && a-r.at < sysdeps.Addr(len(r.data)) {
			if n := copy(p, r.data[a-r.at:]); n < len(p) {
				return n, io.ErrUnexpectedEOF
			}
			return len(p), nil
		}
	}
	return 0, io.ErrUnexpectedEOF
}

// newProgram makes one. code is at codeAt, frame its .eh_frame, which is searched
// without a table; stack is at stackAt, where the stack pointer is.
func newProgram(t testing.TB, arch *sysdeps.Arch, code, frame, stack []byte) *program {
	t.Helper()
	p := &program{arch: arch}
	image := buildELF(arch, code, frame)
	var err error
	if p.file, err = elfsym.ParseBytes(image); err != nil {
		t.Fatal(err)
	}
	p.mem = regions{{biasAt, image}, {p.stackAt(), stack}, {altAt, make([]byte, 4096)}}
	end := func(r region) sysdeps.Addr { return (r.at + sysdeps.Addr(len(r.data))).PageUp() }
	p.images = elfsym.NewImages([]elfsym.Mapping{
		{Lo: biasAt, Hi: end(p.mem[0]), Exec: true, Name: "/program", Inode: 1},
		{Lo: p.stackAt(), Hi: max(end(p.mem[1]), p.stackAt()+1), Write: true, Name: "[stack]"},
		{Lo: altAt, Hi: altAt + 4096, Write: true},
	}, nil, func(*elfsym.Image) (*elfsym.File, string, error) { return p.file, "", nil })
	p.regs.Arch = arch
	p.regs.SetPC(biasAt + codeAt)
	p.regs.SetSP(p.stackAt())
	return p
}

func (p *program) stackAt() sysdeps.Addr {
	if p.arch.PtrSize == 4 {
		return 0x7ff00000
	}
	return stackAt
}

// buildELF makes a file of one segment, whose index of .eh_frame leads to it and has
// no table.
func buildELF(arch *sysdeps.Arch, code, frame []byte) []byte {
	le := binary.LittleEndian
	image := make([]byte, frameAt+len(frame))
	copy(image[codeAt:frameAt], code)
	copy(image[frameAt:], frame)
	copy(image, elf.ELFMAG)
	image[elf.EI_CLASS], image[elf.EI_DATA], image[elf.EI_VERSION] = byte(arch.Class), byte(elf.ELFDATA2LSB), 1
	le.PutUint16(image[16:], uint16(elf.ET_DYN))
	le.PutUint16(image[18:], uint16(arch.Machine))
	le.PutUint32(image[20:], 1)
	segments := []elf.Prog64{
		{Type: uint32(elf.PT_LOAD), Flags: 5, Filesz: uint64(len(image)), Memsz: uint64(len(image))},
		{Type: uint32(elf.PT_GNU_EH_FRAME), Flags: 4, Off: headerAt, Vaddr: headerAt, Filesz: 12, Memsz: 12},
	}
	if arch.PtrSize == 8 {
		le.PutUint64(image[32:], 64)
		le.PutUint16(image[54:], 56)
		le.PutUint16(image[56:], uint16(len(segments)))
		for i, s := range segments {
			p := image[64+56*i:]
			le.PutUint32(p, s.Type)
			le.PutUint32(p[4:], s.Flags)
			for j, v := range []uint64{s.Off, s.Vaddr, 0, s.Filesz, s.Memsz} {
				le.PutUint64(p[8+8*j:], v)
			}
		}
	} else {
		le.PutUint32(image[28:], 52)
		le.PutUint16(image[42:], 32)
		le.PutUint16(image[44:], uint16(len(segments)))
		for i, s := range segments {
			p := image[52+32*i:]
			for j, v := range []uint32{s.Type, uint32(s.Off), uint32(s.Vaddr), 0, uint32(s.Filesz), uint32(s.Memsz), s.Flags} {
				le.PutUint32(p[4*j:], v)
			}
		}
	}
	header := image[headerAt:]
	header[0], header[1], header[2], header[3] = 1, 0x1b, 0xff, 0xff
	le.PutUint32(header[4:], frameAt-headerAt-4)
	return image
}

// entries makes a CIE of version 1 with augmentation zR, addresses relative to their
// place, and an FDE for all of the code.
func entries(arch *sysdeps.Arch, initial, instructions []byte) []byte {
	ra, align := byte(16), byte(0x78) // -8
	if arch.PtrSize == 4 {
		ra, align = 8, 0x7c // -4
	}
	cie := append([]byte{0, 0, 0, 0, 1, 'z', 'R', 0, 1, align, ra, 1, pePCRel | peS4}, initial...)
	frame := entry(cie)
	fde := make([]byte, 4, 16)
	binary.LittleEndian.PutUint32(fde, uint32(len(frame)+4)) // back to the CIE
	lo := codeAt - (frameAt + len(frame) + 8)
	fde = binary.LittleEndian.AppendUint32(fde, uint32(lo))
	fde = binary.LittleEndian.AppendUint32(fde, codeSize)
	fde = append(append(fde, 0), instructions...)
	return append(frame, entry(fde)...)
}

// entry puts a length before an entry, which is padded to a multiple of 4.
func entry(p []byte) []byte {
	for len(p)%4 != 0 {
		p = append(p, cfaNop)
	}
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(p))), p...)
}

// usual are the CIE's instructions of all compilers: CFA is the stack pointer plus a
// word, and the return address is there.
func usual(arch *sysdeps.Arch) []byte {
	if arch.PtrSize == 4 {
		return []byte{cfaDefCFA, 4, 4, cfaOffset | 8, 1}
	}
	return []byte{cfaDefCFA, 7, 8, cfaOffset | 16, 1}
}

// words makes a stack.
func words(arch *sysdeps.Arch, values ...uint64) []byte {
	var p []byte
	for _, v := range values {
		var b [8]byte
		p = append(p, arch.PutWord(b[:], v)...)
	}
	return p
}

// pcs are the program counters of the walk, and why it ended.
func (p *program) walk(w *Walker) (frames []Frame, stop *Stop) {
	for f := range w.Walk(p.mem, p.images, &p.regs) {
		frames = append(frames, f)
	}
	return frames, w.Stopped()
}
