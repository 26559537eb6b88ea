package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestDescriptors compares what -y and -yy tell of descriptors with what strace
// does, line by line.
func TestDescriptors(t *testing.T) {
	strace := testkit.Need(t, "strace")
	program := testkit.Build(t, "testdata/descriptors.c", "-O1")
	for _, option := range []string{"-y", "-yy"} {
		t.Run(option, func(t *testing.T) {
			dir := t.TempDir()
			traced := func(args ...string) []string {
				trace := filepath.Join(t.TempDir(), "trace")
				args = append(args, "-o", trace, "env", "-C", dir, program)
				r := testkit.Command{Args: args, Trace: trace}.Run(t)
				checkExit(t, r, 0)
				return descriptorLines(t, trace)
			}
			want := traced(strace, option)
			got := traced(testkit.Sonde(t), "-L", "-S", "-a0", option)
			for i := range max(len(want), len(got)) {
				switch {
				case i >= len(got):
					t.Fatalf("the trace ends before %s", want[i])
				case i >= len(want):
					t.Fatalf("the trace goes on with %s", got[i])
				case got[i] != want[i]:
					t.Errorf("%s\nof strace's\n%s", got[i], want[i])
				}
			}
		})
	}
}

// descriptorLines returns a trace's lines of system calls from the program's first
// one on, without what differs from run to run.
func descriptorLines(t *testing.T, trace string) []string {
	t.Helper()
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	for _, mask := range [...]struct{ what, by string }{
		{`(?m)^(\w+)@SYS\(`, "$1("},
		{`\) += `, ") = "},
		{`\[\d+(->\d+)?([],])`, "[INODE$1$2"},
		{`->\d+([],])`, "->INODE$1"},
		{`(\.1|::1\]):\d+`, "$1:PORT"},
		{`htons\(\d+\)`, "htons(PORT)"},
		// Of a TCP socket that is bound and not connected, nor listens yet, the
		// tables in /proc do not tell.
		{`listen\((\d+<TCP(v6)?:)\[[^>]*\]>`, "listen($1>"},
		{`0x[0-9a-f]{6,}`, "ADDRESS"},
		{`(pid:|ROUTE:|pidfd_open\(|getpid\(\) = )\d+`, "${1}PID"},
	} {
		text = regexp.MustCompile(mask.what).ReplaceAll(text, []byte(mask.by))
	}
	lines := strings.Split(string(text), "\n")
	last := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "exit_group(") })
	first := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, `"/etc/passwd", O_RDONLY)`) })
	if first < 0 || last < first || last-first < 80 {
		t.Fatalf("the trace has not the program's calls:\n%s", text)
	}
	return lines[first:last]
}

// TestDescriptorsOfLibraryCalls holds that arguments, results and elements of
// library calls are told like those of system calls, and without -y not at all.
func TestDescriptorsOfLibraryCalls(t *testing.T) {
	program := testkit.Build(t, "testdata/descriptors.c", "-O1")
	for _, c := range []struct {
		options []string
		lines   []string
	}{
		{[]string{"-y"}, []string{
			`open\("/etc/passwd", O_RDONLY\) = 3</etc/passwd>`,
			`dup\(3</etc/passwd>\) = 4</etc/passwd>`,
			`write\(\d+</dev/null>, "x", 1\) = 1`,
			`openat\(AT_FDCWD</>, "etc/passwd", O_RDONLY\) = \d+</etc/passwd>`,
			`pipe\(\[ \d+<pipe:\[\d+\]>, \d+<pipe:\[\d+\]> \]\) = 0`,
			`write\(\d+</memfd:mem>\(deleted\), "x", 1\) = 1`,
			`listen\(\d+<socket:\[\d+\]>, 5\) = 0`,
		}},
		{[]string{"-yy"}, []string{
			`write\(\d+</dev/null<char 1:3>>, "x", 1\) = 1`,
			`accept\(\d+<TCP:\[127\.0\.0\.1:\d+\]>, nil, nil\) = \d+<TCP:\[127\.0\.0\.1:\d+->127\.0\.0\.1:\d+\]>`,
		}},
		{nil, []string{
			`open\("/etc/passwd", O_RDONLY\) = 3`,
			`dup\(3\) = 4`,
		}},
	} {
		trace := filepath.Join(t.TempDir(), "trace")
		args := append([]string{testkit.Sonde(t), "-a0", "-o", trace}, c.options...)
		r := testkit.Command{Args: append(args, "env", "-C", t.TempDir(), program), Trace: trace}.Run(t)
		checkExit(t, r, 0)
		text, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range c.lines {
			if !regexp.MustCompile("(?m)^" + line + "$").Match(text) {
				t.Errorf("%v: no line of the trace is %s\n%s", c.options, line, text)
			}
		}
	}
}

// TestTruthOfDescriptors holds what is told of descriptors against a program that writes
// the name of each file into it.
func TestTruthOfDescriptors(t *testing.T) {
	t.Parallel()
	program := testkit.Build(t, "testdata/descriptor_truth.c", "-O1", "-pthread")
	trace := filepath.Join(t.TempDir(), "trace")
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := testkit.Command{Args: []string{
		testkit.Sonde(t), "-f", "-L", "-S", "-y", "-s", "4096", "-o", trace, program, dir,
	}, Trace: trace}.Run(t)
	checkExit(t, r, 0)
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	want, err := strconv.Atoi(strings.TrimSpace(r.Stdout))
	if err != nil {
		t.Fatal(err)
	}
	file := regexp.QuoteMeta(dir) + `/\d+-\d+`
	for _, c := range []struct{ pattern, call string }{
		{`write@SYS\(\d+<([^>]*)>, "(` + file + `)"`, "write"},
		{`openat@SYS\(AT_FDCWD<[^>]*>, "(` + file + `)", [^)\n]*\) += \d+<([^>]*)>`, "openat"},
	} {
		n := 0
		for _, m := range regexp.MustCompile(c.pattern).FindAllStringSubmatch(string(text), -1) {
			if n++; m[1] != m[2] {
				t.Errorf("%s", m[0])
			}
		}
		// Of calls whose ends have lines of their own the results are not looked at.
		if c.call == "write" && n != want || n == 0 {
			t.Errorf("%d lines of %s, of %d writes", n, c.call, want)
		}
	}
}
