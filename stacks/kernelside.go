package stacks

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"sonde/proc"
	"sonde/sysdeps"
)

// asleep is what /proc/TID/syscall tells of a thread that does not run
// (proc_pid_syscall(5)).
type asleep struct {
	running bool
	in      bool // a system call: nr and args count
	nr      int64
	args    [6]uint64
	sp, pc  sysdeps.Addr
}

// parseSyscall reads "running", "-1 SP PC" or "NR ARG... SP PC". ok is false for anything
// else.
func parseSyscall(text string) (a asleep, ok bool) {
	f := strings.Fields(text)
	if len(f) == 1 && f[0] == "running" {
		return asleep{running: true}, true
	}
	const short, long = 3, 9
	if len(f) != short && len(f) != long {
		return a, false
	}
	var err error
	if a.nr, err = strconv.ParseInt(f[0], 10, 64); err != nil {
		return a, false
	}
	var v [long - 1]uint64
	for i, word := range f[1:] {
		if v[i], err = strconv.ParseUint(word, 0, 64); err != nil {
			return a, false
		}
	}
	if len(f) == long {
		a.in = a.nr >= 0
		copy(a.args[:], v[:])
	}
	a.sp, a.pc = sysdeps.Addr(v[len(f)-3]), sysdeps.Addr(v[len(f)-2])
	return a, true
}

// moment is a thread as it is. Two that are equal, and the same thread, have nothing
// between them: the thread has not run.
type moment struct {
	call     asleep
	switches int
}

// momentOf reads it.
func momentOf(tid int) (moment, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/syscall")
	if err != nil {
		return moment{}, err
	}
	call, ok := parseSyscall(string(text))
	if !ok {
		return moment{}, fmt.Errorf("read syscall of %d: odd text %q", tid, text)
	}
	st, err := proc.ReadStatus(tid)
	return moment{call, st.Switches}, err
}

// addKernelSide adds what tells why a thread does not stop, or what a thread of the
// kernel's does: where it is in the kernel, as far as that is shown.
func (t *Thread) addKernelSide() {
	dir := "/proc/" + strconv.Itoa(t.TID)
	if text, err := os.ReadFile(dir + "/wchan"); err == nil && string(text) != "0" {
		t.Wchan = string(text)
	}
	text, err := os.ReadFile(dir + "/stack")
	if err != nil {
		return // it is shown to root alone
	}
	for line := range bytes.Lines(text) {
		// Addresses are not shown: [<0>] FUNCTION+OFFSET/SIZE
		if _, where, ok := strings.Cut(strings.TrimSpace(string(line)), "] "); ok {
			t.Kernel = append(t.Kernel, where)
		}
	}
}

// addNamespaces adds the numbers that processes and threads have for themselves, where
// they are in a PID namespace of their own.
func (p *Process) addNamespaces() {
	st, err := proc.ReadStatus(p.PID)
	if err != nil || st.NSPIDs == nil {
		return
	}
	p.NSPIDs = st.NSPIDs
	for i := range p.Threads {
		t := &p.Threads[i]
		if st, err := proc.ReadStatus(t.TID); err == nil && st.NSPIDs != nil {
			t.NSTID = st.NSPIDs[len(st.NSPIDs)-1]
		}
	}
}
