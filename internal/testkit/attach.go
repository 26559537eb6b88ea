package testkit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a test waits for a line or an end that must come. It tells
// a hang from slowness; no test holds what it measures against it.
const patience = 90 * time.Second

// Peer is a running program that a test talks to: it reads its output line by
// line, signals it, and ends it. If it is still running at the end of the test
// it is killed, with all that it has started.
type Peer struct {
	PID   int
	Lines []string // what it has said so far

	name   string
	cmd    *exec.Cmd
	stdin  io.Closer
	output *os.File
	lines  *bufio.Reader
	ended  bool
}

// Start runs a program with a pipe as standard input and reads the output that
// stream chooses: "stdout", "stderr". The other one is the test's own stderr.
// A nil attr asks for nothing special.
func Start(t testing.TB, stream string, attr *syscall.SysProcAttr, path string, args ...string) *Peer {
	t.Helper()
	HeedSignals()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.SysProcAttr = attr
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if stream == "stdout" {
		cmd.Stdout = w
	} else {
		cmd.Stderr = w
	}
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	w.Close()
	if err != nil {
		r.Close()
		t.Fatalf("start %s: %v", path, err)
	}
	p := &Peer{
		PID: cmd.Process.Pid, name: path, cmd: cmd, stdin: stdin,
		output: r, lines: bufio.NewReader(r),
	}
	t.Cleanup(func() {
		if !p.ended {
			// With what it has started: a program that a tracer has let
			// down may be stopped, or go round for ever.
			family := descendants(p.PID)
			_ = p.cmd.Process.Kill() // its first thread may have ended: the others have not
			for _, pid := range family {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			_ = p.cmd.Wait()
		}
		p.stdin.Close() // ends what it has left behind and still reads
		p.output.Close()
	})
	return p
}

// HeedSignals makes programs that are started from now on begin with the signals of a
// terminal at their default, also where the test was told to ignore them, as
// what a shell runs in the background or nohup(1) runs is.
func HeedSignals() {
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGTERM} {
		if signal.Ignored(sig) {
			// A handler is not inherited by exec, unlike SIG_IGN.
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
}

// StartSituation runs a program that says a line when it is where it is to be looked at.
func StartSituation(t testing.TB, path string, args ...string) *Peer {
	t.Helper()
	p := Start(t, "stdout", nil, path, args...)
	if _, ok := p.Next(t); !ok {
		t.Fatalf("%s %q said nothing; it ended with %s", path, args, DescribeStatus(p.Wait(t)))
	}
	return p
}

// StartTarget runs a program of attach_target.h and waits until it says that it
// is ready.
func StartTarget(t testing.TB, attr *syscall.SysProcAttr, path string, args ...string) *Peer {
	t.Helper()
	p := Start(t, "stdout", attr, path, args...)
	if line, ok := p.Next(t); !ok || !strings.HasPrefix(line, "ready") {
		t.Fatalf("%s began with %q", path, line)
	}
	return p
}

// Next returns the next line, without its end; at the end of the output, which
// may come while a process that inherited it runs on, ok is false.
func (p *Peer) Next(t testing.TB) (line string, ok bool) {
	t.Helper()
	if err := p.output.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	line, err := p.lines.ReadString('\n')
	switch {
	case err == nil:
	case errors.Is(err, io.EOF) && line != "":
	case errors.Is(err, io.EOF):
		return "", false
	default:
		threads, _ := Threads(p.PID) // for the message: none if it is gone
		t.Fatalf("%s (%d) says nothing more: %v\nits threads: %+v\nits last lines:\n%s",
			p.name, p.PID, err, threads, strings.Join(p.Lines[max(0, len(p.Lines)-20):], "\n"))
	}
	line = strings.TrimSuffix(line, "\n")
	p.Lines = append(p.Lines, line)
	return line, true
}

// HangUp ends the program's standard input.
func (p *Peer) HangUp() { p.stdin.Close() }

// Type writes to the program's standard input.
func (p *Peer) Type(t testing.TB, text string) {
	t.Helper()
	if _, err := io.WriteString(p.stdin.(io.Writer), text); err != nil {
		t.Fatalf("write to %s: %v", p.name, err)
	}
}

// Signal sends the program a signal.
func (p *Peer) Signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(p.PID, sig); err != nil {
		t.Fatalf("send %v to %s: %v", sig, p.name, err)
	}
}

// Wait reads what the program still says and waits for its end.
func (p *Peer) Wait(t testing.TB) syscall.WaitStatus {
	t.Helper()
	for {
		if _, ok := p.Next(t); !ok {
			break
		}
	}
	_ = p.cmd.Wait() // the status tells more
	p.ended = true
	return p.cmd.ProcessState.Sys().(syscall.WaitStatus)
}

// EndTarget tells a program of attach_target.h to end and reports it if it does
// not say that all went well.
func (p *Peer) EndTarget(t testing.TB) {
	t.Helper()
	p.HangUp()
	ws := p.Wait(t)
	if last := p.Lines[len(p.Lines)-1]; last != "ok" || ws != 0 {
		t.Errorf("%s ended with %s, its last line is %q", p.name, DescribeStatus(ws), last)
	}
}

// DescribeStatus says how a process ended.
func DescribeStatus(ws syscall.WaitStatus) string {
	if ws.Signaled() {
		return "signal " + ws.Signal().String()
	}
	return fmt.Sprintf("status %d", ws.ExitStatus())
}

// Ended says whether the program has ended. It stays to be waited for.
func (p *Peer) Ended() bool {
	if p.ended {
		return true
	}
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, p.PID, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err == nil && info.Signo != 0 // 0: nothing to report yet
}

// AwaitStop waits until a signal has stopped the program, a child of the test.
func (p *Peer) AwaitStop(t testing.TB) {
	t.Helper()
	if err := unix.Waitid(unix.P_PID, p.PID, nil, unix.WSTOPPED|unix.WNOWAIT, nil); err != nil {
		t.Fatalf("wait for %s to stop: %v", p.name, err)
	}
}

// AwaitPause waits until a process has so many threads, all of them in pause(2).
func AwaitPause(t testing.TB, pid, threads int) {
	t.Helper()
	const pause, pause32 = "34", "29" // of 64-bit and 32-bit programs
	Await(t, "all threads pause", func() bool {
		all, err := Threads(pid)
		for _, th := range all {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", th.TID))
			if nr, _, _ := strings.Cut(string(text), " "); err != nil || nr != pause && nr != pause32 {
				return false
			}
		}
		return err == nil && len(all) == threads
	})
}

// Await polls a condition that no event tells, such as a state in /proc.
func Await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not so after %v", what, patience)
		}
	}
}
