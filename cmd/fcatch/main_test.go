package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sonde/cli"
	"sonde/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// catch runs a command under fcatch and returns what it has written of it.
func catch(t *testing.T, args ...string) (testkit.Result, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "deaths")
	r := testkit.Run(t, append([]string{testkit.Tool(t, "fcatch"), "-o", file}, args...)...)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: %s", err, r.Describe())
	}
	return r, string(text)
}

// TestDeaths lets programs die in each way: the signal, what came with it, and the
// functions on the stack are known.
func TestDeaths(t *testing.T) {
	for _, c := range []struct {
		args   string
		signal syscall.Signal
		want   string // a regular expression
	}{
		{"abort", syscall.SIGABRT, `killed by SIGABRT .*si_code=SI_TKILL(.*\n)*#.* in abort \(\)(.*\n)*#.* in die \(\)`},
		{"segv", syscall.SIGSEGV, `killed by SIGSEGV .*si_code=SEGV_MAPERR, si_addr=0x10}(.*\n)*#0 .* in die \(\).*\n#1 .* in main \(\)`},
		{"fpe", syscall.SIGFPE, `killed by SIGFPE .*si_code=FPE_INTDIV(.*\n)*#0 .* in die \(\).*\n#1 .* in main \(\)`},
		{"ill", syscall.SIGILL, `killed by SIGILL .*si_code=ILL_ILLOPN(.*\n)*#0 .* in die \(\)`},
		{"bus", syscall.SIGBUS, `killed by SIGBUS .*si_code=BUS_ADRERR(.*\n)*#0 .* in die \(\).*\n#1 .* in main \(\)`},
		{"overflow", syscall.SIGSEGV, `killed by SIGSEGV (.*\n)*#0 .* in overflow \(\).*\n#1 .* in overflow \(\)(.*\n)*#255 .* in overflow \(\).*\n\.\.\.\n$`},
		{"null", syscall.SIGSEGV, `killed by SIGSEGV .*si_addr=NULL}(.*\n)*#0 +0x0+ in \?\? \(\)\n#1 .* in die \(\).*\n#2 .* in main \(\)`},
		{"term", syscall.SIGTERM, `killed by SIGTERM .*si_code=SI_USER, si_pid=\d+(.*\n)*#.* in die \(\)`},
		{"kill", syscall.SIGKILL, `\nkilled by SIGKILL, which gives nobody the time`},
		{"segv thread", syscall.SIGSEGV, `killed by SIGSEGV (.*\n)*#0 .* in die \(\).*\n#1 .* in thread \(\)`},
		// What its handler raises waits until that has returned.
		{"segv handled", syscall.SIGSEGV, `killed by SIGSEGV .*si_code=SI_TKILL(.*\n)*#0 .* in die \(\).*\n#1 .* in main \(\)`},
	} {
		for _, flag := range []string{"-m64", "-m32"} {
			t.Run(c.args+" "+flag, func(t *testing.T) {
				program := testkit.Build(t, "testdata/die.c", flag, "-O1", "-pthread", "-fno-optimize-sibling-calls")
				r, text := catch(t, append([]string{program}, strings.Fields(c.args)...)...)
				if !r.Status.Signaled() || r.Status.Signal() != c.signal {
					t.Errorf("want %v: %s", c.signal, r.Describe())
				}
				if !regexp.MustCompile(c.want).MatchString(text) || strings.Count(text, "killed by") != 1 {
					t.Errorf("it says\n%s\nwant %s", text, c.want)
				}
			})
		}
	}
}

// TestGrandchild catches a child of a child, whose end is not the command's.
func TestGrandchild(t *testing.T) {
	program := testkit.Build(t, "testdata/die.c", "-O1", "-pthread")
	r, text := catch(t, program, "segv", "grandchild")
	if !r.Status.Exited() || r.Status.ExitStatus() != 7 {
		t.Errorf("want status 7: %s", r.Describe())
	}
	if !regexp.MustCompile(`(?s)killed by SIGSEGV .*in die \(\).*in main \(\)`).MatchString(text) {
		t.Errorf("it says\n%s", text)
	}
}

// TestNoDeath says nothing of a program that ends by itself, whatever signals it got.
func TestNoDeath(t *testing.T) {
	program := testkit.Build(t, "testdata/die.c", "-O1", "-pthread")
	r, text := catch(t, program, "nothing")
	if !r.Status.Exited() || r.Status.ExitStatus() != 3 || text != "" {
		t.Errorf("it says %q: %s", text, r.Describe())
	}
}

// TestAttached catches a process that was running already.
func TestAttached(t *testing.T) {
	for _, flag := range []string{"-m64", "-m32"} {
		program := testkit.Build(t, "../../corefile/testdata/threads.c", flag, "-pthread")
		p := testkit.StartTarget(t, nil, program)
		testkit.AwaitPause(t, p.PID, 4)
		file := filepath.Join(t.TempDir(), "deaths")
		tool := testkit.Start(t, "stderr", nil, testkit.Tool(t, "fcatch"), "-o", file, "-p", strconv.Itoa(p.PID))
		testkit.Await(t, "all threads are traced", func() bool {
			threads, err := testkit.Threads(p.PID)
			for _, th := range threads {
				if th.TracerPID == 0 {
					return false
				}
			}
			return err == nil
		})
		p.Signal(t, syscall.SIGQUIT)
		p.Wait(t)
		tool.Wait(t)
		text, err := os.ReadFile(file)
		if err != nil || !regexp.MustCompile(`(?s)killed by SIGQUIT.* in pause \(\).* in main \(\)`).Match(text) {
			t.Errorf("%v: it says\n%s", err, text)
		}
	}
}

// TestErrors gives command lines that are wrong, and commands that cannot be run.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"", cli.ExitUsage, "a command or -p PID is needed"},
		{"-p 1 ls", cli.ExitUsage, "cannot be watched together"},
		{"-n x ls", cli.ExitUsage, "not a whole number"},
		{"/nonexistent", cli.ExitNotFound, "no such file"},
		{"/etc/passwd", cli.ExitCannot, "you may not execute it"},
		{"-p 536870911", cli.ExitSetup, "no such process"},
	} {
		r := testkit.Run(t, append([]string{testkit.Tool(t, "fcatch")}, strings.Fields(c.args)...)...)
		if !r.Status.Exited() || r.Status.ExitStatus() != c.status || !strings.Contains(r.Stderr, c.want) || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("%s: want status %d, %q: %s", c.args, c.status, c.want, r.Describe())
		}
	}
}
