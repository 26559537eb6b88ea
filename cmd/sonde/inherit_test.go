package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestInherited compares what a program inherits from its parent when the tool
// stands between them with what it inherits by itself: signals, descriptors, limits,
// names, credentials, priorities.
func TestInherited(t *testing.T) {
	parent := testkit.Build(t, "testdata/inherit_parent.c", "-O1")
	program := testkit.Build(t, "testdata/inherit.c", "-O1")
	args := []string{program, "one", "", "three four"}
	want := testkit.Run(t, append([]string{parent}, args...)...)
	checkExit(t, want, 0)
	for _, options := range []string{
		"-o trace", "-o trace -f", "-o trace -c", "-o trace -e no_such_function*", "-o +trace", "-o trace -ff",
		"-o trace --json", "-o |cat>/dev/null",
	} {
		tool := append([]string{parent, testkit.Sonde(t)}, strings.Fields(strings.ReplaceAll(options, "trace", filepath.Join(t.TempDir(), "trace")))...)
		got := testkit.Run(t, append(tool, args...)...)
		checkExit(t, got, 0)
		gotLines, wantLines := strings.Split(got.Stdout, "\n"), strings.Split(want.Stdout, "\n")
		for _, line := range gotLines {
			if !slices.Contains(wantLines, line) {
				t.Errorf("options %q: traced only: %s", options, line)
			}
		}
		for _, line := range wantLines {
			if !slices.Contains(gotLines, line) {
				t.Errorf("options %q: untraced only: %s", options, line)
			}
		}
	}
}
