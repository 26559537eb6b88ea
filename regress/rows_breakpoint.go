package regress

import (
	"bytes"
	"fmt"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

var breakpointRows = []Row{
	{
		ID: "W01", Title: "an instruction that is poked is one process's own", Arch: sysdeps.AMD64,
		Checks: "PTRACE_POKETEXT of int3 into a forked child: it stops by SIGTRAP behind that; its parent's instruction and the file are unchanged",
		Relies: "breakpoints",
		Run:    pokeInt3,
	},
	{
		ID: "W02", Title: "threads meet a breakpoint each for itself", Arch: sysdeps.AMD64,
		Checks: "four threads run into int3 together: four stops by SIGTRAP, each thread behind it",
		Relies: "breakpoints in programs with threads",
		Run:    meetInt3,
	},
	{
		ID: "W03", Title: "an execution breakpoint stops before its instruction", Arch: sysdeps.AMD64, Needs: []Need{DebugRegs},
		Checks: "DR0 at an instruction, DR7 1, PTRACE_CONT: SIGTRAP there, si_code 4, si_addr there, DR6 0xffff0ff1, RF set; PTRACE_CONT passes it",
		Run: func(t *T) {
			c := t.startStepped(sysdeps.AMD64, func(p Code) {
				p.Nop()
				p.Label("here")
				p.Nop()
				p.Exit(3)
			})
			c.watch(0, "here", onExec, 1)
			c.Cont(0)
			c.trapsAt("here", trapHardware)
			Equal(t, "si_addr", c.Siginfo().Fault(), c.Addr("here"))
			Equal(t, "DR6", c.DebugReg(6), noHits|1)
			t.True(c.flag(resumeFlag), "RF is set")
			c.Cont(0)
			c.ExpectExit(3)
		},
	},
	{
		ID: "W04", Title: "write watchpoints watch as many bytes as they say", Arch: sysdeps.AMD64, Needs: []Need{DebugRegs},
		Checks: "each of DR0 to DR3, of 1, 2, 4 and 8 bytes (32-bit programs: up to 4), enabled locally, globally, both: a write of the byte behind them does not stop, one of the last byte does, si_code 4, behind the write; DR6 has the register's bit",
		Run:    watchWrites,
	},
	{
		ID: "W05", Title: "access watchpoints stop at reads", Arch: sysdeps.AMD64, Needs: []Need{DebugRegs},
		Checks: "DR0 at a word, R/W 3, a read of it: SIGTRAP behind it; R/W 1 lets the same read pass",
		Run: func(t *T) {
			c := t.startStepped(sysdeps.AMD64, func(p Code) {
				p.Space("word", 8)
				p.Label("again")
				p.Mov(asm.AX, asm.At("word"))
				p.Label("behind")
				p.Nop()
				p.Raise(unix.SIGUSR1)
				p.Jump("again")
			})
			c.watch(0, "word", onWrite, 8)
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			c.watch(0, "word", onAccess, 8)
			c.Cont(0)
			c.trapsAt("behind", trapHardware)
			Equal(t, "DR6", c.DebugReg(6), noHits|1)
		},
	},
	{
		ID: "W06", Title: "watchpoints do not see the kernel", Arch: sysdeps.AMD64, Needs: []Need{DebugRegs},
		Checks: "write(2) and read(2) of a watched buffer: no stop; the program's own read is the first",
		Run:    watchKernel,
	},
	{
		ID: "W07", Title: "watchpoints are not inherited, and end with an exec", Arch: sysdeps.AMD64, Needs: []Need{DebugRegs},
		Checks: "a child's DR0 is 0 (its DR7 may be a copy, which enables nothing), and its write does not stop; its parent's does; behind PTRACE_EVENT_EXEC both are 0, and a write there does not stop",
		Run:    watchInherited,
	},
	{
		ID: "W08", Title: "the kernel's addresses cannot be watched", Arch: sysdeps.AMD64, Needs: []Need{DebugRegs},
		Since: Version{4, 19, 0}, Change: "f67b15037a7a, 27747f8bc355 (CVE-2018-1000199)",
		Checks: "DR0 at 0xffffffff81000000 and at addresses that are not canonical: EINVAL, DR0 is 0; the same while DR0 is enabled: EINVAL, and DR0 has no such address",
		Run: func(t *T) {
			c := t.startStepped(sysdeps.AMD64, func(p Code) {
				p.Space("word", 8)
				p.Forever()
			})
			addresses := []uint64{0xffffffff81000000, 1 << 63, 1 << 56} // with 5 levels of pages too
			for _, a := range addresses {
				c.debugRefused(unix.EINVAL, 0, a)
				Equal(t, "DR0", c.DebugReg(0), 0)
			}
			c.watch(0, "word", onWrite, 8)
			for _, a := range addresses {
				c.debugRefused(unix.EINVAL, 0, a)
				t.True(c.DebugReg(0) != a, "DR0 is not %#x", a)
			}
		},
	},
	{
		ID: "W09", Title: "a watchpoint that is enabled can be moved", Arch: sysdeps.AMD64, Needs: []Need{DebugRegs},
		Since: Version{4, 19, 0}, Change: "bd14406b78e6",
		Checks: "DR0 enabled, then set 8 bytes on: accepted; the write at the old place does not stop, the one at the new does",
		Run: func(t *T) {
			c := t.startStepped(sysdeps.AMD64, func(p Code) {
				p.Space("words", 16)
				p.Mov(asm.At("words"), asm.Imm(1))
				p.Nop()
				p.Mov(asm.Mem{Label: "words", Off: 8}, asm.Imm(1))
				p.Label("behind")
				p.Nop()
			})
			c.watch(0, "words", onWrite, 8)
			moved := uint64(c.Addr("words")) + 8
			c.SetDebugReg(0, moved)
			Equal(t, "DR0", c.DebugReg(0), moved)
			c.Cont(0)
			c.trapsAt("behind", trapHardware)
		},
	},
	{
		ID: "W10", Title: "a watched load of the stack segment before int3 does no harm", Arch: sysdeps.AMD64, Needs: []Need{DebugRegs},
		Since: Version{4, 16, 0}, Change: "d8ba61ba58c8 (CVE-2018-8897)",
		Checks: "mov to SS from a watched word, int3: SIGTRAP behind the int3, and the program goes on to its end",
		Known:  []Known{{Where: emulated, Saw: "the program counter", Why: "QEMU does not hold a trap back over a load of SS"}},
		Run:    watchStackSegment,
	},
	{
		ID: "W11", Title: "debug registers are looked at when they are set", Arch: sysdeps.AMD64, Needs: []Need{DebugRegs},
		Checks: "DR4, DR5: EIO; 4 bytes at an odd address, ports, execution of more than one byte: EINVAL; general detect and the upper half of DR7: kept, and not applied",
		Run:    watchRefused,
	},
	{
		ID: "W12", Title: "DR7 may be set before DR0", Arch: sysdeps.AMD64, Needs: []Need{DebugRegs},
		Checks: "DR7 enables DR0 while that is 0: accepted; then DR0: a write there stops",
		Run: func(t *T) {
			c := t.startStepped(sysdeps.AMD64, func(p Code) {
				p.Store("word", asm.Imm(1))
				p.Label("behind")
				p.Nop()
			})
			c.SetDebugReg(7, debugControl(0, onWrite, 8, local))
			c.SetDebugReg(0, uint64(c.Addr("word")))
			c.Cont(0)
			c.trapsAt("behind", trapHardware)
		},
	},
	{
		ID: "W13", Title: "DR6 is the tracer's to clear", Arch: sysdeps.AMD64, Needs: []Need{DebugRegs}, Since: Version{5, 11, 0}, Change: "9ad22e165994",
		Checks: "what is written to DR6 is read; a hit stays in it over a stop by a signal, until it is cleared",
		Run: func(t *T) {
			c := t.startStepped(sysdeps.AMD64, func(p Code) {
				p.Store("word", asm.Imm(1))
				p.Label("behind")
				p.Nop()
				p.Raise(unix.SIGUSR1)
			})
			for _, v := range []uint64{0, noHits | 0xf, 0x4001, noHits} {
				c.SetDebugReg(6, v)
				Equal(t, "DR6", c.DebugReg(6), v)
			}
			c.watch(0, "word", onWrite, 8)
			c.Cont(0)
			c.trapsAt("behind", trapHardware)
			Equal(t, "DR6", c.DebugReg(6), noHits|1)
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			Equal(t, "DR6", c.DebugReg(6), noHits|1)
			c.SetDebugReg(6, noHits)
			Equal(t, "DR6", c.DebugReg(6), noHits)
		},
	},
	{
		ID: "W14", Title: "int1 traps behind itself", Arch: sysdeps.AMD64, Needs: []Need{Int1},
		Checks: "int1, PTRACE_CONT: SIGTRAP, si_code 1, behind it; PTRACE_CONT goes on",
		Relies: "telling int1 from breakpoints and steps",
		Run: func(t *T) {
			c := t.startStepped(sysdeps.AMD64, func(p Code) {
				p.int1()
				p.Label("behind")
				p.Nop()
				p.Exit(3)
			})
			c.Cont(0)
			c.trapsAt("behind", trapBreakpoint)
			c.Cont(0)
			c.ExpectExit(3)
		},
	},
}

const resumeFlag = 1 << 16 // EFLAGS.RF (Intel SDM 17.3.1.1)

func pokeInt3(t *T) {
	c := t.startStepped(sysdeps.AMD64, func(p Code) {
		p.Fork(int(unix.SIGCHLD), "child")
		p.Forever()
		p.Label("child")
		p.Nop()
		p.Label("here")
		p.Nop()
		p.Label("behind")
		p.Forever()
	})
	c.SetOptions(unix.PTRACE_O_TRACEFORK)
	c.Cont(0)
	c.ExpectEvent(unix.PTRACE_EVENT_FORK)
	child := c.Child("the child", int(c.Message()))
	child.ExpectStop(unix.SIGSTOP)
	here := child.Addr("here")
	text := child.Peek(here)
	child.must(unix.PTRACE_POKETEXT, ptrace.Value(here), ptrace.Value(text&^0xff|0xcc))
	child.Cont(0)
	child.trapsAt("behind", fromKernel)
	Equal(t, "the parent's instructions", c.Peek(here), text)
	file, err := t.readFile(fmt.Sprintf("/proc/%d/exe", c.TID))
	t.need(err, "read the program")
	t.True(bytes.Equal(file, c.image.ELF), "the file is unchanged")
}

func meetInt3(t *T) {
	labels := []string{"1", "2", "3", "4"}
	c := t.startStepped(sysdeps.AMD64, func(p Code) {
		for _, l := range labels {
			p.Thread(l)
		}
		p.Forever()
		for _, l := range labels {
			p.Label(l)
		}
		p.SpinUntil("go")
		p.Label("here")
		p.Int3()
		p.Label("behind")
		p.Forever()
	})
	c.SetOptions(unix.PTRACE_O_TRACECLONE)
	var threads []*Tracee
	for _, l := range labels {
		c.Cont(0)
		c.ExpectEvent(unix.PTRACE_EVENT_CLONE)
		thread := c.Sibling("thread "+l, int(c.Message()))
		thread.ExpectStop(unix.SIGSTOP)
		threads = append(threads, thread)
	}
	c.Cont(0)
	for _, thread := range threads {
		thread.Cont(0)
	}
	c.SetWord("go", 1)
	for _, thread := range threads {
		thread.trapsAt("behind", fromKernel)
	}
	c.ExpectNothing(unix.WALL)
}

func watchWrites(t *T) {
	watchWritesOn(t, sysdeps.AMD64, 1, 2, 4, 8)
	if t.Machine.runs(sysdeps.I386) {
		watchWritesOn(t, sysdeps.I386, 1, 2, 4)
	}
}

// watchWritesOn watches a program that writes a byte twice, where it is told.
func watchWritesOn(t *T, arch *sysdeps.Arch, sizes ...int) {
	write := func(p Code, at string) {
		p.Space(at, 8)
		p.Mov(asm.BX, asm.At(at))
		p.Bytes(0xc6, 0x03, 0x01) // movb $1,(%rbx)
	}
	c := t.startStepped(arch, func(p Code) {
		p.Space("bytes", 16)
		p.Label("again")
		write(p, "outside")
		p.Nop()
		write(p, "inside")
		p.Label("behind")
		p.Nop()
		p.Jump("again")
	})
	for n := range 4 {
		for _, size := range sizes {
			for _, enable := range []uint64{local, global, local | global} {
				t.step("DR%d, %d bytes, enabled by %d", n, size, enable)
				c.SetWord("outside", uint64(c.Addr("bytes"))+uint64(size))
				c.SetWord("inside", uint64(c.Addr("bytes"))+uint64(size)-1)
				c.SetDebugReg(7, 0)
				c.SetDebugReg(n, uint64(c.Addr("bytes")))
				c.SetDebugReg(7, debugControl(n, onWrite, size, enable))
				c.SetDebugReg(6, noHits)
				c.Cont(0)
				c.trapsAt("behind", trapHardware)
				Equal(t, "DR6", c.DebugReg(6), noHits|1<<n)
			}
		}
		c.SetDebugReg(7, 0)
	}
}

func watchKernel(t *T) {
	from, to := t.Pipe()
	c := t.startStepped(sysdeps.AMD64, func(p Code) {
		p.Space("buffer", 8)
		p.Syscall("write", asm.Imm(to), asm.Of("buffer"), asm.Imm(8))
		p.Store("written", asm.AX)
		p.Syscall("read", asm.Imm(from), asm.Of("buffer"), asm.Imm(8))
		p.Store("read", asm.AX)
		p.Mov(asm.AX, asm.At("buffer"))
		p.Label("behind")
		p.Nop()
	})
	c.watch(0, "buffer", onAccess, 8)
	c.Cont(0)
	c.trapsAt("behind", trapHardware)
	Equal(t, "bytes written", c.Word("written"), 8)
	Equal(t, "bytes read", c.Word("read"), 8)
}

func watchInherited(t *T) {
	next := t.Assemble(sysdeps.AMD64, func(p Code) {
		p.Store("word", asm.Imm(3))
		p.Nop()
		p.Raise(unix.SIGUSR2)
	})
	path, err := t.file(next)
	t.need(err, "write a program")
	c := t.startStepped(sysdeps.AMD64, func(p Code) {
		p.Space("word", 8) // the first of the data in both programs: at one address
		p.Fork(int(unix.SIGCHLD), "child")
		p.Mov(asm.At("word"), asm.Imm(1))
		p.Label("parent")
		p.Execve(path)
		p.Label("child")
		p.Mov(asm.At("word"), asm.Imm(2))
		p.Nop()
		p.Raise(unix.SIGUSR1)
	})
	c.SetOptions(unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEEXEC)
	c.watch(0, "word", onWrite, 8)
	watched := c.Addr("word")
	c.Cont(0)
	c.ExpectEvent(unix.PTRACE_EVENT_FORK)
	child := c.Child("the child", int(c.Message()))
	child.ExpectStop(unix.SIGSTOP)
	Equal(t, "DR0 of the child", child.DebugReg(0), 0)
	child.Cont(0)
	child.ExpectStop(unix.SIGUSR1)
	Equal(t, "the child's word", child.Word("word"), 2)
	c.Cont(0)
	c.trapsAt("parent", trapHardware)
	c.Cont(0)
	c.ExpectEvent(unix.PTRACE_EVENT_EXEC)
	c.image = next
	Equal(t, "the word of the next program", c.Addr("word"), watched)
	Equal(t, "DR0", c.DebugReg(0), 0)
	Equal(t, "DR7", c.DebugReg(7), 0)
	c.Cont(0)
	c.ExpectStop(unix.SIGUSR2)
	Equal(t, "the word", c.Word("word"), 3)
}

func watchStackSegment(t *T) {
	c := t.startStepped(sysdeps.AMD64, func(p Code) {
		p.Bytes(0x8c, 0xd0) // mov %ss,%eax
		p.Store("word", asm.AX)
		p.Mov(asm.BX, asm.Of("word"))
		p.Raise(unix.SIGUSR1)
		p.Bytes(0x8e, 0x13) // mov (%rbx),%ss
		p.Int3()
		p.Label("behind")
		p.Nop()
		p.Exit(7)
	})
	c.Cont(0)
	c.ExpectStop(unix.SIGUSR1)
	c.watch(0, "word", onAccess, 2)
	c.Cont(0)
	// Whether the watchpoint's own trap, which the load delays, is seen beside that of the
	// int3 is the processor's affair.
	c.ExpectStop(unix.SIGTRAP)
	c.standsAt("behind")
	c.Cont(0)
	st := c.Wait()
	if stopSignal(st) == unix.SIGTRAP && st.Stopped() {
		c.Cont(0)
		st = c.Wait()
	}
	Equal(t, "the end", st.String(), "exited with 7")
}

func watchRefused(t *T) {
	c := t.startStepped(sysdeps.AMD64, func(p Code) {
		p.Store("word", asm.Imm(1))
		p.Raise(unix.SIGUSR1)
	})
	word := uint64(c.Addr("word"))
	c.debugRefused(unix.EIO, 4, 0)
	c.debugRefused(unix.EIO, 5, 0)
	c.SetDebugReg(0, word+1)
	c.debugRefused(unix.EINVAL, 7, debugControl(0, onWrite, 4, local))
	c.SetDebugReg(0, word)
	c.debugRefused(unix.EINVAL, 7, debugControl(0, onPort, 1, local))
	c.debugRefused(unix.EINVAL, 7, debugControl(0, onExec, 4, local))
	const generalDetect = 1 << 13 // Intel SDM 17.2.4
	for _, v := range []uint64{generalDetect, 1 << 32, 1<<63 | 1<<40} {
		c.SetDebugReg(7, v)
		Equal(t, "DR7", c.DebugReg(7), v)
	}
	c.SetDebugReg(7, generalDetect)
	c.Cont(0)
	c.ExpectStop(unix.SIGUSR1)
}
