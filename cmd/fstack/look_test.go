package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
	"sonde/stacks"
	"sonde/sysdeps/ptrace"
)

// situation starts the program of the situations, in one of them.
func situation(t *testing.T, which string, flags ...string) *testkit.Peer {
	t.Helper()
	p := testkit.Start(t, "stdout", nil, testkit.Build(t, "testdata/situations.c", append(flags, "-pthread")...), which)
	if line, ok := p.Next(t); !ok || line != "ready" {
		t.Fatalf("it says %q", line)
	}
	return p
}

// thread is a thread of a process.
func thread(t *testing.T, p *stacks.Process, tid int) *stacks.Thread {
	t.Helper()
	i := slices.IndexFunc(p.Threads, func(th stacks.Thread) bool { return th.TID == tid })
	if i < 0 {
		t.Fatalf("no thread %d in %+v", tid, p.Threads)
	}
	return &p.Threads[i]
}

// TestNonblocking holds what is found without stopping against what is found with.
func TestNonblocking(t *testing.T) {
	for _, flags := range []string{"-O0", "-O2", "-O2 -fomit-frame-pointer", "-O0 -m32", "-O2 -m32", "-O2 -static"} {
		t.Run(flags, func(t *testing.T) {
			p, _ := start(t, strings.Fields(flags)...)
			pid := strconv.Itoa(p.PID)
			got := process(t, "--nonblocking", pid)
			want := process(t, pid)
			if !got.Nonblocking || got.Still != 0 || len(got.Threads) != len(want.Threads) {
				t.Fatalf("%+v", got)
			}
			for i := range want.Threads {
				w, g := &want.Threads[i], &got.Threads[i]
				if g.TID != w.TID || g.Name != w.Name || g.State != w.State || g.Syscall != "pause" || g.Wchan == "" || len(g.Args) != 0 {
					t.Errorf("%+v, want %+v", g, w)
				}
				if names(g) != names(w) || g.Why != w.Why {
					t.Errorf("%s (%s), want %s (%s)", names(g), g.Why, names(w), w.Why)
				}
			}
		})
	}
}

// TestNonblockingRunning looks at a thread that does not rest.
func TestNonblockingRunning(t *testing.T) {
	p := situation(t, "busy")
	got := process(t, "--nonblocking", strconv.Itoa(p.PID))
	if th := thread(t, got, p.PID); th.State != "running" || len(th.Frames) != 0 || !strings.Contains(th.Why, "it runs") && !strings.Contains(th.Why, "it moved on") {
		t.Errorf("%+v", th)
	}
}

