package main

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sonde/cli"
	"sonde/internal/testkit"
	"sonde/stacks"
	"sonde/sysdeps"
	"sonde/variables"
)

// startRich starts values.c, and returns what it says that its variables hold: by the
// name of the function and the variable's.
func startRich(t *testing.T, flags ...string) (p *testkit.Peer, program string, want map[string]string) {
	t.Helper()
	return startTelling(t, "testdata/values.c", flags...)
}

// startTelling starts a program that tells this.
func startTelling(t *testing.T, source string, flags ...string) (p *testkit.Peer, program string, want map[string]string) {
	t.Helper()
	program = testkit.Build(t, source, append(flags, "-g")...)
	p, lines := startLines(t, program)
	return p, program, told(lines)
}

// told is what the lines say: values by the names of functions and variables.
func told(lines []string) map[string]string {
	all := make(map[string]string)
	for _, line := range lines {
		function, rest, _ := strings.Cut(line, " ")
		name, value, _ := strings.Cut(rest, " ")
		all[function+" "+name] = value
	}
	return all
}

// held are the variables of a thread by the names of their functions and their own.
func held(th *stacks.Thread) map[string]variables.Variable {
	all := make(map[string]variables.Variable)
	add := func(function string, s *variables.Scope) {
		function, _, _ = strings.Cut(function, ".constprop") // a clone for certain arguments
		if s != nil {
			for _, v := range append(s.Params[:len(s.Params):len(s.Params)], s.Locals...) {
				all[function+" "+v.Name] = v
			}
		}
	}
	for i := range th.Frames {
		f := &th.Frames[i]
		for j := range f.InlinedVariables {
			add(f.Inlined[j].Function, &f.InlinedVariables[j])
		}
		add(f.Function, f.Variables)
	}
	return all
}

// TestRich holds the values of parameters and locals against what the program knows of
// them, in the process and in its core file: where code is not optimized all are there, and
// else none is another.
func TestRich(t *testing.T) {
	for _, c := range []struct {
		flags string
		least int // of 26 are known
	}{
		{"-O0", 26},
		{"-O0 -gdwarf-4", 26},
		{"-O0 -gdwarf-3", 26},
		{"-O0 -m32", 26},
		{"-O0 -static", 26},
		{"-O1", 17},
		{"-O2", 19},
		{"-O2 -gdwarf-4", 19},
		{"-O2 -m32", 12},
		{"-O2 -gsplit-dwarf", 19},
		{"-O2 -gsplit-dwarf -gdwarf-4", 19},
		{"-O3 -fomit-frame-pointer", 18},
		{"-Og", 17},
	} {
		t.Run(c.flags, func(t *testing.T) {
			p, program, want := startRich(t, strings.Fields(c.flags)...)
			live := process(t, "--rich", strconv.Itoa(p.PID))
			checkValues(t, held(&live.Threads[0]), want, c.least)
			dir := t.TempDir()
			run0(t, "fcore", "-o", filepath.Join(dir, "core"), strconv.Itoa(p.PID))
			core := process(t, "--rich", filepath.Join(dir, fmt.Sprintf("core.%d", p.PID)), program)
			checkValues(t, held(&core.Threads[0]), want, c.least)
		})
	}
}

// TestRichClasses holds the same of C++: objects, references, strings and lambdas.
func TestRichClasses(t *testing.T) {
	for _, c := range []struct {
		flags string
		least int // of 15 are known
	}{{"-O0", 15}, {"-O2", 10}, {"-O2 -gdwarf-4 -fdebug-types-section", 10}, {"CC=clang -O0 -fstandalone-debug", 15}, {"-O0 -m32", 15}} {
		t.Run(c.flags, func(t *testing.T) {
			p, _, want := startTelling(t, "testdata/values.cc", strings.Fields(c.flags)...)
			live := process(t, "--rich", strconv.Itoa(p.PID))
			got := held(&live.Threads[0])
			for name, v := range got { // that of the lambda has another name with each compiler
				if strings.HasSuffix(name, " k") {
					got["shop::Store::sell k"] = v
				}
			}
			checkValues(t, got, want, c.least)
		})
	}
}

