package regress

import (
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// What si_code says of a SIGTRAP (asm-generic/siginfo.h), beside trapBreakpoint, which a
// step has at the end of a system call, and fromKernel, which int3 has.
const (
	trapTrace    = 2 // TRAP_TRACE
	trapHardware = 4 // TRAP_HWBKPT
)

// trapFlag is EFLAGS.TF (Intel SDM 3.4.3.3).
const trapFlag = 1 << 8

const stepping = "running a program an instruction at a time"

var stepRows = []Row{
	{
		ID: "T01", Title: "a step stops behind each instruction", Arch: sysdeps.AMD64,
		Checks: "a loop, 100 PTRACE_SINGLESTEPs: SIGTRAP, si_code 2, si_addr where the thread stands: at the next instruction",
		Relies: stepping,
		Run:    on(sysdeps.AMD64, stepEach),
	},
	{
		ID: "T02", Title: "a system call is one step", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SINGLESTEP at a system call: one stop behind it, the call has been made; the next step is of the next instruction",
		Relies: stepping,
		Run:    on(sysdeps.AMD64, stepCall),
	},
	{
		// 5.11's rework lost it, and 41c1a06d1d15 brought it back before that came out.
		ID: "T03", Title: "a step from the entry of a system call", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SINGLESTEP at the entry: SIGTRAP, si_code 1, behind the call with its result; the next step is a normal one",
		Relies: stepping,
		Run:    on(sysdeps.AMD64, stepFromEntry),
	},
	{
		ID: "T04", Title: "a step with a signal ends at its handler", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SINGLESTEP with SIGALRM: a stop at the first instruction of the handler, without the trap flag in registers and frame",
		Relies: stepping,
		Run:    on(sysdeps.AMD64, stepIntoHandler),
	},
	{
		ID: "T05", Title: "steps lead through sigreturn", Arch: sysdeps.AMD64, Since: Version{2, 6, 25},
		Checks: "PTRACE_SINGLESTEP with SIGALRM, and on: what the signal interrupted is reached, and then the instruction behind it",
		Relies: stepping,
		Run:    on(sysdeps.AMD64, stepThroughSigreturn),
	},
	{
		ID: "T06", Title: "a step into a handler leaves no trap behind", Arch: sysdeps.AMD64,
		Checks: "two PTRACE_SINGLESTEPs, one with SIGUSR1, one in the handler, PTRACE_CONT: the program ends without SIGTRAP",
		Relies: stepping,
		Run:    on(sysdeps.AMD64, stepIntoHandlerContinue),
	},
	{
		ID: "T07", Title: "a step and a jump leave no trap behind", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SINGLESTEP, PTRACE_SETREGSET to a call that raises SIGUSR2, PTRACE_CONT, twice: SIGUSR2 is next",
		Relies: stepping,
		Run:    on(sysdeps.AMD64, stepJumpContinue),
	},
	{
		ID: "T08", Title: "pushf shows the trap flag of a step", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SINGLESTEP over pushf: what it pushes has TF, which registers have not",
		Relies: "taking the flag out of what a stepped pushf pushes",
		Run:    on(sysdeps.AMD64, stepPushf),
	},
	{
		ID: "T09", Title: "a program's own trap flag traps", Arch: sysdeps.AMD64,
		Checks: "popf with TF, PTRACE_CONT: SIGTRAP, si_code 2, behind each instruction from the one after popf on; PTRACE_GETREGSET shows TF",
		Relies: "stepping programs that step themselves",
		Run:    on(sysdeps.AMD64, stepByOneself),
	},
	{
		ID: "T10", Title: "a trap flag that the tracer sets is the program's own", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SETREGSET with TF, PTRACE_DETACH: killed by SIGTRAP",
		Relies: "leaving the trap flag as the program has it",
		Run:    on(sysdeps.AMD64, stepByRegisters),
	},
	{
		ID: "T11", Title: "PTRACE_DETACH takes the trap flag back", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SINGLESTEP, PTRACE_DETACH: the program ends without SIGTRAP",
		Relies: "letting go of a program that was stepped",
		Run:    on(sysdeps.AMD64, stepDetach),
	},
	{
		ID: "T12", Title: "the child of a stepped fork is not stepped", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SINGLESTEP over a fork: the child, which nobody traces, exits with 22",
		Relies: "stepping programs that fork",
		Run:    on(sysdeps.AMD64, stepFork),
	},
	{
		ID: "T13", Title: "a repeated instruction is a step a repetition", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SINGLESTEP at rep movsb of 5 bytes: 5 stops, at the same place until the last",
		Relies: "counting instructions",
		Run:    on(sysdeps.AMD64, stepRepeated),
	},
	{
		ID: "T14", Title: "a load of the stack segment takes the next instruction with it", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SINGLESTEP at mov to SS: a stop behind the instruction that follows (Intel SDM 6.8.3)",
		Relies: "counting instructions",
		Run:    on(sysdeps.AMD64, stepStackSegment),
	},
	{
		ID: "T15", Title: "a step at a breakpoint is the breakpoint's", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SINGLESTEP at int3: SIGTRAP, si_code 0x80, behind it",
		Relies: "telling breakpoints from steps",
		Run:    on(sysdeps.AMD64, stepInt3),
	},
	{
		ID: "T16", Title: "steps go on over an exec", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SINGLESTEP to PTRACE_EVENT_EXEC; the next: si_code 1 at the new program's entry; then: si_code 2 behind its first instruction",
		Relies: stepping,
		Run:    on(sysdeps.AMD64, stepExec),
	},
	{
		ID: "T17", Title: "a call of the vsyscall page is stepped", Arch: sysdeps.AMD64, Needs: []Need{Vsyscall},
		Checks: "PTRACE_SINGLESTEP over a call of time() there: a stop in the page; the next: the call is made, and the instruction behind it run; the page can be read only if its mapping says so",
		Relies: "stepping old programs",
		Known: []Known{{
			Where: func(m *Machine) bool { return From(Version{6, 1, 0})(m) && vsyscallReadable() },
			Saw:   "PTRACE_PEEKDATA", Why: "since Linux 6.5, and in stable kernels before it (6.1.176), requests read nothing that has no vma",
		}},
		Run: stepVsyscall,
	},
	{
		ID: "T18", Title: "int 0x80 is one step", Arch: sysdeps.AMD64, Needs: []Need{IA32},
		Checks: "PTRACE_SINGLESTEP at int 0x80: one stop, 2 bytes on, the call has been made",
		Relies: stepping,
		Run: func(t *T) {
			getppid, _ := sysdeps.I386.Syscalls.Number("getppid")
			c := t.startStepped(sysdeps.AMD64, func(p Code) {
				p.Mov(asm.AX, asm.Imm(getppid))
				p.Label("call")
				p.Bytes(0xcd, 0x80)
				p.Label("behind")
				p.Nop()
				p.Label("next")
				p.Nop()
			})
			c.stepsOverCall()
		},
	},
	{
		ID: "T19", Title: "PTRACE_SINGLEBLOCK stops behind a branch that is taken", Arch: sysdeps.AMD64, Needs: []Need{BranchStep},
		Checks: "two PTRACE_SINGLEBLOCKs over instructions, a branch that is not taken, and two jumps: SIGTRAP at the jumps' targets",
		Run: func(t *T) {
			c := t.startStepped(sysdeps.AMD64, func(p Code) {
				p.Xor(asm.AX, asm.AX)
				p.JumpIf(asm.NotEqual, "second")
				p.Mov(asm.BX, asm.AX)
				p.Jump("first")
				p.Nop()
				p.Label("first")
				p.Nop()
				p.Nop()
				p.Jump("second")
				p.Nop()
				p.Label("second")
				p.Nop()
			})
			for _, target := range []string{"first", "second"} {
				c.must(singleBlock, none, none)
				c.ExpectStop(unix.SIGTRAP)
				c.standsAt(target)
				Equal(t, "si_code", c.Siginfo().Code(), trapTrace)
			}
		},
	},
	{
		ID: "T20", Title: "no request leaves a trap flag behind", Arch: sysdeps.AMD64,
		Checks: "pushf, popf and nop, by PTRACE_SINGLESTEP, PTRACE_CONT, and where it works PTRACE_SINGLEBLOCK; then PTRACE_SETREGSET to a call that raises SIGUSR2, PTRACE_CONT: SIGUSR2 is next",
		Relies: stepping,
		Run:    stepMatrix,
	},
	{
		ID: "T21", Title: "PTRACE_SYSEMU_SINGLESTEP steps, and makes no system calls", Arch: sysdeps.AMD64,
		Checks: "a stop behind each instruction; at a system call a stop as of PTRACE_SYSEMU, and the call is not made; then si_code 2 behind the next instruction",
		Run:    stepEmulating,
	},
	{
		ID: "T22", Title: "a program's own trap flag outlives its system calls", Arch: sysdeps.AMD64,
		Checks: "nobody traces; TF set by popf over syscall, int 0x80 and the vDSO's entry for 32 bits: SIGTRAP comes, TF is still set, and none comes once it is cleared",
		Run:    stepOneselfOverCalls,
	},
	{
		ID: "T23", Title: "a handler of a step's SIGTRAP returns once", Arch: sysdeps.AMD64,
		Checks: "nobody traces; TF set by popf, cleared three instructions on: four SIGTRAPs, none twice at a place",
		Run:    stepOneselfHandled,
	},
	{
		ID: "T24", Title: "a step is one instruction where a watchpoint was hit before", Arch: sysdeps.AMD64, Needs: []Need{DebugRegs},
		Checks: "a process is stopped by a watchpoint, another on the same processor steps to an int3: si_code 2, one instruction on; then si_code 0x80 behind the int3",
		Relies: stepping,
		Run:    stepAfterWatchpoint,
	},
	{
		ID: "T25", Title: "32-bit programs are stepped as others are", Needs: []Need{IA32},
		Checks: "what T01 to T16 and T26 do, by a 32-bit program",
		Relies: stepping,
		Run: func(t *T) {
			for _, body := range []func(*T, *sysdeps.Arch){
				stepEach, stepCall, stepFromEntry, stepIntoHandler, stepThroughSigreturn, stepIntoHandlerContinue,
				stepJumpContinue, stepPushf, stepByOneself, stepByRegisters, stepDetach, stepFork, stepRepeated, stepStackSegment, stepInt3,
				stepExec, stepReturnToData,
			} {
				body(t, sysdeps.I386)
			}
		},
	},
	{
		ID: "T26", Title: "a return into data is a fault at its target", Arch: sysdeps.AMD64,
		Checks: "ret to memory that cannot be executed, by PTRACE_CONT and PTRACE_SINGLESTEP: SIGSEGV, where the thread and si_addr are at the target",
		Relies: stepping,
		Run:    on(sysdeps.AMD64, stepReturnToData),
	},
}

// on is the body of a row for one machine.
func on(arch *sysdeps.Arch, body func(*T, *sysdeps.Arch)) func(*T) {
	return func(t *T) { body(t, arch) }
}

// startStepped starts a program that stands at the first instruction of what is described.
func (t *T) startStepped(arch *sysdeps.Arch, describe func(p Code)) *Tracee {
	c := t.StartOn(arch, func(p Code) {
		p.TraceMe()
		describe(p)
	})
	c.ExpectStop(unix.SIGSTOP)
	return c
}

// standsAt holds that the stopped thread is to go on at a label.
func (c *Tracee) standsAt(label string) {
	Equal(c.t, "the program counter", c.Regs().PC(), c.Addr(label))
}

// stepsTo steps once, to a label, and holds what si_code says.
func (c *Tracee) stepsTo(label string, code int) {
	c.Step(0)
	c.trapsAt(label, code)
}

// trapsAt waits for a SIGTRAP at a label.
func (c *Tracee) trapsAt(label string, code int) {
	c.ExpectStop(unix.SIGTRAP)
	c.standsAt(label)
	Equal(c.t, "si_code", c.Siginfo().Code(), code)
}

// stepUntil steps until the thread is at a label.
func (c *Tracee) stepUntil(label string) {
	const most = 100
	for range most {
		c.Step(0)
		c.ExpectStop(unix.SIGTRAP)
		if c.Regs().PC() == c.Addr(label) {
			return
		}
	}
	c.t.Fail("%d steps do not lead to %s (%v), but to %v", most, label, c.Addr(label), c.Regs().PC())
}

// moveTo sets the program counter.
func (c *Tracee) moveTo(label string) {
	r := c.Regs()
	r.SetPC(c.Addr(label))
	c.SetRegs(r)
}

// flag tells whether one is set in the registers.
func (c *Tracee) flag(bit uint64) bool { return c.Regs().Get(sysdeps.EFLAGS)&bit != 0 }

// setTrapFlag loads the flags with TF. The first instruction behind it traps.
func (p Code) setTrapFlag() {
	p.Pushf()
	p.Or(asm.In(asm.SP, 0), asm.Imm(trapFlag))
	p.Popf()
}

// clearTrapFlag loads the flags without TF. Its last instruction still traps.
func (p Code) clearTrapFlag() {
	p.Pushf()
	p.And(asm.In(asm.SP, 0), asm.Imm(^trapFlag))
	p.Popf()
}

func stepEach(t *T, arch *sysdeps.Arch) {
	c := t.startStepped(arch, func(p Code) {
		p.Label("nop")
		p.Nop()
		p.Label("jump")
		p.Jump("nop")
	})
	for range 50 {
		for _, label := range []string{"jump", "nop"} {
			c.stepsTo(label, trapTrace)
			Equal(t, "si_addr", c.Siginfo().Fault(), c.Addr(label))
		}
	}
}

// getppid describes a system call whose result the row knows.
func getppid(p Code) {
	nr, _ := p.Arch().Syscalls.Number("getppid")
	p.LoadSyscall(nr)
	p.Label("call")
	p.EnterKernel()
	p.Label("behind")
	p.Nop()
	p.Label("next")
	p.Nop()
}

// stepsOverCall steps over a call as getppid describes it.
func (c *Tracee) stepsOverCall() {
	c.stepsTo("call", trapTrace)
	c.stepsTo("behind", trapBreakpoint)
	Equal(c.t, "the result of getppid", int(c.Regs().Get(sysdeps.RAX)), unix.Getpid())
	c.stepsTo("next", trapTrace)
}

func stepCall(t *T, arch *sysdeps.Arch) { t.startStepped(arch, getppid).stepsOverCall() }

func stepFromEntry(t *T, arch *sysdeps.Arch) {
	c := t.startStepped(arch, getppid)
	c.Syscall(0)
	c.ExpectStop(unix.SIGTRAP)
	c.stepsTo("behind", trapBreakpoint)
	Equal(t, "the result of getppid", int(c.Regs().Get(sysdeps.RAX)), unix.Getpid())
	c.stepsTo("next", trapTrace)
}

// handled describes a program with a handler, which stands behind what is described.
func handled(sig unix.Signal, describe func(p Code)) func(p Code) {
	return func(p Code) {
		p.Handle(sig, "handler", 0)
		p.Raise(unix.SIGSTOP)
		p.Label("interrupted")
		describe(p)
		p.Exit(7)
		p.Label("handler")
		p.Nop()
		p.Ret()
	}
}

// startHandled starts it, and waits until the handler is installed.
func (t *T) startHandled(arch *sysdeps.Arch, sig unix.Signal, describe func(p Code)) *Tracee {
	c := t.startStepped(arch, handled(sig, describe))
	c.Cont(0)
	c.ExpectStop(unix.SIGSTOP)
	return c
}

// ucontexts are where a handler finds what was interrupted: the register that holds the
// address of its ucontext, and where the program counter and the flags are in that
// (asm/ucontext.h, asm/sigcontext.h, __setup_rt_frame in arch/x86/kernel/signal_*.c).
var ucontexts = map[*sysdeps.Arch]struct {
	at        asm.Reg
	reg       sysdeps.Reg // the same
	pc, flags int
}{
	sysdeps.AMD64: {asm.DX, sysdeps.RDX, 40 + 16*8, 40 + 17*8},
	sysdeps.I386:  {asm.CX, sysdeps.RCX, 20 + 14*4, 20 + 16*4},
}

func stepIntoHandler(t *T, arch *sysdeps.Arch) {
	c := t.startHandled(arch, unix.SIGALRM, Code.twoNops)
	c.Step(unix.SIGALRM)
	c.ExpectStop(unix.SIGTRAP)
	c.standsAt("handler")
	t.True(!c.flag(trapFlag), "the registers are without TF")
	in, word := ucontexts[arch], func(at int) uint64 {
		b := make([]byte, arch.PtrSize)
		t.need(c.readMemory(b, sysdeps.Addr(c.Regs().Get(ucontexts[arch].reg))+sysdeps.Addr(at)), "read the frame")
		return arch.Word(b)
	}
	Equal(t, "the program counter in the frame", sysdeps.Addr(word(in.pc)), c.Addr("interrupted"))
	t.True(word(in.flags)&trapFlag == 0, "the frame is without TF")
}

// twoNops appends two instructions that do nothing.
func (p Code) twoNops() {
	p.Nop()
	p.Label("second")
	p.Nop()
}

func stepThroughSigreturn(t *T, arch *sysdeps.Arch) {
	c := t.startHandled(arch, unix.SIGALRM, Code.twoNops)
	c.standsAt("interrupted")
	c.Step(unix.SIGALRM)
	c.ExpectStop(unix.SIGTRAP)
	c.standsAt("handler")
	c.stepUntil("interrupted")
	c.stepsTo("second", trapTrace)
	c.Cont(0)
	c.ExpectExit(7)
}

func stepIntoHandlerContinue(t *T, arch *sysdeps.Arch) {
	c := t.startHandled(arch, unix.SIGUSR1, func(p Code) {
		p.Nop()
		p.Nop()
		p.Nop()
	})
	for _, sig := range []unix.Signal{0, 0, unix.SIGUSR1, 0} {
		c.Step(sig)
		c.ExpectStop(unix.SIGTRAP)
	}
	c.Cont(0)
	c.ExpectExit(7)
}

func stepJumpContinue(t *T, arch *sysdeps.Arch) {
	c := t.startStepped(arch, func(p Code) {
		p.Label("nops")
		p.Nop()
		p.Nop()
		p.Label("target")
		p.Raise(unix.SIGUSR2)
		p.Jump("nops")
	})
	for range 2 {
		c.Step(0)
		c.ExpectStop(unix.SIGTRAP)
		c.moveTo("target")
		c.Cont(0)
		c.ExpectStop(unix.SIGUSR2)
	}
}

func stepPushf(t *T, arch *sysdeps.Arch) {
	c := t.startStepped(arch, func(p Code) {
		p.Pushf()
		p.Label("pushed")
		p.Pop(asm.AX)
		p.Label("popped")
		p.Nop()
	})
	c.stepsTo("pushed", trapTrace)
	t.True(!c.flag(trapFlag), "the registers are without TF")
	c.stepsTo("popped", trapTrace)
	t.True(c.Regs().Get(sysdeps.RAX)&trapFlag != 0, "what pushf pushed has TF")
}

func stepByOneself(t *T, arch *sysdeps.Arch) {
	c := t.startStepped(arch, func(p Code) {
		p.setTrapFlag()
		p.Nop()
		p.Label("1")
		p.Nop()
		p.Label("2")
		p.Nop()
		p.Label("3")
		p.Exit(3)
	})
	for _, label := range []string{"1", "2", "3"} {
		c.Cont(0)
		c.trapsAt(label, trapTrace)
		t.True(c.flag(trapFlag), "the registers have TF")
	}
}

func stepByRegisters(t *T, arch *sysdeps.Arch) {
	c := t.startStepped(arch, func(p Code) { p.Exit(3) })
	r := c.Regs()
	r.Set(sysdeps.EFLAGS, r.Get(sysdeps.EFLAGS)|trapFlag)
	c.SetRegs(r)
	c.Detach(0)
	c.ExpectKilled(unix.SIGTRAP)
}

func stepDetach(t *T, arch *sysdeps.Arch) {
	c := t.startStepped(arch, func(p Code) {
		p.Nop()
		p.Label("second")
		p.Nop()
		p.Exit(3)
	})
	c.stepsTo("second", trapTrace)
	c.Detach(0)
	c.ExpectExit(3)
}

func stepFork(t *T, arch *sysdeps.Arch) {
	c := t.startStepped(arch, func(p Code) {
		p.Space("status", 8)
		p.Block(unix.SIG_BLOCK, unix.SIGCHLD)
		p.Fork(int(unix.SIGCHLD), "child")
		p.Label("forked")
		p.Syscall("wait4", asm.At("child.tid"), asm.Of("status"), asm.Imm(0), asm.Imm(0))
		p.Raise(unix.SIGUSR1)
		p.Label("child")
		p.Exit(22)
	})
	c.stepUntil("forked")
	c.Cont(0)
	c.ExpectStop(unix.SIGUSR1)
	Equal(t, "the end of the child", Status{unix.WaitStatus(c.Word("status"))}.String(), "exited with 22")
}

func stepRepeated(t *T, arch *sysdeps.Arch) {
	c := t.startStepped(arch, func(p Code) {
		p.Data("from", []byte("abcde"))
		p.Space("to", 8)
		p.Mov(asm.SI, asm.Of("from"))
		p.Mov(asm.DI, asm.Of("to"))
		p.Mov(asm.CX, asm.Imm(5))
		p.Label("rep")
		p.Bytes(0xf3, 0xa4) // rep movsb
		p.Label("behind")
		p.Nop()
	})
	c.stepUntil("rep")
	for left := uint64(4); left > 0; left-- {
		c.stepsTo("rep", trapTrace)
		Equal(t, "RCX", c.Regs().Get(sysdeps.RCX), left)
	}
	c.stepsTo("behind", trapTrace)
	Equal(t, "RCX", c.Regs().Get(sysdeps.RCX), 0)
}

func stepStackSegment(t *T, arch *sysdeps.Arch) {
	c := t.startStepped(arch, func(p Code) {
		p.Bytes(0x8c, 0xd0) // mov %ss,%eax
		p.Label("load")
		p.Bytes(0x8e, 0xd0) // mov %eax,%ss
		p.Nop()
		p.Label("behind")
		p.Nop()
	})
	c.stepsTo("load", trapTrace)
	c.stepsTo("behind", trapTrace)
}

func stepInt3(t *T, arch *sysdeps.Arch) {
	c := t.startStepped(arch, func(p Code) {
		p.Nop()
		p.Label("int3")
		p.Int3()
		p.Label("behind")
		p.Nop()
	})
	c.stepsTo("int3", trapTrace)
	c.stepsTo("behind", fromKernel)
}

func stepExec(t *T, arch *sysdeps.Arch) {
	im := t.Assemble(arch, func(p Code) {
		p.Label("entry")
		p.Nop()
		p.Label("second")
		p.Nop()
	})
	path, err := t.file(im)
	t.need(err, "write a program")
	c := t.startStepped(arch, func(p Code) { p.Execve(path) })
	c.SetOptions(unix.PTRACE_O_TRACEEXEC)
	const most = 20
	n := 0
	for c.Step(0); ; c.Step(0) {
		st := c.Wait()
		if st.event() == unix.PTRACE_EVENT_EXEC {
			break
		}
		if n++; st.StopSignal() != unix.SIGTRAP || n > most {
			t.Fail("step %d before the exec: expected SIGTRAP, saw %v", n, st)
		}
	}
	c.image = im
	c.stepsTo("entry", trapBreakpoint)
	c.stepsTo("second", trapTrace)
}

// vsyscallTime is where time(2) is in the vsyscall page (asm/vsyscall.h).
const vsyscallTime = 0xffffffffff600400

func stepVsyscall(t *T) {
	c := t.startStepped(sysdeps.AMD64, func(p Code) {
		p.Mov(asm.DI, asm.Imm(0))
		p.Mov(asm.BX, asm.Imm(vsyscallTime-1<<64))
		p.Label("call")
		p.CallTo(asm.BX)
		p.Nop()
		p.Label("second")
		p.Nop()
	})
	c.stepUntil("call")
	c.Step(0)
	c.ExpectStop(unix.SIGTRAP)
	Equal(t, "the program counter", c.Regs().PC(), vsyscallTime)
	c.stepsTo("second", trapTrace)
	told, now := int64(c.Regs().Get(sysdeps.RAX)), time.Now().Unix()
	const hour = 3600
	t.True(told > now-hour && told <= now, "the result is the time")

	b := make([]byte, 8)
	if vsyscallReadable() {
		c.must(unix.PTRACE_PEEKDATA, ptrace.Value(uint64(vsyscallTime)), ptrace.Pointer(b))
	} else {
		c.Refused(unix.EIO, unix.PTRACE_PEEKDATA, ptrace.Value(uint64(vsyscallTime)), ptrace.Pointer(b))
	}
}

// vsyscallReadable tells whether the page's mapping says that it can be read.
func vsyscallReadable() bool { return strings.HasPrefix(vsyscallMode(), "r") }

// stepMatrix lets one instruction be run by each request, and looks at what stays behind.
func stepMatrix(t *T) {
	type request struct {
		name string
		make func(c *Tracee)
		stop unix.Signal
	}
	requests := []request{
		{"PTRACE_SINGLESTEP", func(c *Tracee) { c.Step(0) }, unix.SIGTRAP},
		{"PTRACE_CONT", func(c *Tracee) { c.Cont(0) }, unix.SIGUSR1},
	}
	if t.Machine.Lacks[BranchStep] == "" {
		requests = append(requests, request{"PTRACE_SINGLEBLOCK", func(c *Tracee) { c.must(singleBlock, none, none) }, unix.SIGTRAP})
	}
	for _, instruction := range []struct {
		name string
		code func(p *asm.Program)
	}{{"nop", (*asm.Program).Nop}, {"pushf", (*asm.Program).Pushf}, {"popf", (*asm.Program).Popf}} {
		for _, r := range requests {
			t.step("%s by %s", instruction.name, r.name)
			c := t.startStepped(sysdeps.AMD64, func(p Code) {
				p.Pushf()
				p.Raise(unix.SIGSTOP)
				instruction.code(p.Program)
				p.Jump("jumped")
				p.Label("jumped")
				p.Raise(unix.SIGUSR1)
				p.Label("target")
				p.Raise(unix.SIGUSR2)
				p.Exit(7)
			})
			c.Cont(0)
			c.ExpectStop(unix.SIGSTOP)
			r.make(c)
			c.ExpectStop(r.stop)
			c.moveTo("target")
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR2)
			c.Cont(0)
			c.ExpectExit(7)
		}
	}
}

