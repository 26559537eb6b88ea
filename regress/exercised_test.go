package regress

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"

	"golang.org/x/sys/unix"
)

// TestEverythingIsExercised holds that each request and option that the kernel's headers
// have is made of the kernel by a row, and done.
func TestEverythingIsExercised(t *testing.T) {
	m := look(t)
	if why := m.Lacks[Tracing]; why != "" {
		t.Skip(why)
	}
	seen := count(t, m)
	// Tracees make themselves such, which the kernel that rows have does not see. Where it
	// is refused to them, rows that exercise it fail.
	refusing := mutationOf(refusesTraceMe)
	if r := tryFaults(t, m, []mutation{*refusing}); r[refusing.against(rowByID("A04")).ID].Verdict == Fail {
		seen[asked{askedRequest, unix.PTRACE_TRACEME}] = true
	}
	for _, name := range []string{"/usr/include/linux/ptrace.h", "/usr/include/x86_64-linux-gnu/asm/ptrace-abi.h"} {
		if runtime.GOARCH != "amd64" && strings.HasSuffix(name, "abi.h") {
			continue
		}
		for what, asked := range defined(t, name) {
			if why, excused := notExercised(m, what); !seen[asked] && !excused {
				t.Errorf("no row exercises %s, %s %#x", what, asked.kind, asked.number)
			} else if !seen[asked] {
				t.Logf("%s is not exercised: %s", what, why)
			}
		}
	}
	for what, option := range map[string]int{
		"WNOHANG": unix.WNOHANG, "WUNTRACED": unix.WUNTRACED, "WEXITED": unix.WEXITED, "WCONTINUED": unix.WCONTINUED,
		"WNOWAIT": unix.WNOWAIT, "__WALL": unix.WALL, "__WNOTHREAD": unix.WNOTHREAD,
	} {
		if !seen[asked{askedWait, option}] {
			t.Errorf("no row waits with %s", what)
		}
	}
}

// notExercised tells why a machine cannot exercise something.
func notExercised(m *Machine, what string) (why string, excused bool) {
	switch what {
	case "PTRACE_GETFPXREGS", "PTRACE_SETFPXREGS":
		return "it is of kernels for 32-bit machines (arch/x86/kernel/ptrace.c)", true
	case "PTRACE_SINGLEBLOCK":
		return m.Lacks[BranchStep], m.Lacks[BranchStep] != ""
	case "PTRACE_SECCOMP_GET_FILTER", "PTRACE_SECCOMP_GET_METADATA", "PTRACE_O_SUSPEND_SECCOMP":
		return m.Lacks[Root], m.Lacks[Root] != ""
	}
	return "", false
}

// count runs all rows, and returns what they have asked for.
func count(t *testing.T, m *Machine) map[asked]bool {
	t.Helper()
	name := filepath.Join(t.TempDir(), "asked")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := &Suite{Jobs: 2 * runtime.NumCPU(), Loop: DefaultQuiet, Env: []string{countVar + "=" + name}}
	if err := s.Run(context.Background(), m, Rows(), func(Result) bool { return true }); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := make(map[asked]bool)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var a asked
		if _, err := fmt.Sscan(lines.Text(), &a.kind, &a.number); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		seen[a] = true
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return seen
}

// Of the macros in the headers, requests are numbers that stand alone, and options are
// bits; the numbers of events, of which bits are made, are named so.
var (
	macro   = regexp.MustCompile(`^#\s*define\s+(PTRACE_\w+)\s+(\w+|\(.*\))(\s|$)`)
	bit     = regexp.MustCompile(`^\(1\s*<<\s*(\w+)\)$`)
	noAsked = regexp.MustCompile(`^PTRACE_(EVENT|EVENTMSG|SYSCALL_INFO|PEEKSIGINFO)_|^PTRACE_O_MASK$`)
)

// defined returns the requests and options that a header defines.
func defined(t *testing.T, header string) map[string]asked {
	t.Helper()
	text, err := os.ReadFile(header)
	if errors.Is(err, fs.ErrNotExist) {
		testkit.Lacks(t, "no %s (linux-libc-dev)", header)
	}
	if err != nil {
		t.Fatal(err)
	}
	numbers := make(map[string]int)
	all := make(map[string]asked)
	for line := range strings.Lines(string(text)) {
		m := macro.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		name, value := m[1], m[2]
		n, err := strconv.ParseInt(value, 0, 32)
		if err == nil {
			numbers[name] = int(n)
		}
		switch {
		case noAsked.MatchString(name):
		case strings.HasPrefix(name, "PTRACE_O_"):
			if b := bit.FindStringSubmatch(value); b != nil {
				shift, ok := numbers[b[1]]
				if !ok {
					shift, err = strconv.Atoi(b[1])
					if err != nil {
						t.Fatalf("%s: what is %s?", header, line)
					}
				}
				n = 1 << shift
			} else if err != nil {
				t.Fatalf("%s: what is %s?", header, line)
			}
			all[name] = asked{askedOption, int(n)}
		case err == nil:
			all[name] = asked{askedRequest, int(n)}
		}
	}
	const few = 10
	if len(all) < few {
		t.Fatalf("%s: only %d requests and options are understood", header, len(all))
	}
	return all
}
