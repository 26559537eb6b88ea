package regress

import (
	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps/ptrace"
)

var attachRows = []Row{
	{
		ID: "A01", Title: "a thread can be attached to, running or asleep",
		Checks: "PTRACE_ATTACH to a spinning and to a sleeping process: SIGSTOP is reported, the state is t, TracerPid this thread",
		Relies: "attaching to a process",
		Run: func(t *T) {
			spinning := t.Start(Code.Spin)
			sleeping := t.Start(Code.Forever)
			sleeping.AwaitSyscall("pause")
			for _, c := range []*Tracee{spinning, sleeping} {
				c.Attach()
				c.ExpectStop(unix.SIGSTOP)
				Equal(t, "state", c.State(), 't')
				Equal(t, "TracerPid", c.Tracer(), unix.Gettid())
			}
		},
	},
	{
		ID: "A02", Title: "a read that was attached to goes on",
		Checks: "PTRACE_ATTACH to a process that sleeps in read(pipe); a byte is written; PTRACE_CONT: it reads the byte",
		Relies: "attaching to a process that waits for input",
		Run: func(t *T) {
			from, to := t.Pipe()
			c := t.Start(func(p Code) {
				p.Space("buffer", 8)
				p.Syscall("read", asm.Imm(from), asm.Of("buffer"), asm.Imm(8))
				p.Syscall("exit_group", asm.AX)
			})
			c.AwaitSyscall("read")
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			t.Write(to, "x")
			c.Cont(0)
			c.ExpectExit(1)
		},
	},
	{
		ID: "A04", Title: "a second PTRACE_TRACEME is refused",
		Checks: "PTRACE_TRACEME twice: 0, then EPERM",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				for _, word := range []string{"first", "second"} {
					p.Syscall("ptrace", asm.Imm(unix.PTRACE_TRACEME), asm.Imm(0), asm.Imm(0), asm.Imm(0))
					p.Store(word, asm.AX)
				}
				p.Raise(unix.SIGSTOP)
			})
			c.ExpectStop(unix.SIGSTOP)
			Equal(t, "the first", int(c.Word("first")), 0)
			Equal(t, "the second", int(c.Word("second")), -int(unix.EPERM))
		},
	},
	{
		ID: "A05", Title: "requests on a stranger, and unknown ones, are refused",
		Checks: "PTRACE_PEEKDATA, and a request that does not exist, of an untraced process: ESRCH; the latter of a stopped tracee: EIO",
		Run: func(t *T) {
			const unknown = 12345
			c := t.Start(Code.Forever)
			c.Refused(unix.ESRCH, unix.PTRACE_PEEKDATA, none, none)
			c.Refused(unix.ESRCH, unknown, none, none)
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			c.Refused(unix.EIO, unknown, none, none)
		},
	},
	{
		ID: "A06", Title: "a running tracee refuses requests, PTRACE_DETACH too",
		Checks: "PTRACE_CONT, then PTRACE_GETREGSET and PTRACE_DETACH: ESRCH",
		Run: func(t *T) {
			c := t.StartTraced(Code.Spin)
			c.Cont(0)
			var n int
			c.Refused(unix.ESRCH, unix.PTRACE_GETREGSET, ptrace.Value(ntPRStatus), ptrace.Vector(make([]byte, 512), &n))
			c.Refused(unix.ESRCH, unix.PTRACE_DETACH, none, none)
		},
	},
	{
		ID: "A07", Title: "a tracee belongs to the thread that traces it",
		Checks: "of another thread of the tracer's process, PTRACE_PEEKUSER: ESRCH; wait4: works; wait4(__WNOTHREAD): ECHILD",
		Relies: "keeping all requests on one thread",
		Run: func(t *T) {
			c := t.Start(Code.Forever)
			c.Attach()
			t.Elsewhere(func() {
				c.Refused(unix.ESRCH, unix.PTRACE_PEEKUSR, none, ptrace.Pointer(make([]byte, 8)))
				c.ExpectNoWait(unix.ECHILD, unix.WALL|unix.WNOTHREAD)
				c.ExpectStop(unix.SIGSTOP)
			})
			c.PeekUser(0)
		},
	},
	{
		ID: "A08", Title: "a tracer's thread that ends lets its tracees go",
		Checks: "a thread seizes and interrupts, and ends: TracerPid is 0, and the tracee runs on",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.SpinUntil("go")
				p.Store("went", asm.Imm(1))
				p.Spin()
			})
			t.Elsewhere(func() {
				c.Seize(0)
				c.Interrupt()
				c.ExpectEvent(ptrace.EventStop)
			})
			t.Await("TracerPid is 0", func() bool { return c.Tracer() == 0 })
			c.SetWord("go", 1)
			c.AwaitWord("went", 1)
		},
	},
	{
		ID: "A16", Title: "a signal that does not exist is refused",
		Checks: "PTRACE_CONT and PTRACE_DETACH with 999, 65 and -1: EIO; the tracee stays attached and stopped",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) { p.Exit(7) })
			for _, sig := range []int{999, 65, -1} {
				c.Refused(unix.EIO, unix.PTRACE_CONT, none, ptrace.Value(sig))
				c.Refused(unix.EIO, unix.PTRACE_DETACH, none, ptrace.Value(sig))
				Equal(t, "state", c.State(), 't')
			}
			c.Cont(0)
			c.ExpectExit(7)
		},
	},
	{
		ID: "A17", Title: "PTRACE_DETACH delivers SIGKILL",
		Checks: "PTRACE_ATTACH; PTRACE_DETACH with SIGKILL: killed",
		Run: func(t *T) {
			c := t.Start(Code.Forever)
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			c.Detach(unix.SIGKILL)
			c.ExpectKilled(unix.SIGKILL)
		},
	},
	{
		ID: "A25", Title: "requests fail once SIGKILL was sent",
		Checks: "SIGKILL to a stopped tracee; PTRACE_CONT: ESRCH; killed", Since: Version{3, 8, 0}, Change: "CVE-2013-0871",
		Relies: "noticing that a tracee is gone",
		Run: func(t *T) {
			c := t.StartTraced(Code.Spin)
			c.Kill(unix.SIGKILL)
			c.Refused(unix.ESRCH, unix.PTRACE_CONT, none, none)
			c.ExpectKilled(unix.SIGKILL)
		},
	},
}
