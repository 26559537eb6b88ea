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

	"sonde/internal/testkit"
)

// nobody is the user that owns nothing.
var nobody = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}

// rounds is how often a test of races repeats itself.
func rounds(n int) int {
	if testing.Short() {
		return min(n, max(n/10, 3))
	}
	return n
}

// attach starts sonde on a process and waits until it traces all of it or has
// refused. What it writes is read from its standard error.
func attach(t *testing.T, pid int, opts ...string) (tool *testkit.Peer, refused bool) {
	t.Helper()
	tool = testkit.Start(t, "stderr", nil, testkit.Sonde(t), append(opts, "-p", strconv.Itoa(pid))...)
	testkit.Await(t, "the process is traced", func() bool {
		return tool.Ended() || tracedBy(pid, tool.PID) && testkit.Patched(pid)
	})
	return tool, tool.Ended()
}

// tracedBy says whether every thread of a process is traced by the given one.
func tracedBy(pid, tracer int) bool {
	threads, err := testkit.Threads(pid)
	for _, th := range threads {
		if th.TracerPID != tracer {
			return false
		}
	}
	return err == nil && len(threads) > 0
}

// isCall says whether a line of the trace tells of a call or of its end.
func isCall(line string) bool {
	l, err := testkit.ParseLine(line)
	return err == nil && l.Kind <= testkit.AbandonedLine
}

// readCalls reads lines of a trace until n of them tell of a call.
func readCalls(t *testing.T, tool *testkit.Peer, n int) {
	t.Helper()
	for n > 0 {
		line, ok := tool.Next(t)
		if !ok {
			t.Fatalf("the trace ended early, last lines:\n%s", lastLines(tool))
		}
		if isCall(line) {
			n--
		}
	}
}

// detach ends a sonde that is attached and reports it if that goes wrong.
func detach(t *testing.T, tool *testkit.Peer, sig syscall.Signal) {
	t.Helper()
	tool.Signal(t, sig)
	if ws := tool.Wait(t); ws != 0 {
		t.Errorf("sonde ended with %s after %v, last lines:\n%s", testkit.DescribeStatus(ws), sig, lastLines(tool))
	}
	for _, line := range tool.Lines {
		if strings.HasPrefix(line, "sonde: ") {
			t.Errorf("sonde said %q", line)
		}
	}
}

func lastLines(p *testkit.Peer) string {
	return strings.Join(p.Lines[max(0, len(p.Lines)-20):], "\n")
}

// checkRefusal reports a refusal that does not say in one line why.
func checkRefusal(t *testing.T, tool *testkit.Peer, reason *regexp.Regexp) {
	t.Helper()
	ws := tool.Wait(t)
	if ws.ExitStatus() != 1 {
		t.Errorf("sonde refused with %s, want status 1", testkit.DescribeStatus(ws))
	}
	if len(tool.Lines) != 1 || !strings.HasPrefix(tool.Lines[0], "sonde: ") || !reason.MatchString(tool.Lines[0]) {
		t.Errorf("sonde refused with %q, want one line with %q", tool.Lines, reason)
	}
}

// TestAttachBusy attaches a hundred times to a program whose threads, timer and
// forks never rest.
func TestAttachBusy(t *testing.T) {
	program := testkit.Build(t, "testdata/attach_busy.c", "-O1", "-fno-builtin", "-pthread")
	target := testkit.StartTarget(t, nil, program, "8")
	signals := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}

	var first, last testkit.Usage
	for i := range rounds(100) {
		var opts []string
		if i%3 == 1 {
			opts = []string{"-f"}
		}
		tool, refused := attach(t, target.PID, opts...)
		if refused {
			tool.Wait(t)
			t.Fatalf("round %d: refused: %q", i, tool.Lines)
		}
		readCalls(t, tool, 50)
		detach(t, tool, signals[i%len(signals)])
		testkit.CheckReleased(t, target.PID)

		var err error
		if last, err = testkit.ReadUsage(target.PID); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = last
		}
		if t.Failed() {
			t.Fatalf("in round %d", i)
		}
	}
	// The kernel merges and splits neighbouring mappings as the program's own
	// come and go; what grew with the rounds would be far beyond that.
	const slack = 3
	if last.Descriptors != first.Descriptors || last.Mappings > first.Mappings+slack {
		t.Errorf("the program held %+v after the first round, %+v after the last", first, last)
	}
	target.EndTarget(t)
}

