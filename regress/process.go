package regress

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"sonde/sysdeps/ptrace"
)

// orderVar is the variable of the environment that makes a process run a row, and reports
// is the file descriptor on which that tells of it, a message a line.
const (
	orderVar = "SONDE_REGRESS_ROW"
	reports  = 3
)

// order is what a process is told of the row that it is to run.
type order struct {
	ID                 string
	Machine            *Machine
	Seed               uint64
	Limit, Loop, Quiet time.Duration
}

// limit is how long the row may take. The loop of one that looks for a race is no delay.
func (o *order) limit(row *Row) time.Duration {
	if row.Stress {
		return o.Limit + o.Loop
	}
	return o.Limit
}

// message is what it tells: a step, or the verdict at the end.
type message struct {
	Step    string  `json:"step,omitempty"`
	Verdict Verdict `json:"verdict,omitempty"`
	Reason  string  `json:"reason,omitempty"`
}

// Serve runs the row that this process was started for, against a kernel, or keeps those
// of a Suite, and does not return then. Every program that runs a Suite calls it before
// anything else. Those rows that it may run beside those of Rows are found by their ids; nil
// means that there are none.
func Serve(k ptrace.Kernel, more func(id string) *Row) {
	find := rowByID
	if more != nil {
		find = func(id string) *Row { return cmp.Or(more(id), rowByID(id)) }
	}
	if _, ok := os.LookupEnv(keeperVar); ok {
		os.Unsetenv(keeperVar)
		if err := keepRows(find); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	text, ok := os.LookupEnv(orderVar)
	if !ok {
		return
	}
	os.Unsetenv(orderVar) // not for tracees
	out := os.NewFile(reports, "reports")
	unix.CloseOnExec(reports)
	var o order
	err := json.Unmarshal([]byte(text), &o)
	row := find(o.ID)
	if err == nil && row == nil {
		err = fmt.Errorf("there is no row %q", o.ID)
	}
	if err != nil {
		tell(out, message{Verdict: Error, Reason: err.Error()})
		os.Exit(0)
	}
	serve(row, &o, k, out)
	os.Exit(0)
}

// tell writes a message. That nobody reads it means that nobody waits for the row either.
func tell(w io.Writer, m message) {
	b, err := json.Marshal(m)
	if err == nil {
		_, err = w.Write(append(b, '\n'))
	}
	if err != nil {
		os.Exit(1)
	}
}

// cleanSlate gives this thread and its children what rows go by, whatever the suite was
// started with: no signal is blocked, files have the permissions that are asked for, and
// the limits are as high as they may be. SIGXFSZ, which is for those who do not look at
// errors, would end the process.
func cleanSlate() error {
	unix.Umask(0o022)
	signal.Notify(make(chan os.Signal, 1), unix.SIGXFSZ)
	for _, which := range []int{unix.RLIMIT_NPROC, unix.RLIMIT_FSIZE, unix.RLIMIT_AS, unix.RLIMIT_SIGPENDING} {
		var l unix.Rlimit
		err := unix.Getrlimit(which, &l)
		if l.Cur = l.Max; err == nil {
			err = unix.Setrlimit(which, &l)
		}
		if err != nil {
			return fmt.Errorf("raise a limit: %w", err)
		}
	}
	return unix.PthreadSigmask(unix.SIG_SETMASK, &unix.Sigset_t{}, nil)
}

// serve runs a row on this thread, the tracer's.
func serve(row *Row, o *order, k ptrace.Kernel, out io.Writer) {
	runtime.LockOSThread()
	t := &T{
		Machine: o.Machine, Rand: rand.New(rand.NewPCG(o.Seed, 0)), Loop: o.Loop, Quiet: o.Quiet,
		kernel: k, report: func(step string) { tell(out, message{Step: step}) },
	}
	for _, err := range []error{
		// What tracees leave behind comes to this process, and what of that it leaves to
		// the one that started it.
		unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0),
		withoutCores(),
		cleanSlate(),
	} {
		if err != nil {
			tell(out, message{Verdict: Error, Reason: err.Error()})
			return
		}
	}
	enough := func(m message) {
		tell(out, m)
		killChildren(os.Getpid())
		os.Exit(0)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is that of the keeper
		endChildren(time.Second)
		os.Exit(1)
	}()
	heedNoRoom(func() { enough(withoutRoom()) })
	limit := o.limit(row)
	watch := time.AfterFunc(limit, func() { enough(t.considered(t.late(limit))) })
	verdict := t.run(row)
	watch.Stop()
	verdict = t.considered(verdict)
	t.clear()
	tell(out, verdict)
}

// run runs the row's body.
func (t *T) run(row *Row) (m message) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case end:
			m = message{Verdict: e.verdict, Reason: e.reason}
		default:
			stack := make([]byte, 4096)
			t.step("%s", stack[:runtime.Stack(stack, false)])
			m = message{Verdict: Error, Reason: fmt.Sprintf("step %d: the row's own fault: %v", t.count(), e)}
		}
	}()
	row.Run(t)
	return message{Verdict: Pass}
}

// late is the verdict on a row that has not ended in time.
func (t *T) late(limit time.Duration) message {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == "" {
		return message{Verdict: Error, Reason: fmt.Sprintf("step %d: no end within %v", t.steps, limit)}
	}
	return message{Verdict: Fail, Reason: fmt.Sprintf("step %d: waited %v for %s", t.steps, limit, t.current)}
}

// clear ends all processes of the row, and takes their reports. It is for the tracer's
// thread, which alone can let go on what stops at its end (PTRACE_EVENT_EXIT).
func (t *T) clear() {
	for _, f := range t.cleanups {
		f()
	}
	const most = 2 * time.Second
	for until := time.Now().Add(most); time.Now().Before(until); {
		killChildren(os.Getpid())
		for _, tid := range t.tids {
			_ = unix.PtraceDetach(tid) // if it is a tracee, and stands still
		}
		var st unix.WaitStatus
		tid, err := unix.Wait4(-1, &st, unix.WALL|unix.WNOHANG, nil)
		switch {
		case errors.Is(err, unix.ECHILD):
			return
		case tid == 0:
			time.Sleep(time.Millisecond)
		case st.Stopped():
			_ = unix.PtraceCont(tid, 0) // it may be gone, or stop for another tracer
		}
	}
}
