package proc

import (
	"errors"
	"fmt"
	"maps"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// ways are both in which a call is found out at a stop.
var ways = []struct {
	name   string
	noInfo bool
}{{"PTRACE_GET_SYSCALL_INFO", false}, {"registers", true}}

// ledger keeps account of system calls, and holds that each exit belongs to an
// entry.
type ledger struct {
	t    *testing.T
	open map[int]Syscall         // by thread
	made map[int]map[Syscall]int // by thread; Arch and Nr alone
	// unentered are the exits without an entry.
	unentered []Syscall
}

func newLedger(t *testing.T) *ledger {
	return &ledger{t: t, open: make(map[int]Syscall), made: make(map[int]map[Syscall]int)}
}

func (l *ledger) note(th *Thread, stop Stop) {
	l.t.Helper()
	switch stop := stop.(type) {
	case SyscallEnter:
		if c, in := l.open[th.TID]; in {
			l.t.Errorf("thread %d enters %s call %d inside %d", th.TID, stop.Arch.Name, stop.Nr, c.Nr)
		}
		if !stop.Entered {
			l.t.Errorf("thread %d has not entered call %d", th.TID, stop.Nr)
		}
		l.open[th.TID] = *stop.Syscall
		if l.made[th.TID] == nil {
			l.made[th.TID] = make(map[Syscall]int)
		}
		l.made[th.TID][Syscall{Arch: stop.Arch, Nr: stop.Nr}]++
	case SyscallExit:
		c, in := l.open[th.TID]
		delete(l.open, th.TID)
		if in != stop.Entered {
			l.t.Errorf("thread %d leaves call %d: entered %v, which was reported: %v", th.TID, stop.Nr, stop.Entered, in)
		}
		if in && (c.Nr != stop.Nr || c.Arch != stop.Arch || c.Args != stop.Args) {
			l.t.Errorf("thread %d leaves %+v, entered %+v", th.TID, *stop.Syscall, c)
		}
		if !in {
			l.unentered = append(l.unentered, *stop.Syscall)
		}
	case Execed:
		if c, in := l.open[stop.FormerTID]; in {
			l.open = map[int]Syscall{th.TID: c}
		}
	case Exited:
		delete(l.open, th.TID)
	}
}

// launchTraced starts a program whose system calls are reported.
func launchTraced(tr *Tracer, path string, args ...string) (*Process, error) {
	tr.Syscalls = true
	return tr.Launch(&ptrace.Program{Path: path, Args: append([]string{path}, args...), In: ptrace.Inherit()})
}

// TestSyscallsCounted compares the calls of eight threads, which signals break
// into, with what the program has counted itself.
func TestSyscallsCounted(t *testing.T) {
	numbers := map[*sysdeps.Arch][]int64{ // in the program's order; the last is the return from a handler
		sysdeps.AMD64: {110, 95, 0, 35, 24, 999, 15},
		sysdeps.I386:  {64, 60, 3, 162, 158, 999, 119},
	}
	lseek := map[*sysdeps.Arch]int64{sysdeps.AMD64: 8, sysdeps.I386: 19}
	for _, flags := range [][]string{{"-O1", "-pthread"}, {"-O1", "-pthread", "-m32"}} {
		path := testkit.Build(t, "testdata/syscalls_count.c", flags...)
		for _, way := range ways {
			t.Run(fmt.Sprint(flags[1:], way.name), func(t *testing.T) {
				l, told := newLedger(t), make(map[int]map[Syscall]int)
				err := Run(func(tr *Tracer) error {
					tr.noInfo = way.noInfo
					if _, err := launchTraced(tr, path); err != nil {
						return err
					}
					for th, stop := range tr.Stops() {
						l.note(th, stop)
						switch stop := stop.(type) {
						case SyscallEnter:
							const mark = 0x5000
							kind := int(stop.Args[2]) - mark
							if stop.Nr != lseek[stop.Arch] || kind < 0 {
								continue
							}
							if told[th.TID] == nil {
								told[th.TID] = make(map[Syscall]int)
							}
							told[th.TID][Syscall{Arch: stop.Arch, Nr: numbers[stop.Arch][kind]}] = int(stop.Args[1])
						case Exited:
							if stop.Status != 0 || stop.Signal != 0 {
								t.Errorf("the program ended with status %d, signal %d", stop.Status, stop.Signal)
							}
						}
					}
					return nil
				})
				if err != nil || len(told) != 8 || len(l.open) != 0 {
					t.Fatalf("%v, %d threads, %v not left", err, len(told), l.open)
				}
				handled := 0
				for tid, counts := range told {
					for call, n := range counts {
						if got := l.made[tid][call]; got != n {
							t.Errorf("thread %d: %d of %s call %d, made %d", tid, got, call.Arch.Name, call.Nr, n)
						}
					}
					for arch, nrs := range numbers {
						handled += counts[Syscall{Arch: arch, Nr: nrs[len(nrs)-1]}]
					}
				}
				if handled == 0 {
					t.Error("no signal has come")
				}
			})
		}
	}
}

// TestSyscallsLife follows a program that makes threads and processes in every way:
// what is made comes out of no call, and exec and its exit are told once, by the
// thread that lives on.
func TestSyscallsLife(t *testing.T) {
	path := testkit.Build(t, "testdata/syscalls_life.c", "-O1", "-pthread")
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			l := newLedger(t)
			first := make(map[int]Stop) // of each thread
			var execs []string
			ends := make(map[int]int)
			err := Run(func(tr *Tracer) error {
				tr.noInfo, tr.Follow = way.noInfo, true
				p, err := launchTraced(tr, path)
				if err != nil {
					return err
				}
				for th, stop := range tr.Stops() {
					l.note(th, stop)
					if first[th.TID] == nil {
						first[th.TID] = stop
					}
					switch stop := stop.(type) {
					case Execed:
						execs = append(execs, fmt.Sprintf("exec leader=%v", stop.FormerTID == th.TID))
					case SyscallExit:
						if stop.Nr == unix.SYS_EXECVE {
							execs = append(execs, fmt.Sprintf("exit leader=%v entered=%v value=%d", th.TID == p.PID, stop.Entered, stop.Value))
						}
					case Exited:
						if stop.Process {
							ends[stop.Status+stop.Signal<<8]++
						}
					}
				}
				return nil
			})
			if err != nil || len(l.open) != 0 {
				t.Fatalf("%v, %v not left", err, l.open)
			}
			want := []string{
				"exec leader=true", "exit leader=true entered=false value=0",
				"exit leader=false entered=true value=-2",
				"exec leader=false", "exit leader=true entered=true value=0",
			}
			if fmt.Sprint(execs) != fmt.Sprint(want) {
				t.Errorf("execs %q, want %q", execs, want)
			}
			if len(l.unentered) != 1 {
				t.Errorf("exits without an entry: %+v", l.unentered)
			}
			for tid, stop := range first {
				if exit, ok := stop.(SyscallExit); ok {
					t.Errorf("thread %d comes out of call %d first", tid, exit.Nr)
				}
			}
			wantEnds := map[int]int{1: 1, 2: 1, 3: 1, 7: 1, 5: 1, int(unix.SIGKILL) << 8: 1}
			if !maps.Equal(ends, wantEnds) {
				t.Errorf("ends %v, want %v", ends, wantEnds)
			}
		})
	}
}