// TestRichGo holds the same of Go.
func TestRichGo(t *testing.T) {
	for _, c := range []struct {
		flags string
		least int // of 11 are known
	}{{"-gcflags=all=-N -l", 11}, {"-gcflags=", 6}} {
		t.Run(c.flags, func(t *testing.T) {
			p := testkit.Start(t, "stdout", nil, testkit.BuildGo(t, "testdata/values_go", c.flags, "CGO_ENABLED=0"))
			var lines []string
			for line, ok := p.Next(t); ok && line != "ready"; line, ok = p.Next(t) {
				lines = append(lines, line)
			}
			testkit.Await(t, "the program to pause", func() bool {
				text, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", p.PID))
				number, _, _ := strings.Cut(string(text), " ")
				n, _ := strconv.ParseInt(number, 10, 64)
				return err == nil && sysdeps.AMD64.Syscalls.Name(n) == "pause"
			})
			live := process(t, "--rich", strconv.Itoa(p.PID))
			got, want := held(&live.Threads[0]), told(lines)
			for name := range want { // Go's compiler leaves out some that it has optimized away
				if _, ok := got[name]; !ok && c.least < len(want) {
					delete(want, name)
				}
			}
			checkValues(t, got, want, c.least)
		})
	}
}

// TestRichVectors holds that floating point numbers are known that the innermost function has
// in registers, in the process and in its core file.
func TestRichVectors(t *testing.T) {
	for _, flags := range []string{"-O2", "-O2 -gdwarf-4", "-O2 -mavx", "CC=clang -O2"} {
		t.Run(flags, func(t *testing.T) {
			program := testkit.Build(t, "testdata/spin.c", append(strings.Fields(flags), "-g")...)
			p := testkit.Start(t, "stdout", nil, program)
			var lines []string
			for line, ok := p.Next(t); ok && line != "ready"; line, ok = p.Next(t) {
				lines = append(lines, line)
			}
			var live *stacks.Process
			testkit.Await(t, "the program to spin", func() bool {
				live = process(t, "--rich", strconv.Itoa(p.PID))
				return live.Threads[0].Frames[0].Function == "spin"
			})
			checkValues(t, held(&live.Threads[0]), told(lines), 3)
			dir := t.TempDir()
			run0(t, "fcore", "-o", filepath.Join(dir, "core"), strconv.Itoa(p.PID))
			core := process(t, "--rich", filepath.Join(dir, fmt.Sprintf("core.%d", p.PID)), program)
			checkValues(t, held(&core.Threads[0]), told(lines), 3)
		})
	}
}

// TestEntryValues holds that no value is taken from a call of another function: of those that
// the program tells, the ones behind tail calls are not known, and none is another.
func TestEntryValues(t *testing.T) {
	for _, c := range []struct {
		flags string
		least int // of 5 are known
	}{{"-O2", 3}, {"-O2 -gdwarf-4", 3}, {"-O3 -fno-plt", 3}, {"-O1", 3}, {"CC=clang -O2", 2}} {
		t.Run(c.flags, func(t *testing.T) {
			p, _, want := startTelling(t, "testdata/tails.c", strings.Fields(c.flags)...)
			live := process(t, "--rich", strconv.Itoa(p.PID))
			got := held(&live.Threads[0])
			checkValues(t, got, want, c.least)
			for name, value := range gdbValues(t, p.PID) {
				if v, ok := got[name]; want[name] != "" && (!ok || v.Value != value) {
					t.Errorf("%s = %s %s, and gdb has %s", name, v.Value, v.Absent, value)
				}
			}
		})
	}
}

func checkValues(t *testing.T, got map[string]variables.Variable, want map[string]string, least int) {
	t.Helper()
	known := 0
	for name, value := range want {
		switch v, ok := got[name]; {
		case !ok:
			t.Errorf("%s is not there", name)
		case v.Value == value:
			known++
		case v.Value != "" || v.Absent == "":
			t.Errorf("%s = %s %s, want %s", name, v.Value, v.Absent, value)
		}
	}
	if known < least {
		t.Errorf("%d of %d are known, want %d: %v", known, len(want), least, got)
	}
}

