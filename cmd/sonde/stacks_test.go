package main

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/internal/testkit"
)

// TestStacksTold holds the stacks of calls, and of the system calls in them, against what a
// program knows of its own functions.
func TestStacksTold(t *testing.T) {
	const both = "-e getppid --syscalls=getppid"
	tests := []struct {
		name, options string
		flags         []string
		plugin        bool
	}{
		{"O0", both, []string{"-O0"}, true},
		{"O2", both, []string{"-O2"}, true},
		{"O3, no PLT", both, []string{"-O3", "-fno-plt"}, true},
		{"no PIE, lazy, frame pointers", both, []string{"-O2", "-no-pie", "-Wl,-z,lazy", "-fno-omit-frame-pointer"}, true},
		{"clang", both, []string{"CC=clang", "-O2"}, true},
		{"no tables", both, []string{"-O2", "-fno-asynchronous-unwind-tables"}, false},
		{"i386 O0", both, []string{"-O0", "-m32"}, true},
		{"i386 O2", both, []string{"-O2", "-m32", "-fomit-frame-pointer"}, true},
		{"i386 no PIE", both, []string{"-O2", "-m32", "-no-pie"}, false},
		{"static", "-L -x getppid --syscalls=getppid", []string{"-O2", "-static"}, false},
		{"static, i386", "-L -x getppid --syscalls=getppid", []string{"-O2", "-static", "-m32"}, false},
		{"where it begins", "-L -x getppid@libc.so.6 -S", []string{"-O2"}, true},
		{"musl", both, []string{"CC=musl-gcc", "-O2"}, true},
		{"musl, static", "-L -x getppid --syscalls=getppid", []string{"CC=musl-gcc", "-O2", "-static"}, false},
		{"system calls alone", "-L -S", []string{"-O2"}, true},
		{"of those that succeed", "-L --syscalls=getppid -z", []string{"-O2"}, true},
		{"chosen by the kernel", "-L --syscalls=getppid --seccomp-bpf", []string{"-O2"}, true},
		{"chosen by the kernel, i386", "-L --syscalls=getppid --seccomp-bpf", []string{"-O2", "-m32"}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			program := []string{testkit.Build(t, "testdata/callers.c", append(test.flags, "-pthread", "-rdynamic")...)}
			if test.plugin {
				program = append(program, testkit.Build(t, "testdata/callers_plugin.c", append(test.flags, "-shared", "-fPIC")...))
			}
			r := runTraced(t, "-f -w 400 "+test.options, program...)
			checkExit(t, r.Result, 0)
			stacks := readStacks(t, r.file)
			told := linesByThread(r.Stdout)
			names := []string{"getppid@SYS"}
			if strings.Contains(test.options, "-e") || strings.Contains(test.options, "-x") {
				names = append(names, "getppid")
			}
			for _, name := range names {
				for tid, want := range told {
					got := stacks.of(tid, name)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s of thread %s (-the program +the trace)\n%.2000s", name, tid, diff)
					}
				}
			}
			if len(told) != 6 {
				t.Errorf("%d threads and processes, want 6", len(told))
			}
			for _, st := range stacks {
				st.checkWhole(t)
			}
		})
	}
}

// TestStacksGo holds the stacks of calls of a Go function against what Go's runtime tells.
func TestStacksGo(t *testing.T) {
	for _, flags := range [][]string{{"CGO_ENABLED=0"}, {"-ldflags=-s -w"}, {"-buildmode=pie"}} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			program := testkit.BuildGo(t, "testdata/go_callers", flags...)
			r := runTraced(t, "-f -k -L -x main.told", program)
			checkExit(t, r.Result, 0)
			var got []string
			for _, st := range readStacks(t, r.file) {
				if strings.HasPrefix(st.line, "main.told(") {
					st.checkWhole(t)
					got = append(got, st.own("main."))
				}
			}
			want := strings.Split(strings.TrimSpace(r.Stdout), "\n")
			if len(want) < 20 {
				t.Errorf("the program tells of %d stacks", len(want))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-the program +the trace)\n%.2000s", diff)
			}
		})
	}
}

