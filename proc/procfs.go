package proc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// gone tells whether an error of a file in /proc means that its process is no
// more: ENOENT once it is reaped, ESRCH while it is a zombie.
func gone(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH)
}

// Status are fields of /proc/PID/status (proc_pid_status(5)).
type Status struct {
	Name      string
	State     byte // 'R', 'S', 'D', 'T', 't', 'Z', 'X', 'I'
	TGID      int
	NSPID     int // its own id in the innermost pid namespace that it is in
	PPID      int
	TracerPID int
	Threads   int // of its process; 0 of one that is being reaped
	UID       int // effective
	GID       int // effective
	RealUID   int
	RealGID   int
	Permitted uint64 // capabilities: CapPrm
	// NoNewPrivs says that no exec can give the process privileges.
	NoNewPrivs bool
	Seccomp    int    // 0 none, 1 strict, 2 filter
	Blocked    uint64 // SigBlk
	Caught     uint64 // SigCgt: signals that have a handler
	Ignored    uint64 // SigIgn
	Pending    uint64 // SigPnd: the thread's own
	// SharedPending is ShdPnd: the process's.
	SharedPending uint64
	NoMemory      bool // a kernel thread, or one that is ending
	// NSPIDs are its numbers in the PID namespaces that it is in, from ours inwards;
	// nil where there is no other (pid_namespaces(7)).
	NSPIDs []int
	// Switches is how often it has been taken off a processor.
	Switches int
}

// readProc reads a file in /proc into a buffer, and into a larger one where it does not
// fit. os.ReadFile takes twice as many system calls, to know its size and whether it can be
// polled, and reads it in small pieces: there is a status to be read several times for each
// thread of a program.
func readProc(path string, into []byte) ([]byte, error) {
	fd, err := ignoreInterrupts(func() (int, error) { return unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	for text := into[:0]; ; {
		n, err := ignoreInterrupts(func() (int, error) { return unix.Read(fd, text[len(text):cap(text)]) })
		if err != nil {
			return nil, &os.PathError{Op: "read", Path: path, Err: err}
		}
		text = text[:len(text)+n]
		if n == 0 {
			return text, nil
		}
		if len(text) == cap(text) {
			text = slices.Grow(text, len(text))
		}
	}
}

// ignoreInterrupts makes a system call again that a signal has ended.
func ignoreInterrupts(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); err != unix.EINTR {
			return n, err
		}
	}
}

// ReadStatus reads the status of a thread, sysdeps.ErrGone if there is none.
func ReadStatus(tid int) (Status, error) {
	var room [4096]byte
	text, err := readProc("/proc/"+strconv.Itoa(tid)+"/status", room[:])
	if err != nil {
		if gone(err) {
			err = sysdeps.ErrGone
		}
		return Status{}, fmt.Errorf("read status of %d: %w", tid, err)
	}
	st := Status{NoMemory: true}
	for line := range bytes.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(string(line)), ":")
		value = strings.TrimSpace(value)
		number := func() int {
			n, _ := strconv.Atoi(value)
			return n
		}
		switch key {
		case "Name":
			st.Name = value
		case "State":
			if value != "" {
				st.State = value[0]
			}
		case "Tgid":
			st.TGID = number()
		case "NSpid":
			st.NSPIDs = numbersOf(value)
			value = value[strings.LastIndexByte(value, '\t')+1:]
			st.NSPID = number()
		case "PPid":
			st.PPID = number()
		case "TracerPid":
			st.TracerPID = number()
		case "Threads":
			st.Threads = number()
		case "Uid":
			st.RealUID, st.UID = ids(value)
		case "Gid":
			st.RealGID, st.GID = ids(value)
		case "CapPrm":
			st.Permitted, _ = strconv.ParseUint(value, 16, 64)
		case "NoNewPrivs":
			st.NoNewPrivs = value != "0"
		case "Seccomp":
			st.Seccomp = number()
		case "SigBlk":
			st.Blocked, _ = strconv.ParseUint(value, 16, 64)
		case "SigCgt":
			st.Caught, _ = strconv.ParseUint(value, 16, 64)
		case "SigIgn":
			st.Ignored, _ = strconv.ParseUint(value, 16, 64)
		case "SigPnd":
			st.Pending, _ = strconv.ParseUint(value, 16, 64)
		case "ShdPnd":
			st.SharedPending, _ = strconv.ParseUint(value, 16, 64)
		case "VmSize":
			st.NoMemory = false
		case "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches":
			st.Switches += number()
		}
	}
	return st, nil
}

