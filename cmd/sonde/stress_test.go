package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
)

// The tests of this file let events come at the worst moment: while Sonde
// attaches, and while it lets a program go.

// visit attaches to a program and lets it go again: in the middle of attaching, as
// soon as the first call is seen, or after many, as the round says.
func visit(t *testing.T, pid, round int, opts ...string) {
	t.Helper()
	if round%6 > 2 { // by other stops
		opts = append(opts, "-S")
	}
	tool := testkit.Start(t, "stderr", nil, testkit.Sonde(t), append(opts, "-p", strconv.Itoa(pid))...)
	switch round % 3 {
	case 0:
		testkit.Await(t, "the first thread is traced", func() bool {
			return tool.Ended() || len(tracedThreads(t, pid)) > 0
		})
	case 1:
		readCalls(t, tool, 1)
	case 2:
		readCalls(t, tool, 100)
	}
	if tool.Ended() {
		tool.Wait(t)
		t.Fatalf("round %d: sonde ended by itself: %q", round, lastLines(tool))
	}
	detach(t, tool, syscall.SIGTERM)
}

// tracedThreads returns the threads of a process that are traced now.
func tracedThreads(t *testing.T, pid int) []testkit.ThreadStatus {
	t.Helper()
	threads, err := testkit.Threads(pid)
	if err != nil {
		t.Fatalf("the program is gone: %v", err)
	}
	var traced []testkit.ThreadStatus
	for _, th := range threads {
		if th.TracerPID != 0 {
			traced = append(traced, th)
		}
	}
	return traced
}

// checkUntraced is testkit.CheckRunning for a program whose threads end all the
// time: one that is seen in its end is no fault.
func checkUntraced(t *testing.T, pid int) {
	t.Helper()
	if traced := tracedThreads(t, pid); len(traced) > 0 {
		t.Errorf("threads are still traced: %+v", traced)
	}
}

// visitAll pays a program of attach_target.h n visits and has it end.
func visitAll(t *testing.T, n int, options, program string, args ...string) {
	t.Helper()
	target := testkit.StartTarget(t, nil, program, args...)
	for i := range n {
		visit(t, target.PID, i, strings.Fields(options)...)
		checkUntraced(t, target.PID)
		testkit.CheckText(t, target.PID)
		if t.Failed() {
			t.Fatalf("in round %d", i)
		}
	}
	target.EndTarget(t)
}

// TestStressChurn attaches to programs that make threads and processes all the time:
// neither fork nor pthread_create fails in them, and their children end well.
func TestStressChurn(t *testing.T) {
	program := build(t, "stress_churn.c", "-O1")
	for _, c := range []struct{ name, options, makers, forkers string }{
		{"threads", "", "4", "0"},
		{"processes", "", "0", "4"},
		{"both", "", "2", "1"},
		{"both, followed", "-f", "2", "1"},
		{"processes, followed", "-f", "0", "2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			visitAll(t, rounds(15), c.options, program, c.makers, c.forkers)
		})
	}
}

// TestStressSigqueue attaches to a program to which signals are queued all the time:
// each arrives once, in order, with its sender and its value.
func TestStressSigqueue(t *testing.T) {
	visitAll(t, rounds(30), "", build(t, "stress_sigqueue.c", "-O1"))
}

// TestStressGroupStop stops a busy program under the tracer and ends the tracer
// meanwhile: the program stays stopped until SIGCONT comes, and then goes on.
func TestStressGroupStop(t *testing.T) {
	program := build(t, "attach_busy.c", "-O1")
	target := testkit.StartTarget(t, nil, program, "4")
	for i := range rounds(30) {
		tool, refused := attach(t, target.PID)
		if refused {
			tool.Wait(t)
			t.Fatalf("refused: %q", tool.Lines)
		}
		readCalls(t, tool, 20)
		target.Signal(t, syscall.SIGSTOP)
		if i%2 == 0 { // else Sonde has to end while the threads are on their way to the stop
			readUntilStopped(t, tool)
		}
		detach(t, tool, syscall.SIGTERM)
		testkit.Await(t, "all threads are stopped, and traced by nobody", func() bool { return allStopped(target.PID) })
		testkit.CheckText(t, target.PID)
		target.Signal(t, syscall.SIGCONT)
		testkit.CheckReleased(t, target.PID)
		if t.Failed() {
			t.Fatalf("in round %d", i)
		}
	}
	target.EndTarget(t)
}

