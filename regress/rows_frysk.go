package regress

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps/ptrace"
)

// fryskRows are the programs of frysk's suite, by their names. What they expect of threads
// that share a tracer is what ptrace(2) says, not what frysk hoped for.
var fryskRows = []Row{
	{
		ID: "frysk2595/ptrace_after_forked_thread_exits", Title: "a tracee outlives the thread that started and traced it, and is nobody's then",
		Checks: "a thread starts a tracee, PTRACE_PEEKUSER works, the thread ends: PTRACE_PEEKUSER of another thread is ESRCH, TracerPid 0, and the tracee goes on to its end",
		Relies: "keeping all requests on one thread",
		Run: func(t *T) {
			var c *Tracee
			t.Elsewhere(func() { c = t.startStopped() })
			t.Await("TracerPid is 0", func() bool { return c.Tracer() == 0 })
			c.Refused(unix.ESRCH, unix.PTRACE_PEEKUSR, none, ptrace.Pointer(make([]byte, 8)))
			c.SetWord("go", 1)
			c.ExpectExit(7)
		},
	},
	{
		ID: "frysk2595/ptrace_after_exec", Title: "a tracer keeps its tracee over its own exec",
		Checks: "a tracer executes another program: PTRACE_PEEKUSER works",
		Run:    tracerExecs,
	},
	{
		ID: "frysk2595/ptrace_after_exec_of_thread", Title: "a thread keeps its tracee over its own exec",
		Checks: "a tracer, the second thread of its process, executes another program: PTRACE_PEEKUSER works",
		Run:    threadExecs,
	},
	{
		ID: "frysk2595/ptrace_peek_wrong_thread", Title: "a tracee can be asked by the thread that traces it alone",
		Checks: "PTRACE_PEEKUSER of another thread of the tracer's process: ESRCH; of the tracer: works",
		Relies: "keeping all requests on one thread",
		Run: func(t *T) {
			c := t.startStopped()
			t.Elsewhere(func() {
				c.Refused(unix.ESRCH, unix.PTRACE_PEEKUSR, none, ptrace.Pointer(make([]byte, 8)))
			})
			c.PeekUser(0)
		},
	},
	{
		ID: "frysk2595/ptrace_before_forked_thread_exits", Title: "a thread's tracee cannot be asked by others while that thread lives",
		Checks: "a thread starts a tracee; while it lives, PTRACE_PEEKUSER of another thread: ESRCH; of itself: works",
		Relies: "keeping all requests on one thread",
		Run: func(t *T) {
			t.Elsewhere(func() {
				c := t.startStopped()
				t.Elsewhere(func() {
					c.Refused(unix.ESRCH, unix.PTRACE_PEEKUSR, none, ptrace.Pointer(make([]byte, 8)))
				})
				c.PeekUser(0)
			})
		},
	},
	{
		ID: "process/single_exec", Title: "a process keeps its id over an exec",
		Checks: "getpid, execve; the new program's getpid and gettid: the same",
		Relies: "what a process is, behind its exec",
		Run:    func(t *T) { t.keepsID(Code.Execve) },
	},
	{
		ID: "process/multi_parent_exec", Title: "a process with threads keeps its id over an exec of the first one",
		Checks: "getpid, two threads more, execve by the first; the new program's getpid and gettid: the same",
		Relies: "what a process is, behind its exec",
		Run: func(t *T) {
			t.keepsID(func(p Code, path string) {
				p.Thread("second")
				p.Thread("third")
				p.Execve(path)
				p.Label("second")
				p.Forever()
				p.Label("third")
				p.Forever()
			})
		},
	},
	{
		ID: "process/multi_child_exec", Title: "a thread that executes a program takes over its process's id",
		Checks: "getpid, two threads more, execve by one of them; the new program's getpid and gettid: the same as that getpid",
		Relies: "following threads through execs",
		Run:    func(t *T) { t.keepsID(Code.execveByThread) },
	},
	{
		ID: "process/multi_child_parent_exec", Title: "a process keeps its id over execs of one thread after another",
		Checks: "getpid, execve by a thread that is not the first of a program that does the same; the last program's getpid and gettid: the same as that getpid",
		Relies: "following threads through execs",
		Run: func(t *T) {
			t.keepsID(func(p Code, path string) {
				between, _ := t.program(func(p Code) { p.execveByThread(path) })
				p.execveByThread(between)
			})
		},
	},
	{
		ID: "vfork-exec/vfork-exec", Title: "no signal is lost over vfork, fork and exec",
		Checks: "SIGUSR1 and SIGCHLD are blocked; the child of a vfork forks one that executes a program, and ends; that program sends SIGUSR1: wait4, SIGUSR1 and SIGCHLD come, and who sent it is the reaper's child",
		Run:    vforkExec,
	},
	{
		ID: "frysk2130/strace-clone-exec.sh", Title: "a thread's exec is followed with all options set", Since: seized,
		Checks: "PTRACE_SEIZE with the options of a tracer of system calls; the second thread executes a program that writes: each event comes in its order, the first thread's id goes on as the program, and hi is written",
		Relies: "following threads through execs",
		Run:    followsExec,
	},
	{
		ID: "frysk3231/ptrace-detach-looses-signal", Title: "PTRACE_DETACH delivers SIGKILL to a sleeper",
		Checks: "PTRACE_ATTACH; PTRACE_DETACH with SIGKILL: killed",
		Run:    detachKills,
	},
	{
		ID: "frysk3205/ptrace-detach-bad-signal", Title: "PTRACE_DETACH with a signal that does not exist does not detach",
		Checks: "PTRACE_ATTACH; PTRACE_DETACH with 999: EIO, and still traced; with SIGUSR1: killed by that",
		Run: func(t *T) {
			c := t.Start(Code.Forever)
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			c.Refused(unix.EIO, unix.PTRACE_DETACH, none, ptrace.Value(999))
			Equal(t, "state", c.State(), 't')
			Equal(t, "TracerPid", c.Tracer(), unix.Gettid())
			c.Detach(unix.SIGUSR1)
			c.ExpectKilled(unix.SIGUSR1)
		},
	},
	{
		ID: "frysk3525/exit47", Title: "a daemon's end is reported once",
		Checks: "a daemon, whose parent is another process, is attached to and gets SIGUSR1, whose handler ends it with 47: exited with 47, then ECHILD",
		Run: func(t *T) {
			c := t.startDaemon(endsWith47)
			c.AwaitSyscall("pause")
			c.expect47()
		},
	},
	{
		ID: "frysk3595/detach-multi-thread", Title: "PTRACE_DETACH does not hang while the process is killed",
		Checks: "two threads are attached to; the first goes on and is killed; PTRACE_DETACH of the second: success or ESRCH, and both ends are reported",
		Run:    detachesKilled,
	},
	{
		ID: "frysk3997/ptrace_step_sig", Title: "steps through a handler of SIGTRAP leave it in place",
		Checks: "a handler of SIGTRAP with SA_NODEFER runs by PTRACE_CONT with SIGTRAP; the next SIGTRAP is passed by PTRACE_SINGLESTEP, and steps go on to the end: a stop at the handler's first instruction, SIGTRAP caught at each, exited with 0",
		Relies: "keeping the tracee's own SIGTRAP over a breakpoint",
		Run:    stepsHandler,
	},
	{
		ID: "frysk3486/waitpid-masked-sigchld", Title: "a SIGCHLD that is blocked stays pending when its child was waited for",
		Checks: "a process with one thread blocks SIGCHLD, starts a child and waits for it: SIGCHLD is pending",
		Run:    keepsSIGCHLD,
	},
	{
		ID: "frysk4217/attachstop", Title: "a stopped process reports to each that attaches",
		Checks: "it stops itself; PTRACE_ATTACH, PTRACE_PEEKUSER, its registers, PTRACE_DETACH, and once more: both report",
		Run:    attachesAgain,
	},
	{
		ID: "frysk4330/stopkills", Title: "PTRACE_CONT with SIGSTOP stops again, and can be let go then", Since: Version{2, 6, 21},
		Checks: "PTRACE_ATTACH, PTRACE_CONT with SIGSTOP, the group-stop, PTRACE_DETACH: success, and the process is stopped",
		Run:    detachesStopped,
	},
	{
		ID: "frysk4704/vdso-permissions", Title: "the vDSO can be read and executed, and not written to",
		Checks: "the mapping [vdso] begins at AT_SYSINFO_EHDR of the auxiliary vector, with r-xp",
		Relies: "unwinding through the vDSO",
		Run:    mapsVDSO,
	},
	{
		ID: "frysk3754/readproc", Title: "at the end of a process that a signal kills, its directory can be opened",
		Checks: "PTRACE_ATTACH, all events; a stop by SIGSEGV, PTRACE_CONT with SIGUSR1: PTRACE_EVENT_EXIT, /proc/PID/cwd opens and is the process's, killed by SIGUSR1",
		Relies: "looking at a program at its end",
		Run:    func(t *T) { t.Start(faultsInRoot).expectCWDAtExit() },
	},
	{
		ID: "frysk3754/daemonreadproc", Title: "at the end of a daemon that a signal kills, its directory can be opened",
		Checks: "of a daemon: PTRACE_ATTACH, all events; a stop by SIGSEGV, PTRACE_CONT with SIGUSR1: PTRACE_EVENT_EXIT, /proc/PID/cwd opens and is the daemon's, killed by SIGUSR1",
		Relies: "looking at a program at its end",
		Run:    func(t *T) { t.startDaemon(faultsInRoot).expectCWDAtExit() },
	},
}

