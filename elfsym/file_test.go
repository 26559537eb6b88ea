package elfsym

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

func TestFile(t *testing.T) {
	t.Parallel()
	pie := mustOpen(t, testkit.Build(t, "testdata/plt.c"))
	if pie.Type != elf.ET_DYN || pie.Arch != sysdeps.AMD64 || pie.Interp != "/lib64/ld-linux-x86-64.so.2" || !pie.Dynamic {
		t.Errorf("a program: %+v", pie)
	}
	if !slices.Equal(pie.Needed, []string{"libc.so.6"}) || pie.SONAME != "" || pie.Name() != "plt" {
		t.Errorf("a program: needed %q, SONAME %q, name %q", pie.Needed, pie.SONAME, pie.Name())
	}
	static := mustOpen(t, testkit.Build(t, "testdata/plt.c", "-static"))
	if static.Type != elf.ET_EXEC || static.Dynamic || static.Interp != "" || static.PLT() != nil {
		t.Errorf("a static program: %+v", static)
	}
	lib := mustOpen(t, buildExports(t))
	if lib.Name() != "libname.so.7" || lib.Interp != "" {
		t.Errorf("a library: name %q, interpreter %q", lib.Name(), lib.Interp)
	}
	m32 := mustOpen(t, testkit.Build(t, "testdata/plt.c", "-m32"))
	if m32.Arch != sysdeps.I386 || !imports(m32, "atoi") || m32.Name() != "plt" {
		t.Errorf("a 32-bit program: %+v", m32)
	}
}

func TestSegments(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"-pie"}, {"-no-pie"}, {"-m32"}, {"-static"}} {
		path := testkit.Build(t, "testdata/plt.c", flags...)
		f := mustOpen(t, path)
		e, err := elf.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		var want []Segment
		var dyn uint64
		for _, p := range e.Progs {
			switch p.Type {
			case elf.PT_LOAD:
				want = append(want, Segment{Addr: p.Vaddr, Size: p.Memsz, Offset: p.Off, FileSize: p.Filesz, Flags: p.Flags})
			case elf.PT_DYNAMIC:
				dyn = p.Vaddr
			}
		}
		if !slices.Equal(f.Segments(), want) || f.Entry != e.Entry || f.DynAddr != dyn {
			t.Errorf("%q: %+v, want %+v", flags, f.Segments(), want)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	good := readFile(t, testkit.Build(t, "testdata/plt.c"))
	change := func(off int, v ...byte) []byte {
		p := slices.Clone(good)
		copy(p[off:], v)
		return p
	}
	phoff := int(binary.LittleEndian.Uint64(good[32:]))
	for _, test := range []struct {
		name string
		file []byte
		is   error  // or nil for a *FormatError
		says string // part of the message
	}{
		{"empty", nil, ErrNotELF, "not an ELF file"},
		{"script", []byte("#!/bin/sh\necho \x00 a script\n"), ErrNotELF, ""},
		{"magic alone", good[:4], ErrNotELF, ""},
		{"half a header", good[:40], nil, "truncated: the ELF header should end at 64, the file has 40 bytes"},
		{"half the program headers", good[:phoff+100], nil, "truncated: the program headers should end at"},
		{"half the file", good[:len(good)/4], nil, "truncated: "},
		{"class", change(elf.EI_CLASS, 3), nil, "unknown class 3"},
		{"byte order", change(elf.EI_DATA, 0), nil, "unknown byte order 0"},
		{"arm64", change(18, byte(elf.EM_AARCH64)), ErrMachine, "machine not supported: AARCH64, 64-bit"},
		{"s390x", change(elf.EI_DATA, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, byte(elf.EM_S390)), ErrMachine, "machine not supported: S390, 64-bit"},
		{"x32", change(elf.EI_CLASS, byte(elf.ELFCLASS32)), ErrMachine, "machine not supported: x32"},
		{"object", change(16, byte(elf.ET_REL)), nil, "neither a program nor a shared library, but an object file"},
		{"core", change(16, byte(elf.ET_CORE)), nil, "but a core dump"},
		{"other type", change(16, 77), nil, "of type 77"},
		{"no program headers", change(56, 0, 0), nil, "no program headers"},
		{"many program headers", change(56, 0xff, 0xff), nil, "65535 program headers"},
		{"program headers elsewhere", change(32, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), nil, "truncated: the program headers should be at"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, err := Parse(bytes.NewReader(test.file), int64(len(test.file)))
			if f != nil || err == nil {
				t.Fatalf("parsed to %v, error %v", f, err)
			}
			var format *FormatError
			if test.is != nil && !errors.Is(err, test.is) || test.is == nil && !errors.As(err, &format) {
				t.Errorf("error is of another kind: %v", err)
			}
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("%q does not say %q", err, test.says)
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	for _, path := range []string{dir, "/dev/null"} {
		if _, err := Open(path); !errors.Is(err, ErrNotELF) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestCache(t *testing.T) {
	t.Parallel()
	var c Cache
	good := readFile(t, testkit.Build(t, "testdata/plt.c"))
	path := filepath.Join(t.TempDir(), "program")
	identify := func() ID {
		t.Helper()
		fi, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		id, err := IDOf(fi)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	write := func(p []byte) {
		t.Helper()
		if err := os.WriteFile(path, p, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(good)
	first := identify()
	f, err := c.Open(path, first)
	if err != nil {
		t.Fatal(err)
	}
	link := path + ".link"
	if err := os.Link(path, link); err != nil {
		t.Fatal(err)
	}
	if g, err := c.Open(link, first); g != f || err != nil {
		t.Errorf("by another name: %p %v, want %p", g, err, f)
	}

	write(good[:len(good)/4])
	if g, err := c.Open(path, first); g != f || err != nil {
		t.Errorf("what was read before: %p %v, want %p", g, err, f)
	}
	second := identify()
	_, broken := c.Open(path, second)
	if _, again := c.Open(path, second); broken == nil || again != broken {
		t.Errorf("a broken file: %v, then %v", broken, again)
	}

	write(append(good, 0))
	if _, err := c.Open(path, ID{Ino: 1}); !errors.Is(err, ErrChanged) {
		t.Errorf("another file than meant: %v", err)
	}
	if g, err := c.Open(path, identify()); err != nil || g == f {
		t.Errorf("after a change: %p %v", g, err)
	}
}

func BenchmarkOpenLibc(b *testing.B) {
	path := ""
	for _, p := range systemFiles(b) {
		if filepath.Base(p) == "libc.so.6" {
			path = p
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if f := mustOpen(b, path); len(f.PLT()) == 0 {
			b.Fatal("no slots")
		}
	}
}
