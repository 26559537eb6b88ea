package elfsym

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// check parses a file that may be damaged and uses all of the result.
func check(t testing.TB, p []byte) {
	t.Helper()
	f, err := Parse(bytes.NewReader(p), int64(len(p)))
	if (f == nil) != (err != nil) {
		t.Fatalf("a result and an error, or neither: %v, %v", f, err)
	}
	if err != nil {
		var format *FormatError
		if !errors.As(err, &format) && !errors.Is(err, ErrNotELF) && !errors.Is(err, ErrMachine) {
			t.Fatalf("error of no known kind: %v", err)
		}
		return
	}
	last := uint64(0)
	for i, s := range f.PLT() {
		if s.Symbol == "" || i > 0 && s.Addr <= last {
			t.Fatalf("slot %+v behind %#x", s, last)
		}
		last = s.Addr
	}
	for i, p := range f.Pointers() {
		if (p.Symbol == "") != (p.Kind == IRelative) || i > 0 && p.Addr <= f.Pointers()[i-1].Addr {
			t.Fatalf("pointer %d: %+v", i, p)
		}
	}
	checkSites(t, f, p)
	checkUnwind(t, p)
	n := 0
	for s := range f.Symbols() {
		if n++; n > 100 {
			break
		}
		if got, ok := f.Lookup(s.Name); !ok || got.Name != s.Name {
			t.Fatalf("Lookup(%q) = %+v, %t", s.Name, got, ok)
		}
	}
	imports(f, "malloc")
	f.Name()
}

// checkUnwind opens what a file that may be damaged says of unwinding.
func checkUnwind(t testing.TB, p []byte) {
	t.Helper()
	f, err := ParseBytes(p)
	if err != nil {
		t.Fatalf("a file that could be read: %v", err)
	}
	info, err := f.UnwindInfo("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Frame.Data) > len(p) || len(info.Index.Data) > len(p) {
		t.Fatalf("%d and %d bytes of a file of %d", len(info.Frame.Data), len(info.Index.Data), len(p))
	}
	if g, err := info.Go(); g != nil {
		for _, seg := range f.Segments() {
			for i := range uint64(64) {
				for _, pl := range g.Places(seg.Addr + i*seg.Size/64) {
					if pl.Line < 0 || pl.File == "" {
						t.Fatalf("%+v", pl)
					}
				}
				if fr, ok := g.At(seg.Addr + i*seg.Size/64); ok && fr.Size < 0 {
					t.Fatalf("%+v (%v)", fr, err)
				}
			}
		}
	}
	if frame, err := info.DebugFrame(); err != nil && frame != nil {
		t.Fatalf("%d bytes, and %v", len(frame), err)
	}
}

// checkSites finds the sites in a file that may be damaged.
func checkSites(t testing.TB, f *File, p []byte) {
	t.Helper()
	u, err := f.scan(bytes.NewReader(p), int64(len(p)))
	if err != nil {
		var format *FormatError
		if u != nil || !errors.As(err, &format) {
			t.Fatalf("sites: %v, %v", u, err)
		}
		return
	}
	known := make(map[uint64]bool)
	for _, q := range f.Pointers() {
		known[q.Addr] = true
	}
	for _, q := range u.Relative {
		known[q.Addr] = true
	}
	s := &source{segs: f.segments}
	for i, site := range u.Sites {
		if !known[site.Pointer] || s.executable(site.Addr, 1) == 0 || i > 0 && site.Addr <= u.Sites[i-1].Addr {
			t.Fatalf("site %d: %+v", i, site)
		}
	}
}

