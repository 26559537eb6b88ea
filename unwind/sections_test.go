package unwind

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"sonde/elfsym"
	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// TestDebugFrames compares the rows of .debug_frame with readelf's: in the program, in a
// separate file, compressed, and in the format of 64 bits (DWARF 5, 7.4), which gcc writes
// where the assembler does not make up the section.
func TestDebugFrames(t *testing.T) {
	const source = "../proc/testdata/callers.c"
	none := []string{"-g", "-O2", "-fno-asynchronous-unwind-tables", "-fno-exceptions"}
	wide := append([]string{"-gdwarf64", "-fno-dwarf2-cfi-asm"}, none...)
	for _, test := range []struct {
		name     string
		flags    []string
		compress string // what objcopy compresses it with; "" for nothing
		separate bool
		wide     bool
	}{
		{"DWARF 5", none, "", false, false},
		{"32 bits", append([]string{"-m32"}, none...), "", false, false},
		{"clang", append([]string{"CC=clang"}, none...), "", false, false},
		{"separate", none, "", true, false},
		{"zlib", none, "zlib", false, false},
		{"zstd", none, "zstd", false, false},
		{"zlib-gnu", none, "zlib-gnu", false, false},
		{"separate and compressed", none, "zlib", true, false},
		{"DWARF 2", append([]string{"-gdwarf-2"}, none...), "", false, false},
		{"DWARF 4", append([]string{"-gdwarf-4"}, none...), "", false, false},
		{"64-bit format", wide, "", false, true},
		{"64-bit format, separate", wide, "zlib", true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			full := testkit.Build(t, source, test.flags...)
			path, told := filepath.Join(dir, "callers"), filepath.Join(dir, "callers.debug")
			objcopy := func(args ...string) {
				t.Helper()
				if out, err := exec.Command("objcopy", args...).CombinedOutput(); err != nil {
					t.Fatalf("objcopy %s: %v: %s", args, err, out)
				}
			}
			compress := "--decompress-debug-sections"
			if test.compress != "" {
				compress = "--compress-debug-sections=" + test.compress
			}
			if test.separate {
				objcopy("--only-keep-debug", compress, full, told)
				objcopy("--strip-all", "-R", ".note.gnu.build-id", "--add-gnu-debuglink="+told, full, path)
			} else {
				objcopy(compress, full, path)
				told = path
			}
			f, err := elfsym.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			info, err := f.UnwindInfo(path, new(elfsym.DebugFinder))
			if err != nil {
				t.Fatal(err)
			}
			data, err := info.DebugFrame()
			if err != nil {
				t.Fatal(err)
			}
			if is64 := bytes.HasPrefix(data, []byte{0xff, 0xff, 0xff, 0xff}); is64 != test.wide {
				t.Errorf("the section is in the format of 64 bits: %v", is64)
			}
			rows := readelfRows(t, told, "debug_frame")
			if len(rows) < 20 {
				t.Errorf("readelf has %d rows", len(rows))
			}
			compareRows(t, f.Arch, rows, DebugFrame, &section{arch: f.Arch, data: data})
			runtime.KeepAlive(info) // with which the bytes go
		})
	}
}

