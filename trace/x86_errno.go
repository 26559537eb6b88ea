package trace

import (
	"encoding/binary"
	"errors"

	"sonde/insn"
	"sonde/sysdeps"
)

// errNoErrno says that a C library's way to errno is not understood.
var errNoErrno = errors.New("__errno_location is not understood")

// x86Value is what is known of a register: a number, or one counted from the
// thread pointer.
type x86Value struct {
	known, fromTP bool
	n             uint64
}

func (v x86Value) plus(w x86Value) x86Value {
	return x86Value{v.known && w.known && !(v.fromTP && w.fromTP), v.fromTP || w.fromTP, v.n + w.n}
}

// maxErrnoCode is how many instructions __errno_location may have: five in glibc
// for i386.
const maxErrnoCode = 16

// x86ErrnoOffset returns how far errno is from the thread pointer, by following
// what __errno_location at entry computes: a constant, or one that the dynamic
// linker has put into the GOT (R_X86_64_TPOFF64), added to the thread pointer.
func x86ErrnoOffset(mem sysdeps.Memory, arch *sysdeps.Arch, entry sysdeps.Addr) (int64, error) {
	mode := insn.Mode64
	if arch == sysdeps.I386 {
		mode = insn.Mode32
	}
	e := x86Errno{mem: mem, arch: arch, pc: entry}
	for range maxErrnoCode {
		var code [insn.X86MaxLen]byte
		n, _ := mem.ReadMemory(code[:], e.pc)
		in, err := insn.DecodeX86(code[:n], mode)
		if err != nil {
			return 0, errNoErrno
		}
		at := e.pc
		e.pc += sysdeps.Addr(in.Len)
		if in.Kind == insn.Ret {
			break
		}
		if !e.step(&in, at) {
			return 0, errNoErrno
		}
	}
	if !e.ax.known || !e.ax.fromTP {
		return 0, errNoErrno
	}
	if arch.PtrSize == 4 {
		return int64(int32(e.ax.n)), nil
	}
	return int64(e.ax.n), nil
}

// x86Errno follows code that computes in AX alone.
type x86Errno struct {
	mem  sysdeps.Memory
	arch *sysdeps.Arch
	pc   sysdeps.Addr // of the next instruction
	ax   x86Value
}

// x86AX is the number of RAX and EAX.
const x86AX = 0

func (e *x86Errno) step(in *insn.X86, at sysdeps.Addr) bool {
	if in.Kind == insn.Call {
		return e.thunk(in, at)
	}
	if in.Kind != insn.Plain || in.Enc != insn.X86Legacy {
		return false
	}
	if in.Map == 1 && (in.Op == 0x1e || in.Op == 0x1f) {
		return true // endbr64, endbr32, nop
	}
	if in.Map != 0 {
		return false
	}
	onAX := in.HasModRM && in.Reg() == x86AX && in.REX&insn.X86RexR == 0
	intoAX := in.HasModRM && in.Mod() == 3 && in.RM() == x86AX && in.REX&insn.X86RexB == 0
	imm := x86Value{known: true, n: uint64(in.Imm)}
	switch {
	case in.Op == 0x8b && onAX, in.Op == 0xa1: // mov mem,%rax
		e.ax = e.load(in, at)
	case in.Op == 0x03 && onAX: // add mem,%rax
		e.ax = e.ax.plus(e.load(in, at))
	case in.Op == 0x8d && onAX: // lea mem,%rax
		e.ax = e.address(in, at)
	case in.Op == 0xc7 && intoAX, in.Op == 0xb8 && in.REX&insn.X86RexB == 0: // mov $imm,%rax
		e.ax = imm
	case in.Op == 0x81 && intoAX && in.Reg() == 0, in.Op == 0x83 && intoAX && in.Reg() == 0, in.Op == 0x05: // add $imm,%rax
		e.ax = e.ax.plus(imm)
	default:
		return in.Op == 0x90 // nop
	}
	return e.ax.known
}

// thunk follows a call of __x86.get_pc_thunk.ax: mov (%esp),%eax; ret.
func (e *x86Errno) thunk(in *insn.X86, at sysdeps.Addr) bool {
	target, ok := in.Target(uint64(at))
	if !ok {
		return false
	}
	var code [4]byte
	if _, err := e.mem.ReadMemory(code[:], sysdeps.Addr(target)); err != nil || code != [4]byte{0x8b, 0x04, 0x24, 0xc3} {
		return false
	}
	e.ax = x86Value{known: true, n: uint64(e.pc)}
	return true
}

// address is the one of an instruction's memory operand.
func (e *x86Errno) address(in *insn.X86, at sysdeps.Addr) x86Value {
	if addr, ok := in.Static(uint64(at)); ok {
		return x86Value{known: true, n: addr}
	}
	mem, ok := in.Memory()
	if !ok || mem.FSGS || mem.Base != x86AX || mem.Index != insn.X86NoReg {
		return x86Value{}
	}
	return e.ax.plus(x86Value{known: true, n: uint64(mem.Disp)})
}

// load is what an instruction reads: the thread pointer, which its segment has at 0
// (x86-64 psABI and i386 psABI, "Thread-Local Storage"), or a word of the GOT.
func (e *x86Errno) load(in *insn.X86, at sysdeps.Addr) x86Value {
	if mem, ok := in.Memory(); ok && mem.FSGS {
		zero := mem.Disp == 0 && mem.Base == insn.X86NoReg && mem.Index == insn.X86NoReg
		return x86Value{known: zero, fromTP: true}
	}
	from := e.address(in, at)
	if !from.known || from.fromTP {
		return x86Value{}
	}
	if e.arch.PtrSize == 4 {
		from.n = uint64(uint32(from.n))
	}
	var word [8]byte
	if _, err := e.mem.ReadMemory(word[:e.arch.PtrSize], sysdeps.Addr(from.n)); err != nil {
		return x86Value{}
	}
	return x86Value{known: true, n: signExtend(word, e.arch.PtrSize)}
}

func signExtend(word [8]byte, size int) uint64 {
	if size == 4 {
		return uint64(int64(int32(binary.LittleEndian.Uint32(word[:]))))
	}
	return binary.LittleEndian.Uint64(word[:])
}
