package ptrace

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The runtime's own bracket around a fork, which package syscall uses: it
// blocks signals, and in the child it clears the runtime's handlers. gVisor
// depends on these names too, so the runtime keeps them.
//
//go:linkname runtimeBeforeFork syscall.runtime_BeforeFork
func runtimeBeforeFork()

//go:linkname runtimeAfterFork syscall.runtime_AfterFork
func runtimeAfterFork()

//go:linkname runtimeAfterForkInChild syscall.runtime_AfterForkInChild
func runtimeAfterForkInChild()

// Credential is the user that a launched program runs as.
type Credential struct {
	UID, GID uint32
	Groups   []uint32
}

// Program is a program to be launched.
type Program struct {
	Path string // the file, without a search
	Args []string
	Env  []string
	Cred *Credential // nil: this process's own
	In   Inherited   // what the program is to inherit
	// Filter is a program for SECCOMP_SET_MODE_FILTER, which the child and all that
	// come of it run under for good, and without a way to gain privileges by an
	// exec (PR_SET_NO_NEW_PRIVS); none if it is empty. It is in force from just before
	// the exec on.
	Filter []unix.SockFilter
}

// Launch is a child that waits to become its program.
type Launch struct {
	PID   int
	start int // the child waits for a byte from here
	fail  int // and reports the errno of a failed step here
}

// childPlan is a Program as the child needs it: nothing in the child may
// allocate, since it is a copy of one thread of a process with many.
type childPlan struct {
	path        *byte
	argv, envv  **byte
	start, fail int
	fences      [2]int // our own ends of the pipes
	cred        bool
	uid, gid    uintptr
	groups      *uint32
	ngroups     uintptr
	ignored     uint64
	blocked     uint64
	files       unix.Rlimit
	closed      uint64
	filter      *unix.SockFprog
}

// Fork makes the child that is to become prog. It waits until Start is
// called, so that it can be seized first, and ends when this process does.
func Fork(prog *Program) (*Launch, error) {
	path, err := unix.BytePtrFromString(prog.Path)
	if err != nil {
		return nil, fmt.Errorf("launch %q: %w", prog.Path, err)
	}
	argv, err := syscall.SlicePtrFromStrings(prog.Args)
	if err != nil {
		return nil, fmt.Errorf("launch %q: arguments: %w", prog.Path, err)
	}
	envv, err := syscall.SlicePtrFromStrings(prog.Env)
	if err != nil {
		return nil, fmt.Errorf("launch %q: environment: %w", prog.Path, err)
	}
	var start, fail [2]int
	if err := unix.Pipe2(start[:], unix.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("launch %q: pipe: %w", prog.Path, err)
	}
	if err := unix.Pipe2(fail[:], unix.O_CLOEXEC); err != nil {
		closeAll(start[:])
		return nil, fmt.Errorf("launch %q: pipe: %w", prog.Path, err)
	}
	plan := &childPlan{
		path: path, argv: &argv[0], envv: &envv[0],
		start: start[0], fail: fail[1], fences: [2]int{start[1], fail[0]},
		ignored: prog.In.Ignored, blocked: prog.In.Blocked,
		files:  unix.Rlimit{Cur: prog.In.FilesSoft, Max: prog.In.FilesHard},
		closed: prog.In.Closed,
	}
	if c := prog.Cred; c != nil {
		plan.cred, plan.uid, plan.gid = true, uintptr(c.UID), uintptr(c.GID)
		if plan.ngroups = uintptr(len(c.Groups)); plan.ngroups > 0 {
			plan.groups = &c.Groups[0]
		}
	}
	if len(prog.Filter) > 0 {
		plan.filter = &unix.SockFprog{Len: uint16(len(prog.Filter)), Filter: &prog.Filter[0]}
	}
	syscall.ForkLock.Lock()
	pid, e := forkProgram(plan)
	syscall.ForkLock.Unlock()
	runtime.KeepAlive(plan)
	closeAll([]int{start[0], fail[1]})
	if e != 0 {
		closeAll([]int{start[1], fail[0]})
		return nil, fmt.Errorf("launch %q: fork: %w", prog.Path, e)
	}
	return &Launch{PID: pid, start: start[1], fail: fail[0]}, nil
}

// Start lets the child go on to its exec.
func (l *Launch) Start() error {
	_, err := unix.Write(l.start, []byte{1})
	unix.Close(l.start)
	if err != nil {
		return fmt.Errorf("start process %d: %w", l.PID, err)
	}
	return nil
}

// ChildStep is what a launched child does before its program runs.
type ChildStep uint8

// The steps that can fail.
const (
	StepExec ChildStep = iota + 1
	StepGroups
	StepGID
	StepUID
	StepFilter
)

// Failure returns the step that failed and its errno once the child has ended
// without its exec, and 0, 0 after an exec. It blocks until either.
func (l *Launch) Failure() (ChildStep, syscall.Errno) {
	var b [2]byte
	n, err := unix.Read(l.fail, b[:])
	for err == unix.EINTR {
		n, err = unix.Read(l.fail, b[:])
	}
	unix.Close(l.fail)
	if err != nil || n != 2 {
		return 0, 0
	}
	return ChildStep(b[0]), syscall.Errno(b[1])
}

func closeAll(fds []int) {
	for _, fd := range fds {
		unix.Close(fd)
	}
}

