package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// hostileRounds are the arguments that testdata/hostile_syscalls.c knows.
const hostileRounds = "zmnbuwphevosijkcdfg"

// hostileFailures are those whose calls are also made to fail: what comes out
// is not read then, what goes in is the same.
const hostileFailures = "zwphs"

// hostileBelow is the number that the program stops before.
const hostileBelow = 472

// minHostileAgreement is how many lines in a hundred are at least the same as
// strace's, to the letter. Arguments that no program would use are the worst
// case: what differs is named at otherArguments and lesserDifferences.
const minHostileAgreement = 72

// otherArguments are the calls that strace shows with more or fewer arguments
// than sonde, and why that is.
var otherArguments = map[string]string{
	"break": noneOfNone, "ftime": noneOfNone, "lock": noneOfNone, "mpx": noneOfNone, "prof": noneOfNone,
	"vm86": "takes two arguments; strace shows five", "syslog": "takes three; strace shows those that the action reads",
	"mremap": "may be told where to, with MREMAP_DONTUNMAP too", "ptrace": "has four for every request but the few without an address",
	"sysfs":      "takes as many as its first says; strace shows words",
	"membarrier": "is told the processor only with a flag, of which strace knows nothing",
}

const noneOfNone = "was never implemented: no one knows how many it takes"

// lesserDifferences are the kinds of lines that are not strace's.
//
//   - a text that ends where memory does, or has no end: strace shows its address
//     alone, sonde what could be read of it;
//   - calls, flags and names of a later kernel than strace 6.1's;
//   - NULL for pointers that strace shows as numbers, and its 0 /* KEY_SPEC_??? */s.

// TestHostileSystemCalls has every call made with arguments that lie, once so
// that it fails and once so that it seems to succeed: each must be there, once,
// in its turn, by its name, and strace must have found as many arguments.
func TestHostileSystemCalls(t *testing.T) {
	for _, machine := range []struct {
		arch *sysdeps.Arch
		flag string
	}{{sysdeps.AMD64, "-m64"}, {sysdeps.I386, "-m32"}} {
		t.Run(machine.arch.Name, func(t *testing.T) {
			program := testkit.Build(t, "testdata/hostile_syscalls.c", machine.flag)
			dir := t.TempDir()
			same, all := 0, 0
			for _, arguments := range hostileRounds {
				for _, outcome := range "sf" {
					if outcome == 'f' && !strings.ContainsRune(hostileFailures, arguments) {
						continue
					}
					round := string(arguments) + string(outcome)
					trace := filepath.Join(dir, "sonde")
					ours := hostileLines(t, trace, testkit.Sonde(t), "-L", "-S", "-o", trace, program, round)
					checkHostile(t, machine.arch, round, ours)
					s, n := compareHostile(t, round, ours, straceHostile(t, filepath.Join(dir, "strace"), program, round))
					same, all = same+s, all+n
				}
			}
			if all == 0 {
				return // there is no strace
			}
			t.Logf("%d of %d lines are strace's, %.1f %%", same, all, 100*float64(same)/float64(all))
			if 100*same < minHostileAgreement*all {
				t.Errorf("%d of %d lines are strace's, want at least %d %%", same, all, minHostileAgreement)
			}
		})
	}
}

// hostileLines runs a tracer of a round and returns its lines of the calls that
// the round has made: those between the filter's installation and the end.
func hostileLines(t *testing.T, trace string, args ...string) []string {
	t.Helper()
	if r := (testkit.Command{Args: args, Trace: trace}).Run(t); r.Status != 0 {
		t.Fatalf("%s: %s", strings.Join(args, " "), r.Describe())
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(wholeLines(string(text)), "PR_SET_SECCOMP, ")
	_, rest, ended := strings.Cut(rest, "\n")
	if !found || !ended {
		t.Fatalf("%s: the filter's installation is not in the trace", strings.Join(args, " "))
	}
	lines := strings.Split(strings.TrimSuffix(rest, "\n"), "\n")
	return lines[:max(len(lines)-2, 0)] // exit_group, and the end
}

// straceHostile returns strace's lines of the round; none where there is no strace.
func straceHostile(t *testing.T, trace, program, round string) []string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		return nil
	}
	return hostileLines(t, trace, strace, "-o", trace, program, round)
}

