package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Release is Sonde's number.
const Release = "0.1"

// Version returns what --version prints.
func Version(program string) string { return program + " (Sonde) " + Release }

// Complain prints one line, on standard error, about what a program cannot do.
func Complain(program string, err error) { ComplainTo(File(unix.Stderr), program, err) }

// ComplainTo is Complain where standard error is written in another way.
func ComplainTo(w io.Writer, program string, err error) {
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	fmt.Fprintf(w, "%s: %s\n", program, text)
}

// File writes to a descriptor. os.Stderr would end the process when its
// reader is gone (os/signal, SIGPIPE).
type File int

// Write is io.Writer's. It waits where the descriptor takes nothing: a program that shares
// it may have made it nonblocking (fcntl(2)).
func (f File) Write(p []byte) (n int, err error) {
	for n < len(p) {
		m, err := unix.Write(int(f), p[n:])
		if err == unix.EAGAIN {
			_, err = unix.Poll([]unix.PollFd{{Fd: int32(f), Events: unix.POLLOUT}}, -1)
			m = 0
		}
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return n, err
		}
		n += m
	}
	return n, nil
}

// Close leaves the descriptor open, for what the program still has to complain of.
func (f File) Close() error { return nil }

// Output creates the file of an option -o; where the option was not given, with "", it is
// standard error.
func Output(file string) (io.WriteCloser, error) {
	if file == "" {
		return File(unix.Stderr), nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, fmt.Errorf("-o: %w", err)
	}
	return f, nil
}
