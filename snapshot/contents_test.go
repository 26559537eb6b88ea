package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sonde/corefile"
	"sonde/internal/testkit"
	"sonde/proc"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// startDumping starts a program of testdata that may leave a core file in its
// directory, and returns the directory; "" where core files go elsewhere (core(5),
// core_pattern).
func startDumping(t *testing.T, flags ...string) (p *testkit.Peer, dir string) {
	t.Helper()
	program := testkit.Build(t, "../corefile/testdata/threads.c", append(flags, "-pthread")...)
	dir = t.TempDir()
	// The kernel writes a thread's processor to its struct rseq whenever that changes.
	p = testkit.StartTarget(t, nil, "/usr/bin/env", "-C", dir, "GLIBC_TUNABLES=glibc.pthread.rseq=0", "prlimit", "--core=unlimited", program)
	testkit.AwaitPause(t, p.PID, 4)
	pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.ContainsAny(pattern, "|/%") {
		dir = ""
	}
	return p, dir
}

// dump writes a core file of a process.
func dump(t *testing.T, pid int, c *Choice) *corefile.File {
	t.Helper()
	mem, err := OpenMemory(pid)
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	path := filepath.Join(t.TempDir(), "core")
	var r corefile.Report
	still, err := Hold(pid, Options{}, func(h *Held) error {
		contents, err := h.Contents(c, mem)
		if err != nil {
			return err
		}
		r, err = corefile.Create(path, contents, mem, corefile.Options{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("stood still for %v: %+v", still, r)
	if r.Unreadable != 0 {
		t.Errorf("%d bytes cannot be read: %v", r.Unreadable, r.Missing)
	}
	f, err := corefile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if f.Damage != nil {
		t.Errorf("damage: %v", f.Damage)
	}
	return f
}

// TestContents compares the core file of a process that lives on with the one that the
// kernel writes when it is killed right behind it: field by field, and page by page.
func TestContents(t *testing.T) {
	for _, flag := range []string{"-m64", "-m32"} {
		for _, filter := range []string{"33", "7f", "10", "0"} {
			t.Run(flag+" "+filter, func(t *testing.T) {
				p, dir := startDumping(t, flag)
				if dir == "" {
					t.Skip("the kernel writes its core files elsewhere")
				}
				if err := os.WriteFile(fmt.Sprintf("/proc/%d/coredump_filter", p.PID), []byte("0x"+filter), 0); err != nil {
					t.Fatal(err)
				}
				got := dump(t, p.PID, &Choice{})
				if err := unix.Kill(p.PID, unix.SIGABRT); err != nil {
					t.Fatal(err)
				}
				p.Wait(t)
				cores, err := filepath.Glob(filepath.Join(dir, "core*"))
				if err != nil || len(cores) != 1 {
					t.Fatalf("%d core files: %v", len(cores), err)
				}
				want, err := corefile.Open(cores[0])
				if err != nil {
					t.Fatal(err)
				}
				defer want.Close()
				compare(t, got, want)
				compareNotes(t, got.Path, want.Path)
			})
		}
	}
}

// compare holds that a core file is as the kernel's, but for what the signal has done:
// the kernel's first thread is the one that took it.
func compare(t *testing.T, got, want *corefile.File) {
	t.Helper()
	// The kernel tells the parent's thread, which /proc does not.
	if got.Process.PPID != os.Getpid() || got.Threads[0].PPID != os.Getpid() {
		t.Errorf("parents %d and %d, want %d", got.Process.PPID, got.Threads[0].PPID, os.Getpid())
	}
	byTID := make(map[int]*corefile.Thread)
	for i := range want.Threads {
		byTID[want.Threads[i].TID] = &want.Threads[i]
	}
	if len(got.Threads) != len(want.Threads) {
		t.Errorf("%d threads, want %d", len(got.Threads), len(want.Threads))
	}
	opts := cmp.Options{
		cmp.AllowUnexported(sysdeps.Regs{}),
		cmp.Comparer(func(a, b *sysdeps.Arch) bool { return a == b }),
		cmpopts.IgnoreFields(corefile.Thread{}, "Signal", "Siginfo", "User", "System", "ChildrenUser", "ChildrenSystem", "PPID"),
		cmpopts.IgnoreFields(corefile.Process{}, "State", "Flags", "PPID"),
		cmpopts.IgnoreFields(corefile.Contents{}, "Threads"),
	}
	for i := range got.Threads {
		g := &got.Threads[i]
		w := byTID[g.TID]
		if w == nil {
			t.Errorf("thread %d is not in the kernel's", g.TID)
			continue
		}
		for _, th := range []*corefile.Thread{w, g} {
			// Of a component in its initial state the processor may tell that it is
			// in use or not (Intel SDM volume 1, 13.6).
			const xsaveFlags = 512
			clear(th.XState[xsaveFlags : xsaveFlags+1])
		}
		if d := cmp.Diff(w, g, opts); d != "" {
			t.Errorf("thread %d (-want +got):\n%s", g.TID, d)
		}
	}
	if d := cmp.Diff(want.Contents, got.Contents, opts); d != "" {
		t.Errorf("contents (-want +got):\n%s", d)
	}
	if unnamed := got.Process.Flags ^ want.Process.Flags; unnamed&^processFlags != 0 {
		t.Errorf("flags %#x, want %#x", got.Process.Flags, want.Process.Flags)
	}
	for _, s := range want.Segments {
		for a := s.Lo; a < s.Lo+sysdeps.Addr(s.Dumped); a += sysdeps.PageSize {
			var g, w [sysdeps.PageSize]byte
			_, gerr := got.ReadMemory(g[:], a)
			_, werr := want.ReadMemory(w[:], a)
			if gerr != nil || werr != nil || g != w && !vsyscall(a) {
				t.Errorf("page %v: %v, %v", a, gerr, werr)
				break
			}
		}
	}
}

// compareNotes holds that eu-readelf says the same of the notes of two core files, in
// whatever order their threads are, but for the signal, times and state.
func compareNotes(t *testing.T, got, want string) {
	t.Helper()
	g, w := notes(t, got), notes(t, want)
	const threads, ofProcess = 4, 5 // PRPSINFO, SIGINFO, AUXV, FILE, the layout of XSAVE
	if len(w) != threads+1 || len(w["of the process"]) != ofProcess {
		t.Errorf("eu-readelf tells of %d threads, and has %d notes of the process", len(w)-1, len(w["of the process"]))
	}
	if d := cmp.Diff(w, g); d != "" {
		t.Errorf("eu-readelf (-want +got):\n%s", d)
	}
}

// ofSignal is what a signal changes, or the time; the kernel tells another parent (see
// compare), and what is in use of a processor's state may be told in two ways.
var ofSignal = regexp.MustCompile(`info\.si_signo: .*|utime: .*|state: .*|si_signo: .*|sender PID: .*|ppid: \d+|xstate_bv: .*|xsave.xstate.bv: .*`)

// notes returns what eu-readelf says of a core file: of each thread, by its id, and at 0
// what comes with the first thread and is of the process.
func notes(t *testing.T, path string) map[string][]string {
	t.Helper()
	out, err := exec.Command("eu-readelf", "-n", path).Output()
	if err != nil {
		t.Fatalf("eu-readelf -n %s: %v", path, err)
	}
	all := make(map[string][]string)
	_, text, _ := strings.Cut(string(out), "\n  CORE ")
	for _, thread := range strings.Split("  CORE "+text, "PRSTATUS\n")[1:] {
		tid := regexp.MustCompile(`pid: \d+`).FindString(thread)
		for _, note := range regexp.MustCompile(`(?m)^  (?:CORE|LINUX) .*\n(?:    .*\n)*|(?:    .*\n)+`).FindAllString(thread, -1) {
			note = ofSignal.ReplaceAllString(note, "")
			owner := tid
			if regexp.MustCompile(`PRPSINFO|SIGINFO|AUXV|FILE|0x205|<unknown>`).MatchString(note) {
				owner = "of the process"
			}
			all[owner] = append(all[owner], note)
		}
	}
	return all
}

// processFlags are those of a process that dies: PF_SIGNALED, PF_DUMPCORE,
// PF_POSTCOREDUMP and the like (linux/sched.h).
const processFlags = 0x400 | 0x200 | 0x8

// vsyscall tells whether an address is in the page that the kernel dumps and nobody can
// read (vsyscall=xonly).
func vsyscall(a sysdeps.Addr) bool { return a == 0xffffffffff600000 }

// TestHoldHarmless holds that a process that is held goes on as it was: 50 times, a busy
// one and one that sleeps; and that one that was stopped stays so.
func TestHoldHarmless(t *testing.T) {
	p, _ := startDumping(t)
	for _, stopped := range []bool{false, true} {
		sig := unix.SIGCONT
		if stopped {
			sig = unix.SIGSTOP
		}
		p.Signal(t, sig)
		if stopped {
			p.AwaitStop(t)
		}
		for range 50 {
			_, err := Hold(p.PID, Options{MaxStop: time.Minute}, func(h *Held) error {
				if len(h.Threads) != 4 {
					return fmt.Errorf("%d threads", len(h.Threads))
				}
				for _, th := range h.Threads {
					if th.Err != nil {
						return fmt.Errorf("thread %d: %w", th.TID, th.Err)
					}
					if th.Err != nil || th.Regs.PC() == 0 {
						return fmt.Errorf("thread %d: %w, at %v", th.TID, th.Err, th.Regs.PC())
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		// What was stopped goes back to its stop by itself.
		testkit.Await(t, fmt.Sprintf("stopped: %v", stopped), func() bool {
			for _, state := range states(t, p.PID) {
				if stopped != (state == 'T') || state == 't' {
					return false
				}
			}
			return true
		})
	}
}

// states returns the states of all threads.
func states(t *testing.T, pid int) map[int]byte {
	t.Helper()
	tids, err := proc.Tasks(pid)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[int]byte)
	for _, tid := range tids {
		st, err := proc.ReadStatus(tid)
		if errors.Is(err, sysdeps.ErrGone) {
			continue // it has ended since
		} else if err != nil {
			t.Fatal(err)
		}
		all[tid] = st.State
	}
	return all
}

// TestHoldErrors holds processes that cannot be.
func TestHoldErrors(t *testing.T) {
	p, _ := startDumping(t)
	for _, c := range []struct {
		name string
		pid  int
		want string
	}{
		{"no process", 1 << 29, "no such process"},
		{"a kernel thread", 2, "kernel thread"},
	} {
		if _, err := Hold(c.pid, Options{}, func(*Held) error { return nil }); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := Hold(p.PID, Options{MaxStop: time.Minute}, func(*Held) error {
		_, err := Hold(p.PID, Options{}, func(*Held) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "traced by") {
			t.Errorf("one that is held: %v", err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// TestHoldRefused holds that threads which were stopped go on when the process cannot be
// held whole: another one of its threads has a tracer already.
func TestHoldRefused(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p, _ := startDumping(t)
	tids, err := proc.Tasks(p.PID)
	if err != nil {
		t.Fatal(err)
	}
	last := slices.Max(tids)
	if err := ptrace.Seize(last, 0); err != nil {
		t.Fatal(err)
	}
	defer func() { // before its parent waits: a thread with a tracer is that one's to reap
		if err := unix.Kill(p.PID, unix.SIGKILL); err != nil {
			t.Error(err)
		}
		if _, err := ptrace.WaitFor(last); err != nil {
			t.Error(err)
		}
	}()
	refused := make(chan error)
	go func() {
		_, err := Hold(p.PID, Options{}, func(*Held) error { return nil })
		refused <- err
	}()
	if err := <-refused; err == nil || !strings.Contains(err.Error(), "traced by") {
		t.Errorf("error %v", err)
	}
	testkit.AwaitPause(t, p.PID, 4)
	for tid, state := range states(t, p.PID) {
		if st, err := proc.ReadStatus(tid); err != nil || state != 'S' || tid != last && st.TracerPID != 0 {
			t.Errorf("thread %d is in state %c, traced by %d: %v", tid, state, st.TracerPID, err)
		}
	}
}