// systemCallLine is a whole call: its name, its arguments, its result.
var systemCallLine = regexp.MustCompile(`^(\w+)@SYS\((.*)\) += (.*)$`)

// checkHostile checks that each call of a round is there, in the order of the
// numbers, and has ended as the filter has answered.
func checkHostile(t *testing.T, arch *sysdeps.Arch, round string, lines []string) {
	t.Helper()
	i := 0
	for nr := int64(0); nr < hostileBelow; nr++ {
		name := arch.Syscalls.Name(nr)
		switch name {
		case "uretprobe", "uprobe":
			continue // the filter is not asked
		case "":
			name = fmt.Sprintf("syscall_%#x", nr)
		}
		if i == len(lines) {
			t.Fatalf("%s: the trace ends before %s", round, name)
		}
		line := lines[i]
		i++
		m := systemCallLine.FindStringSubmatch(line)
		if m == nil || m[1] != name && !makes(arch, nr, m[1]) {
			t.Fatalf("%s: %q, want a call of %s", round, line, name)
		}
		failed := m[3] == "-1 EDOM (Numerical argument out of domain)"
		if want := round[1] == 'f'; failed != want || !want && strings.HasPrefix(m[3], "-1") {
			t.Errorf("%s: %q: failed %t, want %t", round, line, failed, want)
		}
	}
	if i != len(lines) {
		t.Errorf("%s: %d more lines: %q ...", round, len(lines)-i, lines[i])
	}
}

// makes tells whether a call has a part by a name.
func makes(arch *sysdeps.Arch, nr int64, name string) bool {
	for _, part := range arch.Syscalls.Parts(nr) {
		if part == name {
			return true
		}
	}
	return false
}

// compareHostile counts the lines that are the same as strace's, and checks that
// the others have as many arguments.
func compareHostile(t *testing.T, round string, ours, theirs []string) (same, all int) {
	t.Helper()
	if len(theirs) == 0 {
		return 0, 0
	}
	if len(ours) != len(theirs) {
		t.Fatalf("%s: %d calls, strace has seen %d", round, len(ours), len(theirs))
	}
	for i := range ours {
		a := aligned.ReplaceAllString(strings.Replace(ours[i], "@SYS(", "(", 1), ") = ")
		b := aligned.ReplaceAllString(theirs[i], ") = ")
		all++
		if a == b {
			same++
			continue
		}
		name, _, _ := strings.Cut(a, "(")
		if !strings.HasPrefix(b, name+"(") || otherArguments[name] != "" {
			continue // strace has another name, or another count for a reason
		}
		if n, want := countArguments(a), countArguments(b); n != want {
			t.Errorf("%s: %d arguments, strace has %d:\n%s\n%s", round, n, want, a, b)
		}
	}
	return same, all
}

// aligned is the end of the arguments and what comes before the result.
var aligned = regexp.MustCompile(`\) += `)

// countArguments counts a line's arguments: commas that stand in no text,
// remark or bracket.
func countArguments(line string) int {
	_, list, _ := strings.Cut(line, "(")
	n, depth := 0, 0
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '"':
			for i++; i < len(list) && list[i] != '"'; i++ {
				if list[i] == '\\' {
					i++
				}
			}
		case strings.HasPrefix(list[i:], "/*"):
			i += strings.Index(list[i:], "*/")
		case c == ')' && depth == 0:
			if i == 0 {
				return 0
			}
			return n + 1
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case c == ',' && depth == 0:
			n++
		}
	}
	return -1
}
