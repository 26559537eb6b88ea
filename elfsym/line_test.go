package elfsym

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// marked returns the number of the line of a source file that has a comment.
func marked(t testing.TB, file, comment string) int {
	t.Helper()
	n := 0
	for line := range strings.Lines(string(readFile(t, filepath.Join("testdata", file)))) {
		if n++; strings.HasSuffix(strings.TrimSpace(line), "// "+comment) {
			return n
		}
	}
	t.Fatalf("no comment %q in %s", comment, file)
	return 0
}

// markedLine is a marked line, and the functions that have code of it.
type markedLine struct {
	file, comment string
	in            string
}

var linesOf = []markedLine{
	{"lines.c", "once", "once"},
	{"lines.c", "inlined body", "twice twice"},
	{"lines.h", "header body", "main once"},
	{"lines.c", "loop head", "loop"},
	{"lines.c", "loop body", "loop"},
	{"lines.c", "rare", "split"},
	{"lines.c", "both", "split"},
	{"lines.c", "main body", "main"},
	{"lines.c", "end", "main"},
}

func TestLine(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{
		{"-O0"},
		{"-O2"},
		{"-O2", "-no-pie", "-gdwarf-4"},
		{"-O2", "-gdwarf-3"},
		{"-O2", "-gdwarf64"},
		{"-O2", "-m32"},
		{"-O2", "-gz=zlib"},
		{"-O2", "-gz=zlib-gnu"},
		{"-O2", "-ffunction-sections", "-Wl,--gc-sections", "-static"},
		{"-O2", "-flto"},
		{"CC=clang", "-O0"},
		{"CC=clang", "-O2"},
		{"CC=clang", "-O2", "-gdwarf-4"},
	} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			t.Parallel()
			path := testkit.Build(t, "testdata/lines.c", append(flags, "-g")...)
			checkLines(t, path, path, nil)
		})
	}
	t.Run("zstd", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "lines")
		run(t, "objcopy", "--compress-debug-sections=zstd", testkit.Build(t, "testdata/lines.c", "-O2", "-g"), path)
		checkLines(t, path, path, nil)
	})
}

// checkLines holds all marked lines of a program against what binutils make of
// the file with its debugging information.
func checkLines(t *testing.T, path, debug string, where *DebugFinder) {
	t.Helper()
	f := mustOpen(t, path)
	rows := decodedLines(t, debug)
	fs := functionsOf(t, path, where)
	for _, test := range linesOf {
		line := marked(t, test.file, test.comment)
		addrs, err := f.Line(path, where, test.file, line)
		if err != nil {
			t.Errorf("%s: %v", test.comment, err)
			continue
		}
		var in []string
		for _, addr := range addrs {
			sym, _ := fs.At(addr)
			name, _, _ := strings.Cut(sym.Name, ".") // split.cold
			in = append(in, name)
			if !slices.Contains(rows[fmt.Sprintf("%s:%d", test.file, line)], addr) {
				t.Errorf("%s: readelf has no statement at %#x", test.comment, addr)
			}
		}
		slices.Sort(in)
		if got := strings.Join(in, " "); got != test.in {
			t.Errorf("%s: in %q, want %q", test.comment, got, test.in)
		}
	}
}

// decodedLines returns the addresses of statements by FILE:LINE, as readelf
// tells them.
func decodedLines(t *testing.T, path string) map[string][]uint64 {
	t.Helper()
	rows := make(map[string][]uint64)
	row := regexp.MustCompile(`(?m)^(\S+) +(\d+) +0x([0-9a-f]+)(?: +\d+)? +x$`)
	for _, m := range row.FindAllStringSubmatch(run(t, "readelf", "--debug-dump=decodedline", path), -1) {
		line := filepath.Base(m[1]) + ":" + m[2]
		rows[line] = append(rows[line], parseUint(t, m[3], 16))
	}
	return rows
}

