package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestStacksStrace holds the stacks of system calls against those of strace -k, by where
// in their pages the addresses are.
func TestStacksStrace(t *testing.T) {
	if out, err := exec.Command("strace", "-k", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		testkit.Lacks(t, "strace -k: %v: %s", err, out)
	}
	// Programs that are linked statically strace gets nowhere in (elfutils 0.188).
	for _, flags := range [][]string{{"-O0"}, {"-O2"}, {"-O2", "-no-pie"}, {"-O1", "-fno-omit-frame-pointer"}} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			program := testkit.Build(t, "testdata/callers.c", append(flags, "-pthread", "-rdynamic")...)
			file := filepath.Join(t.TempDir(), "strace")
			testkit.Command{Args: []string{"strace", "-f", "-k", "-o", file, program}}.Run(t)
			want := readSystemStacks(t, file)
			r := runTraced(t, "-f -L -S -k", program)
			checkExit(t, r.Result, 0)
			got := readSystemStacks(t, r.file)
			if len(got) != len(want) || len(got) != 6 {
				t.Fatalf("%d threads and processes, strace tells of %d, want 6", len(got), len(want))
			}
			same := 0
			for i := range want {
				same += compareSystemStacks(t, got[i], want[i])
			}
			if same < 150 {
				t.Errorf("no more than %d stacks are the same", same)
			}
		})
	}
}

// systemStack is a system call with its stack.
type systemStack struct {
	call  string
	pages []string // the addresses, the innermost first, as the three digits within a page
	text  string
}

// notCompared are calls whose stacks strace shows as they are when the call has returned,
// to where another stack is, or never; and those that depend on which thread is faster.
var notCompared = []string{"execve", "rt_sigreturn", "exit", "exit_group", "futex", "munmap", "madvise", "mprotect"}

// cutShort are those that glibc makes in code of which its tables tell nothing. strace
// goes no further there.
var cutShort = []string{"clone3"}

func compareSystemStacks(t *testing.T, got, want []systemStack) (same int) {
	leave := func(s systemStack) bool { return slices.Contains(notCompared, s.call) }
	got, want = slices.DeleteFunc(got, leave), slices.DeleteFunc(want, leave)
	if len(got) != len(want) {
		t.Errorf("%d calls, strace tells of %d", len(got), len(want))
		return 0
	}
	for i := range want {
		g, w := got[i], want[i]
		if g.call == w.call && slices.Contains(cutShort, g.call) && len(g.pages) > len(w.pages) {
			g.pages = g.pages[:len(w.pages)]
		}
		if g.call != w.call || !slices.Equal(g.pages, w.pages) {
			t.Errorf("sonde:\n%sstrace:\n%s", g.text, w.text)
		} else {
			same++
		}
	}
	return same
}

var (
	stackedCall  = regexp.MustCompile(`^(\d+) +(?:<\.\.\. )?([a-z0-9_]+)(?:@SYS)?(?:\(| resumed>)`)
	frameAddress = regexp.MustCompile(`^ > .*\[0x([0-9a-f]+)\]`)
)

// readSystemStacks reads a trace of strace's or sonde's, and returns the calls that have
// stacks, for each thread in the order in which they appear.
func readSystemStacks(t *testing.T, file string) (all [][]systemStack) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	threads := make(map[string]int)
	var last *systemStack
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for thread := 0; lines.Scan(); {
		line := lines.Text()
		m := frameAddress.FindStringSubmatch(line)
		switch call := stackedCall.FindStringSubmatch(line); {
		case call != nil:
			var ok bool
			if thread, ok = threads[call[1]]; !ok {
				thread = len(all)
				threads[call[1]] = thread
				all = append(all, nil)
			}
			last = &systemStack{call: call[2], text: line + "\n"}
		case m != nil && last != nil:
			a, err := strconv.ParseUint(m[1], 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			if len(last.pages) == 0 {
				all[thread] = append(all[thread], systemStack{})
			}
			last.pages = append(last.pages, strconv.FormatUint(a&0xfff, 16))
			last.text += line + "\n"
			all[thread][len(all[thread])-1] = *last
		case line == "" || !strings.HasPrefix(line, " >"): // a signal's
			last = nil
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