// startStopped starts a tracee, which ends with 7 when the word go is set, and holds that
// PTRACE_PEEKUSER of it works.
func (t *T) startStopped() *Tracee {
	c := t.StartTraced(func(p Code) {
		p.SpinUntil("go")
		p.Exit(7)
	})
	c.PeekUser(0)
	return c
}

// keepsID starts a process that executes the program at a path, as it is told, and holds
// that this one has the id that the process had.
func (t *T) keepsID(describe func(p Code, path string)) {
	from, to := t.Pipe()
	path, _ := t.program(func(p Code) {
		p.Space("before", 8)
		p.Syscall("read", asm.Imm(from), asm.Of("before"), asm.Imm(8))
		for _, call := range []string{"getpid", "gettid"} {
			p.Syscall(call)
			p.Cmp(asm.AX, asm.At("before"))
			p.JumpIf(asm.NotEqual, "another")
		}
		p.Exit(0)
		p.Label("another")
		p.Exit(1)
	})
	t.Start(func(p Code) {
		p.Syscall("getpid")
		p.Store("pid", asm.AX)
		p.Syscall("write", asm.Imm(to), asm.Of("pid"), asm.Imm(8))
		describe(p, path)
	}).ExpectExit(0)
}

// execveByThread executes a program by the second thread of three.
func (p Code) execveByThread(path string) {
	p.Thread("third")
	p.Thread("second")
	p.Label("third")
	p.Forever()
	p.Label("second")
	p.Execve(path)
}

