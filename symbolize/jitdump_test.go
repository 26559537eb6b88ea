package symbolize

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sonde/sysdeps"
	"sonde/unwind"
)

// dump makes a jitdump of records.
func dump(records ...[]byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, dumpMagic)
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, dumpHeaderSize)
	b = append(b, make([]byte, dumpHeaderSize-len(b))...)
	return append(b, bytes.Join(records, nil)...)
}

// record makes a record of words of 64 bits and what is behind them.
func record(id uint32, words []uint64, rest string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, id)
	b = binary.LittleEndian.AppendUint32(b, uint32(recordSize+8*len(words)+len(rest)))
	b = append(b, make([]byte, 8)...) // a time stamp
	for _, w := range words {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return append(b, rest...)
}

func load(addr, size, index uint64, rest string) []byte {
	return record(codeLoad, []uint64{0, addr, addr, size, index}, rest)
}

func move(from, to, size, index uint64) []byte {
	return record(codeMove, []uint64{0, to, from, to, size, index}, "")
}

func TestParseJITDump(t *testing.T) {
	f, g := load(0x1000, 16, 1, "f\x00\xc3\xc3"), load(0x2000, 16, 2, "g h\x00")
	for _, c := range []struct {
		what string
		dump []byte
		at   sysdeps.Addr
		want string
	}{
		{"the first", dump(f, g), 0x100f, "f"},
		{"the second", dump(f, g), 0x2000, "g h"},
		{"behind it", dump(f, g), 0x2010, ""},
		{"of another kind", dump(record(2, []uint64{1, 2, 3}, "lines"), f, record(77, nil, "")), 0x1000, "f"},
		{"later code", dump(f, load(0x1000, 8, 3, "later\x00")), 0x1004, "later"},
		{"moved", dump(f, move(0x1000, 0x3000, 16, 1)), 0x3008, "f"},
		{"moved, of no index", dump(f, move(0x1000, 0x3000, 16, 7)), 0x3008, ""},
		{"cut off", dump(f, g)[:len(dump(f, g))-3], 0x1000, "f"},
		{"a name without an end", dump(f, load(0x2000, 16, 2, "g")), 0x2000, ""},
		{"shorter than it can be", dump(f, []byte{0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, g), 0x2000, ""},
		{"around the end of memory", dump(load(1<<64-8, 16, 1, "f\x00")), 1<<64 - 4, ""},
		{"without a size", dump(load(0x1000, 0, 1, "f\x00")), 0x1000, ""},
		{"without a name", dump(load(0x1000, 16, 1, "\x00")), 0x1000, ""},
	} {
		m, err := parseJITDump(bytes.NewReader(c.dump))
		got := ""
		if f := m.at(c.at); f != nil {
			got = f.name
		}
		if got != c.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", c.what, got, err, c.want)
		}
	}
	for _, bad := range []string{"", "JiTD", strings.Repeat("x", 100), string(dump()[:30])} {
		if m, err := parseJITDump(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is a jitdump: %+v", bad, m)
		}
	}
}

func FuzzJITDump(f *testing.F) {
	f.Add(dump(load(0x1000, 16, 1, "f\x00\xc3"), move(0x1000, 0x2000, 16, 1)), uint64(0x2008))
	f.Add(dump(record(2, []uint64{1}, "x"))[:50], uint64(0))
	f.Fuzz(func(t *testing.T, p []byte, at uint64) {
		m, err := parseJITDump(bytes.NewReader(p))
		if fn := m.at(sysdeps.Addr(at)); fn != nil && (err != nil || uint64(fn.lo) > at || uint64(fn.hi) <= at || fn.name == "") {
			t.Errorf("%#x is not in %+v, %v", at, fn, err)
		}
	})
}

// TestMappedDump looks for a jitdump among mappings.
func TestMappedDump(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"7f00-7f01 r-xp 00000000 fe:00 12 /tmp/a b/jit-1234.dump\n", "/tmp/a b/jit-1234.dump"},
		{"7f00-7f01 r-xp 00000000 fe:00 12 /tmp/jit-1234.dump (deleted)\n", ""},
		{"7f00-7f01 r-xp 00000000 fe:00 12 /tmp/jit-.dump\n7f00-7f01 r-xp 00000000 00:00 0 [vdso]\n7f00-7f01 r-xp 00000000 00:00 0\n", ""},
		{"7f00-7f01 r-xp 00000000 fe:00 12 /tmp/jit-x1.dump\n", ""},
	} {
		file := filepath.Join(t.TempDir(), "maps")
		if err := os.WriteFile(file, []byte(c.line), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := mappedDump(file)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: %q, %v", c.line, got, err)
		}
	}
}

// TestReadJITDump names a frame by the jitdump that this process has mapped.
func TestReadJITDump(t *testing.T) {
	file := filepath.Join(t.TempDir(), "jit-77.dump")
	if err := os.WriteFile(file, dump(load(0x1200, 0x100, 1, "made\x00")), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	mapped, err := syscall.Mmap(int(f.Fd()), 0, os.Getpagesize(), syscall.PROT_READ|syscall.PROT_EXEC, syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(mapped)
	frame := unwind.Frame{PC: 0x1234}
	s := New(Options{PID: os.Getpid()})
	if got := s.Place(&frame); got.Function != "made" || got.Offset != 0x34 || got.Module != moduleJIT || len(s.Damage()) > 0 {
		t.Errorf("%+v, %v", got, s.Damage())
	}
	if err := os.WriteFile(file, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = New(Options{PID: os.Getpid()})
	if got := s.Place(&frame); got.Function != "" || len(s.Damage()) != 1 || !strings.Contains(s.Damage()[0].Error(), "no jitdump") {
		t.Errorf("%+v, %v", got, s.Damage())
	}
}
