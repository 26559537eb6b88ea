package main

import (
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestStructures returns structures, whose address i386's functions take off the
// stack along with the return address.
func TestStructures(t *testing.T) {
	eachMachine(t, func(t *testing.T, machine string) {
		for _, opt := range []string{"-O0", "-O2"} {
			t.Run(opt, func(t *testing.T) {
				const times = 300
				program := build(t, "ret_struct.c", machine, opt)
				r, tr := traceProgram(t, "", program, strconv.Itoa(times))
				checkExit(t, r.Result, 0)
				checkCounts(t, r, tr)
				tr.CheckOrder(t)
				checkTotals(t, tr, "div", 3*times, 3*times, 0)
				checkTotals(t, tr, "ldiv", times, times, 0)
				checkTotals(t, tr, "qsort", times, times, 0)
			})
		}
	})
}

// TestExecOtherMachine executes a program of the other machine: by the first thread
// and by another, by fork and by vfork.
func TestExecOtherMachine(t *testing.T) {
	for _, c := range []struct{ name, from, to string }{
		{"32-bit from 64-bit", "-m64", "-m32"},
		{"64-bit from 32-bit", "-m32", "-m64"},
	} {
		from, to := build(t, "fault_exec.c", c.from, "-O1"), build(t, "truth_threads.c", c.to, "-O1")
		for _, threads := range []string{"0", "4"} {
			t.Run(c.name+", "+threads+" others", func(t *testing.T) {
				for range rounds(5) {
					r, tr := traceProgram(t, "-f", from, threads, to, "2", "20")
					checkExit(t, r.Result, 0)
					checkCounts(t, r, tr)
					if tr.Execs != 1 {
						t.Errorf("the trace has %d execs, want 1", tr.Execs)
					}
				}
			})
		}
		t.Run(c.name+", and back", func(t *testing.T) {
			r, tr := traceProgram(t, "-f", from, "0", build(t, "fault_exec.c", c.to, "-O1"), "2",
				build(t, "truth_threads.c", c.from, "-O1"), "2", "20")
			checkExit(t, r.Result, 0)
			checkCounts(t, r, tr)
			if tr.Execs != 2 {
				t.Errorf("the trace has %d execs, want 2", tr.Execs)
			}
		})
	}
}

// TestShellOf32Bit follows a 64-bit shell that runs 32-bit programs.
func TestShellOf32Bit(t *testing.T) {
	threads := build(t, "truth_threads.c", "-m32", "-O1")
	procs := build(t, "truth_procs.c", "-m32", "-O1")
	script := threads + " 2 50; " + procs + " 2; " + build(t, "truth_threads.c", "-m64", "-O1") + " 1 50"
	r, tr := traceProgram(t, "-f", "/bin/sh", "-c", script)
	checkExit(t, r.Result, 0)
	if strings.Contains(r.Stdout, "wrong") {
		t.Errorf("the programs got wrong results: %s", r.Describe())
	}
	want := testkit.ParseCounts(t, r.Stdout)
	if len(want) < 2+1+5*2+1 {
		t.Errorf("%d threads report counts: %s", len(want), r.Describe())
	}
	// The shell's own calls are in the trace, and nobody counts them.
	for tid := range tr.Calls {
		if _, ok := want[tid]; !ok && tr.Calls[tid]["labs"] > 0 {
			t.Errorf("thread %d has called labs, and no program says so", tid)
		}
	}
	for tid, functions := range want {
		for name, n := range functions {
			if got := tr.Calls[tid][name]; got != n {
				t.Errorf("thread %d made %d calls of %s, the trace has %d", tid, n, name, got)
			}
		}
	}
}

// TestValuesOf32Bits shows words of 32 bits, arguments on the stack and results: a
// small negative number is one, and an address has no sign.
func TestValuesOf32Bits(t *testing.T) {
	program := testkit.Build(t, "testdata/i386_values.c", "-m32", "-O0", "-g0")
	var calls []testkit.Line
	r, _ := traceLines(t, "-L -x same", func(l testkit.Line) {
		if l.Kind == testkit.CallLine {
			calls = append(calls, l)
		}
	}, program)
	checkExit(t, r.Result, 0)
	want := []struct{ name, args, result string }{
		{"same", "-10000", "-10000"},
		{"same", "-1", "-1"}, // ULONG_MAX
		{"same", "0x90000000", "0x90000000"},
	}
	if len(calls) != len(want) {
		t.Fatalf("%d calls, want %d: %v", len(calls), len(want), calls)
	}
	for i, w := range want {
		got := calls[i]
		if got.Name != w.name || !strings.HasPrefix(got.Args+", ", w.args+", ") || got.Result != w.result {
			t.Errorf("%q, want %s(%s...) = %s", got.Text, w.name, w.args, w.result)
		}
		if n := len(strings.Split(got.Args, ", ")); n != 6 {
			t.Errorf("%q has %d words of the stack, want 6", got.Text, n)
		}
	}
}

// TestStaticIFUNCs traces what a static 32-bit program calls through pointers: those
// of IFUNCs hold their resolvers first, whose calls are none of the functions'.
func TestStaticIFUNCs(t *testing.T) {
	for _, flag := range []string{"-static", "-static-pie"} {
		t.Run(flag, func(t *testing.T) {
			seen := 0
			r, _ := traceLines(t, "", func(l testkit.Line) {
				if l.Kind != testkit.CallLine || l.Name != "strcmp" {
					return
				}
				seen++
				if n, err := strconv.Atoi(l.Result); err != nil || n < -255 || n > 255 {
					t.Errorf("%s: no comparison gives that", l.Text)
				}
			}, testkit.Build(t, "testdata/bad_calls.c", "-m32", flag))
			checkExit(t, r.Result, 7)
			if seen == 0 {
				t.Error("no call of strcmp is traced")
			}
		})
	}
}
