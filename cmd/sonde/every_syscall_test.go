package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// everyGroups are the programs testdata/every/NAME.c. Together they make every
// system call, with arguments that mean something.
var everyGroups = []string{
	// Files and memory.
	"names", "attributes", "descriptors", "control", "waiting", "mounts", "memory",

	// Processes, and what is between them.
	"clocks", "identities", "ipc", "limits", "network", "processes",
	"rings", "security", "signals", "system", "threads", "tracing",
}

// TestEverySystemCall traces programs that make every system call of x86-64 and of
// i386 and know how each must be shown: its name, each argument, what comes out, and
// the result. They are traced with and without -v.
func TestEverySystemCall(t *testing.T) {
	for _, machine := range []struct {
		arch *sysdeps.Arch
		flag string
	}{{sysdeps.AMD64, "-m64"}, {sysdeps.I386, "-m32"}} {
		t.Run(machine.arch.Name, func(t *testing.T) {
			seen, groups := map[string]bool{}, 0
			for _, group := range everyGroups {
				t.Run(group, func(t *testing.T) {
					groups++
					program := testkit.Build(t, "testdata/every/"+group+".c", machine.flag, "-static", "-O1", "-Wall", "-Werror", "-pthread")
					checkEvery(t, seen, program)
					checkEvery(t, seen, program, "whole")
				})
			}
			if groups == len(everyGroups) { // -run may have chosen some
				checkEveryName(t, machine.arch, seen)
			}
		})
	}
}

// checkEvery traces a group and compares the trace with what the program wants in it.
// The names of the calls that it knows of are noted in seen.
func checkEvery(t *testing.T, seen map[string]bool, program string, mode ...string) {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	args := []string{testkit.Sonde(t), "-f", "-L", "-S", "-o", trace}
	if len(mode) > 0 {
		args = append(args, "-v")
	}
	args = append(append(args, program, t.TempDir()), mode...)
	r := testkit.Command{Args: args, Trace: trace}.Run(t)
	if r.Status != 0 {
		t.Fatalf("%s", r.Describe())
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	have := everyLines(string(text))
	if r.Stdout == "" {
		t.Error("the program wants nothing")
	}
	for want := range strings.Lines(r.Stdout) {
		want = strings.TrimSuffix(want, "\n")
		if rest, ok := strings.CutPrefix(want, "unwanted "); ok {
			name, why, _ := strings.Cut(rest, " ")
			if why == "" {
				t.Errorf("%s is left out for no reason", name)
			}
			seen[name] = true
			continue
		}
		name, _, _ := strings.Cut(want, "(")
		seen[name] = true
		have = wantLine(t, have, name, want)
	}
}

// wantLine looks for a line and returns those behind it. If there is none, those behind
// the first of the same call are returned, which was probably meant.
func wantLine(t *testing.T, have []string, name, want string) []string {
	t.Helper()
	meant := -1
	for i, line := range have {
		if line == want {
			return have[i+1:]
		}
		if meant < 0 && strings.HasPrefix(line, name+"(") {
			meant = i
		}
	}
	if meant < 0 {
		t.Errorf("want %s\nhave no %s any more", want, name)
		return have
	}
	t.Errorf("want %s\nhave %s", want, have[meant])
	return have[meant+1:]
}

var (
	// everyThread is the thread that a line begins with.
	everyThread = regexp.MustCompile(`^(\d+) +`)
	// everyCut is how a line ends whose call others came between.
	everyCut = regexp.MustCompile(` ?<(unfinished|no return) \.\.\.>$`)
	// everyResumed is the end of such a call.
	everyResumed = regexp.MustCompile(`^<\.\.\. \w+(?:@SYS)? resumed>`)
)

// everyLines returns the calls of a trace, each in one line, in the order in which they
// ended, without threads, "@SYS" and the column of results. A call that never ends
// stands where it began: "pause( <no return ...>".
func everyLines(trace string) []string {
	var lines []string
	begun := map[string]string{}
	for line := range strings.Lines(trace) {
		tid := everyThread.FindString(line)
		line = strings.TrimSuffix(line[len(tid):], "\n")
		if end := everyResumed.FindString(line); end != "" {
			line = begun[tid] + line[len(end):]
		} else if cut := everyCut.FindString(line); strings.Contains(cut, "unfinished") {
			begun[tid] = strings.TrimSuffix(line, cut)
			continue
		}
		line = strings.Replace(line, "@SYS(", "(", 1)
		lines = append(lines, aligned.ReplaceAllString(line, ") = "))
	}
	return lines
}

// checkEveryName checks that the groups have all calls, and all parts of calls, that the
// machine's table names, and no others.
func checkEveryName(t *testing.T, arch *sysdeps.Arch, seen map[string]bool) {
	t.Helper()
	named := map[string]bool{}
	for nr, name := range arch.Syscalls.All() {
		named[name] = true
		for _, part := range arch.Syscalls.Parts(nr) {
			named[part] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if !seen[name] {
			t.Errorf("%s is in no group", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		if !named[name] && !strings.HasPrefix(name, "syscall_0x") {
			t.Errorf("%s is no call", name)
		}
	}
}
