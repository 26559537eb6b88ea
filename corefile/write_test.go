package corefile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// pages are memory for a test: what is not in it cannot be read.
type pages map[sysdeps.Addr][]byte

func (m pages) ReadMemory(p []byte, a sysdeps.Addr) (n int, err error) {
	for n < len(p) {
		at := a + sysdeps.Addr(n)
		page, ok := m[at.PageDown()]
		if !ok {
			return n, errors.New("no such page")
		}
		n += copy(p[n:], page[at-at.PageDown():])
	}
	return n, nil
}

// fill adds pages from lo on: every third is zero.
func (m pages) fill(r *rand.Rand, lo sysdeps.Addr, n int) {
	for i := range n {
		p := make([]byte, sysdeps.PageSize)
		if i%3 != 1 {
			for j := range p {
				p[j] = byte(r.Uint32())
			}
		}
		m[lo+sysdeps.Addr(i*sysdeps.PageSize)] = p
	}
}

// sample makes contents with something in every field, and memory for them.
func sample(arch *sysdeps.Arch) (*Contents, pages) {
	r := rand.New(rand.NewPCG(1, 2))
	c := &Contents{
		Arch: arch,
		Process: Process{
			State: 'S', Nice: -5, Flags: 0x400100, UID: 1000, GID: 100, PID: 10, PPID: 1, PGRP: 10, SID: 9,
			Name: "fifteen letters", Args: "fifteen letters -x ",
		},
		Auxv:        make([]byte, 4*arch.PtrSize),
		XSaveLayout: []byte("sixteen bytes..."),
		Mapped: []Mapped{
			{0x400000, 0x403000, 0, "/bin/program"},
			{0x500000, 0x501000, 0x7000, "/lib/library (deleted)"},
		},
		Segments: []Segment{
			{Lo: 0x400000, Hi: 0x403000, Flags: elf.PF_R | elf.PF_X, Dumped: 0x1000},
			{Lo: 0x500000, Hi: 0x501000, Flags: elf.PF_R},
			{Lo: 0x600000, Hi: 0x600000 + 700*sysdeps.PageSize, Flags: elf.PF_R | elf.PF_W, Dumped: 700 * sysdeps.PageSize},
			{Lo: 0xf0000000, Hi: 0xf0004000, Flags: elf.PF_W, Dumped: 0x4000},
		},
	}
	c.Auxv[0] = 3 // AT_PHDR
	for i := range 3 {
		t := Thread{
			TID: 10 + i, PPID: 1, PGRP: 10, SID: 9, Signal: 11 * (1 - min(i, 1)), Pending: 1 << i, Blocked: 5,
			User: 1500 * time.Millisecond, System: time.Microsecond, ChildrenUser: time.Hour, HasFPU: true,
			FPRegs: bytes.Repeat([]byte{byte(i)}, 108), XState: bytes.Repeat([]byte{7}, 832),
		}
		t.Regs.Arch = arch
		for j := range t.Regs.Bytes() {
			t.Regs.Bytes()[j] = byte(r.Uint32())
		}
		if i == 0 {
			t.Siginfo = new(sysdeps.Siginfo)
			t.Siginfo.SetSigno(int(unix.SIGSEGV))
			t.Siginfo[8] = 1 // SEGV_MAPERR
			t.Siginfo.SetFault(0xdead000)
		}
		if arch.PtrSize == 4 {
			t.FXState, t.TLS = make([]byte, 512), make([]byte, 48)
		}
		c.Threads = append(c.Threads, t)
	}
	m := pages{}
	m.fill(r, 0x400000, 3)
	m.fill(r, 0x600000, 700)
	m.fill(r, 0xf0000000, 2) // two pages of four
	return c, m
}

// TestWrite writes a core file in each way, and reads back what it was made of.
func TestWrite(t *testing.T) {
	for _, arch := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
		t.Run(arch.Name, func(t *testing.T) {
			c, m := sample(arch)
			c.Segments[2].Holes = []Range{{0x601000, 0x602000}, {0x700000, 0x7ff000}}
			for a := sysdeps.Addr(0x700000); a < 0x7ff000; a += sysdeps.PageSize {
				delete(m, a) // no reason to read them
			}
			delete(m, 0x601000)
			path := filepath.Join(t.TempDir(), "core")
			var most uint64
			r, err := Create(path, c, m, Options{Progress: func(done, total uint64) { most = max(most, done, total) }})
			if err != nil {
				t.Fatal(err)
			}
			if want := uint64(0x1000 + (700-256)*sysdeps.PageSize + 0x4000); most != want {
				t.Errorf("progress up to %#x, want %#x", most, want)
			}
			if r.Unreadable != 0x2000 || r.Missing == nil {
				t.Errorf("report %+v", r)
			}
			f := open(t, path)
			c.Segments[2].Holes = nil
			if d := cmp.Diff(c, &f.Contents, cmp.AllowUnexported(sysdeps.Regs{}), cmp.Comparer(func(a, b *sysdeps.Arch) bool { return a == b })); d != "" {
				t.Errorf("read back (-want +got):\n%s", d)
			}
			for i := range c.Segments {
				checkSegment(t, f, m, &c.Segments[i])
			}
			checkFile(t, path, r)
			checkStream(t, path, c, m)
		})
	}
}

