package regress

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

var execRows = []Row{
	{
		ID: "X01", Title: "a thread that executes a program takes over the leader's id", Since: Version{3, 1, 0}, Change: "bb188d7e64de, the message",
		Checks: "the third thread of a process calls execve: the other two report PTRACE_EVENT_EXIT, the second its end, the first PTRACE_EVENT_EXEC with the third's id as message; of the third nothing comes, nor of the first's end",
		Relies: "following threads through execs",
		Run: func(t *T) {
			path, _ := t.program(func(p Code) { p.Exit(9) })
			leader, t1, t2 := t.threads(func(p Code) { p.Execve(path) }, unix.PTRACE_O_TRACEEXEC|unix.PTRACE_O_TRACEEXIT)
			t2.Cont(0)
			for _, c := range []*Tracee{leader, t1} {
				c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
				Equal(t, "the message", c.Message(), 0)
				c.Cont(0)
			}
			t1.ExpectExit(0)
			leader.ExpectEvent(unix.PTRACE_EVENT_EXEC)
			Equal(t, "the message", int(leader.Message()), t2.TID)
			t2.ExpectNoWait(unix.ECHILD, unix.WALL)
			leader.Cont(0)
			leader.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			Equal(t, "the message", leader.Message(), 9<<8)
			leader.Cont(0)
			leader.ExpectExit(9)
		},
	},
	{
		ID: "X02", Title: "threads that an exec ends exit with 0",
		Checks: "the first thread of a process with three calls execve: the others exit with 0, not killed by SIGKILL; the process runs the new program",
		Relies: "telling how threads ended",
		Run: func(t *T) {
			path, _ := t.program(func(p Code) { p.Exit(9) })
			c := t.StartTraced(func(p Code) {
				p.Thread("t1")
				p.Thread("t2")
				p.Execve(path)
				p.Label("t1")
				p.Forever()
				p.Label("t2")
				p.Spin()
			})
			c.SetOptions(unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEEXEC)
			t1, t2 := c.nextThread("t1"), c.nextThread("t2")
			t1.Cont(0)
			t2.Cont(0)
			c.Cont(0)
			t1.ExpectExit(0)
			t2.ExpectExit(0)
			c.ExpectEvent(unix.PTRACE_EVENT_EXEC)
			c.Cont(0)
			c.ExpectExit(9)
		},
	},
	{
		ID: "X03", Title: "PTRACE_EVENT_EXEC stands within execve, at the new program's registers", Arch: sysdeps.AMD64,
		Checks: "execve with all registers in use: at PTRACE_EVENT_EXEC orig_rax is execve's number, rax -ENOSYS, and the other general registers 0",
		Relies: "telling the entry of a program",
		Run: func(t *T) {
			c, im := t.execs(unix.PTRACE_O_TRACEEXEC)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_EXEC)
			r := c.Regs()
			c.entered(r, "execve")
			c.zeros(r)
			begin, _ := im.Addr("begin")
			Equal(t, "rip", r.PC(), begin)
		},
	},
	{
		ID: "X04", Title: "PTRACE_EVENT_EXEC comes between the stops of execve",
		Checks: "PTRACE_O_TRACEEXEC, PTRACE_SYSCALL: the entry of execve, PTRACE_EVENT_EXEC, its exit with 0",
		Relies: "tracing system calls beside execs",
		Run: func(t *T) {
			c, _ := t.execs(unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_TRACESYSGOOD)
			c.Syscall(0)
			c.ExpectEntry("execve")
			c.Syscall(0)
			c.ExpectEvent(unix.PTRACE_EVENT_EXEC)
			c.Syscall(0)
			Equal(t, "the result", c.ExpectReturn("execve"), 0)
		},
	},
	{
		ID: "X05", Title: "without PTRACE_O_TRACEEXEC an exec ends in a SIGTRAP",
		Checks: "PTRACE_TRACEME, and PTRACE_ATTACH; PTRACE_SYSCALL: the entry of execve, its exit with 0, then SIGTRAP with si_code SI_USER and the process's own id",
		Run: func(t *T) {
			traced := func(c *Tracee) {
				c.Syscall(0)
				c.ExpectEntry("execve")
				c.Syscall(0)
				Equal(t, "the result", c.ExpectReturn("execve"), 0)
				c.Syscall(0)
				c.ExpectStop(unix.SIGTRAP)
				info := c.Siginfo()
				Equal(t, "si_code", info.Code(), 0)
				Equal(t, "si_pid", info.PID(), c.TID)
				c.Cont(0)
				c.ExpectExit(9)
			}
			c, _ := t.execs(unix.PTRACE_O_TRACESYSGOOD)
			traced(c)

			path, _ := t.program(func(p Code) { p.Exit(9) })
			c = t.Start(func(p Code) {
				p.SpinUntil("go")
				p.Execve(path)
			})
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			c.SetOptions(unix.PTRACE_O_TRACESYSGOOD)
			c.SetWord("go", 1)
			traced(c)
		},
	},
	{
		ID: "X06", Title: "the command line is the new program's at PTRACE_EVENT_EXEC",
		Checks: "/proc/PID/cmdline before execve, and at PTRACE_EVENT_EXEC",
		Relies: "telling what a process executes",
		Run: func(t *T) {
			path, _ := t.program(func(p Code) { p.Exit(9) })
			c := t.StartTraced(func(p Code) { p.Execve(path) })
			c.SetOptions(unix.PTRACE_O_TRACEEXEC)
			Equal(t, "the command line", c.Proc("cmdline"), "tracee\x00")
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_EXEC)
			Equal(t, "the command line", c.Proc("cmdline"), path+"\x00")
		},
	},
	{
		ID: "X07", Title: "at the exec of a 32-bit program the registers are its machine's", Arch: sysdeps.AMD64, Needs: []Need{IA32},
		Checks: "a 64-bit program executes a 32-bit one: at PTRACE_EVENT_EXEC PTRACE_GETREGSET has 32-bit registers, cs 0x23, orig_eax 11, execve's number there",
		Relies: "tracing 32-bit programs that 64-bit ones execute",
		Run: func(t *T) {
			const userCS32 = 0x23 // __USER32_CS, arch/x86/include/asm/segment.h
			path, err := t.file(t.Assemble(sysdeps.I386, func(p Code) { p.Exit(9) }))
			t.need(err, "write a program")
			c := t.StartTraced(func(p Code) { p.Execve(path) })
			c.SetOptions(unix.PTRACE_O_TRACEEXEC)
			Equal(t, "the machine", c.Regs().Arch, sysdeps.AMD64)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_EXEC)
			r := c.Regs()
			Equal(t, "the machine", r.Arch, sysdeps.I386)
			Equal(t, "cs", r.Get(sysdeps.CS), userCS32)
			nr, _ := r.Syscall()
			Equal(t, "the call", r.Arch.Syscalls.Name(nr), "execve")
			c.Cont(0)
			c.ExpectExit(9)
		},
	},
	{
		ID: "X08", Title: "an exec clears the debug registers", Arch: sysdeps.AMD64, Needs: []Need{DebugRegs},
		Checks: "DR0 and DR7 are set; execve: at PTRACE_EVENT_EXEC both are 0, and the new program runs over the address to its end",
		Relies: "setting watchpoints in programs that execute others",
		Run: func(t *T) {
			c, im := t.execs(unix.PTRACE_O_TRACEEXEC)
			begin, _ := im.Addr("begin")
			c.SetDebugReg(0, uint64(begin)) // which this program has behind it
			c.SetDebugReg(7, 1)
			Equal(t, "DR0", c.DebugReg(0), uint64(begin))
			Equal(t, "DR7", c.DebugReg(7)&1, 1)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_EXEC)
			Equal(t, "DR0", c.DebugReg(0), 0)
			Equal(t, "DR7", c.DebugReg(7), 0)
			c.Cont(0)
			c.ExpectExit(9)
		},
	},
	{
		ID: "X09", Title: "a program begins with registers that hold nothing", Arch: sysdeps.AMD64,
		Checks: "the first stop after execve: general registers 0, cs 0x33, ss 0x2b, other segments and bases 0, rsp divisible by 16; behind its first instruction rflags is 0x202",
		Run: func(t *T) {
			const (
				userCS, userDS = 0x33, 0x2b // arch/x86/include/asm/segment.h
				fixed          = 1 << 1     // of the flags; some kernels do not keep it of a program that has not run
				interrupts     = 1 << 9
			)
			c, im := t.execs(0)
			c.Cont(0)
			c.ExpectStop(unix.SIGTRAP)
			begin, _ := im.Addr("begin")
			look := func(pc sysdeps.Addr, flags uint64) {
				r := c.Regs()
				c.zeros(r)
				for _, reg := range []struct {
					name string
					reg  sysdeps.Reg
					want uint64
				}{
					{"rax", sysdeps.RAX, 0},
					{"rip", sysdeps.RIP, uint64(pc)},
					{"rflags", sysdeps.EFLAGS, flags},
					{"cs", sysdeps.CS, userCS},
					{"ss", sysdeps.SS, userDS},
					{"ds", sysdeps.DS, 0},
					{"es", sysdeps.ES, 0},
					{"fs", sysdeps.FS, 0},
					{"gs", sysdeps.GS, 0},
					{"fs_base", sysdeps.FSBase, 0},
					{"gs_base", sysdeps.GSBase, 0},
				} {
					Equal(t, reg.name, r.Get(reg.reg), reg.want)
				}
				Equal(t, "rsp, of 16", r.SP()%16, 0)
			}
			look(begin, interrupts|c.Regs().Get(sysdeps.EFLAGS)&fixed)
			c.Step(0)
			c.ExpectStop(unix.SIGTRAP)
			look(begin+1, interrupts|fixed)
		},
	},
	{
		ID: "X10", Title: "tracing and its options survive execs",
		Checks: "two execs: PTRACE_EVENT_EXEC each, stops at system calls between; SIGKILL at the second: PTRACE_EVENT_EXIT, then killed",
		Relies: "tracing programs that execute others",
		Run: func(t *T) {
			last, _ := t.program(func(p Code) { p.Exit(9) })
			path, _ := t.program(func(p Code) {
				p.Syscall("getppid")
				p.Execve(last)
			})
			c := t.StartTraced(func(p Code) { p.Execve(path) })
			c.SetOptions(unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_TRACEEXIT | unix.PTRACE_O_TRACESYSGOOD)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_EXEC)
			Equal(t, "TracerPid", c.Tracer(), unix.Gettid())
			c.Syscall(0)
			c.ExpectReturn("execve")
			c.Syscall(0)
			c.ExpectEntry("getppid")
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_EXEC)
			c.Kill(unix.SIGKILL)
			c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			Equal(t, "the message", c.Message(), uint64(unix.SIGKILL))
			c.Cont(0)
			c.ExpectKilled(unix.SIGKILL)
		},
	},
	{
		ID: "X12", Title: "a program begins with floating point registers that hold nothing", Arch: sysdeps.AMD64,
		Checks: "xmm and x87 registers, mxcsr and the x87's control word are set; execve: PTRACE_GETFPREGS has zeros, mxcsr 0x1f80, control word 0x37f",
		Run: func(t *T) {
			const (
				// struct user_i387_struct, arch/x86/include/asm/user_64.h; the values at a
				// reset: Intel SDM, volume 1, 8.1.5 and 10.2.3
				mxcsr, registers, end   = 24, 32, 32 + 8*16 + 16*16
				roundDown, controlReset = 0x3f80, 0x37f
				mxcsrReset              = 0x1f80
			)
			path, _ := t.program(func(p Code) { p.Exit(9) })
			c := t.StartTraced(func(p Code) {
				p.Raise(unix.SIGUSR1)
				p.Execve(path)
			})
			c.SetOptions(unix.PTRACE_O_TRACEEXEC)
			used := c.fpregs()
			binary.LittleEndian.PutUint16(used, controlReset&^1) // invalid operations are told
			binary.LittleEndian.PutUint32(used[mxcsr:], roundDown)
			for i := registers; i < end; i++ {
				if xmm := i >= end-16*16; xmm || i%16 < 10 { // numbers of the x87 have 80 bits
					used[i] = byte(i) | 1
				}
			}
			c.must(setFPRegs, none, ptrace.Pointer(used))
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1) // they have gone through the thread
			t.True(string(c.fpregs()[registers:end]) == string(used[registers:end]), "the registers are what was set")
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_EXEC)
			f := c.fpregs()
			Equal(t, "the control word", binary.LittleEndian.Uint16(f), controlReset)
			Equal(t, "mxcsr", binary.LittleEndian.Uint32(f[mxcsr:]), mxcsrReset)
			t.True(string(f[registers:end]) == string(make([]byte, end-registers)), "the registers are 0")
		},
	},
}

