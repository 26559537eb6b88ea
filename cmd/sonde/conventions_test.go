package main

import (
	"path/filepath"
	"testing"

	"sonde/internal/testkit"
)

// TestMutualTailCalls follows functions that jump to one another and back: each
// call returns, with what the last one does. Where only one of them is asked for,
// it is called again by a jump that nothing is told of.
func TestMutualTailCalls(t *testing.T) {
	eachMachine(t, func(t *testing.T, machine string) {
		const times = 50
		program := build(t, "ret_mutual.c", machine, "-O2")
		for _, c := range []struct {
			filter    string
			even, odd int
		}{
			{"-L -x even+odd", 5 * times, 5 * times},
			{"-L -x even", 5 * times, 0},
			{"-L -x odd", 0, 5 * times},
		} {
			t.Run(c.filter, func(t *testing.T) {
				r, tr := traceLines(t, c.filter, func(l testkit.Line) {
					if (l.Kind == testkit.CallLine || l.Kind == testkit.ReturnLine) && l.Result != "0" {
						t.Errorf("%s: all return 0", l.Text)
					}
				}, program, "50", "9")
				checkExit(t, r.Result, 0)
				checkTotals(t, tr, "even", c.even, c.even, 0)
				checkTotals(t, tr, "odd", c.odd, c.odd, 0)
				tr.CheckOrder(t)
			})
		}
	})
}

// TestEndlessTailCalls follows a longer chain than is kept: all calls are told,
// and no call that did not end so returns.
func TestEndlessTailCalls(t *testing.T) {
	const jumps = 5000
	r, tr := traceProgram(t, "-L -x even+odd", build(t, "ret_mutual.c", "-O2"), "1", "5000")
	checkExit(t, r.Result, 0)
	if got := tr.Calls.Total("even") + tr.Calls.Total("odd"); got != jumps+1 {
		t.Errorf("%d calls, want %d", got, jumps+1)
	}
	ended := tr.Returns.Total("even") + tr.Returns.Total("odd") + tr.Abandoned.Total("even") + tr.Abandoned.Total("odd")
	if ended != jumps+1 {
		t.Errorf("%d calls have ended, want %d", ended, jumps+1)
	}
}

// TestPoppedArguments calls functions of conventions that have the arguments taken
// off the stack by who is called.
func TestPoppedArguments(t *testing.T) {
	const times = 20
	for _, opt := range []string{"-O0", "-O2"} {
		t.Run(opt, func(t *testing.T) {
			r, tr := traceProgram(t, "-L -x one+five+again+fast+hidden+plain@MAIN", build(t, "ret_popped.c", "-m32", opt), "20")
			checkExit(t, r.Result, 0)
			for _, name := range []string{"one", "five", "fast", "hidden", "plain"} {
				checkTotals(t, tr, name, times, times, 0)
			}
			checkTotals(t, tr, "again", 4*times, 4*times, 0)
			tr.CheckOrder(t)
		})
	}
}

// TestShiftedStack probes a function that is jumped to with something else than a
// return address on the stack: the code that this leads to stays as it is.
func TestShiftedStack(t *testing.T) {
	r, tr := traceProgram(t, "-L -x jumped", build(t, "ret_shifted.c", "-O1"))
	checkExit(t, r.Result, 0)
	if want := "3 1122334455667788\n"; r.Stdout != want {
		t.Errorf("the program says %q, want %q", r.Stdout, want)
	}
	checkTotals(t, tr, "jumped", 1, 0, 1)
}

// TestSetcontext leaves calls by setcontext, which is not asked for and must be
// seen all the same: they are gone before the next call is made.
func TestSetcontext(t *testing.T) {
	eachMachine(t, func(t *testing.T, machine string) {
		for _, filter := range []string{"-e *context -x jumper+landed", "-L -x jumper+landed"} {
			t.Run(filter, func(t *testing.T) {
				const times = 30
				pending := 0
				r, tr := traceLines(t, filter, func(l testkit.Line) {
					switch {
					case l.Name == "jumper" && l.Kind == testkit.CallOpen:
						pending++
					case l.Name == "jumper" && l.Kind == testkit.AbandonedLine:
						pending--
					case l.Name == "landed" && pending != 0:
						t.Errorf("%s: %d calls have been left, and are still told to run", l.Text, pending)
					}
				}, build(t, "ret_setcontext.c", machine, "-O1"), "30")
				checkExit(t, r.Result, 0)
				checkTotals(t, tr, "landed", times+2, times+2, 0)
				checkTotals(t, tr, "jumper", 2*times, 0, 2*times)
				if filter[:2] == "-e" {
					checkTotals(t, tr, "setcontext", times+1, 0, times+1)
					checkTotals(t, tr, "swapcontext", 1, 1, 0)
				}
				tr.CheckOrder(t)
			})
		}
	})
}

