package regress

import (
	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps/ptrace"
)

var deathRows = []Row{
	{
		ID: "Z01", Title: "PTRACE_O_EXITKILL ends tracees with their tracer", Since: Version{3, 8, 0},
		Checks: "PTRACE_SEIZE with PTRACE_O_EXITKILL, the tracer's thread ends: killed by SIGKILL",
		Run: func(t *T) {
			c := t.Start(Code.Forever)
			t.Elsewhere(func() { c.Seize(unix.PTRACE_O_EXITKILL) })
			c.ExpectKilled(unix.SIGKILL)
		},
	},
	{
		ID: "Z02", Title: "tracees go on unharmed when their tracer ends",
		Checks: "the tracer's thread ends while a tracee stands still, traces system calls, is in a group-stop: it runs, runs without SIGTRAP, is in state T",
		Relies: "doing no harm when Sonde is killed",
		Run: func(t *T) {
			calls := func(p Code) {
				p.Space("count", 8)
				p.Label("again")
				p.Syscall("getppid")
				p.Add(asm.At("count"), asm.Imm(1))
				p.Jump("again")
			}
			still, traced, stopped := t.Start(calls), t.Start(calls), t.Start(Code.Forever)
			t.Elsewhere(func() {
				still.Seize(0)
				still.Interrupt()
				still.ExpectEvent(ptrace.EventStop)
				// Without the option the last stop, which nobody takes, becomes a SIGTRAP (Z11).
				traced.Seize(unix.PTRACE_O_TRACESYSGOOD)
				traced.Interrupt()
				traced.ExpectEvent(ptrace.EventStop)
				for range 5 {
					traced.Syscall(0)
					traced.ExpectSyscallStop()
				}
				traced.Syscall(0)
				t.stopGroup(stopped)
			})
			for _, c := range []*Tracee{still, traced} {
				seen := c.Word("count")
				t.Await("it makes 1000 calls more", func() bool { return c.Word("count") > seen+1000 })
				c.ExpectNothing(unix.WALL)
			}
			stopped.AwaitState('T')
		},
	},
	{
		ID: "Z03", Title: "events that a tracer leaves behind are gone with it",
		Checks: "the tracer's thread ends while its tracees stand at PTRACE_EVENT_CLONE and PTRACE_EVENT_EXIT: the thread and its process run, the other ends with its status",
		Relies: "doing no harm when Sonde is killed",
		Run: func(t *T) {
			clones := t.Start(func(p Code) {
				p.SpinUntil("go")
				p.Thread("second")
				p.SpinUntil("ran")
				p.Exit(4)
				p.Label("second")
				p.Mov(asm.At("ran"), asm.Imm(1))
				p.Spin()
			})
			ends := t.Start(func(p Code) {
				p.SpinUntil("go")
				p.Exit(5)
			})
			t.Elsewhere(func() {
				clones.Seize(unix.PTRACE_O_TRACECLONE)
				clones.SetWord("go", 1)
				clones.ExpectEvent(unix.PTRACE_EVENT_CLONE)
				ends.Seize(unix.PTRACE_O_TRACEEXIT)
				ends.SetWord("go", 1)
				ends.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			})
			clones.ExpectExit(4)
			ends.ExpectExit(5)
		},
	},
	{
		ID: "Z04", Title: "a first thread that has ended is a zombie until the others have",
		Checks: "the first thread ends: state Z, nothing is reported, PTRACE_ATTACH EPERM, its maps are empty; another thread can be seized, and has maps",
		Relies: "processes whose first thread has ended",
		Run: func(t *T) {
			c, second := t.leaderEnds(0)
			c.AwaitState('Z')
			c.ExpectNothing(unix.WALL)
			c.Refused(unix.EPERM, unix.PTRACE_ATTACH, none, none)
			second.Seize(0)
			second.Interrupt()
			second.ExpectEvent(ptrace.EventStop)
			Equal(t, "maps of the first thread", c.Proc("maps"), "")
			t.True(second.Proc("maps") != "", "the second thread's maps have something")
		},
	},
	{
		ID: "Z05", Title: "the end of a first thread is reported behind that of all others", Since: seized,
		Checks: "PTRACE_O_TRACEEXIT; the first thread ends, later the second: the first one's PTRACE_EVENT_EXIT at once, its end only behind the second's",
		Relies: "telling the end of a process",
		Run: func(t *T) {
			c, second := t.leaderEnds(unix.PTRACE_O_TRACEEXIT)
			c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			c.Cont(0)
			c.AwaitState('Z')
			c.ExpectNothing(unix.WALL)
			second.SetWord("end", 1)
			second.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			second.Cont(0)
			second.ExpectExit(0)
			c.ExpectExit(0)
		},
	},
	{
		ID: "Z06", Title: "a parent gets the end of a tracee when the tracer has had it",
		Checks: "a process waits for its child, which is traced and ends: it waits on until the tracer has taken the end",
		Relies: "shells and supervisors whose children are traced",
		Run: func(t *T) {
			parent := t.Start(func(p Code) {
				p.Fork(int(unix.SIGCHLD), "child")
				p.Syscall("wait4", asm.At("child.tid"), asm.Imm(0), asm.Imm(0), asm.Imm(0))
				p.Store("waited", asm.AX)
				p.Forever()
				p.Label("child")
				p.Forever()
			})
			parent.Name = "the parent"
			parent.AwaitSyscall("wait4")
			c := parent.Child("C", int(parent.Word("child.tid")))
			c.Seize(0)
			c.Kill(unix.SIGKILL)
			c.AwaitState('Z')
			t.Stays("the parent waits", func() bool { return parent.Word("waited") == 0 })
			c.ExpectKilled(unix.SIGKILL)
			parent.AwaitWord("waited", uint64(c.TID))
		},
	},
	{
		ID: "Z07", Title: "a zombie goes with its tracer's thread where SIGCHLD is ignored", Since: Version{2, 6, 26},
		Checks: "in a process that ignores SIGCHLD and whose first thread has ended, a thread seizes and kills a child: a zombie; the thread ends: the zombie is gone, the process lives on",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Ignore(unix.SIGCHLD)
				p.Fork(int(unix.SIGCHLD), "child")
				p.Thread("rest")
				p.Thread("tracer")
				p.SpinUntil("go")
				p.ExitThread(0)
				p.Label("tracer")
				p.SpinUntil("alone")
				p.Syscall("ptrace", asm.Imm(unix.PTRACE_SEIZE), asm.At("child.tid"), asm.Imm(0), asm.Imm(0))
				p.Store("seized", asm.AX)
				p.Syscall("kill", asm.At("child.tid"), asm.Imm(unix.SIGKILL))
				p.SpinUntil("end")
				p.ExitThread(0)
				p.Label("child")
				p.Forever()
				p.Label("rest")
				p.Forever()
			})
			t.Await("the tracer is there", func() bool { return c.Word("tracer.tid") != 0 })
			rest := c.Sibling("the third thread", int(c.Word("rest.tid")))
			child := c.Child("the tracee", int(c.Word("child.tid")))
			c.SetWord("go", 1)
			c.AwaitState('Z')
			rest.SetWord("alone", 1)
			child.AwaitState('Z')
			Equal(t, "what PTRACE_SEIZE gave", int(rest.Word("seized")), 0)
			rest.SetWord("end", 1)
			t.Await("the tracee is gone", func() bool { return child.State() == 0 })
			rest.AwaitSyscall("pause")
		},
	},
	{
		ID: "Z08", Title: "the end of a tracee that is no child is reported once",
		Checks: "a grandchild is attached to, gets SIGUSR1, whose handler ends it with 47: exited with 47, then ECHILD",
		Run: func(t *T) {
			parent := t.Start(func(p Code) {
				p.Fork(int(unix.SIGCHLD), "child")
				p.Forever()
				p.Label("child")
				endsWith47(p)
			})
			parent.AwaitSyscall("pause")
			c := parent.Child("C", int(parent.Word("child.tid")))
			c.AwaitSyscall("pause")
			c.expect47()
		},
	},
	{
		ID: "Z09", Title: "a thread can be let go while its process is killed",
		Checks: "two threads are attached to; the first goes on and is killed; PTRACE_DETACH of the second: success or ESRCH, and both ends are reported",
		Run:    detachesKilled,
	},
	{
		ID: "Z10", Title: "SIGKILL ends each thread with PTRACE_EVENT_EXIT", Since: seized,
		Checks: "PTRACE_O_TRACEEXIT of two threads, SIGKILL: PTRACE_EVENT_EXIT of each, then the ends, the first thread's last",
		Relies: "telling the end of a process",
		Run: func(t *T) {
			c, second := t.twoThreads()
			for _, th := range []*Tracee{c, second} {
				th.Seize(unix.PTRACE_O_TRACEEXIT)
			}
			c.Kill(unix.SIGKILL)
			for _, th := range []*Tracee{c, second} {
				th.ExpectEvent(unix.PTRACE_EVENT_EXIT)
				Equal(t, "the message", th.Message(), uint64(unix.SIGKILL))
			}
			c.Cont(0)
			c.AwaitState('Z')
			c.ExpectNothing(unix.WALL)
			second.Cont(0)
			second.ExpectKilled(unix.SIGKILL)
			c.ExpectKilled(unix.SIGKILL)
		},
	},
	{ // beside the catalogue's
		ID: "Z11", Title: "a stop at a system call that nobody has taken is a SIGTRAP when its tracer ends", Since: seized,
		Checks: "the tracer's thread ends while its tracee stands at the entry of a system call, not waited for: killed by SIGTRAP; not so if it was waited for, was let go by PTRACE_DETACH, or has PTRACE_O_TRACESYSGOOD (the kernel sends the tracee what is left of the stop's code, ptrace_report_syscall in linux/ptrace.h; 0x85 is no signal)",
		Relies: "doing no harm when Sonde is killed: it traces system calls with PTRACE_O_TRACESYSGOOD",
		Run: func(t *T) {
			for _, v := range []struct {
				how     string
				options int
				ends    func(c *Tracee)
				killed  bool
			}{
				{"not waited for", 0, func(*Tracee) {}, true},
				{"waited for", 0, func(c *Tracee) { c.ExpectStop(unix.SIGTRAP) }, false},
				{"let go", 0, func(c *Tracee) { c.Detach(0) }, false},
				{"marked", unix.PTRACE_O_TRACESYSGOOD, func(*Tracee) {}, false},
			} {
				t.step("%s", v.how)
				c := t.Start(func(p Code) {
					p.SpinUntil("go")
					p.Syscall("getppid")
					p.Exit(7)
				})
				t.Elsewhere(func() {
					c.Seize(v.options)
					c.Interrupt()
					c.ExpectEvent(ptrace.EventStop)
					c.SetWord("go", 1)
					c.Syscall(0)
					c.awaitReport()
					v.ends(c)
				})
				t.Await("TracerPid is 0", func() bool { return c.Tracer() == 0 }) // before anybody takes the stop
				if v.killed {
					c.ExpectKilled(unix.SIGTRAP)
				} else {
					c.ExpectExit(7)
				}
			}
		},
	},
}

