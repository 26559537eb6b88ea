package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/internal/testkit"
)

// heldLine is the line of a function's call or of the end of one: its name, and where it
// is whole the result without what depends on the run.
var heldLine = regexp.MustCompile(`^\d+ (?:held->)?(<\.\.\. )?(\w+)(?: resumed> )?.*?(?:\) += (-?\w+(?: E\w+)?).*|<(unfinished|no return) \.\.\.>)$`)

// heldCalls returns the calls of functions that a trace of testdata/held.c has, in the
// order of its lines.
func heldCalls(t *testing.T, options ...string) []string {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	args := slices.Concat([]string{testkit.Sonde(t), "-f", "-o", trace}, options,
		[]string{testkit.Build(t, "testdata/held.c", "-O0", "-fno-builtin", "-pthread")})
	if r := testkit.Run(t, args...); r.Status != 0 || r.Stderr != "" {
		t.Fatal(r.Describe())
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	var calls []string
	for line := range strings.Lines(string(text)) {
		if m := heldLine.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
			calls = append(calls, strings.Join(strings.Fields(m[1]+m[2]+" "+m[3]+m[4]), " "))
		}
	}
	return calls
}

// TestHeldFunctions holds that functions' calls are chosen by how they end as the system's
// are, each told of then in one line, with what it was called with.
func TestHeldFunctions(t *testing.T) {
	for _, c := range []struct {
		options string
		want    []string
	}{
		{"-e @MAIN --status=ENOENT", []string{"fopen nil ENOENT", "access -1 ENOENT", "open -1 ENOENT"}},
		{"-e @MAIN --status=EBADF,EBUSY", []string{"close -1 EBADF", "pthread_mutex_trylock EBUSY"}},
		{"-e @MAIN -Z", []string{"fopen nil ENOENT", "close -1 EBADF", "pthread_mutex_trylock EBUSY", "access -1 ENOENT", "open -1 ENOENT"}},
		{"-e @MAIN-fopen-close --status=failed", []string{"pthread_mutex_trylock EBUSY", "access -1 ENOENT", "open -1 ENOENT"}},
		{"-e strlen+close -z", []string{"strlen 8"}},
		{"-e fork+waitpid+strlen --status=!failed", []string{"strlen 8", "<... fork 0", "fork N", "waitpid N"}},
		{"-e qsort+longjmp+exit+access --status=unfinished", []string{"qsort no return", "longjmp no return", "exit no return"}},
		{"-e fopen+strlen --status=none", nil},
		{"-L -x leave --status=unfinished", []string{"leave no return"}},
	} {
		t.Run(c.options, func(t *testing.T) {
			got := heldCalls(t, strings.Fields(c.options)...)
			for i, call := range got { // ids of processes, and which of fork's two ends comes first
				got[i] = regexp.MustCompile(`^(fork|waitpid) \d+$`).ReplaceAllString(call, "$1 N")
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestHeldBoth holds that one set chooses functions and system calls alike, and that a
// function's line comes when it has returned: behind the system call within it.
func TestHeldBoth(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace")
	program := testkit.Build(t, "testdata/held.c", "-O0", "-fno-builtin", "-pthread")
	r := testkit.Run(t, testkit.Sonde(t), "-S", "-e", "fopen", "--status=ENOENT", "-P", "/nonexistent/file", "-o", trace, program)
	text, err := os.ReadFile(trace)
	if err != nil || r.Status != 0 || r.Stderr != "" {
		t.Fatal(err, r.Describe())
	}
	whole := regexp.MustCompile(`^openat@SYS\(AT_FDCWD, "/nonexistent/file", O_RDONLY\) += -1 ENOENT \(No such file or directory\)
held->fopen\("/nonexistent/file", "r"\) += nil ENOENT \(No such file or directory\)
`)
	if !whole.Match(text) {
		t.Errorf("%s", text)
	}
}

// TestHeldCountedFunctions holds that the table has the functions alone that are chosen.
func TestHeldCountedFunctions(t *testing.T) {
	program := testkit.Build(t, "testdata/held.c", "-O0", "-fno-builtin", "-pthread")
	r := testkit.Run(t, testkit.Sonde(t), "-c", "-e", "@MAIN", "--status=EBADF", program)
	if r.Status != 0 || !strings.Contains(r.Stderr, "close") || strings.Contains(r.Stderr, "fopen") {
		t.Error(r.Describe())
	}
}