// TestAttachManyThreads attaches to a program with so many threads that they are waited
// for one by one, and lets it go.
func TestAttachManyThreads(t *testing.T) {
	program := testkit.Build(t, "testdata/attach_busy.c", "-O1", "-fno-builtin", "-pthread")
	target := testkit.StartTarget(t, nil, program, "150")
	tool, refused := attach(t, target.PID, "-f")
	if refused {
		tool.Wait(t)
		t.Fatalf("refused: %q", tool.Lines)
	}
	readCalls(t, tool, 500)
	detach(t, tool, syscall.SIGINT)
	testkit.CheckReleased(t, target.PID)
	target.EndTarget(t)
}

// attachCase is a program that is hard to attach to.
type attachCase struct {
	name, source string
	flags, args  []string
	who          string // "parent" or "child" as the program names them; else itself
	mayRefuse    bool   // sonde may say why it cannot, instead of tracing
	silent       bool   // makes no call while the tracer is there
}

var attachCases = []attachCase{
	{name: "vfork parent", source: "attach_vfork.c", who: "parent", mayRefuse: true, silent: true},
	{name: "vfork child", source: "attach_vfork.c", who: "child", mayRefuse: true},
	{name: "CLONE_VM parent", source: "attach_clonevm.c", who: "parent", mayRefuse: true},
	{name: "CLONE_VM child", source: "attach_clonevm.c", who: "child", mayRefuse: true},
	{name: "seccomp", source: "attach_seccomp.c", mayRefuse: true},
	{name: "SIGTRAP blocked", source: "attach_sigtrap.c", args: []string{"blocked"}},
	{name: "SIGTRAP ignored", source: "attach_sigtrap.c", args: []string{"ignored"}},
	{name: "SIGTRAP handled", source: "attach_sigtrap.c", args: []string{"handled"}},
	{name: "not dumpable", source: "attach_nodump.c"},
	{name: "moving code", source: "attach_jit.c", flags: []string{"-fno-pie", "-no-pie"}},
}

// TestAttachHard attaches to programs each of which an attaching tracer can kill:
// each is traced, or left alone with the reason, and goes on unharmed.
func TestAttachHard(t *testing.T) {
	eachMachine(t, func(t *testing.T, machine string) {
		for _, c := range attachCases {
			t.Run(c.name, func(t *testing.T) {
				flags := append([]string{machine, "-O1", "-fno-builtin"}, c.flags...)
				program := testkit.Build(t, filepath.Join("testdata", c.source), flags...)
				for i := range rounds(20) {
					if attachOnce(t, c, program); t.Failed() {
						t.Fatalf("in round %d", i)
					}
				}
			})
		}
	})
}

// attachOnce starts the program, traces it for a while, and ends it.
func attachOnce(t *testing.T, c attachCase, program string) {
	t.Helper()
	target := testkit.StartTarget(t, nil, program, c.args...)
	pids := readyPIDs(t, target)
	pid, ok := pids[c.who]
	if !ok {
		pid = target.PID
	}
	tool, refused := attach(t, pid)
	switch {
	case refused && c.mayRefuse:
		checkRefusal(t, tool, regexp.MustCompile(`: .+`))
	case refused:
		tool.Wait(t)
		t.Errorf("refused: %q", tool.Lines)
	default:
		if !c.silent {
			readCalls(t, tool, 50)
		}
		detach(t, tool, syscall.SIGINT)
	}
	testkit.CheckReleased(t, target.PID)
	for _, pid := range pids {
		testkit.CheckReleased(t, pid)
	}
	target.EndTarget(t)
}

// readyPIDs returns the pids, by their names, in the line that a program began with.
func readyPIDs(t *testing.T, target *testkit.Peer) map[string]int {
	t.Helper()
	pids := make(map[string]int)
	for _, field := range strings.Fields(target.Lines[0])[1:] {
		name, value, _ := strings.Cut(field, "=")
		pid, err := strconv.Atoi(value)
		if err != nil {
			t.Fatalf("program began with %q: %v", target.Lines[0], err)
		}
		pids[name] = pid
	}
	return pids
}

// TestAttachNotDumpableAsItsUser attaches without CAP_SYS_PTRACE to a process of
// the same user that the kernel protects from that.
func TestAttachNotDumpableAsItsUser(t *testing.T) {
	needRoot(t)
	program := forEveryone(t, testkit.Build(t, "testdata/attach_nodump.c", "-O1", "-fno-builtin"))
	tool := forEveryone(t, testkit.Sonde(t))
	target := testkit.StartTarget(t, nobody, program)
	tracer := testkit.Start(t, "stderr", nobody, tool, "-p", strconv.Itoa(target.PID))
	checkRefusal(t, tracer, regexp.MustCompile(`not dumpable`))
	testkit.CheckReleased(t, target.PID)
	target.EndTarget(t)
}

// needRoot skips a test that starts programs as another user.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can start a program as another user")
	}
}

