package descriptor

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// lookup returns what a descriptor of this process leads to.
func lookup(detail Detail, fd int) string {
	r := &Reader{Detail: detail}
	return string(r.Lookup(os.Getpid(), int32(fd)))
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	open := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	for _, c := range []struct {
		name, want string
		remove     bool
	}{
		{"plain", "plain>", false},
		{"removed", "removed>(deleted)", true},
		{"called so (deleted)", "called so (deleted)>", false},
		{"called so, removed (deleted)", "called so, removed (deleted)>(deleted)", true},
		{"a<b>\n\"\\\x011\x01é", `a\74b\76\n\"\\\0011\1\303\251>`, false},
	} {
		f := open(c.name)
		if c.remove {
			os.Remove(f.Name())
		}
		if got, want := lookup(Paths, int(f.Fd())), "<"+dir+"/"+c.want; got != want {
			t.Errorf("%q: %s, want %s", c.name, got, want)
		}
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		detail Detail
		fd     int
		want   string
	}{
		{None, int(null.Fd()), ""},
		{Paths, int(null.Fd()), "</dev/null>"},
		{Ends, int(null.Fd()), "</dev/null<char 1:3>>"},
		{Paths, unix.AT_FDCWD, "<" + wd + ">"},
		{None, unix.AT_FDCWD, ""},
		{Ends, -1, ""},
		{Ends, 1 << 30, ""},
	} {
		if got := lookup(c.detail, c.fd); got != c.want {
			t.Errorf("%d, detail %d: %q, want %q", c.fd, c.detail, got, c.want)
		}
	}
}

func TestPID(t *testing.T) {
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		t.Skipf("no pidfd: %v", err)
	}
	defer unix.Close(fd)
	if got, want := lookup(Ends, fd), "<pid:"+strconv.Itoa(os.Getpid())+">"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestConnected looks at both ends of connections.
func TestConnected(t *testing.T) {
	for _, c := range []struct{ network, address, protocol string }{
		{"tcp4", "127.0.0.1:0", "TCP"},
		{"tcp6", "[::1]:0", "TCPv6"},
	} {
		var plain net.ListenConfig
		plain.SetMultipathTCP(false) // it would be none of TCP's sockets
		l, err := plain.Listen(t.Context(), c.network, c.address)
		if err != nil {
			t.Logf("%s: %v", c.network, err) // a machine may have IPv6 switched off
			continue
		}
		defer l.Close()
		near, err := net.Dial(c.network, l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer near.Close()
		want := "<" + c.protocol + ":[" + near.LocalAddr().String() + "->" + l.Addr().String() + "]>"
		if got := lookup(Ends, descriptorOf(t, near.(*net.TCPConn))); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		want = "<" + c.protocol + ":[" + l.Addr().String() + "]>"
		if got := lookup(Ends, descriptorOf(t, l.(*net.TCPListener))); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func descriptorOf(t *testing.T, c interface {
	File() (*os.File, error)
},
) int {
	f, err := c.File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return int(f.Fd())
}

// TestUnix looks at a pair of sockets, one of which has a name.
func TestUnix(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	path := filepath.Join(t.TempDir(), "a b")
	if err := unix.Bind(fds[0], &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	var inode [2]string
	for i, fd := range fds {
		inode[i] = strings.TrimSuffix(strings.TrimPrefix(lookup(Paths, fd), "<socket:["), "]>")
	}
	if got, want := lookup(Ends, fds[0]), "<UNIX-STREAM:["+inode[0]+"->"+inode[1]+`,"`+path+`"]>`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	number, err := strconv.ParseUint(inode[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if name := new(tables).unixName("/proc/self/net/unix", number); string(name) != path {
		t.Errorf("the table has %q, want %q", name, path)
	}
}
