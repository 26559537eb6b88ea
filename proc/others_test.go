package proc

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sonde/elfsym"
	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// walkers are others that walk the stack of a process: how they are asked, and what a
// line of a frame is, with its address. gdb tells none of the innermost frame if that is
// at the beginning of a line, nor of what a signal handler returns to.
var walkers = []struct {
	name  string
	args  []string
	frame *regexp.Regexp
}{
	{"gdb", []string{"gdb", "-nx", "-batch", "-iex", "set debug-file-directory /nonexistent", "-iex", "set debuginfod enabled off", "-ex", "set backtrace past-main on", "-ex", "bt 300", "-p"}, regexp.MustCompile(`(?m)^#\d+ +(?:(0x[0-9a-f]+) in|<signal handler called>|\S+ \()`)},
	{"eu-stack", []string{"eu-stack", "-n", "300", "-p"}, regexp.MustCompile(`(?m)^#\d+ +(0x[0-9a-f]+)`)},
}

// mistaken are the programs, and situations, in which others are wrong (gdb 13.1,
// elfutils 0.188), and what they do there. This walk is right there by what the program
// knows (TestStacksOfSituations).
var mistaken = map[string]string{
	"eu-stack, O2, nil":       "ends at the call of nil",
	"eu-stack, O2, frameless": "ends in code that a JIT has made",
	"gdb, O2, framed":         "takes what such code has saved for a return address",
	"gdb, O2, frameless":      "takes what such code has kept free for a return address",
	"gdb, O2, coroutine":      "goes on where the coroutine's stack begins",
	"eu-stack, no tables":     "takes the frame pointer for one, and ends",
	"gdb, no tables":          "takes the frame pointer for one, ends, or goes on at random",
}

// Stacks are those that gdb and eu-stack show, but for what they get wrong.
func TestStacksAgainstOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("gdb takes a second for each")
	}
	for _, kind := range []struct {
		name  string
		flags []string
	}{
		{"O2", []string{"-O2", "-fno-optimize-sibling-calls"}},
		{"no tables", []string{"-O2", "-fno-optimize-sibling-calls", "-fno-asynchronous-unwind-tables"}},
	} {
		path := testkit.Build(t, "testdata/situations.c", kind.flags...)
		for _, s := range situations {
			t.Run(kind.name+" "+s.name, func(t *testing.T) {
				pid := testkit.StartSituation(t, path, s.name).PID
				awaitPause(t, pid)
				others := make(map[string][]string)
				for _, w := range walkers {
					if _, err := exec.LookPath(w.args[0]); err != nil {
						t.Logf("not compared: %v", err)
						continue
					}
					text, _ := exec.Command(w.args[0], append(w.args[1:], fmt.Sprint(pid))...).CombinedOutput()
					for _, m := range w.frame.FindAllStringSubmatch(string(text), -1) {
						others[w.name] = append(others[w.name], address(m[1]))
					}
					awaitPause(t, pid)
				}
				var own []string
				seize(t, pid, func(z *seized) {
					z.walker.Limit = 300
					z.stop(func(_ int, regs *sysdeps.Regs, images *elfsym.Images) {
						frames, _, _ := z.stack(regs, images)
						for _, f := range frames {
							own = append(own, f.PC.String())
						}
					})
				})
				for name, pcs := range others {
					same := slices.EqualFunc(pcs, own, func(other, own string) bool { return other == "" || other == own })
					why := mistaken[name+", "+kind.name]
					if why == "" {
						why = mistaken[name+", "+kind.name+", "+s.name]
					}
					switch {
					case !same && why == "":
						t.Errorf("%s has %v, own %v", name, pcs, own)
					case same && why != "":
						t.Logf("%s no longer %s", name, why)
					}
				}
			})
		}
	}
}

// address writes an address without zeroes before it.
func address(s string) string {
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		if digits = strings.TrimLeft(digits, "0"); digits == "" {
			digits = "0"
		}
		return "0x" + digits
	}
	return s
}

// awaitPause waits until the program has nothing more to do.
func awaitPause(t *testing.T, pid int) {
	t.Helper()
	for {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", pid))
		if err != nil {
			t.Fatal(err)
		}
		if nr, _, _ := strings.Cut(string(text), " "); nr == fmt.Sprint(sysPause) {
			return
		}
	}
}

// sysPause is the number of pause(2) on x86-64.
const sysPause = 34