// TestNoHeader finds the rows of .eh_frame in files without .eh_frame_hdr, by section
// headers, and in all that readelf lists.
func TestNoHeader(t *testing.T) {
	for _, flags := range [][]string{
		{"-O2", "-Wl,--no-eh-frame-hdr"},
		{"-O2", "-m32", "-Wl,--no-eh-frame-hdr"},
		{"-O1", "-static", "-Wl,--no-eh-frame-hdr"},
	} {
		path := testkit.Build(t, "../proc/testdata/callers.c", flags...)
		f, err := elfsym.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.UnwindInfo(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(info.Index.Data) > 0 {
			t.Errorf("%s: there is a table to search", flags)
		}
		rows := readelfRows(t, path, ".eh_frame")
		if len(rows) < 20 {
			t.Errorf("%s: readelf has %d rows", flags, len(rows))
		}
		compareRows(t, f.Arch, rows, CFI, &section{arch: f.Arch, eh: true, addr: info.Frame.Addr, data: info.Frame.Data})
		runtime.KeepAlive(info) // with which the bytes go
	}
}

// TestAugmentations reads the letters that CIEs begin with (LSB core, 10.6.1.1.1): what is
// known is used, what has a length is passed over, and what is neither is not believed.
func TestAugmentations(t *testing.T) {
	const lsda, personality = 4, 5
	for _, test := range []struct {
		letters string
		data    []byte // of the CIE, with its length where the letters say so
		before  []byte // between the letters and the alignments
		fde     []byte // data of the FDE, with its length
		good    bool
		signal  bool
		pcrel   bool
	}{
		{letters: "zR", data: []byte{1, pePCRel | peS4}, fde: []byte{0}, good: true, pcrel: true},
		{letters: "zRS", data: []byte{1, pePCRel | peS4}, fde: []byte{0}, good: true, signal: true, pcrel: true},
		{letters: "zPLR", data: []byte{7, peU4, personality, 0, 0, 0, pePCRel | peS4, pePCRel | peS4}, fde: []byte{4, lsda, 0, 0, 0}, good: true, pcrel: true},
		{letters: "zPLR", data: []byte{7, pePCRel | peS4 | peIndirect, personality, 0, 0, 0, peOmit, pePCRel | peS4}, fde: []byte{0}, good: true, pcrel: true},
		{letters: "zRB", data: []byte{1, pePCRel | peS4}, fde: []byte{0}, good: true, pcrel: true},
		{letters: "zR?", data: []byte{4, pePCRel | peS4, 1, 2, 3}, fde: []byte{3, 1, 2, 3}, good: true, pcrel: true},
		{letters: "z", data: []byte{0}, fde: []byte{0}, good: true},
		{letters: "", good: true},
		{letters: "S", good: true, signal: true},
		{letters: "eh", before: []byte{1, 2, 3, 4, 5, 6, 7, 8}, good: true},
		{letters: "?"},
		{letters: "R", data: []byte{pePCRel | peS4}},
		{letters: "zR", data: []byte{0x7f, pePCRel | peS4}, fde: []byte{0}},
		{letters: "zPR", data: []byte{2, peU4, 0}, fde: []byte{0}},
	} {
		arch := sysdeps.AMD64
		cie := append([]byte{0, 0, 0, 0, 1}, append([]byte(test.letters), 0)...)
		cie = append(append(cie, test.before...), 1, 0x78, 16)
		cie = append(append(cie, test.data...), usual(arch)...)
		data := entry(cie)
		fde := binary.LittleEndian.AppendUint32(nil, uint32(len(data)+4))
		if test.pcrel {
			lo := codeAt - (frameAt + len(data) + 8)
			fde = binary.LittleEndian.AppendUint32(fde, uint32(lo))
			fde = binary.LittleEndian.AppendUint32(fde, codeSize)
		} else {
			fde = binary.LittleEndian.AppendUint64(fde, codeAt)
			fde = binary.LittleEndian.AppendUint64(fde, codeSize)
		}
		fde = append(append(fde, test.fde...), cfaDefCFAOffset, 48)
		data = append(data, entry(fde)...)
		s := section{arch: arch, eh: true, addr: frameAt, data: data}
		var cfa string
		signal := false
		if f, ok := s.find(codeAt + 8); ok {
			if r := s.row(&f, codeAt+8, CFI); r != nil {
				cfa, _ = spell(arch, r)
				signal = r.signal
			}
		}
		want := ""
		if test.good {
			want = "rsp+48"
		}
		if cfa != want || signal != test.signal {
			t.Errorf("%q %x: CFA %q, signal %t; want %q, %t", test.letters, test.data, cfa, signal, want, test.signal)
		}
	}
}

// TestFindsDebugFrame looks a place up as a walk does, of which .debug_frame alone tells, in
// the format of 64 bits.
func TestFindsDebugFrame(t *testing.T) {
	path := testkit.Build(t, "../proc/testdata/callers.c", "-g", "-gdwarf64", "-fno-dwarf2-cfi-asm", "-O2", "-fno-asynchronous-unwind-tables", "-no-pie")
	f, err := elfsym.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	rows := readelfRows(t, path, "debug_frame")
	if len(rows) == 0 {
		t.Fatal("readelf has no rows")
	}
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m := elfsym.Mapping{Lo: 0x400000, Hi: 0x400000 + sysdeps.Addr(len(image)).PageUp(), Exec: true, Name: path, Inode: 1}
	im := elfsym.NewImages([]elfsym.Mapping{m}, nil, func(*elfsym.Image) (*elfsym.File, string, error) { return f, path, nil })
	img, _ := im.Find(sysdeps.Addr(rows[0].pc))
	if img == nil {
		t.Fatal("the program is not mapped")
	}
	w := Walker{arch: f.Arch, images: im}
	w.mem.reset(regions{{m.Lo, image}}, f.Arch)
	if r := w.row(img, img.Bias()+sysdeps.Addr(rows[0].pc), false); r.how != DebugFrame {
		t.Errorf("the row is by %v", r.how)
	}
}
