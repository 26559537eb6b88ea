package symbolize

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sonde/sysdeps"
	"sonde/unwind"
)

// TestParseJITMap reads lists that are good, and what may stand in others.
func TestParseJITMap(t *testing.T) {
	for _, c := range []struct {
		text string
		at   sysdeps.Addr
		want string
	}{
		{"1000 10 f\n2000 10 g h\n", 0x1000, "f"},
		{"1000 10 f\n2000 10 g h\n", 0x200f, "g h"},
		{"1000 10 f\n2000 10 g h\n", 0x2010, ""},
		{"1000 10 f\n2000 10 g h\n", 0xfff, ""},
		{"0x1000 0x10 f\n", 0x100f, "f"},
		{"2000 10 g\n1000 10 f\n", 0x1008, "f"},
		{"1000 10 old\n1000 20 new\n", 0x1008, "new"},
		{"1000 100 old\n1010 10 new\n", 0x1018, "new"},
		{"1000 100 old\n1010 10 new\n", 0x1020, "old"},
		{"1010 10 old\n1000 100 new\n", 0x1018, "new"},
		{"1000 10 f", 0x1000, ""}, // being written
		{"1000 0 f\n", 0x1000, ""},
		{"1000 10 \n", 0x1000, ""},
		{"1000 10\n", 0x1000, ""},
		{"x 10 f\n1000 y f\n\n \n1000 10 g\n", 0x1000, "g"},
		{"ffffffffffffffff 10 f\n", 0xffffffffffffffff, ""},
		{"1000 10 f\x1b[2J\n", 0x1000, "f\x1b[2J"}, // whoever prints it makes it harmless
	} {
		m := parseJITMap([]byte(c.text))
		got := ""
		if f := m.at(c.at); f != nil {
			got = f.name
		}
		if got != c.want {
			t.Errorf("%q at %v: %q, want %q", c.text, c.at, got, c.want)
		}
	}
}

func FuzzJITMap(f *testing.F) {
	f.Add([]byte("1000 10 f\n2000 10 g h\n"), uint64(0x1008))
	f.Add([]byte("0x1000 100 old\n1010 10 new\nffffffffffffffff 2 f"), uint64(0x1018))
	f.Fuzz(func(t *testing.T, text []byte, at uint64) {
		m := parseJITMap(text)
		if fn := m.at(sysdeps.Addr(at)); fn != nil && (uint64(fn.lo) > at || uint64(fn.hi) <= at || fn.name == "") {
			t.Errorf("%#x is not in %+v", at, fn)
		}
	})
}

// TestReadJITMap names a frame by the list that this process has written for itself, and
// by none that is no file.
func TestReadJITMap(t *testing.T) {
	pid := os.Getpid()
	path := "/tmp/perf-" + strconv.Itoa(innermostPID("/proc/self", pid)) + ".map"
	t.Cleanup(func() { os.Remove(path) })
	frame := unwind.Frame{PC: 0x1234}
	outside := filepath.Join(t.TempDir(), "map")
	if err := os.WriteFile(outside, []byte("1200 100 outside\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what  string
		write func() error
		want  Place
		said  string // of what is wrong with the list
	}{
		{"a file", func() error { return os.WriteFile(path, []byte("1200 100 LazyCompile:f a.js:1\n"), 0o600) }, Place{Function: "LazyCompile:f a.js:1", Offset: 0x34, Module: "[jit]"}, ""},
		{"nothing", func() error { return nil }, Place{}, ""},
		{"a pipe", func() error { return syscall.Mkfifo(path, 0o600) }, Place{}, "not a file"},
		{"a directory", func() error { return os.Mkdir(path, 0o700) }, Place{}, "not a file"},
		{"a link out of the root", func() error { return os.Symlink(outside, path) }, Place{}, "escapes"},
	} {
		if err := c.write(); err != nil {
			t.Fatal(err)
		}
		s := New(Options{PID: pid})
		if got := s.Place(&frame); got.Function != c.want.Function || got.Offset != c.want.Offset || got.Module != c.want.Module {
			t.Errorf("%s: %+v, want %+v", c.what, got, c.want)
		}
		var said []string
		for _, err := range s.Damage() {
			said = append(said, err.Error())
		}
		if all := strings.Join(said, "; "); (all == "") != (c.said == "") || !strings.Contains(all, c.said) {
			t.Errorf("%s: %q, want %q", c.what, all, c.said)
		}
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}
