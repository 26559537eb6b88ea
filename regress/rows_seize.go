package regress

import (
	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// The changes that brought PTRACE_SEIZE without its development flag.
var seized = Version{3, 4, 0}

var seizeRows = []Row{
	{
		ID: "S01", Title: "PTRACE_SEIZE does not stop, and sets options", Since: seized,
		Checks: "PTRACE_SEIZE with PTRACE_O_TRACEEXIT: nothing to report; the end is",
		Relies: "attaching without a signal",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.SpinUntil("go")
				p.Exit(5)
			})
			c.Seize(unix.PTRACE_O_TRACEEXIT)
			c.ExpectNothing(unix.WALL)
			c.SetWord("go", 1)
			c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			Equal(t, "the message", c.Message(), 5<<8)
		},
	},
	{
		ID: "S02", Title: "PTRACE_SEIZE looks at its arguments", Since: seized,
		Checks: "an address: EIO; an unknown option: EIO, where PTRACE_SETOPTIONS gives EINVAL; itself: EPERM",
		Run: func(t *T) {
			const unknown = 1 << 30
			c := t.Start(Code.Forever)
			c.Refused(unix.EIO, unix.PTRACE_SEIZE, ptrace.Value(1), none)
			c.Refused(unix.EIO, unix.PTRACE_SEIZE, none, ptrace.Value(unknown))
			t.Self().Refused(unix.EPERM, unix.PTRACE_SEIZE, none, none)
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			c.Refused(unix.EINVAL, unix.PTRACE_SETOPTIONS, none, ptrace.Value(unknown))
		},
	},
	{
		ID: "S03", Title: "PTRACE_INTERRUPT stops", Since: seized,
		Checks: "PTRACE_SEIZE, PTRACE_INTERRUPT: PTRACE_EVENT_STOP by SIGTRAP, si_code 0x8005",
		Relies: "stopping a thread",
		Run: func(t *T) {
			c := t.Start(Code.Spin)
			c.Seize(0)
			c.Interrupt()
			c.ExpectEvent(ptrace.EventStop)
			Equal(t, "si_code", c.Siginfo().Code(), ptrace.EventStop<<8|int(unix.SIGTRAP))
		},
	},
	{
		ID: "S04", Title: "PTRACE_INTERRUPT and PTRACE_LISTEN are for seized threads", Since: seized,
		Checks: "of a thread that made itself a tracee: EIO",
		Run: func(t *T) {
			c := t.StartTraced(Code.Forever)
			c.Refused(unix.EIO, unix.PTRACE_INTERRUPT, none, none)
			c.Refused(unix.EIO, unix.PTRACE_LISTEN, none, none)
		},
	},
	{
		ID: "S05", Title: "PTRACE_INTERRUPT is kept, once", Since: seized,
		Checks: "two PTRACE_INTERRUPTs: one stop; one in the stop: another stop at once after PTRACE_CONT",
		Run: func(t *T) {
			c := t.Start(Code.Spin)
			c.Seize(0)
			c.Interrupt()
			c.Interrupt()
			c.ExpectEvent(ptrace.EventStop)
			c.Interrupt()
			c.Cont(0)
			c.ExpectEvent(ptrace.EventStop)
			c.Cont(0)
			c.StaysQuiet()
		},
	},
	{
		ID: "S06", Title: "a process that is stopped is seized as such", Since: seized,
		Checks: "SIGSTOP, seen by the parent; PTRACE_SEIZE: PTRACE_EVENT_STOP by SIGSTOP, si_code 0x8013",
		Relies: "leaving a stopped process stopped",
		Run: func(t *T) {
			c := t.Start(Code.Forever)
			c.Kill(unix.SIGSTOP)
			c.ExpectStopWith(unix.WUNTRACED, unix.SIGSTOP)
			c.Seize(0)
			c.ExpectEventStop(ptrace.EventStop, unix.SIGSTOP)
			Equal(t, "si_code", c.Siginfo().Code(), ptrace.EventStop<<8|int(unix.SIGSTOP))
		},
	},
	{
		ID: "S07", Title: "PTRACE_LISTEN keeps a stopped process stopped", Since: seized,
		Checks: "in a group-stop, PTRACE_LISTEN: PTRACE_CONT is refused (ESRCH), SIGTERM waits; SIGCONT: PTRACE_EVENT_STOP by SIGTRAP; after PTRACE_DETACH SIGTERM kills",
		Relies: "tracing programs that job control stops",
		Run: func(t *T) {
			c := t.stopSeized()
			c.Listen()
			c.Refused(unix.ESRCH, unix.PTRACE_CONT, none, none)
			c.Kill(unix.SIGTERM)
			c.StaysQuiet()
			c.Kill(unix.SIGCONT)
			c.ExpectEvent(ptrace.EventStop)
			c.Detach(0)
			c.ExpectKilled(unix.SIGTERM)
		},
	},
	{
		ID: "S08", Title: "SIGCONT is delivered behind PTRACE_LISTEN", Since: seized,
		Checks: "PTRACE_LISTEN in a group-stop; SIGCONT: PTRACE_EVENT_STOP by SIGTRAP, and after PTRACE_CONT a stop by SIGCONT",
		Relies: "tracing programs that job control stops",
		Run: func(t *T) {
			c := t.stopSeized()
			c.Listen()
			c.Kill(unix.SIGCONT)
			c.ExpectEvent(ptrace.EventStop)
			c.Cont(0)
			c.ExpectStop(unix.SIGCONT)
		},
	},
	{
		ID: "S09", Title: "PTRACE_LISTEN is accepted at any PTRACE_EVENT_STOP", Since: seized,
		Checks: "PTRACE_LISTEN behind PTRACE_INTERRUPT: 0, and the thread stays in state t (ptrace(2) has it for group-stops alone)",
		Run: func(t *T) {
			c := t.Start(Code.Spin)
			c.Seize(0)
			c.Interrupt()
			c.ExpectEvent(ptrace.EventStop)
			c.Listen()
			t.Stays("in state t", func() bool { return c.State() == 't' })
		},
	},
	{
		ID: "S10", Title: "PTRACE_CONT lets a thread run while its process is stopped", Since: seized,
		Checks: "PTRACE_CONT out of a group-stop: the thread runs; PTRACE_INTERRUPT: PTRACE_EVENT_STOP by SIGSTOP; after PTRACE_DETACH the state is T",
		Relies: "leaving a stopped process stopped",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.SpinUntil("go")
				p.Store("went", asm.Imm(1))
				p.Spin()
			})
			t.stopGroup(c)
			c.Cont(0)
			c.SetWord("go", 1)
			c.AwaitWord("went", 1)
			c.Interrupt()
			c.ExpectEventStop(ptrace.EventStop, unix.SIGSTOP)
			c.Detach(0)
			c.AwaitState('T')
		},
	},
	{
		ID: "S11", Title: "a signal given at PTRACE_EVENT_STOP is ignored", Since: seized,
		Checks: "PTRACE_CONT with SIGUSR1 at PTRACE_EVENT_STOP: no stop, and no death",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.SpinUntil("go")
				p.Exit(3)
			})
			c.Seize(0)
			c.Interrupt()
			c.ExpectEvent(ptrace.EventStop)
			c.Cont(unix.SIGUSR1)
			c.SetWord("go", 1)
			c.ExpectExit(3)
		},
	},
	{
		ID: "S12", Title: "children that are seized with their parents begin at PTRACE_EVENT_STOP", Since: seized,
		Checks: "PTRACE_O_TRACEFORK: the first stop of the child is PTRACE_EVENT_STOP by SIGTRAP of a seizer, and SIGSTOP of others",
		Relies: "following children",
		Run: func(t *T) {
			forks := func(p Code) {
				p.SpinUntil("go")
				p.Fork(int(unix.SIGCHLD), "child")
				p.Forever()
				p.Label("child")
				p.Forever()
			}
			c := t.Start(forks)
			c.Seize(unix.PTRACE_O_TRACEFORK)
			c.SetWord("go", 1)
			c.ExpectEvent(unix.PTRACE_EVENT_FORK)
			c.Child("the child", int(c.Message())).ExpectEvent(ptrace.EventStop)

			c = t.StartTraced(forks)
			c.SetOptions(unix.PTRACE_O_TRACEFORK)
			c.SetWord("go", 1)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_FORK)
			c.Child("the child", int(c.Message())).ExpectStop(unix.SIGSTOP)
		},
	},
	{
		ID: "S13", Title: "a seized process gets no SIGTRAP at its exec", Since: seized,
		Checks: "PTRACE_SEIZE without options; execve: no stop, the new program runs to its end",
		Run: func(t *T) {
			path, err := t.file(t.Assemble(sysdeps.AMD64, func(p Code) { p.Exit(9) }))
			t.need(err, "write a program")
			c := t.Start(func(p Code) {
				p.SpinUntil("go")
				p.Execve(path)
			})
			c.Seize(0)
			c.SetWord("go", 1)
			c.ExpectExit(9)
		},
	},
	{
		ID: "S14", Title: "a thread of a stopped process is seized as stopped", Since: seized,
		Checks: "SIGSTOP to the process, PTRACE_SEIZE of its second thread: PTRACE_EVENT_STOP by SIGSTOP, registers can be read; PTRACE_CONT, PTRACE_INTERRUPT: the same again",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Thread("thread")
				p.Forever()
				p.Label("thread")
				p.Spin()
			})
			t.Await("the thread is there", func() bool { return c.Word("thread.tid") != 0 })
			c.Tkill(unix.SIGSTOP)
			c.ExpectStopWith(unix.WUNTRACED, unix.SIGSTOP)
			second := c.Sibling("its thread", int(c.Word("thread.tid")))
			second.Seize(0)
			second.ExpectEventStop(ptrace.EventStop, unix.SIGSTOP)
			second.Regs()
			second.Cont(0)
			second.Interrupt()
			second.ExpectEventStop(ptrace.EventStop, unix.SIGSTOP)
			second.Regs()
		},
	},
	{
		ID: "S15", Title: "a sleep that was interrupted goes on by restart_syscall", Since: Version{5, 3, 0},
		Checks: "PTRACE_INTERRUPT in nanosleep: PTRACE_GET_SYSCALL_INFO says NONE, the result is -ERESTART_RESTARTBLOCK; PTRACE_SYSCALL: the entry of restart_syscall",
		Needs:  []Need{SyscallInfo},
		Relies: "stopping a thread in a system call without harm",
		Run: func(t *T) {
			const restartBlock = 516 // include/linux/errno.h
			c := t.Start(func(p Code) {
				p.Words("time", asm.Imm(100), asm.Imm(0))
				p.Syscall("nanosleep", asm.Of("time"), asm.Imm(0))
			})
			c.AwaitSyscall("nanosleep")
			c.Seize(unix.PTRACE_O_TRACESYSGOOD)
			c.Interrupt()
			c.ExpectEvent(ptrace.EventStop)
			Equal(t, "op", c.SyscallInfo().Op, unix.PTRACE_SYSCALL_INFO_NONE)
			Equal(t, "the result", c.Regs().SyscallResult(), -restartBlock)
			c.Syscall(0)
			c.ExpectSyscallStop()
			info := c.SyscallInfo()
			Equal(t, "op", info.Op, unix.PTRACE_SYSCALL_INFO_ENTRY)
			Equal(t, "the call", c.image.Arch.Syscalls.Name(int64(info.Number)), "restart_syscall")
		},
	},
	{
		ID: "S16", Title: "the options of a running tracee cannot be changed", Since: seized,
		Checks: "PTRACE_SETOPTIONS of a seized thread that runs: ESRCH",
		Run: func(t *T) {
			c := t.Start(Code.Spin)
			c.Seize(0)
			c.Refused(unix.ESRCH, unix.PTRACE_SETOPTIONS, none, none)
		},
	},
	// What follows is not of the catalogue.
	{
		ID: "S17", Title: "who traces execs gets a stop of a process that executes itself", Since: seized, Stress: true,
		Checks: "again and again: PTRACE_SEIZE with PTRACE_O_TRACEEXEC and PTRACE_INTERRUPT of a process that starts a thread and executes itself: PTRACE_EVENT_STOP or PTRACE_EVENT_EXEC (an exec of several threads forgets PTRACE_INTERRUPT: zap_other_threads in kernel/signal.c)",
		Relies: "attaching to processes that execute others",
		Run: func(t *T) {
			c := t.Start(executesItself)
			for t.Again() {
				c.Seize(unix.PTRACE_O_TRACEEXEC)
				c.Interrupt()
				if st := c.Wait(); st.event() != ptrace.EventStop && st.event() != unix.PTRACE_EVENT_EXEC {
					t.Fail("wait4(C): expected PTRACE_EVENT_STOP or PTRACE_EVENT_EXEC, saw %v", st)
				}
				c.Detach(0)
			}
		},
	},
}

// stopSeized starts a process, seizes it, and stops its group.
func (t *T) stopSeized() *Tracee {
	c := t.Start(Code.Forever)
	t.stopGroup(c)
	return c
}

// stopGroup seizes a process and brings it into a group-stop by SIGSTOP.
func (t *T) stopGroup(c *Tracee) {
	c.Seize(0)
	c.Kill(unix.SIGSTOP)
	c.ExpectStop(unix.SIGSTOP)
	c.Cont(unix.SIGSTOP)
	c.ExpectEventStop(ptrace.EventStop, unix.SIGSTOP)
}
