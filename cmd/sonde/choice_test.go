package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/filter"
	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// chosenCall is a line of a whole call, its thread before it, in the spelling of
// strace -f -o or of sonde: name, and result but for what depends on the run.
var chosenCall = regexp.MustCompile(`^(\d+) +(\w+)(?:@SYS)?\(.*\) += (-1 E\w+|\?|\d+$|)`)

// chosenCalls returns the calls of each thread in a trace, in the order of their first
// lines. Numbers that calls return count as one.
func chosenCalls(t *testing.T, file string) [][]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var threads []string
	var calls [][]string
	for line := range strings.Lines(string(text)) {
		m := chosenCall.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			if strings.Contains(line, "unfinished") || strings.Contains(line, "resumed") {
				t.Errorf("not one line: %s", line)
			}
			continue
		}
		i := slices.Index(threads, m[1])
		if i < 0 {
			i = len(threads)
			threads, calls = append(threads, m[1]), append(calls, nil)
		}
		result := m[3]
		if result != "?" && !strings.HasPrefix(result, "-1 ") {
			result = "done"
		}
		calls[i] = append(calls[i], m[2]+" "+result)
	}
	return calls
}

// choiceArgs are what testdata/choice.c takes: a file, a link to it, a program.
func choiceArgs(t *testing.T) []string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, []byte("some text"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	return []string{testkit.Build(t, "testdata/choice.c", "-O0"), file, link, "/bin/true"}
}

// TestChoiceAsStrace holds that the letters that strace has choose what they choose
// there, a call being one line where its end decides.
func TestChoiceAsStrace(t *testing.T) {
	strace := testkit.Need(t, "strace")
	command := choiceArgs(t)
	file, link := command[1], command[2]
	for _, c := range []struct {
		sonde, strace []string
		least         int // calls of the program's own that there are
	}{
		{[]string{"-P", file, "--seccomp-bpf"}, []string{"-P", file}, 10},
		{[]string{"--syscalls=%file", "-Z", "--seccomp-bpf"}, []string{"-e", "trace=%file", "-Z"}, 3},
		{[]string{"--syscalls=!%file,%process", "--seccomp-bpf"}, []string{"-e", "trace=!%file,%process"}, 3},
		{[]string{"-z"}, []string{"-z"}, 30},
		{[]string{"-Z"}, []string{"-Z"}, 7},
		{[]string{"--status=successful,unfinished"}, []string{"-e", "status=successful,unfinished"}, 31},
		{[]string{"--status=unfinished"}, []string{"-e", "status=unfinished"}, 2},
		{[]string{"--status=unavailable"}, []string{"-e", "status=unavailable"}, 0},
		{[]string{"--status=detached"}, []string{"-e", "status=detached"}, 0},
		{[]string{"--status=!successful"}, []string{"-e", "status=!successful"}, 9},
		{[]string{"-S", "-P", file}, []string{"-P", file}, 10},
		{[]string{"-P", link}, []string{"-P", link}, 11},
		{[]string{"-P", file, "-P", "/nonexistent/file"}, []string{"-P", file, "-P", "/nonexistent/file"}, 11},
		{[]string{"-P", file, "-Z"}, []string{"-P", file, "-Z"}, 3},
		{[]string{"--syscalls=%file", "-Z"}, []string{"-e", "trace=%file", "-Z"}, 3},
	} {
		t.Run(strings.Join(c.sonde, " "), func(t *testing.T) {
			dir := t.TempDir()
			ours, theirs := filepath.Join(dir, "sonde"), filepath.Join(dir, "strace")
			args := slices.Concat([]string{testkit.Sonde(t), "-f", "-L", "-o", ours}, c.sonde, command)
			if r := testkit.Run(t, args...); r.Status != 0 || r.Stderr != "" {
				t.Fatal(r.Describe())
			}
			args = slices.Concat([]string{strace, "-f", "-o", theirs}, c.strace, command)
			if r := testkit.Run(t, args...); r.Status != 0 {
				t.Fatal(r.Describe())
			}
			got, want := chosenCalls(t, ours), chosenCalls(t, theirs)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-strace +sonde)\n%s", diff)
			}
			if n := len(slices.Concat(got...)); n < c.least {
				t.Errorf("%d calls, want at least %d", n, c.least)
			}
		})
	}
}

