package descriptor

import (
	"math"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestPlain(t *testing.T) {
	var p Plain
	for _, fd := range []int32{0, 63, 64, 1000, maxPlain - 1} {
		if p.Has(fd) {
			t.Errorf("%d is in an empty set", fd)
		}
		if p.Add(fd); !p.Has(fd) {
			t.Errorf("%d is not there", fd)
		}
	}
	for _, fd := range []int32{-1, maxPlain, math.MaxInt32, math.MinInt32} {
		if p.Add(fd); p.Has(fd) {
			t.Errorf("%d is remembered", fd)
		}
		p.Remove(fd)
	}
	if p.Remove(64); p.Has(64) || !p.Has(63) || !p.Has(1000) {
		t.Error("64 is still there, or another one is not")
	}
	if p.Clear(); p.Has(63) || p.Has(1000) {
		t.Error("the set has not become empty")
	}
}

// TestNetlinkRemembers tells of which descriptors it is certain that they are none of
// netlink: of those that are there and are not.
func TestNetlinkRemembers(t *testing.T) {
	plain, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(plain)
	route, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(route)
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, c := range []struct {
		what   string
		fd     int
		family int
		plain  bool
	}{
		{"a socket of another kind", plain, -1, true},
		{"a file", int(file.Fd()), -1, true},
		{"a socket of netlink", route, unix.NETLINK_ROUTE, false},
		{"no descriptor", 1 << 20, -1, false},
		{"a negative number", -1, -1, false},
	} {
		var r Reader
		if family, plain := r.Netlink(os.Getpid(), int32(c.fd)); family != c.family || plain != c.plain {
			t.Errorf("%s is of family %d, and plain: %t", c.what, family, plain)
		}
	}
}