func vforkExec(t *T) {
	from, to := t.Pipe()
	path, _ := t.program(func(p Code) {
		p.Space("pid", 8)
		p.Syscall("read", asm.Imm(from), asm.Of("pid"), asm.Imm(8))
		p.Syscall("kill", asm.At("pid"), asm.Imm(unix.SIGUSR1))
		p.Forever()
	})
	c := t.Start(func(p Code) {
		p.Block(unix.SIG_BLOCK, unix.SIGUSR1, unix.SIGCHLD)
		p.Syscall("getpid")
		p.Store("pid", asm.AX)
		p.Syscall("write", asm.Imm(to), asm.Of("pid"), asm.Imm(8))
		p.Fork(vforkFlags, "child")
		p.Syscall("wait4", asm.At("child.tid"), asm.Imm(0), asm.Imm(0), asm.Imm(0))
		p.Store("waited", asm.AX)
		for _, sig := range []unix.Signal{unix.SIGUSR1, unix.SIGCHLD} {
			set := p.Unnamed()
			p.Data(set, binary.LittleEndian.AppendUint64(nil, maskOf(sig)))
			p.Syscall("rt_sigtimedwait", asm.Of(set), asm.Imm(0), asm.Imm(0), asm.Imm(8))
			p.Store(signalName(sig), asm.AX)
		}
		p.Forever()
		p.Label("child")
		p.Fork(int(unix.SIGCHLD), "grandchild")
		p.Exit(0)
		p.Label("grandchild")
		p.Execve(path)
	})
	c.AwaitSyscall("pause")
	Equal(t, "who was waited for", c.Word("waited"), c.Word("child.tid"))
	for _, sig := range []unix.Signal{unix.SIGUSR1, unix.SIGCHLD} {
		Equal(t, "the signal that came", signalName(unix.Signal(c.Word(signalName(sig)))), signalName(sig))
	}
	// The child of a vfork shares the memory of its parent.
	grandchild := c.Child("the grandchild", int(c.Word("grandchild.tid")))
	Equal(t, "its parent", grandchild.status("PPid"), strconv.Itoa(os.Getpid()))
}