// numbersOf reads numbers with blanks between; nil where there is one alone.
func numbersOf(value string) []int {
	f := strings.Fields(value)
	if len(f) < 2 {
		return nil
	}
	all := make([]int, len(f))
	for i := range f {
		all[i], _ = strconv.Atoi(f[i])
	}
	return all
}

// ids reads the first two of "REAL EFFECTIVE SAVED FILESYSTEM".
func ids(value string) (real, effective int) {
	if f := strings.Fields(value); len(f) > 1 {
		real, _ = strconv.Atoi(f[0])
		effective, _ = strconv.Atoi(f[1])
	}
	return real, effective
}

// kernel tells whether it is a thread of the kernel's: kthreadd, which is
// process 2, or one that that has made.
func (st *Status) kernel() bool {
	const kthreadd = 2
	return st.NoMemory && (st.TGID == kthreadd || st.PPID == kthreadd)
}

// Tasks returns the ids of a process's threads.
func Tasks(pid int) ([]int, error) {
	return numbers("/proc/" + strconv.Itoa(pid) + "/task")
}

// numbers lists the entries of a directory whose names are numbers.
func numbers(dir string) ([]int, error) {
	d, err := os.Open(dir)
	if err != nil {
		if gone(err) {
			err = sysdeps.ErrGone
		}
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil && !gone(err) {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	ids := make([]int, 0, len(names))
	for _, name := range names {
		if id, err := strconv.Atoi(name); err == nil {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// InExec tells whether a thread waits in an exec, which takes no signals, as it does until
// the other threads have ended.
func InExec(tid int, calls *sysdeps.Calls) bool {
	nr, _, ok := sleepsIn(tid)
	return ok && (nr == calls.Execve || nr == calls.Execveat)
}

// sleepsIn returns the system call that a thread sleeps in without taking signals, and its
// first argument. They are not known of one that runs by now.
func sleepsIn(tid int) (nr int64, arg uint64, ok bool) {
	st, err := ReadStatus(tid)
	if err != nil || st.State != 'D' {
		return 0, 0, false
	}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/syscall")
	if err != nil {
		return 0, 0, false
	}
	f := strings.Fields(string(text)) // NUMBER ARGUMENTS... SP PC
	if len(f) < 2 {
		return 0, 0, false
	}
	nr, err1 := strconv.ParseInt(f[0], 10, 64)
	arg, err2 := strconv.ParseUint(f[1], 0, 64)
	return nr, arg, err1 == nil && err2 == nil
}

// trapPending tells whether a SIGTRAP is what a thread reports next. One that it has
// blocked is not.
func trapPending(tid int) (bool, error) {
	st, err := ReadStatus(tid)
	return st.Pending&^st.Blocked&(1<<(unix.SIGTRAP-1)) != 0, err
}

// hasPager tells whether a process has a descriptor of userfaultfd(2).
func hasPager(pid int) bool {
	dir := "/proc/" + strconv.Itoa(LivingTask(pid)) + "/fd/"
	fds, _ := numbers(dir)
	return slices.ContainsFunc(fds, func(fd int) bool {
		what, err := os.Readlink(dir + strconv.Itoa(fd))
		return err == nil && what == "anon_inode:[userfaultfd]"
	})
}
