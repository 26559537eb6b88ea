package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"sonde/internal/testkit"
)

// Characters that the terminal turns into signals (termios(3), VINTR and VSUSP).
const ctrlC, ctrlZ = "\x03", "\x1a"

var plainSize = pty.Winsize{Rows: 24, Cols: 80}

// startCounter starts sonde with the program that counts signals, and returns
// the program's pid.
func startCounter(t *testing.T, size pty.Winsize) (*testkit.Terminal, int) {
	t.Helper()
	program := testkit.Build(t, "testdata/tty_count.c")
	trace := filepath.Join(t.TempDir(), "trace")
	tm := testkit.OpenTerminal(t, size, testkit.Sonde(t), "-o", trace, program)
	pid, err := strconv.Atoi(tm.Expect(`running (\d+)\r\n`)[1])
	if err != nil {
		t.Fatal(err)
	}
	return tm, pid
}

func checkStatus(t *testing.T, ws syscall.WaitStatus, want int) {
	t.Helper()
	if !ws.Exited() || ws.ExitStatus() != want {
		t.Errorf("sonde ended with %s, want status %d", testkit.DescribeStatus(ws), want)
	}
}

// TestInterruptReachesProgramOnce types Ctrl-C: the terminal signals the whole
// foreground group, so a tracer that passed its own copy on would double it.
func TestInterruptReachesProgramOnce(t *testing.T) {
	tm, _ := startCounter(t, plainSize)
	const n = 20
	for i := range n {
		tm.Type(ctrlC)
		tm.Expect(fmt.Sprintf(`SIGINT %d\r\n`, i+1))
	}
	tm.Type("end\n")
	checkStatus(t, tm.Wait(), 5)
	if extra := fmt.Sprintf("SIGINT %d", n+1); strings.Contains(tm.Shown(), extra) {
		t.Errorf("%d times Ctrl-C, but the program counted on: %s", n, extra)
	}
}

// TestInterruptEndsProgram types Ctrl-C to a program that leaves it at its default:
// both end, and the shell sees that it was the signal.
func TestInterruptEndsProgram(t *testing.T) {
	program := testkit.Build(t, "testdata/tty_default.c")
	trace := filepath.Join(t.TempDir(), "trace")
	tm := testkit.OpenTerminal(t, plainSize, testkit.Sonde(t), "-o", trace, program)
	tm.Expect(`running\r\n`)
	tm.Type(ctrlC)
	if ws := tm.Wait(); !ws.Signaled() || ws.Signal() != syscall.SIGINT {
		t.Errorf("sonde ended with %s, want SIGINT", testkit.DescribeStatus(ws))
	}
}

// TestTerminatePassedOn sends SIGTERM to sonde alone: the launched program gets it.
func TestTerminatePassedOn(t *testing.T) {
	t.Run("handled", func(t *testing.T) {
		tm, _ := startCounter(t, plainSize)
		for i := range 3 {
			if err := tm.Process().Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			tm.Expect(fmt.Sprintf(`SIGTERM %d\r\n`, i+1))
		}
		tm.Type("end\n")
		checkStatus(t, tm.Wait(), 5)
	})
	t.Run("default", func(t *testing.T) {
		program := testkit.Build(t, "testdata/tty_default.c")
		trace := filepath.Join(t.TempDir(), "trace")
		tm := testkit.OpenTerminal(t, plainSize, testkit.Sonde(t), "-o", trace, program)
		tm.Expect(`running\r\n`)
		if err := tm.Process().Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if ws := tm.Wait(); !ws.Signaled() || ws.Signal() != syscall.SIGTERM {
			t.Errorf("sonde ended with %s, want SIGTERM", testkit.DescribeStatus(ws))
		}
	})
}

