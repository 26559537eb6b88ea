package regress

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// vforkFlags are those of vfork(2).
const vforkFlags = unix.CLONE_VFORK | unix.CLONE_VM | int(unix.SIGCHLD)

// auditAMD64 is AUDIT_ARCH_X86_64 (linux/audit.h).
const auditAMD64 = 0xc000003e

var eventRows = []Row{
	{
		ID: "E01", Title: "PTRACE_EVENT_FORK tells of a fork", Since: Version{2, 5, 46},
		Checks: "PTRACE_O_TRACEFORK, fork: PTRACE_EVENT_FORK with si_code 0x105, the child's id as message; the child stops by SIGSTOP, si_code 0",
		Relies: "following forks",
		Run: func(t *T) {
			c := t.StartTraced(forks(int(unix.SIGCHLD)))
			c.SetOptions(unix.PTRACE_O_TRACEFORK)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_FORK)
			Equal(t, "si_code", c.Siginfo().Code(), unix.PTRACE_EVENT_FORK<<8|int(unix.SIGTRAP))
			child := c.messageChild()
			child.ExpectStop(unix.SIGSTOP)
			Equal(t, "si_code", child.Siginfo().Code(), 0)
			Equal(t, "TracerPid of the child", child.Tracer(), unix.Gettid())
			c.Cont(0)
			c.AwaitWord("child.tid", uint64(child.TID))
		},
	},
	{
		ID: "E02", Title: "which event a clone gives depends on its flags",
		Checks: "clone with SIGCHLD: FORK; with SIGUSR1 or no signal: CLONE; with CLONE_VFORK: VFORK, whatever the signal; with CLONE_UNTRACED: none; with CLONE_PARENT and SIGCHLD: FORK",
		Relies: "following forks, vforks and clones",
		Run: func(t *T) {
			const all = unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACECLONE
			for _, clone := range []struct{ flags, event int }{
				{int(unix.SIGCHLD), unix.PTRACE_EVENT_FORK},
				{int(unix.SIGUSR1), unix.PTRACE_EVENT_CLONE},
				{0, unix.PTRACE_EVENT_CLONE},
				{vforkFlags, unix.PTRACE_EVENT_VFORK},
				{unix.CLONE_VFORK | unix.CLONE_VM | int(unix.SIGUSR1), unix.PTRACE_EVENT_VFORK},
				{unix.CLONE_PARENT | int(unix.SIGCHLD), unix.PTRACE_EVENT_FORK},
			} {
				t.step("flags %#x", clone.flags)
				c := t.StartTraced(forks(clone.flags))
				c.SetOptions(all)
				c.Cont(0)
				c.ExpectEvent(clone.event)
				c.messageChild().ExpectStop(unix.SIGSTOP)
			}
			c := t.StartTraced(forks(unix.CLONE_UNTRACED | int(unix.SIGCHLD)))
			c.SetOptions(all)
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1) // which it raises behind the clone
			child := c.Child("the child", int(c.Word("child.tid")))
			Equal(t, "TracerPid of the child", child.Tracer(), 0)
		},
	},
	{
		ID: "E03", Title: "PTRACE_EVENT_VFORK_DONE comes when the child has let its parent go",
		Checks: "vfork with its child held: the parent is in state D and reports nothing; the child exits: PTRACE_EVENT_VFORK_DONE, with the child's id as message as before",
		Relies: "stopping at breakpoints in processes that share memory",
		Run: func(t *T) {
			c := t.StartTraced(forks(vforkFlags))
			c.SetOptions(unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACEVFORKDONE)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_VFORK)
			child := c.messageChild()
			child.ExpectStop(unix.SIGSTOP)
			c.Cont(0)
			c.AwaitState('D')
			c.StaysQuiet()
			Equal(t, "state", c.State(), 'D')
			child.SetWord("go", 1)
			child.Cont(0)
			child.ExpectExit(4)
			c.ExpectEvent(unix.PTRACE_EVENT_VFORK_DONE)
			Equal(t, "the message", int(c.Message()), child.TID)
		},
	},
	{
		ID: "E04", Title: "PTRACE_EVENT_VFORK_DONE comes without PTRACE_O_TRACEVFORK", Since: Version{2, 6, 27},
		Checks: "PTRACE_O_TRACEVFORKDONE alone, by PTRACE_CONT and by PTRACE_SYSCALL: the event with the child's id, in the latter case between the call's entry and exit, then SIGCHLD",
		Run: func(t *T) {
			program := func(p Code) {
				p.Fork(vforkFlags, "child")
				p.Spin()
				p.Label("child")
				p.Exit(0)
			}
			c := t.StartTraced(program)
			c.SetOptions(unix.PTRACE_O_TRACEVFORKDONE | unix.PTRACE_O_TRACESYSGOOD)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_VFORK_DONE)
			child := int(c.Message())
			c.Cont(0)
			c.ExpectStop(unix.SIGCHLD)
			Equal(t, "si_pid", c.Siginfo().PID(), child)

			c = t.StartTraced(program)
			c.SetOptions(unix.PTRACE_O_TRACEVFORKDONE | unix.PTRACE_O_TRACESYSGOOD)
			c.Syscall(0)
			c.ExpectEntry("clone")
			c.Syscall(0)
			c.ExpectEvent(unix.PTRACE_EVENT_VFORK_DONE)
			child = int(c.Message())
			c.Syscall(0)
			Equal(t, "the result", int(c.ExpectReturn("clone")), child)
			c.Syscall(0)
			c.ExpectStop(unix.SIGCHLD)
			Equal(t, "si_pid", c.Siginfo().PID(), child)
		},
	},
	{
		ID: "E05", Title: "PTRACE_EVENT_VFORK does not wait for the child",
		Checks: "vfork: the parent's event comes while the child has not run; the child runs and exits while the parent stands there; PTRACE_CONT: PTRACE_EVENT_VFORK_DONE at once",
		Relies: "following vforks",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.Fork(vforkFlags, "child")
				p.Spin()
				p.Label("child")
				p.Store("ran", asm.Imm(1))
				p.Exit(4)
			})
			c.SetOptions(unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACEVFORKDONE)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_VFORK)
			Equal(t, "what the child has stored", c.Word("ran"), 0)
			child := c.messageChild()
			child.ExpectStop(unix.SIGSTOP)
			child.Cont(0)
			child.ExpectExit(4)
			Equal(t, "what the child has stored", c.Word("ran"), 1)
			c.ExpectNothing(unix.WALL)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_VFORK_DONE)
			Equal(t, "the message", int(c.Message()), child.TID)
		},
	},
	{
		ID: "E06", Title: "PTRACE_SYSCALL at PTRACE_EVENT_FORK stops at the call's exit",
		Checks: "PTRACE_CONT into PTRACE_EVENT_FORK; PTRACE_SYSCALL: the exit of clone, with the child's id",
		Relies: "tracing system calls beside forks",
		Run: func(t *T) {
			c := t.StartTraced(forks(int(unix.SIGCHLD)))
			c.SetOptions(unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACESYSGOOD)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_FORK)
			child := c.messageChild()
			c.Syscall(0)
			Equal(t, "the result", int(c.ExpectReturn("clone")), child.TID)
		},
	},
	{
		ID: "E07", Title: "PTRACE_SINGLESTEP at PTRACE_EVENT_FORK stops behind the call", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SINGLESTEP at PTRACE_EVENT_FORK: SIGTRAP behind the instruction that called, still in clone, with the child's id",
		Relies: "stepping through forks",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.Syscall("clone", asm.Imm(unix.SIGCHLD), asm.Imm(0), asm.Imm(0), asm.Imm(0), asm.Imm(0))
				p.Label("behind")
				p.InCaseOfNoRoom()
				p.Spin()
			})
			c.SetOptions(unix.PTRACE_O_TRACEFORK)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_FORK)
			child := c.messageChild()
			c.Step(0)
			c.ExpectStop(unix.SIGTRAP)
			r := c.Regs()
			nr, _ := r.Syscall()
			Equal(t, "the call", r.Arch.Syscalls.Name(nr), "clone")
			Equal(t, "rax", int(r.SyscallResult()), child.TID)
			Equal(t, "rip", r.PC(), c.Addr("behind"))
		},
	},
	{
		ID: "E08", Title: "PTRACE_EVENT_CLONE comes between the stops of clone",
		Checks: "PTRACE_O_TRACECLONE, a new thread, PTRACE_SYSCALL: the entry of clone, the event with the thread's id, the call's exit with it",
		Relies: "tracing system calls beside new threads",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.Thread("thread")
				p.Spin()
				p.Label("thread")
				p.Spin()
			})
			c.SetOptions(unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACESYSGOOD)
			c.Syscall(0)
			c.ExpectEntry("clone")
			c.Syscall(0)
			c.ExpectEvent(unix.PTRACE_EVENT_CLONE)
			thread := c.Sibling("the thread", int(c.Message()))
			thread.ExpectStop(unix.SIGSTOP)
			c.Syscall(0)
			Equal(t, "the result", int(c.ExpectReturn("clone")), thread.TID)
		},
	},
	{
		ID: "E09", Title: "a child's first stop at a system call is an entry",
		Checks: "PTRACE_SYSCALL of a child at its first stop: the entry of its first call, not the exit of the clone",
		Relies: "tracing the system calls of children",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.Fork(int(unix.SIGCHLD), "child")
				p.Spin()
				p.Label("child")
				p.Syscall("getppid")
				p.Spin()
			})
			c.SetOptions(unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACESYSGOOD)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_FORK)
			child := c.messageChild()
			child.ExpectStop(unix.SIGSTOP)
			child.Syscall(0)
			child.ExpectEntry("getppid")
			child.Syscall(0)
			Equal(t, "the result", int(child.ExpectReturn("getppid")), c.TID)
		},
	},
	{
		ID: "E10", Title: "children inherit options, and have them as their own",
		Checks: "PTRACE_O_TRACESYSGOOD and PTRACE_O_TRACEEXIT of a forked child after its parent's were cleared: it stops with SIGTRAP|0x80 and at its exit, the parent does not",
		Relies: "following children",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.Fork(int(unix.SIGCHLD), "child")
				p.Exit(5)
				p.Label("child")
				p.Syscall("getppid")
				p.Exit(6)
			})
			c.SetOptions(unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACEEXIT)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_FORK)
			child := c.messageChild()
			child.ExpectStop(unix.SIGSTOP)
			c.SetOptions(0)
			child.Syscall(0)
			child.ExpectEntry("getppid")
			child.Cont(0)
			child.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			Equal(t, "the message", child.Message(), 6<<8)
			c.Cont(0)
			c.ExpectExit(5)
			child.Cont(0)
			child.ExpectExit(6)
		},
	},
	{
		ID: "E11", Title: "CLONE_PTRACE makes tracees without an option", Since: Version{2, 6, 27},
		Checks: "a tracee without options makes two processes with CLONE_PTRACE: no event, both stop by SIGSTOP, and this is their tracer",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.Fork(unix.CLONE_PTRACE|int(unix.SIGCHLD), "first")
				p.Fork(unix.CLONE_PTRACE|int(unix.SIGCHLD), "second")
				p.Raise(unix.SIGUSR1)
				p.Label("first")
				p.Exit(1)
				p.Label("second")
				p.Exit(2)
			})
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			for i, name := range []string{"first", "second"} {
				child := c.Child("the "+name+" child", int(c.Word(name+".tid")))
				child.ExpectStop(unix.SIGSTOP)
				Equal(t, "its TracerPid", child.Tracer(), unix.Gettid())
				child.Cont(0)
				child.ExpectExit(i + 1)
			}
		},
	},
	{
		ID: "E12", Title: "a tracer that sets CLONE_UNTRACED at the call's entry gets no event", Arch: sysdeps.AMD64,
		Checks: "PTRACE_O_TRACEFORK; at the entry of clone CLONE_UNTRACED is added: the next stop is the call's exit, and the child is not traced",
		Run: func(t *T) {
			c := t.StartTraced(forks(int(unix.SIGCHLD)))
			c.SetOptions(unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACESYSGOOD)
			c.Syscall(0)
			r := c.ExpectEntry("clone")
			r.Set(sysdeps.RDI, r.Get(sysdeps.RDI)|unix.CLONE_UNTRACED)
			c.SetRegs(r)
			c.Syscall(0)
			child := c.Child("the child", int(c.ExpectReturn("clone")))
			Equal(t, "TracerPid of the child", child.Tracer(), 0)
			child.ExpectNoWait(unix.ECHILD, unix.WALL)
		},
	},
	{
		ID: "E13", Title: "PTRACE_EVENT_EXIT tells how the thread ends",
		Checks: "PTRACE_O_TRACEEXIT: exit with 5: message 0x500; SIGTERM: 0xf; SIGSEGV: 0xb, and 0x8b with a core dump; each is what is reported then",
		Relies: "telling how threads end before they do",
		Run: func(t *T) {
			c := t.exiting(func(p Code) { p.Exit(5) })
			c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			Equal(t, "the message", c.Message(), 5<<8)
			c.Cont(0)
			c.ExpectExit(5)
			for _, sig := range []unix.Signal{unix.SIGTERM, unix.SIGSEGV} {
				c := t.exiting(func(p Code) {
					p.NoDump()
					p.Raise(sig)
				})
				c.ExpectStop(sig)
				c.Cont(sig)
				c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
				Equal(t, "the message", c.Message(), uint64(sig))
				c.Cont(0)
				c.ExpectKilled(sig)
			}
			if t.Machine.Lacks[CoreFiles] != "" {
				return
			}
			dir := t.CoreDir()
			c = t.exiting(func(p Code) {
				p.DumpCore(dir)
				p.Raise(unix.SIGSEGV)
			})
			c.ExpectStop(unix.SIGSEGV)
			c.Cont(unix.SIGSEGV)
			c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			Equal(t, "the message", c.Message(), coreDumped|uint64(unix.SIGSEGV))
			c.Cont(0)
			c.ExpectDumped(unix.SIGSEGV)
		},
	},
	{
		ID: "E14", Title: "PTRACE_EVENT_EXIT comes of SIGKILL too",
		Checks: "SIGKILL to a running, a stopped and a process of two threads: PTRACE_EVENT_EXIT with message 9 of each thread, and after PTRACE_CONT the end by SIGKILL (ptrace(2): not of all versions)",
		Relies: "telling how threads end before they do",
		Run: func(t *T) {
			dies := func(threads ...*Tracee) {
				for _, c := range threads {
					c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
					Equal(t, "the message", c.Message(), uint64(unix.SIGKILL))
					c.Cont(0)
				}
				for _, c := range threads { // the first thread's end is reported last
					c.ExpectKilled(unix.SIGKILL)
				}
			}
			running := t.exiting(Code.Spin)
			running.Kill(unix.SIGKILL)
			dies(running)

			stopped := t.exiting(func(p Code) { p.Raise(unix.SIGUSR1) })
			stopped.ExpectStop(unix.SIGUSR1)
			stopped.Kill(unix.SIGKILL)
			dies(stopped)

			leader, t1, t2 := t.threads(Code.Spin, unix.PTRACE_O_TRACEEXIT)
			leader.Kill(unix.SIGKILL) // t2 stands at its beginning
			dies(t2, t1, leader)
		},
	},
	{
		ID: "E15", Title: "SIGKILL does not end PTRACE_EVENT_EXIT", Since: Version{6, 0, 0}, Change: "9a95f78eab70, d80f7d7b2c75",
		Checks: "exit with 5; SIGKILL at PTRACE_EVENT_EXIT: the thread stays in state t; PTRACE_CONT: it exits with 5",
		Relies: "looking at threads that end",
		Run: func(t *T) {
			c := t.exiting(func(p Code) { p.Exit(5) })
			c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			c.Kill(unix.SIGKILL)
			t.Stays("in state t", func() bool { return c.State() == 't' })
			Equal(t, "the message", c.Message(), 5<<8)
			c.Cont(0)
			c.ExpectExit(5)
		},
	},
	{
		ID: "E16", Title: "a signal given at PTRACE_EVENT_EXIT is ignored",
		Checks: "PTRACE_CONT with SIGUSR2, and PTRACE_DETACH with SIGUSR1, at PTRACE_EVENT_EXIT of an exit with 5: it exits with 5",
		Run: func(t *T) {
			for _, resume := range []func(c *Tracee){
				func(c *Tracee) { c.Cont(unix.SIGUSR2) },
				func(c *Tracee) { c.Detach(unix.SIGUSR1) },
			} {
				c := t.exiting(func(p Code) { p.Exit(5) })
				c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
				resume(c)
				c.ExpectExit(5)
			}
		},
	},
	{
		ID: "E17", Title: "PTRACE_EVENT_SECCOMP tells of SECCOMP_RET_TRACE", Since: Version{3, 5, 0}, Needs: []Need{Filters},
		Checks: "PTRACE_O_TRACESECCOMP, a filter with SECCOMP_RET_TRACE|0x123 for getppid: the event with message 0x123, in getppid, the result -ENOSYS yet",
		Relies: "tracing chosen system calls without the cost of others",
		Run: func(t *T) {
			c := t.filtered(Rule{"getppid", unix.SECCOMP_RET_TRACE | 0x123}, unix.PTRACE_O_TRACESECCOMP, func(p Code) {
				p.Syscall("getpid")
				p.Syscall("getppid")
			})
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_SECCOMP)
			Equal(t, "the message", c.Message(), 0x123)
			c.entered(c.Regs(), "getppid")
		},
	},
	{
		ID: "E18", Title: "PTRACE_EVENT_SECCOMP comes between the stops of the call", Since: Version{4, 8, 0}, Needs: []Need{Filters},
		Checks: "PTRACE_SYSCALL through a call with SECCOMP_RET_TRACE: its entry, PTRACE_EVENT_SECCOMP, its exit",
		Relies: "tracing chosen system calls without the cost of others",
		Run: func(t *T) {
			c := t.filtered(Rule{"getppid", unix.SECCOMP_RET_TRACE}, unix.PTRACE_O_TRACESECCOMP|unix.PTRACE_O_TRACESYSGOOD, func(p Code) {
				p.Syscall("getppid")
			})
			c.Syscall(0)
			c.ExpectEntry("getppid")
			c.Syscall(0)
			c.ExpectEvent(unix.PTRACE_EVENT_SECCOMP)
			c.Syscall(0)
			Equal(t, "the result", int(c.ExpectReturn("getppid")), unix.Getpid())
		},
	},
	{
		ID: "E19", Title: "PTRACE_SYSCALL at PTRACE_EVENT_SECCOMP stops at the call's exit", Since: Version{4, 8, 0}, Needs: []Need{Filters},
		Checks: "PTRACE_CONT into PTRACE_EVENT_SECCOMP; PTRACE_SYSCALL: the call's exit, without a stop at its entry",
		Relies: "tracing chosen system calls without the cost of others",
		Run: func(t *T) {
			c := t.filtered(Rule{"getppid", unix.SECCOMP_RET_TRACE}, unix.PTRACE_O_TRACESECCOMP|unix.PTRACE_O_TRACESYSGOOD, func(p Code) {
				p.Syscall("getppid")
			})
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_SECCOMP)
			c.Syscall(0)
			Equal(t, "the result", int(c.ExpectReturn("getppid")), unix.Getpid())
		},
	},
	{
		ID: "E20", Title: "SECCOMP_RET_TRACE without a tracer that wants it refuses the call", Since: Version{3, 5, 0}, Needs: []Need{Filters},
		Checks: "SECCOMP_RET_TRACE for exit_group, without PTRACE_O_TRACESECCOMP and without a tracer: the call is not made, its result is -ENOSYS",
		Relies: "letting go of programs that run under a tracer's filter",
		Run: func(t *T) {
			rule := Rule{"exit_group", unix.SECCOMP_RET_TRACE}
			body := func(p Code) {
				p.Exit(5)
				p.Cmp(asm.AX, asm.Imm(-int(unix.ENOSYS)))
				p.JumpIf(asm.NotEqual, "other")
				p.ExitThread(3)
				p.Label("other")
				p.ExitThread(4)
			}
			c := t.filtered(rule, 0, body)
			c.Cont(0)
			c.ExpectExit(3)
			t.Start(func(p Code) {
				p.Filter(rule)
				body(p)
			}).ExpectExit(3)
		},
	},
	{
		ID: "E21", Title: "a tracer can skip a call at PTRACE_EVENT_SECCOMP", Since: Version{3, 5, 0}, Arch: sysdeps.AMD64, Needs: []Need{Filters},
		Checks: "at PTRACE_EVENT_SECCOMP orig_rax becomes -1 and rax 77; PTRACE_CONT: the call is not made, its result is 77",
		Run: func(t *T) {
			c := t.filtered(Rule{"exit_group", unix.SECCOMP_RET_TRACE}, unix.PTRACE_O_TRACESECCOMP, func(p Code) {
				p.Exit(5)
				p.Syscall("exit", asm.AX)
			})
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_SECCOMP)
			r := c.Regs()
			r.LeaveSyscall()
			r.Set(sysdeps.RAX, 77)
			c.SetRegs(r)
			c.Cont(0)
			c.ExpectExit(77)
		},
	},
	{
		ID: "E22", Title: "a call is not made when SIGKILL comes at PTRACE_EVENT_SECCOMP", Since: Version{4, 8, 0}, Needs: []Need{Filters},
		Checks: "SECCOMP_RET_TRACE for a write to a pipe; SIGKILL at PTRACE_EVENT_SECCOMP: killed, and nothing in the pipe",
		Run: func(t *T) {
			from, to := t.Pipe()
			c := t.filtered(Rule{"write", unix.SECCOMP_RET_TRACE}, unix.PTRACE_O_TRACESECCOMP, func(p Code) {
				p.String("text", "x")
				p.Syscall("write", asm.Imm(to), asm.Of("text"), asm.Imm(1))
			})
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_SECCOMP)
			c.Kill(unix.SIGKILL)
			c.ExpectKilled(unix.SIGKILL)
			n, err := unix.IoctlGetInt(from, unix.TIOCINQ)
			t.need(err, "ask for the bytes in the pipe")
			Equal(t, "bytes in the pipe", n, 0)
		},
	},
	{
		ID: "E23", Title: "a filter judges the call that the tracer has made of it", Since: Version{4, 8, 0}, Arch: sysdeps.AMD64, Needs: []Need{Filters},
		Checks: "SECCOMP_RET_ERRNO for getppid; at the entry of getppid the number becomes getpid's: the filter lets it pass; at the entry of getpid it becomes getppid's: the filter's error",
		Relies: "changing system calls",
		Run: func(t *T) {
			c := t.filtered(Rule{"getppid", unix.SECCOMP_RET_ERRNO | uint32(unix.EXDEV)}, unix.PTRACE_O_TRACESYSGOOD, func(p Code) {
				p.Syscall("getppid")
				p.Syscall("getpid")
			})
			for _, call := range []struct {
				name, other string
				want        int
			}{
				{"getppid", "getpid", c.TID},
				{"getpid", "getppid", -int(unix.EXDEV)},
			} {
				c.Syscall(0)
				r := c.ExpectEntry(call.name)
				number, _ := r.Arch.Syscalls.Number(call.other)
				r.Set(sysdeps.OrigRAX, uint64(number))
				c.SetRegs(r)
				c.Syscall(0)
				Equal(t, "the result", int(c.ExpectReturn(call.other)), call.want)
			}
		},
	},
	{
		ID: "E24", Title: "what SECCOMP_RET_TRAP and SECCOMP_RET_KILL_PROCESS do is seen", Since: Version{4, 14, 0}, Arch: sysdeps.AMD64, Needs: []Need{Filters},
		Checks: "SECCOMP_RET_TRAP: SIGSYS with si_code 1, the number and machine of the call, where it was made, si_errno the filter's data; SECCOMP_RET_KILL_PROCESS: PTRACE_EVENT_EXIT with message 0x1f, killed by SIGSYS",
		Relies: "telling why a filter has ended a program",
		Run: func(t *T) {
			c := t.filtered(Rule{"getppid", unix.SECCOMP_RET_TRAP | 0x123}, 0, func(p Code) {
				p.Syscall("getppid")
				p.Label("behind")
			})
			c.Cont(0)
			c.ExpectStop(unix.SIGSYS)
			const sysSeccomp = 1 // SYS_SECCOMP, asm-generic/siginfo.h
			info := c.Siginfo()
			at, nr, arch := info.Sys()
			Equal(t, "si_code", info.Code(), sysSeccomp)
			Equal(t, "si_errno", info.Errno(), 0x123)
			Equal(t, "si_syscall", sysdeps.AMD64.Syscalls.Name(int64(nr)), "getppid")
			Equal(t, "si_arch", arch, auditAMD64)
			Equal(t, "si_call_addr", at, c.Addr("behind"))

			c = t.filtered(Rule{"getppid", unix.SECCOMP_RET_KILL_PROCESS}, unix.PTRACE_O_TRACEEXIT, func(p Code) {
				p.NoDump()
				p.Syscall("getppid")
			})
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			Equal(t, "the message", c.Message(), uint64(unix.SIGSYS))
			c.Cont(0)
			c.ExpectKilled(unix.SIGSYS)
		},
	},
	{
		ID: "E25", Title: "the message at a system call says whether it is an entry", Since: Version{5, 3, 0},
		Checks: "PTRACE_GETEVENTMSG at the entry of a call: 1; at its exit: 2",
		Run: func(t *T) {
			const entry, exit = 1, 2 // PTRACE_EVENTMSG_SYSCALL_*, linux/ptrace.h
			c := t.StartTraced(func(p Code) { p.Syscall("getppid") })
			c.SetOptions(unix.PTRACE_O_TRACESYSGOOD)
			c.Syscall(0)
			c.ExpectEntry("getppid")
			Equal(t, "the message", c.Message(), entry)
			c.Syscall(0)
			c.ExpectReturn("getppid")
			Equal(t, "the message", c.Message(), exit)
		},
	},
	{
		ID: "E26", Title: "the message is an id as the tracer has it", Since: Version{3, 17, 0}, Needs: []Need{PIDNamespaces},
		Checks: "the first process of a new PID namespace forks: the child is waited for by the message, and the call's result is 2, its id there",
		Relies: "following programs into containers",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.NewPIDNamespace()
				p.Fork(int(unix.SIGCHLD), "init")
				p.Forever()
				p.Label("init")
				p.Fork(int(unix.SIGCHLD), "child")
				p.Forever()
				p.Label("child")
				p.Forever()
			})
			c.SetOptions(unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACESYSGOOD)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_FORK)
			first := c.messageChild()
			first.ExpectStop(unix.SIGSTOP)
			first.Cont(0)
			first.ExpectEvent(unix.PTRACE_EVENT_FORK)
			first.messageChild().ExpectStop(unix.SIGSTOP) // which is waited for by the message
			first.Syscall(0)
			Equal(t, "the result", first.ExpectReturn("clone"), 2)
		},
	},
	{
		ID: "E27", Title: "a child can be killed at its first stop",
		Checks: "SIGKILL to a forked child at its first stop: killed; the parent goes on to SIGCHLD",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.Fork(int(unix.SIGCHLD), "child")
				p.Forever()
				p.Label("child")
				p.Exit(4)
			})
			c.SetOptions(unix.PTRACE_O_TRACEFORK)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_FORK)
			child := c.messageChild()
			child.ExpectStop(unix.SIGSTOP)
			child.Kill(unix.SIGKILL)
			child.ExpectKilled(unix.SIGKILL)
			c.Cont(0)
			c.ExpectStop(unix.SIGCHLD)
			Equal(t, "si_pid", c.Siginfo().PID(), child.TID)
		},
	},
	{
		ID: "E28", Title: "a parent finds its children though both are traced", Stress: true,
		Checks: "a tracee forks and waits for its child, again and again, with PTRACE_O_TRACEFORK: wait4 never fails with ECHILD",
		Relies: "tracing programs without harm to them",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.Label("again")
				p.Fork(int(unix.SIGCHLD), "child")
				p.Label("wait")
				p.Syscall("wait4", asm.At("child.tid"), asm.Imm(0), asm.Imm(0), asm.Imm(0))
				p.Cmp(asm.AX, asm.At("child.tid"))
				p.JumpIf(asm.Equal, "again")
				p.Cmp(asm.AX, asm.Imm(-int(unix.ECHILD)))
				p.JumpIf(asm.Equal, "bad")
				p.Exit(2)
				p.Label("bad")
				p.Exit(1)
				p.Label("child")
				p.Exit(0)
			})
			c.SetOptions(unix.PTRACE_O_TRACEFORK)
			for end := time.Now().Add(t.Loop); time.Now().Before(end); {
				c.Cont(0)
				c.ExpectEvent(unix.PTRACE_EVENT_FORK)
				child := c.messageChild()
				child.ExpectStop(unix.SIGSTOP)
				steps := []func(){
					func() { child.Cont(0) },
					func() { child.ExpectExit(0) },
				}
				// The parent asks before the child runs, while it ends, or behind that.
				steps = slices.Insert(steps, t.Rand.IntN(len(steps)+1), func() { c.Cont(0) })
				for _, step := range steps {
					step()
				}
				c.ExpectStop(unix.SIGCHLD)
			}
		},
	},
	{
		ID: "E29", Title: "a signal that comes at PTRACE_EVENT_EXEC is the next stop",
		Checks: "PTRACE_SYSCALL into PTRACE_EVENT_EXEC; SIGINT; PTRACE_CONT: a stop by SIGINT",
		Run: func(t *T) {
			c, _ := t.execs(unix.PTRACE_O_TRACEEXEC)
			c.Syscall(0)
			c.ExpectStop(unix.SIGTRAP)
			c.entered(c.Regs(), "execve")
			c.Syscall(0)
			c.ExpectEvent(unix.PTRACE_EVENT_EXEC)
			c.Kill(unix.SIGINT)
			c.Cont(0)
			c.ExpectStop(unix.SIGINT)
		},
	},
	{ // beside the catalogue's
		ID: "E30", Title: "PTRACE_OLDSETOPTIONS sets options", Arch: sysdeps.AMD64,
		Checks: "PTRACE_OLDSETOPTIONS with PTRACE_O_TRACEEXIT: PTRACE_EVENT_EXIT",
		Run: func(t *T) {
			const oldSetOptions = 21 // asm/ptrace-abi.h
			c := t.StartTraced(func(p Code) { p.Exit(5) })
			c.must(oldSetOptions, none, ptrace.Value(unix.PTRACE_O_TRACEEXIT))
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			Equal(t, "the message", c.Message(), 5<<8)
			c.Cont(0)
			c.ExpectExit(5)
		},
	},
}

