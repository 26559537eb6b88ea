package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/internal/testkit"
	"sonde/regress"
	"sonde/sysdeps/ptrace"
)

func TestMain(m *testing.M) {
	runtime.LockOSThread() // what become makes is a thread's in part
	become()
	becomeShort()
	runtime.UnlockOSThread()
	regress.Serve(ptrace.Direct{}, regress.Among(madeUp))
	testkit.Main(m)
}

// madeUp are rows that trace nothing, and come to each verdict.
var madeUp = []*regress.Row{
	{ID: "good", Run: func(t *regress.T) { t.True(true, "the sun rises") }},
	{ID: "bad", Run: func(t *regress.T) { t.True(true, "the sun rises"); t.Fail("expected <1>, saw 2") }},
	{ID: "known", Run: func(t *regress.T) { t.Fail("a flaw") }, Known: []regress.Known{{Saw: "flaw", Why: "it is old"}}},
	{ID: "mended", Run: func(*regress.T) {}, Known: []regress.Known{{Why: "it is old"}}},
	{ID: "absent", Run: func(t *regress.T) { t.Skip("nothing there") }},
	{ID: "broken", Run: func(t *regress.T) { t.Error("the disk is full") }},
	{ID: "fickle", Run: func(t *regress.T) {
		// It passes once for each file that somebody has put there.
		if os.Remove(os.Getenv(fickleVar)) != nil {
			t.Fail("not this time")
		}
	}},
}

const fickleVar = "FSYSTEST_FICKLE"

func rowsOf(t *testing.T, ids ...string) (rows []*regress.Row) {
	t.Helper()
	for _, id := range ids {
		i := slices.IndexFunc(madeUp, func(r *regress.Row) bool { return r.ID == id })
		if i < 0 {
			t.Fatalf("no row %q", id)
		}
		rows = append(rows, madeUp[i])
	}
	return rows
}

// tryRows runs made-up rows with options of the command line.
func tryRows(t *testing.T, rows []*regress.Row, args ...string) (status int, out string) {
	t.Helper()
	o, err := parseOptions(args)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	status = test(&b, o, rows, nil)
	return status, b.String()
}

// TestForms holds what each form says of each verdict.
func TestForms(t *testing.T) {
	rows := rowsOf(t, "good", "bad", "known", "mended", "absent", "broken")
	for _, c := range []struct {
		name string
		args []string
		want string // behind the report of the machine
	}{
		{"text", nil, `PASS  good: 
FAIL  bad: step 1: expected <1>, saw 2
      1. the sun rises
XFAIL known: step 0: a flaw (known: it is old)
XPASS mended: expected to fail: it is old
SKIP  absent: nothing there
ERROR broken: step 0: the disk is full

1 PASS, 1 FAIL, 1 XPASS, 1 XFAIL, 1 SKIP, 1 ERROR
`},
		{"verbose", []string{"-v"}, `PASS  good: 
      1. the sun rises
FAIL  bad: step 1: expected <1>, saw 2
      1. the sun rises
XFAIL known: step 0: a flaw (known: it is old)
XPASS mended: expected to fail: it is old
SKIP  absent: nothing there
ERROR broken: step 0: the disk is full

1 PASS, 1 FAIL, 1 XPASS, 1 XFAIL, 1 SKIP, 1 ERROR
`},
		{"TAP", []string{"--tap"}, `ok 1 - good 
not ok 2 - bad 
# FAIL: step 1: expected <1>, saw 2
#   1. the sun rises
not ok 3 - known  # TODO step 0: a flaw (known: it is old)
ok 4 - mended  # TODO expected to fail: it is old
ok 5 - absent  # SKIP nothing there
not ok 6 - broken 
# ERROR: step 0: the disk is full
`},
	} {
		for _, jobs := range []string{"--jobs=1", "--jobs=6"} {
			t.Run(c.name+jobs, func(t *testing.T) {
				status, out := tryRows(t, rows, append(c.args, jobs)...)
				if status != regress.ExitBad || !strings.HasSuffix(out, "\n"+c.want) {
					t.Errorf("status %d:\n%s\nexpected at its end:\n%s", status, out, c.want)
				}
			})
		}
	}
}