// readUntilStopped reads lines of a trace until one tells of a group stop.
func readUntilStopped(t *testing.T, tool *testkit.Peer) {
	t.Helper()
	for {
		line, ok := tool.Next(t)
		if !ok {
			t.Fatalf("the trace ended early, last lines:\n%s", lastLines(tool))
		}
		if l, err := testkit.ParseLine(line); err == nil && l.Kind == testkit.StoppedLine {
			return
		}
	}
}

// TestStressLeaderless traces programs whose first thread has ended, before the
// tracer came or under it.
func TestStressLeaderless(t *testing.T) {
	program := build(t, "stress_leaderless.c", "-O1")
	t.Run("ended before", func(t *testing.T) {
		target := testkit.StartTarget(t, nil, program)
		awaitZombieLeader(t, target.PID)
		for i := range rounds(20) {
			visit(t, target.PID, i)
			checkLeaderless(t, target)
		}
		target.EndTarget(t)
	})
	t.Run("ends while traced", func(t *testing.T) {
		for range rounds(10) {
			target := testkit.StartTarget(t, nil, program, "late")
			tool, refused := attach(t, target.PID)
			if refused {
				tool.Wait(t)
				t.Fatalf("refused: %q", tool.Lines)
			}
			target.Type(t, "x")
			target.Next(t)
			awaitZombieLeader(t, target.PID)
			readCalls(t, tool, 100)
			detach(t, tool, syscall.SIGTERM)
			checkLeaderless(t, target)
			target.EndTarget(t)
		}
	})
	t.Run("stopped", func(t *testing.T) {
		target := testkit.StartTarget(t, nil, program)
		awaitZombieLeader(t, target.PID)
		tool := testkit.Start(t, "stderr", nil, testkit.Sonde(t), "-p", strconv.Itoa(target.PID))
		for range rounds(10) {
			readCalls(t, tool, 10)
			target.Signal(t, syscall.SIGSTOP)
			readUntilStopped(t, tool)
			target.Signal(t, syscall.SIGCONT)
		}
		detach(t, tool, syscall.SIGTERM)
		checkLeaderless(t, target)
		target.EndTarget(t)
	})
	t.Run("launched, and told to end", func(t *testing.T) {
		for range rounds(10) {
			trace := filepath.Join(t.TempDir(), "trace")
			tool := testkit.Start(t, "stdout", nil, testkit.Sonde(t), "-o", trace, program)
			tool.Next(t)
			tool.Signal(t, syscall.SIGTERM)
			if ws := tool.Wait(t); !ws.Signaled() || ws.Signal() != syscall.SIGTERM {
				t.Fatalf("ended with %s, the program said %q", testkit.DescribeStatus(ws), tool.Lines)
			}
		}
	})
}

// awaitZombieLeader waits until the first thread of a process has ended.
func awaitZombieLeader(t *testing.T, pid int) {
	t.Helper()
	testkit.Await(t, "the first thread has ended", func() bool {
		threads, err := testkit.Threads(pid)
		if err != nil {
			t.Fatalf("the program is gone: %v", err)
		}
		for _, th := range threads {
			if th.TID == pid {
				return th.State == 'Z'
			}
		}
		return false
	})
}

// checkLeaderless reports what a tracer has left on a program whose first thread
// has ended. The kernel shows the memory by its other threads alone.
func checkLeaderless(t *testing.T, target *testkit.Peer) {
	t.Helper()
	var reader int
	line := target.Lines[len(target.Lines)-1]
	if _, err := fmt.Sscanf(line, "ready reader=%d", &reader); err != nil {
		t.Fatalf("the program said %q: %v", line, err)
	}
	checkUntraced(t, target.PID)
	testkit.CheckText(t, reader)
}

// TestStressExec attaches to a program that does nothing but execute itself, by any
// of its threads: the ids that it has are others' from one moment to the next.
func TestStressExec(t *testing.T) {
	for _, options := range []string{"", "-f"} {
		t.Run("options "+options, func(t *testing.T) {
			target := testkit.StartTarget(t, nil, build(t, "stress_exec.c", "-O1"))
			visitExecs(t, target, rounds(30), options)
			target.EndTarget(t)
		})
	}
}

// TestStressExecAtOnce attaches to a program that executes itself as soon as it has
// made a thread: whoever seizes that one sleeps on the other until the exec is over,
// which waits for the end of the one that was seized.
func TestStressExecAtOnce(t *testing.T) {
	target := testkit.StartTarget(t, nil, testkit.Build(t, "../../snapshot/testdata/execs.c", "-pthread"))
	visitExecs(t, target, rounds(60), "-f")
	if target.Ended() {
		t.Error("the program has ended")
	}
}

