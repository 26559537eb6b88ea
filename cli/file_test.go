package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFileNonblocking writes more than a pipe holds that has been made nonblocking.
func TestFileNonblocking(t *testing.T) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	r := os.NewFile(uintptr(fds[0]), "pipe")
	defer r.Close()
	want := bytes.Repeat([]byte("0123456789abcde\n"), 1<<16)
	written := make(chan error, 1)
	go func() {
		_, err := File(fds[1]).Write(want)
		written <- errors.Join(err, unix.Close(fds[1]))
	}()
	got, err := io.ReadAll(r)
	if err := errors.Join(err, <-written); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes came through, want %d", len(got), len(want))
	}
}
