package regress

import (
	"fmt"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Status is what a wait has reported of a thread.
type Status struct{ unix.WaitStatus }

// event returns the number of a PTRACE_EVENT, or 0.
func (s Status) event() int { return int(s.WaitStatus) >> 16 }

// eventNames are the PTRACE_EVENTs (linux/ptrace.h).
var eventNames = map[int]string{
	unix.PTRACE_EVENT_FORK: "FORK", unix.PTRACE_EVENT_VFORK: "VFORK", unix.PTRACE_EVENT_CLONE: "CLONE", unix.PTRACE_EVENT_EXEC: "EXEC",
	unix.PTRACE_EVENT_VFORK_DONE: "VFORK_DONE", unix.PTRACE_EVENT_EXIT: "EXIT", unix.PTRACE_EVENT_SECCOMP: "SECCOMP", ptrace.EventStop: "STOP",
}

const syscallStop = unix.SIGTRAP | 0x80 // with PTRACE_O_TRACESYSGOOD (ptrace(2))

// String says what the status means.
func (s Status) String() string {
	switch {
	case s.Exited():
		return fmt.Sprintf("exited with %d", s.ExitStatus())
	case s.Signaled() && s.CoreDump():
		return "killed by " + signalName(s.Signal()) + ", core dumped"
	case s.Signaled():
		return "killed by " + signalName(s.Signal())
	case s.Continued():
		return "continued"
	case s.event() != 0:
		name, ok := eventNames[s.event()]
		if !ok {
			name = fmt.Sprint(s.event())
		}
		return "stopped by " + signalName(stopSignal(s)) + ", PTRACE_EVENT_" + name
	case stopSignal(s) == syscallStop:
		return "stopped at a system call"
	}
	return "stopped by " + signalName(stopSignal(s))
}

// stopSignal returns the signal of a stop, which package unix's method hides for some.
func stopSignal(s Status) unix.Signal { return unix.Signal(s.WaitStatus >> 8 & 0xff) }

func signalName(sig unix.Signal) string { return sysdeps.SignalName(int(sig)) }

// Wait waits for what the thread reports next.
func (c *Tracee) Wait() Status { return c.WaitWith(unix.WALL) }

// WaitWith is Wait with the options of wait4(2).
func (c *Tracee) WaitWith(options int) Status {
	c.t.waits(c.Name + " to report anything")
	_, st, e := c.t.kernel.Wait4(c.TID, options)
	if e != 0 {
		c.t.step("wait4(%s) = -1 %s", c.Name, Errno(e))
		c.t.Fail("wait4(%s): expected a report, saw %s", c.Name, Errno(e))
	}
	c.t.step("wait4(%s): %v", c.Name, Status{st})
	return Status{st}
}

// expect waits for a report that is to be one that is told in words.
func (c *Tracee) expect(want string) {
	if st := c.Wait(); st.String() != want {
		c.t.Fail("wait4(%s): expected %s, saw %v", c.Name, want, st)
	}
}

// ExpectStop waits for a stop by a signal, or of the group.
func (c *Tracee) ExpectStop(sig unix.Signal) { c.expect("stopped by " + signalName(sig)) }

// ExpectStopWith is ExpectStop with the options of wait4(2), as the parent of a process
// that it does not trace waits.
func (c *Tracee) ExpectStopWith(options int, sig unix.Signal) {
	if st, want := c.WaitWith(options), "stopped by "+signalName(sig); st.String() != want {
		c.t.Fail("wait4(%s): expected %s, saw %v", c.Name, want, st)
	}
}

// ExpectSyscallStop waits for a stop at a system call, with PTRACE_O_TRACESYSGOOD.
func (c *Tracee) ExpectSyscallStop() { c.expect("stopped at a system call") }

// ExpectEvent waits for a PTRACE_EVENT.
func (c *Tracee) ExpectEvent(event int) { c.ExpectEventStop(event, unix.SIGTRAP) }

// ExpectEventStop waits for a PTRACE_EVENT with another signal than SIGTRAP, as a
// group-stop has it under PTRACE_SEIZE.
func (c *Tracee) ExpectEventStop(event int, sig unix.Signal) {
	c.expect("stopped by " + signalName(sig) + ", PTRACE_EVENT_" + eventNames[event])
}

// ExpectExit waits for the end of the thread.
func (c *Tracee) ExpectExit(code int) { c.expect(fmt.Sprintf("exited with %d", code)) }

// ExpectKilled waits for the end of the thread by a signal, without a core dump.
func (c *Tracee) ExpectKilled(sig unix.Signal) { c.expect("killed by " + signalName(sig)) }

// coreDumped is what a status has beside the signal (wait4's WCOREDUMP).
const coreDumped = 0x80

// ExpectDumped waits for the end of the thread by a signal, with a core dump.
func (c *Tracee) ExpectDumped(sig unix.Signal) {
	c.expect("killed by " + signalName(sig) + ", core dumped")
}

// ExpectNothing holds that there is nothing to report now.
func (c *Tracee) ExpectNothing(options int) {
	if st, any := c.poll(options); any {
		c.t.Fail("wait4(%s, WNOHANG): expected nothing, saw %v", c.Name, st)
	}
	c.t.step("wait4(%s, WNOHANG): nothing", c.Name)
}

func (c *Tracee) poll(options int) (Status, bool) {
	got, st, e := c.t.kernel.Wait4(c.TID, options|unix.WNOHANG)
	if e != 0 {
		c.t.Fail("wait4(%s, WNOHANG): expected nothing, saw %s", c.Name, Errno(e))
	}
	return Status{st}, got != 0
}

// StaysQuiet holds that the thread reports nothing for a while.
func (c *Tracee) StaysQuiet() {
	c.t.Stays(c.Name+" reports nothing", func() bool {
		st, any := c.poll(unix.WALL)
		if any {
			c.t.Fail("wait4(%s): expected nothing, saw %v", c.Name, st)
		}
		return true
	})
}

// ExpectNoWait holds that waiting for the thread is refused.
func (c *Tracee) ExpectNoWait(want unix.Errno, options int) {
	_, st, e := c.t.kernel.Wait4(c.TID, options)
	if e != want {
		c.t.Fail("wait4(%s): expected %s, saw %s, %v", c.Name, Errno(want), Errno(e), Status{st})
	}
	c.t.step("wait4(%s) = -1 %s", c.Name, Errno(e))
}

// awaitReport waits until the thread has something to report, and leaves that where it is.
func (c *Tracee) awaitReport() {
	c.t.waits(c.Name + " to report anything")
	_, e := c.t.kernel.Waitid(unix.P_PID, c.TID, unix.WSTOPPED|unix.WALL|unix.WNOWAIT)
	Equal(c.t, "waitid(WNOWAIT)", Errno(e), Errno(0))
}
