package elfsym

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// functionsOf reads all functions of a file, which must go well.
func functionsOf(t testing.TB, path string, where *DebugFinder) *Functions {
	t.Helper()
	fs, err := mustOpen(t, path).Functions(path, where)
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

// listed are functions as lines to compare, without those that the oracle
// cannot know.
func listed(fs *Functions) []string {
	var lines []string
	for s := range fs.All() {
		lines = append(lines, symbolText(s))
	}
	slices.Sort(lines)
	return lines
}

func symbolText(s Symbol) string {
	name := s.Name
	if s.Version != "" {
		name = versioned(s)
	}
	text := fmt.Sprintf("%#x %d %s", s.Value, s.Size, name)
	if s.IFUNC {
		text += " ifunc"
	}
	if s.Local {
		text += " local"
	}
	return text
}

// Lines of readelf -sW and of readelf -SW.
var (
	anySymbol  = regexp.MustCompile(`(?m)^ +\d+: ([0-9a-f]+) +(\S+) +(FUNC|IFUNC|<OS specific>: 10|NOTYPE) +(LOCAL|GLOBAL|WEAK) +\S+ +(ABS|\d+) (\S+)`)
	anySection = regexp.MustCompile(`(?m)^ +\[ *(\d+)\] (?:\S+ )? *[A-Z_]+ +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+) [0-9a-f]+ +([A-Za-z]*) +\d+ +\d+ +\d+$`)
)

// readelfFunctions returns what readelf says of the functions in files, as
// listed has them. The first file is the one whose code they are.
func readelfFunctions(t *testing.T, paths ...string) []string {
	t.Helper()
	type key struct {
		value uint64
		name  string
		local bool
	}
	found := make(map[key]map[string]string) // version: line
	e, err := elf.Open(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	inCode := func(v uint64) bool {
		return slices.ContainsFunc(e.Progs, func(p *elf.Prog) bool {
			return p.Type == elf.PT_LOAD && p.Flags&elf.PF_X != 0 && v >= p.Vaddr && v < p.Vaddr+p.Filesz
		})
	}
	for _, path := range paths {
		out := run(t, "readelf", "-sSW", path)
		type span struct{ lo, hi uint64 }
		code := make(map[string]span)
		for _, m := range anySection.FindAllStringSubmatch(out, -1) {
			if strings.Contains(m[4], "X") {
				lo, size := parseUint(t, m[2], 16), parseUint(t, m[3], 16)
				code[m[1]] = span{lo, lo + size}
			}
		}
		for _, m := range anySymbol.FindAllStringSubmatch(out, -1) {
			value, size := parseUint(t, m[1], 16), parseUint(t, m[2], 0)
			local := m[4] == "LOCAL"
			sec := code[m[5]]
			if !inCode(value) || m[3] == "NOTYPE" && (local || value < sec.lo || value >= sec.hi) {
				continue
			}
			name, version, ok := strings.Cut(m[6], "@")
			s := Symbol{Value: value, Size: size, Name: name, Local: local, IFUNC: strings.HasSuffix(m[3], "IFUNC") || strings.HasSuffix(m[3], "10")}
			s.Version, s.Default = strings.CutPrefix(version, "@")
			s.Default = s.Default || !ok
			k := key{value, name, local}
			if found[k] == nil {
				found[k] = make(map[string]string)
			}
			found[k][s.Version] = symbolText(s)
		}
	}
	var lines []string
	for _, versions := range found {
		if len(versions) > 1 {
			delete(versions, "") // the same once more
		}
		lines = slices.AppendSeq(lines, maps.Values(versions))
	}
	slices.Sort(lines)
	return lines
}

func parseUint(t testing.TB, s string, base int) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, base, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// compareLines reports lines that only one of two sorted lists has.
func compareLines(t *testing.T, what string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	t.Errorf("%s: %d functions, want %d", what, len(got), len(want))
	only := func(a, b []string, says string) {
		shown := 0
		for _, line := range a {
			if _, ok := slices.BinarySearch(b, line); !ok && shown < 10 {
				t.Errorf("%s: %s: %s", what, says, line)
				shown++
			}
		}
	}
	only(got, want, "not in readelf's list")
	only(want, got, "missing")
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	paths := []string{
		testkit.Build(t, "testdata/functions.c"),
		testkit.Build(t, "testdata/functions.c", "-O2", "-no-pie"),
		testkit.Build(t, "testdata/functions.c", "-O2", "-static"),
		testkit.Build(t, "testdata/functions.c", "-O2", "-m32"),
		testkit.Build(t, "testdata/functions.c", "-O2", "-shared", "-fPIC"),
		testkit.Build(t, "testdata/functions.c", "-O2", "-rdynamic", "-Wl,-z,noseparate-code"),
		testkit.Build(t, "testdata/functions.c", "-O2", "-fuse-ld=lld"),
		testkit.Build(t, "testdata/functions.c", "-O2", "-fuse-ld=mold"),
		testkit.Build(t, "testdata/functions.c", "-O2", "-fuse-ld=gold"),
		buildExports(t),
		buildExports(t, "-s"),
	}
	for _, name := range []string{"/usr/bin/bash", "/usr/bin/gdb", "/usr/bin/python3", "/usr/bin/git", "/usr/bin/perl"} {
		if path, err := filepath.EvalSymlinks(name); err == nil && isELF(path) {
			paths = append(paths, path)
		}
	}
	for _, path := range systemFiles(t) {
		switch filepath.Base(path) {
		case "libc.so.6", "libm.so.6", "libstdc++.so.6", "libcrypto.so.3", "ld-linux-x86-64.so.2", "libpthread.so.0":
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		compareLines(t, path, listed(functionsOf(t, path, nil)), readelfFunctions(t, path))
	}
}

// TestFunctionsOfLibc reads the system's debug files, which some libraries have.
func TestFunctionsOfLibc(t *testing.T) {
	t.Parallel()
	read := 0
	for _, path := range systemFiles(t) {
		f := mustOpenAny(path)
		if f == nil || len(f.BuildID()) < 2 {
			continue
		}
		debug := fmt.Sprintf("%s/.build-id/%x/%x.debug", DefaultDebugDirs[0], f.BuildID()[:1], f.BuildID()[1:])
		if _, err := os.Stat(debug); err != nil {
			continue
		}
		if read++; read > 25 {
			break
		}
		fs, err := f.Functions(path, &DebugFinder{})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		compareLines(t, path, listed(fs), readelfFunctions(t, path, debug))
	}
	if read == 0 {
		testkit.Lacks(t, "no debug files are installed: libc6-dbg")
	}
}

// mustOpenAny opens a file, and returns nil for one of another machine.
func mustOpenAny(path string) *File {
	f, err := Open(path)
	if err != nil {
		return nil
	}
	return f
}

func TestFunctionsByName(t *testing.T) {
	t.Parallel()
	fs := functionsOf(t, testkit.Build(t, "testdata/functions.c", "-O2"), nil)
	for _, test := range []struct {
		name string
		want string // the symbol without address and size, or "" for none
	}{
		{"_start", "_start"},
		{"_init", "_init"},
		{"_fini", "_fini"},
		{"main", "main"},
		{"visible", "visible"},
		{"alias", "alias"},
		{"twice", "twice local"},
		{"indirect", "indirect ifunc"},
		{"resolve", "resolve local"},
		{"split", "split"},
		{"split.cold", "split.cold local"},
		{"untyped", "untyped"},
		{"sizeless", "sizeless"},
		{"local_label", ""},
		{"not_code", ""},
		{"end_of_code", ""},
		{"variable", ""},
		{"thread_variable", ""},
		{"functions.c", ""},
		{"_GLOBAL_OFFSET_TABLE_", ""},
		{"printf", ""}, // elsewhere
		{"", ""},
	} {
		var got []string
		for s := range fs.Named(test.name) {
			_, text, _ := strings.Cut(symbolText(s), " ")
			_, text, _ = strings.Cut(text, " ")
			got = append(got, text)
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%q: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestFunctionAt(t *testing.T) {
	t.Parallel()
	fs := functionsOf(t, testkit.Build(t, "testdata/functions.c", "-O2"), nil)
	value := func(name string) uint64 {
		for s := range fs.Named(name) {
			return s.Value
		}
		t.Fatalf("no function %s", name)
		return 0
	}
	for _, test := range []struct {
		of   string
		off  uint64
		want string
	}{
		{"main", 0, "main"},
		{"main", 1, "main"},
		{"visible", 0, "alias"}, // the first by letter of those without underscores
		{"outer", 0, "outer"},
		{"outer", 1, "outer"},
		{"inner", 0, "inner"},
		{"inner", 1, "inner"},
		{"inner", 2, "outer"},
		{"inner", 3, "outer"},
		{"sizeless", 0, "sizeless"},
		{"sizeless", 1, "sizeless"},
		{"untyped", 2, "untyped"},
	} {
		got, ok := fs.At(value(test.of) + test.off)
		if !ok || got.Name != test.want {
			t.Errorf("%s+%d is in %q, %t, want %q", test.of, test.off, got.Name, ok, test.want)
		}
	}
	if s, ok := fs.At(16); ok {
		t.Errorf("the ELF header is in %+v", s)
	}
}

// TestNesting compares At with a search through all, on functions that overlap
// in every way.
func TestNesting(t *testing.T) {
	t.Parallel()
	spans := [][2]uint64{{1, 20}, {2, 4}, {2, 9}, {3, 4}, {5, 30}, {6, 7}, {8, 12}, {8, 8}, {14, 16}, {28, 29}, {40, 42}, {50, 50}}
	fs := &Functions{tables: []nameTable{{names: "abcdefghijklmnop"}}}
	for i, s := range spans {
		fs.records = append(fs.records, record{value: s[0], size: uint32(s[1] - s[0]), name: uint32(i), nameLen: 1})
	}
	fs.arrange()
	for addr := range uint64(60) {
		// The innermost is the last that begins at or before addr and reaches over it.
		want, ok := uint64(0), false
		for _, s := range spans {
			if s[0] <= addr && addr < s[1] {
				want, ok = s[0], true
			}
		}
		if addr >= 50 {
			want, ok = 50, true
		}
		if got, found := fs.At(addr); found != ok || got.Value != want {
			t.Errorf("At(%d) = %d, %t, want %d, %t", addr, got.Value, found, want, ok)
		}
	}
}

func TestVariable(t *testing.T) {
	t.Parallel()
	path := testkit.Build(t, "testdata/functions.c", "-O2", "-rdynamic")
	f := mustOpen(t, path)
	e, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	symbols, err := e.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		ok   bool
	}{
		{"variable", true},
		{"common_variable", true},
		{"not_code", true},
		{"_IO_stdin_used", true},
		{"thread_variable", false}, // each thread has one elsewhere
		{"main", false},
		{"printf", false},
		{"", false},
	} {
		addr, size, ok := f.Variable(test.name)
		if ok != test.ok {
			t.Errorf("%s: found %t, want %t", test.name, ok, test.ok)
		}
		i := slices.IndexFunc(symbols, func(s elf.Symbol) bool { return s.Name == test.name })
		if ok && (i < 0 || symbols[i].Value != addr || symbols[i].Size != size) {
			t.Errorf("%s: %#x, %d bytes", test.name, addr, size)
		}
		if at := f.VariableAt(addr); ok && at != test.name {
			t.Errorf("%s: at its address is %q", test.name, at)
		}
		if _, callable := f.Lookup(test.name); ok && callable {
			t.Errorf("%s is a function as well", test.name)
		}
	}
	for _, path := range systemFiles(t) {
		if filepath.Base(path) == "ld-linux-x86-64.so.2" {
			if addr, size, ok := mustOpen(t, path).Variable("_r_debug"); !ok || addr == 0 || size == 0 {
				t.Errorf("_r_debug of %s: %#x, %d bytes, %t", path, addr, size, ok)
			}
		}
	}
}

func TestBuildID(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ flag, want string }{
		{"-Wl,--build-id=0x0123456789abcdef", "0123456789abcdef"},
		{"-Wl,--build-id=0xabcdef", "abcdef"},
		{"-Wl,--build-id=none", ""},
	} {
		f := mustOpen(t, testkit.Build(t, "testdata/functions.c", test.flag))
		if got := fmt.Sprintf("%x", f.BuildID()); got != test.want {
			t.Errorf("%s: %s, want %s", test.flag, got, test.want)
		}
	}
	said := regexp.MustCompile(`Build ID: ([0-9a-f]+)`)
	for i, path := range systemFiles(t) {
		f := mustOpenAny(path)
		if i%32 != 0 || f == nil {
			continue
		}
		want := ""
		if m := said.FindStringSubmatch(run(t, "readelf", "-nW", path)); m != nil {
			want = m[1]
		}
		if got := fmt.Sprintf("%x", f.BuildID()); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// sectionTable returns where a 64-bit file has the header of the section of a
// type.
func sectionTable(t testing.TB, p []byte, typ elf.SectionType) []byte {
	t.Helper()
	off, n := binary.LittleEndian.Uint64(p[shoff:]), binary.LittleEndian.Uint16(p[60:])
	for i := range uint64(n) {
		sh := p[off+i*shsize64:][:shsize64]
		if elf.SectionType(binary.LittleEndian.Uint32(sh[4:])) == typ {
			return sh
		}
	}
	t.Fatalf("no section of type %s", typ)
	return nil
}

func noDebugFile(*image) (*debugFile, error) { return nil, nil }

// parseFunctions reads a file that may be damaged.
func parseFunctions(t testing.TB, p []byte) (*Functions, error) {
	t.Helper()
	fs, err := mustParse(t, p).readFunctions(bytes.NewReader(p), int64(len(p)), noDebugFile)
	if fs == nil {
		t.Fatal("no Functions")
	}
	return fs, err
}

// TestDamagedSymtab damages the tables of sections and symbols: what .dynsym has
// is there all the same, and the error tells of the rest.
func TestDamagedSymtab(t *testing.T) {
	t.Parallel()
	good := readFile(t, testkit.Build(t, "testdata/functions.c", "-rdynamic"))
	le := binary.LittleEndian
	for _, test := range []struct {
		name   string
		damage func(p []byte) []byte
		says   string // "" for no error
	}{
		{"no section headers", withoutSections, ""},
		{"past the end", func(p []byte) []byte { return withSectionsAt(p, uint64(len(p))+1) }, "section headers that are damaged"},
		{"headers elsewhere", func(p []byte) []byte { return withSectionsAt(p, 64) }, "section headers that are damaged"},
		{"symbols cut off", func(p []byte) []byte {
			le.PutUint64(sectionTable(t, p, elf.SHT_SYMTAB)[24:], uint64(len(p))-8)
			return p
		}, "truncated: the symbols should end at"},
		{"many symbols", func(p []byte) []byte {
			le.PutUint64(sectionTable(t, p, elf.SHT_SYMTAB)[32:], 1<<40)
			return p
		}, "truncated: the symbols should end at"},
		{"symbols of another size", func(p []byte) []byte {
			le.PutUint64(sectionTable(t, p, elf.SHT_SYMTAB)[56:], 16)
			return p
		}, "entries of another size"},
		{"no names", func(p []byte) []byte {
			le.PutUint32(sectionTable(t, p, elf.SHT_SYMTAB)[40:], 0)
			return p
		}, "whose names are no string table"},
		{"names nowhere", func(p []byte) []byte {
			le.PutUint32(sectionTable(t, p, elf.SHT_SYMTAB)[40:], 1<<31)
			return p
		}, "without names"},
		{"short names", func(p []byte) []byte {
			sh := sectionTable(t, p, elf.SHT_SYMTAB)
			off := le.Uint64(p[shoff:]) + shsize64*uint64(le.Uint32(sh[40:]))
			le.PutUint64(p[off+32:], 100)
			return p
		}, "symbols have no name in the string table"},
		{"huge names", func(p []byte) []byte {
			sh := sectionTable(t, p, elf.SHT_SYMTAB)
			off := le.Uint64(p[shoff:]) + shsize64*uint64(le.Uint32(sh[40:]))
			le.PutUint64(p[off+32:], 1<<40)
			return p
		}, "the names of symbols of 1099511627776 bytes"},
	} {
		fs, err := parseFunctions(t, test.damage(bytes.Clone(good)))
		if says := fmt.Sprint(err); test.says == "" && err != nil || !strings.Contains(says, test.says) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.says)
		}
		if n := len(slices.Collect(fs.Named("visible"))); n != 1 {
			t.Errorf("%s: %d functions named visible", test.name, n)
		}
	}
}

func TestFunctionsOnce(t *testing.T) {
	t.Parallel()
	good := readFile(t, testkit.Build(t, "testdata/functions.c", "-rdynamic"))
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, good, 0o755); err != nil {
		t.Fatal(err)
	}
	f := mustOpen(t, path)
	fs, err := f.Functions(path+".gone", nil)
	if !errors.Is(err, os.ErrNotExist) || len(slices.Collect(fs.Named("visible"))) != 1 || len(slices.Collect(fs.Named("twice"))) != 0 {
		t.Errorf("no file: %d functions, error %v", fs.Len(), err)
	}
	other := path + ".other"
	if err := os.WriteFile(other, good, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Functions(other, nil); !errors.Is(err, ErrChanged) {
		t.Errorf("another file: error %v", err)
	}
	first, err := f.Functions(path, nil)
	if err != nil || len(slices.Collect(first.Named("twice"))) != 1 {
		t.Errorf("the file: %d functions, error %v", first.Len(), err)
	}
	if again, err := f.Functions(path+".gone", nil); again != first || err != nil {
		t.Errorf("once more: %p, error %v, want %p", again, err, first)
	}
}

// TestManyFunctions counts and measures a table as the largest programs have it.
func TestManyFunctions(t *testing.T) { // alone: it counts all allocations
	const n = 300_000
	p := withSymbols(t, n)
	f := mustParse(t, p)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	fs, err := f.readFunctions(bytes.NewReader(p), int64(len(p)), noDebugFile)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if fs.Len() < n {
		t.Errorf("%d functions, want %d and a few", fs.Len(), n)
	}
	symbols := uint64(n * (symSize64 + len("function_0000000\x00")))
	if used := after.TotalAlloc - before.TotalAlloc; used > 2*symbols {
		t.Errorf("%d bytes allocated for symbols of %d bytes", used, symbols)
	}
	if !slices.IsSortedFunc(fs.records, func(a, b record) int { return cmp.Compare(a.value, b.value) }) {
		t.Error("not sorted")
	}
}

// TestEndlessNames: names are searched for their ends no longer than names may
// be together.
func TestEndlessNames(t *testing.T) {
	t.Parallel()
	const n = 50_000
	p := withSymbols(t, n)
	names := p[len(p)-n*len("function_00000000\x00"):]
	for i := range names {
		names[i] = 'a'
	}
	fs, err := parseFunctions(t, p)
	var bad, off int
	if _, scan := fmt.Sscanf(fmt.Sprint(err), "%d symbols have no name in the string table (at offset %v)", &bad, &off); scan != nil || bad == 0 || bad > n/100 {
		t.Errorf("%d functions, error %v", fs.Len(), err)
	}
}

// largeCode is where the functions of withSymbols are: a segment that takes the
// place of PT_GNU_STACK.
var largeCode = Segment{Addr: 1 << 40, Size: 1 << 32, FileSize: 1 << 32, Flags: elf.PF_R | elf.PF_X}

func addLargeCode(p []byte) {
	le := binary.LittleEndian
	for ph := p[64:][:phsize64*int(p[56])]; len(ph) > 0; ph = ph[phsize64:] {
		if elf.ProgType(le.Uint32(ph)) != elf.PT_GNU_STACK {
			continue
		}
		le.PutUint32(ph, uint32(elf.PT_LOAD))
		le.PutUint32(ph[4:], uint32(largeCode.Flags))
		le.PutUint64(ph[8:], largeCode.Offset)
		le.PutUint64(ph[16:], largeCode.Addr)
		le.PutUint64(ph[32:], largeCode.FileSize)
		le.PutUint64(ph[40:], largeCode.Size)
	}
}

// withSymbols returns a program with n symbols of functions in its .symtab, in
// no order.
func withSymbols(t testing.TB, n int) []byte {
	t.Helper()
	p := readFile(t, testkit.Build(t, "testdata/functions.c"))
	addLargeCode(p)
	le := binary.LittleEndian
	symtab := sectionTable(t, p, elf.SHT_SYMTAB)
	strtab := p[le.Uint64(p[shoff:])+shsize64*uint64(le.Uint32(symtab[40:])):][:shsize64]
	le.PutUint64(symtab[24:], uint64(len(p)))
	le.PutUint64(symtab[32:], uint64(n)*symSize64)
	le.PutUint64(strtab[24:], uint64(len(p)+n*symSize64))
	names := []byte{0}
	p = slices.Grow(p, n*(symSize64+len("function_00000000\x00")))
	for i := range n {
		var e [symSize64]byte
		le.PutUint32(e[:], uint32(len(names)))
		e[4] = elf.ST_INFO(elf.STB_GLOBAL, elf.STT_FUNC)
		le.PutUint16(e[6:], 1)
		le.PutUint64(e[8:], largeCode.Addr+uint64(i)*2654435761%largeCode.Size)
		p = append(p, e[:]...)
		names = fmt.Appendf(names, "function_%08d\x00", i)
	}
	// The slice of the header is one of the old array where p has moved.
	symtab = sectionTable(t, p, elf.SHT_SYMTAB)
	strtab = p[le.Uint64(p[shoff:])+shsize64*uint64(le.Uint32(symtab[40:])):][:shsize64]
	le.PutUint64(strtab[32:], uint64(len(names)))
	return append(p, names...)
}

// BenchmarkManyFunctions reads the symbols of a program as large as a web
// browser.
func BenchmarkManyFunctions(b *testing.B) {
	const n = 1_000_000
	p := withSymbols(b, n)
	f := mustParse(b, p)
	b.ReportAllocs()
	for b.Loop() {
		fs, err := f.readFunctions(bytes.NewReader(p), int64(len(p)), noDebugFile)
		if err != nil || fs.Len() < n {
			b.Fatal(fs.Len(), err)
		}
	}
}

func BenchmarkFunctions(b *testing.B) {
	for _, path := range []string{"/lib/x86_64-linux-gnu/libc.so.6", "/usr/bin/python3", "/usr/bin/gdb", "/usr/lib/x86_64-linux-gnu/libstdc++.so.6"} {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		b.Run(filepath.Base(path), func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				fs, err := mustOpen(b, path).Functions(path, &DebugFinder{})
				if err != nil {
					b.Fatal(err)
				}
				n = fs.Len()
			}
			b.ReportMetric(float64(n), "functions")
		})
	}
}
