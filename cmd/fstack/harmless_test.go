package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
)

// busyThreads is how many threads testdata/busy.c has.
const busyThreads = 32

// cutShort are the calls that end with EINTR when their thread is stopped and goes on,
// although no handler has run (signal(7), "Interruption of system calls and library
// functions by stop signals"; io_getevents(2), which says EINTR of any signal).
var cutShort = []string{"epoll_wait", "semtimedop", "sigtimedwait", "recv(SO_RCVTIMEO)", "io_getevents"}

// TestHarmless looks at a busy process 100 times, writes 20 core files of it, and the same
// while it is stopped: it computes what it would have, no call of it ends early but those
// that stopping ends, and its signals are where they were.
func TestHarmless(t *testing.T) {
	program := testkit.Build(t, "testdata/busy.c", "-O2", "-pthread")
	p := testkit.StartTarget(t, nil, program)
	pid := strconv.Itoa(p.PID)
	looks, cores := 100, 20
	if testing.Short() {
		looks, cores = 10, 2
	}
	before := signalState(t, p.PID)
	look := func(looks, cores int) {
		t.Helper()
		for range looks {
			got := process(t, pid)
			if len(got.Threads) != busyThreads {
				t.Errorf("%d threads", len(got.Threads))
			}
			for _, th := range got.Threads {
				if th.Why != "" || len(th.Frames) < 2 {
					t.Errorf("thread %d has %d frames: %s", th.TID, len(th.Frames), th.Why)
				}
			}
		}
		core := filepath.Join(t.TempDir(), "core")
		for range cores {
			run0(t, "fcore", "-o", core, pid)
			if err := os.Remove(core + "." + pid); err != nil {
				t.Error(err)
			}
		}
		for i, after := range signalState(t, p.PID) {
			if after != before[i] {
				t.Errorf("thread %s; before %s", after, before[i])
			}
		}
	}
	look(looks, cores)
	testkit.CheckReleased(t, p.PID)

	p.Signal(t, syscall.SIGSTOP)
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, p.PID, &info, unix.WSTOPPED, nil); err != nil {
		t.Fatal(err)
	}
	look(looks/10, cores/10)
	testkit.Await(t, "the process is stopped", func() bool { return allStopped(t, p.PID) })
	p.Signal(t, syscall.SIGCONT)
	p.HangUp()
	if ws := p.Wait(t); ws != 0 {
		t.Errorf("the program ended with %s", testkit.DescribeStatus(ws))
	}
	checkBusy(t, p.Lines)
}

// allStopped tells whether all threads are stopped, by nobody who traces them.
func allStopped(t *testing.T, pid int) bool {
	t.Helper()
	all, err := testkit.Threads(pid)
	if err != nil {
		t.Fatal(err)
	}
	return !slices.ContainsFunc(all, func(th testkit.ThreadStatus) bool { return th.State != 'T' || th.TracerPID != 0 })
}

// signalState is what the kernel says of the signals of each thread that are pending, for
// the process and for itself, blocked, ignored and caught, and of who traces it. The signals
// that threads wait for, which come and go, and are not blocked meanwhile, are left out.
func signalState(t *testing.T, pid int) (all []string) {
	t.Helper()
	const waitedFor = uint64(1)<<(syscall.SIGALRM-1) | 1<<(syscall.SIGWINCH-1)
	threads, err := testkit.Threads(pid)
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^(TracerPid|SigPnd|ShdPnd|SigBlk|SigIgn|SigCgt):\t(.*)$`)
	for _, th := range threads {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", th.TID))
		if err != nil {
			t.Fatal(err)
		}
		state := []string{strconv.Itoa(th.TID)}
		for _, m := range line.FindAllStringSubmatch(string(text), -1) {
			value := m[2]
			if m[1] != "TracerPid" {
				n, err := strconv.ParseUint(value, 16, 64)
				if err != nil {
					t.Fatal(err)
				}
				value = fmt.Sprintf("%x", n&^waitedFor)
			}
			state = append(state, m[1]+" "+value)
		}
		all = append(all, strings.Join(state, ", "))
	}
	return all
}

// checkBusy holds what the program says against what it would say untouched.
func checkBusy(t *testing.T, lines []string) {
	t.Helper()
	calls, cut := make(map[string]int), make(map[string]int)
	said := make(map[string]string)
	for _, l := range lines {
		what, rest, _ := strings.Cut(l, " ")
		if what != "call" {
			said[what] = rest
			continue
		}
		words := strings.Fields(rest)
		n, err := strconv.Atoi(words[1])
		if err != nil {
			t.Fatal(err)
		}
		short, err := strconv.Atoi(words[2])
		if err != nil {
			t.Fatal(err)
		}
		calls[words[0]] += n
		cut[words[0]] += short
	}
	for name, n := range calls {
		t.Logf("%s: %d calls, %d with EINTR", name, n, cut[name])
		if cut[name] > 0 && !slices.Contains(cutShort, name) {
			t.Errorf("%s ended with EINTR %d times of %d", name, cut[name], n)
		}
		if n < 2 {
			t.Errorf("%s was called %d times", name, n)
		}
	}
	if sums, wrong, _ := strings.Cut(said["sums"], " "); sums == "0" || wrong != "0" {
		t.Errorf("sums, and wrong ones: %s", said["sums"])
	}
	if said["continued"] != "1" {
		t.Errorf("SIGCONT has come %s times, and was sent once", said["continued"])
	}
	if said["pending"] != "1 1 0 1 2" {
		t.Errorf("signals that are pending: %s", said["pending"])
	}
}

// TestKilledTool kills fstack while it looks at a process again and again: the process is
// let go every time, whatever the tool was at.
func TestKilledTool(t *testing.T) {
	p, _ := start(t)
	pid := strconv.Itoa(p.PID)
	for range 20 {
		tool := testkit.Start(t, "stdout", nil, testkit.Tool(t, "fstack"), "--folded", "--samples=1000000", "--interval=1us", pid)
		testkit.Await(t, "the process is traced", func() bool {
			all, err := testkit.Threads(p.PID)
			return err != nil || slices.ContainsFunc(all, func(th testkit.ThreadStatus) bool { return th.TracerPID != 0 })
		})
		tool.Signal(t, syscall.SIGKILL)
		if ws := tool.Wait(t); ws.Signal() != syscall.SIGKILL {
			t.Errorf("fstack ended with %s", testkit.DescribeStatus(ws))
		}
		testkit.CheckRunning(t, p.PID)
	}
	testkit.CheckText(t, p.PID)
	testkit.AwaitPause(t, p.PID, 4)
}
