package regress

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// exhausted tells whether an error means that there are no more files, processes or memory
// to be had: that is no fault of a row, nor of the kernel.
func exhausted(err error) bool {
	return slices.ContainsFunc([]error{unix.EMFILE, unix.ENFILE, unix.EAGAIN, unix.ENOMEM, unix.ENOSPC, unix.EFBIG}, func(e error) bool {
		return errors.Is(err, e)
	})
}

// shortage says what there is no more of, and by which limit, where that is known.
func shortage(err error) string {
	switch {
	case errors.Is(err, unix.EAGAIN):
		return "no more processes: " + processLimit()
	case errors.Is(err, unix.ENOMEM):
		return "no more memory: " + limit(unix.RLIMIT_AS, "RLIMIT_AS")
	case errors.Is(err, unix.EFBIG):
		return "files cannot be written: " + limit(unix.RLIMIT_FSIZE, "RLIMIT_FSIZE")
	}
	return "the machine has no room for it: " + err.Error()
}

// limit tells a limit of this process.
func limit(which int, name string) string {
	var l unix.Rlimit
	if err := unix.Getrlimit(which, &l); err != nil || l.Max == unix.RLIM_INFINITY {
		return "the machine's limit"
	}
	return fmt.Sprintf("%s %d", name, l.Max)
}

// processLimit tells the limit of processes that was met: of a control group, which counts
// how often it was (Documentation/admin-guide/cgroup-v2.rst, "PID"), or of the user.
func processLimit() string {
	for group := range strings.Lines(text("/proc/self/cgroup")) {
		_, group, _ = strings.Cut(group, ":") // behind the number of the hierarchy
		kinds, path, _ := strings.Cut(strings.TrimSpace(group), ":")
		mount := "/sys/fs/cgroup"
		if kinds != "" {
			mount = filepath.Join(mount, kinds)
		}
		for ; ; path = filepath.Dir(path) {
			file := filepath.Join(mount, path, "pids")
			if met := line(file + ".events"); met != "" && met != "max 0" {
				return "pids.max " + line(file+".max")
			}
			if path == "/" || path == "." {
				break
			}
		}
	}
	return limit(unix.RLIMIT_NPROC, "RLIMIT_NPROC")
}

// lastWords has what a process says go to a file without a name: a pipe would have to be
// read until all that the process has started has ended. Where no file can be had, it is
// nil, and nothing is heard.
func lastWords(cmd *exec.Cmd) *os.File {
	fd, err := unix.MemfdCreate("said", unix.MFD_CLOEXEC)
	if err != nil {
		return nil
	}
	f := os.NewFile(uintptr(fd), "said")
	cmd.Stdout, cmd.Stderr = f, f
	return f
}

// ending says how a process has ended too early. When the Go runtime cannot make a thread
// (newosproc, or _cgo_sys_thread_start with cgo), or has no memory, it ends the process, and
// says why.
func ending(err error, said *os.File) error {
	b := make([]byte, 4096)
	n, _ := said.ReadAt(b, 0) // what there is
	words := strings.Join(strings.Fields(string(b[:n])), " ")
	switch {
	case strings.Contains(words, "failed to create new OS thread"), strings.Contains(words, "pthread_create failed"):
		return fmt.Errorf("no more threads: %w", unix.EAGAIN)
	case strings.Contains(words, "out of memory"), strings.Contains(words, "cannot allocate memory"):
		return fmt.Errorf("no more memory: %w", unix.ENOMEM)
	case err == nil:
		err = errors.New("exit status 0")
	}
	return fmt.Errorf("%w; %s", err, words)
}
