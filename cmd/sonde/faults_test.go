package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sonde/cli"
	"sonde/internal/testkit"
)

// The tests of this file are named after faults of ltrace 0.7.3 and 0.8.1, with the
// numbers that the list of its faults gives them.

// TestB01AttachThreads attaches to programs of many threads that make calls all
// the time, and lets them end while they are traced. ltrace killed them with the
// first trap that met a thread that it did not trace yet.
func TestB01AttachThreads(t *testing.T) {
	program := testkit.Build(t, "testdata/attach_busy.c", "-O1", "-fno-builtin", "-pthread")
	for _, threads := range []string{"1", "4", "8", "16"} {
		t.Run(threads+" threads", func(t *testing.T) {
			for range rounds(10) {
				target := testkit.StartTarget(t, nil, program, threads)
				tool, refused := attach(t, target.PID)
				if refused {
					tool.Wait(t)
					t.Fatalf("refused: %q", tool.Lines)
				}
				readCalls(t, tool, 20)
				target.HangUp()
				tool.Wait(t) // ends with the program
				target.EndTarget(t)
				if t.Failed() {
					return
				}
			}
		})
	}
}

// TestB02AttachDetach goes through the whole cycle; the program lives on.
func TestB02AttachDetach(t *testing.T) {
	program := testkit.Build(t, "testdata/attach_busy.c", "-O1", "-fno-builtin", "-pthread")
	for _, threads := range []string{"4", "8"} {
		t.Run(threads+" threads", func(t *testing.T) {
			target := testkit.StartTarget(t, nil, program, threads)
			for range rounds(10) {
				tool, refused := attach(t, target.PID)
				if refused {
					tool.Wait(t)
					t.Fatalf("refused: %q", tool.Lines)
				}
				readCalls(t, tool, 100)
				detach(t, tool, syscall.SIGINT)
				testkit.CheckReleased(t, target.PID)
			}
			target.EndTarget(t)
		})
	}
}

// TestB04ThreadsResults traces threads that make the same calls at once. ltrace
// lifted its breakpoint to let one thread pass, and others ran on through half of the
// instruction below: their results were wrong.
func TestB04ThreadsResults(t *testing.T) { testThreadsResults(t, "2", "800") }

// TestB05ManyThreadsResults is the same with more threads.
func TestB05ManyThreadsResults(t *testing.T) { testThreadsResults(t, "8", "200") }

// TestHundredsOfThreadsResults is the same with so many that they are waited for by
// their ids.
func TestHundredsOfThreadsResults(t *testing.T) { testThreadsResults(t, "300", "10") }

func testThreadsResults(t *testing.T, threads, calls string) {
	t.Helper()
	program := build(t, "truth_threads.c", "-O1")
	for range rounds(9) {
		r, tr := traceProgram(t, "-f -e atoi", program, threads, calls)
		checkExit(t, r.Result, 0)
		if strings.Contains(r.Stdout, "wrong") {
			t.Fatalf("calls gave wrong results: %s", r.Describe())
		}
		n, err := strconv.Atoi(calls)
		if err != nil {
			t.Fatal(err)
		}
		for tid := range testkit.ParseCounts(t, r.Stdout) {
			if got := tr.Calls[tid]["atoi"]; got < n {
				t.Errorf("thread %d made %d calls, the trace has %d; %s", tid, n, got, tr.Tail(tid))
			}
		}
		if r.Stderr != "" {
			t.Errorf("the tool says %q", r.Stderr)
		}
	}
}

// TestB06OwnTraps runs a program that lives on SIGTRAP itself.
func TestB06OwnTraps(t *testing.T) {
	r, tr := traceProgram(t, "", build(t, "sig_modes.c", "-O1"), "trap-handled")
	checkExit(t, r.Result, 40)
	if r.Stdout != "seen 3\n" {
		t.Errorf("the program says %q, want \"seen 3\\n\"", r.Stdout)
	}
	if n := tr.Signals.Total("SIGTRAP"); n != 3 {
		t.Errorf("the trace has %d SIGTRAPs, want 3", n)
	}
}

// TestB07LongjmpNesting leaves more calls by longjmp than ltrace could nest.
func TestB07LongjmpNesting(t *testing.T) {
	r, tr := traceProgram(t, "", build(t, "ret_longjmp.c", "-O0"), "40")
	checkExit(t, r.Result, 0)
	checkTotals(t, tr, "qsort", 40, 0, 40)
}

// TestB08Recursion nests deeper than ltrace could.
func TestB08Recursion(t *testing.T) {
	for _, depth := range []int{60, 70, 5000} {
		r, tr := traceDeep(t, depth)
		checkExit(t, r.Result, 0)
		if want := fmt.Sprintf("depth %d\n", depth); r.Stdout != want {
			t.Errorf("the program says %q, want %q", r.Stdout, want)
		}
		checkTotals(t, tr, "ping", depth/2, depth/2, 0)
		checkTotals(t, tr, "pong", depth/2, depth/2, 0)
	}
}

