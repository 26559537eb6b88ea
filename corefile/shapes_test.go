package corefile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"sonde/sysdeps"
)

// equalContents compares two core files but for their bytes of memory.
func equalContents(a, b *File) string {
	return cmp.Diff(&a.Contents, &b.Contents, cmp.AllowUnexported(sysdeps.Regs{}),
		cmp.Comparer(func(a, b *sysdeps.Arch) bool { return a == b }))
}

func readBytes(t *testing.T, p []byte) *File {
	t.Helper()
	f, err := Read(bytes.NewReader(p), int64(len(p)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestCompressed opens core files compressed as systemd-coredump(8) has stored them over
// the years, and such that are cut off or mangled.
func TestCompressed(t *testing.T) {
	whole := smallCore(t, sysdeps.AMD64)
	want := readBytes(t, whole)
	for _, c := range []struct {
		name string
		make func(w io.Writer) (io.WriteCloser, error)
	}{
		{"zstd", func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }},
		{"lz4", func(w io.Writer) (io.WriteCloser, error) { return lz4.NewWriter(w), nil }},
	} {
		var b bytes.Buffer
		w, err := c.make(&b)
		if err == nil {
			_, err = w.Write(whole)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "core."+c.name)
		write := func(p []byte) {
			if err := os.WriteFile(path, p, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(b.Bytes())
		if d := equalContents(want, open(t, path)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
		for n := 4; n < b.Len(); n += 97 {
			write(b.Bytes()[:n])
			f, err := Open(path)
			if err == nil && f.Damage == nil {
				t.Errorf("%s: %d bytes of %d are a whole core file", c.name, n, b.Len())
			}
			if err == nil {
				f.Close()
			}
			mangled := bytes.Clone(b.Bytes())
			mangled[n] ^= 0x5a
			write(mangled)
			if f, err := Open(path); err == nil {
				f.Close()
			}
		}
	}
}

// TestForeign refuses core files of machines that are not known, and says which they are
// of.
func TestForeign(t *testing.T) {
	for _, c := range []struct {
		machine elf.Machine
		class   elf.Class
		data    elf.Data
		want    string
	}{
		{elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2MSB, "EM_PPC64"},
		{elf.EM_S390, elf.ELFCLASS64, elf.ELFDATA2MSB, "EM_S390"},
		{elf.EM_PPC, elf.ELFCLASS32, elf.ELFDATA2MSB, "ELFDATA2MSB"},
		{elf.EM_AARCH64, elf.ELFCLASS64, elf.ELFDATA2LSB, "EM_AARCH64"},
		{elf.EM_X86_64, elf.ELFCLASS32, elf.ELFDATA2LSB, "ELFCLASS32"}, // x32
		{elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2MSB, "ELFDATA2MSB"},
	} {
		p := smallCore(t, sysdeps.AMD64)
		var order binary.ByteOrder = binary.LittleEndian
		if c.data == elf.ELFDATA2MSB {
			order = binary.BigEndian
		}
		p[elf.EI_CLASS], p[elf.EI_DATA] = byte(c.class), byte(c.data)
		order.PutUint16(p[16:], uint16(elf.ET_CORE))
		order.PutUint16(p[18:], uint16(c.machine))
		_, err := Read(bytes.NewReader(p), int64(len(p)))
		if !errors.Is(err, ErrMachine) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, %v, %v: %v", c.machine, c.class, c.data, err)
		}
	}
}

// TestShapes reads core files as others than the kernel write them: the same is in them.
func TestShapes(t *testing.T) {
	for _, arch := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
		t.Run(arch.Name, func(t *testing.T) {
			whole := smallCore(t, arch)
			want := readBytes(t, whole)
			for name, p := range map[string][]byte{
				"notes at the end": notesLast(whole, arch),
				"alignment of 1":   alignedBy1(whole, arch),
				"two notes":        splitNotes(whole, arch),
			} {
				f := readBytes(t, p)
				if f.Damage != nil {
					t.Errorf("%s: damage: %v", name, f.Damage)
				}
				if d := equalContents(want, f); d != "" {
					t.Errorf("%s (-want +got):\n%s", name, d)
				}
			}
		})
	}
}

// TestNoFiles reads a core file without NT_FILE, as kernels before 3.7 and frysk wrote them:
// what was mapped from files is missing, and nothing else.
func TestNoFiles(t *testing.T) {
	c, m := sample(sysdeps.AMD64)
	c.Mapped = nil
	var b bytes.Buffer
	if _, err := Stream(&b, c, m, Options{}); err != nil {
		t.Fatal(err)
	}
	p := b.Bytes()
	note := append([]byte{5, 0, 0, 0, 16, 0, 0, 0}, "ELIFCORE\x00"...) // of no mapping
	at := bytes.Index(p, note)
	if at < 0 {
		t.Fatal("there is no NT_FILE")
	}
	copy(p[at+8:], "none")
	f := readBytes(t, p)
	if f.Damage != nil || len(f.Mapped) != 0 || len(f.Threads) != len(c.Threads) {
		t.Errorf("damage %v, %d files, %d threads", f.Damage, len(f.Mapped), len(f.Threads))
	}
	if _, err := f.ReadMemory(make([]byte, 8), c.Segments[1].Lo); !errors.Is(err, ErrNotDumped) {
		t.Errorf("memory that is not in the file: %v", err)
	}
	checkSegment(t, f, m, &c.Segments[2])
}

// header is the first program header, that of the notes: a struct of words but for the
// type and, on 64-bit machines, the flags.
func header(p []byte, a *sysdeps.Arch) (words, int) {
	if a.PtrSize == 8 {
		return words{p[ehsize64:], a}, 8
	}
	return words{p[ehsize32:], a}, 4
}

// notesLast moves the notes behind the segments, as gdb has them.
func notesLast(p []byte, a *sysdeps.Arch) []byte {
	p = bytes.Clone(p)
	w, off := header(p, a)
	size := a.PtrSize
	at, n := w.word(off), w.word(off+3*size)
	notes := bytes.Clone(p[at : at+n])
	clear(p[at : at+n])
	p = append(p, "odd"...) // nor are they aligned there
	w.putWord(off, uint64(len(p)))
	return append(p, notes...)
}

// alignedBy1 says so of the notes.
func alignedBy1(p []byte, a *sysdeps.Arch) []byte {
	p = bytes.Clone(p)
	w, off := header(p, a)
	if a.PtrSize == 8 {
		w.putWord(off+5*8, 1)
	} else {
		w.putWord(off+6*4, 1)
	}
	return p
}

// splitNotes puts the first note into a segment of its own.
func splitNotes(p []byte, a *sysdeps.Arch) []byte {
	p = bytes.Clone(p)
	w, off := header(p, a)
	size := a.PtrSize
	at, n := w.word(off), w.word(off+3*size)
	first := uint64(12 + 8 + layoutOf(a).status)
	first = (first + 3) &^ 3
	// A second table of program headers, at the end, has one more.
	eh, ph := ehsize32, phsize32
	phoffAt, numAt := 28, 44
	if size == 8 {
		eh, ph, phoffAt, numAt = ehsize64, phsize64, 32, 56
	}
	num := int(binary.LittleEndian.Uint16(p[numAt:]))
	table := bytes.Clone(p[eh : eh+num*ph])
	rest := bytes.Clone(table[:ph])
	(words{table, a}).putWord(off+3*size, first)
	(words{rest, a}).putWord(off, at+first)
	(words{rest, a}).putWord(off+3*size, n-first)
	(words{p, a}).putWord(phoffAt, uint64(len(p)))
	binary.LittleEndian.PutUint16(p[numAt:], uint16(num+1))
	return append(append(append(p, table[:ph]...), rest...), table[ph:]...)
}
