package regress

import (
	"math"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
)

// Codes of SIGCHLD (asm-generic/siginfo.h).
const (
	cldExited  = 1
	cldTrapped = 4
)

// wClone is __WCLONE as an int of any size.
const wClone = math.MinInt32

var waitRows = []Row{
	{
		ID: "Q01", Title: "a thread that is traced is waited for without __WALL", Since: Version{4, 7, 0},
		Checks: "PTRACE_ATTACH to a second thread; wait4 of it without options: a stop by SIGSTOP",
		Run: func(t *T) {
			_, second := t.twoThreads()
			second.Attach()
			second.ExpectStopWith(0, unix.SIGSTOP)
		},
	},
	{
		ID: "Q02", Title: "a process that is no clone is not waited for by __WCLONE",
		Checks: "a child that has ended, with SIGCHLD as its signal: wait4(__WCLONE) has nothing, wait4 has it",
		Run: func(t *T) {
			c := t.Start(func(p Code) { p.Exit(4) })
			c.AwaitState('Z')
			c.ExpectNoWait(unix.ECHILD, wClone|unix.WNOHANG)
			c.ExpectExit(4)
		},
	},
	{
		ID: "Q03", Title: "waitid tells stops as CLD_TRAPPED",
		Checks: "of a stop by SIGSTOP si_status 0x13, of PTRACE_EVENT_EXIT 0x605; of the end CLD_EXITED and its status",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.SpinUntil("go")
				p.Exit(6)
			})
			expect := func(code, status int) {
				c.t.waits("waitid to return")
				info, e := t.kernel.Waitid(unix.P_PID, c.TID, unix.WEXITED|unix.WSTOPPED|unix.WALL)
				Equal(t, "waitid", Errno(e), Errno(0))
				got, _, _ := info.Child()
				Equal(t, "si_code", info.Code(), code)
				Equal(t, "si_status", got, status)
				Equal(t, "si_pid", info.PID(), c.TID)
			}
			c.Attach()
			expect(cldTrapped, int(unix.SIGSTOP))
			c.SetOptions(unix.PTRACE_O_TRACEEXIT)
			c.SetWord("go", 1)
			c.Cont(0)
			expect(cldTrapped, unix.PTRACE_EVENT_EXIT<<8|int(unix.SIGTRAP))
			c.Cont(0)
			expect(cldExited, 6)
		},
	},
	{
		ID: "Q04", Title: "WNOWAIT leaves a report where it is",
		Checks: "waitid(WNOWAIT) twice, waitid, waitid: a stop, the same, the same, nothing",
		Run: func(t *T) {
			c := t.Start(Code.Forever)
			c.Attach()
			c.AwaitState('t')
			for _, want := range []struct {
				options int
				signo   unix.Signal
			}{{unix.WNOWAIT, unix.SIGCHLD}, {unix.WNOWAIT, unix.SIGCHLD}, {0, unix.SIGCHLD}, {unix.WNOHANG, 0}} {
				t.waits("waitid to return")
				info, e := t.kernel.Waitid(unix.P_PID, c.TID, unix.WSTOPPED|unix.WALL|want.options)
				Equal(t, "waitid", Errno(e), Errno(0))
				Equal(t, "si_signo", unix.Signal(info.Signo()), want.signo)
			}
		},
	},
	{
		ID: "Q05", Title: "__WNOTHREAD leaves out what other threads trace",
		Checks: "wait4(__WNOTHREAD) of another thread than the tracer, and than who started the process: ECHILD",
		Relies: "other children of Sonde, which its runtime waits for",
		Run: func(t *T) {
			c := t.Start(Code.Forever)
			c.Attach()
			t.Elsewhere(func() { c.ExpectNoWait(unix.ECHILD, unix.WALL|unix.WNOTHREAD) })
			c.ExpectStopWith(unix.WALL|unix.WNOTHREAD, unix.SIGSTOP)
		},
	},
	{
		ID: "Q06", Title: "a SIGCHLD that is blocked stays pending when its child was waited for",
		Checks: "a process with one thread blocks SIGCHLD, starts a child and waits for it: SIGCHLD is pending",
		Run:    keepsSIGCHLD,
	},
	{
		ID: "Q07", Title: "nothing can be waited for behind the end",
		Checks: "the end of a tracee, then wait4: ECHILD",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) { p.Exit(1) })
			c.Cont(0)
			c.ExpectExit(1)
			c.ExpectNoWait(unix.ECHILD, unix.WALL)
		},
	},
	{
		ID: "Q08", Title: "a stop is reported once",
		Checks: "wait4(WNOHANG) of a tracee whose stop was reported: 0",
		Run: func(t *T) {
			c := t.StartTraced(Code.Forever)
			c.ExpectNothing(unix.WALL)
			Equal(t, "state", c.State(), 't')
		},
	},
}

// twoThreads starts a process of two threads, which spin.
func (t *T) twoThreads() (c, second *Tracee) {
	c = t.Start(func(p Code) {
		p.Thread("second")
		p.Spin()
		p.Label("second")
		p.Spin()
	})
	t.Await("the second thread is there", func() bool { return c.Word("second.tid") != 0 })
	return c, c.Sibling("the second thread", int(c.Word("second.tid")))
}

// keepsSIGCHLD is the body of the rows about a SIGCHLD whose child was waited for.
func keepsSIGCHLD(t *T) {
	c := t.Start(func(p Code) {
		p.Block(unix.SIG_BLOCK, unix.SIGCHLD)
		p.Fork(int(unix.SIGCHLD), "child")
		p.Syscall("wait4", asm.At("child.tid"), asm.Imm(0), asm.Imm(0), asm.Imm(0))
		p.Store("waited", asm.AX)
		p.Space("pending", 8)
		p.Syscall("rt_sigpending", asm.Of("pending"), asm.Imm(8))
		p.Forever()
		p.Label("child")
		p.Exit(0)
	})
	c.AwaitSyscall("pause")
	Equal(t, "who was waited for", c.Word("waited"), c.Word("child.tid"))
	Equal(t, "the pending signals", c.Word("pending"), maskOf(unix.SIGCHLD))
}