// TestB12ExecOfThread executes a program from a thread that is not the first: it
// takes the first one's id over.
func TestB12ExecOfThread(t *testing.T) {
	program, next := build(t, "fault_exec.c", "-O1"), build(t, "truth_threads.c", "-O1")
	for _, threads := range []string{"0", "1", "8"} {
		t.Run(threads+" others", func(t *testing.T) {
			for range rounds(20) {
				r, tr := traceProgram(t, "-f", program, threads, next, "2", "20")
				checkExit(t, r.Result, 0)
				checkCounts(t, r, tr)
				if tr.Execs != 1 {
					t.Errorf("the trace has %d execs, want 1", tr.Execs)
				}
				if t.Failed() {
					return
				}
			}
		})
	}
}

// TestB15Stop stops a launched program by SIGSTOP: it makes no more calls until
// SIGCONT.
func TestB15Stop(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace")
	tool := testkit.Start(t, "stdout", nil, testkit.Sonde(t), "-o", trace, build(t, "fault_busy.c", "-O1"))
	pid := readyPID(t, tool)
	for range rounds(5) {
		before := traceSize(t, trace)
		testkit.Await(t, "the program is traced", func() bool { return traceSize(t, trace) > before })
		sendSignal(t, pid, syscall.SIGSTOP)
		testkit.Await(t, "the trace shows the stop", func() bool {
			return strings.HasSuffix(endOf(t, trace), "--- stopped by SIGSTOP ---\n")
		})
		// Nothing tells that nothing happens. Running, it makes thousands of calls
		// in this time.
		size := traceSize(t, trace)
		time.Sleep(200 * time.Millisecond)
		if after := traceSize(t, trace); after != size {
			t.Fatalf("stopped, it goes on: the trace grew from %d to %d bytes\n%s", size, after, endOf(t, trace))
		}
		sendSignal(t, pid, syscall.SIGCONT)
		testkit.Await(t, "the program goes on", func() bool { return traceSize(t, trace) > size+1000 })
	}
	tool.HangUp()
	if ws := tool.Wait(t); ws != 0 || tool.Lines[len(tool.Lines)-1] != "ok" {
		t.Errorf("ended with %s, the program says %q", testkit.DescribeStatus(ws), tool.Lines)
	}
	testkit.ReadTrace(t, trace, 0, nil).CheckBalance(t)
}

// readyPID reads the line "ready PID" of a program under the tool.
func readyPID(t *testing.T, tool *testkit.Peer) int {
	t.Helper()
	line, ok := tool.Next(t)
	digits, isReady := strings.CutPrefix(line, "ready ")
	pid, err := strconv.Atoi(digits)
	if !ok || !isReady || err != nil {
		t.Fatalf("the program began with %q", line)
	}
	return pid
}

func traceSize(t *testing.T, file string) int64 {
	t.Helper()
	fi, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return fi.Size()
}

// endOf returns the last bytes of a file.
func endOf(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, min(1000, traceSize(t, file)))
	n, err := f.ReadAt(b, max(0, traceSize(t, file)-int64(len(b))))
	if n == 0 && err != nil {
		return ""
	}
	return string(b[:n])
}

func sendSignal(t *testing.T, pid int, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatalf("send %v: %v", sig, err)
	}
}

// TestB16ExitStatus passes the program's end on.
func TestB16ExitStatus(t *testing.T) {
	for _, script := range []string{
		"exit 0", "exit 3", "exit 42", "exit 255",
		"kill -ABRT $$", "kill -KILL $$", "kill -SEGV $$", "kill -TERM $$", "kill -INT $$", "kill -TRAP $$", "kill -USR1 $$",
	} {
		want := testkit.Run(t, "/bin/sh", "-c", script)
		got := runTraced(t, "-e no_such_function*", "/bin/sh", "-c", script)
		if got.Status.ExitStatus() != want.Status.ExitStatus() || got.Status.Signaled() != want.Status.Signaled() ||
			got.Status.Signaled() && got.Status.Signal() != want.Status.Signal() {
			t.Errorf("%s: ended with %s, untraced with %s", script, got.Describe(), testkit.DescribeStatus(want.Status))
		}
	}
}

