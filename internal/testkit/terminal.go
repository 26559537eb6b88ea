package testkit

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// Terminal is a pseudo-terminal with a session of its own on it, and what runs there.
type Terminal struct {
	t      testing.TB
	master *os.File
	cmd    *exec.Cmd
	seen   bytes.Buffer // what has been shown and not yet been looked for
	all    bytes.Buffer // what has been shown
}

// OpenTerminal starts a command as the leader of a new terminal's session, which the end of
// the test ends.
func OpenTerminal(t testing.TB, size pty.Winsize, name string, args ...string) *Terminal {
	t.Helper()
	HeedSignals()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "PS1=prompt> ", "TERM=dumb", "HISTFILE=")
	master, err := pty.StartWithSize(cmd, &size)
	if err != nil {
		t.Fatalf("start %s on a terminal: %v", name, err)
	}
	tm := &Terminal{t: t, master: master, cmd: cmd}
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

// Expect reads until what is shown matches, and returns the submatches.
func (tm *Terminal) Expect(pattern string) []string {
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

// Type sends what a user types.
func (tm *Terminal) Type(keys string) {
	tm.t.Helper()
	if _, err := io.WriteString(tm.master, keys); err != nil {
		tm.t.Fatal(err)
	}
}

// Wait reads to the end and returns how the session's leader ended.
func (tm *Terminal) Wait() syscall.WaitStatus {
	tm.t.Helper()
	// Reading a terminal that nobody has open any more gives EIO (pty(7)).
	if _, err := io.Copy(&tm.all, tm.master); err != nil && !errors.Is(err, syscall.EIO) {
		tm.t.Fatal(err)
	}
	_ = tm.cmd.Wait() // the status tells more
	return tm.cmd.ProcessState.Sys().(syscall.WaitStatus)
}

// Shown returns all that has been read of what is shown.
func (tm *Terminal) Shown() string { return tm.all.String() }

// Process returns the session's leader.
func (tm *Terminal) Process() *os.Process { return tm.cmd.Process }

// Resize gives the terminal another size, of which its session is told by SIGWINCH.
func (tm *Terminal) Resize(size pty.Winsize) error { return pty.Setsize(tm.master, &size) }
