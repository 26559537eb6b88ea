package regress

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
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
		ID: "A03", Title: "who cannot be attached to is told by the error",
		Checks: "PTRACE_ATTACH to itself, a thread of its own, a kernel thread, a zombie, twice, to another thread's tracee: EPERM; to 0, -1 and nobody: ESRCH",
		Relies: "telling why a process cannot be attached to",
		Run: func(t *T) {
			attach := func(want unix.Errno, c *Tracee) { c.Refused(want, unix.PTRACE_ATTACH, none, none) }
			attach(unix.EPERM, t.Self())
			t.Elsewhere(func() {
				attach(unix.EPERM, t.Stranger("the process's first thread", unix.Getpid()))
			})
			c := t.Start(Code.Forever)
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			attach(unix.EPERM, c)
			t.Elsewhere(func() { attach(unix.EPERM, c) })
			gone := t.Start(func(p Code) { p.Exit(0) })
			gone.AwaitState('Z')
			attach(unix.EPERM, gone)
			gone.ExpectExit(0)
			for _, nobody := range []int{0, -1, gone.TID} {
				attach(unix.ESRCH, t.Stranger("nobody", nobody))
			}
			if kthreadd := t.Stranger("a kernel thread", 2); kthreadd.Proc("comm") == "kthreadd" {
				attach(unix.EPERM, kthreadd)
			}
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
		ID: "A09", Title: "a tracer keeps its tracees over its own exec",
		Checks: "a tracer executes another program, from its first thread and from a second one: PTRACE_PEEKUSER works",
		Run: func(t *T) {
			tracerExecs(t)
			threadExecs(t)
		},
	},
	{
		ID: "A10", Title: "a stopped process that nobody has waited for can be attached to",
		Checks: "it stops itself; PTRACE_ATTACH: a group-stop by SIGSTOP, PTRACE_GETSIGINFO EINVAL, nothing more; PTRACE_CONT: the attach's own SIGSTOP",
		Run: func(t *T) {
			c := t.Start(stopsItself)
			c.AwaitState('T')
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			c.Refused(unix.EINVAL, unix.PTRACE_GETSIGINFO, none, ptrace.Pointer(make([]byte, sysdeps.SiginfoSize)))
			c.StaysQuiet()
			c.Cont(0)
			c.ExpectStop(unix.SIGSTOP)
		},
	},
	{
		ID: "A11", Title: "a stopped process reports to who attaches, though its stop was waited for", Since: Version{3, 0, 0},
		Checks: "it stops itself; wait4(WUNTRACED); PTRACE_ATTACH: a stop by SIGSTOP",
		Run: func(t *T) {
			c := t.Start(stopsItself)
			c.ExpectStopWith(unix.WUNTRACED, unix.SIGSTOP)
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
		},
	},
	{
		ID: "A12", Title: "a stopped process can be attached to again",
		Checks: "it stops itself; PTRACE_ATTACH, requests, PTRACE_DETACH, PTRACE_ATTACH: both report",
		Run:    attachesAgain,
	},
	{
		ID: "A13", Title: "SIGCONT does not undo a PTRACE_ATTACH", Since: Version{3, 0, 0}, Stress: true,
		Checks: "again and again: a stopped process, PTRACE_ATTACH, SIGCONT to the thread: a stop by SIGSTOP, and PTRACE_PEEKUSER works",
		Run: func(t *T) {
			for t.Again() {
				c := t.Start(stopsItself)
				c.AwaitState('T')
				c.Attach()
				c.Tkill(unix.SIGCONT)
				c.ExpectStop(unix.SIGSTOP)
				c.PeekUser(0)
				c.Kill(unix.SIGKILL)
				c.ExpectKilled(unix.SIGKILL)
			}
		},
	},
	{
		ID: "A14", Title: "no signal is lost between tracers",
		Checks: "a handler of SIGQUIT raises it again; it is attached to and passed the signal, detached with it, attached to again: SIGQUIT is reported; PTRACE_DETACH with SIGPIPE instead: killed by that",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Handle(unix.SIGQUIT, "handler", 0)
				p.Raise(unix.SIGQUIT)
				p.Forever()
				p.Label("handler")
				p.Raise(unix.SIGQUIT)
				p.Ret()
			})
			attach := func() { // its own SIGSTOP comes behind SIGQUIT
				c.Attach()
				for range 10 { // while the handler runs, SIGQUIT is blocked
					switch sig := c.Wait().StopSignal(); sig {
					case unix.SIGSTOP:
						c.Cont(0)
						c.ExpectStop(unix.SIGQUIT)
						return
					case unix.SIGQUIT:
						c.Cont(sig)
					default:
						t.Fail("stopped by %s", signalName(sig))
					}
				}
				t.Fail("no stop by SIGSTOP")
			}
			attach()
			for range 10 {
				c.Cont(unix.SIGQUIT)
				c.ExpectStop(unix.SIGQUIT)
			}
			c.Detach(unix.SIGQUIT)
			attach()
			c.Detach(unix.SIGPIPE)
			c.ExpectKilled(unix.SIGPIPE)
		},
	},
	{
		ID: "A15", Title: "PTRACE_DETACH delivers another signal than it stopped for",
		Checks: "a stop by SIGUSR1; PTRACE_DETACH with SIGUSR2: killed by SIGUSR2",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) { p.Raise(unix.SIGUSR1) })
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			c.Detach(unix.SIGUSR2)
			c.ExpectKilled(unix.SIGUSR2)
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
		Run:    detachKills,
	},
	{
		ID: "A18", Title: "PTRACE_DETACH leaves a stopped process stopped", Since: Version{3, 0, 0},
		Checks: "a stop that was waited for; PTRACE_ATTACH, PTRACE_DETACH: state T, nothing new for the parent; SIGCONT: continued",
		Relies: "leaving a stopped process stopped",
		Run: func(t *T) {
			c := t.Start(stopsItself)
			c.ExpectStopWith(unix.WUNTRACED, unix.SIGSTOP)
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			c.Detach(0)
			c.AwaitState('T')
			c.ExpectNothing(unix.WUNTRACED)
			c.Kill(unix.SIGCONT)
			if st := c.WaitWith(unix.WCONTINUED); !st.Continued() {
				t.Fail("wait4(WCONTINUED): expected continued, saw %v", st)
			}
		},
	},
	{
		ID: "A19", Title: "PTRACE_DETACH with SIGSTOP leaves all threads stopped", Since: Version{2, 6, 30},
		Checks: "a stopped process of three threads; each is attached to, sent SIGSTOP, continued and waited for; PTRACE_DETACH with SIGSTOP: state T of all",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Thread("second")
				p.Thread("third")
				p.Raise(unix.SIGSTOP)
				p.Forever()
				p.Label("second")
				p.Spin()
				p.Label("third")
				p.Forever()
			})
			c.ExpectStopWith(unix.WUNTRACED, unix.SIGSTOP)
			all := []*Tracee{
				c,
				c.Sibling("the second thread", int(c.Word("second.tid"))),
				c.Sibling("the third thread", int(c.Word("third.tid"))),
			}
			for _, th := range all {
				th.Attach()
				th.Tkill(unix.SIGSTOP)
				th.Cont(0)
				th.ExpectStop(unix.SIGSTOP)
			}
			for _, th := range all {
				th.Detach(unix.SIGSTOP)
			}
			for _, th := range all {
				th.AwaitState('T')
			}
		},
	},
	{
		ID: "A20", Title: "the parent's notice of a stop outlives a tracer", Since: Version{2, 6, 30},
		Checks: "waitid(WSTOPPED) before PTRACE_ATTACH and behind PTRACE_DETACH with SIGSTOP: the notice is there; once more after it was taken: it is not",
		Run: func(t *T) {
			c := t.Start(stopsItself)
			c.AwaitState('T')
			attachAndDetach := func() {
				c.Attach()
				c.ExpectStop(unix.SIGSTOP)
				c.Detach(unix.SIGSTOP)
				c.AwaitState('T')
			}
			notice := func(more int) bool {
				info, e := t.kernel.Waitid(unix.P_PID, c.TID, unix.WSTOPPED|unix.WNOHANG|more)
				if e != 0 {
					t.Fail("waitid: %s", Errno(e))
				}
				return info.Signo() != 0
			}
			Equal(t, "a notice", notice(unix.WNOWAIT), true)
			attachAndDetach()
			Equal(t, "a notice behind the tracer", notice(unix.WNOWAIT), true)
			Equal(t, "a notice, taken", notice(0), true)
			Equal(t, "a notice once it was taken", notice(unix.WNOWAIT), false)
			attachAndDetach()
			Equal(t, "a notice behind a second tracer", notice(unix.WNOWAIT), false)
		},
	},
	{
		ID: "A21", Title: "SIGCONT wakes a process that was attached to while it was stopped",
		Checks: "a stopped process, PTRACE_ATTACH, PTRACE_DETACH, SIGCONT: it sleeps in its system call again",
		Run: func(t *T) {
			c := t.Start(stopsItself)
			c.AwaitState('T')
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			c.Detach(0)
			c.Kill(unix.SIGCONT)
			c.AwaitSyscall("pause")
		},
	},
	{
		ID: "A22", Title: "PTRACE_DETACH ends the tracing of system calls", Stress: true,
		Checks: "again and again: PTRACE_ATTACH to a process that makes system calls, two PTRACE_SYSCALLs, PTRACE_DETACH: it does not die of SIGTRAP",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Label("again")
				p.Syscall("getppid")
				p.Jump("again")
			})
			for t.Again() {
				c.Attach()
				c.ExpectStop(unix.SIGSTOP)
				for range 2 {
					c.Syscall(0)
					c.ExpectStop(unix.SIGTRAP)
				}
				c.Detach(0)
				c.ExpectNothing(unix.WALL)
			}
			c.Kill(unix.SIGTERM)
			c.ExpectKilled(unix.SIGTERM)
		},
	},
	{
		ID: "A23", Title: "a thread that is killed while it is detached leaves no zombie", Since: Version{2, 6, 29}, Stress: true,
		Checks: "again and again: PTRACE_DETACH of a second thread and SIGKILL to it at the same time: the process ends, and is gone",
		Run: func(t *T) {
			for t.Again() {
				c := t.Start(func(p Code) {
					p.Thread("second")
					p.Forever()
					p.Label("second")
					p.Spin()
				})
				t.Await("the second thread is there", func() bool { return c.Word("second.tid") != 0 })
				second := c.Sibling("the second thread", int(c.Word("second.tid")))
				second.Attach()
				second.ExpectStop(unix.SIGSTOP)
				killed := make(chan error)
				go func() { killed <- unix.Tgkill(c.TID, second.TID, unix.SIGKILL) }()
				_, e := second.Request(unix.PTRACE_DETACH, none, none)
				t.need(<-killed, "kill the second thread")
				if e != 0 { // it was killed before
					second.ExpectKilled(unix.SIGKILL)
				}
				c.ExpectKilled(unix.SIGKILL)
				Equal(t, "state of the process", c.State(), 0)
			}
		},
	},
	{
		ID: "A24", Title: "SIGKILL ends tracees that stand still, and is reported of each",
		Checks: "three stopped tracees, SIGKILL to each: three reports",
		Run: func(t *T) {
			var all []*Tracee
			for range 3 {
				c := t.Start(Code.Forever)
				c.Attach()
				c.ExpectStop(unix.SIGSTOP)
				all = append(all, c)
			}
			for _, c := range all {
				c.Kill(unix.SIGKILL)
			}
			for _, c := range all {
				c.ExpectKilled(unix.SIGKILL)
			}
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
	{
		ID: "A26", Title: "PTRACE_KILL kills, also who runs", Since: Version{5, 19, 0},
		Change: "before it nothing came of PTRACE_KILL to who was not stopped; it went to stable kernels too",
		Checks: "PTRACE_KILL of a seized process that runs, and of a stopped tracee: 0, killed by SIGKILL",
		Run: func(t *T) {
			c := t.Start(Code.Spin)
			c.Seize(0)
			c.must(unix.PTRACE_KILL, none, none)
			c.ExpectKilled(unix.SIGKILL)
			c = t.StartTraced(Code.Spin)
			c.must(unix.PTRACE_KILL, none, none)
			c.ExpectKilled(unix.SIGKILL)
		},
	},
	{
		ID: "A27", Title: "PTRACE_KILL, SIGKILL and PTRACE_CONT kill in any order",
		Checks: "the three in each order, of a stopped tracee and of one that runs: killed by SIGKILL",
		Run: func(t *T) {
			for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
				for _, runs := range []bool{false, true} {
					c := t.StartTraced(Code.Spin)
					if runs {
						c.Cont(0)
					}
					for _, what := range order {
						switch what {
						case 0:
							c.Request(unix.PTRACE_KILL, none, none)
						case 1:
							c.Kill(unix.SIGKILL)
						case 2:
							c.Request(unix.PTRACE_CONT, none, none)
						}
					}
					c.ExpectKilled(unix.SIGKILL)
				}
			}
		},
	},
	{
		ID: "A28", Title: "the SIGSTOP of PTRACE_ATTACH is for the thread that it names",
		Checks: "a process with other threads; PTRACE_ATTACH to the first: that one stops, the others have no tracer and go on",
		Relies: "attaching to all threads of a process",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Thread("second")
				p.Spin()
				p.Label("second")
				p.Space("count", 8)
				p.Label("again")
				p.Add(asm.At("count"), asm.Imm(1))
				p.Jump("again")
			})
			t.Await("the second thread counts", func() bool { return c.Word("count") > 0 && c.Word("second.tid") > 0 })
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			second := c.Sibling("the second thread", int(c.Word("second.tid")))
			Equal(t, "its tracer", second.Tracer(), 0)
			seen := c.Word("count")
			t.Await("it counts on", func() bool { return c.Word("count") > seen })
		},
	},
	{
		ID: "A29", Title: "the parent of a vfork stops when the child lets it go", Since: seized,
		Checks: "PTRACE_SEIZE and PTRACE_INTERRUPT of a process that waits in vfork, state D: nothing; the child ends: PTRACE_EVENT_STOP",
		Relies: "saying of a thread that it does not stop",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Syscall("vfork")
				p.Cmp(asm.AX, asm.Imm(0))
				p.JumpIf(asm.Equal, "child")
				p.InCaseOfNoRoom()
				p.Forever()
				p.Label("child")
				p.SpinUntil("go")
				p.Exit(0)
			})
			c.AwaitState('D')
			c.Seize(0)
			c.Interrupt()
			c.StaysQuiet()
			c.SetWord("go", 1)
			c.ExpectEvent(ptrace.EventStop)
		},
	},
	{
		ID: "A30", Title: "a wait that was interrupted by a tracer goes on unchanged",
		Checks: "PTRACE_ATTACH, and PTRACE_SEIZE with PTRACE_INTERRUPT, in nanosleep, futex, ppoll and select: -516 or -514 stands in the result; after PTRACE_DETACH the call ends as it would have",
		Relies: "stopping a thread in a system call without harm",
		Run: func(t *T) {
			const noHand, restartBlock = -514, -516 // ERESTARTNOHAND, ERESTART_RESTARTBLOCK (include/linux/errno.h)
			for _, wait := range []timedWait{
				{"nanosleep", []asm.Operand{asm.Of("time"), asm.Imm(0)}, restartBlock, 0},
				{"futex", []asm.Operand{asm.Of("word"), asm.Imm(0), asm.Imm(0), asm.Of("time")}, restartBlock, -int(unix.ETIMEDOUT)},
				{"ppoll", []asm.Operand{asm.Imm(0), asm.Imm(0), asm.Of("time"), asm.Imm(0)}, noHand, 0},
				{"select", []asm.Operand{asm.Imm(0), asm.Imm(0), asm.Imm(0), asm.Imm(0), asm.Of("timeval")}, noHand, 0},
			} {
				for _, seize := range []bool{false, true} {
					for ms := 100; !t.interruptWait(wait, seize, ms); ms *= 4 {
					}
				}
			}
		},
	},
	{
		ID: "A31", Title: "some waits do end when a tracer stops them",
		Checks: "PTRACE_ATTACH and PTRACE_DETACH in epoll_wait, rt_sigtimedwait and semop: EINTR (signal(7))",
		Relies: "saying which calls a stop disturbs",
		Run: func(t *T) {
			for _, wait := range []struct {
				name string
				code func(p Code)
			}{
				{"epoll_wait", func(p Code) {
					p.Syscall("epoll_create1", asm.Imm(0))
					p.Space("events", 16)
					p.Syscall("epoll_wait", asm.AX, asm.Of("events"), asm.Imm(1), asm.Imm(-1))
				}},
				{"rt_sigtimedwait", func(p Code) {
					p.Data("set", binary.LittleEndian.AppendUint64(nil, maskOf(unix.SIGUSR1)))
					p.Syscall("rt_sigtimedwait", asm.Of("set"), asm.Imm(0), asm.Imm(0), asm.Imm(8))
				}},
				{"semop", func(p Code) {
					const ipcPrivate, ipcRmid = 0, 0
					p.Syscall("semget", asm.Imm(ipcPrivate), asm.Imm(1), asm.Imm(0o600))
					p.Store("id", asm.AX)
					p.Data("down", []byte{0, 0, 0xff, 0xff, 0, 0}) // number 0, -1, no flags
					p.Syscall("semop", asm.At("id"), asm.Of("down"), asm.Imm(1))
					p.Mov(asm.BX, asm.AX)
					p.Syscall("semctl", asm.At("id"), asm.Imm(0), asm.Imm(ipcRmid), asm.Imm(0))
					p.Mov(asm.AX, asm.BX)
				}},
			} {
				c := t.Start(func(p Code) {
					wait.code(p)
					p.Store("result", asm.AX)
					p.Forever()
				})
				c.AwaitSyscall(wait.name)
				c.Attach()
				c.ExpectStop(unix.SIGSTOP)
				c.Detach(0)
				c.AwaitSyscall("pause")
				Equal(t, "the result of "+wait.name, int(c.Word("result")), -int(unix.EINTR))
			}
		},
	},
	{
		ID: "A32", Title: "a read of inotify goes on", Since: Version{3, 2, 2},
		Checks: "PTRACE_ATTACH in a read of an inotify descriptor, PTRACE_CONT, SIGALRM: a stop by that, the read has not ended",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Syscall("inotify_init1", asm.Imm(0))
				p.Space("buffer", 64)
				p.Syscall("read", asm.AX, asm.Of("buffer"), asm.Imm(64))
				p.Exit(1)
			})
			c.AwaitSyscall("read")
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			c.Cont(0)
			c.AwaitSyscall("read")
			c.Kill(unix.SIGALRM)
			c.ExpectStop(unix.SIGALRM)
		},
	},
	{
		ID: "A33", Title: "a report can be taken without its status",
		Checks: "PTRACE_ATTACH, wait4 with NULL: the process id",
		Run: func(t *T) {
			c := t.Start(Code.Forever)
			c.Attach()
			t.waits("wait4 without a status to return")
			pid, err := unix.Wait4(c.TID, nil, unix.WALL, nil)
			t.need(err, "wait4")
			Equal(t, "wait4", pid, c.TID)
			c.Regs()
		},
	},
	{
		ID: "A34", Title: "an init can be attached to", Since: Version{2, 6, 26},
		Checks: "PTRACE_ATTACH to the first process of a process id namespace, PTRACE_DETACH: it stops, and goes on (of the machine's own init it would be the same, which is not tried)",
		Needs:  []Need{Root},
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Fork(unix.CLONE_NEWPID|int(unix.SIGCHLD), "init")
				p.Forever()
				p.Label("init")
				p.Forever()
			})
			c.AwaitSyscall("pause")
			first := c.Child("an init", int(c.Word("init.tid")))
			first.Attach()
			first.ExpectStop(unix.SIGSTOP)
			first.Detach(0)
			first.AwaitSyscall("pause")
		},
	},
	{
		ID: "A35", Title: "a process that executes itself over and over can be attached to", Stress: true,
		Checks: "again and again: PTRACE_ATTACH and PTRACE_DETACH of a process that starts a thread and executes itself: it lives on",
		Run: func(t *T) {
			c := t.Start(executesItself)
			for t.Again() {
				c.Attach()
				// An exec of a tracee is a SIGTRAP, and the SIGSTOP comes behind it.
				for c.Wait().StopSignal() != unix.SIGSTOP {
					c.Cont(0)
				}
				c.Detach(0)
				c.ExpectNothing(unix.WALL)
			}
			c.Kill(unix.SIGTERM)
			c.ExpectKilled(unix.SIGTERM)
		},
	},
	{
		ID: "A36", Title: "PTRACE_ATTACH does not wait for an exec that waits for the tracer",
		Checks: "a thread that made this process its tracer has ended and is not waited for; the process executes another program, which waits for that; PTRACE_ATTACH to it: an error, and no wait",
		Known:  []Known{{Saw: "PTRACE_ATTACH does not return", Why: "the kernel's exec and ptrace_attach wait for one another (the selftest vmaccess has it as a known failure)"}},
		Run: func(t *T) {
			c, second := t.execHeldUp()
			result := make(chan unix.Errno, 1)
			go func() {
				runtime.LockOSThread()
				_, e := t.kernel.Ptrace(unix.PTRACE_ATTACH, c.TID, none, none)
				result <- e
			}()
			select {
			case e := <-result:
				Equal(t, "PTRACE_ATTACH", Errno(e), Errno(unix.EAGAIN))
				second.ExpectExit(0)
			case <-time.After(t.Quiet):
				second.ExpectExit(0) // which lets both go on
				t.Fail("PTRACE_ATTACH does not return")
			}
		},
	},
	{
		ID: "A37", Title: "memory can be opened during an exec that waits for the tracer", Since: Version{5, 7, 0},
		Checks: "as A36, but /proc/PID/mem is opened: it is; the exec goes on when the thread is waited for",
		Relies: "attaching to processes that execute others",
		Run: func(t *T) {
			c, second := t.execHeldUp()
			f, err := t.kernel.Open(fmt.Sprintf("/proc/%d/mem", c.TID), os.O_RDONLY)
			if err != nil {
				t.Fail("open the memory: %v", err)
			}
			t.need(f.Close(), "close the memory")
			second.ExpectExit(0)
			c.ExpectExit(9)
		},
	},
	{
		ID: "A38", Title: "a process that shares its memory may crash while its peer is detached", Stress: true,
		Checks: "again and again: SIGSEGV ends a process while another one with the same memory is detached: both end by signals",
		Run: func(t *T) {
			for t.Again() {
				c := t.Start(func(p Code) {
					p.Space("stack", stackSize)
					p.Syscall("clone", asm.Imm(unix.CLONE_VM|int(unix.SIGCHLD)), asm.Addr{Label: "stack", Off: stackSize}, asm.Imm(0), asm.Imm(0), asm.Imm(0))
					p.Cmp(asm.AX, asm.Imm(0))
					p.JumpIf(asm.Equal, "peer")
					p.InCaseOfNoRoom()
					p.Store("peer.tid", asm.AX)
					p.SpinUntil("go")
					p.Mov(asm.In(asm.AX, -4096), asm.Imm(0)) // a place that is not mapped
					p.Label("peer")
					p.Spin()
				})
				t.Await("the peer is there", func() bool { return c.Word("peer.tid") != 0 })
				peer := c.Child("the peer", int(c.Word("peer.tid")))
				peer.Attach()
				peer.ExpectStop(unix.SIGSTOP)
				c.SetWord("go", 1)
				peer.Request(unix.PTRACE_DETACH, none, none) // a dump of the memory may have killed it
				if st := c.Wait(); !st.Signaled() || st.Signal() != unix.SIGSEGV {
					t.Fail("wait4(C): expected killed by SIGSEGV, saw %v", st)
				}
				peer.Kill(unix.SIGKILL)
				t.Await("the peer has ended", func() bool { return peer.State() == 0 || peer.State() == 'Z' })
			}
		},
	},
	{
		ID: "A39", Title: "a step of a process that is killed comes to an end", Stress: true,
		Checks: "again and again: a process that is in a handler of signals is stepped and killed: its end is reported",
		Run: func(t *T) {
			for t.Again() {
				c := t.StartTraced(func(p Code) {
					p.Handle(unix.SIGUSR1, "handler", 0)
					p.Raise(unix.SIGUSR1)
					p.Forever()
					p.Label("handler")
					p.Raise(unix.SIGUSR1)
					p.Ret()
				})
				c.Cont(0)
				c.ExpectStop(unix.SIGUSR1)
				for range t.Rand.IntN(20) {
					c.Step(unix.SIGUSR1)
					c.Wait()
				}
				c.Request(unix.PTRACE_SINGLESTEP, none, none)
				c.Kill(unix.SIGKILL)
				for st := c.Wait(); !st.Signaled(); st = c.Wait() {
					c.Request(unix.PTRACE_SINGLESTEP, none, none)
				}
			}
		},
	},
}