// seeds are small files of each kind.
func seeds(t testing.TB) [][]byte {
	t.Helper()
	var files [][]byte
	for _, flags := range [][]string{
		{"-s"},
		{"-s", "-fuse-ld=lld", "-Wl,--hash-style=sysv"},
		{"-s", "-fuse-ld=mold"},
		{"-s", "-fcf-protection=full", "-Wl,-z,ibtplt,-z,noseparate-code"},
		{"-s", "-m32"},
	} {
		files = append(files, readFile(t, testkit.Build(t, "testdata/plt.c", flags...)))
	}
	lib := readFile(t, buildExports(t, "-s"))
	for _, flags := range []string{"-fno-plt", "-m32 -fno-plt", "-fuse-ld=lld -fno-plt -Wl,--pack-dyn-relocs=relr"} {
		files = append(files, readFile(t, buildIn(t, "sites.c", "-shared -fPIC "+flags)))
	}
	return append(files, lib, withoutSections(lib))
}

func FuzzParse(f *testing.F) {
	// As small as can be, so that most bytes matter.
	for _, linker := range []string{"bfd", "lld", "mold"} {
		f.Add(readFile(f, testkit.Build(f, "testdata/plt.c", "-shared", "-fPIC", "-nostdlib", "-s", "-fuse-ld="+linker,
			"-fno-asynchronous-unwind-tables", "-Wl,--build-id=none,-z,noseparate-code,-z,max-page-size=4096")))
	}
	for _, machine := range []string{"-fcf-protection=none", "-m32"} {
		f.Add(readFile(f, buildIn(f, "sites.c", "-shared -fPIC -fno-plt -nostdlib -s -Wl,--build-id=none,-z,noseparate-code,-z,max-page-size=4096 "+machine)))
	}
	f.Fuzz(func(t *testing.T, p []byte) { check(t, p) })
}

// TestMutations damages files at random where it hurts: in the headers and the
// tables in front, and in the sections that are read, with values that lie at
// the edges.
func TestMutations(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, good := range seeds(t) {
		regions := append(tables(good), [2]int{0, 64}, [2]int{64, 64 + 13*56}, [2]int{0, min(len(good), 4096)}, [2]int{0, len(good)})
		for range 1100 {
			p := bytes.Clone(good)
			for range 1 + random.IntN(4) {
				r := regions[random.IntN(len(regions))]
				mutate(random, p[r[0]:r[1]])
			}
			if random.IntN(8) == 0 {
				p = p[:random.IntN(len(p))]
			}
			check(t, p)
		}
	}
}

// tables returns where in the file the sections are that Parse and scan read, or
// that lie where these look.
func tables(p []byte) [][2]int {
	e, err := elf.NewFile(bytes.NewReader(p))
	if err != nil { // it has no section headers
		return [][2]int{dynamicRegion(p)}
	}
	var regions [][2]int
	for _, sec := range e.Sections {
		switch sec.Name {
		case ".dynamic", ".dynsym", ".dynstr", ".gnu.hash", ".hash", ".gnu.version", ".gnu.version_r",
			".rela.dyn", ".rela.plt", ".rel.dyn", ".rel.plt", ".relr.dyn", ".plt", ".text", ".eh_frame_hdr", ".data.rel.ro":
			regions = append(regions, [2]int{int(sec.Offset), int(sec.Offset + sec.Size)})
		}
	}
	return regions
}

// mutate overwrites a word, half of them aligned as fields are.
func mutate(random *rand.Rand, p []byte) {
	if len(p) < 8 {
		return
	}
	off := random.IntN(len(p) - 7)
	if random.IntN(2) == 0 {
		off &^= 7
	}
	values := []uint64{0, 1, 0x7fff, 0xffff, 1 << 31, 1<<32 - 1, 1 << 63, 1<<64 - 1, 1<<64 - 4096, random.Uint64(), random.Uint64N(1 << 16)}
	v := values[random.IntN(len(values))]
	switch random.IntN(4) {
	case 0:
		p[off] = byte(v)
	case 1:
		binary.LittleEndian.PutUint16(p[off:], uint16(v))
	case 2:
		binary.LittleEndian.PutUint32(p[off:], uint32(v))
	case 3:
		binary.LittleEndian.PutUint64(p[off:], v)
	}
}