// gdbValues are the scalar values that gdb's bt full has, by function and name.
func gdbValues(t *testing.T, pid int) map[string]string {
	t.Helper()
	cmd := exec.Command("gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex", "set print entry-values no",
		"-p", strconv.Itoa(pid), "-ex", "bt full")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("gdb: %v", err)
	}
	frame := regexp.MustCompile(`^#\d+ +(?:0x[0-9a-f]+ in )?(\w+)[^ ]* \((.*)\)`)
	param := regexp.MustCompile(`(\w+)=(-?[0-9][0-9.e+-]*|true|false|0x[0-9a-f]+ "[^"]*")(?:,|$)`)
	local := regexp.MustCompile(`^ +(\w+) = (-?[0-9][0-9.e+-]*|true|false|[A-Z]+|0x[0-9a-f]+ "[^"]*")(?: '.*')?$`)
	all := make(map[string]string)
	function := ""
	for line := range strings.Lines(string(out)) {
		line = strings.TrimRight(line, "\n")
		if m := frame.FindStringSubmatch(line); m != nil {
			function = m[1]
			for _, p := range param.FindAllStringSubmatch(m[2], -1) {
				all[function+" "+p[1]] = p[2]
			}
		} else if m := local.FindStringSubmatch(line); m != nil && function != "" {
			all[function+" "+m[1]] = m[2]
		}
	}
	return all
}

// TestRichPeer compares values with gdb's: what both tell of is the same.
func TestRichPeer(t *testing.T) {
	for _, c := range []struct {
		flags string
		least int // values that both have
	}{{"-O0", 12}, {"-O2", 10}, {"-O2 -m32", 6}, {"-O2 -gdwarf-4", 10}} {
		t.Run(c.flags, func(t *testing.T) {
			p, _, said := startRich(t, strings.Fields(c.flags)...)
			live := process(t, "--rich", strconv.Itoa(p.PID))
			got, both := held(&live.Threads[0]), 0
			for name, value := range gdbValues(t, p.PID) {
				v, ok := got[name]
				switch _, own := said[name]; {
				case !own: // in a function of the C library
				case !ok || v.Value == "":
					t.Errorf("%s is not known (%s), and gdb has %s", name, v.Absent, value)
				case sameValue(v.Value, value):
					both++
				default:
					t.Errorf("%s = %s, and gdb has %s", name, v.Value, value)
				}
			}
			if both < c.least {
				t.Errorf("gdb and fstack have %d values in common, want %d", both, c.least)
			}
		})
	}
}

// sameValue compares a value with one of gdb's, which has addresses before strings and
// other digits of numbers.
func sameValue(got, gdb string) bool {
	if _, text, ok := strings.Cut(gdb, " "); ok {
		gdb = text
	}
	if got == gdb {
		return true
	}
	a, errA := strconv.ParseFloat(got, 64)
	b, errB := strconv.ParseFloat(gdb, 64)
	return errA == nil && errB == nil && math.Abs(a-b) <= 1e-6*math.Abs(b)
}

// TestPrintVariables looks at what the words of --print make of a frame.
func TestPrintVariables(t *testing.T) {
	p, _, _ := startRich(t, "-O0")
	pid := strconv.Itoa(p.PID)
	for _, c := range []struct{ option, frame, locals string }{
		{"--print=lines", "middle () at values.c", ""},
		{"--print=params", "middle (int count, uint64_t large) at values.c", ""},
		{"--print=params,values", "middle (count=3, large=244837814094590) at values.c", ""},
		{"--print=values", "middle (count=3, large=244837814094590) at values.c", ""},
		{"--print=locals", "middle () at values.c", "        char *heap\n        int r\n"},
		{"--print=locals,values", "middle () at values.c", "        char *heap = \"on the heap\"\n        int r = "},
		{"-rich", "middle (count=3, large=244837814094590) at values.c", "        char *heap = \"on the heap\"\n        int r = "},
		{"--print=-,params", "middle (int count, uint64_t large) from /", ""},
	} {
		r := run0(t, "fstack", c.option, pid)
		_, rest, ok := strings.Cut(r.Stdout, c.frame)
		_, rest, _ = strings.Cut(rest, "\n")
		if !ok || !strings.HasPrefix(rest, c.locals) || c.locals == "" && strings.HasPrefix(rest, " ") {
			t.Errorf("%s: want %q and then %q in\n%s", c.option, c.frame, c.locals, r.Stdout)
		}
	}
	for _, other := range []string{"--lite", "--raw"} {
		if r := testkit.Run(t, testkit.Tool(t, "fstack"), other, "--rich", pid); r.Status.ExitStatus() != cli.ExitUsage {
			t.Errorf("%s --rich: %s", other, r.Describe())
		}
	}
}
