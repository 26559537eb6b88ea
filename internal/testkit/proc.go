package testkit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// ThreadStatus is what the kernel says of a thread in /proc/PID/task/TID/status.
type ThreadStatus struct {
	TID       int
	State     byte // R, S, D, T (stopped), t (tracing stop), Z, X
	TracerPID int  // 0 when nobody traces it
}

// Threads returns the threads of a process that there are now. The error of a
// process that is gone is fs.ErrNotExist.
func Threads(pid int) ([]ThreadStatus, error) {
	dir := fmt.Sprintf("/proc/%d/task", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var threads []ThreadStatus
	for _, e := range entries {
		status, err := os.ReadFile(filepath.Join(dir, e.Name(), "status"))
		if err != nil {
			continue // it ended since
		}
		th, err := parseStatus(status)
		if err != nil {
			return nil, fmt.Errorf("thread %s of %d: %w", e.Name(), pid, err)
		}
		threads = append(threads, th)
	}
	return threads, nil
}

func parseStatus(status []byte) (ThreadStatus, error) {
	var th ThreadStatus
	var errs [2]error
	for line := range strings.Lines(string(status)) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key {
		case "State":
			th.State = value[0]
		case "Pid":
			th.TID, errs[0] = strconv.Atoi(value)
		case "TracerPid":
			th.TracerPID, errs[1] = strconv.Atoi(value)
		}
	}
	return th, errors.Join(errs[:]...)
}

// CheckReleased reports every sign that a tracer has left on a process: a thread
// that is stopped or still traced, code that differs from its file.
func CheckReleased(t testing.TB, pid int) {
	t.Helper()
	CheckRunning(t, pid)
	CheckText(t, pid)
}

// CheckRunning reports threads of a process that are stopped or traced.
func CheckRunning(t testing.TB, pid int) {
	t.Helper()
	threads, err := Threads(pid)
	if err != nil {
		t.Errorf("process %d: %v", pid, err)
	}
	for _, th := range threads {
		if th.TracerPID != 0 {
			t.Errorf("thread %d of %d is still traced, by %d", th.TID, pid, th.TracerPID)
		}
		if strings.IndexByte("TtZX", th.State) >= 0 {
			t.Errorf("thread %d of %d is in state %c", th.TID, pid, th.State)
		}
	}
}

// CheckText reports where the code of a process, in its main program and in every
// library, differs from the files that it was mapped from.
func CheckText(t testing.TB, pid int) {
	t.Helper()
	checked := 0
	for m, err := range mappings(pid) {
		if err != nil {
			t.Errorf("mappings of %d: %v", pid, err)
			return
		}
		if !m.fileCode() {
			continue
		}
		diff, err := textDifference(pid, m)
		switch {
		case err != nil:
			t.Errorf("code of %d at %#x, %s: %v", pid, m.start, m.path, err)
		case diff != "":
			t.Errorf("code of %d at %#x, %s: %s", pid, m.start, m.path, diff)
		}
		checked++
	}
	if checked == 0 {
		t.Errorf("process %d maps no code from a file", pid)
	}
}

// Patched reports whether the code of a process's own program differs from its file now.
// A process that is being attached to runs meanwhile, and its libraries' code may differ
// before that: the dynamic linker's does.
func Patched(pid int) bool {
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return false
	}
	for m, err := range mappings(pid) {
		if err != nil {
			return false
		}
		if !m.fileCode() || m.path != exe {
			continue
		}
		if diff, err := textDifference(pid, m); err == nil && diff != "" {
			return true
		}
	}
	return false
}

// textDifference describes the first bytes of a mapping that are not its
// file's; it is empty if there are none.
func textDifference(pid int, m mapping) (string, error) {
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return "", err
	}
	defer mem.Close()
	live := make([]byte, m.end-m.start)
	if _, err := mem.ReadAt(live, int64(m.start)); err != nil {
		return "", err
	}
	f, err := m.open(pid)
	if err != nil {
		return "", err
	}
	defer f.Close()
	file := make([]byte, len(live)) // past the file's end a page is filled with zeros
	if _, err := f.ReadAt(file, int64(m.offset)); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if bytes.Equal(live, file) {
		return "", nil
	}
	n, first := 0, -1
	for i := range live {
		if live[i] == file[i] {
			continue
		}
		if n++; first < 0 {
			first = i
		}
	}
	end := min(first+8, len(live))
	return fmt.Sprintf("%d bytes differ, first at file offset %#x: % x, in the file % x",
		n, m.offset+uint64(first), live[first:end], file[first:end]), nil
}

// mapping is a line of /proc/PID/maps.
type mapping struct {
	start, end, offset uint64
	perms, path        string
}

// open opens the file that is mapped, which need not be what its path leads to: it
// may have been replaced, or be in another root directory. Without
// CAP_CHECKPOINT_RESTORE (proc_pid_map_files(5)) the path must do.
func (m mapping) open(pid int) (*os.File, error) {
	if f, err := os.Open(fmt.Sprintf("/proc/%d/map_files/%x-%x", pid, m.start, m.end)); err == nil {
		return f, nil
	}
	return os.Open(m.path)
}

// fileCode says that the mapping is code of a file that nobody may write.
func (m mapping) fileCode() bool {
	return m.perms == "r-xp" && strings.HasPrefix(m.path, "/")
}

func mappings(pid int) iter.Seq2[mapping, error] {
	return func(yield func(mapping, error) bool) {
		maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
		if err != nil {
			yield(mapping{}, err)
			return
		}
		for line := range strings.Lines(string(maps)) {
			var m mapping
			var device string
			var inode uint64
			_, err := fmt.Sscanf(line, "%x-%x %s %x %s %d", &m.start, &m.end, &m.perms, &m.offset, &device, &inode)
			if i := strings.IndexByte(line, '/'); i >= 0 {
				m.path = strings.TrimSuffix(line[i:], "\n")
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

// Usage is what attaching to a process must not make it hold more of.
type Usage struct{ Descriptors, Mappings int }

// ReadUsage counts the descriptors and mappings of a process.
func ReadUsage(pid int) (Usage, error) {
	var u Usage
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return u, err
	}
	u.Descriptors = len(fds)
	for _, err := range mappings(pid) {
		if err != nil {
			return u, err
		}
		u.Mappings++
	}
	return u, nil
}

// KernelThread returns the pid of a thread of the kernel, if this system shows any.
func KernelThread() (pid int, ok bool) {
	// The flags of /proc/PID/stat hold PF_KTHREAD (include/linux/sched.h).
	const flagsField, pfKthread = 8, 0x00200000
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, false
	}
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue // it ended since
		}
		// The name, in parentheses, may hold anything; pid and name are fields 0 and 1.
		i := bytes.LastIndexByte(stat, ')')
		fields := strings.Fields(string(stat[i+1:]))
		if i < 0 || len(fields) <= flagsField-2 {
			continue
		}
		if flags, err := strconv.ParseUint(fields[flagsField-2], 10, 32); err == nil && flags&pfKthread != 0 {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			return pid, err == nil
		}
	}
	return 0, false
}