// followOptions are what a tracer of system calls sets to follow all that a process starts.
const followOptions = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACECLONE |
	unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_TRACEVFORKDONE | unix.PTRACE_O_TRACEEXIT

func followsExec(t *T) {
	from, to := t.Pipe()
	path, _ := t.program(func(p Code) {
		p.String("hi", "hi")
		p.Syscall("write", asm.Imm(to), asm.Of("hi"), asm.Imm(len("hi")))
		p.Exit(0)
	})
	c := t.Start(func(p Code) {
		p.SpinUntil("go")
		p.Thread("second")
		p.Forever()
		p.Label("second")
		p.Execve(path)
	})
	c.Seize(followOptions)
	c.SetWord("go", 1)
	c.ExpectEvent(unix.PTRACE_EVENT_CLONE)
	second := c.Sibling("the second thread", int(c.Message()))
	second.ExpectEvent(ptrace.EventStop)
	c.Syscall(0)
	Equal(t, "the result", int(c.ExpectReturn("clone")), second.TID)
	c.Cont(0)

	second.Syscall(0)
	second.ExpectEntry("execve")
	second.Syscall(0)
	c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
	c.Cont(0)
	c.ExpectEvent(unix.PTRACE_EVENT_EXEC)
	Equal(t, "the message", int(c.Message()), second.TID)
	second.ExpectNoWait(unix.ECHILD, unix.WALL)
	c.Syscall(0)
	Equal(t, "the result", c.ExpectReturn("execve"), 0)

	c.Syscall(0)
	c.ExpectEntry("write")
	c.Syscall(0)
	Equal(t, "the result", int(c.ExpectReturn("write")), len("hi"))
	c.Syscall(0)
	c.ExpectEntry("exit_group")
	c.Syscall(0)
	c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
	c.Cont(0)
	c.ExpectExit(0)
	written := make([]byte, len("hi"))
	_, err := io.ReadFull(os.NewFile(uintptr(from), "pipe"), written)
	t.need(err, "read the pipe")
	Equal(t, "what was written", string(written), "hi")
}

