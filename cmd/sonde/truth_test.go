package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sonde/internal/testkit"
)

// traced is a program's run under the tool.
type traced struct {
	testkit.Result
	file string // its trace
}

// traceProgram runs a program under the tool with the given options and reads
// its trace. Every call of the trace must have an end.
func traceProgram(t *testing.T, options string, program ...string) (traced, *testkit.Trace) {
	t.Helper()
	return traceLines(t, options, nil, program...)
}

// traceLines is traceProgram with a look at each line.
func traceLines(t *testing.T, options string, each func(testkit.Line), program ...string) (traced, *testkit.Trace) {
	t.Helper()
	r := runTraced(t, options, program...)
	tr := testkit.ReadTrace(t, r.file, firstThread(t, r), each)
	tr.CheckBalance(t)
	return r, tr
}

// firstThread returns which thread the program says is its first: that which it
// calls so, or the only one that it counts for; 0 if it says nothing.
func firstThread(t *testing.T, r traced) int {
	t.Helper()
	first := 0
	if _, err := fmt.Sscanf(r.Stdout, "first %d\n", &first); err == nil {
		return first
	}
	if counts := testkit.ParseCounts(t, r.Stdout); len(counts) == 1 {
		for tid := range counts {
			return tid
		}
	}
	return 0
}

// runTraced runs a program under the tool, which writes its trace to a file.
func runTraced(t *testing.T, options string, program ...string) traced {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trace")
	args := append([]string{testkit.Sonde(t), "-o", file}, strings.Fields(options)...)
	c := testkit.Command{Args: append(args, program...), Trace: file, Deadline: 5 * time.Minute}
	return traced{c.Run(t), file}
}

// checkCounts compares what a program of truth.h prints with its trace.
func checkCounts(t *testing.T, r traced, tr *testkit.Trace) {
	t.Helper()
	want := testkit.ParseCounts(t, r.Stdout)
	if len(want) == 0 {
		t.Errorf("the program reports nothing: %s", r.Describe())
	}
	if strings.Contains(r.Stdout, "wrong") {
		t.Errorf("the program got wrong results: %s", r.Describe())
	}
	tr.CheckCounts(t, want)
}

// checkExit fails the test unless the tool ended with the status.
func checkExit(t *testing.T, r testkit.Result, status int) {
	t.Helper()
	if !r.Status.Exited() || r.Status.ExitStatus() != status {
		t.Errorf("ended with %s\nwant status %d", r.Describe(), status)
	}
}

// checkSame compares a traced run with an untraced one.
func checkSame(t *testing.T, got, want testkit.Result) {
	t.Helper()
	// A core dump follows from limits, which the tool sets for itself.
	same := got.Status == want.Status ||
		got.Status.Signaled() && want.Status.Signaled() && got.Status.Signal() == want.Status.Signal()
	if got.Stdout != want.Stdout || got.Stderr != want.Stderr || !same {
		t.Errorf("traced: %s\n\nuntraced: %s", got.Describe(), want.Describe())
	}
}

// build compiles a program of testdata so that each library call goes through
// the PLT.
func build(t *testing.T, source string, flags ...string) string {
	t.Helper()
	return testkit.Build(t, filepath.Join("testdata", source), append(flags, "-fno-builtin", "-pthread")...)
}

// eachMachine runs a test for programs of each machine that is traced, which the
// compiler's flag names.
func eachMachine(t *testing.T, test func(t *testing.T, machine string)) {
	for _, machine := range []string{"-m64", "-m32"} {
		t.Run(machine, func(t *testing.T) { test(t, machine) })
	}
}

