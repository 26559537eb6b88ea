package trace

import (
	"fmt"

	"sonde/insn"
	"sonde/sysdeps"
)

// goShape is what the instructions of a Go function tell of it.
type goShape struct {
	// begin is the offset of the instruction that each call comes by once.
	// A function begins with a look whether its stack is large enough, and
	// begins anew once it has grown; behind that look it does not come again.
	begin int
	// g is the register that holds the goroutine there.
	g sysdeps.Reg
	// returns are the offsets of the instructions that return.
	returns []int
	// loops says that it jumps there itself: then coming there need be no call.
	loops bool
	// exits are the addresses outside of the function that it jumps to, as
	// a tail call does.
	exits []sysdeps.Addr
	// wanders says that it may jump to where no instruction tells, which is a
	// tail call, or one of the cases of a switch.
	wanders bool
	spills  goSpills
}

// goGuards are the offsets of stackguard0 and stackguard1 in struct g, behind
// stack.lo and stack.hi (runtime/runtime2.go).
const (
	goGuard0 = 16
	goGuard1 = 24
)

// x86GoG is the register that holds the goroutine in ABIInternal
// (cmd/compile/abi-internal.md, "amd64 architecture").
const x86GoG = sysdeps.R14

// x86Numbers are the general registers by their numbers in instructions.
var x86Numbers = [16]sysdeps.Reg{
	sysdeps.RAX, sysdeps.RCX, sysdeps.RDX, sysdeps.RBX, sysdeps.RSP, sysdeps.RBP, sysdeps.RSI, sysdeps.RDI,
	sysdeps.R8, sysdeps.R9, sysdeps.R10, sysdeps.R11, sysdeps.R12, sysdeps.R13, sysdeps.R14, sysdeps.R15,
}

// x86GoShape decodes the whole code of a Go function, which stands at at. With an
// error there may be returns behind those that it found.
func x86GoShape(code []byte, at sysdeps.Addr) (goShape, error) {
	shape := goShape{g: x86GoG}
	look, back := goLook{}, false
	end := at + sysdeps.Addr(len(code))
	for off := 0; off < len(code); {
		in, err := insn.DecodeX86(code[off:], insn.Mode64)
		if err != nil {
			return shape, fmt.Errorf("instruction at %v: %w", at+sysdeps.Addr(off), err)
		}
		next := off + in.Len
		if !look.over {
			if look.see(&in); look.found && next < len(code) {
				shape.begin, shape.g = next, look.g
			}
		}
		shape.spills.see(&in, in.Kind == insn.Jump && int64(next)+in.Imm == 0)
		switch in.Kind {
		case insn.Ret:
			shape.returns = append(shape.returns, off)
		case insn.JumpIndirect:
			shape.wanders = true
		case insn.Jump, insn.CondJump:
			target := at + sysdeps.Addr(int64(next)+in.Imm)
			switch {
			case target < at || target >= end:
				shape.exits = append(shape.exits, target)
			case target == at:
				back = true
			}
		}
		off = next
	}
	// Behind a look at the stack that is the jump after the stack has grown.
	shape.loops = back && shape.begin == 0
	return shape, nil
}

// goLook follows the instructions that begin a function up to the look at its
// stack (stacksplit in cmd/internal/obj/x86/obj6.go):
//
//	mov  %fs:..., %rg            where g is in no register (ABI0)
//	lea  -SIZE(%rsp), %tmp       a large frame
//	mov  %rsp, %tmp              a huge one
//	sub  $SIZE, %tmp
//	jb   more
//	cmp  %rsp or %tmp, 16(%rg)
//	jbe  more
type goLook struct {
	g        sysdeps.Reg // what the comparison takes for g
	fromTLS  int8        // the register that TLS was loaded into, one up
	compared bool
	steps    int
	over     bool // there is none, or it has been seen
	found    bool
}

// x86GoLookSteps is how many instructions a look has at most, the loading of
// TLS in position-independent code included.
const x86GoLookSteps = 7

func (l *goLook) see(in *insn.X86) {
	if l.steps++; l.steps > x86GoLookSteps || in.Enc != insn.X86Legacy {
		l.over = true
		return
	}
	if l.compared {
		l.over = true
		l.found = in.Kind == insn.CondJump && in.Op&0xf == 6 // jbe
		return
	}
	mem, hasMem := in.Memory()
	reg := int8(in.Reg() | in.REX&insn.X86RexR<<1)
	switch {
	case in.Kind == insn.CondJump && in.Op&0xf == 2: // jb
	case in.Kind != insn.Plain || in.Map != 0:
		l.over = true
	case in.Op == 0x3b && in.Wide() && hasMem && (mem.Disp == goGuard0 || mem.Disp == goGuard1) &&
		mem.Index == insn.X86NoReg && mem.Base >= 0 && (mem.Base+1 == l.fromTLS || x86Numbers[mem.Base] == x86GoG) &&
		(x86Numbers[reg] == sysdeps.RSP || x86Numbers[reg] == sysdeps.R12 || x86Numbers[reg] == sysdeps.R13):
		l.compared, l.g = true, x86Numbers[mem.Base]
	case in.Op == 0x8b && in.Has(insn.X86FSGS):
		l.fromTLS = reg + 1
	case in.Op == 0x8b, in.Op == 0x89, in.Op == 0x8d, in.Op == 0x81, in.Op == 0x83:
	default:
		l.over = true
	}
}
