package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sonde/internal/testkit"
	"sonde/stacks"
)

// pythonThreads is how many threads testdata/threads.py has.
const pythonThreads = 5

// TestPython compares Python functions and lines with those that the interpreter tells of
// itself, of the process, of its core file, and at another's.
func TestPython(t *testing.T) {
	for _, py := range testkit.Pythons(t) {
		t.Run(fmt.Sprintf("3.%d", py.Minor), func(t *testing.T) {
			dir := t.TempDir()
			dump := filepath.Join(dir, "dump")
			p := testkit.StartTarget(t, nil, py.Path, "testdata/threads.py", dump)
			testkit.AwaitPause(t, p.PID, pythonThreads)
			live := process(t, strconv.Itoa(p.PID))
			run0(t, "fcore", "-o", filepath.Join(dir, "core"), strconv.Itoa(p.PID))
			core := process(t, filepath.Join(dir, fmt.Sprintf("core.%d", p.PID)))
			if err := syscall.Kill(p.PID, syscall.SIGUSR1); err != nil {
				t.Fatal(err)
			}
			want := faultHandler(t, dump)
			if got := pythonStacks(live); got != want {
				t.Errorf("the process:\n%s\nwant\n%s", got, want)
			}
			if got := pythonStacks(core); got != want {
				t.Errorf("the core file:\n%s\nwant\n%s", got, want)
			}
			for _, th := range live.Threads {
				checkActivations(t, &th)
			}
		})
	}
}

// faultHandler returns what the interpreter writes of itself, a line for each thread, the
// oldest thread first.
func faultHandler(t *testing.T, file string) string {
	t.Helper()
	var text []byte
	testkit.Await(t, "the interpreter tells its stacks", func() bool {
		text, _ = os.ReadFile(file)
		return strings.HasSuffix(string(text), "in <module>\n")
	})
	var all []string
	frame := regexp.MustCompile(`(?m)^  File "(.*)", line (\d+) in (.*)$`)
	for _, section := range strings.Split(string(text), "\n\n") {
		var b strings.Builder
		for _, m := range frame.FindAllStringSubmatch(section, -1) {
			// It writes what is not ASCII as \xNN.
			fmt.Fprintf(&b, "%s %s:%s; ", m[3], path.Base(strings.NewReplacer(`\xfc`, "ü", `\xdf`, "ß").Replace(m[1])), m[2])
		}
		all = append([]string{b.String()}, all...) // the main thread is the last
	}
	return strings.Join(all, "\n")
}

// pythonStacks returns Python's functions of a process in that form.
func pythonStacks(p *stacks.Process) string {
	var all []string
	for _, th := range p.Threads {
		var b strings.Builder
		for _, f := range th.Frames {
			if f.Language == "python" {
				fmt.Fprintf(&b, "%s %s:%d; ", f.Function[strings.LastIndexByte(f.Function, '.')+1:], path.Base(f.File), f.Line)
			}
		}
		all = append(all, b.String())
	}
	return strings.Join(all, "\n")
}

// checkActivations holds that each call of the interpreter's loop comes behind the
// functions that it runs, and runs some.
func checkActivations(t *testing.T, th *stacks.Thread) {
	t.Helper()
	for i := range th.Frames {
		if f := &th.Frames[i]; i > 0 && strings.HasPrefix(f.Function, "_PyEval_EvalFrameDefault") && th.Frames[i-1].Language != "python" {
			t.Errorf("thread %d: frame %d runs nothing", th.TID, i)
		}
		if f := &th.Frames[i]; f.Language != "" && (i+1 == len(th.Frames) || f.PC != th.Frames[i+1].PC) {
			t.Errorf("thread %d: %s is run by nothing", th.TID, f.Function)
		}
	}
}

// TestPythonForms shows Python's functions in each form, and not where they are not wanted.
func TestPythonForms(t *testing.T) {
	py := testkit.Pythons(t)[0]
	p := testkit.StartTarget(t, nil, py.Path, "testdata/threads.py", filepath.Join(t.TempDir(), "dump"))
	testkit.AwaitPause(t, p.PID, pythonThreads)
	pid := strconv.Itoa(p.PID)
	for _, c := range []struct {
		args string
		want string // as a regular expression
		not  bool
	}{
		{"", `(?m)^#\d+ +Server\.serve \(\) at threads\.py:9 \[python\]$`, false},
		{"", `(?m)^#\d+ +<module> \(\) at grüß\.py:3 \[python\]$`, false},
		{"--print=paths", `(?m)^#\d+ +hold \(\) at /.*/testdata/threads\.py:\d+ \[python\]$`, false},
		{"--group", `(?m)^#\d+ +Made\.__init__ \(\) at threads\.py`, false},
		{"--folded", `;Server\.serve;Server\.serve;Server\.serve;Server\.serve;.*;delegating;.*;generating;.*;hold;.* 1\n`, false},
		{"--json", `"function":"Server\.serve","file":"/[^"]*/testdata/threads\.py","line":8,"language":"python"`, false},
		{"--lite", `python\]`, true},
		{"--print=-languages", `python\]`, true},
	} {
		got := run0(t, "fstack", append(strings.Fields(c.args), pid)...).Stdout
		if regexp.MustCompile(c.want).MatchString(got) == c.not {
			t.Errorf("fstack %s: %s: %t in\n%s", c.args, c.want, c.not, got)
		}
	}
}
