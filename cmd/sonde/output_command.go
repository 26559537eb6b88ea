package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// command is a shell's command that reads the trace.
type command struct {
	line  string
	ended chan error
}

// startCommand starts it. A Ctrl-C at the terminal reaches it as well, and is not to
// end it before it has read what the trace still has to say: it ignores that, and
// those that it starts do, unless they ask for it. It stays in the terminal's
// foreground, for a pager to read keys.
func startCommand(line string, h *hurry) (*command, *stream, error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, fmt.Errorf("pipe into %q: %w", line, err)
	}
	r := os.NewFile(uintptr(fds[0]), "trace")
	c := &command{line: line, ended: make(chan error, 1)}
	cmd := exec.Command("/bin/sh", "-c", "trap '' INT QUIT; "+line)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = r, os.Stdout, os.Stderr
	started := make(chan error)
	// By another thread than the one that traces, whose wait4 would take its end.
	go func() {
		started <- cmd.Start()
		c.ended <- cmd.Wait()
	}()
	err := <-started
	r.Close()
	if err == nil {
		err = unix.SetNonblock(fds[1], true) // the writer's side alone
	}
	if err != nil {
		unix.Close(fds[1])
		return nil, nil, fmt.Errorf("start %q: %w", line, err)
	}
	return c, &stream{fd: fds[1], hurry: h}, nil
}

// wait waits for the command's end, and tells how it ended if it was not well. A
// signal that is to end Sonde ends the waiting.
func (c *command) wait(h *hurry) {
	select {
	case err := <-c.ended:
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			complain(fmt.Errorf("-o %q: the command ended with %w", "|"+c.line, exit))
		}
	case <-h.end():
	}
}
