package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"sonde/internal/testkit"
)

// outputCalls is the program that makes so many calls and ends with status 7.
func outputCalls(t *testing.T, calls, how string) []string {
	t.Helper()
	return []string{build(t, "output_calls.c", "-O1"), calls, how}
}

// TestOutput writes traces of three calls wherever they can go. Each case runs in
// a directory of its own.
func TestOutput(t *testing.T) {
	t.Parallel()
	program := outputCalls(t, "3", "at-once")
	for _, c := range []struct {
		options, output string
		before          string // what the file has before
		file, want      string // a file, and what it has then; calls are one word each
	}{
		{"", "trace", "old\n", "trace", "call call call exit"},
		{"", "+trace", "old\n", "trace", "old call call call exit"},
		{"", "+trace", "", "trace", "call call call exit"},
		{"", "./+trace", "old\n", "+trace", "call call call exit"},
		{"-c", "trace", "old\n", "trace", "table"},
		{"-c", "+trace", "old\n", "trace", "old table"},
		{"", "|cat >trace", "", "trace", "call call call exit"},
		{"", "| cat >>trace", "old\n", "trace", "old call call call exit"},
		{"-c", "|cat >trace", "", "trace", "table"},
		{"-ff", "trace", "old\n", "trace", "old"},
		{"-ff", "trace", "", "trace.*", "call call call exit"},
		{"-ff", "+trace", "", "trace.*", "call call call exit"},
		{"--output-separately", "trace", "", "trace.*", "call call call exit"},
	} {
		name := c.options + " -o " + c.output
		dir := t.TempDir()
		if c.before != "" {
			if err := os.WriteFile(filepath.Join(dir, strings.TrimPrefix(c.file, "./")), []byte(c.before), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		args := append([]string{testkit.Sonde(t), "-e", "atoi@MAIN", "-o", c.output}, strings.Fields(c.options)...)
		got := testkit.Command{Args: append(args, program...), Dir: dir}.Run(t)
		if got.Stdout != "output\n" || got.Stderr != "" || got.Status.ExitStatus() != 7 {
			t.Errorf("%s: ended with %s", name, got.Describe())
		}
		files, err := filepath.Glob(filepath.Join(dir, c.file))
		if err != nil || len(files) != 1 {
			t.Errorf("%s: files %q, %v", name, files, err)
			continue
		}
		text, err := os.ReadFile(files[0])
		if err != nil {
			t.Error(err)
		}
		if got := outline(string(text)); got != c.want {
			t.Errorf("%s: %q, want %q, of\n%s", name, got, c.want, text)
		}
	}
}

// outline has a word for each line of a trace, but for the call that reads the
// command line, and one for a table.
func outline(text string) string {
	var words []string
	for line := range strings.Lines(text) {
		switch {
		case strings.Contains(line, `atoi("7")`):
			words = append(words, "call")
		case strings.HasPrefix(line, "% time"):
			words = append(words, "table")
			return strings.Join(words, " ")
		case strings.Contains(line, "+++ exited (status 7) +++"):
			words = append(words, "exit")
		case !strings.Contains(line, "atoi("):
			words = append(words, strings.TrimSuffix(line, "\n"))
		}
	}
	return strings.Join(words, " ")
}

// TestOutputCommand looks at the command that reads the trace: whose child it is,
// what it has, how its end is told.
func TestOutputCommand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		command string // writes to the file "said"
		said    string // a regular expression
		stderr  string // likewise
	}{
		{"cat >said", `(?s)atoi\("7"\).*exited`, ``},
		{"echo $SONDE_TEST >said; cat >/dev/null", `^of the environment\n$`, ``},
		{"grep TracerPid /proc/self/status >said; cat >/dev/null", `^TracerPid:\t0\n$`, ``},
		{"cat >/dev/null; exit 3", ``, `^sonde: -o "\|cat >/dev/null; exit 3": the command ended with exit status 3\n$`},
		{"cat >/dev/null; kill -9 $$", ``, `^sonde: -o "\|.*": the command ended with signal: killed\n$`},
		{"no-such-command-at-all 2>/dev/null", ``, `(?s)^(sonde: write the trace to .*: broken pipe\n)?sonde: .*the command ended with exit status 127\n$`},
	} {
		dir := t.TempDir()
		args := []string{testkit.Sonde(t), "-o", "|" + c.command}
		got := testkit.Command{
			Args: append(args, outputCalls(t, "3", "at-once")...),
			Dir:  dir, Env: []string{"SONDE_TEST=of the environment"},
		}.Run(t)
		if got.Stdout != "output\n" || got.Status.ExitStatus() != 7 || !regexp.MustCompile(c.stderr).MatchString(got.Stderr) ||
			c.stderr == "" && got.Stderr != "" {
			t.Errorf("%s: ended with %s, want %q", c.command, got.Describe(), c.stderr)
		}
		said, err := os.ReadFile(filepath.Join(dir, "said"))
		if err != nil && c.said != "" || !regexp.MustCompile(c.said).Match(said) {
			t.Errorf("%s: %v, it said %q, want %q", c.command, err, said, c.said)
		}
	}
}