// TestJSON holds the report against what the manual page says of it, and that it can be
// read back.
func TestJSON(t *testing.T) {
	status, out := tryRows(t, rowsOf(t, "good", "bad"), "--json")
	d := json.NewDecoder(strings.NewReader(out))
	d.DisallowUnknownFields()
	var report struct {
		Schema  int `json:"schema"`
		Machine map[string]any
		Results []struct {
			ID, Verdict, Reason string
			Steps               []string
			Took                int64 `json:"took_ns"`
		}
	}
	if err := d.Decode(&report); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		t.Errorf("something follows the object: %v", err)
	}
	if status != regress.ExitBad || report.Schema != regress.Schema || len(report.Results) != 2 {
		t.Fatalf("status %d: %s", status, out)
	}
	if bad := report.Results[1]; bad.ID != "bad" || bad.Verdict != "FAIL" || bad.Reason != "step 1: expected <1>, saw 2" ||
		!slices.Equal(bad.Steps, []string{"1. the sun rises"}) || bad.Took <= 0 {
		t.Errorf("%+v", bad)
	}
	page, err := os.ReadFile("../../man/fsystest.1")
	if err != nil {
		t.Fatal(err)
	}
	for member := range report.Machine {
		if !strings.Contains(string(page), ".Cm "+member+"\n") && !strings.Contains(string(page), ".Cm "+member+" ") {
			t.Errorf("the manual page does not tell of %s", member)
		}
	}
	if r, err := regress.ReadReport(strings.NewReader(out)); err != nil || len(r.Results) != 2 {
		t.Errorf("read back: %v", err)
	}
}

