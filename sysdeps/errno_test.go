package sysdeps

import (
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestErrno compares the table with what x/sys has for the host: the numbers are
// the same on all machines that Sonde knows.
func TestErrno(t *testing.T) {
	aliases := map[string]string{"ENOTSUP": "EOPNOTSUPP", "EFSCORRUPTED": "EUCLEAN", "EWOULDBLOCK": "EAGAIN", "EDEADLOCK": "EDEADLK"}
	named := 0
	for n := -1; n <= MaxErrno; n++ {
		want := ""
		if n > 0 {
			want = unix.ErrnoName(syscall.Errno(n))
		}
		if other := aliases[want]; other != "" {
			want = other
		}
		name, text := ErrnoName(n), ErrnoText(n)
		if name != want {
			t.Errorf("%d is %q, want %q", n, name, want)
		}
		if (name == "") != (text == "") {
			t.Errorf("%d: name %q, text %q", n, name, text)
		}
		if name == "" {
			continue
		}
		named++
		if want := syscall.Errno(n).Error(); !strings.EqualFold(text, want) && !strings.HasPrefix(want, "errno ") {
			t.Errorf("%s means %q, want %q", name, text, want)
		}
	}
	if named < 130 {
		t.Errorf("%d names", named)
	}
}
