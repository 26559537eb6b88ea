package proc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
	"sonde/seccomp"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// fewCalls are stopped at in a program that is let go: what it would miss most.
var fewCalls = callWay{filter: []seccomp.Calls{{
	Arch: sysdeps.AMD64,
	Except: []int64{
		unix.SYS_EXECVE, unix.SYS_WAIT4, unix.SYS_MMAP, unix.SYS_MUNMAP, unix.SYS_FUTEX,
		unix.SYS_EXIT_GROUP, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP,
	},
}}}

// TestFilterLetGo lets a program under a filter go at each of its stops, with memory
// mapped into it: nothing of it is reported any more but its end, which is the one that
// it has untraced.
func TestFilterLetGo(t *testing.T) {
	path := testkit.Build(t, "testdata/syscalls_life.c", "-O1", "-pthread")
	for at := 1; letGoAt(t, path, at); at++ {
	}
}

// letGoAt is false when there is no such stop.
func letGoAt(t *testing.T, path string, at int) bool {
	t.Helper()
	n, gone := 0, false
	err := Run(func(tr *Tracer) error {
		tr.Follow = true
		tr.Complain = func(err error) { t.Error(err) }
		p, err := fewCalls.launch(tr, path)
		if err != nil {
			return err
		}
		for th, stop := range tr.Stops() {
			end, ended := stop.(Exited)
			if gone && (!ended || th.Process != p) {
				t.Errorf("let go at stop %d, thread %d reports %T", at, th.TID, stop)
			}
			if ended && th.Process == p && end.Process && (end.Status != 5 || end.Signal != 0) {
				t.Errorf("let go at stop %d, the program ended with status %d, signal %d", at, end.Status, end.Signal)
			}
			if _, ok := stop.(SyscallExit); ok && len(p.Space.injected) == 0 && th.Process == p {
				regs, err := th.Regs()
				if err == nil {
					err = tr.addPool(th, regs.PC())
				}
				if err != nil {
					return err
				}
			}
			if n++; n == at {
				gone = true
				if err := tr.DetachAll(); err != nil {
					t.Errorf("stop %d, %T: %v", at, stop, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Errorf("let go at stop %d: %v", at, err)
	}
	return gone
}

// A tracer that crashes stays with a program under a filter until that ends, whose calls
// are made.
func TestFilterCrash(t *testing.T) {
	file := filepath.Join(t.TempDir(), "said")
	prog := &ptrace.Program{Path: "/bin/sh", Args: []string{"sh", "-c", "ls / >/dev/null; ls / >/dev/null; echo done >" + file}, In: ptrace.Inherit()}
	var err error
	if prog.Filter, err = seccomp.New(fewCalls.filter); err != nil {
		t.Fatal(err)
	}
	err = Run(func(tr *Tracer) (err error) {
		tr.Syscalls = true
		if _, err = tr.Launch(prog); err != nil {
			return err
		}
		for _, stop := range tr.Stops() {
			if enter, ok := stop.(SyscallEnter); ok && enter.Nr == unix.SYS_MMAP {
				var none *Thread
				none.Changed() // a bug
			}
		}
		return errors.New("no crash")
	})
	if err == nil || !strings.Contains(err.Error(), "internal error") {
		t.Fatalf("Run returned %v, want an internal error", err)
	}
	if text, err := os.ReadFile(file); string(text) != "done\n" {
		t.Errorf("the program has written %q, %v", text, err)
	}
}

// TestFilterRefused has a filter installed that the kernel does not take.
func TestFilterRefused(t *testing.T) {
	err := Run(func(tr *Tracer) error {
		tr.Syscalls = true
		_, err := tr.Launch(&ptrace.Program{
			Path: "/bin/true", Args: []string{"true"}, In: ptrace.Inherit(),
			Filter: []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_A, K: 1 << 31}, {}},
		})
		return err
	})
	var le *LaunchError
	if !errors.As(err, &le) || le.Step != ptrace.StepFilter || !errors.Is(err, unix.EINVAL) {
		t.Errorf("launch: %v", err)
	}
	if want := "install the seccomp filter for /bin/true: "; err != nil && !strings.HasPrefix(err.Error(), want) {
		t.Errorf("launch: %v, want %s...", fmt.Sprint(err), want)
	}
}