// program writes another program, for a tracee to execute.
func (t *T) program(describe func(p Code)) (path string, im *asm.Image) {
	im = t.Assemble(sysdeps.AMD64, describe)
	path, err := t.file(im)
	t.need(err, "write a program")
	return path, im
}

// execs starts a tracee that executes another program, with something in all registers,
// and stands before that. The other begins with an instruction that does nothing, at the
// label begin, and exits with 9.
func (t *T) execs(options int) (c *Tracee, other *asm.Image) {
	path, im := t.program(func(p Code) {
		p.Label("begin")
		p.Nop()
		p.Exit(9)
	})
	c = t.StartTraced(func(p Code) {
		for reg := range asm.R15 + 1 {
			if reg != asm.SP {
				p.Mov(reg, asm.Imm(0x1111*(int(reg)+1)))
			}
		}
		p.Execve(path)
	})
	c.SetOptions(options)
	return c, im
}

// threads starts a process of three threads, all of them tracees: the first two sleep, or
// are about to, and the third stands at its beginning.
func (t *T) threads(third func(p Code), options int) (leader, t1, t2 *Tracee) {
	leader = t.StartTraced(func(p Code) {
		p.Thread("t1")
		p.Thread("t2")
		p.Forever()
		p.Label("t1")
		p.Forever()
		p.Label("t2")
		third(p)
	})
	leader.SetOptions(unix.PTRACE_O_TRACECLONE | options)
	t1, t2 = leader.nextThread("t1"), leader.nextThread("t2")
	t1.Cont(0)
	leader.Cont(0)
	return leader, t1, t2
}