// TestDescriptorsChosen holds that --fds chooses by number, wherever the descriptor
// stands: 19 is the program's own.
func TestDescriptorsChosen(t *testing.T) {
	command := choiceArgs(t)
	trace := filepath.Join(t.TempDir(), "trace")
	r := testkit.Run(t, slices.Concat([]string{testkit.Sonde(t), "-L", "-f", "-o", trace, "--fds=19"}, command)...)
	if r.Status != 0 || r.Stderr != "" {
		t.Fatal(r.Describe())
	}
	want := [][]string{{"dup2 done", "read done"}}
	if diff := cmp.Diff(want, chosenCalls(t, trace)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestHeldCalls holds that nothing is lost while the end of a call is waited for, and
// that its line comes then: wait4's behind all of the child's, which was counted too.
func TestHeldCalls(t *testing.T) {
	command := choiceArgs(t)
	trace := filepath.Join(t.TempDir(), "trace")
	r := testkit.Run(t, slices.Concat([]string{
		testkit.Sonde(t), "-L", "-f", "-z", "-o", trace,
		"--syscalls=wait4,execve", "--signals=USR1,CHLD",
	}, command)...)
	text, err := os.ReadFile(trace)
	if err != nil || r.Status != 0 {
		t.Fatal(err, r.Describe())
	}
	var got []string
	for line := range strings.Lines(string(text)) {
		_, line, _ = strings.Cut(line, " ")
		got = append(got, strings.FieldsFunc(line, func(r rune) bool { return r == '(' || r == '{' || r == ',' })[0])
	}
	want := []string{
		"execve@SYS", "--- SIGUSR1 ", "execve@SYS", "--- Called exec", "+++ exited ",
		"wait4@SYS", "--- SIGCHLD ", "+++ exited ",
	}
	slices.Sort(got[5:min(7, len(got))]) // the signal may come first
	slices.Sort(want[5:7])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s\n%s", diff, text)
	}
}

// TestHeldCounted holds that the table of -c has what is chosen alone.
func TestHeldCounted(t *testing.T) {
	command := choiceArgs(t)
	for _, c := range []struct{ choice, want string }{
		{"--status=failed", "openat@SYS"},
		{"--fds=19", "dup2@SYS"},
		{"--status=unfinished", "exit_group@SYS"},
	} {
		r := testkit.Run(t, slices.Concat([]string{testkit.Sonde(t), "-L", "-c", c.choice}, command)...)
		if r.Status != 0 || !strings.Contains(r.Stderr, c.want) || strings.Contains(r.Stderr, "rt_sigaction") {
			t.Errorf("%s: %s", c.choice, r.Describe())
		}
	}
}

// TestVerbose holds that -v shows the fields that are left out without it.
func TestVerbose(t *testing.T) {
	command := choiceArgs(t)
	for _, c := range []struct{ option, want string }{
		{"-S", `st_size=9, ...}`},
		{"-v", `st_nlink=1`},
	} {
		trace := filepath.Join(t.TempDir(), "trace")
		r := testkit.Run(t, slices.Concat([]string{testkit.Sonde(t), "-L", c.option, "-o", trace, "-P", command[1]}, command)...)
		text, err := os.ReadFile(trace)
		if err != nil || r.Status != 0 {
			t.Fatal(err, r.Describe())
		}
		if !strings.Contains(string(text), c.want) {
			t.Errorf("%s: no %s\n%s", c.option, c.want, text)
		}
	}
}

// TestAsked holds which options ask for system calls, for the program's own calls, or both.
func TestAsked(t *testing.T) {
	for _, c := range []struct {
		args          string
		calls, system bool
	}{
		{"true", true, false},
		{"-S true", true, true},
		{"-L -S true", false, true},
		{"-x main true", true, false},
		{"--syscalls=open true", false, true},
		{"-P / true", false, true},
		{"--fds=1 true", false, true},
		{"-Z true", false, true},
		{"-S -Z true", true, true},
		{"-S --syscalls=open true", true, true},
		{"-e malloc true", true, false},
		{"-e malloc -Z true", true, false},
		{"-e malloc -Z -S true", true, true},
		{"-e malloc -z --syscalls=open true", true, true},
		{"-x main --status=ENOENT true", true, false},
		{"-x main --syscalls=open true", false, true},
		{"-l libc.so.6 -Z true", false, false},
		{"-L -Z true", false, true},
	} {
		o, err := parseOptions(strings.Fields(c.args), noEnv, noTerminal)
		if err != nil {
			t.Fatalf("%s: %v", c.args, err)
		}
		what, err := o.filters()
		if err != nil {
			t.Fatalf("%s: %v", c.args, err)
		}
		if calls, system := what.Calls != nil, what.Syscalls != nil; calls != c.calls || system != c.system {
			t.Errorf("%s: calls %v, system calls %v, want %v and %v", c.args, calls, system, c.calls, c.system)
		}
	}
}

// TestChoices holds what the options choose, and that each asks for system calls.
func TestChoices(t *testing.T) {
	for _, c := range []struct {
		args   string
		status string // as --status would have it; "" is all
		fds    string // of 0, 1 and 2
		paths  string
	}{
		{"-z true", "successful", "", ""},
		{"-Z true", "failed", "", ""},
		{"--status=failed,unfinished true", "failed,unfinished", "", ""},
		{"--status=failed --status=detached true", "failed,detached", "", ""},
		{"--status=ENOENT --status=eperm true", "EPERM,ENOENT", "", ""},
		{"--status=all true", "", "", ""}, // nothing has to be held
		{"--fds=1 --fds=2 true", "", "1 2", ""},
		{"--fds=!1 true", "", "0 2", ""},
		{"-P /dev/null -P / true", "", "", "/dev/null /"},
		{"-P /proc/self/../version true", "", "", "/proc/self/../version /proc/version"},
	} {
		o, err := parseOptions(strings.Fields(c.args), noEnv, noTerminal)
		if err != nil {
			t.Fatalf("%s: %v", c.args, err)
		}
		what, err := o.filters()
		if err != nil {
			t.Fatalf("%s: %v", c.args, err)
		}
		if !what.Syscalls.Wants(sysdeps.AMD64, 0) {
			t.Errorf("%s: no system calls", c.args)
		}
		if c.status == "" {
			c.status = "all"
		}
		want, _ := filter.ParseStatus(c.status)
		if status := what.Status; (status == nil) != want.All() || status != nil && *status != want {
			t.Errorf("%s: status %v, want %v", c.args, status, want)
		}
		var fds []string
		for fd, digit := range []string{"0", "1", "2"} {
			if what.Descriptors != nil && what.Descriptors.Wants(int32(fd)) {
				fds = append(fds, digit)
			}
		}
		if strings.Join(fds, " ") != c.fds || strings.Join(what.Paths, " ") != c.paths {
			t.Errorf("%s: %q, %q", c.args, fds, what.Paths)
		}
	}
}

// TestShownSignals holds what --signals chooses.
func TestShownSignals(t *testing.T) {
	for _, c := range []struct {
		args     string
		hup, usr bool
	}{
		{"true", true, true},
		{"--signals=HUP true", true, false},
		{"--signals=!hup true", false, true},
		{"--signals=1 --signals=SIGUSR1 true", true, true},
		{"--signals=none true", false, false},
	} {
		o, err := parseOptions(strings.Fields(c.args), noEnv, noTerminal)
		if err != nil {
			t.Fatalf("%s: %v", c.args, err)
		}
		set, err := o.shownSignals()
		if err != nil {
			t.Fatalf("%s: %v", c.args, err)
		}
		if hup, usr := set == nil || set.Wants(1), set == nil || set.Wants(10); hup != c.hup || usr != c.usr {
			t.Errorf("%s: %v %v", c.args, hup, usr)
		}
	}
}

// TestChoiceErrors holds what is said of sets that are wrong, and of what strace would
// take.
func TestChoiceErrors(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-z -Z true", "-z, -Z and --status cannot be used together (--status takes a set)"},
		{"-z --status=failed true", "-z, -Z and --status cannot be used together (--status takes a set)"},
		{"-P= true", ""}, // the path "="
		{"--status=fail true", `--status: filter "fail": at character 1: there is no status "fail"; they are successful, failed, unfinished, unavailable, detached, and errors as ENOENT`},
		{"--fds=x true", `--fds: filter "x": at character 1: "x" is no file descriptor`},
		{"--signals=HUPP true", `--signals: filter "HUPP": at character 1: there is no signal "HUPP"; the nearest name is HUP`},
		{"-e trace=open,close true", "-e trace=open,close: that is strace's; the equivalent is --syscalls=open,close"},
		{"-e t=!%file true", "-e t=!%file: that is strace's; the equivalent is --syscalls=!%file"},
		{"-e signal=none true", "-e signal=none: that is strace's; the equivalent is --signals=none"},
		{"-e status=failed true", "-e status=failed: that is strace's; the equivalent is --status=failed"},
		{"-e fd=3 true", "-e fd=3: that is strace's; the equivalent is --fds=3"},
		{"-e read=3 true", "-e read=3: that is strace's; the nearest is -s N for longer strings"},
		{"-e abbrev=none true", "-e abbrev=none: that is strace's; the nearest is -v for whole structures"},
		{"-e inject=open:error=EIO true", "-e inject=open:error=EIO: that is strace's, and sonde has no equivalent (-e takes calls of libraries)"},
		{"-e !%net true", "-e !%net: classes of system calls are chosen by --syscalls=!%net"},
		{"-e operator=* true", ""},
		{"-e ENOENT true", "-e ENOENT: that is an error; calls that fail with it are chosen by --status=ENOENT"},
		{"--folow true", "there is no option --folow; the nearest is -f (see sonde --help)"},
		{"--pid=1 true", "there is no option --pid; the nearest is -p (see sonde --help)"},
		{"--lst true", "there is no option --lst; the nearest is --list (see sonde --help)"},
		{"--trace=open true", "there is no option --trace; the nearest is --syscalls (see sonde --help)"},
		{"--failed-only true", "there is no option --failed-only; the nearest is -Z (see sonde --help)"},
		{"--signal=HUP true", "there is no option --signal; the nearest is --signals (see sonde --help)"},
	} {
		o, err := parseOptions(strings.Fields(c.args), noEnv, noTerminal)
		if err == nil {
			_, err = o.filters()
		}
		if err == nil {
			_, err = o.shownSignals()
		}
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.args, got, c.want)
		}
	}
}

// TestHeldExec holds that an exec by another thread ends the first one's call, which is
// told of then and not taken for the execve that is left out.
func TestHeldExec(t *testing.T) {
	program := testkit.Build(t, "testdata/choice_exec.c", "-O0", "-pthread")
	trace := filepath.Join(t.TempDir(), "trace")
	r := testkit.Run(t, testkit.Sonde(t), "-L", "-f", "-o", trace, "--status=unfinished",
		"--syscalls=pause,execve,exit_group", program, "/bin/true")
	text, err := os.ReadFile(trace)
	if err != nil || r.Status != 0 {
		t.Fatal(err, r.Describe())
	}
	got := regexp.MustCompile(`(?m)^\d+ | {2,}| \d{2,}`).ReplaceAllString(string(text), "")
	const want = `pause@SYS()= ?
+++ superseded by execve in pid +++
--- Called exec() ---
exit_group@SYS(0)= ?
+++ exited (status 0) +++
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
