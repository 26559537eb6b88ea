package main

import (
	"fmt"
	"io"
	"os"

	"sonde/cli"

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
		return &output{"standard error", cli.File(unix.Stderr)}, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, fmt.Errorf("-o: %w", err)
	}
	return &output{path, f}, nil
}