func stepsHandler(t *T) {
	c := t.Start(func(p Code) {
		p.Handle(unix.SIGTRAP, "handler", saNoDefer)
		p.Store("ready", asm.Imm(1))
		p.SpinUntil("handled")
		p.Raise(unix.SIGTRAP)
		p.Exit(1)
		p.Label("handler")
		p.Add(asm.At("handled"), asm.Imm(1))
		p.Cmp(asm.At("handled"), asm.Imm(2))
		p.JumpIf(asm.Equal, "end")
		p.Ret()
		p.Label("end")
		p.Exit(0)
	})
	caught := func() {
		Equal(t, "SIGTRAP caught", c.signals("SigCgt")&maskOf(unix.SIGTRAP), maskOf(unix.SIGTRAP))
	}
	c.AwaitWord("ready", 1)
	c.Attach()
	c.ExpectStop(unix.SIGSTOP)
	c.Cont(unix.SIGTRAP)
	c.ExpectStop(unix.SIGTRAP)
	Equal(t, "how often it was handled", c.Word("handled"), 1)
	caught()
	c.Step(unix.SIGTRAP)
	c.ExpectStop(unix.SIGTRAP)
	Equal(t, "the place", c.Regs().PC(), c.Addr("handler"))
	for {
		caught()
		c.Step(0)
		if st := c.Wait(); st.Exited() {
			Equal(t, "the end", st.String(), "exited with 0")
			return
		} else {
			Equal(t, "the stop", st.String(), "stopped by SIGTRAP")
		}
	}
}

// startDaemon starts a process as daemons are: in a session of its own, and by a parent
// that has ended. Its parent is another child of the row then, not the tracer.
func (t *T) startDaemon(describe func(p Code)) *Tracee {
	reaper := t.Start(func(p Code) {
		p.Syscall("prctl", asm.Imm(unix.PR_SET_CHILD_SUBREAPER), asm.Imm(1), asm.Imm(0), asm.Imm(0), asm.Imm(0))
		p.Fork(vforkFlags, "between")
		p.Syscall("wait4", asm.At("between.tid"), asm.Imm(0), asm.Imm(0), asm.Imm(0))
		p.Forever()
		p.Label("between")
		p.Syscall("setsid")
		p.Fork(int(unix.SIGCHLD), "daemon")
		p.Exit(0)
		p.Label("daemon")
		describe(p)
	})
	reaper.AwaitSyscall("pause")
	c := reaper.Child("the daemon", int(reaper.Word("daemon.tid")))
	Equal(t, "the daemon's parent", c.status("PPid"), strconv.Itoa(reaper.TID))
	return c
}

// faultsInRoot goes to the directory / and faults there, when the word go is set.
func faultsInRoot(p Code) {
	p.String("root", "/")
	p.Syscall("chdir", asm.Of("root"))
	p.Store("there", asm.Imm(1))
	p.SpinUntil("go")
	p.fault()
}

// expectCWDAtExit lets a program that faultsInRoot end by SIGUSR1 instead, and looks at its
// directory there.
func (c *Tracee) expectCWDAtExit() {
	c.AwaitWord("there", 1)
	c.Attach()
	c.ExpectStop(unix.SIGSTOP)
	c.SetOptions(unix.PTRACE_O_TRACEEXIT | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEEXEC)
	c.SetWord("go", 1)
	c.Cont(0)
	c.expectFault()
	c.Cont(unix.SIGUSR1)
	c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
	Equal(c.t, "the message", c.Message(), uint64(unix.SIGUSR1))
	cwd, err := c.t.kernel.Open(fmt.Sprintf("/proc/%d/cwd", c.TID), os.O_RDONLY)
	if err != nil {
		c.t.Fail("open the directory of %s: %v", c.Name, err)
	}
	defer cwd.Close()
	is, err := cwd.Stat()
	c.t.need(err, "look at the directory of %s", c.Name)
	root, err := os.Stat("/")
	c.t.need(err, "look at /")
	c.t.True(os.SameFile(is, root), "it is /")
	c.Cont(0)
	c.ExpectKilled(unix.SIGUSR1)
}
