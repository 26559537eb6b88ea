package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sonde/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var total = regexp.MustCompile(`(?m)^Total steps \[(\d+)\]: (\d+)$`)

// totals returns the steps of each thread, in the order of their ids.
func totals(stderr string) (steps []string) {
	for i, m := range total.FindAllStringSubmatch(stderr, -1) {
		steps = append(steps, fmt.Sprintf("%d %s", i, m[2]))
	}
	return steps
}

// TestCount compares with what PTRACE_SINGLESTEP alone counts. The program tells by its
// status that it has seen nothing of the steps.
func TestCount(t *testing.T) {
	count := testkit.Build(t, "testdata/count.c", "-O1")
	for _, machine := range []string{"-m64", "-m32"} {
		program := testkit.Build(t, "testdata/steps.c", machine, "-O1", "-static", "-nostdlib", "-fno-pie", "-no-pie",
			"-fno-stack-protector", "-fcf-protection=none", "-w")
		want := testkit.Run(t, count, program)
		if want.Status != 0 || strings.Count(want.Stdout, "\n") != 2 {
			t.Fatalf("%s: the count: %s", machine, want.Describe())
		}
		r := testkit.Run(t, testkit.Tool(t, "fstep"), "-s", "0", program)
		if got := strings.Join(totals(r.Stderr), "\n") + "\n"; r.Status != 0 || got != want.Stdout {
			t.Errorf("%s: steps:\n%swant:\n%s%s", machine, got, want.Stdout, r.Describe())
		}
	}
}

// TestSame runs a program that tells what it sees of signals, flags and children, with
// fstep and without.
func TestSame(t *testing.T) {
	program := testkit.Build(t, "testdata/trap.c", "-O1", "-pthread", "-w")
	want := testkit.Run(t, program)
	for _, flags := range [][]string{nil, {"--from-start"}, {"-f"}} {
		args := append([]string{testkit.Tool(t, "fstep"), "-s", "0"}, flags...)
		r := testkit.Run(t, append(args, program)...)
		if r.Status != want.Status || r.Stdout != want.Stdout {
			t.Errorf("%q: %s\nwithout fstep: %s", flags, r.Describe(), want.Describe())
		}
		// A thread for main, and four; with -f a child, a shell, and what that starts.
		if n := len(totals(r.Stderr)); n != 5 && len(flags) == 0 || n < 5 {
			t.Errorf("%q: totals of %d threads:\n%s", flags, n, r.Stderr)
		}
	}
}

// TestLines has every instruction shown, and holds the text against objdump's lengths.
func TestLines(t *testing.T) {
	program := testkit.Build(t, "testdata/steps.c", "-O1", "-static", "-nostdlib", "-fno-pie", "-no-pie",
		"-fno-stack-protector", "-fcf-protection=none", "-w")
	starts := make(map[uint64]bool)
	testkit.Disassemble(t, program, func(addr uint64, _ []byte, _ string) { starts[addr] = true })
	file := filepath.Join(t.TempDir(), "lines")
	r := testkit.Run(t, testkit.Tool(t, "fstep"), "-o", file, program)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^\[(\d+)\]\t0x([0-9a-f]+)\t([a-z][^\t]*)\t# (\w+)\+0x[0-9a-f]+$`)
	lines := make(map[string]int)
	for line := range strings.Lines(string(text)) {
		m := form.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			t.Fatalf("%q", line)
		}
		if addr, _ := strconv.ParseUint(m[2], 16, 64); !starts[addr] {
			t.Fatalf("%q: no instruction begins there", line)
		}
		lines[m[1]]++
	}
	for i, m := range total.FindAllStringSubmatch(r.Stderr, -1) {
		// What the thread has come to, and what has ended it; a new thread's first
		// instruction is shown when it has run one.
		want, _ := strconv.Atoi(m[2])
		if i == 0 {
			want++
		}
		if lines[m[1]] != want {
			t.Errorf("thread %d: %d lines, %s steps", i, lines[m[1]], m[2])
		}
	}
	for _, want := range []string{"\trep movsb ", "\tpushfq\t# flags+", "\tsyscall\t# run+", "\tint3\t# run+"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no line with %q", want)
		}
	}
}

