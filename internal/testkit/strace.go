package testkit

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
	strace := Need(t, "strace")
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

// siginfoPoll is what strace 6.1 prints of a signal that F_SETSIG has chosen: it takes the
// members for those of a signal that was queued, and leaves out those of zeros.
var siginfoPoll = regexp.MustCompile(`si_signo=(\w+), si_code=0x([1-6])((?:, si_errno=\w+)?)(?:, si_pid=(-?\d+), si_uid=(\d+)(?:, si_int=(-?\d+), si_ptr=\w+)?)?\}`)

// ownSigcodes are the signals with values of si_code of their own.
var ownSigcodes = []string{"SIGILL", "SIGFPE", "SIGSEGV", "SIGBUS", "SIGTRAP", "SIGCHLD", "SIGIO", "SIGSYS"}

var pollcodes = [...]string{1: "POLL_IN", "POLL_OUT", "POLL_MSG", "POLL_ERR", "POLL_PRI", "POLL_HUP"}

// StraceSiginfo returns a siginfo_t of strace 6.1's as it should be: older than the shadow
// stack, it has no name for SEGV_CPERR, and the kernel's own error numbers never leave it.
func StraceSiginfo(text string) string {
	text = strings.ReplaceAll(text, "si_errno=ERESTARTSYS", "si_errno=512")
	text = strings.ReplaceAll(text, "si_signo=SIGSEGV, si_code=0xa", "si_signo=SIGSEGV, si_code=SEGV_CPERR")
	m := siginfoPoll.FindStringSubmatch(text)
	if m == nil || slices.Contains(ownSigcodes, m[1]) {
		return text
	}
	code, _ := strconv.Atoi(m[2])
	low, _ := strconv.ParseInt(m[4], 10, 32) // 0 where it is left out, as all of these
	high, _ := strconv.ParseInt(m[5], 10, 64)
	fd, _ := strconv.Atoi(m[6])
	poll := fmt.Sprintf("si_signo=%s, si_code=%s%s, si_band=%d, si_fd=%d}",
		m[1], pollcodes[code], m[3], high<<32|int64(uint32(low)), fd)
	return strings.Replace(text, m[0], poll, 1)
}