// TestTraced looks at a process that this test traces: it cannot be stopped, and the
// message says by whom, and what is left to do.
func TestTraced(t *testing.T) {
	p, _ := start(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := ptrace.Seize(p.PID, 0); err != nil {
		t.Fatal(err)
	}
	if err := ptrace.Interrupt(p.PID); err != nil {
		t.Fatal(err)
	}
	if _, err := ptrace.WaitFor(p.PID); err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(p.PID)
	r := testkit.Run(t, testkit.Tool(t, "fstack"), pid)
	checkStatus(t, r, exitFailed)
	name, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("already traced by process %d (%s)", unix.Gettid(), strings.TrimSpace(string(name)))
	if !strings.Contains(r.Stderr, want) || !strings.Contains(r.Stderr, "--nonblocking shows") {
		t.Errorf("%s, want %s", r.Describe(), want)
	}
	got := process(t, "--nonblocking", pid)
	if th := thread(t, got, p.PID); th.State != "traced" || !strings.Contains(names(th), "pause main") {
		t.Errorf("%+v", th)
	}
	if err := ptrace.Detach(p.PID, 0); err != nil {
		t.Fatal(err)
	}
}

// TestUninterruptible stops a process one thread of which nothing stops: it is told of,
// the others are shown, and it goes on unharmed, also when it wakes afterwards.
func TestUninterruptible(t *testing.T) {
	p := situation(t, "vfork")
	testkit.Await(t, "the parent waits for its vfork's child", func() bool {
		all, err := testkit.Threads(p.PID)
		return err == nil && len(all) == 2 && all[0].State == 'D' && all[1].State == 'S'
	})
	pid := strconv.Itoa(p.PID)
	for _, args := range [][]string{{pid}, {"--max-stop", "10ms", pid}, {"--samples", "2", "--interval", "1ms", "--tid", pid, pid}} {
		for _, got := range processes(t, args...) {
			leader := thread(t, got, p.PID)
			if !strings.Contains(leader.Why, "does not stop") || leader.State != "waiting for a disk or the like" || len(leader.Kernel) == 0 || leader.Wchan == "" {
				t.Errorf("%+v", leader)
			}
			if got.Still > time.Second {
				t.Errorf("it stood still for %v", got.Still)
			}
			for i := range got.Threads {
				if th := &got.Threads[i]; th != leader && !strings.Contains(names(th), "pause resting rest") {
					t.Errorf("%+v", th)
				}
			}
		}
	}
	quiet := thread(t, process(t, "--nonblocking", pid), p.PID)
	if quiet.Syscall != "vfork" || !strings.Contains(names(quiet), "waiting main") {
		t.Errorf("%+v", quiet)
	}
	// Its waker comes while fstack is still there.
	cmd, _, said := sampling(t, "--folded", pid)
	p.HangUp()
	if line, ok := p.Next(t); !ok || line != "over" {
		t.Errorf("it says %q", line)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for _, err := said.ReadString('\n'); err == nil; _, err = said.ReadString('\n') {
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	testkit.CheckRunning(t, p.PID)
	if th := thread(t, process(t, pid), p.PID); !strings.Contains(names(th), "pause resting waiting main") {
		t.Errorf("%+v", th)
	}
}

// TestEndedLeader shows the threads that live on when the first one has ended.
func TestEndedLeader(t *testing.T) {
	for _, flag := range []string{"-m64", "-m32"} {
		p := situation(t, "leader", flag)
		testkit.Await(t, "the first thread has ended", func() bool {
			all, err := testkit.Threads(p.PID)
			return err == nil && len(all) == 2 && all[0].State == 'Z' && all[1].State == 'S'
		})
		pid := strconv.Itoa(p.PID)
		for _, args := range [][]string{{"--nonblocking", pid}, {pid}} {
			got := process(t, args...)
			if len(got.Threads) != 1 || !strings.HasSuffix(got.Program, "/situations") || !strings.Contains(names(&got.Threads[0]), "pause resting end_leader") || got.Threads[0].Why != "" {
				t.Errorf("%s %q: %+v", flag, args, got)
			}
		}
	}
}

// TestStopped shows a process that job control has stopped, and leaves it so.
func TestStopped(t *testing.T) {
	p, _ := start(t)
	p.Signal(t, unix.SIGSTOP)
	p.AwaitStop(t)
	pid := strconv.Itoa(p.PID)
	for _, args := range [][]string{{"--nonblocking", pid}, {pid}} {
		got := process(t, args...)
		for i := range got.Threads {
			if th := &got.Threads[i]; th.State != "stopped" || !strings.Contains(names(th), "pause ") {
				t.Errorf("%q: %+v", args, th)
			}
		}
	}
	// What was stopped goes back to its stop by itself.
	testkit.Await(t, "all threads are stopped again", func() bool {
		all, err := testkit.Threads(p.PID)
		return err == nil && len(all) == 4 && !slices.ContainsFunc(all, func(th testkit.ThreadStatus) bool { return th.State != 'T' || th.TracerPID != 0 })
	})
}

// TestKernelThread tells what a thread of the kernel's does, and TestZombie that a process
// has ended.
func TestKernelThread(t *testing.T) {
	pid, ok := testkit.KernelThread()
	if !ok {
		t.Skip("this system shows no thread of the kernel's")
	}
	for _, args := range []string{"", "--nonblocking "} {
		text := run0(t, "fstack", strings.Fields(args+strconv.Itoa(pid))...).Stdout
		if !strings.Contains(text, fmt.Sprintf("Process %d: a thread of the kernel's", pid)) || os.Geteuid() == 0 && !strings.Contains(text, " in the kernel\n") {
			t.Error(text)
		}
	}
}

func TestZombie(t *testing.T) {
	p, _ := start(t)
	p.Signal(t, unix.SIGKILL)
	testkit.Await(t, "the process has ended", func() bool {
		all, err := testkit.Threads(p.PID)
		return err == nil && len(all) == 1 && all[0].State == 'Z'
	})
	for _, args := range []string{"", "--nonblocking "} {
		r := testkit.Run(t, append([]string{testkit.Tool(t, "fstack")}, strings.Fields(args+strconv.Itoa(p.PID))...)...)
		checkStatus(t, r, exitFailed)
		if !strings.Contains(r.Stderr, "a zombie") {
			t.Error(r.Describe())
		}
	}
}
