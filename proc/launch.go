package proc

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"sonde/breakpoint"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

const options = ptrace.OptSysGood | ptrace.OptFork | ptrace.OptVfork | ptrace.OptClone |
	ptrace.OptExec | ptrace.OptVforkDone

// LaunchError is a launched program that never ran.
type LaunchError struct {
	Path string
	Step ptrace.ChildStep // what failed
	Err  error            // its errno, or how the process ended
	// Signal killed the process on the way: the kernel ends an exec that
	// fails too late to be refused.
	Signal int
}

// Error returns "STEP PATH: reason".
func (e *LaunchError) Error() string {
	what := map[ptrace.ChildStep]string{
		ptrace.StepExec: "execute", ptrace.StepGroups: "set the groups for",
		ptrace.StepGID: "set the group for", ptrace.StepUID: "set the user for",
		ptrace.StepFilter: "install the seccomp filter for",
	}[e.Step]
	if what == "" {
		what = "launch"
	}
	return fmt.Sprintf("%s %s: %v", what, e.Path, e.Err)
}

// Unwrap returns the errno.
func (e *LaunchError) Unwrap() error { return e.Err }

// Launch starts a program. Its first stop out of the loop is the Execed of its
// own exec. It ends when the tracer is killed.
func (tr *Tracer) Launch(prog *ptrace.Program) (*Process, error) {
	child, err := ptrace.Fork(prog)
	if err != nil {
		return nil, err
	}
	p := &Process{PID: child.PID, Launched: true, threads: make(map[int]*Thread)}
	p.Root = p
	th := &Thread{TID: child.PID, Process: p, trapBlocked: prog.In.Blocked&(1<<(unix.SIGTRAP-1)) != 0}
	opts := th.options()
	if len(prog.Filter) > 0 {
		opts |= ptrace.OptSeccomp
	}
	if err := ptrace.Seize(child.PID, opts); err != nil {
		unix.Kill(child.PID, unix.SIGKILL)
		ptrace.WaitFor(child.PID)
		return nil, fmt.Errorf("launch %s: %w", prog.Path, err)
	}
	// Until the exec it is a copy of the tracer, without breakpoints.
	if p.Space, err = newSpace(child.PID, sysdeps.AMD64, breakpoint.NewTable(sysdeps.AMD64)); err == nil {
		p.Space.processes[p] = struct{}{}
		tr.add(th)
		if tr.showsExec() {
			err = th.interrupt() // so that it goes on by PTRACE_SYSCALL
		}
		if err == nil {
			err = child.Start()
		}
	}
	if err != nil {
		unix.Kill(child.PID, unix.SIGKILL)
		ptrace.WaitFor(child.PID)
		tr.remove(th)
		return nil, fmt.Errorf("launch %s: %w", prog.Path, err)
	}
	status, err := tr.untilExec(th)
	step, errno := child.Failure()
	if err == nil {
		p.filtered = len(prog.Filter) > 0 // which it has installed itself
		tr.queue = append(tr.queue, report{th.TID, status})
		return p, nil
	}
	tr.remove(th)
	p.Space.leave(p)
	le := &LaunchError{Path: prog.Path, Step: step, Err: err}
	if step != 0 {
		le.Err = errno
	} else if status.Signaled() {
		le.Signal = int(status.Signal())
	}
	return nil, le
}

// errEnded says that the launched process ended before its exec.
var errEnded = errors.New("the process ended before it could run the program")

// showsExec tells whether the exec of a launched program is to be reported.
func (tr *Tracer) showsExec() bool { return tr.Syscalls && tr.Launching != nil }

// untilExec lets the child go on until the program's first stop.
func (tr *Tracer) untilExec(th *Thread) (unix.WaitStatus, error) {
	resume := ptrace.Cont
	if tr.showsExec() {
		resume = ptrace.Syscall
	}
	for {
		status, err := ptrace.WaitFor(th.TID)
		if err != nil {
			return 0, fmt.Errorf("wait for process %d: %w", th.TID, err)
		}
		th.stop(event(status))
		switch {
		case !status.Stopped():
			return status, errEnded
		case event(status) == unix.PTRACE_EVENT_EXEC:
			return status, nil
		case event(status) == ptrace.EventStop && status.StopSignal() != unix.SIGTRAP:
			err = ptrace.Listen(th.TID)
		case event(status) != 0:
			err = resume(th.TID, 0)
		case status.StopSignal() == ptrace.SyscallStop:
			if err = tr.launching(th); err == nil {
				err = resume(th.TID, 0)
			}
		default:
			err = resume(th.TID, int(status.StopSignal()))
		}
		if err != nil && !errors.Is(err, sysdeps.ErrGone) {
			return 0, err
		}
	}
}

// launching looks at the stop of a child at a system call, on its way to its exec.
func (tr *Tracer) launching(th *Thread) error {
	stop, err := tr.atSyscall(th)
	if enter, ok := stop.(SyscallEnter); ok && enter.Nr == unix.SYS_EXECVE {
		tr.Launching(th, enter)
	}
	return err
}
