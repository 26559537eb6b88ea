package proc

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// mappingCases are lines of /proc/PID/maps and what they say: the range, "rwx",
// the offset, the device, the inode and the path; or "odd".
const mappingCases = `
00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/dbus-daemon | 0x400000-0x452000 r-x 0 08:02 173521 "/usr/bin/dbus-daemon"
00e03000-00e24000 rw-p 00000000 00:00 0           [heap] | 0xe03000-0xe24000 rw- 0 00:00 0 "[heap]"
35b1a21000-35b1a22000 rw-p 00000000 00:00 0 | 0x35b1a21000-0x35b1a22000 rw- 0 00:00 0 ""
35b1dac000-35b1fac000 ---p 001ac000 08:02 135870  /usr/lib64/libc-2.15.so | 0x35b1dac000-0x35b1fac000 --- 1ac000 08:02 135870 "/usr/lib64/libc-2.15.so"
7fffb2c0d000-7fffb2c2e000 rw-p 00000000 00:00 0   [stack] | 0x7fffb2c0d000-0x7fffb2c2e000 rw- 0 00:00 0 "[stack]"
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall] | 0xffffffffff600000-0xffffffffff601000 --x 0 00:00 0 "[vsyscall]"
7f0000000000-7f0000001000 rwxs 00000000 00:01 1024 /memfd:jit (deleted) | 0x7f0000000000-0x7f0000001000 rwx 0 00:01 1024 "/memfd:jit (deleted)"
7f0000000000-7f0000001000 r--p ffffffffffff000 fe:100 18446744073709551615 /a | 0x7f0000000000-0x7f0000001000 r-- ffffffffffff000 fe:100 18446744073709551615 "/a"
7f0000000000-7f0000001000 r--p 00000000 08:02 7    /tmp/a  b c | 0x7f0000000000-0x7f0000001000 r-- 0 08:02 7 "/tmp/a  b c"
7f0000000000-7f0000001000 r--p 00000000 08:02 7    /tmp/a\012b | 0x7f0000000000-0x7f0000001000 r-- 0 08:02 7 "/tmp/a\\012b"
7f0000000000-7f0000001000 r--p 00000000 08:02 7    /tmp/7-8 r-xp 0 1:1 1 | 0x7f0000000000-0x7f0000001000 r-- 0 08:02 7 "/tmp/7-8 r-xp 0 1:1 1"
0-ffffffffffffffff r--p 0 0:0 0 | 0x0-0xffffffffffffffff r-- 0 0:0 0 ""

 | odd
400000 | odd
- | odd
-400000 r--p 0 0:0 0 | odd
400000- r--p 0 0:0 0 | odd
400000-401000 | odd
400000-401000 r--p | odd
400000-401000 r--p 0 0:0 | odd
400000-401000 r--p 0 0:0  | odd
400000-401000 r--p 0  0:0 0 | odd
400000-401000  r--p 0 0:0 0 | odd
 400000-401000 r--p 0 0:0 0 | odd
400000_401000 r--p 0 0:0 0 | odd
400000--401000 r--p 0 0:0 0 | odd
-1-401000 r--p 0 0:0 0 | odd
+400000-401000 r--p 0 0:0 0 | odd
0x400000-0x401000 r--p 0 0:0 0 | odd
400000-40100g r--p 0 0:0 0 | odd
400000-10000000000000000 r--p 0 0:0 0 | odd
400000-401000 r-- 0 0:0 0 | odd
400000-401000 r--pp 0 0:0 0 | odd
400000-401000 r--p -1 0:0 0 | odd
400000-401000 r--p 0 0:0 -1 | odd
400000-401000 r--p 0 0:0 ff | odd
400000-401000 r--p 0 0:0 18446744073709551616 | odd
400000-401000	r--p	0	0:0	0 | odd
`

// eachMappingCase calls f with the lines and what is wanted of them.
func eachMappingCase(f func(line, want string)) {
	for c := range strings.SplitSeq(strings.Trim(mappingCases, "\n"), "\n") {
		if i := strings.LastIndexByte(c, '|'); i >= 0 {
			f(strings.TrimSuffix(c[:i], " "), c[i+2:])
		}
	}
}

func mappingText(m *Mapping) string {
	perm := []byte("---")
	for i, is := range []bool{m.Readable, m.Write, m.Exec} {
		if is {
			perm[i] = "rwx"[i]
		}
	}
	return fmt.Sprintf("%v-%v %s %x %s %d %q", m.Lo, m.Hi, perm, m.Offset, m.Dev, m.Inode, m.Path)
}