func stepEmulating(t *T) {
	c := t.startStepped(sysdeps.AMD64, getppid)
	c.SetOptions(unix.PTRACE_O_TRACESYSGOOD)
	next := func() { c.must(unix.PTRACE_SYSEMU_SINGLESTEP, none, none) }
	next()
	c.trapsAt("call", trapTrace)
	nr := c.Regs().Get(sysdeps.RAX)
	next()
	c.ExpectSyscallStop()
	c.standsAt("behind")
	Equal(t, "the number of the call", c.Regs().Get(sysdeps.OrigRAX), nr)
	next()
	c.trapsAt("next", trapTrace)
	Equal(t, "what the call returned", unix.Errno(-int64(c.Regs().Get(sysdeps.RAX))), unix.ENOSYS)
}

// countTraps describes a handler of SIGTRAP that counts in "traps", and in "again" those
// at the place of the one before. A program that runs in a circle ends.
func countTraps(p Code) {
	const most = 10
	p.Space("traps", 8)
	p.Space("again", 8)
	p.Space("last", 8)
	p.Label("handler")
	p.Mov(asm.AX, asm.In(ucontexts[p.Arch()].at, ucontexts[p.Arch()].pc))
	p.Cmp(asm.AX, asm.At("last"))
	p.JumpIf(asm.NotEqual, "another")
	p.Add(asm.At("again"), asm.Imm(1))
	p.Cmp(asm.At("again"), asm.Imm(most))
	p.JumpIf(asm.Greater, "circle")
	p.Label("another")
	p.Mov(asm.At("last"), asm.AX)
	p.Add(asm.At("traps"), asm.Imm(1))
	p.Ret()
	p.Label("circle")
	p.Mov(asm.At("done"), asm.Imm(2))
	p.Forever()
}