// TestStacksOfNewCode walks stacks through code that has been made since the first one
// was walked, and names it by the program's own list.
func TestStacksOfNewCode(t *testing.T) {
	want := []string{
		"own_callback main",
		"own_callback jit_first own_runs main",
		"own_callback jit_second own_runs main",
		"own_callback jit_first own_runs main",
		"own_callback own_coroutine",
	}
	for _, options := range []string{"-e getppid", "-L --syscalls=getppid", "-L --syscalls=getppid --seccomp-bpf", "-e getppid -S"} {
		t.Run(options, func(t *testing.T) {
			r := runTraced(t, "-f -k "+options, testkit.Build(t, "testdata/stack_jit.c", "-O2"))
			checkExit(t, r.Result, 0)
			var got []string
			for _, st := range readStacks(t, r.file) {
				if !strings.Contains(st.line, "getppid") || strings.Contains(st.line, "resumed>") || strings.Contains(st.line, "@SYS") == strings.Contains(options, "-e") {
					continue
				}
				got = append(got, st.own("own_", "main", "jit_"))
				if st.cut != "" {
					t.Errorf("%v", st)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestStackLines holds the lines that frames have against where a program says that it
// makes its calls.
func TestStackLines(t *testing.T) {
	for _, flags := range [][]string{{"-O2"}, {"-O0"}, {"-O2", "-gdwarf-4"}, {"-O2", "-m32"}, {"-O2", "-static"}, {"CC=clang", "-O2"}} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			r := runTraced(t, "-f -kk -w 3 -L -x getppid", testkit.Build(t, "testdata/stack_lines.c", append(flags, "-g")...))
			checkExit(t, r.Result, 0)
			got := ""
			for _, st := range readStacks(t, r.file) {
				if !strings.HasPrefix(st.line, "getppid") {
					continue
				}
				for _, f := range st.frames {
					if strings.HasPrefix(f.source, "stack_lines.c:") {
						got += f.function + " " + f.source
						if f.inlined {
							got += " inlined"
						}
						got += "\n"
					}
				}
				got += "\n"
			}
			if diff := cmp.Diff(r.Stdout, got); diff != "" {
				t.Errorf("(-the program +the trace)\n%s", diff)
			}
		})
	}
}

// TestStackOfAbort asks who has called a function that does not return, in the middle of
// another one: each line has its own stack behind it.
func TestStackOfAbort(t *testing.T) {
	for _, flags := range [][]string{{"-O2"}, {"-O0", "-m32"}} {
		r := runTraced(t, "-f -w 20 -e abort+pause", testkit.Build(t, "testdata/stack_abort.c", flags...))
		if !r.Status.Signaled() {
			t.Errorf("%v: %s", flags, r.Describe())
		}
		var got []string
		for _, st := range readStacks(t, r.file) {
			what, _, _ := strings.Cut(st.line, "{")
			// gcc puts calls that are hardly made away from the rest of their function.
			got = append(got, what+" "+strings.ReplaceAll(st.own("own_", "main"), ".cold", ""))
		}
		want := []string{
			"stack_abort->pause( <unfinished ...> own_waits main",
			"--- SIGALRM  own_waits main",
			"stack_abort->abort( <no return ...> own_checks own_handler own_waits main",
			"--- SIGABRT  own_checks own_handler own_waits main",
			"+++ killed by SIGABRT +++ ",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got)\n%s", flags, diff)
		}
	}
}

// checkWhole holds that a stack goes to its end, and that nothing on it was searched for.
func (st *shownStack) checkWhole(t *testing.T) {
	t.Helper()
	// Of where glibc's makecontext for i386 ends its coroutines no table tells.
	ends := func(f shownFrame) bool { return f.function == "makecontext" }
	if st.cut != "" && !ends(st.frames[len(st.frames)-1]) {
		t.Errorf("%v", st)
	}
	for i, f := range st.frames {
		// What assembly without a table does was followed. Nothing but the stack tells how
		// to get out of musl's function that threads begin in, since it never returns.
		ends := i == len(st.frames)-1 && strings.Contains(f.module, "musl")
		if f.guess != "" && f.guess != "code" && !ends {
			t.Errorf("%v", st)
		}
	}
}

// linesByThread parts lines "TID: TEXT".
func linesByThread(text string) map[string][]string {
	byThread := make(map[string][]string)
	for line := range strings.Lines(text) {
		tid, rest, _ := strings.Cut(strings.TrimSpace(line), ": ")
		byThread[tid] = append(byThread[tid], rest)
	}
	return byThread
}

// shownStack is a line of a trace with the stack behind it.
type shownStack struct {
	line, tid string
	frames    []shownFrame
	cut       string // the line "..." at the end
}

// shownFrame is a line of a stack.
type shownFrame struct {
	text, module, function, offset, address, source, guess string
	inlined, signal                                        bool
}

type shownStacks []*shownStack

var (
	frameLine = regexp.MustCompile(`^ > (.*) \[(0x[0-9a-f]+)\](?: at (\S+))?( \[inlined\])?(?: \(a guess: (.*)\))?$`)
	frameCode = regexp.MustCompile(`^([^(]*)\((.*?)(?:\+(0x[0-9a-f]+))?\)$`)
)

// parseFrame reads a line of a stack.
func parseFrame(line string) (f shownFrame, ok bool) {
	m := frameLine.FindStringSubmatch(line)
	if m == nil {
		return f, false
	}
	f = shownFrame{text: line, address: m[2], source: m[3], inlined: m[4] != "", guess: m[5]}
	code := frameCode.FindStringSubmatch(m[1])
	switch {
	case m[1] == "<signal handler called>":
		f.signal = true
	case code != nil:
		f.module, f.function, f.offset = code[1], code[2], code[3]
	case m[1] != "??":
		return f, false
	}
	return f, true
}

// readStacks reads a trace in which each line begins with its thread's id.
func readStacks(t *testing.T, file string) (all shownStacks) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	var last *shownStack
	inside := false
	for lines.Scan() {
		line := lines.Text()
		frame, ok := parseFrame(line)
		switch {
		case ok && last != nil:
			last.frames = append(last.frames, frame)
			inside = true
		case strings.HasPrefix(line, " > ..."):
			last.cut = line
			inside = true
		case line == "" && inside:
			inside = false
		case line == "", strings.HasPrefix(line, " "), inside:
			t.Fatalf("%s: an odd line: %q", file, line)
		default:
			tid, rest, _ := strings.Cut(line, " ")
			last = &shownStack{line: rest, tid: tid}
			all = append(all, last)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// of returns the program's own functions in the stacks of a thread's calls of one name.
func (all shownStacks) of(tid, name string) (own []string) {
	for _, st := range all {
		called, _, _ := strings.Cut(st.line, "(")
		called = called[strings.LastIndex(called, ">")+1:] // the module that calls
		if st.tid != tid || called != name && called != name+"@libc.so.6" {
			continue
		}
		own = append(own, st.own("own_", "main"))
	}
	return own
}

// own returns the names of functions that begin so.
func (st *shownStack) own(prefixes ...string) string {
	var names []string
	for _, f := range st.frames {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(f.function, p) }) {
			names = append(names, f.function)
		}
	}
	return strings.Join(names, " ")
}

// String returns the lines.
func (st *shownStack) String() string {
	s := st.line + "\n"
	for _, f := range st.frames {
		s += f.text + "\n"
	}
	return fmt.Sprint(s, st.cut)
}