// executesItself is a program that starts a thread and executes itself.
func executesItself(p Code) {
	p.Thread("second")
	p.Execve("/proc/self/exe")
	p.Exit(1)
	p.Label("second")
	p.Spin()
}

// stopsItself is a program that stops at once, and then sleeps.
func stopsItself(p Code) {
	p.Raise(unix.SIGSTOP)
	p.Forever()
}

// execHeldUp starts a process whose second thread has made this one its tracer and has
// ended, and whose first executes another program, which waits for the second to be
// waited for.
func (t *T) execHeldUp() (c, second *Tracee) {
	path, err := t.file(t.Assemble(sysdeps.AMD64, func(p Code) { p.Exit(9) }))
	t.need(err, "write a program")
	c = t.Start(func(p Code) {
		p.Thread("second")
		p.SpinUntil("go")
		p.Execve(path)
		p.Label("second")
		p.Syscall("ptrace", asm.Imm(unix.PTRACE_TRACEME), asm.Imm(0), asm.Imm(0), asm.Imm(0))
		p.ExitThread(0)
	})
	t.Await("the second thread is there", func() bool { return c.Word("second.tid") != 0 })
	second = c.Sibling("the second thread", int(c.Word("second.tid")))
	second.AwaitState('Z')
	c.SetWord("go", 1)
	c.AwaitState('D') // in de_thread (fs/exec.c)
	return c, second
}