// visitExecs pays n visits to a program that executes itself.
func visitExecs(t *testing.T, target *testkit.Peer, n int, options string) {
	t.Helper()
	for i := range n {
		visit(t, target.PID, i, strings.Fields(options)...)
		checkUntraced(t, target.PID)
		if t.Failed() {
			t.Fatalf("in round %d", i)
		}
	}
}

// TestStressVfork attaches to a program that makes children in its own memory all
// the time: none of them meets a trap alone.
func TestStressVfork(t *testing.T) {
	program := build(t, "stress_vfork.c", "-O1")
	for _, options := range []string{"", "-f"} {
		t.Run("options "+options, func(t *testing.T) {
			visitAll(t, rounds(30), options, program)
		})
	}
	// The trace cannot be written: Sonde lets go of parent and child at once.
	for _, options := range []string{"", "-f"} {
		t.Run("no space left, options "+options, func(t *testing.T) {
			const own = 5
			for range rounds(10) {
				args := append([]string{testkit.Sonde(t), "-o", "/dev/full"}, strings.Fields(options)...)
				r := testkit.Run(t, append(args, program, "once")...)
				checkExit(t, r, own)
				complaint(t, r.Stderr, `/dev/full: .*no space left`)
				if t.Failed() {
					return
				}
			}
		})
	}
}

// TestStressOrphans kills a program in the middle of its forks: whether its last
// child is heard of or not, that is no fault of the tool.
func TestStressOrphans(t *testing.T) {
	program := build(t, "stress_orphan.c", "-O1")
	for _, options := range []string{"-f", ""} {
		t.Run("options "+options, func(t *testing.T) {
			for i := range rounds(20) {
				r := runTraced(t, options, program, strconv.Itoa(1+i))
				if !r.Status.Signaled() || r.Status.Signal() != syscall.SIGKILL || r.Stderr != "" || r.Stdout != "" {
					t.Fatalf("killed by its child %d: ended with %s", 1+i, r.Describe())
				}
			}
		})
	}
}

// TestStressOrphansLive ends a program in the middle of its forks, by SIGKILL and by
// another thread's exit: the child of which nobody has told lives on as if untraced.
func TestStressOrphansLive(t *testing.T) {
	program := build(t, "stress_forker.c", "-O1", "-pthread")
	subreaper := testkit.Build(t, "testdata/stress_subreaper.c", "-O1")
	orphans := 0
	for _, options := range []string{"-f", ""} {
		for i := range rounds(40) {
			args := []string{subreaper, "0", testkit.Sonde(t), "-o", "/dev/null"}
			args = append(append(args, strings.Fields(options)...), program)
			after := strconv.Itoa(2000 + 517*i%20000)
			if i%2 == 0 {
				args[1] = after
			} else {
				args = append(args, after)
			}
			r := testkit.Run(t, args...)
			checkExit(t, r, 0)
			n := 0
			if _, err := fmt.Sscanf(r.Stdout, "orphans: %d\n", &n); err != nil || r.Stderr != "" {
				t.Fatalf("%v: %s", args, r.Describe())
			}
			orphans += n
		}
	}
	if orphans == 0 {
		t.Error("no child has lost its parent")
	}
}

// TestStressKilled kills a program, at one moment after another, while Sonde attaches
// to it and while it traces: Sonde ends by itself, whatever it waits for, and says
// no more than that the program was gone.
func TestStressKilled(t *testing.T) {
	for _, c := range []struct {
		name, options, source string
		args                  []string
	}{
		{"threads", "", "attach_busy.c", []string{"4"}},
		{"threads and processes", "-f", "stress_churn.c", []string{"2", "1"}},
		{"vfork", "-f", "stress_vfork.c", nil},
		{"exec", "-f", "stress_exec.c", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := build(t, c.source, "-O1")
			for i := range rounds(20) {
				target := testkit.StartTarget(t, nil, program, c.args...)
				args := append(strings.Fields(c.options), "-p", strconv.Itoa(target.PID))
				tool := testkit.Start(t, "stderr", nil, testkit.Sonde(t), args...)
				testkit.Await(t, "a thread is traced", func() bool {
					return tool.Ended() || len(tracedThreads(t, target.PID)) > 0
				})
				for range i * i { // further and further on
					if _, ok := tool.Next(t); !ok {
						break
					}
				}
				target.Signal(t, syscall.SIGKILL)
				tool.Wait(t)
				for _, line := range tool.Lines {
					if strings.HasPrefix(line, "sonde: ") && !strings.Contains(line, "no such") && !strings.Contains(line, "zombie") {
						t.Fatalf("killed after %d lines: %s", i*i, line)
					}
				}
				target.Wait(t)
			}
		})
	}
}

