package proc

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
	"sonde/seccomp"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// callWay is a way in which a call is found out at a stop.
type callWay struct {
	name   string
	noInfo bool
	filter []seccomp.Calls // that the program is launched under, if any
}

var ways = []callWay{
	{name: "PTRACE_GET_SYSCALL_INFO"},
	{name: "registers", noInfo: true},
}

// launchWays are those and the ways in which a program can be launched alone: under
// filters that leave nothing out that the tests look at.
var launchWays = append(ways, callWay{name: "filter", filter: leavingOut}, callWay{name: "filter, registers", noInfo: true, filter: leavingOut})

// leavingMost leaves out most of what testdata/syscalls_count.c counts.
var leavingMost = []seccomp.Calls{
	{Arch: sysdeps.AMD64, Except: []int64{unix.SYS_LSEEK, 110, 0, 15}},
	{Arch: sysdeps.I386, Except: []int64{19, 64, 3, 119}},
}

// leavesOut tells whether a call stops nothing.
func (way *callWay) leavesOut(arch *sysdeps.Arch, nr int64) bool {
	for _, c := range way.filter {
		if c.Arch == arch {
			return c.Rest == slices.Contains(c.Except, nr) && !seccomp.Steers(arch, nr)
		}
	}
	return false
}

var leavingOut = []seccomp.Calls{
	{Arch: sysdeps.AMD64, Rest: true, Except: []int64{unix.SYS_MMAP, unix.SYS_MPROTECT, unix.SYS_BRK, unix.SYS_PREAD64, unix.SYS_FUTEX}},
	{Arch: sysdeps.I386, Rest: true, Except: []int64{6, 125, 45, 180, 240}}, // the same, but for close
}

// launch starts a program whose system calls are reported in a way.
func (way *callWay) launch(tr *Tracer, path string) (*Process, error) {
	tr.Syscalls, tr.noInfo = true, way.noInfo
	prog := &ptrace.Program{Path: path, Args: []string{path}, In: ptrace.Inherit()}
	if way.filter != nil {
		f, err := seccomp.New(way.filter)
		if err != nil {
			return nil, err
		}
		prog.Filter = f
	}
	return tr.Launch(prog)
}

// ledger keeps account of system calls, and holds that each exit belongs to an
// entry.
type ledger struct {
	t    *testing.T
	open map[int]Syscall         // by thread
	made map[int]map[Syscall]int // by thread; Arch and Nr alone
	left map[int]int64           // the call that each thread has left last
	// unentered are the exits without an entry.
	unentered []Syscall
	// goesOn are the calls that restart_syscall(2) goes on with, but for those
	// that a handler has come into: the kernel had made ready to go on with
	// the call when the signal came (arch_do_signal_or_restart).
	goesOn int
}

func newLedger(t *testing.T) *ledger {
	return &ledger{t: t, open: make(map[int]Syscall), made: make(map[int]map[Syscall]int), left: make(map[int]int64)}
}

