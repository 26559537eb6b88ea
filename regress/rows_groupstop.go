package regress

import (
	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

var groupStopRows = []Row{
	{
		ID: "G01", Title: "a group-stop of an attached thread has no siginfo",
		Checks: "SIGSTOP is reported, and given back with PTRACE_CONT: a second stop by SIGSTOP, PTRACE_GETSIGINFO EINVAL",
		Relies: "telling group-stops where there is no PTRACE_SEIZE",
		Run:    func(t *T) { t.expectGroupStop(t.Start(Code.Forever), unix.SIGSTOP) },
	},
	{
		ID: "G02", Title: "SIGTSTP, SIGTTIN and SIGTTOU stop as SIGSTOP does",
		Checks: "as G01, in a process group of its own that is no orphan",
		Run: func(t *T) {
			for _, sig := range []unix.Signal{unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU} {
				c := t.Start(func(p Code) {
					p.Syscall("setpgid", asm.Imm(0), asm.Imm(0))
					p.Forever()
				})
				c.AwaitSyscall("pause")
				t.expectGroupStop(c, sig)
			}
		},
	},
	{
		ID: "G03", Title: "SIGCONT does not wake an attached thread from a group-stop",
		Checks: "SIGCONT in a group-stop: nothing is reported, state t; PTRACE_CONT: a stop by SIGCONT",
		Run: func(t *T) {
			c := t.Start(Code.Forever)
			t.expectGroupStop(c, unix.SIGSTOP)
			c.Kill(unix.SIGCONT)
			c.ExpectNothing(unix.WALL)
			Equal(t, "state", c.State(), 't')
			c.Cont(0)
			c.ExpectStop(unix.SIGCONT)
		},
	},
	{
		ID: "G04", Title: "PTRACE_CONT ends the group-stop of an attached thread",
		Checks: "PTRACE_CONT in a group-stop: the program goes on, without SIGCONT (which is why PTRACE_SEIZE came)",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.SpinUntil("go")
				p.Exit(2)
			})
			t.expectGroupStop(c, unix.SIGSTOP)
			c.SetWord("go", 1)
			c.Cont(0)
			c.ExpectExit(2)
		},
	},
	{
		ID: "G05", Title: "a parent does not see the stops of a tracee",
		Checks: "a process whose child is traced and stands still: wait4(WUNTRACED|WNOHANG) has nothing",
		Relies: "shells and supervisors whose children are traced",
		Run: func(t *T) {
			parent := t.Start(func(p Code) {
				p.Fork(int(unix.SIGCHLD), "child")
				p.SpinUntil("go")
				p.Syscall("wait4", asm.At("child.tid"), asm.Imm(0), asm.Imm(unix.WUNTRACED|unix.WNOHANG), asm.Imm(0))
				p.Store("waited", asm.AX)
				p.Forever()
				p.Label("child")
				p.Forever()
			})
			parent.Name = "the parent"
			t.Await("the child is there", func() bool { return parent.Word("child.tid") != 0 })
			c := parent.Child("C", int(parent.Word("child.tid")))
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			parent.SetWord("go", 1)
			parent.AwaitSyscall("pause")
			Equal(t, "what the parent has waited for", parent.Word("waited"), 0)
		},
	},
	{
		ID: "G06", Title: "a thread in a group-stop can be let go", Since: Version{2, 6, 21},
		Checks: "PTRACE_ATTACH, PTRACE_CONT with SIGSTOP, the group-stop, PTRACE_DETACH: success, and the process is stopped",
		Run:    detachesStopped,
	},
	{
		ID: "G07", Title: "a stopped process stays stopped when its tracer ends",
		Checks: "a group-stop of a seized and of an attached process, the tracer's thread ends: state T, and SIGCONT wakes it",
		Relies: "leaving a stopped process stopped",
		Run: func(t *T) {
			seized, attached := t.Start(Code.Forever), t.Start(Code.Forever)
			t.Elsewhere(func() {
				t.stopGroup(seized)
				t.expectGroupStop(attached, unix.SIGSTOP)
			})
			for _, c := range []*Tracee{seized, attached} {
				c.AwaitState('T')
				c.Kill(unix.SIGCONT)
				c.AwaitSyscall("pause")
			}
		},
	},
	{
		ID: "G08", Title: "each thread reports the group-stop", Since: seized,
		Checks: "SIGSTOP to a seized process of three threads: one thread stops for the signal; given back, each reports PTRACE_EVENT_STOP by SIGSTOP",
		Relies: "tracing programs that job control stops",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Thread("second")
				p.Thread("third")
				p.Forever()
				p.Label("second")
				p.Spin()
				p.Label("third")
				p.Spin()
			})
			c.AwaitSyscall("pause")
			all := []*Tracee{
				c,
				c.Sibling("the second thread", int(c.Word("second.tid"))),
				c.Sibling("the third thread", int(c.Word("third.tid"))),
			}
			for _, th := range all {
				th.Seize(0)
			}
			c.Kill(unix.SIGSTOP)
			var first *Tracee
			t.Await("one stops for the signal", func() bool {
				for _, th := range all {
					if st, any := th.poll(unix.WALL); any {
						Equal(t, "what "+th.Name+" reports", st.String(), "stopped by SIGSTOP")
						first = th
						return true
					}
				}
				return false
			})
			first.Cont(unix.SIGSTOP)
			for _, th := range all {
				th.ExpectEventStop(ptrace.EventStop, unix.SIGSTOP)
			}
		},
	},
}

// expectGroupStop attaches to a process, and brings it into a group-stop by a signal.
func (t *T) expectGroupStop(c *Tracee, sig unix.Signal) {
	c.Attach()
	c.ExpectStop(unix.SIGSTOP)
	c.Cont(0)
	c.Kill(sig)
	c.ExpectStop(sig)
	Equal(t, "si_signo", unix.Signal(c.Siginfo().Signo()), sig)
	c.Cont(sig)
	c.ExpectStop(sig)
	c.Refused(unix.EINVAL, unix.PTRACE_GETSIGINFO, none, ptrace.Pointer(make([]byte, sysdeps.SiginfoSize)))
}

// detachesStopped is the body of the rows that let go in a group-stop.
func detachesStopped(t *T) {
	c := t.Start(Code.Forever)
	c.Attach()
	c.ExpectStop(unix.SIGSTOP)
	c.Cont(unix.SIGSTOP)
	c.ExpectStop(unix.SIGSTOP)
	c.Detach(0)
	c.AwaitState('T')
}
