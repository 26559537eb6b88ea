package display

import (
	"errors"
	"fmt"
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// The traced program shares the terminal's open file description with Sonde's
// standard error, and many a program sets O_NONBLOCK on it (fcntl(2): the flag
// belongs to the description). A full terminal or pipe then answers EAGAIN,
// which is no reason to end the trace.

func wouldBlock(err error) bool { return errors.Is(err, syscall.EAGAIN) }

// waitWritable returns when w's descriptor takes more output or is at its end,
// which the next write then tells.
func waitWritable(w io.Writer) error {
	sc, ok := w.(syscall.Conn)
	if !ok {
		return syscall.EAGAIN
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return fmt.Errorf("wait for the output: %w", err)
	}
	var pollErr error
	err = rc.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		for {
			if _, pollErr = unix.Poll(fds, -1); pollErr != unix.EINTR {
				return
			}
		}
	})
	if err = errors.Join(err, pollErr); err != nil {
		return fmt.Errorf("wait for the output: %w", err)
	}
	return nil
}