// TestB17AttachGone attaches to a process that there is not.
func TestB17AttachGone(t *testing.T) {
	cmd := exec.Command("/bin/true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	r := testkit.Run(t, testkit.Sonde(t), "-p", strconv.Itoa(cmd.Process.Pid))
	checkExit(t, r, cli.ExitSetup)
	complaint(t, r.Stderr, strconv.Itoa(cmd.Process.Pid)+`.*no such process`)
}

// TestB18Exceptions throws a hundred exceptions through a traced call. ltrace
// told of returns from what had been left.
func TestB18Exceptions(t *testing.T) {
	const throws = 100
	r, tr := traceProgram(t, "", build(t, "ret_throw.cc", "-O1"), strconv.Itoa(throws))
	checkExit(t, r.Result, 0)
	checkTotals(t, tr, "qsort", throws, 0, throws)
	checkTotals(t, tr, "__cxa_throw", throws, 0, throws)
}

// TestB19LongjmpReturn says of no longjmp that it returned, though the program
// comes past the instruction after the call.
func TestB19LongjmpReturn(t *testing.T) {
	program := build(t, "ret_longjmp.c", "-O0")
	r, tr := traceProgram(t, "", program, "100")
	checkExit(t, r.Result, 0)
	checkTotals(t, tr, "longjmp", 100, 0, 100)
	checkTotals(t, tr, "qsort", 100, 0, 100)
}

// TestB33CallerAfterExec names the calling module anew after an exec.
func TestB33CallerAfterExec(t *testing.T) {
	program, next := build(t, "fault_exec.c", "-O1"), build(t, "truth_threads.c", "-O1")
	seen := make(map[string]int)
	execs := 0
	r, _ := traceLines(t, "-e getenv+atoi", func(l testkit.Line) {
		switch l.Kind {
		case testkit.ExecLine:
			execs++
		case testkit.CallLine, testkit.CallOpen, testkit.CallNoReturn:
			seen[fmt.Sprintf("%s->%s after %d execs", l.Caller, l.Name, execs)]++
		}
	}, program, "0", next, "1", "20")
	checkExit(t, r.Result, 0)
	want := map[string]int{"fault_exec->getenv after 0 execs": 1, "truth_threads->atoi after 1 execs": 22}
	for call, n := range want {
		if seen[call] != n {
			t.Errorf("%q %d times, want %d", call, seen[call], n)
		}
	}
	for call, n := range seen {
		if _, ok := want[call]; !ok && strings.Contains(call, "fault_exec->") != strings.HasSuffix(call, "after 0 execs") {
			t.Errorf("%q %d times", call, n)
		}
	}
}

// TestB34ThreadsWithoutFollow shows the calls of all threads without -f, which is
// for processes.
func TestB34ThreadsWithoutFollow(t *testing.T) {
	r, tr := traceProgram(t, "-e atoi", build(t, "truth_threads.c", "-O1"), "4", "100")
	checkExit(t, r.Result, 0)
	if n := tr.Calls.Total("atoi"); n != 402 {
		t.Errorf("the trace has %d calls, want 402", n)
	}
	if len(tr.Calls) != 4 {
		t.Errorf("the trace has calls of %d threads, want 4", len(tr.Calls))
	}
}

// TestB37AttachKernelThread attaches to what has no program.
func TestB37AttachKernelThread(t *testing.T) {
	pid, ok := testkit.KernelThread()
	if !ok {
		t.Skip("this system shows no thread of the kernel")
	}
	r := testkit.Run(t, testkit.Sonde(t), "-p", strconv.Itoa(pid))
	checkExit(t, r, cli.ExitSetup)
	complaint(t, r.Stderr, `kernel thread`)
}

// TestB37AttachZombie attaches to a process that has ended.
func TestB37AttachZombie(t *testing.T) {
	pid := strconv.Itoa(zombiePID(t))
	r := testkit.Run(t, testkit.Sonde(t), "-p", pid)
	checkExit(t, r, cli.ExitSetup)
	complaint(t, r.Stderr, pid+`.*zombie`)
}

// TestB39Killed signals the tool that has launched a program: both end by it.
func TestB39Killed(t *testing.T) {
	program := build(t, "fault_busy.c", "-O1")
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL} {
		t.Run(sig.String(), func(t *testing.T) {
			for range rounds(5) {
				trace := filepath.Join(t.TempDir(), "trace")
				tool := testkit.Start(t, "stdout", nil, testkit.Sonde(t), "-o", trace, program)
				pid := readyPID(t, tool)
				tool.Signal(t, sig)
				ws := tool.Wait(t)
				if !ws.Signaled() || ws.Signal() != sig {
					t.Errorf("the tool ended with %s", testkit.DescribeStatus(ws))
				}
				testkit.Await(t, "the program has ended", func() bool {
					threads, err := testkit.Threads(pid) // whoever adopted it may yet have to wait for it
					return err != nil || len(threads) == 1 && threads[0].State == 'Z'
				})
			}
		})
	}
}