// attachesAgain is the body of the rows that attach twice to a stopped process.
func attachesAgain(t *T) {
	c := t.Start(stopsItself)
	c.ExpectStopWith(unix.WUNTRACED, unix.SIGSTOP)
	for range 2 {
		c.Attach()
		c.ExpectStop(unix.SIGSTOP)
		c.PeekUser(0)
		c.Regs()
		c.Detach(0)
	}
}

// detachKills is the body of the rows about PTRACE_DETACH with SIGKILL.
func detachKills(t *T) {
	c := t.Start(Code.Forever)
	c.Attach()
	c.ExpectStop(unix.SIGSTOP)
	c.Detach(unix.SIGKILL)
	c.ExpectKilled(unix.SIGKILL)
}

// tracerExecs holds that a process keeps its tracee when it executes another program.
func tracerExecs(t *T) { t.Start(t.tracer()).ExpectExit(0) }

// threadExecs is tracerExecs of the second thread of a process.
func threadExecs(t *T) {
	tracer := t.tracer()
	t.Start(func(p Code) {
		p.Thread("second")
		p.Forever()
		p.Label("second")
		tracer(p)
	}).ExpectExit(0)
}

// tracer returns a program that traces a child, and executes another one, which ends with
// 0 if PTRACE_PEEKUSER of that child works, else with the error.
func (t *T) tracer() func(p Code) {
	from, to := t.Pipe()
	after, _ := t.program(func(p Code) {
		p.Space("pid", 8)
		p.Space("word", 8)
		p.Syscall("read", asm.Imm(from), asm.Of("pid"), asm.Imm(8))
		p.Syscall("ptrace", asm.Imm(unix.PTRACE_PEEKUSR), asm.At("pid"), asm.Imm(0), asm.Of("word"))
		p.Store("result", asm.AX)
		p.Syscall("kill", asm.At("pid"), asm.Imm(unix.SIGKILL))
		p.Mov(asm.BX, asm.Imm(0))
		p.Sub(asm.BX, asm.At("result"))
		p.Syscall("exit_group", asm.BX)
	})
	return func(p Code) {
		p.Fork(int(unix.SIGCHLD), "child")
		p.Syscall("wait4", asm.At("child.tid"), asm.Imm(0), asm.Imm(unix.WALL), asm.Imm(0))
		p.Syscall("write", asm.Imm(to), asm.Of("child.tid"), asm.Imm(8))
		p.Execve(after)
		p.Label("child")
		p.TraceMe()
		p.Forever()
	}
}