// TestSyscallsInt80 has 64-bit code make a 32-bit call.
func TestSyscallsInt80(t *testing.T) {
	path := testkit.Build(t, "testdata/syscalls_int80.c", "-O1")
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			var got []Syscall
			err := Run(func(tr *Tracer) error {
				tr.noInfo = way.noInfo
				if _, err := launchTraced(tr, path); err != nil {
					return err
				}
				for _, stop := range tr.Stops() {
					if exit, ok := stop.(SyscallExit); ok && (exit.Arch == sysdeps.I386 || exit.Nr == unix.SYS_LSEEK) {
						got = append(got, *exit.Syscall)
						got[len(got)-1].Args[5] = 0 // of no matter
					}
					if end, ok := stop.(Exited); ok && end.Status != 0 {
						t.Errorf("the program ended with %d", end.Status)
					}
				}
				return nil
			})
			if err != nil || len(got) != 2 {
				t.Fatalf("%v, %+v", err, got)
			}
			want := Syscall{
				Arch: sysdeps.I386, Nr: 181, Args: [6]uint64{0xffffffff, 0x12345678, 0xfffffff0, 3, 4},
				Value: -int64(unix.EBADF), Failed: true, Entered: true,
			}
			if got[0] != want {
				t.Errorf("%+v, want %+v", got[0], want)
			}
			if c := got[1]; c.Arch != sysdeps.AMD64 || c.Args[1] != 5 || c.Args[2] != 6 || c.Value != -int64(unix.EBADF) {
				t.Errorf("then %+v", c)
			}
		})
	}
}

// TestLaunching reads the arguments of the exec that a program begins with.
func TestLaunching(t *testing.T) {
	var path string
	var value int64 = -1
	err := Run(func(tr *Tracer) error {
		tr.Launching = func(th *Thread, enter SyscallEnter) {
			var name [9]byte
			if _, err := th.Process.Space.ReadMemory(name[:], sysdeps.Addr(enter.Args[0])); err != nil {
				t.Error(err)
			}
			path += string(name[:])
		}
		if _, err := launchTraced(tr, "/bin/none"); !errors.Is(err, unix.ENOENT) {
			t.Errorf("launch: %v, want ENOENT", err)
		}
		if _, err := launchTraced(tr, "/bin/true"); err != nil {
			return err
		}
		execed := false
		for _, stop := range tr.Stops() {
			switch stop := stop.(type) {
			case Execed:
				execed = true
			case SyscallExit:
				if value < 0 && (!execed || stop.Nr != unix.SYS_EXECVE || !stop.Entered) {
					t.Errorf("the first exit is %+v, after exec: %v", *stop.Syscall, execed)
				}
				value = max(value, stop.Value)
			}
		}
		return nil
	})
	if want := "/bin/none/bin/true"; err != nil || path != want || value < 0 {
		t.Errorf("%v, launched %q, want %q", err, path, want)
	}
}