// TestWindowSize asks the terminal, as the program sees it, for its size, at
// the start and after a change.
func TestWindowSize(t *testing.T) {
	program := testkit.Build(t, "testdata/tty_count.c")
	trace := filepath.Join(t.TempDir(), "trace")
	tm := testkit.OpenTerminal(t, pty.Winsize{Rows: 33, Cols: 117}, testkit.Sonde(t), "-o", trace, program)
	tm.Expect(`window 33 117\r\n`)
	tm.Expect(`running \d+\r\n`)
	if err := tm.Resize(pty.Winsize{Rows: 40, Cols: 101}); err != nil {
		t.Fatal(err)
	}
	tm.Expect(`window 40 101\r\n`) // in the handler of SIGWINCH
	tm.Type("end\n")
	checkStatus(t, tm.Wait(), 5)
}

// TestJobControl stops and resumes tools and their program from an interactive shell.
func TestJobControl(t *testing.T) {
	for _, tool := range []string{"sonde", "fcatch", "fstep"} {
		t.Run(tool, func(t *testing.T) { controlJob(t, tool) })
	}
}

func controlJob(t *testing.T, tool string) {
	bash := testkit.Need(t, "bash")
	program := testkit.Build(t, "testdata/tty_count.c")
	trace := filepath.Join(t.TempDir(), "trace")
	tm := testkit.OpenTerminal(t, plainSize, bash, "--norc", "--noprofile", "--noediting", "-i")
	tm.Expect(`prompt> `)
	tm.Type("stty -echo\n")
	tm.Expect(`prompt> `)
	tm.Type(fmt.Sprintf("'%s' -o '%s' '%s'\n", testkit.Tool(t, tool), trace, program))
	pid, err := strconv.Atoi(tm.Expect(`running (\d+)\r\n`)[1])
	if err != nil {
		t.Fatal(err)
	}

	for i := range 3 {
		tm.Type(ctrlZ)
		tm.Expect(`Stopped`)
		tm.Expect(`prompt> `)
		checkJobStopped(t, pid)
		tm.Type("fg\n")
		tm.Expect(fmt.Sprintf(`SIGCONT %d\r\n`, i+1))
	}
	// The program has the terminal again, and Ctrl-C still works.
	tm.Type(ctrlC)
	tm.Expect(`SIGINT 1\r\n`)
	tm.Type("end\n")
	tm.Expect(`prompt> `)
	tm.Type("echo status=$?\n")
	tm.Expect(`status=5\r\n`)
	tm.Type("exit\n")
	checkStatus(t, tm.Wait(), 0)
}

// checkJobStopped waits until a stopped job runs nowhere: sonde is stopped, and
// the program is, by the signal or for its tracer. The shell watches sonde alone,
// so the rest may come a moment later.
func checkJobStopped(t *testing.T, pid int) {
	t.Helper()
	program, err := testkit.Threads(pid)
	if err != nil {
		t.Fatal(err)
	}
	sonde := program[0].TracerPID
	testkit.Await(t, "the program is stopped", func() bool { return inStates(pid, "Tt") })
	testkit.Await(t, "sonde is stopped", func() bool { return inStates(sonde, "T") })
}

// inStates says whether every thread of a process is in one of some states.
func inStates(pid int, states string) bool {
	threads, err := testkit.Threads(pid)
	for _, th := range threads {
		if strings.IndexByte(states, th.State) < 0 {
			return false
		}
	}
	return err == nil && len(threads) > 0
}

// TestAttachedTold attaches from a terminal, which says when that is done: what the
// program calls from then on is told.
func TestAttachedTold(t *testing.T) {
	target := testkit.StartTarget(t, nil, build(t, "attach_leader.c", "-O1"))
	pid := strconv.Itoa(target.PID)
	tm := testkit.OpenTerminal(t, plainSize, testkit.Sonde(t), "-p", pid)
	tm.Expect(`sonde: attached to ` + pid + `\r\n`)
	tm.Expect(`toupper\(`)
	tm.Type(ctrlC)
	checkStatus(t, tm.Wait(), 0)
	testkit.CheckReleased(t, target.PID)
	target.Signal(t, syscall.SIGKILL)
	target.Wait(t)
}