func (c *Tracee) awaitDone() {
	c.t.Await(c.Name+" is done", func() bool { return c.Word("done") != 0 })
	Equal(c.t, "done", c.Word("done"), 1)
}

func stepOneselfHandled(t *T) {
	arches := []*sysdeps.Arch{sysdeps.AMD64}
	if t.Machine.runs(sysdeps.I386) {
		arches = append(arches, sysdeps.I386)
	}
	for _, arch := range arches {
		c := t.StartOn(arch, func(p Code) {
			p.Handle(unix.SIGTRAP, "handler", 0)
			p.setTrapFlag()
			p.Nop()
			p.clearTrapFlag()
			p.Store("done", asm.Imm(1))
			p.Forever()
			countTraps(p)
		})
		c.awaitDone()
		Equal(t, "traps", c.Word("traps"), 4)
		Equal(t, "traps at the place of the one before", c.Word("again"), 0)
	}
}

// stepOneselfOverCalls is done where programs of the machine can enter the kernel so.
func stepOneselfOverCalls(t *T) {
	int80 := func(p Code) {
		nr, _ := sysdeps.I386.Syscalls.Number("getpid")
		p.Mov(asm.AX, asm.Imm(nr))
		p.Bytes(0xcd, 0x80)
	}
	t.stepsItselfOver("syscall", sysdeps.AMD64, func(p Code) { p.Syscall("getpid") })
	if !t.Machine.runs(sysdeps.I386) {
		return
	}
	t.stepsItselfOver("int 0x80 of 64 bits", sysdeps.AMD64, int80)
	t.stepsItselfOver("int 0x80", sysdeps.I386, int80)
	t.stepsItselfOver("the vDSO's entry", sysdeps.I386, func(p Code) {
		nr, _ := sysdeps.I386.Syscalls.Number("getpid")
		p.Mov(asm.AX, asm.Imm(nr))
		p.CallTo(asm.At("entry"))
	})
}