// TestTruth compares the calls that programs count for themselves with those
// in the trace, for each thread and function.
func TestTruth(t *testing.T) {
	t.Parallel()
	threads := build(t, "truth_threads.c", "-O1")
	procs := build(t, "truth_procs.c", "-O1")
	threads32 := build(t, "truth_threads.c", "-m32", "-O1")
	procs32 := build(t, "truth_procs.c", "-m32", "-O1")
	for _, c := range []struct {
		name, options string
		program       []string
		runs          int
	}{
		{"1 thread", "", []string{threads, "1", "1500"}, rounds(10)},
		{"2 threads", "", []string{threads, "2", "800"}, rounds(10)},
		{"8 threads", "", []string{threads, "8", "200"}, rounds(10)},
		{"32 threads", "", []string{threads, "32", "40"}, rounds(10)},
		{"1 thread, timer", "", []string{threads, "1", "1000", "1000"}, rounds(10)},
		{"2 threads, timer", "", []string{threads, "2", "600", "1000"}, rounds(10)},
		{"8 threads, timer", "", []string{threads, "8", "150", "1000"}, rounds(10)},
		{"32 threads, timer", "-f", []string{threads, "32", "30", "1000"}, rounds(10)},
		{"1,000 threads come and go", "", []string{build(t, "truth_churn.c", "-O1"), "1000", "8"}, rounds(4)},
		{"processes", "-f", []string{procs, "10"}, rounds(10)},
		{"processes of threads", "-f", []string{procs, "4", "4"}, rounds(10)},
		{"32-bit, 1 thread", "", []string{threads32, "1", "1500"}, rounds(4)},
		{"32-bit, 8 threads, timer", "", []string{threads32, "8", "150", "1000"}, rounds(4)},
		{"32-bit, position-dependent", "", []string{build(t, "truth_threads.c", "-m32", "-O2", "-fno-pie", "-no-pie"), "2", "600", "1000"}, rounds(4)},
		{"32-bit, 1,000 threads come and go", "", []string{build(t, "truth_churn.c", "-m32", "-O1"), "1000", "8"}, rounds(2)},
		{"32-bit, processes of threads", "-f", []string{procs32, "4", "4"}, rounds(4)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for range c.runs {
				r, tr := traceProgram(t, c.options, c.program...)
				checkExit(t, r.Result, 0)
				checkCounts(t, r, tr)
				tr.CheckOrder(t)
				tr.CheckEnds(t)
				if t.Failed() {
					return
				}
			}
		})
	}
}

// TestTruthUnfollowed runs a program with children without -f: they run untraced,
// and what they do is not in the trace.
func TestTruthUnfollowed(t *testing.T) {
	t.Parallel()
	program := build(t, "truth_procs.c", "-O1")
	for range rounds(20) {
		r, tr := traceProgram(t, "", program, "4", "4")
		checkExit(t, r.Result, 0)
		want := testkit.ParseCounts(t, r.Stdout)
		if strings.Contains(r.Stdout, "wrong") {
			t.Errorf("the program got wrong results: %s", r.Describe())
		}
		// A vfork child runs in its parent's memory, children of fork in
		// copies: all tids but those of the first process are children's.
		for tid := range want {
			if _, ok := tr.Ends[tid]; !ok {
				delete(want, tid)
			}
		}
		if len(want) != 4 {
			t.Errorf("the trace has the ends of %d threads, want 4", len(want))
		}
		tr.CheckCounts(t, want)
		if t.Failed() {
			return
		}
	}
}

// TestRecursion nests calls through the PLT of a library 100,000 deep.
func TestRecursion(t *testing.T) {
	t.Parallel()
	const depth = 100_000
	r, tr := traceDeep(t, depth)
	checkExit(t, r.Result, 0)
	if want := fmt.Sprintf("depth %d\n", depth); r.Stdout != want {
		t.Errorf("the program says %q, want %q", r.Stdout, want)
	}
	tr.CheckOrder(t)
	for _, name := range []string{"ping", "pong"} {
		if n := tr.Returns.Total(name); n != depth/2 {
			t.Errorf("%d returns of %s, want %d", n, name, depth/2)
		}
	}
}

// traceDeep traces a program whose calls nest that deep.
func traceDeep(t *testing.T, depth int) (traced, *testkit.Trace) {
	t.Helper()
	lib := build(t, "ret_deep.c", "-shared", "-fPIC", "-O1", "-Wl,-soname,libret_deep.so", "-Wl,-z,lazy")
	program := build(t, "ret_deep_main.c", "-O1", lib, "-Wl,-rpath,"+filepath.Dir(lib))
	return traceProgram(t, "-e @libret_deep.so", program, strconv.Itoa(depth))
}

// TestTailCalls follows functions of a library that jump to one another through its PLT:
// each call has its own return, all with the same value.
func TestTailCalls(t *testing.T) {
	const times = 1000
	lib := build(t, "ret_tail.c", "-shared", "-fPIC", "-O2", "-Wl,-soname,libret_tail.so")
	program := build(t, "ret_tail_main.c", "-O1", lib, "-Wl,-rpath,"+filepath.Dir(lib))
	wrong := 0
	r, tr := traceLines(t, "-e tail_a+tail_b+tail_c", func(l testkit.Line) {
		if (l.Kind == testkit.CallLine || l.Kind == testkit.ReturnLine) && l.Result != "42" {
			if wrong++; wrong == 1 {
				t.Errorf("%s: the chain returns 42", l.Text)
			}
		}
	}, program, strconv.Itoa(times))
	checkExit(t, r.Result, 0)
	for _, name := range []string{"tail_a", "tail_b", "tail_c"} {
		checkTotals(t, tr, name, times, times, 0)
	}
	tr.CheckOrder(t)
}