// dynamicRegion returns where in the file the dynamic segment is.
func dynamicRegion(p []byte) [2]int {
	if p[4] != 2 {
		return [2]int{0, len(p)}
	}
	for off := 64; off+56 <= len(p); off += 56 {
		if binary.LittleEndian.Uint32(p[off:]) == 2 { // PT_DYNAMIC
			start := int(binary.LittleEndian.Uint64(p[off+8:]))
			return [2]int{start, start + int(binary.LittleEndian.Uint64(p[off+32:]))}
		}
	}
	return [2]int{0, len(p)}
}

// liar is a file that goes on with zeroes without end.
type liar struct{ head []byte }

func (l liar) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	if off < int64(len(l.head)) {
		copy(p, l.head[off:])
	}
	return len(p), nil
}

// TestCounts parses a file that goes on for a terabyte, so that tables may have
// any size that their fields can say: what is there is not read, but refused.
func TestCounts(t *testing.T) {
	t.Parallel()
	const huge = 1 << 39
	good := readFile(t, testkit.Build(t, "testdata/plt.c", "-s", "-fuse-ld=lld", "-Wl,--hash-style=sysv"))
	data := growLastSegment(good, huge)
	hash := uint64(len(good)) &^ 15 // two words behind the file's end: 0, 1<<31
	good = append(good[:hash:hash], 0, 0, 0, 0, 0, 0, 0, 0x80)
	at := data.Addr + hash - data.Offset
	for _, test := range []struct {
		name string
		tags map[elf.DynTag]uint64
		says string
	}{
		{"symbols", map[elf.DynTag]uint64{elf.DT_HASH: at}, "2147483648 dynamic symbols"},
		{"names", map[elf.DynTag]uint64{elf.DT_STRTAB: at, elf.DT_STRSZ: 1 << 32}, "the dynamic string table of 4294967296 bytes"},
		{"slots", map[elf.DynTag]uint64{elf.DT_JMPREL: at, elf.DT_PLTRELSZ: 1 << 38}, "the relocations of 274877906928 bytes"},
		{"relocations", map[elf.DynTag]uint64{elf.DT_RELA: at, elf.DT_RELASZ: 1 << 38}, "the relocations of 2748779068"},
		{"needed versions", map[elf.DynTag]uint64{elf.DT_VERNEEDNUM: 1 << 40}, "1099511627776 records"},
		{"soname", map[elf.DynTag]uint64{elf.DT_NEEDED: 1 << 62}, "the name of a library at 4611686018427387904"},
	} {
		p := bytes.Clone(good)
		for tag, v := range test.tags {
			setDynamic(t, p, tag, v)
		}
		var format *FormatError
		f, err := Parse(liar{p}, 2*huge)
		if f != nil || !errors.As(err, &format) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.says)
		}
	}
}

// growLastSegment makes the last PT_LOAD, which has the data, size bytes long.
func growLastSegment(p []byte, size uint64) Segment {
	var seg Segment
	var last []byte
	for ph := p[64:][:phsize64*int(p[56])]; len(ph) > 0; ph = ph[phsize64:] {
		if elf.ProgType(binary.LittleEndian.Uint32(ph)) == elf.PT_LOAD {
			last = ph
		}
	}
	seg.Offset = binary.LittleEndian.Uint64(last[8:])
	seg.Addr = binary.LittleEndian.Uint64(last[16:])
	binary.LittleEndian.PutUint64(last[32:], size)
	binary.LittleEndian.PutUint64(last[40:], size)
	return seg
}

// setDynamic changes the value of a tag that the file has.
func setDynamic(t testing.TB, p []byte, tag elf.DynTag, v uint64) {
	t.Helper()
	r := dynamicRegion(p)
	for d := p[r[0]:r[1]]; len(d) >= 16; d = d[16:] {
		if elf.DynTag(binary.LittleEndian.Uint64(d)) == tag {
			binary.LittleEndian.PutUint64(d[8:], v)
			return
		}
	}
	t.Fatalf("no %s in the file", tag)
}