func (t *T) stepsItselfOver(name string, arch *sysdeps.Arch, call func(p Code)) {
	t.step("%s", name)
	c := t.StartOn(arch, func(p Code) {
		p.Space("entry", 8)
		p.Space("done", 8)
		p.Handle(unix.SIGTRAP, "handler", 0)
		p.SpinUntil("go")
		p.setTrapFlag()
		call(p)
		p.Pushf()
		p.Pop(asm.BX)
		p.clearTrapFlag()
		p.Store("result", asm.AX)
		p.Store("flags", asm.BX)
		p.Mov(asm.BX, asm.At("traps"))
		p.Store("before", asm.BX)
		p.Syscall("getpid")
		p.Mov(asm.At("done"), asm.Imm(1))
		p.Forever()
		countTraps(p)
	})
	if arch == sysdeps.I386 {
		c.SetWord("entry", c.auxv()[atSysinfo])
	}
	c.SetWord("go", 1)
	c.awaitDone()
	Equal(t, "the result of getpid", int(c.Word("result")), c.TID)
	t.True(c.Word("flags")&trapFlag != 0, "TF is still set behind the call")
	t.True(c.Word("before") > 0, "SIGTRAP came")
	Equal(t, "SIGTRAPs, all before TF was cleared", c.Word("traps"), c.Word("before"))
}

