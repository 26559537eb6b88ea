package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"sonde/internal/testkit"
)

// Characters that the terminal turns into signals (termios(3), VINTR and VSUSP).
const ctrlC, ctrlZ = "\x03", "\x1a"

// terminal is a pseudo-terminal with a session of its own on it.
type terminal struct {
	t      *testing.T
	master *os.File
	cmd    *exec.Cmd
	seen   bytes.Buffer // what has been shown and not yet been looked for
	all    bytes.Buffer // what has been shown
}

// openTerminal starts a command as the leader of a new terminal's session.
func openTerminal(t *testing.T, size pty.Winsize, name string, args ...string) *terminal {
	t.Helper()
	testkit.HeedSignals()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "PS1=prompt> ", "TERM=dumb", "HISTFILE=")
	master, err := pty.StartWithSize(cmd, &size)
	if err != nil {
		t.Fatalf("start %s on a terminal: %v", name, err)
	}
	tm := &terminal{t: t, master: master, cmd: cmd}
	t.Cleanup(func() {
		// Hanging up ends the session; the leader may be stopped.
		master.Close()
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	return tm
}

// expect reads until what is shown matches, and returns the submatches.
func (tm *terminal) expect(pattern string) []string {
	tm.t.Helper()
	re := regexp.MustCompile(pattern)
	buf := make([]byte, 4096)
	for {
		if m := re.FindSubmatchIndex(tm.seen.Bytes()); m != nil {
			var found []string
			for i := 0; i < len(m); i += 2 {
				found = append(found, string(tm.seen.Bytes()[m[i]:m[i+1]]))
			}
			tm.seen.Next(m[1])
			return found
		}
		if err := tm.master.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			tm.t.Fatal(err)
		}
		n, err := tm.master.Read(buf)
		tm.seen.Write(buf[:n])
		tm.all.Write(buf[:n])
		if err != nil && !re.Match(tm.seen.Bytes()) {
			tm.t.Fatalf("waiting for %q: %v; the terminal shows\n%s", pattern, err, tm.all.String())
		}
	}
}

// typeKeys sends what a user types.
func (tm *terminal) typeKeys(keys string) {
	tm.t.Helper()
	if _, err := io.WriteString(tm.master, keys); err != nil {
		tm.t.Fatal(err)
	}
}

// wait reads to the end and returns how the session's leader ended.
func (tm *terminal) wait() syscall.WaitStatus {
	tm.t.Helper()
	// Reading a terminal that nobody has open any more gives EIO (pty(7)).
	if _, err := io.Copy(&tm.all, tm.master); err != nil && !errors.Is(err, syscall.EIO) {
		tm.t.Fatal(err)
	}
	_ = tm.cmd.Wait() // the status tells more
	return tm.cmd.ProcessState.Sys().(syscall.WaitStatus)
}

var plainSize = pty.Winsize{Rows: 24, Cols: 80}

// startCounter starts sonde with the program that counts signals, and returns
// the program's pid.
func startCounter(t *testing.T, size pty.Winsize) (*terminal, int) {
	t.Helper()
	program := testkit.Build(t, "testdata/tty_count.c")
	trace := filepath.Join(t.TempDir(), "trace")
	tm := openTerminal(t, size, testkit.Sonde(t), "-o", trace, program)
	pid, err := strconv.Atoi(tm.expect(`running (\d+)\r\n`)[1])
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
		tm.typeKeys(ctrlC)
		tm.expect(fmt.Sprintf(`SIGINT %d\r\n`, i+1))
	}
	tm.typeKeys("end\n")
	checkStatus(t, tm.wait(), 5)
	if extra := fmt.Sprintf("SIGINT %d", n+1); strings.Contains(tm.all.String(), extra) {
		t.Errorf("%d times Ctrl-C, but the program counted on: %s", n, extra)
	}
}

