package descriptor

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// TestNetlink has sockets of netlink before and after they have a port, and what is none.
func TestNetlink(t *testing.T) {
	r := &Reader{}
	for _, family := range []int{unix.NETLINK_ROUTE, unix.NETLINK_SOCK_DIAG, unix.NETLINK_GENERIC} {
		fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, family)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		if got, _ := r.Netlink(os.Getpid(), int32(fd)); got != family {
			t.Errorf("a new socket is of family %d, and not %d", got, family)
		}
		if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			t.Fatal(err)
		}
		if got, _ := r.Netlink(os.Getpid(), int32(fd)); got != family {
			t.Errorf("a socket with a port is of family %d, and not %d", got, family)
		}
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	for _, fd := range []int{pair[0], -1, unix.AT_FDCWD, 0, 1 << 20} {
		if got, _ := r.Netlink(os.Getpid(), int32(fd)); got != -1 {
			t.Errorf("%d is of family %d", fd, got)
		}
	}
}

// TestQueue has what /proc tells of the queues of rings.
func TestQueue(t *testing.T) {
	const head = "pos:\t0\nSqMask:\t0x7\nSqHead:\t6\nSqTail:\t9\nSQEs:\t3\n"
	for _, c := range []struct {
		name, text string
		n          uint32
		mask       uint64
		want       []uint64
	}{
		{"three", head + "    6: opcode:READ, fd:3, flags:0\n    7: opcode:NOP, fd:-1\n    0: opcode:WRITE, fd:1\nCQEs:\t1\n    5: user_data:1, res:0\n", 9, 7, []uint64{6, 7, 0}},
		{"the first two", head + "    6: opcode:READ, fd:3\n    7: opcode:NOP, fd:-1\n    0: opcode:WRITE, fd:1\n", 2, 7, []uint64{6, 7}},
		{"none", head, 9, 7, nil},
		{"beyond the queue", head + "    8: opcode:READ, fd:3\n    99999999999: opcode:NOP\n", 9, 7, nil},
		{"large ones", head + "    6: opcode:READ, fd:3, user_data:0, e0:0x0, e1:0x0\n", 9, 7, nil},
		{"larger than a ring is", "SqMask:\t0xffffffff\n    6: opcode:READ, fd:3\n", 9, 0xffffffff, nil},
		{"no ring", "pos:\t0\nflags:\t02\n", 9, 0, nil},
	} {
		path := filepath.Join(t.TempDir(), "fdinfo")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		r := &Reader{}
		if q := r.queue(path, c.n); q.mask != c.mask || !slices.Equal(q.entries, c.want) {
			t.Errorf("%s: %+v, and not %v of %#x", c.name, q, c.want, c.mask)
		}
	}
	r := &Reader{}
	for _, fd := range []int32{-1, 0, 1 << 20} {
		if p := r.Submissions(os.Getpid(), fd, 3); p != nil {
			t.Errorf("%d bytes wait in %d, which is no ring", len(p), fd)
		}
	}
}
