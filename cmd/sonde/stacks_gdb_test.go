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

// TestStacksGDB holds the stacks of library calls against what gdb shows at the same calls
// of the first thread, by where in their pages the addresses are.
func TestStacksGDB(t *testing.T) {
	testkit.Need(t, "gdb")
	for _, flags := range [][]string{{"-O2"}, {"-O0", "-no-pie"}, {"-O2", "-m32"}, {"-O0", "-m32"}} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			program := testkit.Build(t, "testdata/callers.c", append(flags, "-pthread", "-rdynamic")...)
			want := gdbStacks(t, program)
			r := runTraced(t, "-f -b -w 400 -e getppid", program)
			checkExit(t, r.Result, 0)
			stacks := readStacks(t, r.file)
			var got [][]string
			for _, st := range stacks {
				if st.tid == stacks[0].tid && strings.Contains(st.line, "->getppid(") {
					got = append(got, st.pages())
				}
			}
			if len(want) < 20 || len(want) != len(got) {
				t.Fatalf("%d stacks, gdb has %d", len(got), len(want))
			}
			for i := range want {
				// Where coroutines end gdb finds more, which has not called them.
				if strings.Contains(stacks.of(stacks[0].tid, "getppid")[i], "own_coroutine") {
					continue
				}
				if diff := cmp.Diff(want[i], got[i]); diff != "" {
					t.Errorf("call %d (-gdb +sonde)\n%s", i, diff)
				}
			}
		})
	}
}

// pages returns the last three digits of the addresses, and what is no function by name.
func (st *shownStack) pages() (pages []string) {
	for _, f := range st.frames {
		if f.signal {
			pages = append(pages, "signal")
		} else {
			pages = append(pages, f.address[len(f.address)-3:])
		}
	}
	return pages
}

var gdbFrame = regexp.MustCompile(`^#(\d+) +(?:0x[0-9a-f]*([0-9a-f]{3}) in |(<signal handler called>))?`)

// gdbStacks returns the frames behind getppid each time that a program's first thread comes
// there.
func gdbStacks(t *testing.T, program string) (all [][]string) {
	t.Helper()
	script := []string{
		// By debugging information of libc gdb shows functions that are inlined or have
		// ended by a jump, too.
		"set debug-file-directory /nonexistent",
		"set pagination off", "set debuginfod enabled off", "set breakpoint pending on", "set width 0", "set backtrace past-main on",
		"handle all nostop noprint pass", "break getppid if $_thread == 1",
		"commands\nsilent\nprintf \"call\\n\"\nbacktrace\ncontinue\nend", "run >/dev/null",
	}
	file := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(file, []byte(strings.Join(script, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := testkit.Command{Args: []string{"gdb", "-nx", "-batch", "-x", file, program}}.Run(t)
	for line := range strings.Lines(r.Stdout) {
		m := gdbFrame.FindStringSubmatch(line)
		switch {
		case line == "call\n":
			all = append(all, nil)
		case m == nil || m[1] == "0" || len(all) == 0:
		case m[3] != "":
			all[len(all)-1] = append(all[len(all)-1], "signal")
		default:
			all[len(all)-1] = append(all[len(all)-1], m[2])
		}
	}
	if len(all) == 0 {
		t.Fatalf("gdb: %s", r.Describe())
	}
	return slices.Clip(all)
}