// TestLineAsGDB compares with where GDB sets breakpoints. It skips prologues,
// and sets one in each lexical block: so lines with one block in each function
// are compared, and no function's first one.
func TestLineAsGDB(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"-O0"}, {"-O2"}, {"CC=clang", "-O2"}, {"-O2", "-m32"}} {
		path := testkit.Build(t, "testdata/lines.c", append(flags, "-g")...)
		f := mustOpen(t, path)
		compared := slices.DeleteFunc(slices.Clone(linesOf), func(l markedLine) bool {
			return slices.Contains([]string{"once", "loop head", "rare", "both"}, l.comment)
		})
		args := []string{"-nx", "-batch"}
		for _, test := range compared {
			args = append(args, "-ex", fmt.Sprintf("break %s:%d", test.file, marked(t, test.file, test.comment)))
		}
		out := run(t, "gdb", append(args, "-ex", "info breakpoints", path)...)
		for _, test := range compared {
			line := marked(t, test.file, test.comment)
			at := regexp.MustCompile(fmt.Sprintf(`0x([0-9a-f]+) in .* at .*%s:%d\b`, test.file, line))
			var want []uint64
			for _, m := range at.FindAllStringSubmatch(out, -1) {
				want = append(want, parseUint(t, m[1], 16))
			}
			slices.Sort(want)
			got, err := f.Line(path, nil, test.file, line)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%q %s: %#x, error %v, GDB has %#x", flags, test.comment, got, err, want)
			}
		}
	}
}

// TestLineOfSplit: the part of a function that its entry is in goes before the
// one that is rarely run, but a line may be in that one alone.
func TestLineOfSplit(t *testing.T) {
	t.Parallel()
	path := testkit.Build(t, "testdata/lines.c", "-O2", "-g")
	fs := functionsOf(t, path, nil)
	for comment, want := range map[string]string{"both": "split", "rare": "split.cold"} {
		addrs, err := mustOpen(t, path).Line(path, nil, "lines.c", marked(t, "lines.c", comment))
		if err != nil || len(addrs) != 1 {
			t.Errorf("%s: %#x, %v", comment, addrs, err)
			continue
		}
		if sym, _ := fs.At(addrs[0]); sym.Name != want {
			t.Errorf("%s: in %s, want %s", comment, sym.Name, want)
		}
	}
}

func TestLineErrors(t *testing.T) {
	t.Parallel()
	path := testkit.Build(t, "testdata/lines.c", "-O2", "-g")
	f := mustOpen(t, path)
	end := marked(t, "lines.c", "end")
	for _, test := range []struct {
		file string
		line int
		want string
	}{
		{"lines.c", end - 1, fmt.Sprintf("lines.c:%d has no code; the nearest line that has is %d", end-1, end)},
		{"testdata/lines.c", 100000, fmt.Sprintf("testdata/lines.c:100000 has no code; the nearest line that has is %d", end)},
		{"lines.c", 1, "lines.c:1 has no code; the nearest line that has is 10"},
		{"other.c", 1, "other.c:1: no code is from a file of that name"},
		{"ines.c", 12, "ines.c:12: no code is from a file of that name"},
		{"elsewhere/lines.c", 12, "elsewhere/lines.c:12: no code is from a file of that name"},
	} {
		addrs, err := f.Line(path, nil, test.file, test.line)
		var line *LineError
		if addrs != nil || !errors.As(err, &line) || line.Error() != test.want {
			t.Errorf("%s:%d: %#x, error %v, want %s", test.file, test.line, addrs, err, test.want)
		}
	}
	for _, name := range []string{"testdata/lines.c", "./testdata/../testdata/lines.c"} {
		if _, err := f.Line(path, nil, name, end); err != nil {
			t.Error(err)
		}
	}
	bare := testkit.Build(t, "testdata/lines.c", "-O2", "-g0")
	if _, err := mustOpen(t, bare).Line(bare, &DebugFinder{}, "lines.c", end); !errors.Is(err, ErrNoDebugInfo) {
		t.Errorf("without -g: %v", err)
	}
}

// TestLineElsewhere reads lines from a separate debug file, also where dwz has
// moved what files have in common to a third one, and from one that the compiler
// has split.
func TestLineElsewhere(t *testing.T) {
	t.Parallel()
	built := testkit.Build(t, "testdata/lines.c", "-O2", "-g", buildID)
	other := testkit.Build(t, "testdata/lines.c", "-O1", "-g", buildID)
	for _, dwz := range []bool{false, true} {
		dir := t.TempDir()
		program, debug := filepath.Join(dir, "lines"), filepath.Join(dir, "debug/.build-id/ab/cdef0123.debug")
		if err := os.MkdirAll(filepath.Dir(debug), 0o755); err != nil {
			t.Fatal(err)
		}
		run(t, "objcopy", "--only-keep-debug", built, debug)
		run(t, "objcopy", "--strip-all", built, program)
		if dwz {
			second := filepath.Join(dir, "second.debug")
			run(t, "objcopy", "--only-keep-debug", other, second)
			run(t, "dwz", "-m", filepath.Join(dir, "common.debug"), debug, second)
		}
		checkLines(t, program, built, &DebugFinder{Dirs: []string{dir + "/debug"}})
	}
}

