package inspect

import (
	"bytes"
	"debug/elf"
	"io"
	"os"
	"path/filepath"
	"testing"

	"sonde/corefile"
	"sonde/sysdeps"
)

// FuzzVector tells any bytes as an auxiliary vector: of 32 bits or of 64, whose addresses
// lead into memory that holds the same bytes.
func FuzzVector(f *testing.F) {
	f.Add(smallVector(8), true)
	f.Add(smallVector(4), false)
	f.Fuzz(func(t *testing.T, data []byte, wide bool) {
		arch := sysdeps.AMD64
		if !wide {
			arch = sysdeps.I386
		}
		core := &corefile.File{Contents: corefile.Contents{Arch: arch, Auxv: data}}
		s := &Subject{core: core, files: core.Files(corefile.Places{}), mem: memory(data)}
		defer s.Close()
		v, err := s.Auxv()
		if err != nil {
			return
		}
		if len(v.Entries) > maxEntries || len(v.Entries) > len(data)/arch.PtrSize {
			t.Fatalf("%d entries of %d bytes", len(v.Entries), len(data))
		}
		checkText(t, v)
	})
}

// memoryAt is where memory begins.
const memoryAt = 0x1000

// memory holds bytes at memoryAt.
type memory []byte

// ReadMemory is sysdeps.Memory's.
func (m memory) ReadMemory(p []byte, a sysdeps.Addr) (int, error) {
	if a < memoryAt || a-memoryAt >= sysdeps.Addr(len(m)) {
		return 0, io.ErrUnexpectedEOF
	}
	return copy(p, m[a-memoryAt:]), nil
}

// smallVector is a vector of words of a size, with numbers, flags, addresses and a string.
func smallVector(size int) (p []byte) {
	arch := sysdeps.AMD64
	if size == 4 {
		arch = sysdeps.I386
	}
	for _, v := range []uint64{3, memoryAt, 6, 4096, 9, memoryAt + 8, 15, memoryAt + 32, 16, 0xbfebfbff, 23, 0, 31, memoryAt + 16, 51, 2, 0, 0} {
		var b [8]byte
		p = append(p, arch.PutWord(b[:], v)...)
	}
	return p
}

// FuzzCore tells all that there is of any bytes as a core file: its vector, its mappings,
// its executable and its modules.
func FuzzCore(f *testing.F) {
	for _, arch := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
		f.Add(smallCore(f, arch))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "core")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		tellAll(t, path)
	})
}

// smallCore is a core file with a thread, two files and two mappings.
func smallCore(t testing.TB, arch *sysdeps.Arch) []byte {
	t.Helper()
	c := &corefile.Contents{
		Arch:    arch,
		Process: corefile.Process{PID: 7, Name: "small", Args: "small of args"},
		Threads: []corefile.Thread{{TID: 7, Regs: sysdeps.Regs{Arch: arch}}},
		Auxv:    smallVector(arch.PtrSize),
		Mapped: []corefile.Mapped{
			{Lo: 0x1000, Hi: 0x2000, Path: "/nonexistent/small"},
			{Lo: 0x3000, Hi: 0x4000, Offset: 0x1000, Path: "/nonexistent/lib\n.so (deleted)"},
		},
		Segments: []corefile.Segment{
			{Lo: 0x1000, Hi: 0x2000, Flags: elf.PF_R | elf.PF_X, Dumped: 0x1000},
			{Lo: 0x3000, Hi: 0x4000, Flags: elf.PF_R | elf.PF_W},
		},
	}
	var b bytes.Buffer
	if _, err := corefile.Stream(&b, c, memory(make([]byte, 0x1000)), corefile.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
