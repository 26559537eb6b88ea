package testkit

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	r := Command{
		Args: []string{"/bin/sh", "-c", `cat; echo "$WORD"; pwd; echo no >&2; exit 7`},
		Env:  []string{"WORD=one two"}, Dir: "/usr", Stdin: "in\n",
	}.Run(t)
	if r.Stdout != "in\none two\n/usr\n" || r.Stderr != "no\n" || r.Status.ExitStatus() != 7 {
		t.Errorf("got %s", r.Describe())
	}
}

// TestRunHangs runs a program that does not end and has started others, one of
// them in another session: the test fails and nothing is left.
func TestRunHangs(t *testing.T) {
	rec := &recorder{TB: t}
	script := `sleep 1000 & echo $!; setsid sleep 1000 & echo $!; echo $$; wait`
	r := Command{Args: []string{"/bin/sh", "-c", script}, Deadline: time.Second}.Run(rec)
	if !rec.failed {
		t.Error("a program that hangs is no failure")
	}
	var pids [3]int
	if n, err := fmt.Sscan(r.Stdout, &pids[0], &pids[1], &pids[2]); n != len(pids) {
		t.Fatalf("the program says %q: %v", r.Stdout, err)
	}
	for _, pid := range pids {
		Await(t, fmt.Sprintf("process %d is gone", pid), func() bool {
			threads, err := Threads(pid)
			return errors.Is(err, fs.ErrNotExist) || len(threads) == 1 && threads[0].State == 'Z'
		})
	}
}

func TestParseStat(t *testing.T) {
	for _, c := range []struct {
		line string
		want stat
		ok   bool
	}{
		{"12 (sh) S 1 12 11 34816", stat{12, 1, 11, 'S'}, true},
		{"12 (a) R (b) Z 7 12 11 0", stat{12, 7, 11, 'Z'}, true},
		{"12 (sh S 1 12 11", stat{}, false},
		{"(sh) S 1 12 11", stat{}, false},
		{"12 (sh) S 1", stat{}, false},
		{") 12 (", stat{}, false},
		{"", stat{}, false},
	} {
		if got, ok := parseStat([]byte(c.line)); ok != c.ok || ok && got != c.want {
			t.Errorf("%q: got %+v, %v", c.line, got, ok)
		}
	}
}
