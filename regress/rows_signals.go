package regress

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Values of si_code that are of no one signal (asm-generic/siginfo.h).
const (
	siUser   = 0
	siKernel = 0x80
)

// segvMapErr is SEGV_MAPERR, the si_code of SIGSEGV where nothing is mapped.
const segvMapErr = 1

// unmapped is an address in the first page, where tracees have nothing.
const unmapped = 0x10

var signalRows = []Row{
	{
		ID: "N01", Title: "a signal can be suppressed, and replaced",
		Checks: "stopped by SIGUSR1, PTRACE_CONT with 0: the process goes on; with SIGUSR2: it is killed by that, without another stop",
		Relies: "not delivering the signals that the user keeps back",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.Raise(unix.SIGUSR1)
				p.Raise(unix.SIGUSR1)
				p.Exit(1)
			})
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			c.Cont(unix.SIGUSR2)
			c.ExpectKilled(unix.SIGUSR2)
		},
	},
	{
		ID: "N02", Title: "a signal that is given back keeps its siginfo",
		Checks: "stopped by SIGUSR1, PTRACE_SETSIGINFO with si_code -7 and si_value 4242, PTRACE_CONT with SIGUSR1: the handler sees both",
		Relies: "handlers of traced programs see who sent a signal; si_addr of faults at a moved instruction",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.handleAndKeep(unix.SIGUSR1)
				p.Raise(unix.SIGUSR1)
				p.Forever()
			})
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			info := c.Siginfo()
			const code, value = -7, 4242
			binary.LittleEndian.PutUint32(info[8:], uint32(code&0xffffffff)) // si_code
			binary.LittleEndian.PutUint64(info[24:], value)                  // si_value of queued signals
			c.SetSiginfo(info)
			c.Cont(unix.SIGUSR1)
			seen := c.handled()
			Equal(t, "si_signo", unix.Signal(seen.Signo()), unix.SIGUSR1)
			Equal(t, "si_code", seen.Code(), code)
			Equal(t, "si_value", seen.Value(), value)
		},
	},
	{
		ID: "N03", Title: "another signal comes with a siginfo of the tracer",
		Checks: "stopped by SIGUSR1, PTRACE_CONT with SIGUSR2: the handler of that sees SI_USER and the tracer's thread as si_pid",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.handleAndKeep(unix.SIGUSR2)
				p.Raise(unix.SIGUSR1)
				p.Forever()
			})
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			c.Cont(unix.SIGUSR2)
			seen := c.handled()
			Equal(t, "si_signo", unix.Signal(seen.Signo()), unix.SIGUSR2)
			Equal(t, "si_code", seen.Code(), siUser)
			Equal(t, "si_pid", seen.PID(), unix.Gettid())
		},
	},
	{
		ID: "N04", Title: "a signal given at a stop at a system call stops by itself",
		Checks: "PTRACE_CONT with SIGUSR2 at the entry of a system call: a stop by SIGUSR2, si_code SI_KERNEL",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.Syscall("getpid")
				p.Exit(3)
			})
			c.SetOptions(unix.PTRACE_O_TRACESYSGOOD)
			c.Syscall(0)
			c.ExpectEntry("getpid")
			c.Cont(unix.SIGUSR2)
			c.ExpectStop(unix.SIGUSR2)
			Equal(t, "si_code", c.Siginfo().Code(), siKernel)
			c.Cont(0)
			c.ExpectExit(3)
		},
	},
	{
		ID: "N05", Title: "SIGKILL is not reported as a stop",
		Checks: "a tracee raises SIGKILL: it is killed; with PTRACE_O_TRACEEXIT, PTRACE_EVENT_EXIT comes first",
		Relies: "the last line of a trace",
		Run: func(t *T) {
			for _, options := range []int{0, unix.PTRACE_O_TRACEEXIT} {
				c := t.StartTraced(func(p Code) { p.Raise(unix.SIGKILL) })
				c.SetOptions(options)
				c.Cont(0)
				if options != 0 {
					c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
					c.Cont(0)
				}
				c.ExpectKilled(unix.SIGKILL)
			}
		},
	},
	{
		ID: "N06", Title: "every signal but SIGKILL stops",
		Checks: "a tracee raises each signal from 1 to 64: a stop by it; SIGKILL, the last: it is killed",
		Relies: "reporting signals",
		Needs:  []Need{SignalQueue},
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				for _, sig := range stopping() {
					p.Raise(sig)
				}
				p.Raise(unix.SIGKILL)
			})
			for _, sig := range stopping() {
				c.Cont(0)
				c.ExpectStop(sig)
			}
			c.Cont(0)
			c.ExpectKilled(unix.SIGKILL)
		},
	},
	{
		ID: "N07", Title: "signals that are ignored stop, too",
		Checks: "SIGUSR1, which is ignored, SIGWINCH, SIGCHLD and SIGCONT, which do nothing: a stop by each; given back, the process goes on",
		Relies: "reporting signals",
		Run: func(t *T) {
			ignored := []unix.Signal{unix.SIGUSR1, unix.SIGWINCH, unix.SIGCHLD, unix.SIGCONT}
			c := t.StartTraced(func(p Code) {
				p.Ignore(unix.SIGUSR1)
				for _, sig := range ignored {
					p.Raise(sig)
				}
				p.Exit(4)
			})
			c.Cont(0)
			for _, sig := range ignored {
				c.ExpectStop(sig)
				c.Cont(sig)
			}
			c.ExpectExit(4)
		},
	},
	{
		ID: "N08", Title: "signals that are blocked do not stop, and pend if they are given",
		Checks: "all signals are blocked and SIGUSR1 raised: the next stop is of SIGSTOP; PTRACE_CONT with SIGUSR2: both pend; unblocked, both stop",
		Relies: "not reporting a signal before it is delivered",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.Block(unix.SIG_BLOCK, stopping()...)
				p.Raise(unix.SIGUSR1)
				p.Raise(unix.SIGSTOP)
				p.Raise(unix.SIGSTOP)
				p.Block(unix.SIG_UNBLOCK, stopping()...)
				p.Exit(5)
			})
			c.Cont(0)
			c.ExpectStop(unix.SIGSTOP)
			c.Cont(unix.SIGUSR2)
			c.ExpectStop(unix.SIGSTOP)
			Equal(t, "what pends", c.signals("SigPnd"), maskOf(unix.SIGUSR1, unix.SIGUSR2))
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR2)
			c.Cont(0)
			c.ExpectExit(5)
		},
	},
	{
		ID: "N09", Title: "PTRACE_CONT with a signal that is blocked does not defeat that",
		Checks: "PTRACE_CONT with SIGUSR1 at a stop by SIGSTOP, SIGUSR1 blocked: a second SIGSTOP is next; unblocked: a stop by SIGUSR1, and the process goes on without it",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.Block(unix.SIG_BLOCK, unix.SIGUSR1)
				p.Raise(unix.SIGSTOP)
				p.Raise(unix.SIGSTOP)
				p.Block(unix.SIG_UNBLOCK, unix.SIGUSR1)
				p.Exit(6)
			})
			c.Cont(0)
			c.ExpectStop(unix.SIGSTOP)
			c.Cont(unix.SIGUSR1)
			c.ExpectStop(unix.SIGSTOP)
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			c.Cont(0)
			c.ExpectExit(6)
		},
	},
	{
		ID: "N10", Title: "a signal that is waited for is not reported",
		Checks: "SIGUSR1 to a tracee in rt_sigtimedwait, and to one that reads a signalfd: both return 10, without a stop",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.Data("set", binary.LittleEndian.AppendUint64(nil, maskOf(unix.SIGUSR1)))
				p.Block(unix.SIG_BLOCK, unix.SIGUSR1)
				p.Syscall("rt_sigtimedwait", asm.Of("set"), asm.Imm(0), asm.Imm(0), asm.Imm(8))
				p.Store("waited", asm.AX)
				p.Syscall("signalfd4", asm.Imm(-1), asm.Of("set"), asm.Imm(8), asm.Imm(0))
				p.Space("read", 128) // struct signalfd_siginfo
				p.Syscall("read", asm.AX, asm.Of("read"), asm.Imm(128))
				p.Forever()
			})
			c.Cont(0)
			for _, call := range []string{"rt_sigtimedwait", "read"} {
				c.AwaitSyscall(call)
				c.Kill(unix.SIGUSR1)
			}
			c.AwaitSyscall("pause")
			c.ExpectNothing(unix.WALL)
			Equal(t, "what rt_sigtimedwait returns", unix.Signal(c.Word("waited")), unix.SIGUSR1)
			Equal(t, "ssi_signo", unix.Signal(uint32(c.Word("read"))), unix.SIGUSR1)
		},
	},
	{
		ID: "N11", Title: "pending signals come in an order: synchronous ones, then by number",
		Checks: "SIGUSR1, SIGHUP, 34, SIGSEGV and SIGABRT pend, and are unblocked: stops by SIGSEGV, 1, 6, 10, 34",
		Needs:  []Need{SignalQueue},
		Run: func(t *T) {
			sigs := []unix.Signal{unix.SIGUSR1, unix.SIGHUP, 34, unix.SIGSEGV, unix.SIGABRT}
			c := t.StartTraced(func(p Code) {
				p.Block(unix.SIG_BLOCK, sigs...)
				for _, sig := range sigs {
					p.Raise(sig)
				}
				p.Block(unix.SIG_UNBLOCK, sigs...)
				p.Exit(7)
			})
			for _, sig := range []unix.Signal{unix.SIGSEGV, unix.SIGHUP, unix.SIGABRT, unix.SIGUSR1, 34} {
				c.Cont(0)
				c.ExpectStop(sig)
			}
			c.Cont(0)
			c.ExpectExit(7)
		},
	},
	{
		ID: "N12", Title: "what pends is reported before a fault at where the tracer sends the thread",
		Checks: "the program counter is set to where nothing is, SIGHUP and SIGUSR1 are sent: stops by SIGHUP, SIGUSR1, then SIGSEGV with that address",
		Relies: "calls in the tracee, which return to where nothing is",
		Run: func(t *T) {
			c := t.StartTraced(Code.Forever)
			r := c.Regs()
			r.SetPC(unmapped)
			c.SetRegs(r)
			c.Tkill(unix.SIGUSR1)
			c.Tkill(unix.SIGHUP)
			for _, sig := range []unix.Signal{unix.SIGHUP, unix.SIGUSR1} {
				c.Cont(0)
				c.ExpectStop(sig)
			}
			c.Cont(0)
			c.expectFault()
		},
	},
	{
		ID: "N13", Title: "a fault stops though its signal is blocked, and kills",
		Checks: "SIGSEGV has a handler and is blocked; a read where nothing is: a stop, si_code SEGV_MAPERR, si_addr; given back: killed by SIGSEGV",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.NoDump()
				p.Handle(unix.SIGSEGV, "handler", 0)
				p.Block(unix.SIG_BLOCK, unix.SIGSEGV)
				p.fault()
				p.Label("handler")
				p.Exit(1)
			})
			c.Cont(0)
			c.expectFault()
			c.Cont(unix.SIGSEGV)
			c.ExpectKilled(unix.SIGSEGV)
		},
	},
	{
		ID: "N14", Title: "a signal of the tracer's reaches a handler with SA_RESETHAND",
		Checks: "PTRACE_ATTACH, PTRACE_CONT with SIGUSR1: the handler runs and ends the process (Linux 2.6.23 with utrace killed it)",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Handle(unix.SIGUSR1, "handler", saResetHand)
				p.Forever()
				p.Label("handler")
				p.Exit(42)
			})
			c.AwaitSyscall("pause")
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			c.Cont(unix.SIGUSR1)
			c.ExpectExit(42)
		},
	},
	{
		ID: "N15", Title: "a signal during a stop at a system call is not lost",
		Checks: "SIGINT while the thread stands at the entry of pause: nothing is reported; PTRACE_CONT: a stop by SIGINT",
		Relies: "reporting signals",
		Run: func(t *T) {
			c := t.StartTraced(Code.Forever)
			c.SetOptions(unix.PTRACE_O_TRACESYSGOOD)
			c.Syscall(0)
			c.ExpectEntry("pause")
			c.Kill(unix.SIGINT)
			c.StaysQuiet()
			c.Cont(0)
			c.ExpectStop(unix.SIGINT)
		},
	},
	{
		ID: "N16", Title: "a fault that comes again stops again",
		Checks: "a handler of SIGSEGV sets SIG_DFL and returns to the fault: stop, given back, stop, given back, killed by SIGSEGV",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.NoDump()
				p.Handle(unix.SIGSEGV, "handler", 0)
				p.fault()
				p.Label("handler")
				p.handle(unix.SIGSEGV, asm.Imm(0), 0) // SIG_DFL
				p.Ret()
			})
			c.Cont(0)
			for range 2 {
				c.expectFault()
				c.Cont(unix.SIGSEGV)
			}
			c.ExpectKilled(unix.SIGSEGV)
		},
	},
	{
		ID: "N17", Title: "the blocked signals can be read and changed", Since: Version{3, 11, 0}, Change: "PTRACE_GETSIGMASK, PTRACE_SETSIGMASK",
		Checks: "sizes 4 and 16: EINVAL; all is blocked: reads back without SIGKILL and SIGSTOP, and SIGUSR1 is not reported; nothing is blocked: it is",
		Relies: "calls in the tracee, which signals must not disturb",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.Raise(unix.SIGSTOP)
				p.Exit(8)
			})
			mask := make([]byte, 16)
			for _, req := range []int{unix.PTRACE_GETSIGMASK, unix.PTRACE_SETSIGMASK} {
				for _, size := range []int{4, 16} {
					c.Refused(unix.EINVAL, req, ptrace.Value(size), ptrace.Pointer(mask))
				}
			}
			Equal(t, "what is blocked", c.sigmask(), 0)
			all := ^uint64(0)
			c.setSigmask(all)
			Equal(t, "what is blocked", c.sigmask(), all&^maskOf(unix.SIGKILL, unix.SIGSTOP))
			c.Tkill(unix.SIGUSR1)
			c.Cont(0)
			c.ExpectStop(unix.SIGSTOP)
			c.setSigmask(0)
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			c.Cont(0)
			c.ExpectExit(8)
		},
	},
	{
		ID: "N18", Title: "pending signals can be looked at", Since: Version{3, 10, 0}, Change: "PTRACE_PEEKSIGINFO",
		Checks: "5 pend for the thread and 5 for the process: each queue is read whole, from an offset, behind its end, nothing of it; nr -1 and unknown flags: EINVAL; memory that ends: what fits, or EFAULT",
		Run:    peekSiginfo,
	},
	{
		ID: "N19", Title: "a step whose SIGTRAP is blocked or ignored undoes that",
		Checks: "SIGTRAP with a handler is blocked: PTRACE_SINGLESTEP stops, unblocks it and resets the handler; ignored: is not any more; with a handler alone: stays",
		Relies: "keeping the tracee's own SIGTRAP over a breakpoint",
		Run: func(t *T) {
			trap := maskOf(unix.SIGTRAP)
			for _, before := range []struct {
				handled, ignored, blocked bool
				caught                    uint64 // behind the step
			}{
				{handled: true, blocked: true},
				{blocked: true},
				{ignored: true},
				{ignored: true, blocked: true},
				{handled: true, caught: trap},
			} {
				c := t.StartTraced(func(p Code) {
					switch {
					case before.handled:
						p.Handle(unix.SIGTRAP, "handler", 0)
					case before.ignored:
						p.Ignore(unix.SIGTRAP)
					}
					if before.blocked {
						p.Block(unix.SIG_BLOCK, unix.SIGTRAP)
					}
					p.Raise(unix.SIGSTOP)
					p.Nop()
					p.Exit(9)
					p.Label("handler")
					p.Exit(1)
				})
				c.Cont(0)
				c.ExpectStop(unix.SIGSTOP)
				c.Step(0)
				c.ExpectStop(unix.SIGTRAP)
				Equal(t, "SIGTRAP blocked", c.signals("SigBlk")&trap, 0)
				Equal(t, "SIGTRAP ignored", c.signals("SigIgn")&trap, 0)
				Equal(t, "SIGTRAP caught", c.signals("SigCgt")&trap, before.caught)
				c.Cont(0)
				c.ExpectExit(9)
			}
		},
	},
	{
		ID: "N20", Title: "si_code tells where a SIGTRAP comes from", Arch: sysdeps.AMD64, Needs: []Need{DebugRegs},
		Checks: "int3 and int $3: SI_KERNEL; icebp: 1; a step: 2; a hardware breakpoint: 4; a step out of a system call: 1; execve: 0; an event: 5 and its number; a stop at a system call: 0x85",
		Relies: "telling breakpoints, steps and the tracee's own SIGTRAPs apart",
		Run:    trapCodes,
	},
	{
		ID: "N21", Title: "siginfo is the tracer's, whatever the tracee is; a bad pointer is EFAULT", Needs: []Need{IA32},
		Checks: "a fault of a 64-bit and of a 32-bit process: PTRACE_GETSIGINFO writes 128 bytes with si_addr as 64-bit programs have it; PTRACE_SETSIGINFO changes them; of address -1: EFAULT for both",
		Relies: "reporting signals of 32-bit programs",
		Run: func(t *T) {
			for _, arch := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
				c := t.StartOn(arch, func(p Code) {
					p.TraceMe()
					p.fault()
				})
				c.ExpectStop(unix.SIGSTOP)
				c.Cont(0)
				c.expectFault()
				const other = 0xfedcba9876543210
				info := c.Siginfo()
				info.SetFault(other)
				c.SetSiginfo(info)
				got := bytes.Repeat([]byte{0xa5}, sysdeps.SiginfoSize+8)
				c.must(unix.PTRACE_GETSIGINFO, none, ptrace.Pointer(got))
				Equal(t, "the siginfo", sysdeps.Siginfo(got[:sysdeps.SiginfoSize]), *info)
				t.True(string(got[sysdeps.SiginfoSize:]) == strings.Repeat("\xa5", 8), "nothing is written behind it")
				for _, req := range []int{unix.PTRACE_GETSIGINFO, unix.PTRACE_SETSIGINFO} {
					c.Refused(unix.EFAULT, req, none, ptrace.Value(-1))
				}
			}
		},
	},
	{
		ID: "N22", Title: "a tracee's stop interrupts its tracer's wait for another child",
		Checks: "a tracer with one thread has a handler of SIGCHLD and waits for a child; another stops: the handler runs, wait4 fails with EINTR; SIGCHLD blocked, a wait for the one that stops returns",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Handle(unix.SIGCHLD, "handler", 0)
				p.Fork(int(unix.SIGCHLD), "idle")
				p.Fork(int(unix.SIGCHLD), "first")
				p.Syscall("wait4", asm.At("idle.tid"), asm.Imm(0), asm.Imm(unix.WALL), asm.Imm(0))
				p.Store("interrupted", asm.AX)
				p.Block(unix.SIG_BLOCK, unix.SIGCHLD)
				p.Fork(int(unix.SIGCHLD), "second")
				p.Syscall("wait4", asm.At("second.tid"), asm.Imm(0), asm.Imm(unix.WALL), asm.Imm(0))
				p.Store("waited", asm.AX)
				p.Forever()
				p.Label("handler")
				p.Store("handled", asm.Imm(1))
				p.Ret()
				p.Label("first")
				p.SpinUntil("go")
				p.Label("second")
				p.TraceMe()
				p.Label("idle")
				p.Forever()
			})
			c.AwaitSyscall("wait4")
			c.Child("the one that stops", int(c.Word("first.tid"))).SetWord("go", 1)
			c.AwaitSyscall("pause")
			Equal(t, "handled", c.Word("handled"), 1)
			Equal(t, "what the first wait4 returns", int(c.Word("interrupted")), -int(unix.EINTR))
			Equal(t, "what the second wait4 returns", c.Word("waited"), c.Word("second.tid"))
			t.True(c.signals("SigPnd")|c.signals("ShdPnd") == maskOf(unix.SIGCHLD), "SIGCHLD pends")
		},
	},
	{
		ID: "N23", Title: "PTRACE_DETACH at a system call delivers its signal",
		Checks: "PTRACE_DETACH with SIGUSR1 at the entry of a system call: killed by SIGUSR1",
		Run: func(t *T) {
			c := t.StartTraced(Code.Forever)
			c.SetOptions(unix.PTRACE_O_TRACESYSGOOD)
			c.Syscall(0)
			c.ExpectEntry("pause")
			c.Detach(unix.SIGUSR1)
			c.ExpectKilled(unix.SIGUSR1)
		},
	},
}

