package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// straceLine is what strace -n -e raw=all writes of a call that the filter of
// sysdeps/testdata/every_syscall.c has answered.
var straceLine = regexp.MustCompile(`(?m)^\[ *(\d+)\] (\w+)\(.*\) *= -1 EDOM `)

// StraceCalls returns, by number, the names of the calls that strace shows with
// -e trace=set, out of all numbers below 600. program is every_syscall.c, built
// for the machine whose calls are meant. What strace has no name for it shows
// whatever the set, and is left out. Without strace the test is skipped.
func StraceCalls(t testing.TB, program, set string) map[int64]string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("there is no strace to compare with")
	}
	out := filepath.Join(t.TempDir(), "trace")
	args := []string{strace, "-n", "-e", "raw=all", "-e", "trace=" + set, "-o", out, program, "600"}
	if result := (Command{Args: args, Trace: out}).Run(t); result.Status != 0 {
		t.Fatalf("strace -e trace=%s: %s", set, result.Describe())
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	calls := map[int64]string{}
	for _, m := range straceLine.FindAllStringSubmatch(string(text), -1) {
		if strings.HasPrefix(m[2], "syscall_0x") {
			continue
		}
		nr, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		calls[nr] = m[2]
	}
	return calls
}
