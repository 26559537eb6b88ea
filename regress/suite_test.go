package regress

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
)

// madeUp are rows that do what no row should.
var madeUp = []*Row{
	{ID: "passes", Run: func(t *T) { t.Start(func(p Code) { p.Exit(3) }).ExpectExit(3) }},
	{ID: "fails", Run: func(t *T) { t.Start(func(p Code) { p.Exit(3) }).ExpectExit(4) }},
	{ID: "fails-as-known", Run: func(t *T) { t.Fail("a flaw") }, Known: []Known{{Saw: "flaw", Why: "it has one"}}},
	{ID: "fails-otherwise", Run: func(t *T) { t.Fail("a fault") }, Known: []Known{{Saw: "flaw", Why: "it has one"}}},
	{ID: "passes-unexpectedly", Run: func(t *T) {}, Known: []Known{{Why: "it has a flaw"}}},
	{ID: "fails-before-its-time", Since: Version{1000, 0, 0}, Run: func(t *T) { t.Fail("a flaw") }},
	{ID: "passes-before-its-time", Since: Version{1000, 0, 0}, Run: func(t *T) {}},
	{ID: "errs-before-its-time", Since: Version{1000, 0, 0}, Run: func(t *T) { t.Error("the disk is full") }},
	{ID: "fails-in-its-time", Since: Version{2, 6, 0}, Run: func(t *T) { t.Fail("a flaw") }},
	{ID: "skips", Run: func(t *T) { t.Skip("no such thing here") }},
	{ID: "lacks", Needs: []Need{"a thing"}, Run: func(t *T) { t.Fail("run all the same") }},
	{ID: "errs", Run: func(t *T) { t.Error("the disk is full") }},
	{ID: "panics", Run: func(t *T) { panic("oh") }},
	{ID: "panics-elsewhere", Run: func(t *T) { t.Elsewhere(func() { panic("oh") }) }},
	{ID: "waits", Run: func(t *T) { t.Start(func(p Code) { p.Forever() }).Wait() }},
	{ID: "awaits", Run: func(t *T) { t.Await("it is so", func() bool { return false }) }},
	{ID: "spins", Run: func(t *T) {
		for forever := time.Now().Add(time.Hour); time.Now().Before(forever); {
		}
	}},
	{ID: "blocks-every-thread", Run: func(t *T) {
		// Its own limit cannot be kept when it stands still.
		t.need(unix.Kill(os.Getpid(), unix.SIGSTOP), "kill")
		t.Await("never", func() bool { return false })
	}},
	{ID: "is-killed", Run: func(t *T) {
		t.Start(func(p Code) { p.Forever() }).AwaitState('S')
		t.need(unix.Kill(os.Getpid(), unix.SIGKILL), "kill")
		t.Await("never", func() bool { return false })
	}},
	{ID: "exits", Run: func(t *T) { os.Exit(5) }},
	{ID: "leaves", Run: leave},
	{ID: "leaves-and-is-killed", Run: func(t *T) {
		leave(t)
		t.need(unix.Kill(os.Getpid(), unix.SIGKILL), "kill")
		t.Await("never", func() bool { return false })
	}},
	{ID: "leaves-stopped", Run: func(t *T) {
		c := t.Start(func(p Code) { p.Forever() })
		c.Seize(unix.PTRACE_O_TRACEEXIT)
		c.Interrupt()
		c.Wait()
	}},
	{ID: "cannot-be-killed", Run: holdItself},
	{ID: "loops", Stress: true, Run: func(t *T) {
		for t.Again() {
		}
	}},
}

// leave leaves a daemon behind: a process in a session of its own, whose parent has ended.
func leave(t *T) {
	c := t.Start(func(p Code) {
		p.Fork(int(unix.SIGCHLD), "child")
		p.Exit(0)
		p.Label("child")
		p.Syscall("setsid")
		p.Fork(int(unix.SIGCHLD), "daemon")
		p.Exit(0)
		p.Label("daemon")
		for sig := unix.SIGHUP; sig <= unix.SIGTERM; sig++ {
			if sig != unix.SIGKILL {
				p.Ignore(sig)
			}
		}
		p.Forever()
	})
	c.ExpectExit(0)
	t.Await("the daemon is this process's child", func() bool {
		return slices.ContainsFunc(children(os.Getpid()), func(pid int) bool {
			sid, err := unix.Getsid(pid)
			return err == nil && sid != pid && t.Stranger("daemon", pid).State() == 'S'
		})
	})
}

