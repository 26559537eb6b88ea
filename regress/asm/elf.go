package asm

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// headerSize is what the file header and three program headers need in either class; the
// instructions follow, in the same segment.
const headerSize = 64 + 3*56

// elf returns the program as a file: one segment of instructions, one of data, and a stack
// without execute permission.
func (p *Program) elf() []byte {
	text := headerSize + uint64(len(p.text.bytes))
	dataOff := p.dataAddr() - textAddr
	segments := []elf.Prog64{
		{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: textAddr, Filesz: text, Memsz: text, Align: pageSize},
		{Type: uint32(elf.PT_GNU_STACK), Flags: uint32(elf.PF_R | elf.PF_W), Align: 16},
	}
	if size := uint64(len(p.data.bytes)); size > 0 {
		segments = append(segments, elf.Prog64{
			Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_W), Off: dataOff, Vaddr: p.dataAddr(), Filesz: size, Memsz: size, Align: pageSize,
		})
	}
	var b bytes.Buffer
	write := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) } // to memory, of fixed sizes
	ident := [elf.EI_NIDENT]byte{'\x7f', 'E', 'L', 'F', byte(p.arch.Class), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}
	if p.arch.Class == elf.ELFCLASS64 {
		write(&elf.Header64{
			Ident: ident, Type: uint16(elf.ET_EXEC), Machine: uint16(p.arch.Machine), Version: uint32(elf.EV_CURRENT),
			Entry: textAddr + headerSize, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: uint16(len(segments)),
		})
		write(segments)
	} else {
		write(&elf.Header32{
			Ident: ident, Type: uint16(elf.ET_EXEC), Machine: uint16(p.arch.Machine), Version: uint32(elf.EV_CURRENT),
			Entry: textAddr + headerSize, Phoff: 52, Ehsize: 52, Phentsize: 32, Phnum: uint16(len(segments)),
		})
		for _, s := range segments {
			write(&elf.Prog32{
				Type: s.Type, Flags: s.Flags, Off: uint32(s.Off), Vaddr: uint32(s.Vaddr),
				Filesz: uint32(s.Filesz), Memsz: uint32(s.Memsz), Align: uint32(s.Align),
			})
		}
	}
	b.Write(make([]byte, headerSize-b.Len()))
	b.Write(p.text.bytes)
	if len(p.data.bytes) > 0 {
		b.Write(make([]byte, int(dataOff)-b.Len()))
		b.Write(p.data.bytes)
	}
	return b.Bytes()
}
