package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sonde/internal/testkit"
)

// everything are programs that are traced in all that they do.
var everything = []struct {
	name  string
	setup func(t *testing.T) (dir string, argv []string)
}{
	{"python3", inPlace("/usr/bin/python3", "-I", "-S", "-c", "print(sum(i * i for i in range(100)))")},
	{"git status", gitStatus},
	{"bash with a pipeline", inPlace("bash", "-c", "echo one two | tr o 0 | cat; exit 3")},
	{"ls", inPlace("ls", "-l", "/usr/include")},
	{"16 threads with exceptions", throwingThreads},
}

func gitStatus(t *testing.T) (string, []string) {
	dir, _ := gitLog(t)
	return dir, []string{"git", "-c", "core.fsmonitor=false", "status", "--porcelain"}
}

func throwingThreads(t *testing.T) (string, []string) {
	return "", []string{build(t, "place_throw.cc", "-O1"), "16", "3"}
}

// TestEverything traces the functions of a program, of its libraries and of its
// children where they begin: what it does is the same, and every call has an end.
func TestEverything(t *testing.T) {
	for _, p := range everything {
		for _, opt := range []string{"-x * -f", "-L -x * -f"} {
			t.Run(p.name+", "+opt, func(t *testing.T) {
				dir, argv := p.setup(t)
				trace := filepath.Join(t.TempDir(), "trace")
				want := testkit.Command{Args: argv, Dir: dir, Env: plainEnv}.Run(t)
				args := append([]string{testkit.Sonde(t), "--no-demangle", "-o", trace}, strings.Fields(opt)...)
				got := testkit.Command{Args: append(args, argv...), Dir: dir, Env: plainEnv, Trace: trace}.Run(t)
				if len(testkit.ParseCounts(t, got.Stdout)) == 0 && got.Stdout != want.Stdout {
					t.Errorf("standard output differs traced: %s", firstDifference(got.Stdout, want.Stdout))
				}
				if got.Status != want.Status || got.Stderr != want.Stderr {
					t.Errorf("ended with %s traced, %s untraced; standard error:\n%s",
						testkit.DescribeStatus(got.Status), testkit.DescribeStatus(want.Status), got.Stderr)
				}
				tr := testkit.ReadTrace(t, trace, 0, nil)
				tr.CheckBalance(t)
				tr.CheckEnds(t)
				if counts := testkit.ParseCounts(t, got.Stdout); len(counts) > 0 {
					tr.CheckCounts(t, counts)
				}
				if calls := total(tr.Calls); calls < 1000 {
					t.Errorf("the trace has %d calls only", calls)
				}
			})
		}
	}
}

// TestEverythingLeft traces every function of programs that leave them in all the ways
// that there are; what the program counts goes through pointers as well, and is
// told there too.
func TestEverythingLeft(t *testing.T) {
	for _, c := range []struct{ source, flags, args string }{
		{"ret_longjmp.c", "-O0", "50"},
		{"ret_longjmp.c", "-O2 -m32", "50"},
		{"ret_throw.cc", "-O1", "20"},
		{"ret_throw.cc", "-O1 -m32", "20"},
		{"ret_handlers.c", "-O0", "nested-jump 20"},
		{"ret_handlers.c", "-O2 -fno-plt", "altstack-jump 20"},
		{"ret_handlers.c", "-O0 -m32", "nested-jump 20"},
		{"ret_coroutines.c", "-O0", "mmap 5 10"},
		{"ret_coroutines.c", "-O0 -m32", "mmap 5 10"},
		{"truth_threads.c", "-O1 -fno-plt", "8 20 1000"},
		{"truth_threads.c", "-O1 -m32", "8 20 1000"},
		{"truth_procs.c", "-O1 -fno-plt", "2 2"},
		{"truth_procs.c", "-O1 -m32", "2 2"},
	} {
		t.Run(strings.Join([]string{c.source, c.flags, c.args}, " "), func(t *testing.T) {
			program := buildVariant(t, c.source, c.flags+" -pthread")
			r, tr := traceProgram(t, "-f -x * --no-demangle", append([]string{program}, strings.Fields(c.args)...)...)
			checkExit(t, r.Result, 0)
			if strings.Contains(r.Stdout, "count ") {
				checkCounts(t, r, tr)
			}
			tr.CheckEnds(t)
			if calls, counted := total(tr.Calls), total(testkit.ParseCounts(t, r.Stdout)); calls < 2*counted || calls < 100 {
				t.Errorf("the trace has %d calls only, the program made %d and more", calls, counted)
			}
		})
	}
}

// TestAttachEverything plants probes at every function of a program of many threads that
// runs, and takes them back.
func TestAttachEverything(t *testing.T) {
	for _, flags := range []string{"-O1", "-O2 -fno-plt", "-O1 -m32", "-O2 -m32 -fno-plt", "-O1 -static"} {
		t.Run(flags, func(t *testing.T) {
			target := testkit.StartTarget(t, nil, buildVariant(t, "attach_busy.c", flags+" -pthread"), "8")
			for _, opt := range []string{"-L -x *", "-f -x * -e *"} {
				tool, refused := attach(t, target.PID, strings.Fields(opt)...)
				if refused {
					tool.Wait(t)
					t.Fatalf("refused: %q", tool.Lines)
				}
				readCalls(t, tool, 300)
				detach(t, tool, syscall.SIGINT)
				testkit.CheckReleased(t, target.PID)
			}
			target.EndTarget(t)
		})
	}
}
