package insn

import (
	"fmt"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// TextX86 returns the instruction at the start of code in AT&T's syntax, and its
// length. It stands at at; name returns the symbol that an address belongs to and
// where that begins, or "". What is no instruction is one byte, "(bad)"; one whose
// name is not known is shown by its bytes. The error is ErrTruncated.
func TextX86(code []byte, mode Mode, at uint64, name func(uint64) (string, uint64)) (text string, n int, err error) {
	in, err := DecodeX86(code, mode)
	switch {
	case err == ErrTruncated:
		return "", 0, err
	case err != nil:
		return "(bad)", 1, nil
	}
	code = code[:in.Len]
	if text := in.unlisted(code); text != "" {
		return text, in.Len, nil
	}
	inst, err := x86asm.Decode(code, mode.WordSize()*8)
	if err != nil || inst.Len != in.Len {
		return ".byte " + strings.ReplaceAll(fmt.Sprintf("% #x", code), " ", ","), in.Len, nil
	}
	return x86asm.GNUSyntax(inst, at, name), in.Len, nil
}

// unlisted names what x86asm lacks or takes for others, among them the instructions
// that functions begin and end with.
func (in *X86) unlisted(code []byte) string {
	switch {
	case in.Enc == X86VEX && in.Map == 1 && in.Op == 0x77:
		if code[in.Len-2]&4 == 0 { // L of the prefix's last byte
			return "vzeroupper"
		}
		return "vzeroall"
	case in.Enc != X86Legacy || in.Map != 1 || in.Op != 0x1e || !in.Has(X86Rep):
		return ""
	case in.ModRM == 0xfa:
		return "endbr64"
	case in.ModRM == 0xfb:
		return "endbr32"
	case in.Mod() == 3 && in.Reg() == 1 && in.Wide():
		return "rdsspq " + in.register("rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15")
	case in.Mod() == 3 && in.Reg() == 1:
		return "rdsspd " + in.register("eax ecx edx ebx esp ebp esi edi r8d r9d r10d r11d r12d r13d r14d r15d")
	}
	return ""
}

// register names the register of the ModRM byte's rm field.
func (in *X86) register(names string) string {
	return "%" + strings.Fields(names)[in.RM()|in.REX&X86RexB<<3]
}