const atSysinfo = 32 // AT_SYSINFO: the vDSO's entry (asm/auxvec.h)

func stepAfterWatchpoint(t *T) {
	var all, one unix.CPUSet
	t.need(unix.SchedGetaffinity(0, &all), "sched_getaffinity")
	cpu := 0
	for !all.IsSet(cpu) {
		cpu++
	}
	one.Set(cpu)
	t.need(unix.SchedSetaffinity(0, &one), "sched_setaffinity")
	first := t.startStepped(sysdeps.AMD64, func(p Code) {
		p.Store("word", asm.Imm(1))
		p.Label("behind")
		p.Forever()
	})
	first.watch(0, "word", onWrite, 8)
	first.Cont(0)
	first.trapsAt("behind", trapHardware)
	stepInt3(t, sysdeps.AMD64)
}

func stepReturnToData(t *T, arch *sysdeps.Arch) {
	for _, request := range []int{unix.PTRACE_CONT, unix.PTRACE_SINGLESTEP} {
		c := t.startStepped(arch, func(p Code) {
			p.Data("data", []byte{0x90, 0x90, 0x90})
			p.Push(asm.Of("data"))
			p.Label("ret")
			p.Ret()
		})
		c.must(request, none, none)
		if request == unix.PTRACE_SINGLESTEP {
			c.trapsAt("ret", trapTrace)
			c.stepsTo("data", trapTrace)
			c.must(request, none, none)
		}
		c.ExpectStop(unix.SIGSEGV)
		c.standsAt("data")
		Equal(t, "si_addr", c.Siginfo().Fault(), c.Addr("data"))
	}
}
