package main

import (
	"path/filepath"
	"strings"
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