// forEveryone returns a copy of a program that every user can run.
func forEveryone(t *testing.T, program string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sonde-test-") // t.TempDir is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, filepath.Base(program))
	if err := os.WriteFile(name, data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestAttachStopped attaches to a process that a signal has stopped. It stays
// stopped, under the tracer and after it, until SIGCONT comes.
func TestAttachStopped(t *testing.T) {
	program := testkit.Build(t, "testdata/attach_busy.c", "-O1", "-fno-builtin", "-pthread")
	for range rounds(20) {
		target := testkit.StartTarget(t, nil, program, "4")
		target.Signal(t, syscall.SIGSTOP)
		target.AwaitStop(t)

		tool, refused := attach(t, target.PID)
		if refused {
			tool.Wait(t)
			t.Fatalf("refused: %q", tool.Lines)
		}
		detach(t, tool, syscall.SIGINT)
		if i := slices.IndexFunc(tool.Lines, isCall); i >= 0 {
			t.Fatalf("a stopped program went on: %s", tool.Lines[i])
		}
		testkit.Await(t, "all threads are stopped again", func() bool { return allStopped(target.PID) })
		testkit.CheckText(t, target.PID)

		tool, refused = attach(t, target.PID)
		if refused {
			tool.Wait(t)
			t.Fatalf("refused: %q", tool.Lines)
		}
		target.Signal(t, syscall.SIGCONT)
		readCalls(t, tool, 50)
		detach(t, tool, syscall.SIGINT)
		testkit.CheckReleased(t, target.PID)
		target.EndTarget(t)
		if t.Failed() {
			return
		}
	}
}

// allStopped says whether every thread of a process is stopped by a signal
// and traced by nobody.
func allStopped(pid int) bool {
	threads, err := testkit.Threads(pid)
	for _, th := range threads {
		if th.State != 'T' || th.TracerPID != 0 {
			return false
		}
	}
	return err == nil && len(threads) > 0
}

// TestKilledWhileLaunching kills a sonde that has launched a program with the
// signal that it cannot see coming: the program ends with it.
func TestKilledWhileLaunching(t *testing.T) {
	program := testkit.Build(t, "testdata/attach_launched.c", "-O1", "-fno-builtin")
	for i := range rounds(20) {
		trace := filepath.Join(t.TempDir(), "trace")
		tool := testkit.Start(t, "stdout", nil, testkit.Sonde(t), "-o", trace, program)
		line, _ := tool.Next(t)
		var pid int
		if _, err := fmt.Sscanf(line, "ready pid=%d", &pid); err != nil {
			t.Fatalf("the program began with %q: %v", line, err)
		}
		tool.Signal(t, syscall.SIGKILL)
		// The program's standard output ends when it does.
		tool.Wait(t)
		if last := tool.Lines[len(tool.Lines)-1]; last != line {
			t.Fatalf("round %d: the program went on and said %q", i, last)
		}
	}
}

// TestAttachOwnCalls attaches to programs that a system call which is not their own would
// change: one that is in a restartable sequence all the time, and one whose system calls
// are answered by a signal, but for those that come from where they belong. Slots are
// mapped into both, and taken out again.
func TestAttachOwnCalls(t *testing.T) {
	program := testkit.Build(t, "../../snapshot/testdata/copied.c", "-O1", "-pthread")
	for _, mode := range []string{"rseq", "dispatch"} {
		t.Run(mode, func(t *testing.T) {
			target := testkit.StartTarget(t, nil, program, mode)
			for i := range rounds(10) {
				tool, refused := attach(t, target.PID)
				if refused {
					tool.Wait(t)
					t.Fatalf("refused: %q", tool.Lines)
				}
				readCalls(t, tool, 5)
				detach(t, tool, syscall.SIGTERM)
				testkit.CheckReleased(t, target.PID)
				testkit.CheckText(t, target.PID)
				if t.Failed() {
					t.Fatalf("in round %d", i)
				}
			}
			target.EndTarget(t)
		})
	}
}

// TestAttachNoTimer attaches and detaches where the user's processes have as many signals
// queued as they may (RLIMIT_SIGPENDING), so that no timer can be made.
func TestAttachNoTimer(t *testing.T) {
	target := testkit.StartTarget(t, nil, testkit.Build(t, "testdata/attach_busy.c", "-O1", "-fno-builtin", "-pthread"), "4")
	for range 10 {
		tool := testkit.Start(t, "stderr", nil, "/usr/bin/prlimit", "--sigpending=0", testkit.Sonde(t), "-p", strconv.Itoa(target.PID))
		readCalls(t, tool, 5)
		detach(t, tool, syscall.SIGTERM)
		testkit.CheckReleased(t, target.PID)
	}
	target.EndTarget(t)
}