// holdItself has a tracee hold this process when it is killed: it stops at its end
// (PTRACE_O_TRACEEXIT), and nobody lets it go on.
func holdItself(t *T) {
	c := t.Start(func(p Code) {
		p.Syscall("getppid")
		p.Syscall("ptrace", asm.Imm(unix.PTRACE_SEIZE), asm.AX, asm.Imm(0), asm.Imm(unix.PTRACE_O_TRACEEXIT))
		p.Forever()
	})
	t.Await("traced", func() bool { return field("/proc/self/status", "TracerPid") == strconv.Itoa(c.TID) })
	t.step("held by %d", c.TID)
	t.need(unix.Kill(os.Getpid(), unix.SIGKILL), "kill")
	t.Await("never", func() bool { return false })
}

func madeUpRow(t *testing.T, id string) *Row {
	t.Helper()
	i := slices.IndexFunc(madeUp, func(r *Row) bool { return r.ID == id })
	if i < 0 {
		t.Fatalf("no row %q", id)
	}
	return madeUp[i]
}

// run runs rows and returns their results by id.
func run(t *testing.T, s *Suite, rows []*Row) map[string]Result {
	t.Helper()
	m := &Machine{Version: Version{6, 0, 0}, Arch: "x86_64", Lacks: map[Need]string{"a thing": "none here"}}
	results := make(map[string]Result)
	if err := s.Run(t.Context(), m, rows, func(r Result) bool {
		results[r.ID] = r
		return true
	}); err != nil {
		t.Fatal(err)
	}
	return results
}

// TestVerdicts holds what is told of rows that go wrong in every way, and that nothing of
// them survives.
func TestVerdicts(t *testing.T) {
	needTracing(t)
	for _, jobs := range []int{1, 8} {
		s := &Suite{Jobs: jobs, Limit: 400 * time.Millisecond, Loop: time.Second, grace: 2 * time.Second}
		cases := []struct {
			id, reason string // a regular expression
			verdict    Verdict
		}{
			{"passes", `^$`, Pass},
			{"fails", `^step 2: wait4\(C\): expected exited with 4, saw exited with 3$`, Fail},
			{"fails-as-known", `a flaw \(known: it has one\)$`, XFail},
			{"fails-otherwise", `a fault$`, Fail},
			{"passes-unexpectedly", `^expected to fail: it has a flaw$`, XPass},
			{"fails-before-its-time", `a flaw \(since Linux 1000\.0\)$`, XFail},
			{"passes-before-its-time", `^$`, Pass},
			{"errs-before-its-time", `the disk is full`, Error},
			{"fails-in-its-time", `a flaw$`, Fail},
			{"skips", `^no such thing here$`, Skip},
			{"lacks", `^none here$`, Skip},
			{"errs", `the disk is full`, Error},
			{"panics", `the row's own fault: oh`, Error},
			{"panics-elsewhere", `the row's own fault: oh`, Error},
			{"waits", `^step 1: waited 400ms for C to report anything$`, Fail},
			{"awaits", `^step 0: waited 400ms for it is so$`, Fail},
			{"spins", `^step 0: no end within 400ms$`, Error},
			{"blocks-every-thread", `^did not end in time, and had to be killed$`, Error},
			{"is-killed", `^ended without a verdict: signal: killed`, Error},
			{"exits", `^ended without a verdict: exit status 5`, Error},
			{"leaves", `^$`, Pass},
			{"leaves-and-is-killed", `^ended without a verdict: signal: killed`, Error},
			{"leaves-stopped", `^$`, Pass},
			{"loops", `^$`, Pass},
		}
		var rows []*Row
		for _, c := range cases {
			rows = append(rows, madeUpRow(t, c.id))
		}
		results := run(t, s, rows)
		for _, c := range cases {
			r := results[c.id]
			if r.Verdict != c.verdict || !regexp.MustCompile(c.reason).MatchString(r.Reason) {
				t.Errorf("%d jobs: %s: %s %q, expected %s %s", jobs, c.id, r.Verdict, r.Reason, c.verdict, c.reason)
			}
		}
		checkAlone(t)
	}
}

// needTracing skips a test where nothing can be traced.
func needTracing(t *testing.T) {
	t.Helper()
	if why := look(t).Lacks[Tracing]; why != "" {
		t.Skip(why)
	}
}

