package main

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// output is where the trace goes.
type output struct {
	name string
	file io.Writer
}

// openOutput opens the file that the trace goes to; "" is standard error.
func openOutput(path string) (*output, error) {
	if path == "" {
		return &output{"standard error", rawFile(unix.Stderr)}, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, fmt.Errorf("-o: %w", err)
	}
	return &output{path, f}, nil
}

// rawFile writes to a descriptor. os.Stderr would end the process when its
// reader is gone (os/signal, SIGPIPE).
type rawFile int

// Write is io.Writer's.
func (f rawFile) Write(p []byte) (n int, err error) {
	for n < len(p) {
		m, err := unix.Write(int(f), p[n:])
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
