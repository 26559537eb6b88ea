package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestTruthOfSyscalls compares the system calls that threads count for themselves,
// while signals interrupt them, with those in the trace.
func TestTruthOfSyscalls(t *testing.T) {
	t.Parallel()
	checkTruthOfSyscalls(t, "-f -L -S")
}

// checkTruthOfSyscalls does that with options that choose all calls that are counted.
func checkTruthOfSyscalls(t *testing.T, options string) {
	for _, c := range []struct {
		name, machine string
		args          []string
	}{
		{"1 thread", "-m64", []string{"1", "1430"}},
		{"8 threads, 10,000 calls each, timer", "-m64", []string{"8", "1430", "1000"}},
		{"64 threads, timer", "-m64", []string{"64", "40", "1000"}},
		{"32-bit, 8 threads, timer", "-m32", []string{"8", "400", "1000"}},
		{"8 threads, timer, forks, execs, stops", "-m64", []string{"8", "400", "1000", "20"}},
		{"32-bit, 4 threads, timer, forks, execs, stops", "-m32", []string{"4", "200", "1000", "20"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			program := build(t, "truth_syscalls.c", c.machine, "-O1")
			again, stops := testkit.Counts{}, 0
			restarted := func(l testkit.Line) {
				if l.Kind == testkit.StoppedLine {
					stops++
				}
				// The kernel makes such a call once more, of itself (signal(7)).
				if strings.HasPrefix(l.Result, "? ERESTARTSYS ") || strings.HasPrefix(l.Result, "? ERESTARTNOINTR ") {
					name, _, _ := strings.Cut(l.Name, "@")
					again.Add(l.TID, name+"@SYS", 1)
				}
			}
			r, tr := traceLines(t, options, restarted, append([]string{program}, c.args...)...)
			checkExit(t, r.Result, 0)
			tr.CheckOrder(t)
			want := testkit.ParseCounts(t, r.Stdout)
			if threads := len(want); threads == 0 {
				t.Fatalf("the program reports nothing: %s", r.Describe())
			}
			for _, tid := range slices.Sorted(maps.Keys(want)) {
				for name, n := range want[tid] {
					got := tr.Calls[tid][name]
					if got -= again[tid][name]; got != n {
						t.Errorf("thread %d called %s %d times, the trace has %d, and %d restarted; %s",
							tid, name, n, got, again[tid][name], tr.Tail(tid))
					}
				}
				if got, n := tr.Signals[tid]["SIGALRM"], want[tid]["getuid@SYS"]; got != n {
					t.Errorf("thread %d got SIGALRM %d times, the trace has %d; %s", tid, n, got, tr.Tail(tid))
				}
			}
			if len(c.args) > 3 && (tr.Execs == 0 || stops == 0) {
				t.Errorf("%d programs have executed another, and %d stops", tr.Execs, stops)
			}
			if len(c.args) > 2 && tr.Signals.Total("SIGALRM") == 0 {
				t.Error("no signal has interrupted anything")
			}
		})
	}
}

// TestSyscallsWithinCalls looks at one stream of library and system calls: what a
// function makes stands within it, and what no function makes stands outside.
func TestSyscallsWithinCalls(t *testing.T) {
	t.Parallel()
	want := strings.Fields(`
		strtol
		write( write@SYS )write
		getpid@SYS
		qsort( getppid( getppid@SYS )getppid )qsort
		close( close@SYS )close
		getuid@SYS
		_exit( exit_group@SYS`)
	eachMachine(t, func(t *testing.T, machine string) {
		t.Parallel()
		var got []string
		note := func(l testkit.Line) {
			name := strings.TrimSuffix(l.Name, "32@SYS") // getuid32, of 32-bit programs
			if name != l.Name {
				name += "@SYS"
			}
			switch l.Kind {
			case testkit.CallLine:
				got = append(got, name)
			case testkit.CallOpen, testkit.CallNoReturn:
				got = append(got, name+"(")
			case testkit.ReturnLine:
				got = append(got, ")"+name)
			default:
			}
		}
		r := runTraced(t, "-S", build(t, "nested_syscalls.c", machine, "-O1"))
		tr := testkit.ReadTrace(t, r.file, 0, note)
		checkExit(t, r.Result, 3)
		tr.CheckBalance(t)
		tr.CheckOrder(t)
		// Before it, the dynamic linker's.
		if i := slices.Index(got, "__libc_start_main("); i < 0 {
			t.Fatalf("no __libc_start_main in %q", got)
		} else if got = got[i+1:]; !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}
