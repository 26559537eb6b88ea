package elfsym

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// How mappings are grouped into files.
func TestImages(t *testing.T) {
	file := func(lo, hi sysdeps.Addr, offset uint64, name string, exec bool) Mapping {
		return Mapping{Lo: lo, Hi: hi, Offset: offset, Name: name, Exec: exec, Inode: 1}
	}
	mappings := []Mapping{
		file(0x5000, 0x6000, 0x1000, "/lib/a", true), // out of order
		file(0x4000, 0x5000, 0, "/lib/a", false),
		{Lo: 0x6000, Hi: 0x7000}, // between its parts
		file(0x7000, 0x8000, 0x2000, "/lib/a", false),
		file(0x8000, 0x9000, 0, "/lib/a", true), // mapped again
		{Lo: 0x9000, Hi: 0xa000, Name: "[vdso]", Exec: true},
		{Lo: 0xa000, Hi: 0xb000, Name: "[stack]"},
		{Lo: 0xb000, Hi: 0xc000, Exec: true},
		{Lo: 0xb800, Hi: 0xd000, Exec: true},  // overlaps
		{Lo: 0xe000, Hi: 0xe000, Exec: true},  // is empty
		file(0xf000, 0x10000, 0, "rel", true), // has no path
	}
	im := NewImages(mappings, nil, func(*Image) (*File, string, error) { return nil, "", errors.New("none") })
	var got []string
	for _, img := range im.All() {
		got = append(got, fmt.Sprintf("%s %v-%v %d", img.Name, img.Lo, img.Hi, len(img.Parts)))
	}
	want := "/lib/a 0x4000-0x8000 3, /lib/a 0x8000-0x9000 1, [vdso] 0x9000-0xa000 1"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("images %s, want %s", s, want)
	}
	for _, c := range []struct {
		at   sysdeps.Addr
		img  string
		exec bool
	}{
		{0x3fff, "", false},
		{0x4000, "/lib/a", false},
		{0x5fff, "/lib/a", true},
		{0x6000, "", false},
		{0x9000, "[vdso]", true},
		{0xbfff, "", true},
		{0xc000, "", false},
		{0xe000, "", false},
		{0xf000, "", true},
	} {
		img, _ := im.Find(c.at)
		if name := ""; img != nil && img.Name != c.img || img == nil && name != c.img || im.Executable(c.at) != c.exec {
			t.Errorf("%v: image %v, executable %t; want %q, %t", c.at, img, im.Executable(c.at), c.img, c.exec)
		}
	}
	if _, _, err := im.All()[0].File(); err == nil {
		t.Error("a file that cannot be opened")
	}
	if _, _, ok := im.Symbol(0x5000); ok {
		t.Error("a symbol of it")
	}
}

// The bias is what the mappings and the segments tell, and symbols are found by it.
func TestImageBias(t *testing.T) {
	path := testkit.Build(t, "testdata/functions.c")
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	const bias = 0x7f0000000000
	var mappings []Mapping
	for _, seg := range f.Segments() {
		lo := sysdeps.Addr(seg.Addr).PageDown()
		mappings = append(mappings, Mapping{
			Lo: bias + lo, Hi: bias + sysdeps.Addr(seg.Addr+seg.FileSize).PageUp(),
			Offset: seg.Offset &^ (sysdeps.PageSize - 1), Exec: seg.Flags&elf.PF_X != 0, Name: path, Inode: 1,
		})
	}
	opened := 0
	im := NewImages(mappings[1:], nil, func(*Image) (*File, string, error) { // the first part is not mapped
		opened++
		return f, path, nil
	})
	sym, off, ok := im.Symbol(bias + sysdeps.Addr(f.Entry))
	if !ok || sym.Name != "_start" || off != 0 || opened != 1 {
		t.Errorf("%v %s+%#x, opened %d times; want _start", ok, sym.Name, off, opened)
	}
	if img := im.All()[0]; img.Bias() != bias || img.Link(bias+16) != 16 {
		t.Errorf("bias %v", img.Bias())
	}
	other := NewImages([]Mapping{{Lo: 0x1000, Hi: 0x2000, Offset: 1 << 30, Name: path, Exec: true}}, nil, func(*Image) (*File, string, error) { return f, path, nil })
	if _, _, err := other.All()[0].File(); err == nil {
		t.Error("a file that has no such part is taken for the one that is mapped")
	}
}

// The sections are those that the section headers tell of, with and without these.
func TestUnwindInfo(t *testing.T) {
	for _, flags := range [][]string{{"-O2"}, {"-O2", "-m32"}, {"-static"}, {"-O2", "-g", "-fno-asynchronous-unwind-tables", "-gz"}} {
		path := testkit.Build(t, "testdata/functions.c", flags...)
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.UnwindInfo(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		known, err := elf.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer known.Close()
		for name, got := range map[string]UnwindSection{".eh_frame": info.Frame, ".eh_frame_hdr": info.Index} {
			sec := known.Section(name)
			if sec == nil {
				sec = new(elf.Section)
			}
			if got.Addr != sec.Addr || uint64(len(got.Data)) != sec.Size {
				t.Errorf("%v: %s at %#x of %d bytes, want %#x, %d", flags, name, got.Addr, len(got.Data), sec.Addr, sec.Size)
			}
		}
		frame, err := info.DebugFrame()
		if err != nil {
			t.Error(err)
		}
		var want []byte
		if sec := known.Section(".debug_frame"); sec != nil {
			if want, err = sec.Data(); err != nil {
				t.Fatal(err)
			}
		}
		if string(frame) != string(want) {
			t.Errorf("%v: .debug_frame of %d bytes, want %d", flags, len(frame), len(want))
		}
		if again, _ := f.UnwindInfo(path, nil); again != info {
			t.Errorf("%v: opened twice", flags)
		}
	}
}

// flat is memory that begins at an address.
type flat struct {
	at sysdeps.Addr
	p  []byte
}

// ReadMemory is sysdeps.Memory's.
func (m flat) ReadMemory(p []byte, a sysdeps.Addr) (int, error) {
	if a < m.at || a-m.at >= sysdeps.Addr(len(m.p)) {
		return 0, errors.New("no memory")
	}
	if n := copy(p, m.p[a-m.at:]); n < len(p) {
		return n, errors.New("no more memory")
	}
	return len(p), nil
}

// FuzzParseMapped reads what may be no file out of memory.
func FuzzParseMapped(f *testing.F) {
	f.Add([]byte(elf.ELFMAG), uint64(0), uint64(0x1000))
	for _, name := range []string{"testdata/functions.c"} {
		p, err := os.ReadFile(testkit.Build(f, name, "-shared", "-fPIC", "-nostdlib", "-s"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p, uint64(0), uint64(len(p)))
	}
	f.Fuzz(func(t *testing.T, p []byte, offset, size uint64) {
		const at = 0x10000
		size %= 1 << 20
		im := NewImages([]Mapping{{Lo: at, Hi: at + 0x1000, Exec: true, Name: "[vdso]"}, {Lo: 0x100000, Hi: 0x100000 + sysdeps.Addr(size), Offset: offset, Name: "[vdso]"}}, nil, nil)
		file, err := ParseMapped(im.All()[0], flat{at, p})
		if (file == nil) != (err != nil) {
			t.Fatalf("%v, %v", file, err)
		}
		if file != nil {
			checkUnwind(t, file.content)
		}
	})
}