// TestStressStopped stops and continues a program many times over while Sonde, which
// still has calls to inject into it, attaches and is told to end.
func TestStressStopped(t *testing.T) {
	target := testkit.StartTarget(t, nil, build(t, "attach_busy.c", "-O1"), "4")
	for i := range rounds(40) {
		tool := testkit.Start(t, "stderr", nil, testkit.Sonde(t), "-p", strconv.Itoa(target.PID))
		testkit.Await(t, "a thread is traced", func() bool { return len(tracedThreads(t, target.PID)) > 0 })
		for range 1 + i%10 {
			target.Signal(t, syscall.SIGSTOP)
			target.Signal(t, syscall.SIGCONT)
		}
		detach(t, tool, syscall.SIGTERM)
		target.Signal(t, syscall.SIGCONT)
		testkit.CheckReleased(t, target.PID)
		if t.Failed() {
			t.Fatalf("in round %d", i)
		}
	}
	target.EndTarget(t)
}

// TestStressDescendant ends Sonde when the program that it has launched is gone
// and a child of that, which it followed, sleeps on.
func TestStressDescendant(t *testing.T) {
	const script = "sleep 1000 >/dev/null 2>&1 & echo ready $!; exit 0"
	for range rounds(10) {
		trace := filepath.Join(t.TempDir(), "trace")
		tool := testkit.Start(t, "stdout", nil, testkit.Sonde(t), "-f", "-o", trace, "sh", "-c", script)
		pid := readyPID(t, tool)
		t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
		testkit.Await(t, "the shell has ended", func() bool {
			text, err := os.ReadFile(trace)
			return err == nil && strings.Contains(string(text), "+++ exited (status 0) +++\n")
		})
		tool.Signal(t, syscall.SIGTERM)
		if ws := tool.Wait(t); ws != 0 {
			t.Errorf("ended with %s, the shell with status 0", testkit.DescribeStatus(ws))
		}
		testkit.CheckReleased(t, pid) // and there: the tool did not wait for its end
		sendSignal(t, pid, syscall.SIGKILL)
		if t.Failed() {
			return
		}
	}
}

// TestStressNestedHandlers interrupts calls, handlers and their calls three
// thousand times a second: every call is seen, and every return.
func TestStressNestedHandlers(t *testing.T) {
	program := build(t, "stress_nested.c", "-O1")
	for range rounds(5) {
		r, tr := traceProgram(t, "-e abs+strtol+toupper+labs+ffs+atoi", program, "1000")
		checkExit(t, r.Result, 0)
		checkCounts(t, r, tr)
		for _, name := range []string{"abs", "strtol", "toupper", "labs", "ffs"} {
			calls := testkit.ParseCounts(t, r.Stdout).Total(name)
			checkTotals(t, tr, name, calls, calls, 0)
		}
		tr.CheckOrder(t)
		if t.Failed() {
			return
		}
	}
}

// TestStressAffinity pins a program to one CPU, lets it make a thread and a process,
// and lets it go: all have the CPUs that it had before.
func TestStressAffinity(t *testing.T) {
	var own unix.CPUSet
	if err := unix.SchedGetaffinity(0, &own); err != nil {
		t.Fatal(err)
	}
	if own.Count() < 2 {
		t.Skip("to be pinned to one CPU is no change where there is one only")
	}
	program := build(t, "stress_affinity.c", "-O1")
	for _, c := range []struct {
		options  string
		followed bool
	}{{"--pin", false}, {"--pin -f", true}} {
		t.Run("options "+c.options, func(t *testing.T) {
			for range rounds(5) {
				target := testkit.StartTarget(t, nil, program)
				tool, refused := attach(t, target.PID, strings.Fields(c.options)...)
				if refused {
					tool.Wait(t)
					t.Fatalf("refused: %q", tool.Lines)
				}
				if n := cpus(t, target.PID); n.Count() != 1 {
					t.Errorf("pinned, it may use %d CPUs", n.Count())
				}
				target.Type(t, "x")
				line, _ := target.Next(t)
				var child int
				if _, err := fmt.Sscanf(line, "born child=%d", &child); err != nil {
					t.Fatalf("the program said %q: %v", line, err)
				}
				testkit.Await(t, "the child is followed or let go", func() bool {
					return tracedBy(child, tool.PID) == c.followed
				})
				if n := cpus(t, child); !c.followed && n != own {
					t.Errorf("let go, the child may use %d CPUs, before the pinning %d", n.Count(), own.Count())
				}
				readCalls(t, tool, 100)
				detach(t, tool, syscall.SIGTERM)
				checkAffinity(t, target.PID, 3, own)
				checkAffinity(t, child, 1, own)
				testkit.CheckReleased(t, target.PID)
				testkit.CheckReleased(t, child)
				target.EndTarget(t)
				if t.Failed() {
					return
				}
			}
		})
	}
}

