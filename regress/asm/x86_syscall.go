package asm

import "sonde/sysdeps"

// x86Args are the registers of a system call's arguments (syscall(2)).
var x86Args = map[*sysdeps.Arch][]Reg{
	sysdeps.AMD64: {DI, SI, DX, R10, R8, R9},
	sysdeps.I386:  {BX, CX, DX, SI, DI, BP},
}

// Syscall appends a system call by its name, with up to six arguments. Its result is in
// AX. Arguments that are registers, or in memory that a register points to, go over the
// stack, and may be what other arguments replace.
func (p *Program) Syscall(name string, args ...Operand) {
	nr, ok := p.arch.Syscalls.Number(name)
	if !ok {
		p.fail("%s has no system call %q", p.arch.Name, name)
	}
	p.SyscallNumber(nr, args...)
}

// SyscallNumber appends a system call by its number.
func (p *Program) SyscallNumber(nr int64, args ...Operand) {
	p.LoadSyscall(nr, args...)
	p.EnterKernel()
}

// LoadSyscall appends what loads the registers for a system call, without the instruction
// that makes it.
func (p *Program) LoadSyscall(nr int64, args ...Operand) {
	regs := x86Args[p.arch]
	if len(args) > len(regs) {
		p.fail("a system call with %d arguments", len(args))
		return
	}
	onStack := false
	for _, a := range args {
		switch a := a.(type) {
		case Reg:
			onStack = true
		case Mem:
			onStack = onStack || a.Label == ""
		}
	}
	if onStack {
		for _, a := range args {
			p.Push(a)
		}
		for i := len(args) - 1; i >= 0; i-- {
			p.Pop(regs[i])
		}
	} else {
		for i, a := range args {
			p.Mov(regs[i], a)
		}
	}
	p.Mov(AX, Imm(nr))
}

// EnterKernel appends the instruction that makes a system call.
func (p *Program) EnterKernel() { p.Bytes(p.arch.SyscallInsn...) }
