package regress

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"sonde/sysdeps/ptrace"
)

// T is one run of a row. Its methods, and those of its tracees, end the row when the
// kernel does something else than what they ask for; they belong to the goroutine that
// the row began on, which stays on one thread, since that is the tracer.
type T struct {
	Machine *Machine
	Rand    *rand.Rand
	// Loop is how long a row that looks for a race goes on.
	Loop time.Duration
	// Quiet is how long nothing may come where nothing is to come.
	Quiet time.Duration

	kernel ptrace.Kernel
	until  time.Time // Again has begun
	report func(step string)

	mu      sync.Mutex // guards what follows: the watchdog looks at it
	steps   int
	current string // what the row waits for; "" if it does not
	// programs are threads that may find no room for more.
	programs []*Tracee

	tids     []int // threads that may be tracees
	cleanups []func()
}

// end is how a row stops before its body does.
type end struct {
	verdict Verdict
	reason  string
}

// Fail ends the row: the kernel does not behave as it must.
func (t *T) Fail(format string, args ...any) {
	panic(end{Fail, fmt.Sprintf("step %d: ", t.count()) + fmt.Sprintf(format, args...)})
}

// Skip ends the row: the machine lacks what it needs.
func (t *T) Skip(format string, args ...any) { panic(end{Skip, fmt.Sprintf(format, args...)}) }

// Error ends the row: what it needs beside the kernel's behaviour went wrong.
func (t *T) Error(format string, args ...any) {
	panic(end{Error, fmt.Sprintf("step %d: ", t.count()) + fmt.Sprintf(format, args...)})
}

// need ends the row if err is set: that is not what the row is about. Where there is no
// room for more, the row is skipped.
func (t *T) need(err error, format string, args ...any) {
	if exhausted(err) {
		t.Skip("%s", shortage(err))
	}
	if err != nil {
		t.Error("%s: %v", fmt.Sprintf(format, args...), err)
	}
}

// Equal ends the row unless what was seen is what must be.
func Equal[V comparable](t *T, what string, got, want V) {
	if got != want {
		t.Fail("%s: expected %v, saw %v", what, want, got)
	}
	t.step("%s is %v", what, got)
}

// True ends the row unless something holds.
func (t *T) True(holds bool, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	if !holds {
		t.Fail("not so: %s", what)
	}
	t.step("%s", what)
}

func (t *T) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.steps
}

// step notes what was done.
func (t *T) step(format string, args ...any) {
	t.mu.Lock()
	t.steps++
	n := t.steps
	t.current = ""
	t.mu.Unlock()
	t.report(fmt.Sprintf("%d. ", n) + fmt.Sprintf(format, args...))
}

// started notes a thread that may be a tracee.
func (t *T) started(c *Tracee) *Tracee {
	t.tids = append(t.tids, c.TID)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.programs = append(t.programs, c)
	return c
}

// waits notes what is waited for, for the case that it never comes.
func (t *T) waits(what string) {
	t.mu.Lock()
	t.current = what
	t.mu.Unlock()
}

// Await waits until something holds that no request reports, such as a state in /proc.
func (t *T) Await(what string, holds func() bool) {
	t.waits(what)
	const most = time.Millisecond
	for pause := 20 * time.Microsecond; !holds(); pause = min(2*pause, most) {
		time.Sleep(pause)
	}
	t.step("%s", what)
}

// Stays holds that something stays as it is for as long as Quiet.
func (t *T) Stays(what string, holds func() bool) {
	for until := time.Now().Add(t.Quiet); time.Now().Before(until); time.Sleep(time.Millisecond) {
		if !holds() {
			t.Fail("not so any more: %s", what)
		}
	}
	t.step("still %s", what)
}

// Elsewhere runs f on another thread of this process, and waits for it. That thread ends
// with f, unless that comes back.
func (t *T) Elsewhere(f func()) {
	failed := make(chan any)
	var run func()
	run = func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if unix.Gettid() == unix.Getpid() {
			// But for the first one, which would stay (mexit, runtime/proc.go). While it
			// is held here, another goroutine gets another.
			defer runtime.UnlockOSThread()
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				run()
			}()
			<-ended
			return
		}
		defer func() { failed <- recover() }()
		f()
	}
	go run()
	if e := <-failed; e != nil {
		panic(e)
	}
}

// Errno names an error number for messages.
func Errno(e unix.Errno) string {
	if e == 0 {
		return "0"
	}
	if name := unix.ErrnoName(e); name != "" {
		return name
	}
	return fmt.Sprintf("errno %d", int(e))
}

// Self returns this thread, for requests that it must be refused.
func (t *T) Self() *Tracee {
	return &Tracee{t: t, TID: unix.Gettid(), Name: "itself", pid: unix.Getpid()}
}

// Stranger returns a thread that the row has not started.
func (t *T) Stranger(name string, tid int) *Tracee {
	return &Tracee{t: t, TID: tid, Name: name, pid: tid}
}

// Again tells whether a row that looks for a race is to try once more.
func (t *T) Again() bool {
	if t.until.IsZero() {
		t.until = time.Now().Add(t.Loop)
		return true
	}
	return time.Now().Before(t.until)
}

// Pipe makes a pipe that tracees inherit, by the same numbers.
func (t *T) Pipe() (from, to int) {
	var fds [2]int
	t.need(unix.Pipe(fds[:]), "pipe")
	return fds[0], fds[1]
}

// Write writes to a pipe.
func (t *T) Write(fd int, s string) {
	_, err := unix.Write(fd, []byte(s))
	t.need(err, "write")
	t.step("wrote %q", s)
}