// checkSegment compares what the file has of a segment with the memory.
func checkSegment(t *testing.T, f *File, m pages, s *Segment) {
	t.Helper()
	for a := s.Lo; a < s.Lo+sysdeps.Addr(s.Dumped); a += sysdeps.PageSize {
		want := make([]byte, sysdeps.PageSize)
		m.ReadMemory(want, a) // zeros where there is none
		got := make([]byte, sysdeps.PageSize)
		if _, err := f.ReadMemory(got, a); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v: %v", a, err)
			return
		}
	}
	if n, err := f.ReadMemory(make([]byte, 8), s.Lo+sysdeps.Addr(s.Dumped)); n != 0 || err == nil {
		t.Errorf("behind what is dumped of %v: %d bytes, %v", s.Lo, n, err)
	}
}

// checkFile holds that the file is as long as is said, for its owner alone, and that
// pages of zeros take no room.
func checkFile(t *testing.T, path string, r Report) {
	t.Helper()
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if fi.Mode() != 0o600 || uint64(fi.Size()) != r.Size {
		t.Errorf("%v, %d bytes, want %d", fi.Mode(), fi.Size(), r.Size)
	}
	const head = 64 << 10
	if room := uint64(fi.Sys().(*syscall.Stat_t).Blocks) * 512; room > r.Copied+head {
		t.Errorf("%d bytes of disk for %d of memory", room, r.Copied)
	}
}

// checkStream holds that a stream has the same bytes as the file.
func checkStream(t *testing.T, path string, c *Contents, m pages) {
	t.Helper()
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if r, err := Stream(&b, c, m, Options{Workers: 3}); err != nil || r.Size != uint64(len(want)) {
		t.Errorf("%+v: %v", r, err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("a stream of %d bytes is not the file of %d", b.Len(), len(want))
	}
}

// TestManySegments writes more segments than e_phnum can tell.
func TestManySegments(t *testing.T) {
	for _, arch := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
		c, _ := sample(arch)
		c.Segments = nil
		const n = pnXNum + 5
		for i := range n {
			a := sysdeps.Addr(0x10000000 + i*sysdeps.PageSize)
			c.Segments = append(c.Segments, Segment{Lo: a, Hi: a + sysdeps.PageSize, Flags: elf.PF_R})
		}
		path := filepath.Join(t.TempDir(), "core")
		if _, err := Create(path, c, pages{}, Options{}); err != nil {
			t.Fatal(err)
		}
		f := open(t, path)
		if len(f.Segments) != n || f.Segments[n-1].Lo != c.Segments[n-1].Lo {
			t.Errorf("%s: %d segments, want %d", arch.Name, len(f.Segments), n)
		}
		p, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		off := 44
		if arch.PtrSize == 8 {
			off = 56
		}
		if got := binary.LittleEndian.Uint16(p[off:]); got != pnXNum {
			t.Errorf("%s: e_phnum is %#x", arch.Name, got)
		}
	}
}

// TestFullDisk holds that nothing is left of a file that could not be written, and
// that a file that was there is as it was.
func TestFullDisk(t *testing.T) {
	signal.Ignore(unix.SIGXFSZ)
	defer signal.Reset(unix.SIGXFSZ)
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "core")
	if err := os.WriteFile(path, []byte("of before"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, m := sample(sysdeps.AMD64)
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1 << 20, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	_, err := Create(path, c, m, Options{})
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, unix.EFBIG) {
		t.Errorf("error %v", err)
	}
	files, err := os.ReadDir(dir)
	if text, _ := os.ReadFile(path); err != nil || len(files) != 1 || string(text) != "of before" {
		t.Errorf("%v, %q, %v", files, text, err)
	}
}

// failing is a pipe whose reader goes away.
type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, unix.EPIPE
	}
	return len(p), nil
}

// TestBrokenPipe holds that a stream ends at the first error, wherever it comes.
func TestBrokenPipe(t *testing.T) {
	c, m := sample(sysdeps.AMD64)
	for _, left := range []int{0, 10, 10_000, 1 << 20, 2800 << 10} {
		if _, err := Stream(&failing{left}, c, m, Options{}); !errors.Is(err, unix.EPIPE) {
			t.Errorf("after %d bytes: %v", left, err)
		}
	}
}
