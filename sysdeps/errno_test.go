package sysdeps

import (
	"slices"
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
		if got := ErrnoByName(name); got != n {
			t.Errorf("%s is %d, want %d", name, got, n)
		}
		if want := syscall.Errno(n).Error(); !strings.EqualFold(text, want) && !strings.HasPrefix(want, "errno ") {
			t.Errorf("%s means %q, want %q", name, text, want)
		}
	}
	if named < 130 || len(slices.Collect(ErrnoNames())) != named {
		t.Errorf("%d names, of which %d are listed", named, len(slices.Collect(ErrnoNames())))
	}
	for other, name := range aliases {
		if n := ErrnoByName(other); ErrnoName(n) != name {
			t.Errorf("%s is %d, which is %q, want %s", other, n, ErrnoName(n), name)
		}
	}
	for _, name := range []string{"", "ENOENTX", "enoent", "ERESTARTSYS"} {
		if n := ErrnoByName(name); n != 0 {
			t.Errorf("%q is %d, want none", name, n)
		}
	}
}