// TestJUnit holds that the XML is well formed, and counts what it has.
func TestJUnit(t *testing.T) {
	_, out := tryRows(t, rowsOf(t, "good", "bad", "known", "mended", "absent", "broken"), "--junit")
	var suite struct {
		XMLName  xml.Name `xml:"testsuite"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Skipped  int      `xml:"skipped,attr"`
		Cases    []struct {
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
			} `xml:"failure"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal([]byte(out), &suite); err != nil {
		t.Fatal(err)
	}
	if suite.Tests != 6 || suite.Failures != 2 || suite.Errors != 1 || suite.Skipped != 2 || len(suite.Cases) != 6 {
		t.Errorf("%+v", suite)
	}
	if f := suite.Cases[1].Failure; f == nil || f.Message != "FAIL: step 1: expected <1>, saw 2" {
		t.Errorf("%+v", suite.Cases[1])
	}
}

// TestTAPHarness has perl's harness read the results.
func TestTAPHarness(t *testing.T) {
	testkit.Need(t, "prove")
	for _, c := range []struct {
		ids  []string
		want string
	}{
		{[]string{"good", "known", "absent"}, "Result: PASS"},
		{[]string{"good", "bad"}, "Failed test:  2"},
		{[]string{"good", "broken"}, "Failed test:  2"},
		{[]string{"mended"}, "TODO passed:   1"},
	} {
		_, tap := tryRows(t, rowsOf(t, c.ids...), "--tap")
		file := filepath.Join(t.TempDir(), "results.tap")
		if err := os.WriteFile(file, []byte(tap), 0o600); err != nil {
			t.Fatal(err)
		}
		r := testkit.Run(t, "prove", "--source", "File", "--ext", ".tap", file)
		if !strings.Contains(r.Stdout, c.want) || strings.Contains(r.Stdout, "Parse errors") {
			t.Errorf("%v: expected %q:\n%s\n%s", c.ids, c.want, r.Describe(), tap)
		}
	}
}

// TestStatus holds the exit status of runs.
func TestStatus(t *testing.T) {
	for _, c := range []struct {
		ids  string
		want int
	}{
		{"good", regress.ExitGood},
		{"good known absent", regress.ExitGood},
		{"known", regress.ExitGood},
		{"good bad", regress.ExitBad},
		{"good mended", regress.ExitBad},
		{"absent broken", regress.ExitBad},
		{"absent", regress.ExitNothing},
		{"", regress.ExitNothing},
	} {
		if status, out := tryRows(t, rowsOf(t, strings.Fields(c.ids)...)); status != c.want {
			t.Errorf("%q: status %d, expected %d:\n%s", c.ids, status, c.want, out)
		}
	}
}

// TestRepeat holds that rounds end with the first that is bad, but for --keep-going, and
// that what was not steady is named.
func TestRepeat(t *testing.T) {
	for _, c := range []struct {
		args   string
		rounds int
	}{{"--repeat=3", 2}, {"--repeat=3 --keep-going", 3}} {
		file := filepath.Join(t.TempDir(), "once")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv(fickleVar, file)
		status, out := tryRows(t, rowsOf(t, "fickle"), strings.Fields(c.args)...)
		if n := strings.Count(out, "\nRound "); status != regress.ExitBad || n != c.rounds ||
			!strings.Contains(out, "fickle is not steady") {
			t.Errorf("%s: status %d, %d rounds:\n%s", c.args, status, n, out)
		}
	}
}

// TestStress holds that rows are run for as long as is wanted, and that failures are
// counted.
func TestStress(t *testing.T) {
	status, out := tryRows(t, rowsOf(t, "good", "bad"), "--stress=1", "--jobs=2")
	if status != regress.ExitBad || !strings.Contains(out, "\ngood: 0 of ") || strings.Contains(out, "\nbad: 0 of ") ||
		strings.Count(out, "PASS  good:") < 2 {
		t.Errorf("status %d:\n%s", status, out)
	}
}

// TestUsage holds what is refused before anything is run.
func TestUsage(t *testing.T) {
	dir := t.TempDir()
	garbage, other := filepath.Join(dir, "garbage"), filepath.Join(dir, "other")
	for file, content := range map[string]string{garbage: "nonsense", other: `{"schema":99}`} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"--nonsense"},
		{"nosuchrow"},
		{"--run=[", "A01"},
		{"--group=J"},
		{"--since=new"},
		{"--repeat=0"},
		{"--jobs=0"},
		{"--jobs=many"},
		{"--time=0"},
		{"--time=NaN"},
		{"--tap", "--json"},
		{"--json", "--compare=" + other},
		{"--compare=/nonexistent"},
		{"--compare=" + garbage},
		{"--compare=" + other},
		{"--compare=" + other, garbage, garbage},
	} {
		r := testkit.Run(t, append([]string{testkit.Tool(t, "fsystest")}, args...)...)
		if r.Status.ExitStatus() != cli.ExitUsage || r.Stdout != "" || !strings.HasPrefix(r.Stderr, "fsystest: ") {
			t.Errorf("%q: %s", args, r.Describe())
		}
	}
}

// TestList holds that rows are chosen by name, group and version, and nothing is run.
func TestList(t *testing.T) {
	for _, c := range []struct {
		args  string
		has   string
		lacks string
	}{
		{"a01", "A01 ", "A02 "},
		{"--group=s", "S01 ", "A01 "},
		{"--run=A0? S01", "A01 S01 ", "A16 "},
		{"--since=3.3", "A01 ", "S01 "}, // PTRACE_SEIZE came with 3.4
		{"--since=6.1", "A01 S01 ", ""},
	} {
		r := testkit.Run(t, append([]string{testkit.Tool(t, "fsystest"), "--list"}, strings.Fields(c.args)...)...)
		for id := range strings.FieldsSeq(c.has) {
			if !strings.Contains("\n"+r.Stdout, "\n"+id+" ") {
				t.Errorf("%s: no %s: %s", c.args, id, r.Describe())
			}
		}
		for id := range strings.FieldsSeq(c.lacks) {
			if strings.Contains("\n"+r.Stdout, "\n"+id+" ") {
				t.Errorf("%s: %s is there: %s", c.args, id, r.Describe())
			}
		}
	}
}

