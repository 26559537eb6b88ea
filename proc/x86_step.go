package proc

import (
	"encoding/binary"

	"sonde/insn"
	"sonde/sysdeps"
)

// x86Effect is what an instruction does that a step must take care of.
type x86Effect uint8

const (
	x86Calls       x86Effect = iota + 1 // makes a system call
	x86SetsFlags                        // iret
	x86PopsFlags                        // popf
	x86PushesFlags                      // pushf: shows the trap flag
	x86Traps                            // int1: raises what a step does
)

// trapFlag is EFLAGS.TF, by which the processor steps.
const trapFlag = 1 << 8

// nextEffect looks at the instruction that a thread is to run.
func (th *Thread) nextEffect(regs *sysdeps.Regs) x86Effect {
	var code [insn.X86MaxLen]byte
	n, _ := th.Process.Space.ReadMemory(code[:], regs.PC()) // where it ends the code does
	mode := insn.Mode64
	if regs.Arch == sysdeps.I386 {
		mode = insn.Mode32
	}
	in, err := insn.DecodeX86(code[:n], mode)
	if err != nil {
		return 0
	}
	return x86EffectOf(&in)
}

func x86EffectOf(in *insn.X86) x86Effect {
	switch {
	case in.Enc != insn.X86Legacy:
	case in.Kind == insn.Syscall, in.Map == 1 && (in.Op == 0x05 || in.Op == 0x34): // syscall, sysenter
		return x86Calls
	case in.Map != 0:
	case in.Op == 0x9c:
		return x86PushesFlags
	case in.Op == 0x9d:
		return x86PopsFlags
	case in.Op == 0xcf:
		return x86SetsFlags
	case in.Op == 0xf1:
		return x86Traps
	}
	return 0
}

// hidePushedFlag takes the trap flag out of what a pushf has pushed, unless the
// program has set it: popf would set it for good.
func (th *Thread) hidePushedFlag(regs *sysdeps.Regs) error {
	s := &th.stepping
	if s.next != x86PushesFlags || s.ownFlag {
		return nil
	}
	var high [1]byte // of 16 bits; whatever pushf pushes above those
	at := regs.SP() + 1
	if _, err := th.Process.Space.ReadMemory(high[:], at); err != nil {
		return err
	}
	high[0] &^= trapFlag >> 8
	return th.Process.Space.WriteMemory(high[:], at)
}

// settleFlag keeps the trap flag as the program has it. Where an instruction is
// stepped that sets the flags, the kernel no longer holds the trap flag for its own, and
// would let the program go on with it (is_setting_trap_flag and enable_single_step in
// arch/x86/kernel/step.c).
func (th *Thread) settleFlag(regs *sysdeps.Regs) {
	s, flags := &th.stepping, regs.Get(sysdeps.EFLAGS)
	switch {
	case !s.flagKnown:
		s.flagKnown, s.ownFlag = true, flags&trapFlag != 0
	case !s.ownFlag && flags&trapFlag != 0:
		regs.Set(sysdeps.EFLAGS, flags&^trapFlag)
		th.Changed()
	}
}

// userFlags are those of EFLAGS that popf sets in a program (Intel SDM volume 2, POPF,
// with IOPL 0): ID, AC, NT, OF, DF, TF, SF, ZF, AF, PF and CF.
const userFlags = 0x244dd5

// popFlags runs a popf in place of the processor, after which the kernel would not hold
// the trap flag for its own any more, and put it into the next handler's frame. done is
// unset if the stack cannot be read: the processor is to say so.
func (th *Thread) popFlags(regs *sysdeps.Regs) (done bool) {
	var code [insn.X86MaxLen]byte
	n, _ := th.Process.Space.ReadMemory(code[:], regs.PC())
	mode := insn.Mode64
	if regs.Arch == sysdeps.I386 {
		mode = insn.Mode32
	}
	in, err := insn.DecodeX86(code[:n], mode)
	if err != nil {
		return false
	}
	size, set := mode.WordSize(), uint64(userFlags)
	if in.Has(insn.X86OpSize) {
		size, set = 2, userFlags&0xffff
	}
	var word [8]byte
	if _, err := th.Process.Space.ReadMemory(word[:size], regs.SP()); err != nil {
		return false
	}
	popped := binary.LittleEndian.Uint64(word[:])
	regs.Set(sysdeps.EFLAGS, regs.Get(sysdeps.EFLAGS)&^set|popped&set)
	regs.SetSP(regs.SP() + sysdeps.Addr(size))
	regs.SetPC(regs.PC() + sysdeps.Addr(in.Len))
	th.Changed()
	return true
}