// TestInterruptEndsProgram types Ctrl-C to a program that leaves it at its default:
// both end, and the shell sees that it was the signal.
func TestInterruptEndsProgram(t *testing.T) {
	program := testkit.Build(t, "testdata/tty_default.c")
	trace := filepath.Join(t.TempDir(), "trace")
	tm := openTerminal(t, plainSize, testkit.Sonde(t), "-o", trace, program)
	tm.expect(`running\r\n`)
	tm.typeKeys(ctrlC)
	if ws := tm.wait(); !ws.Signaled() || ws.Signal() != syscall.SIGINT {
		t.Errorf("sonde ended with %s, want SIGINT", testkit.DescribeStatus(ws))
	}
}

// TestTerminatePassedOn sends SIGTERM to sonde alone: the launched program gets it.
func TestTerminatePassedOn(t *testing.T) {
	t.Run("handled", func(t *testing.T) {
		tm, _ := startCounter(t, plainSize)
		for i := range 3 {
			if err := tm.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			tm.expect(fmt.Sprintf(`SIGTERM %d\r\n`, i+1))
		}
		tm.typeKeys("end\n")
		checkStatus(t, tm.wait(), 5)
	})
	t.Run("default", func(t *testing.T) {
		program := testkit.Build(t, "testdata/tty_default.c")
		trace := filepath.Join(t.TempDir(), "trace")
		tm := openTerminal(t, plainSize, testkit.Sonde(t), "-o", trace, program)
		tm.expect(`running\r\n`)
		if err := tm.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if ws := tm.wait(); !ws.Signaled() || ws.Signal() != syscall.SIGTERM {
			t.Errorf("sonde ended with %s, want SIGTERM", testkit.DescribeStatus(ws))
		}
	})
}

// TestWindowSize asks the terminal, as the program sees it, for its size, at
// the start and after a change.
func TestWindowSize(t *testing.T) {
	program := testkit.Build(t, "testdata/tty_count.c")
	trace := filepath.Join(t.TempDir(), "trace")
	tm := openTerminal(t, pty.Winsize{Rows: 33, Cols: 117}, testkit.Sonde(t), "-o", trace, program)
	tm.expect(`window 33 117\r\n`)
	tm.expect(`running \d+\r\n`)
	if err := pty.Setsize(tm.master, &pty.Winsize{Rows: 40, Cols: 101}); err != nil {
		t.Fatal(err)
	}
	tm.expect(`window 40 101\r\n`) // in the handler of SIGWINCH
	tm.typeKeys("end\n")
	checkStatus(t, tm.wait(), 5)
}

// TestJobControl stops and resumes tools and their program from an interactive shell.
func TestJobControl(t *testing.T) {
	for _, tool := range []string{"sonde", "fcatch", "fstep"} {
		t.Run(tool, func(t *testing.T) { controlJob(t, tool) })
	}
}

func controlJob(t *testing.T, tool string) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash to control jobs with")
	}
	program := testkit.Build(t, "testdata/tty_count.c")
	trace := filepath.Join(t.TempDir(), "trace")
	tm := openTerminal(t, plainSize, bash, "--norc", "--noprofile", "--noediting", "-i")
	tm.expect(`prompt> `)
	tm.typeKeys("stty -echo\n")
	tm.expect(`prompt> `)
	tm.typeKeys(fmt.Sprintf("'%s' -o '%s' '%s'\n", testkit.Tool(t, tool), trace, program))
	pid, err := strconv.Atoi(tm.expect(`running (\d+)\r\n`)[1])
	if err != nil {
		t.Fatal(err)
	}

	for i := range 3 {
		tm.typeKeys(ctrlZ)
		tm.expect(`Stopped`)
		tm.expect(`prompt> `)
		checkJobStopped(t, pid)
		tm.typeKeys("fg\n")
		tm.expect(fmt.Sprintf(`SIGCONT %d\r\n`, i+1))
	}
	// The program has the terminal again, and Ctrl-C still works.
	tm.typeKeys(ctrlC)
	tm.expect(`SIGINT 1\r\n`)
	tm.typeKeys("end\n")
	tm.expect(`prompt> `)
	tm.typeKeys("echo status=$?\n")
	tm.expect(`status=5\r\n`)
	tm.typeKeys("exit\n")
	checkStatus(t, tm.wait(), 0)
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
