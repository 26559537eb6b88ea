package trace

import (
	"bytes"
	"debug/elf"
	"encoding/binary"

	"sonde/sysdeps"
)

// What the program of x86CostProgram calls.
const (
	x86CostFunction = "nothing"
	x86CostSyscall  = "getppid"
)

// x86CostProgram returns a program, a static ELF file, that calls a function and makes
// a system call in turn, both of which do nothing, so often.
func x86CostProgram(rounds uint32) []byte {
	code := []byte{
		0xbb, 0, 0, 0, 0, //    mov  $rounds, %ebx
		0xe8, 20, 0, 0, 0, //   1: call nothing
		0xb8, 110, 0, 0, 0, //  mov  $SYS_getppid, %eax
		0x0f, 0x05, //          syscall
		0xff, 0xcb, //          dec  %ebx
		0x75, 0xf0, //          jnz  1b
		0x31, 0xff, //          xor  %edi, %edi
		0xb8, 60, 0, 0, 0, //   mov  $SYS_exit, %eax
		0x0f, 0x05, //          syscall
		0xc3, //                nothing: ret
	}
	binary.LittleEndian.PutUint32(code[1:], rounds)
	names := []byte("\x00" + x86CostFunction + "\x00.text\x00.symtab\x00.strtab\x00")
	name := func(s string) uint32 { return uint32(bytes.Index(names, []byte(s+"\x00"))) }

	const base = 0x400000
	const header, segment, section, symbol = 64, 56, 64, 24 // the sizes of ELF's structures
	at := uint64(header + segment)                          // of the code, and then of what follows
	symbols := at + uint64(len(code))
	strings := symbols + 2*symbol
	sections := strings + uint64(len(names))
	function := base + symbols - 1

	var out bytes.Buffer
	put := func(v any) { binary.Write(&out, binary.LittleEndian, v) } // a Buffer takes everything
	put(elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Entry: base + at, Phoff: header, Shoff: sections,
		Ehsize: header, Phentsize: segment, Phnum: 1, Shentsize: section, Shnum: 4, Shstrndx: 3,
	})
	size := sections + 4*section
	put(elf.Prog64{
		Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X),
		Vaddr: base, Paddr: base, Filesz: size, Memsz: size, Align: sysdeps.PageSize,
	})
	out.Write(code)
	put(elf.Sym64{})
	put(elf.Sym64{
		Name: name(x86CostFunction), Info: elf.ST_INFO(elf.STB_GLOBAL, elf.STT_FUNC), Shndx: 1,
		Value: function, Size: 1,
	})
	out.Write(names)
	put(elf.Section64{})
	put(elf.Section64{
		Name: name(".text"), Type: uint32(elf.SHT_PROGBITS), Flags: uint64(elf.SHF_ALLOC | elf.SHF_EXECINSTR),
		Addr: base + at, Off: at, Size: uint64(len(code)), Addralign: 1,
	})
	put(elf.Section64{
		Name: name(".symtab"), Type: uint32(elf.SHT_SYMTAB), Off: symbols, Size: 2 * symbol,
		Link: 3, Info: 1, Addralign: 1, Entsize: symbol,
	})
	put(elf.Section64{Name: name(".strtab"), Type: uint32(elf.SHT_STRTAB), Off: strings, Size: uint64(len(names)), Addralign: 1})
	return append(out.Bytes(), make([]byte, sysdeps.PageSize)...)[:sysdeps.PageSize] // a page is mapped anyway
}
