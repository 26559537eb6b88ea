package proc

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// awaitCall waits until a process sleeps in a system call.
func awaitCall(t *testing.T, pid int, nr int64) {
	t.Helper()
	testkit.Await(t, fmt.Sprintf("process %d in system call %d", pid, nr), func() bool {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", pid))
		return err == nil && strings.HasPrefix(string(text), fmt.Sprintf("%d ", nr))
	})
}

// TestSyscallsAttach attaches to a program that waits in a call, which is made anew
// for it, stops and continues it there, and lets it go where it waits again.
func TestSyscallsAttach(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			p := testkit.Start(t, "stdout", nil, "/bin/cat")
			awaitCall(t, p.PID, unix.SYS_READ)
			l := newLedger(t)
			var calls []string
			err := Run(func(tr *Tracer) error {
				tr.Syscalls, tr.noInfo = true, way.noInfo
				if _, err := tr.Attach(p.PID, sysdeps.AMD64); err != nil {
					return err
				}
				for th, stop := range tr.Stops() {
					l.note(th, stop)
					switch stop := stop.(type) {
					case SyscallEnter:
						calls = append(calls, fmt.Sprint("enter ", stop.Nr))
						switch len(calls) {
						case 1:
							p.Signal(t, unix.SIGSTOP)
						case 6:
							p.Type(t, "one\n")
						case 10: // reading again, at the entry
							return nil
						}
					case SyscallExit:
						calls = append(calls, fmt.Sprint("exit ", stop.Nr, " ", stop.Value))
					case Signal:
						calls = append(calls, fmt.Sprint("signal ", stop.Number))
					case GroupStop:
						calls = append(calls, fmt.Sprint("stopped ", stop.Signal))
						p.Signal(t, unix.SIGCONT)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			want := "enter 0, exit 0 -512, signal 19, stopped 19, signal 18, " +
				"enter 0, exit 0 4, enter 1, exit 1 4, enter 0"
			if got := strings.Join(calls, ", "); got != want {
				t.Errorf("reported: %s\nwant: %s", got, want)
			}
			p.Type(t, "two\n")
			p.HangUp()
			if ws := p.Wait(t); ws != 0 || strings.Join(p.Lines, " ") != "one two" {
				t.Errorf("the program ended with %s, having said %q", testkit.DescribeStatus(ws), p.Lines)
			}
		})
	}
}

// TestSyscallsAttachAsleep attaches to a program that sleeps for a time, which goes
// on by restart_syscall, and lets it go behind that.
func TestSyscallsAttachAsleep(t *testing.T) {
	p := testkit.Start(t, "stdout", nil, "/bin/sleep", "0.5")
	awaitCall(t, p.PID, unix.SYS_CLOCK_NANOSLEEP)
	l := newLedger(t)
	var first *Syscall
	err := Run(func(tr *Tracer) error {
		tr.Syscalls = true
		if _, err := tr.Attach(p.PID, sysdeps.AMD64); err != nil {
			return err
		}
		for th, stop := range tr.Stops() {
			l.note(th, stop)
			if exit, ok := stop.(SyscallExit); ok && first == nil {
				first = exit.Syscall
				return nil
			}
		}
		return nil
	})
	if err != nil || first == nil {
		t.Fatal(err, first)
	}
	if first.Nr != unix.SYS_RESTART_SYSCALL || first.Value != 0 || !first.Entered {
		t.Errorf("the first call is %+v", *first)
	}
	if ws := p.Wait(t); ws != 0 {
		t.Errorf("the program ended with %s", testkit.DescribeStatus(ws))
	}
}

// TestSyscallsDetach lets a program and its children go at each of its stops, with
// memory mapped into them that must be gone then.
func TestSyscallsDetach(t *testing.T) {
	path := testkit.Build(t, "testdata/syscalls_life.c", "-O1", "-pthread")
	seen := make(map[string]int)
	for at, more := 1, true; more; at++ {
		more = detachAt(t, path, seen, func(n int, _ string) bool { return n == at })
	}
	// Where a signal comes between the other stops is not the same in each run.
	for _, kind := range []string{"proc.SyscallEnter", "proc.SyscallExit", "proc.Execed", "proc.Spawned", "proc.Signal"} {
		if seen[kind] == 0 && !detachAt(t, path, seen, func(_ int, of string) bool { return of == kind }) {
			t.Errorf("never let go at a %s", kind)
		}
	}
}

// detachAt lets all go at the first stop, by its number and kind, that it is asked for,
// and counts it by its kind. It is false when there is no such stop.
func detachAt(t *testing.T, path string, seen map[string]int, here func(n int, kind string) bool) bool {
	t.Helper()
	n, at := 0, 0
	err := Run(func(tr *Tracer) error {
		tr.Follow = true
		tr.Complain = func(err error) { t.Error(err) }
		p, err := launchTraced(tr, path)
		if err != nil {
			return err
		}
		for th, stop := range tr.Stops() {
			if _, ok := stop.(SyscallExit); ok && n == 1 { // of the exec
				regs, err := th.Regs()
				if err != nil {
					return err
				}
				if err := tr.addPool(th, regs.PC()); err != nil {
					return err
				}
			}
			n++
			if kind := fmt.Sprintf("%T", stop); at == 0 && here(n, kind) {
				at = n
				seen[kind]++
				space := p.Space
				whole := p.Threads() == 1 && len(tr.threads) == 1
				if err := tr.DetachAll(); err != nil {
					t.Errorf("stop %d, %s: %v", at, kind, err)
				}
				_, calls := stop.(SyscallEnter)
				if !calls {
					_, calls = stop.(SyscallExit)
				}
				if calls && whole && len(space.injected) > 0 {
					t.Errorf("stop %d, %s: memory is left behind", at, kind)
				}
			}
			if end, ok := stop.(Exited); ok && th.Process == p && end.Process && (end.Status != 5 || end.Signal != 0) {
				t.Errorf("let go at stop %d, the program ended with status %d, signal %d", at, end.Status, end.Signal)
			}
		}
		return nil
	})
	if err != nil {
		t.Errorf("let go at stop %d: %v", at, err)
	}
	return at > 0
}

// TestSyscallsSeccomp follows a program that a filter of its own refuses calls.
func TestSyscallsSeccomp(t *testing.T) {
	path := testkit.Build(t, "testdata/syscalls_seccomp.c", "-O1")
	for _, way := range launchWays {
		t.Run(way.name, func(t *testing.T) {
			l := newLedger(t)
			var got []string
			err := Run(func(tr *Tracer) error {
				if _, err := way.launch(tr, path); err != nil {
					return err
				}
				for th, stop := range tr.Stops() {
					l.note(th, stop)
					switch stop := stop.(type) {
					case SyscallEnter:
						if stop.Nr == unix.SYS_GETGID {
							got = append(got, "enter getgid")
						}
					case SyscallExit:
						switch stop.Nr {
						case unix.SYS_GETPPID:
							got = append(got, fmt.Sprint("exit getppid ", stop.Value))
						case unix.SYS_GETUID:
							got = append(got, "exit getuid")
						case unix.SYS_GETGID:
							got = append(got, "exit getgid")
						}
					case Signal:
						got = append(got, fmt.Sprint("signal ", stop.Number))
					case Exited:
						got = append(got, fmt.Sprint("killed ", stop.Signal))
					}
				}
				return nil
			})
			want := "exit getppid -1, exit getuid, signal 31, enter getgid, exit getgid, killed 31"
			if text := strings.Join(got, ", "); err != nil || text != want {
				t.Errorf("%v, reported: %s\nwant: %s", err, text, want)
			}
		})
	}
}

// TestSyscallsAttachVfork attaches to a program that waits for its vfork's child: it
// comes out of a call that nobody has seen it enter.
func TestSyscallsAttachVfork(t *testing.T) {
	path := testkit.Build(t, "testdata/syscalls_vfork.c", "-O1")
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			p := testkit.Start(t, "stdout", nil, path)
			awaitCall(t, p.PID, sysdeps.AMD64.Calls.Vfork)
			l := newLedger(t)
			status := -1
			err := Run(func(tr *Tracer) error {
				tr.Syscalls, tr.noInfo, tr.Follow = true, way.noInfo, true
				ps, err := tr.Attach(p.PID, sysdeps.AMD64)
				if err != nil {
					return err
				}
				if len(ps) != 2 {
					t.Errorf("attached to %d processes", len(ps))
				}
				p.Type(t, "x")
				for th, stop := range tr.Stops() {
					l.note(th, stop)
					if end, ok := stop.(Exited); ok && th.TID == p.PID {
						status = end.Status
					}
				}
				return nil
			})
			if err != nil || status != 0 {
				t.Fatalf("%v, the program ended with %d", err, status)
			}
			if len(l.unentered) != 1 {
				t.Fatalf("exits without an entry: %+v", l.unentered)
			}
			if c := l.unentered[0]; c.Arch != sysdeps.AMD64 || c.Nr != sysdeps.AMD64.Calls.Vfork || c.Value <= 0 || c.Failed {
				t.Errorf("it left %+v", c)
			}
		})
	}
}
