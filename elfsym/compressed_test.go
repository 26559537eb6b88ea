package elfsym

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"testing"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// compressedSection returns a section as a 64-bit file has it, whose header says that
// it comes to size bytes.
func compressedSection(kind elf.CompressionType, size uint64, data []byte) []byte {
	p := binary.LittleEndian.AppendUint64(nil, uint64(kind))
	p = binary.LittleEndian.AppendUint64(p, size)
	p = binary.LittleEndian.AppendUint64(p, 1)
	return append(p, data...)
}

func deflated(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t testing.TB, text []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(text, nil)
}

// inflated reads a section that is all there is of a file.
func inflated(section []byte, flags elf.SectionFlag, limit uint64) ([]byte, error) {
	sh := namedSection{name: ".debug_info"}
	if flags&elf.SHF_COMPRESSED == 0 {
		sh.name = ".zdebug_info"
	}
	sh.typ, sh.flags, sh.size = elf.SHT_PROGBITS, flags, uint64(len(section))
	d := &DebugInfo{budget: &budget{limit: limit}, image: &image{
		source:   &source{r: bytes.NewReader(section), size: uint64(len(section)), is64: true},
		sections: []namedSection{sh},
	}}
	return d.contents(0, &d.sections[0])
}

func TestCompressedSections(t *testing.T) {
	t.Parallel()
	text := bytes.Repeat([]byte("debugging information "), 100)
	size := uint64(len(text))
	whole := deflated(t, text)
	gnu := append(binary.BigEndian.AppendUint64([]byte("ZLIB"), size), whole...)
	for _, c := range []struct {
		name    string
		section []byte
		flags   elf.SectionFlag
		ok      bool
	}{
		{"zlib", compressedSection(elf.COMPRESS_ZLIB, size, whole), elf.SHF_COMPRESSED, true},
		{"zstd", compressedSection(elf.COMPRESS_ZSTD, size, zstandard(t, text)), elf.SHF_COMPRESSED, true},
		{"as before ELF had a flag", gnu, 0, true},
		{"called so only", text, 0, true},
		{"in another way", compressedSection(9, size, whole), elf.SHF_COMPRESSED, false},
		{"cut short", compressedSection(elf.COMPRESS_ZLIB, size, whole[:len(whole)/2]), elf.SHF_COMPRESSED, false},
		{"zstd, cut short", compressedSection(elf.COMPRESS_ZSTD, size, zstandard(t, text)[:20]), elf.SHF_COMPRESSED, false},
		{"less than it says", compressedSection(elf.COMPRESS_ZLIB, size+1, whole), elf.SHF_COMPRESSED, false},
		{"far less than it says", compressedSection(elf.COMPRESS_ZLIB, 1<<20, whole), elf.SHF_COMPRESSED, false},
		{"more than there may be", compressedSection(elf.COMPRESS_ZLIB, 1<<40, whole), elf.SHF_COMPRESSED, false},
		{"half a header", compressedSection(elf.COMPRESS_ZLIB, size, nil)[:12], elf.SHF_COMPRESSED, false},
		{"half an old header", gnu[:8], 0, false},
		{"nothing", nil, elf.SHF_COMPRESSED, false},
	} {
		got, err := inflated(c.section, c.flags, 1<<21)
		if (err == nil) != c.ok || c.ok && !bytes.Equal(got, text) {
			t.Errorf("%s: %d bytes, %v", c.name, len(got), err)
		}
	}
}

// FuzzCompressedSection reads sections that no compiler writes.
func FuzzCompressedSection(f *testing.F) {
	text := []byte("debugging information")
	f.Add(compressedSection(elf.COMPRESS_ZLIB, uint64(len(text)), deflated(f, text)), true)
	f.Add(compressedSection(elf.COMPRESS_ZSTD, uint64(len(text)), zstandard(f, text)), true)
	f.Add(append([]byte("ZLIB\x00\x00\x00\x00\x00\x00\x00\x15"), deflated(f, text)...), false)
	f.Fuzz(func(t *testing.T, section []byte, flagged bool) {
		const limit = 1 << 16
		var flags elf.SectionFlag
		if flagged {
			flags = elf.SHF_COMPRESSED
		}
		if p, err := inflated(section, flags, limit); err == nil && len(p) > max(limit, len(section)) {
			t.Errorf("%d bytes, more than the limit", len(p))
		}
	})
}