// TestLoopedEntry calls a function through a register that begins with a loop: no
// turn of that is a call, whichever ways the function is asked for.
func TestLoopedEntry(t *testing.T) {
	eachMachine(t, func(t *testing.T, machine string) {
		const times = 20
		lib := build(t, "place_loop.c", machine, "-shared", "-fPIC", "-O2", "-fcf-protection=none", "-Wl,-soname,libplace_loop.so")
		program := build(t, "place_loop_main.c", machine, "-O1", "-fno-plt", lib, "-Wl,-rpath,"+filepath.Dir(lib))
		for _, c := range []struct {
			filter        string
			calls, enters int
		}{
			{"-e looped+straight", times, 0},
			{"-L -x looped+straight", 0, times},
			{"-e looped+straight -x looped+straight", times, times},
		} {
			t.Run(c.filter, func(t *testing.T) {
				r, tr := traceProgram(t, c.filter, program, "20")
				checkExit(t, r.Result, 0)
				for _, name := range []string{"looped", "straight"} {
					checkTotals(t, tr, name, c.calls, c.calls, 0)
					checkTotals(t, tr, name+"@libplace_loop.so", c.enters, c.enters, 0)
				}
				tr.CheckOrder(t)
			})
		}
	})
}

// TestAliases asks for a program's own function by each of its names; without a
// name it bears the one that is not weak.
func TestAliases(t *testing.T) {
	program := build(t, "place_alias.c", "-O1")
	for filter, name := range map[string]string{
		"-e chosen_one": "chosen_one", "-e second": "second", "-e *": "chosen_one",
		"-L -x second": "second", "-L -x *": "chosen_one",
	} {
		t.Run(filter, func(t *testing.T) {
			r, tr := traceProgram(t, filter, program, "7")
			checkExit(t, r.Result, 7)
			checkTotals(t, tr, name, 7, 7, 0)
		})
	}
}

// TestCleanups throws through frames that clean up: when one does, what it had
// called is gone, and it is not. The unwinder's own calls return.
func TestCleanups(t *testing.T) {
	eachMachine(t, func(t *testing.T, machine string) {
		program := build(t, "ret_cleanup.cc", machine, "-O1")
		for _, filter := range []string{
			"-L -x thrower+middle+outer+cleaned+caught@MAIN",
			"-L -x thrower+middle+outer+cleaned+caught@MAIN -x _Unwind_SetIP+__gxx_personality_v0",
			"-x thrower+middle+outer+cleaned+caught@MAIN -e _Unwind_*@*",
		} {
			t.Run(filter, func(t *testing.T) {
				const times = 20
				pending := make(map[string]int)
				left := 2 // when something is cleaned
				r, tr := traceLines(t, filter, func(l testkit.Line) {
					switch {
					case l.Kind == testkit.CallOpen:
						pending[l.Name]++
					case l.Kind == testkit.AbandonedLine || l.Kind == testkit.ReturnLine:
						pending[l.Name]--
					}
					if l.Name != "cleaned" && l.Name != "caught" {
						return
					}
					if l.Name == "caught" {
						left = 0
					}
					if n := pending["thrower"] + pending["middle"] + pending["outer"]; n != left {
						t.Errorf("%s: %d calls are told to run, want %d", l.Text, n, left)
					}
					if left--; left < 0 {
						left = 2
					}
				}, program, "20")
				checkExit(t, r.Result, 0)
				checkTotals(t, tr, "thrower", times+times/2, 0, times+times/2)
				checkTotals(t, tr, "middle", times, 0, times)
				checkTotals(t, tr, "outer", times, 0, times)
				checkTotals(t, tr, "cleaned", 2*times, 2*times, 0)
				checkTotals(t, tr, "caught", times, times, 0)
				for _, name := range []string{"_Unwind_SetIP", "_Unwind_SetIP@libgcc_s.so.1", "__gxx_personality_v0@libstdc++.so.6"} {
					checkTotals(t, tr, name, tr.Calls.Total(name), tr.Calls.Total(name), 0)
				}
				tr.CheckOrder(t)
			})
		}
	})
}