// TestLineWithoutFunctions: rows in no function that debugging information knows
// are told apart by symbols.
func TestLineWithoutFunctions(t *testing.T) {
	t.Parallel()
	path := testkit.Build(t, "testdata/lines.c", "-O2", "-g", "-gsplit-dwarf")
	addrs, err := mustOpen(t, path).Line(path, nil, "lines.h", marked(t, "lines.h", "header body"))
	if err != nil || len(addrs) != 2 {
		t.Errorf("%#x, %v", addrs, err)
	}
}

// TestDamagedLines damages debugging information at random: there is an answer
// or an error, within the budget.
func TestDamagedLines(t *testing.T) {
	t.Parallel()
	good := readFile(t, testkit.Build(t, "testdata/lines.c", "-O2", "-g"))
	e, err := elf.NewFile(bytes.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	f := mustParse(t, good)
	damage := rand.New(rand.NewPCG(1, 2))
	found, failed := 0, 0
	for _, name := range []string{".debug_line", ".debug_info", ".debug_abbrev", ".debug_rnglists", ".debug_line_str", ".debug_str"} {
		sec := e.Section(name)
		for range 300 {
			p := bytes.Clone(good)
			for range 1 + damage.IntN(3) {
				mutate(damage, p[sec.Offset:][:sec.FileSize])
			}
			if _, err := searchLines(f, p, "lines.c", 11); err == nil {
				found++
			} else {
				failed++
			}
		}
	}
	if found == 0 || failed == 0 {
		t.Errorf("%d searches found the line, %d failed", found, failed)
	}
}

// searchLines is Line on bytes.
func searchLines(f *File, p []byte, name string, line int) ([]uint64, error) {
	im, err := openSections(bytes.NewReader(p), int64(len(p)))
	if err != nil {
		return nil, err
	}
	l := lineSearch{file: f, name: name, line: line, budget: 1 << 20, function: func(uint64) uint64 { return 0 }}
	return l.find(&DebugInfo{image: im, budget: inflation})
}

func TestAbbreviations(t *testing.T) {
	t.Parallel()
	const table = "\x01\x11\x01\x03\x08\x21\x21\x7f\x00\x00\x02\x2e\x00\x00\x00\x00" // two entries
	for _, test := range []struct {
		name   string
		abbrev string
		tables []uint64
		ok     bool
	}{
		{"none", "", nil, true},
		{"one", table, []uint64{0}, true},
		{"two", table + table, []uint64{0, uint64(len(table))}, true},
		{"overlapping", table, []uint64{0, 10}, false},
		{"cut off", table[:12], []uint64{0}, false},
		{"beyond", table, []uint64{uint64(len(table))}, false},
		{"far beyond", table, []uint64{1 << 63}, false},
	} {
		if err := checkAbbrevs([]byte(test.abbrev), test.tables); (err == nil) != test.ok {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestHugeDebugSections: what a compressed section claims to come to is refused
// before it is made room for.
func TestHugeDebugSections(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"-gz=zlib", "-gz=zlib-gnu"} {
		p := bytes.Clone(readFile(t, testkit.Build(t, "testdata/lines.c", "-O2", "-g", flag)))
		f := mustParse(t, p)
		e, err := elf.NewFile(bytes.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		if sec := e.Section(".debug_info"); sec != nil {
			binary.LittleEndian.PutUint64(p[sec.Offset+8:], 1<<40) // ch_size
		} else {
			binary.BigEndian.PutUint64(p[e.Section(".zdebug_info").Offset+4:], 1<<40)
		}
		if _, err := searchLines(f, p, "lines.c", 11); err == nil || !strings.Contains(err.Error(), "1099511627776 bytes, more than the limit") {
			t.Errorf("%s: error %v", flag, err)
		}
	}
}

func BenchmarkLine(b *testing.B) {
	path := "/lib/x86_64-linux-gnu/libc.so.6"
	f := mustOpen(b, path)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Line(path, &DebugFinder{}, "malloc.c", 3000); err != nil {
			var line *LineError
			if !errors.As(err, &line) {
				b.Skip(err)
			}
		}
	}
}