// leaderEnds starts a process whose first thread ends; the second does when the word end
// is set. With options, both are seized before.
func (t *T) leaderEnds(options int) (c, second *Tracee) {
	c = t.Start(func(p Code) {
		p.Thread("second")
		p.SpinUntil("go")
		p.ExitThread(0)
		p.Label("second")
		p.SpinUntil("end")
		p.ExitThread(0)
	})
	t.Await("the second thread is there", func() bool { return c.Word("second.tid") != 0 })
	second = c.Sibling("the second thread", int(c.Word("second.tid")))
	if options != 0 {
		c.Seize(options)
		second.Seize(options)
	}
	c.SetWord("go", 1)
	return c, second
}

// detachesKilled is the body of the rows that let a thread go whose process is killed.
func detachesKilled(t *T) {
	c, second := t.twoThreads()
	for _, th := range []*Tracee{c, second} {
		th.Attach()
		th.ExpectStop(unix.SIGSTOP)
	}
	c.Cont(0)
	c.Tkill(unix.SIGKILL)
	if _, e := second.Request(unix.PTRACE_DETACH, none, none); e != 0 {
		Equal(t, "PTRACE_DETACH", Errno(e), Errno(unix.ESRCH))
		second.ExpectKilled(unix.SIGKILL)
	}
	c.ExpectKilled(unix.SIGKILL)
}

// endsWith47 ends a program with 47 on SIGUSR1.
func endsWith47(p Code) {
	p.Handle(unix.SIGUSR1, "handler", 0)
	p.Forever()
	p.Label("handler")
	p.Exit(47)
}

// expect47 attaches to a program that endsWith47, ends it, and holds that its end is
// reported once.
func (c *Tracee) expect47() {
	c.Attach()
	c.ExpectStop(unix.SIGSTOP)
	c.Cont(0)
	c.Kill(unix.SIGUSR1)
	c.ExpectStop(unix.SIGUSR1)
	c.Cont(unix.SIGUSR1)
	c.ExpectExit(47)
	c.ExpectNoWait(unix.ECHILD, unix.WALL)
}
