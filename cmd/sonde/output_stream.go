package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// stream writes to a descriptor, a file's or whatever else it is. It is no os.File:
// of that a write to a standard error whose reader is gone would end Sonde
// (os/signal, SIGPIPE), and one to a pipe would give up the tracing thread.
type stream struct {
	fd     int
	hurry  *hurry
	socket bool // fd belongs to others as well, and may block
}

// errorStream is standard error. That may block, and is not to do otherwise: it is
// shared with the programs. So that a signal can end a wait for its reader, a pipe or a
// terminal is opened anew for us alone, and a socket asked for what it takes at once.
func errorStream(h *hurry) *stream {
	s := &stream{fd: unix.Stderr, hurry: h}
	var st unix.Stat_t
	if unix.Fstat(s.fd, &st) != nil {
		return s
	}
	switch kind := st.Mode & unix.S_IFMT; {
	case kind == unix.S_IFSOCK:
		s.socket = true
	case kind == unix.S_IFIFO, kind == unix.S_IFCHR && s.terminal():
		own, err := unix.Open("/proc/self/fd/2", unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
		if err == nil { // else it may belong to another user, or have no reader
			s.fd = own
		}
	}
	return s
}

// openFile opens a file for the trace. One that is there is emptied, or kept and
// appended to.
func openFile(path string, appends bool, h *hurry) (*stream, error) {
	flags := unix.O_WRONLY | unix.O_CREAT | unix.O_CLOEXEC | unix.O_NOCTTY
	if appends {
		flags |= unix.O_APPEND
	} else {
		flags |= unix.O_TRUNC
	}
	for {
		fd, err := unix.Open(path, flags, 0o666) // of a FIFO it waits for a reader
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, &os.PathError{Op: "open", Path: path, Err: err}
		}
		// The description is ours alone. Of a regular file it makes no difference.
		if err := unix.SetNonblock(fd, true); err != nil {
			return nil, errors.Join(&os.PathError{Op: "open", Path: path, Err: err}, unix.Close(fd))
		}
		return &stream{fd: fd, hurry: h}, nil
	}
}

// Write is io.Writer's. It waits where the output takes nothing: standard error
// may be a terminal or a pipe that the traced program has made nonblocking
// (fcntl(2): O_NONBLOCK belongs to the open file description, which they share).
func (s *stream) Write(p []byte) (n int, err error) {
	for n < len(p) {
		m, err := s.write(p[n:])
		n += max(m, 0)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			if err := s.hurry.await(s.fd); err != nil {
				return n, err
			}
		case err != nil:
			return n, err
		case m == 0:
			return n, io.ErrShortWrite
		}
	}
	return n, nil
}

func (s *stream) write(p []byte) (int, error) {
	if s.socket {
		return unix.SendmsgN(s.fd, p, nil, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
	}
	return unix.Write(s.fd, p)
}

// Close closes the descriptor. Some file systems tell only now that there was no
// room (close(2)).
func (s *stream) Close() error { return unix.Close(s.fd) }

// terminal tells whether it is one.
func (s *stream) terminal() bool {
	_, err := unix.IoctlGetTermios(s.fd, unix.TCGETS)
	return err == nil
}

// patience is how many milliseconds an output may take nothing once a signal is to
// end the trace. What waits for it stands still, and could not be let go.
const patience = 1000

// hurry is whether the trace is to end.
type hurry struct {
	event int // an eventfd, readable from the first signal on

	mu     sync.Mutex
	ending bool          // there is nothing to do but to wait for a command
	left   chan struct{} // closed by a signal then
}

func newHurry() (*hurry, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("eventfd: %w", err)
	}
	return &hurry{event: fd, left: make(chan struct{})}, nil
}

// signal notes that one has come.
func (h *hurry) signal() {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	_, _ = unix.Write(h.event, one[:]) // it fails only where it is readable already
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.left:
	default:
		if h.ending {
			close(h.left)
		}
	}
}

// end returns what the next signal closes.
func (h *hurry) end() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ending = true
	return h.left
}

// await returns when the descriptor takes more, or is at its end, which the next
// write tells then. After a signal that does not last for ever.
func (h *hurry) await(fd int) error {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}, {Fd: int32(h.event), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds, -1)
		if err == nil && fds[0].Revents == 0 {
			n, err = unix.Poll(fds[:1], patience)
		}
		switch {
		case err == unix.EINTR:
		case err != nil:
			return fmt.Errorf("wait for the output: %w", err)
		case n == 0:
			return errors.New("nobody reads it, and the trace is to end")
		default:
			return nil
		}
	}
}
