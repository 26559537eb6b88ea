package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sonde/cli"
	"sonde/internal/testkit"
	"sonde/stacks"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// listen runs a command under ferror and returns what it has written of it.
func listen(t *testing.T, args ...string) (testkit.Result, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "writes")
	r := testkit.Run(t, append([]string{testkit.Tool(t, "ferror"), "-o", file}, args...)...)
	return r, read(t, file)
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// functions returns those on a stack.
func functions(w *stacks.Write) string {
	var names []string
	for _, f := range w.Threads[0].Frames {
		names = append(names, f.Function)
	}
	return strings.Join(names, " ")
}

// TestCalls has a program write by each system call, and held from each thread and
// process: each text once, with its stack, with a filter and without.
func TestCalls(t *testing.T) {
	type want struct{ args, call, line string }
	all := []want{
		{"write", "write", "a needle\n"},
		{"write thread", "write", "a needle\n"},
		{"write grandchild", "write", "a needle\n"},
		{"pwrite64", "pwrite64", "a needle\n"},
		{"writev", "writev", "a needle\n"},
		{"pwritev", "pwritev", "a needle\n"},
		{"pwritev2", "pwritev2", "a needle\n"},
		{"sendto", "send.*", "a needle\n"},
		{"sendmsg", "sendmsg", "a needle\n"},
		{"sendmmsg", "sendmmsg", "a needle\n"},
		{"letters", "write", "a needle"},
		{"perror", "write|writev", "a needle.*"},
		{"stdio", "write", "a needle.*"},
		{"descriptor", "write", "a needle\n"},
		{"restarted", "write", "(\x00)*a needle\n"},
		{"closed", "", ""},
		{"hostile", "write", "a needle\n"},
	}
	for _, machine := range []string{"-m64", "-m32"} {
		program := testkit.Build(t, "testdata/say.c", machine, "-O1", "-pthread", "-w")
		cases := all
		if machine == "-m32" {
			cases = append(cases, want{"socketcall", "send", "a needle\n"})
		}
		for _, c := range cases {
			for _, flags := range [][]string{{"--json"}, {"--json", "--seccomp-bpf"}} {
				args := append(append(flags, "-e", "needle", program), strings.Fields(c.args)...)
				r, text := listen(t, args...)
				name := machine + " " + c.args + " " + strings.Join(flags, " ")
				if !r.Status.Exited() || r.Status.ExitStatus() != 7 {
					t.Errorf("%s: want status 7: %s", name, r.Describe())
				}
				if c.call == "" {
					if text != "" {
						t.Errorf("%s: it says %s", name, text)
					}
					continue
				}
				first, rest, _ := strings.Cut(text, "\n")
				var w stacks.Write
				if err := json.Unmarshal([]byte(first), &w); err != nil {
					t.Errorf("%s: %v: %q", name, err, text)
					continue
				}
				if !regexp.MustCompile("^("+c.call+")$").MatchString(w.Call) || !regexp.MustCompile("(?s)^"+c.line+"$").MatchString(w.Line) || w.Match != "needle" {
					t.Errorf("%s: %+v", name, w)
				}
				if stack := functions(&w); !strings.Contains(stack, " speak ") || strings.Contains(c.args, "thread") != strings.Contains(stack, " thread ") {
					t.Errorf("%s: the stack is %s", name, stack)
				}
				if rest != "" && c.args != "hostile" {
					t.Errorf("%s: it says more: %s", name, rest)
				}
			}
		}
	}
}

// TestDescriptors leaves descriptors out.
func TestDescriptors(t *testing.T) {
	program := testkit.Build(t, "testdata/say.c", "-O1", "-pthread", "-w")
	for set, want := range map[string]int{"all": 1, "77": 1, "1,2": 0, "!77": 0, "2,77": 1} {
		if _, text := listen(t, "--fds="+set, "-e", "needle", program, "descriptor"); strings.Count(text, "Process ") != want {
			t.Errorf("%s: it says %q", set, text)
		}
	}
}

// TestText looks at what people read.
func TestText(t *testing.T) {
	program := testkit.Build(t, "testdata/say.c", "-O1", "-pthread", "-w")
	r, text := listen(t, "-e", "^a.*needle$", program, "die")
	want := `^Process \d+: /.*/say\nThread \d+ "say" in write to 3, /dev/null:\n"a needle\\n"\n#0 .* in write \(\).*\n#1 .* in speak \(\)(.*\n)*#\d+ .* in main \(\)`
	if !regexp.MustCompile(want).MatchString(text) {
		t.Errorf("it says\n%s\nwant %s", text, want)
	}
	if r.Status.Signal() != syscall.SIGTERM {
		t.Errorf("want SIGTERM: %s", r.Describe())
	}
	if _, text := listen(t, "-n", "2", "-e", "needle", program, "write"); !regexp.MustCompile(`\n#1 .*\n\.\.\.\n$`).MatchString(text) {
		t.Errorf("with two frames it says\n%s", text)
	}
}

// TestAttached listens to a process that was running already, and lets it go.
func TestAttached(t *testing.T) {
	program := testkit.Build(t, "testdata/say.c", "-O1", "-pthread", "-w")
	p := testkit.StartTarget(t, nil, program, "write", "asked")
	file := filepath.Join(t.TempDir(), "writes")
	tool := testkit.Start(t, "stderr", nil, testkit.Tool(t, "ferror"), "--json", "-o", file, "-e", "needle", strconv.Itoa(p.PID))
	testkit.Await(t, "it is heard", func() bool {
		p.Type(t, "go\n")
		text, err := os.ReadFile(file)
		return err == nil && strings.HasSuffix(string(text), "\n")
	})
	first, _, _ := strings.Cut(read(t, file), "\n")
	var w stacks.Write
	if err := json.Unmarshal([]byte(first), &w); err != nil || w.PID != p.PID || w.Match != "needle" || !strings.Contains(functions(&w), "speak main") {
		t.Errorf("%v: %s", err, first)
	}
	tool.Signal(t, syscall.SIGINT)
	if ws := tool.Wait(t); ws != 0 {
		t.Errorf("ferror ended with %s", testkit.DescribeStatus(ws))
	}
	testkit.CheckRunning(t, p.PID)
	p.HangUp()
	if ws := p.Wait(t); ws.ExitStatus() != 7 {
		t.Errorf("the program ended with %s", testkit.DescribeStatus(ws))
	}
}

// TestErrors gives command lines that are wrong, and commands that cannot be run.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"ls", cli.ExitUsage, "-e: a regular expression to look for is needed"},
		{"-e x", cli.ExitUsage, "a command or a process id is needed"},
		{"-e ( ls", cli.ExitUsage, "-e (: error parsing regexp: missing closing )"},
		{"-e x --fds=a ls", cli.ExitUsage, "--fds=a: "},
		{"-e x -p 1 ls", cli.ExitUsage, "cannot be watched together"},
		{"-e x -n x ls", cli.ExitUsage, "not a whole number"},
		{"-e x /nonexistent", cli.ExitNotFound, "no such file"},
		{"-e x /etc/passwd", cli.ExitCannot, "you may not execute it"},
		{"-e x 536870911", cli.ExitSetup, "no such process"},
	} {
		r := testkit.Run(t, append([]string{testkit.Tool(t, "ferror")}, strings.Fields(c.args)...)...)
		if !r.Status.Exited() || r.Status.ExitStatus() != c.status || !strings.Contains(r.Stderr, c.want) || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("%s: want status %d, %q: %s", c.args, c.status, c.want, r.Describe())
		}
	}
}