// kinds returns the calls that have been made, Arch and Nr alone.
func (l *ledger) kinds() map[Syscall]bool {
	kinds := make(map[Syscall]bool)
	for _, made := range l.made {
		for c := range made {
			kinds[c] = true
		}
	}
	return kinds
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
		if nrs := numbersCounted[stop.Arch]; stop.Nr == stop.Arch.Calls.Restart && l.left[th.TID] != nrs[len(nrs)-1] {
			l.goesOn++
		}
		if l.made[th.TID] == nil {
			l.made[th.TID] = make(map[Syscall]int)
		}
		l.made[th.TID][Syscall{Arch: stop.Arch, Nr: stop.Nr}]++
	case SyscallExit:
		c, in := l.open[th.TID]
		delete(l.open, th.TID)
		l.left[th.TID] = stop.Nr
		if in != stop.Entered {
			l.t.Errorf("thread %d leaves call %d: entered %v, which was reported: %v", th.TID, stop.Nr, stop.Entered, in)
		}
		if in && (c.Nr != stop.Nr || c.Arch != stop.Arch || c.Args != stop.Args) {
			l.t.Errorf("thread %d leaves %+v, entered %+v", th.TID, *stop.Syscall, c)
		}
		if in && stop.Value == -eRestartNoIntr { // it has not begun, and is made again
			l.made[th.TID][Syscall{Arch: c.Arch, Nr: c.Nr}]--
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
func launchTraced(tr *Tracer, path string) (*Process, error) { return ways[0].launch(tr, path) }

// numbersCounted are those that testdata/syscalls_count.c counts, in its order; the
// last is the return from a handler.
var numbersCounted = map[*sysdeps.Arch][]int64{
	sysdeps.AMD64: {110, 95, 0, 35, 24, 999, 15},
	sysdeps.I386:  {64, 60, 3, 162, 158, 999, 119},
}

// TestSyscallsCounted compares the calls of eight threads, which signals break
// into, with what the program has counted itself.
func TestSyscallsCounted(t *testing.T) {
	for _, flags := range [][]string{{"-O1", "-pthread"}, {"-O1", "-pthread", "-m32"}} {
		path := testkit.Build(t, "testdata/syscalls_count.c", flags...)
		for _, way := range append(launchWays, callWay{name: "filter of few", filter: leavingMost}) {
			t.Run(fmt.Sprint(flags[1:], way.name), func(t *testing.T) {
				countCalls(t, path, &way, func(*Tracer, *Thread, Stop) error { return nil })
			})
		}
	}
}

// TestSyscallsDisturbed has the same program's threads interrupted again and again
// by the tracer: what breaks off a call then is not the program's business.
func TestSyscallsDisturbed(t *testing.T) {
	path := testkit.Build(t, "testdata/syscalls_count.c", "-O1", "-pthread")
	for _, way := range append(launchWays, callWay{name: "filter of few", filter: leavingMost}) {
		t.Run(way.name, func(t *testing.T) {
			n := 0
			countCalls(t, path, &way, func(tr *Tracer, th *Thread, _ Stop) error {
				if n++; n%16 != 0 {
					return nil
				}
				return tr.interruptOthers(th)
			})
			if n < 1000 {
				t.Errorf("%d stops", n)
			}
		})
	}
}

// interruptOthers is what stepInPlace does to the other threads.
func (tr *Tracer) interruptOthers(th *Thread) error {
	var others []*Thread
	th.Process.Space.threads(func(o *Thread) {
		if o != th && o.state == running && !tr.queued(o.TID) {
			others = append(others, o)
		}
	})
	err := tr.gather(others)
	for _, o := range others {
		if o.state == stopped && !tr.queued(o.TID) {
			tr.goOn(o)
		}
	}
	return err
}

// TestSyscallsInjected makes calls of our own at the entries and exits of the
// program's.
func TestSyscallsInjected(t *testing.T) {
	for _, flags := range [][]string{{"-O1", "-pthread"}, {"-O1", "-pthread", "-m32"}} {
		path := testkit.Build(t, "testdata/syscalls_count.c", flags...)
		for _, way := range launchWays {
			t.Run(fmt.Sprint(flags[1:], way.name), func(t *testing.T) {
				injectCalls(t, path, &way)
			})
		}
	}
}

func injectCalls(t *testing.T, path string, way *callWay) {
	t.Helper()
	entries, exits := 0, 0
	countCalls(t, path, way, func(tr *Tracer, th *Thread, stop Stop) error {
		switch stop.(type) {
		case SyscallEnter:
			entries++
		case SyscallExit:
			exits++
		default:
			return nil
		}
		if (entries+exits)%8 != 0 {
			return nil
		}
		_, err := tr.call(th, th.Process.Space.Arch.Calls.Munmap, 1, 1)
		if errors.Is(err, unix.EINVAL) {
			err = nil
		}
		return err
	})
	if entries < 1000 || exits < 1000 {
		t.Errorf("%d entries, %d exits", entries, exits)
	}
}

// TestSyscallsProbed has the program's system call instruction, and the function
// around it, run from slots.
func TestSyscallsProbed(t *testing.T) {
	path := testkit.Build(t, "testdata/syscalls_count.c", "-O1", "-pthread", "-static", "-no-pie")
	entry := abiAddresses(t, path)["syscall"]
	for _, way := range launchWays {
		t.Run(way.name, func(t *testing.T) {
			hits := 0
			countCalls(t, path, &way, func(_ *Tracer, th *Thread, stop Stop) error {
				space := th.Process.Space
				switch stop.(type) {
				case Execed:
					var code [64]byte
					if _, err := space.ReadMemory(code[:], entry); err != nil {
						return err
					}
					i := bytes.Index(code[:], space.Arch.SyscallInsn)
					if i < 0 {
						return errors.New("syscall makes no system call")
					}
					for _, at := range []sysdeps.Addr{entry, entry + sysdeps.Addr(i)} {
						if _, err := space.Table.Insert(space, at, nil); err != nil {
							return err
						}
					}
				case Hit:
					hits++
				}
				return nil
			})
			if hits < 1000 {
				t.Errorf("%d hits", hits)
			}
		})
	}
}

// countCalls runs testdata/syscalls_count.c, calls also at every stop, and compares
// what was reported with what the program has counted.
func countCalls(t *testing.T, path string, way *callWay, also func(*Tracer, *Thread, Stop) error) {
	t.Helper()
	l, told := newLedger(t), make(map[int]map[Syscall]int)
	err := Run(func(tr *Tracer) error {
		tr.Complain = func(err error) { t.Error(err) }
		if _, err := way.launch(tr, path); err != nil {
			return err
		}
		for th, stop := range tr.Stops() {
			l.note(th, stop)
			if tid, call, n := countTold(th, stop); n >= 0 {
				if told[tid] == nil {
					told[tid] = make(map[Syscall]int)
				}
				told[tid][call] = n
			}
			if end, ok := stop.(Exited); ok && (end.Status != 0 || end.Signal != 0) {
				t.Errorf("the program ended with status %d, signal %d", end.Status, end.Signal)
			}
			if err := also(tr, th, stop); ignoreGone(err) != nil {
				return err
			}
		}
		return nil
	})
	for c := range l.kinds() {
		if way.leavesOut(c.Arch, c.Nr) {
			t.Errorf("%s call %d is left out, and reported", c.Arch.Name, c.Nr)
		}
	}
	if err != nil || len(told) != 8 || len(l.open) != 0 {
		t.Fatalf("%v, %d threads, %v not left", err, len(told), l.open)
	}
	if l.goesOn != 0 {
		t.Errorf("%d calls go on that the program's signals have not broken off", l.goesOn)
	}
	handled := 0
	for tid, counts := range told {
		for call, n := range counts {
			if way.leavesOut(call.Arch, call.Nr) {
				n = 0
			}
			if got := l.made[tid][call]; got != n {
				t.Errorf("thread %d: %d of %s call %d, made %d", tid, got, call.Arch.Name, call.Nr, n)
			}
		}
		for arch, nrs := range numbersCounted {
			handled += counts[Syscall{Arch: arch, Nr: nrs[len(nrs)-1]}]
		}
	}
	if handled == 0 {
		t.Error("no signal has come")
	}
}

// countTold returns how many of a call a thread says that it has made, or -1.
func countTold(th *Thread, stop Stop) (tid int, call Syscall, n int) {
	enter, ok := stop.(SyscallEnter)
	lseek := map[*sysdeps.Arch]int64{sysdeps.AMD64: 8, sysdeps.I386: 19}
	const mark = 0x5000
	if !ok || enter.Nr != lseek[enter.Arch] || enter.Args[2] < mark {
		return 0, call, -1
	}
	nr := numbersCounted[enter.Arch][enter.Args[2]-mark]
	return th.TID, Syscall{Arch: enter.Arch, Nr: nr}, int(enter.Args[1])
}

// TestSyscallsLife follows a program that makes threads and processes in every way:
// what is made comes out of no call, and exec and its exit are told once, by the
// thread that lives on.
func TestSyscallsLife(t *testing.T) {
	path := testkit.Build(t, "testdata/syscalls_life.c", "-O1", "-pthread")
	for _, way := range launchWays {
		t.Run(way.name, func(t *testing.T) {
			l := newLedger(t)
			first := make(map[int]Stop) // of each thread
			var execs []string
			ends := make(map[int]int)
			err := Run(func(tr *Tracer) error {
				tr.Follow = true
				tr.Complain = func(err error) { t.Error(err) }
				p, err := way.launch(tr, path)
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
			unentered := 1
			if way.filter != nil { // the exit of the first exec is not seen
				want, unentered = append(want[:1], want[2:]...), 0
			}
			if fmt.Sprint(execs) != fmt.Sprint(want) {
				t.Errorf("execs %q, want %q", execs, want)
			}
			if len(l.unentered) != unentered {
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
	for _, way := range launchWays {
		t.Run(way.name, func(t *testing.T) {
			var got []Syscall
			err := Run(func(tr *Tracer) error {
				if _, err := way.launch(tr, path); err != nil {
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
			if got[0].PC == 0 || got[0].SP == 0 {
				t.Errorf("at %#x, the stack at %#x", got[0].PC, got[0].SP)
			}
			want.PC, want.SP = got[0].PC, got[0].SP
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