// TestSamples shows every thousandth place.
func TestSamples(t *testing.T) {
	program := testkit.Build(t, "testdata/steps.c", "-O1", "-static", "-nostdlib", "-fno-pie", "-no-pie",
		"-fno-stack-protector", "-fcf-protection=none", "-w")
	r := testkit.Run(t, testkit.Tool(t, "fstep"), "-sample", "1000", "-instrs", "3", program)
	want := 3 // where it begins
	for _, m := range total.FindAllStringSubmatch(r.Stderr, -1) {
		n, _ := strconv.Atoi(m[2])
		want += n / 1000 * 3
	}
	if got := strings.Count(r.Stderr, "\t0x"); got != want {
		t.Errorf("%d lines, want %d:\n%s", got, want, r.Stderr)
	}
}

// TestAttach steps a process that waits and works, and lets it go as it was.
func TestAttach(t *testing.T) {
	program := testkit.Build(t, "testdata/spin.c", "-O1", "-pthread", "-w")
	target := testkit.StartTarget(t, nil, program)
	p := target.PID
	var stderr bytes.Buffer
	file := filepath.Join(t.TempDir(), "lines")
	cmd := exec.Command(testkit.Tool(t, "fstep"), "-s", "100", "-o", file, "-p", strconv.Itoa(p))
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	testkit.Await(t, "some lines", func() bool {
		fi, err := os.Stat(file)
		return err == nil && fi.Size() > 0
	})
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, &stderr)
	}
	testkit.CheckReleased(t, p)
	testkit.CheckRunning(t, p)
	if len(totals(stderr.String())) == 0 {
		t.Errorf("no totals: %s", &stderr)
	}
	target.HangUp()
	if ws := target.Wait(t); ws != 0 {
		t.Errorf("the process that was let go ended with %s", testkit.DescribeStatus(ws))
	}
}

// TestAttachThreads steps a process for a moment, many times over, and lets it go in the
// middle of its threads' steps: none of them meets the trap of one alone.
func TestAttachThreads(t *testing.T) {
	target := testkit.StartTarget(t, nil, testkit.Build(t, "testdata/spin.c", "-O1", "-pthread", "-w"), "4")
	for range 40 {
		tool := testkit.Start(t, "stderr", nil, testkit.Tool(t, "fstep"), "-s", "100", "-p", strconv.Itoa(target.PID))
		for range 20 {
			tool.Next(t)
		}
		tool.Signal(t, syscall.SIGINT)
		if ws := tool.Wait(t); ws != 0 {
			t.Fatalf("fstep ended with %s: %q", testkit.DescribeStatus(ws), tool.Lines)
		}
		testkit.CheckRunning(t, target.PID)
		if t.Failed() {
			return
		}
	}
	target.HangUp()
	if ws := target.Wait(t); ws != 0 {
		t.Errorf("the process that was let go ended with %s", testkit.DescribeStatus(ws))
	}
}

func TestBadUsage(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{nil, 2, "nothing to trace"},
		{[]string{"-s", "-1", "true"}, 2, "-s -1: not between 0 and"},
		{[]string{"-i", "0", "true"}, 2, "-i 0: not between 1 and"},
		{[]string{"/nonexistent/program"}, 127, "run /nonexistent/program: no such file"},
		{[]string{"/etc/passwd"}, 126, "you may not execute it"},
		{[]string{"-p", "2147483647"}, 1, "no such process"},
		{[]string{"-o", "/nonexistent/file", "true"}, 1, "-o: open /nonexistent/file"},
	} {
		r := testkit.Run(t, append([]string{testkit.Tool(t, "fstep")}, c.args...)...)
		if r.Status.ExitStatus() != c.status || !strings.Contains(r.Stderr, c.want) {
			t.Errorf("%q: want status %d and %q: %s", c.args, c.status, c.want, r.Describe())
		}
	}
}