// forkProgram forks and runs the plan in the child. As in syscall's
// forkAndExecInChild, the child makes raw system calls only and neither grows
// its stack nor allocates.
//
//go:noinline
//go:norace
//go:nocheckptr
func forkProgram(plan *childPlan) (int, syscall.Errno) {
	runtimeBeforeFork()
	pid, _, e := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if e != 0 || pid != 0 {
		runtimeAfterFork()
		return int(pid), e
	}
	runtimeAfterForkInChild()
	becomeProgram(plan)
	panic("unreachable")
}

// becomeProgram is the child's life until its exec.
//
//go:nosplit
//go:norace
//go:nocheckptr
func becomeProgram(p *childPlan) {
	var b [2]byte
	var step ChildStep
	var e syscall.Errno

	unix.RawSyscall(unix.SYS_CLOSE, uintptr(p.fences[0]), 0, 0)
	unix.RawSyscall(unix.SYS_CLOSE, uintptr(p.fences[1]), 0, 0)
	for {
		n, _, e := unix.RawSyscall(unix.SYS_READ, uintptr(p.start), uintptr(unsafe.Pointer(&b[0])), 1)
		if e == unix.EINTR {
			continue
		}
		if n != 1 { // the tracer is gone
			exitChild(127)
		}
		break
	}
	if p.cred {
		step = StepGroups
		if _, _, e = unix.RawSyscall(unix.SYS_SETGROUPS, p.ngroups, uintptr(unsafe.Pointer(p.groups)), 0); e != 0 {
			goto failed
		}
		step = StepGID
		if _, _, e = unix.RawSyscall(unix.SYS_SETRESGID, p.gid, p.gid, p.gid); e != 0 {
			goto failed
		}
		step = StepUID
		if _, _, e = unix.RawSyscall(unix.SYS_SETRESUID, p.uid, p.uid, p.uid); e != 0 {
			goto failed
		}
	}
	if p.files.Max != 0 {
		unix.RawSyscall6(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE, uintptr(unsafe.Pointer(&p.files)), 0, 0, 0)
	}
	for fd := uintptr(0); fd < 3; fd++ {
		if p.closed&(1<<fd) != 0 {
			unix.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
		}
	}
	for sig := uintptr(1); sig <= 64; sig++ {
		var act kernelSigaction
		if p.ignored&(1<<(sig-1)) != 0 {
			act.handler = sigIgnore
		}
		unix.RawSyscall6(unix.SYS_RT_SIGACTION, sig, uintptr(unsafe.Pointer(&act)), 0, 8, 0, 0)
	}
	unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&p.blocked)), 0, 8, 0, 0)
	if p.filter != nil {
		step = StepFilter
		if _, _, e = unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); e != 0 {
			goto failed
		}
		// Before Linux 5.16 a filter cost the program speculation as well; the flag,
		// which leaves it that, is known since Linux 4.17.
		_, _, e = unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW, uintptr(unsafe.Pointer(p.filter)))
		if e == unix.EINVAL {
			_, _, e = unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(p.filter)))
		}
		if e != 0 {
			goto failed
		}
	}
	step = StepExec
	_, _, e = unix.RawSyscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(p.path)), uintptr(unsafe.Pointer(p.argv)), uintptr(unsafe.Pointer(p.envv)))
failed:
	b[0], b[1] = byte(step), byte(e)
	unix.RawSyscall(unix.SYS_WRITE, uintptr(p.fail), uintptr(unsafe.Pointer(&b[0])), 2)
	exitChild(127)
}

//go:nosplit
//go:norace
func exitChild(code uintptr) {
	for {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, code, 0, 0)
	}
}

// Alarm is a child that does nothing but wait to be ended. Since no signal
// wakes a goroutine from wait4 (the runtime installs its handlers with
// SA_RESTART), its end is how another goroutine interrupts the tracing loop.
type Alarm struct {
	PID  int
	ring int
}

// NewAlarm forks the child. Its end is reported to the calling thread's Wait.
func NewAlarm() (*Alarm, error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("alarm: pipe: %w", err)
	}
	syscall.ForkLock.Lock()
	pid, e := forkAlarm(fds[0])
	syscall.ForkLock.Unlock()
	unix.Close(fds[0])
	if e != 0 {
		unix.Close(fds[1])
		return nil, fmt.Errorf("alarm: fork: %w", e)
	}
	return &Alarm{PID: pid, ring: fds[1]}, nil
}

// Ring ends the child, from any goroutine, once.
func (a *Alarm) Ring() { unix.Close(a.ring) }

//go:noinline
//go:norace
func forkAlarm(fd int) (int, syscall.Errno) {
	runtimeBeforeFork()
	// The child keeps all signals blocked: it shares the terminal's
	// foreground group and must not end with the program.
	pid, _, e := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if e != 0 || pid != 0 {
		runtimeAfterFork()
		return int(pid), e
	}
	awaitRing(fd)
	panic("unreachable")
}

// awaitRing holds no descriptor but the pipe's: a reader of the trace must
// see its end when the tracer ends.
//
//go:nosplit
//go:norace
func awaitRing(fd int) {
	var b [1]byte
	if fd > 0 {
		unix.RawSyscall(unix.SYS_CLOSE_RANGE, 0, uintptr(fd-1), 0)
	}
	unix.RawSyscall(unix.SYS_CLOSE_RANGE, uintptr(fd+1), ^uintptr(0)>>32, 0)
	unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), 1)
	exitChild(0)
}