func TestParseMapping(t *testing.T) {
	eachMappingCase(func(line, want string) {
		m, err := parseMapping([]byte(line), new(interner))
		got := mappingText(&m)
		if err != nil {
			if got = "odd"; err.Error() != fmt.Sprintf("odd line %q", line) {
				t.Errorf("%q: %v", line, err)
			}
		}
		if got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	})
}

// FuzzParseMapping holds that a line that is taken says the same when it is
// written as the kernel writes it, and is taken again.
func FuzzParseMapping(f *testing.F) {
	eachMappingCase(func(line, _ string) { f.Add(line) })
	f.Fuzz(func(t *testing.T, line string) {
		m, err := parseMapping([]byte(line), new(interner))
		if err != nil {
			return
		}
		perm := []byte("---p")
		for i, is := range []bool{m.Readable, m.Write, m.Exec} {
			if is {
				perm[i] = "rwx"[i]
			}
		}
		if m.Shared {
			perm[3] = 's'
		}
		text := fmt.Sprintf("%08x-%08x %s %08x %s %d", uint64(m.Lo), uint64(m.Hi), perm, m.Offset, m.Dev, m.Inode)
		if m.Path != "" {
			text += "   " + m.Path
		}
		again, err := parseMapping([]byte(text), new(interner))
		if err != nil || again != m {
			t.Errorf("%q is taken as %q, and that as %+v, %v", line, text, again, err)
		}
	})
}

// TestInterner holds that neighbours share a path's string, and that it is not
// the buffer's.
func TestInterner(t *testing.T) {
	var names interner
	buf := []byte("/lib/a.so")
	a := names.string(buf)
	if n := testing.AllocsPerRun(100, func() { names.string(buf) }); n != 0 {
		t.Errorf("%v allocations for the same again", n)
	}
	buf[5] = 'b'
	if b := names.string(buf); a != "/lib/a.so" || b != "/lib/b.so" {
		t.Errorf("%q, %q", a, b)
	}
	if e := names.string(nil); e != "" {
		t.Errorf("%q", e)
	}
}

// TestMaps reads the test's own mappings.
func TestMaps(t *testing.T) {
	maps, err := Maps(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	code := sysdeps.Addr(reflect.ValueOf(TestMaps).Pointer())
	var found *Mapping
	var stack bool
	for i := range maps {
		m := &maps[i]
		if m.Lo >= m.Hi || i > 0 && m.Lo < maps[i-1].Hi {
			t.Errorf("%s after %s", mappingText(m), mappingText(&maps[max(i, 1)-1]))
		}
		if m.Contains(code) {
			found = m
		}
		stack = stack || m.Path == "[stack]"
	}
	if found == nil || !found.Exec || !found.Readable || found.Write || found.Path != exe || found.Inode == 0 {
		t.Errorf("the test's code at %v is in %+v, want %s", code, found, exe)
	}
	if !stack {
		t.Error("no stack")
	}
}

func TestMappingContains(t *testing.T) {
	m := Mapping{Lo: 0x1000, Hi: 0x2000}
	for _, c := range []struct {
		a    sysdeps.Addr
		want bool
	}{
		{0, false},
		{0xfff, false},
		{0x1000, true},
		{0x1fff, true},
		{0x2000, false},
		{^sysdeps.Addr(0), false},
	} {
		if got := m.Contains(c.a); got != c.want {
			t.Errorf("Contains(%v) = %v", c.a, got)
		}
	}
}

// TestMappingAt asks for the mapping of an address, and for one where there is none.
func TestMappingAt(t *testing.T) {
	pid := os.Getpid()
	a := sysdeps.Addr(reflect.ValueOf(TestMappingAt).Pointer())
	lo, hi, err := MappingAt(pid, a)
	if errors.Is(err, unix.ENOTTY) {
		t.Skipf("the kernel does not answer it before Linux 6.11: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	maps, err := Maps(pid)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(maps, func(m Mapping) bool { return m.Contains(a) })
	if i < 0 || maps[i].Lo != lo || maps[i].Hi != hi {
		t.Errorf("the mapping at %#x is %#x-%#x, not of %v", a, lo, hi, maps)
	}
	if lo, hi, err := MappingAt(pid, 0); !errors.Is(err, unix.ENOENT) {
		t.Errorf("at 0 there is %#x-%#x (%v)", lo, hi, err)
	}
}