// timedWait is a system call that ends after the time at "time" or "timeval".
type timedWait struct {
	name   string
	args   []asm.Operand
	inside int64 // its result while it is interrupted
	result int
}

// interruptWait stops a thread in a call that takes so many milliseconds, and lets it go.
// It is false if the time may have been up first, as on a machine that is slow.
func (t *T) interruptWait(wait timedWait, seize bool, ms int) bool {
	began := time.Now()
	c := t.Start(func(p Code) {
		p.Words("time", asm.Imm(ms/1000), asm.Imm(ms%1000*1000*1000))
		p.Words("timeval", asm.Imm(ms/1000), asm.Imm(ms%1000*1000))
		p.Space("word", 8)
		p.Syscall(wait.name, wait.args...)
		p.Store("result", asm.AX)
		p.Forever()
	})
	c.AwaitSyscall(wait.name, "pause")
	if seize {
		c.Seize(0)
		c.Interrupt()
		c.ExpectEvent(ptrace.EventStop)
	} else {
		c.Attach()
		c.ExpectStop(unix.SIGSTOP)
	}
	if time.Since(began) >= time.Duration(ms)*time.Millisecond {
		t.step("the time may have been up before")
		c.Detach(0)
		return false
	}
	Equal(t, "the result inside "+wait.name, c.Regs().SyscallResult(), wait.inside)
	c.Detach(0)
	c.AwaitSyscall("pause")
	Equal(t, "the result of "+wait.name, int(c.Word("result")), wait.result)
	return true
}