// checkTotals compares the calls of a function with what must be.
func checkTotals(t *testing.T, tr *testkit.Trace, name string, calls, returns, abandoned int) {
	t.Helper()
	got := [...]int{tr.Calls.Total(name), tr.Returns.Total(name), tr.Abandoned.Total(name)}
	if want := [...]int{calls, returns, abandoned}; got != want {
		t.Errorf("%s: %d calls, %d returns, %d without return; want %v", name, got[0], got[1], got[2], want)
		for tid := range tr.Calls {
			t.Log(tr.Tail(tid))
		}
	}
}

// TestLongjmp leaves calls of qsort by longjmp from its comparator.
func TestLongjmp(t *testing.T) {
	for _, c := range []struct{ name, flags, filter string }{
		{"all calls, -O0", "-O0", ""},
		{"all calls, -O2", "-O2", ""},
		// The jump itself is not asked for, and must be seen all the same. At -O0
		// what setjmp's second return goes to is the instruction after the call.
		{"only what is left, -O0", "-O0", "-e qsort"},
		{"only what is left, -O2", "-O2", "-e qsort"},
		{"32-bit, all calls, -O0", "-m32 -O0", ""},
		{"32-bit, all calls, -O2", "-m32 -O2", ""},
		{"32-bit, only what is left, -O0", "-m32 -O0", "-e qsort"},
		{"32-bit, only what is left, -O2", "-m32 -O2", "-e qsort"},
	} {
		t.Run(c.name, func(t *testing.T) {
			const jumps = 2000
			r, tr := traceProgram(t, c.filter, build(t, "ret_longjmp.c", strings.Fields(c.flags)...), strconv.Itoa(jumps))
			checkExit(t, r.Result, 0)
			if want := fmt.Sprintf("jumps %d\n", jumps); !strings.HasPrefix(r.Stdout, want) {
				t.Errorf("the program says %q, want %q", r.Stdout, want)
			}
			checkTotals(t, tr, "qsort", jumps, 0, jumps)
			tr.CheckOrder(t)
			if c.filter == "" {
				checkTotals(t, tr, "longjmp", jumps, 0, jumps)
				checkTotals(t, tr, "_setjmp", jumps, jumps, 0)
				checkTotals(t, tr, "abs", 2*jumps, 2*jumps, 0)
			}
		})
	}
}

// TestLongjmpMemory leaves a great many calls: the tool forgets each of them.
func TestLongjmpMemory(t *testing.T) {
	t.Parallel()
	few, many := 10_000, 120_000
	if testing.Short() {
		few, many = 1_000, 20_000
	}
	program := build(t, "ret_longjmp.c", "-O0")
	peak := func(jumps int) (kB int) {
		r := runTraced(t, "-c -e qsort", program, strconv.Itoa(jumps))
		checkExit(t, r.Result, 0)
		var done int
		if _, err := fmt.Sscanf(r.Stdout, "jumps %d\ntracer's peak %d kB\n", &done, &kB); err != nil || done != jumps {
			t.Fatalf("the program says %q: %v", r.Stdout, err)
		}
		return kB
	}
	// A record of a call takes 100 bytes and more, and the collector lets what
	// there is double before it looks.
	before, after := peak(few), peak(many)
	if most := before + 4<<10 + (many-few)*50/1024; before == 0 || after > most {
		t.Errorf("the tool has needed %d kB for %d jumps, %d kB for %d", before, few, after, many)
	}
}

// TestExceptions throws through calls of qsort.
func TestExceptions(t *testing.T) {
	t.Parallel()
	program := build(t, "ret_throw.cc", "-O1")
	throws := 100_000
	if testing.Short() {
		throws = 2_000
	}
	t.Run("only what is left", func(t *testing.T) {
		r, tr := traceProgram(t, "-e qsort", program, strconv.Itoa(throws))
		checkExit(t, r.Result, 0)
		checkTotals(t, tr, "qsort", throws, 0, throws)
	})
	eachMachine(t, func(t *testing.T, machine string) {
		const throws = 2000
		r, tr := traceProgram(t, "", build(t, "ret_throw.cc", machine, "-O1"), strconv.Itoa(throws))
		checkExit(t, r.Result, 0)
		checkTotals(t, tr, "qsort", throws, 0, throws)
		checkTotals(t, tr, "__cxa_throw", throws, 0, throws)
		checkTotals(t, tr, "__cxa_begin_catch", throws, throws, 0)
		checkTotals(t, tr, "abs", 2*throws, 2*throws, 0)
		tr.CheckOrder(t)
	})
}