// TestOutputCommandSeesEnd kills sonde, which nobody can see coming: who reads the trace
// is at its end all the same.
func TestOutputCommandSeesEnd(t *testing.T) {
	t.Parallel()
	said := filepath.Join(t.TempDir(), "said")
	tool := testkit.Start(t, "stdout", nil, testkit.Sonde(t), "-o", fmt.Sprintf("|cat >/dev/null; echo end >'%s'", said), build(t, "fault_busy.c", "-O1"))
	readyPID(t, tool)
	tool.Signal(t, syscall.SIGKILL)
	testkit.Await(t, "the command has read to the end", func() bool {
		text, err := os.ReadFile(said)
		return err == nil && string(text) == "end\n"
	})
	tool.Wait(t)
}

// TestOutputSeparate follows threads and processes into files of their own: calls of one
// at a time, whole, and together what one file has.
func TestOutputSeparate(t *testing.T) {
	t.Parallel()
	program := build(t, "truth_threads.c", "-O1")
	dir := t.TempDir()
	r := testkit.Run(t, testkit.Sonde(t), "-ff", "-e", "atoi", "-o", filepath.Join(dir, "trace"), program, "8", "200")
	checkExit(t, r, 0)
	counts := testkit.ParseCounts(t, r.Stdout)
	if len(counts) < 8 || r.Stderr != "" {
		t.Fatalf("%d threads; %s", len(counts), r.Describe())
	}
	for tid, calls := range counts {
		text, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("trace.%d", tid)))
		if err != nil {
			t.Error(err)
			continue
		}
		text = []byte(wholeLines(string(text)))
		whole := regexp.MustCompile(`(?m)^truth_threads->atoi\(.*\) += \d+$`).FindAll(text, -1)
		if len(whole) < calls["atoi"] {
			t.Errorf("thread %d made %d calls, its file has %d", tid, calls["atoi"], len(whole))
		}
		if n := strings.Count(string(text), "\n+++ exited (status 0) +++\n"); n != 1 || strings.Contains(string(text), "unfinished") {
			t.Errorf("thread %d: %d ends in\n%s", tid, n, text)
		}
	}
}

// TestOutputSeparateJSON holds that each thread's file is a trace in itself: it begins with
// a header, has objects of that thread alone, and ends with its end.
func TestOutputSeparateJSON(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := testkit.Run(t, testkit.Sonde(t), "--json", "-ff", "-e", "atoi", "-o", filepath.Join(dir, "trace"), build(t, "truth_threads.c", "-O1"), "3", "20")
	checkExit(t, r, 0)
	for tid, calls := range testkit.ParseCounts(t, r.Stdout) {
		text, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("trace.%d", tid)))
		if err != nil {
			t.Error(err)
		}
		var types []string
		n := 0
		for line := range strings.Lines(string(text)) {
			var object struct {
				Type string
				TID  int
				Name string
			}
			if err := json.Unmarshal([]byte(line), &object); err != nil {
				t.Errorf("thread %d: %q: %v", tid, line, err)
			}
			if object.Type != "header" && object.TID != tid {
				t.Errorf("thread %d: it has %s", tid, line)
			}
			if object.Type == "call" && object.Name == "atoi" {
				n++
			}
			types = append(types, object.Type)
		}
		if n < calls["atoi"] || len(types) < 2 || types[0] != "header" || types[len(types)-1] != "exit" {
			t.Errorf("thread %d made %d calls, its file has %d of them, and\n%s", tid, calls["atoi"], n, types)
		}
	}
}

// TestOutputSeparateDescriptors has more threads than sonde may have descriptors.
func TestOutputSeparateDescriptors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	line := `ulimit -n 40; exec "$@"`
	r := testkit.Run(t, "/bin/sh", "-c", line, "sh", testkit.Sonde(t), "-ff", "-e", "atoi", "-o", filepath.Join(dir, "trace"),
		build(t, "truth_threads.c", "-O1"), "60", "50")
	checkExit(t, r, 0)
	for tid, calls := range testkit.ParseCounts(t, r.Stdout) {
		file := filepath.Join(dir, fmt.Sprintf("trace.%d", tid))
		text, err := os.ReadFile(file)
		if n := strings.Count(string(text), "atoi("); err != nil || n < calls["atoi"] {
			t.Errorf("thread %d made %d calls, its file has %d: %v", tid, calls["atoi"], n, err)
		}
	}
	if r.Stderr != "" {
		t.Errorf("sonde says %q", r.Stderr)
	}
}