// peekSiginfo is N18.
func peekSiginfo(t *T) {
	const thread, process, count = 40, 50, 5
	c := t.StartTraced(Code.Forever)
	for i := range unix.Signal(count) {
		c.Tkill(thread + i)
		c.Kill(process + i)
	}
	buffer := make([]byte, 10*sysdeps.SiginfoSize)
	const shared = unix.PTRACE_PEEKSIGINFO_SHARED
	for _, q := range []struct {
		off   uint64
		flags uint32
		nr    int32
		first unix.Signal
		want  int
	}{
		{0, 0, 10, thread, count},
		{0, shared, 10, process, count},
		{3, 0, 10, thread + 3, 2},
		{3, shared, 1, process + 3, 1},
		{99, 0, 10, 0, 0},
		{0, 0, 0, 0, 0},
	} {
		n := c.must(unix.PTRACE_PEEKSIGINFO, peekArgs(q.off, q.flags, q.nr), ptrace.Pointer(buffer))
		Equal(t, "how many", int(n), q.want)
		for i := range q.want {
			info := sysdeps.Siginfo(buffer[i*sysdeps.SiginfoSize:])
			Equal(t, "si_signo", unix.Signal(info.Signo()), q.first+unix.Signal(i))
		}
	}
	c.Refused(unix.EINVAL, unix.PTRACE_PEEKSIGINFO, peekArgs(0, 0, -1), ptrace.Pointer(buffer))
	c.Refused(unix.EINVAL, unix.PTRACE_PEEKSIGINFO, peekArgs(0, math.MaxUint32, 10), ptrace.Pointer(buffer))

	page := unix.Getpagesize()
	pages, err := unix.Mmap(-1, 0, 2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	t.need(err, "mmap")
	t.need(unix.Mprotect(pages[page:], unix.PROT_READ), "mprotect")
	n := c.must(unix.PTRACE_PEEKSIGINFO, peekArgs(0, 0, 10), ptrace.Pointer(pages[page-2*sysdeps.SiginfoSize:]))
	Equal(t, "how many fit", int(n), 2)
	c.Refused(unix.EFAULT, unix.PTRACE_PEEKSIGINFO, peekArgs(0, 0, 10), ptrace.Pointer(pages[page:]))
	t.need(unix.Munmap(pages), "munmap")
}

// peekArgs are struct ptrace_peeksiginfo_args (linux/ptrace.h).
func peekArgs(off uint64, flags uint32, nr int32) ptrace.Arg {
	b := binary.NativeEndian.AppendUint64(nil, off)
	b = binary.NativeEndian.AppendUint32(b, flags)
	return ptrace.Pointer(binary.NativeEndian.AppendUint32(b, uint32(nr)))
}

// trapCodes is N20.
func trapCodes(t *T) {
	const brkpt, trace, hwbkpt = 1, 2, 4 // TRAP_* (asm-generic/siginfo.h)
	expect := func(what string, c *Tracee, code int) {
		Equal(t, "si_code of "+what, c.Siginfo().Code(), code)
	}
	for _, insn := range []struct {
		name  string
		bytes []byte
		code  int
	}{
		{"int3", []byte{0xcc}, siKernel},
		{"int $3", []byte{0xcd, 3}, siKernel},
		{"icebp", []byte{0xf1}, brkpt},
	} {
		if insn.name == "icebp" && emulated(t.Machine) {
			continue // SIGILL there
		}
		c := t.StartTraced(func(p Code) { p.Bytes(insn.bytes...) })
		c.Cont(0)
		c.ExpectStop(unix.SIGTRAP)
		expect(insn.name, c, insn.code)
	}

	path, _ := t.program(Code.Forever)
	c := t.StartTraced(func(p Code) {
		p.Nop()
		p.Nop()
		p.Label("watched")
		p.Nop()
		p.Syscall("getpid")
		p.Execve(path)
	})
	c.SetOptions(unix.PTRACE_O_TRACESYSGOOD)
	c.Step(0)
	c.ExpectStop(unix.SIGTRAP)
	expect("a step", c, trace)
	c.SetDebugReg(0, uint64(c.Addr("watched")))
	c.SetDebugReg(7, 1)
	c.Cont(0)
	c.ExpectStop(unix.SIGTRAP)
	expect("a hardware breakpoint", c, hwbkpt)
	c.SetDebugReg(7, 0)
	c.Syscall(0)
	c.ExpectEntry("getpid")
	expect("a stop at a system call", c, int(syscallStop))
	c.Step(0)
	c.ExpectStop(unix.SIGTRAP)
	expect("a step out of a system call", c, brkpt)
	c.Cont(0)
	c.ExpectStop(unix.SIGTRAP)
	expect("execve", c, siUser)
	c.SetOptions(unix.PTRACE_O_TRACEEXIT)
	c.Kill(unix.SIGTERM)
	c.Cont(0)
	c.ExpectStop(unix.SIGTERM)
	c.Cont(unix.SIGTERM)
	c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
	expect("an event", c, int(unix.SIGTRAP)|unix.PTRACE_EVENT_EXIT<<8)
}

// stopping are all signals that can be reported: all but SIGKILL.
func stopping() (sigs []unix.Signal) {
	for sig := unix.Signal(1); sig <= sysdeps.SIGRTMAX; sig++ {
		if sig != unix.SIGKILL {
			sigs = append(sigs, sig)
		}
	}
	return sigs
}

// handleAndKeep handles a signal, and keeps the siginfo that the handler sees for handled.
func (p Code) handleAndKeep(sig unix.Signal) {
	over := p.Unnamed()
	p.Handle(sig, "handler", 0)
	p.Space("seen", sysdeps.SiginfoSize)
	p.Jump(over)
	p.Label("handler") // in DI the signal, in SI the siginfo (rt_sigframe of x86-64)
	for off := 0; off < sysdeps.SiginfoSize; off += 8 {
		p.Mov(asm.BX, asm.In(asm.SI, off))
		p.Mov(asm.Mem{Label: "seen", Off: off}, asm.BX)
	}
	p.Store("handled", asm.Imm(1))
	p.Ret()
	p.Label(over)
}

// handled waits for the handler, and returns the siginfo that it has seen.
func (c *Tracee) handled() (seen sysdeps.Siginfo) {
	c.AwaitWord("handled", 1)
	c.t.need(c.readMemory(seen[:], c.Addr("seen")), "read what the handler of %s has seen", c.Name)
	return seen
}

// signals returns a set of signals in /proc/PID/status.
func (c *Tracee) signals(field string) uint64 {
	set, err := strconv.ParseUint(c.status(field), 16, 64)
	c.t.need(err, "%s of %s", field, c.Name)
	return set
}

// sigmask is PTRACE_GETSIGMASK, and setSigmask PTRACE_SETSIGMASK.
func (c *Tracee) sigmask() uint64 {
	b := make([]byte, 8)
	c.must(unix.PTRACE_GETSIGMASK, ptrace.Value(len(b)), ptrace.Pointer(b))
	return binary.NativeEndian.Uint64(b)
}

func (c *Tracee) setSigmask(mask uint64) {
	b := binary.NativeEndian.AppendUint64(nil, mask)
	c.must(unix.PTRACE_SETSIGMASK, ptrace.Value(len(b)), ptrace.Pointer(b))
}

// fault reads where nothing is, as expectFault wants it.
func (p Code) fault() {
	p.Mov(asm.AX, asm.Imm(unmapped))
	p.Mov(asm.BX, asm.In(asm.AX, 0))
}

// expectFault waits for a stop by the fault at the address unmapped.
func (c *Tracee) expectFault() {
	c.ExpectStop(unix.SIGSEGV)
	info := c.Siginfo()
	Equal(c.t, "si_code", info.Code(), segvMapErr)
	Equal(c.t, "si_addr", info.Fault(), unmapped)
}