// TestSignalHandlers lets handlers interrupt calls, make calls and leave both.
func TestSignalHandlers(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, machine string) {
		program := build(t, "ret_handlers.c", machine, "-O0")
		const times = 500
		for _, c := range []struct {
			mode    string
			leaving int // calls of qsort that are left
		}{
			{"return", 0},
			{"jump", times},
			{"altstack-return", 0},
			{"altstack-jump", times},
			{"nested-return", 0},
			{"nested-jump", times},
		} {
			t.Run(c.mode, func(t *testing.T) {
				r, tr := traceProgram(t, "", program, c.mode, strconv.Itoa(times))
				checkExit(t, r.Result, 0)
				checkCounts(t, r, tr)
				checkTotals(t, tr, "qsort", times, times-c.leaving, c.leaving)
				tr.CheckOrder(t)
			})
		}
		// Here a signal may come between the program's counting and its call:
		// only the balance can be told.
		t.Run("at any time", func(t *testing.T) {
			for range rounds(20) {
				r, tr := traceProgram(t, "", program, "anytime", "100")
				checkExit(t, r.Result, 0)
				tr.CheckOrder(t)
			}
		})
	})
}

// TestCoroutines switches stacks in the middle of calls.
func TestCoroutines(t *testing.T) {
	eachMachine(t, func(t *testing.T, machine string) {
		program := build(t, "ret_coroutines.c", machine, "-O0")
		for _, stacks := range []string{"malloc", "static", "mmap"} {
			t.Run(stacks, func(t *testing.T) {
				r, tr := traceProgram(t, "-e qsort+abs+atoi", program, stacks, "5", "100")
				checkExit(t, r.Result, 0)
				checkCounts(t, r, tr)
				checkTotals(t, tr, "qsort", 5*100, 5*100, 0)
			})
			t.Run(stacks+", all calls", func(t *testing.T) {
				r, tr := traceProgram(t, "", program, stacks, "5", "100")
				checkExit(t, r.Result, 0)
				checkCounts(t, r, tr)
				checkTotals(t, tr, "qsort", 5*100, 5*100, 0)
			})
		}
		// The coroutines begin a call in one thread and end it in another.
		t.Run("between threads", func(t *testing.T) {
			var calls, returns int
			r := runTraced(t, "-e qsort", program, "migrate", "5", "100")
			checkExit(t, r.Result, 0)
			tr := testkit.ReadTrace(t, r.file, firstThread(t, r), func(l testkit.Line) {
				switch l.Kind {
				case testkit.CallLine:
					calls++
					returns++
				case testkit.CallOpen:
					calls++
				case testkit.ReturnLine:
					returns++
				case testkit.CallNoReturn, testkit.AbandonedLine:
					t.Errorf("%s: it does return", l.Text)
				}
			})
			if tr.Lost > 0 || calls != 500 || returns != 500 {
				t.Errorf("%d calls of qsort, %d returns, want 500", calls, returns)
			}
		})
	})
}

// TestOwnSignals runs programs that live on signals: traced they do as they do by
// themselves.
//
// Where a program handles SIGTRAP and blocks it, or ignores it, the filter lets it
// make no traced call meanwhile. A probe met then costs it its disposition: the kernel
// resets what a forced signal finds blocked or ignored (force_sig_info_to_task
// in kernel/signal.c), and a tracer cannot read what was there.
func TestOwnSignals(t *testing.T) {
	eachMachine(t, func(t *testing.T, machine string) {
		program := build(t, "sig_modes.c", machine, "-O1")
		for _, c := range []struct {
			mode, options string
			signals       string // "NAME N ...", which the trace must show
		}{
			{"trap-handled", "", "SIGTRAP 3"},
			{"trap-ignored", "-e atoi", ""},
			{"trap-blocked", "-e strcmp", "SIGTRAP 1"},
			{"trap-restored", "", ""},
			{"trap-waited", "", ""},
			{"trap-default", "", "SIGTRAP 1"},
			{"int3-handled", "", "SIGTRAP 100"},
			{"int3-ignored", "-e atoi", "SIGTRAP 1"},
			{"int3-blocked", "-e strcmp", "SIGTRAP 1"},
			{"int3-default", "", "SIGTRAP 1"},
			{"realtime", "", "SIGRT_2 2 SIGRT_6 2 SIGRT_30 2"},
			{"interrupted", "", "SIGALRM 3"},
			{"fault", "", "SIGSEGV 100"},
			{"nodefer", "", "SIGUSR1 10"},
			{"abort", "", "SIGABRT 1"},
			{"kill", "", ""},
		} {
			t.Run(c.mode, func(t *testing.T) {
				r, tr := traceProgram(t, c.options, program, c.mode)
				checkSame(t, r.Result, testkit.Run(t, program, c.mode))
				fields := strings.Fields(c.signals)
				for i := 0; i < len(fields); i += 2 {
					n, err := strconv.Atoi(fields[i+1])
					if err != nil {
						t.Fatal(err)
					}
					if got := tr.Signals.Total(fields[i]); got != n {
						t.Errorf("the trace shows %s %d times, want %d", fields[i], got, n)
					}
				}
				tr.CheckEnds(t)
			})
		}
	})
}
