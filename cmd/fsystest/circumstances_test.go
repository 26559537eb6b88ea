package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Circumstances, which a process makes for itself on the thread that it becomes the program
// on.

func nothingMore() error { return nil }

func both(first, second func() error) func() error {
	return func() error {
		if err := first(); err != nil {
			return err
		}
		return second()
	}
}

// refuse has some system calls fail, as the filters of containers do.
func refuse(with unix.Errno, calls ...uint32) func() error {
	return func() error {
		program := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}} // the number
		for i, nr := range calls {
			program = append(program, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: nr, Jt: uint8(len(calls) - i)})
		}
		program = append(
			program,
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(with)},
		)
		return filtered(program)
	}
}

// filter is what the program is to run under from its exec on.
var filter []unix.SockFilter

func filtered(program []unix.SockFilter) error {
	filter = program
	return nil
}

// mountOver hides a directory under another file system, in a mount namespace of its own.
func mountOver(dir, kind, options string) func() error {
	return func() error {
		if err := privateMounts(); err != nil {
			return err
		}
		return mount(kind, dir, kind, 0, options)
	}
}

// privateMounts keeps mounts from spreading to other namespaces, and refuses them where this
// process has none of its own.
func privateMounts() error {
	own, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		return err
	}
	if parents := os.Getenv(mountsVar); own == parents || parents == "" {
		return errors.New("no mount namespace of its own")
	}
	return mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
}

// mountsVar names the mount namespace of the tests.
const mountsVar = "FSYSTEST_MOUNTS"

func mount(source, dir, kind string, flags uintptr, options string) error {
	if err := unix.Mount(source, dir, kind, flags, options); err != nil {
		return fmt.Errorf("mount %s on %s: %w", kind, dir, err)
	}
	return nil
}

// readOnlyTmp leaves no place for files but the current directory.
func readOnlyTmp() error {
	if err := privateMounts(); err != nil {
		return err
	}
	if err := bindTool(); err != nil {
		return err
	}
	for _, dir := range []string{os.TempDir(), "/dev/shm", "/var/tmp"} {
		if err := mount("tmpfs", dir, "tmpfs", unix.MS_RDONLY, ""); err != nil && dir == os.TempDir() {
			return err // the others may not be there
		}
	}
	return nil
}

// bindTool puts the program, which lies in the directory for temporary files, to where it
// stays to be seen.
func bindTool() error {
	if err := mount(filepath.Dir(os.Args[1]), place, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	os.Args[1] = filepath.Join(place, filepath.Base(os.Args[1]))
	return nil
}

// noExecMemory is vm.memfd_noexec=2, which is of a PID namespace.
func noExecMemory() error {
	if err := mountOver("/proc", "proc", "")(); err != nil {
		return err
	}
	return os.WriteFile("/proc/sys/vm/memfd_noexec", []byte("2"), 0)
}

func limited(which int, most uint64) func() error {
	return func() error { return unix.Setrlimit(which, &unix.Rlimit{Cur: most, Max: most}) }
}

// dropCapabilities leaves a root that has none, as in a container.
func dropCapabilities() error {
	for c := uintptr(0); ; c++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
			break // there are no more
		}
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	return unix.Capset(&header, &none[0])
}

// place is where circumstances put what is gone with their mount namespace.
const place = "/mnt"

// copyTool copies the program to a place of its own.
func copyTool(mode os.FileMode) error {
	content, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	if err := mountOver(place, "tmpfs", "mode=755")(); err != nil {
		return err
	}
	os.Args[1] = filepath.Join(place, "fsystest")
	if err := os.WriteFile(os.Args[1], content, 0o700); err != nil {
		return err
	}
	return os.Chmod(os.Args[1], mode)
}

// emptyRoot leaves the program's own file in the file system, and nothing else.
func emptyRoot() error {
	if err := copyTool(0o755); err != nil {
		return err
	}
	os.Args[1] = "/fsystest"
	if err := unix.Chroot(place); err != nil {
		return err
	}
	return unix.Chdir("/")
}

// procInRoot puts /proc there, for processes that have a PID namespace of their own.
func procInRoot() error {
	if err := unix.Mkdir("/proc", 0o755); err != nil {
		return err
	}
	return mount("proc", "/proc", "proc", 0, "")
}

// unreadable makes the program one that may be run, not read, so that its processes may
// not be dumped (execve(2), prctl(2), PR_SET_DUMPABLE).
func unreadable() error { return copyTool(0o711) }

// noSignals ignores and blocks all that can be.
func noSignals() error {
	const last = 64
	var all unix.Sigset_t
	for i := range all.Val {
		all.Val[i] = ^all.Val[i]
	}
	for sig := unix.Signal(1); sig <= last; sig++ {
		signal.Ignore(sig)
	}
	return unix.PthreadSigmask(unix.SIG_SETMASK, &all, nil)
}

func oneProcessor() error {
	var set, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return err
	}
	for cpu := 0; one.Count() == 0; cpu++ {
		if set.IsSet(cpu) {
			one.Set(cpu)
		}
	}
	return unix.SchedSetaffinity(0, &one)
}

// closedPipe makes standard input one that nothing can be read from, nor was.
func closedPipe() error {
	var fds [2]int
	if err := unix.Pipe(fds[:]); err != nil {
		return err
	}
	unix.Close(fds[0])
	return unix.Dup2(fds[1], unix.Stdin)
}

func personality(flags uintptr) func() error {
	return func() error {
		if _, _, e := unix.Syscall(unix.SYS_PERSONALITY, flags, 0, 0); e != 0 {
			return fmt.Errorf("personality: %w", e)
		}
		return nil
	}
}

// nowhere has a current directory that is no more, and an empty environment.
func nowhere() error {
	dir, err := os.MkdirTemp("", "fsystest-nowhere-")
	if err != nil {
		return err
	}
	if err := unix.Chdir(dir); err != nil {
		return err
	}
	os.Clearenv()
	return unix.Rmdir(dir)
}

// asNobody gives up all that root has.
func asNobody() error {
	const nobody = 65534
	if err := unix.Setgroups(nil); err != nil {
		return err
	}
	if err := unix.Setresgid(nobody, nobody, nobody); err != nil {
		return err
	}
	return unix.Setresuid(nobody, nobody, nobody)
}