// forks is a program that clones with flags, and raises SIGUSR1 behind that; its child
// exits with 4 when the word at go, in its memory, is not 0.
func forks(flags int) func(p Code) {
	return func(p Code) {
		p.Fork(flags, "child")
		p.Raise(unix.SIGUSR1)
		p.Label("child")
		p.SpinUntil("go")
		p.Exit(4)
	}
}

// messageChild returns the process that the event at which the tracee stands is about.
func (c *Tracee) messageChild() *Tracee { return c.Child("the child", int(c.Message())) }

// exiting starts a tracee whose end is an event, and lets it go on.
func (t *T) exiting(describe func(p Code)) *Tracee {
	c := t.StartTraced(describe)
	c.SetOptions(unix.PTRACE_O_TRACEEXIT)
	c.Cont(0)
	return c
}

// filtered starts a tracee under a filter with one rule.
func (t *T) filtered(rule Rule, options int, describe func(p Code)) *Tracee {
	c := t.Start(func(p Code) {
		p.Filter(rule)
		p.TraceMe()
		describe(p)
	})
	c.ExpectStop(unix.SIGSTOP)
	c.SetOptions(options)
	return c
}

// NewPIDNamespace has the children of the process in a new PID namespace. The result is
// not 0 if that is refused.
func (p Code) NewPIDNamespace() {
	done := p.Unnamed()
	for _, flags := range []int{unix.CLONE_NEWPID, unix.CLONE_NEWUSER | unix.CLONE_NEWPID} { // the latter is for users
		p.Syscall("unshare", asm.Imm(flags))
		p.Cmp(asm.AX, asm.Imm(0))
		p.JumpIf(asm.Equal, done)
	}
	p.Label(done)
}