// cpus returns the CPUs that a thread may use.
func cpus(t *testing.T, tid int) unix.CPUSet {
	t.Helper()
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(tid, &set); err != nil {
		t.Fatalf("CPUs of thread %d: %v", tid, err)
	}
	return set
}

// checkAffinity compares the CPUs of all threads of a process with what must be.
func checkAffinity(t *testing.T, pid, threads int, want unix.CPUSet) {
	t.Helper()
	all, err := testkit.Threads(pid)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != threads {
		t.Errorf("process %d has %d threads, want %d", pid, len(all), threads)
	}
	for _, th := range all {
		if got := cpus(t, th.TID); got != want {
			t.Errorf("thread %d of %d may use %d CPUs, before the pinning %d", th.TID, pid, got.Count(), want.Count())
		}
	}
}

// TestStressClosedDescriptors starts a program with standard descriptors closed: it
// finds them so, and the tool writes into none of the files that take their place.
func TestStressClosedDescriptors(t *testing.T) {
	program := build(t, "stress_closed.c")
	for _, c := range []struct {
		redirections string
		open         int // bit N: descriptor N
	}{
		{"", 7},
		{"<&-", 6},
		{">&-", 5},
		{"2>&-", 3},
		{"<&- >&-", 4},
		{"<&- 2>&-", 2},
		{">&- 2>&-", 1},
		{"<&- >&- 2>&-", 0},
	} {
		t.Run("closed "+c.redirections, func(t *testing.T) {
			shell := []string{"/bin/sh", "-c", `exec "$@" ` + c.redirections, "sh"}
			checkExit(t, testkit.Run(t, append(shell, program)...), c.open)
			// The trace goes to standard error, and is lost where that is closed.
			checkExit(t, testkit.Run(t, append(shell, testkit.Sonde(t), "--fit", "--color", program)...), c.open)
			trace := filepath.Join(t.TempDir(), "trace")
			r := testkit.Run(t, append(shell, testkit.Sonde(t), "-o", trace, program)...)
			checkExit(t, r, c.open)
			tr := testkit.ReadTrace(t, trace, 0, nil)
			tr.CheckBalance(t)
			checkTotals(t, tr, "fcntl", 3, 3, 0)
		})
	}
}

// TestStressHangingCall reads the trace in a file while a call hangs: it tells of the
// call, though nothing happens that would make the tool write.
func TestStressHangingCall(t *testing.T) {
	program := build(t, "stress_hang.c", "-O1")
	for range rounds(10) {
		trace := filepath.Join(t.TempDir(), "trace")
		tool := testkit.Start(t, "stdout", nil, testkit.Sonde(t), "-o", trace, program)
		pid := readyPID(t, tool)
		testkit.Await(t, "the trace tells of the call that hangs", func() bool {
			return strings.HasSuffix(endOf(t, trace), " <unfinished ...>\n")
		})
		if end := endOf(t, trace); !strings.Contains(end, "\nsigsuspend(") {
			t.Errorf("the trace ends with\n%s", end)
		}
		sendSignal(t, pid, syscall.SIGUSR1)
		if ws := tool.Wait(t); ws != 0 || tool.Lines[len(tool.Lines)-1] != "ok" {
			t.Errorf("ended with %s, the program says %q", testkit.DescribeStatus(ws), tool.Lines)
		}
		tr := testkit.ReadTrace(t, trace, pid, nil)
		tr.CheckBalance(t)
		checkTotals(t, tr, "sigsuspend", 1, 1, 0)
		if t.Failed() {
			return
		}
	}
}

// TestStressUserfault attaches to a program whose threads wait in the kernel for one of
// them, which fills the pages that they use. While that one is stopped they cannot be,
// and are not waited for.
func TestStressUserfault(t *testing.T) {
	target := testkit.StartTarget(t, nil, build(t, "stress_userfault.c", "-O1"))
	if target.Lines[0] != "ready" {
		t.Skip("the kernel has no userfaultfd(2) for this user")
	}
	for i := range rounds(4) {
		visit(t, target.PID, 3*i, "-S") // in the middle of attaching
		tool := testkit.Start(t, "stderr", nil, testkit.Sonde(t), "-f", "-p", strconv.Itoa(target.PID))
		readCalls(t, tool, 3)
		detach(t, tool, syscall.SIGTERM)
		testkit.CheckReleased(t, target.PID)
		if t.Failed() {
			t.Fatalf("in round %d", i)
		}
	}
	target.EndTarget(t)
}