func look(t *testing.T) *Machine {
	t.Helper()
	m, err := Look(t.Context(), &Suite{Jobs: 2})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// checkAlone holds that this process has no children, and gets those whose parents have
// ended (TestMain).
func checkAlone(t *testing.T) {
	t.Helper()
	for _, pid := range children(os.Getpid()) {
		t.Errorf("process %d is left: %s", pid, line(fmt.Sprintf("/proc/%d/stat", pid)))
	}
}

// TestStuck holds that a row whose process SIGKILL does not end is told, and not waited for.
func TestStuck(t *testing.T) {
	needTracing(t)
	s := &Suite{Limit: 300 * time.Millisecond, Loop: time.Millisecond, grace: 300 * time.Millisecond}
	rows := []*Row{madeUpRow(t, "cannot-be-killed"), madeUpRow(t, "passes")}
	results := run(t, s, rows)
	r := results["cannot-be-killed"]
	if r.Verdict != Error || !strings.Contains(r.Reason, "hangs in the kernel, and cannot be killed") {
		t.Errorf("%s %q", r.Verdict, r.Reason)
	}
	if next := results["passes"]; next.Verdict != Pass {
		t.Errorf("the next row: %s %q", next.Verdict, next.Reason)
	}
	checkAlone(t)
}

// TestCancel holds that a run ends with its context, and that what was not told is no result.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	rows := []*Row{madeUpRow(t, "skips"), madeUpRow(t, "awaits"), madeUpRow(t, "passes")}
	var told []string
	err := (&Suite{}).Run(ctx, &Machine{Arch: "x86_64"}, rows, func(r Result) bool {
		told = append(told, r.ID)
		time.AfterFunc(20*time.Millisecond, cancel)
		return true
	})
	if err != nil || !slices.Equal(told, []string{"skips"}) {
		t.Errorf("%v, told: %v", err, told)
	}
	checkAlone(t)
}

// TestEnough holds that a run ends when nobody wants more results.
func TestEnough(t *testing.T) {
	n := 0
	rows := slices.Repeat([]*Row{madeUpRow(t, "skips")}, 50)
	err := (&Suite{Jobs: 4}).Run(t.Context(), &Machine{Arch: "x86_64"}, rows, func(Result) bool {
		n++
		return false
	})
	if err != nil || n != 1 {
		t.Errorf("%v, %d results", err, n)
	}
	checkAlone(t)
}

// TestRows holds that what rows say of themselves is complete.
func TestRows(t *testing.T) {
	form := regexp.MustCompile(`^[ASEXNGTWYRMPZOQKC][0-9]{2}$|^(frysk[0-9]{4}|process|vfork-exec)/[\w.-]+$`)
	seen := make(map[string]bool)
	for _, r := range Rows() {
		switch {
		case !form.MatchString(r.ID):
			t.Errorf("%q is not the name of a row", r.ID)
		case seen[r.ID]:
			t.Errorf("%s is there twice", r.ID)
		case r.Title == "" || r.Checks == "" || r.Run == nil:
			t.Errorf("%s lacks a title, what it checks or its body", r.ID)
		case strings.ContainsAny(r.Title+r.Checks+r.Relies+r.Change, "\n\t#"):
			t.Errorf("%s: more than a line, or what TAP takes for a directive", r.ID)
		case r.Change != "" && r.Since == Version{}:
			t.Errorf("%s has changed, but not since when", r.ID)
		}
		seen[r.ID] = true
		for _, k := range r.Known {
			if k.Why == "" {
				t.Errorf("%s fails for no reason", r.ID)
			}
		}
		for _, need := range r.Needs {
			if facts[need] == nil && probes[need] == nil {
				t.Errorf("%s needs %q, which nothing looks for", r.ID, need)
			}
		}
	}
}

// TestKernel holds that this kernel passes, run as two people would run it.
func TestKernel(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole suite takes some seconds")
	}
	m := look(t)
	verdicts := make(map[int]map[string]Verdict)
	for _, jobs := range []int{1, 8} {
		verdicts[jobs] = make(map[string]Verdict)
		if err := (&Suite{Jobs: jobs, Loop: 100 * time.Millisecond}).Run(t.Context(), m, Rows(), func(r Result) bool {
			verdicts[jobs][r.ID] = r.Verdict
			if r.Verdict.Bad() {
				t.Errorf("%d jobs: %s", jobs, r.Text(true))
			}
			return true
		}); err != nil {
			t.Fatal(err)
		}
		checkAlone(t)
	}
	for id, v := range verdicts[1] {
		if verdicts[8][id] != v {
			t.Errorf("%s: %s alone, %s among others", id, v, verdicts[8][id])
		}
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "fsystest-*")); len(left) > 0 && os.Getenv("TMPDIR") != "" {
		t.Errorf("files are left: %v", left)
	}
}