// nextThread lets a tracee go on to the start of a thread, and returns that at its first
// stop.
func (c *Tracee) nextThread(name string) *Tracee {
	c.Cont(0)
	c.ExpectEvent(unix.PTRACE_EVENT_CLONE)
	th := c.Sibling(name, int(c.Message()))
	th.ExpectStop(unix.SIGSTOP)
	return th
}

// zeros holds that the general registers are 0, but for the stack pointer and the result.
func (c *Tracee) zeros(r *sysdeps.Regs) {
	for _, reg := range []sysdeps.Reg{
		sysdeps.R15, sysdeps.R14, sysdeps.R13, sysdeps.R12, sysdeps.RBP, sysdeps.RBX, sysdeps.R11, sysdeps.R10,
		sysdeps.R9, sysdeps.R8, sysdeps.RCX, sysdeps.RDX, sysdeps.RSI, sysdeps.RDI,
	} {
		if v := r.Get(reg); v != 0 {
			c.t.Fail("register %d of struct user: expected 0, saw %#x", reg, v)
		}
	}
	c.t.step("the other general registers are 0")
}

// Requests of x86 alone (asm/ptrace-abi.h).
const (
	getFPRegs = 14
	setFPRegs = 15
)

// fpregs is PTRACE_GETFPREGS.
func (c *Tracee) fpregs() []byte {
	b := make([]byte, 512)
	c.must(getFPRegs, none, ptrace.Pointer(b))
	return b
}