// TestCompare holds what is told of two reports, and that regressions come first.
func TestCompare(t *testing.T) {
	write := func(results string) string {
		file := filepath.Join(t.TempDir(), "report.json")
		text := `{"schema":1,"machine":{"release":"6.1.0"},"results":[` + results + `]}`
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	const pass, fail, skip = `{"id":"A01","verdict":"PASS"}`, `{"id":"A01","verdict":"FAIL","reason":"so"}`, `{"id":"A02","verdict":"SKIP"}`
	for _, c := range []struct {
		before, after, want string
		status              int
	}{
		{pass, pass, "nothing has changed\n", 0},
		{pass, skip + "," + fail, "REGRESSION A01: FAIL, was PASS: so\nchanged    A02: SKIP, was absent\n", 1},
		{fail, pass, "changed    A01: PASS, was FAIL\n", 0},
		{skip, pass, "changed    A01: PASS, was absent\nchanged    A02: absent, was SKIP\n", 0},
		{pass + "," + fail, fail, "nothing has changed\n", 0},
	} {
		r := testkit.Run(t, testkit.Tool(t, "fsystest"), "--compare="+write(c.before), write(c.after))
		if r.Stdout != "Since 6.1.0:\n"+c.want || r.Status.ExitStatus() != c.status {
			t.Errorf("%s to %s: %s", c.before, c.after, r.Describe())
		}
	}
}

// TestOutput holds that results which cannot be written end the run, and are told.
func TestOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	from, closed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from.Close()
	defer closed.Close()
	for _, c := range []struct {
		out  *os.File
		args string
	}{{full, "A01"}, {full, "--json A01"}, {full, "--list"}, {closed, "A01"}, {closed, "--list"}} {
		cmd := exec.Command(testkit.Tool(t, "fsystest"), strings.Fields(c.args)...)
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = c.out, &stderr
		err := cmd.Run()
		status, _ := cmd.ProcessState.Sys().(interface {
			ExitStatus() int
			Signaled() bool
		})
		if err == nil || !status.Signaled() && (status.ExitStatus() != regress.ExitBad || stderr.Len() == 0) {
			t.Errorf("%s to %s: %v, %s", c.args, c.out.Name(), err, stderr.String())
		}
	}
}

// TestSignals holds that a signal ends the run with the report so far.
func TestSignals(t *testing.T) {
	for sig, want := range map[unix.Signal]int{unix.SIGINT: 130, unix.SIGTERM: 143} {
		for _, form := range []string{"--jobs=1", "--json"} {
			// For good, as far as this is concerned: until the signal comes.
			cmd := exec.Command(testkit.Tool(t, "fsystest"), form, "--repeat=100000", "-k", "A01")
			out := &watched{want: "PASS", seen: make(chan struct{})}
			cmd.Stdout = out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if form != "--json" {
				<-out.seen
			}
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // the status tells
			text := out.text.String()
			if form == "--json" {
				// It may come before the signal is looked at.
				if status := cmd.ProcessState; status.ExitCode() == want && !json.Valid([]byte(text)) {
					t.Errorf("%v: %v:\n%s", sig, status, text)
				}
				continue
			}
			if cmd.ProcessState.ExitCode() != want || !strings.Contains(text, " PASS\n") {
				t.Errorf("%v: %v:\n%s", sig, cmd.ProcessState, text)
			}
		}
	}
}

// watched tells when something has been written.
type watched struct {
	text bytes.Buffer // not embedded: its ReadFrom would be used instead of Write
	want string
	seen chan struct{}
}

func (w *watched) Write(b []byte) (int, error) {
	had := bytes.Contains(w.text.Bytes(), []byte(w.want))
	n, err := w.text.Write(b)
	if !had && bytes.Contains(w.text.Bytes(), []byte(w.want)) {
		close(w.seen)
	}
	return n, err
}
