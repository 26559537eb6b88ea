package elfsym

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// goPrograms are the ways to build a Go program: flags as BuildGo takes them.
var goPrograms = []struct{ name, flags string }{
	{"static", "CGO_ENABLED=0"},
	{"PIE", "CGO_ENABLED=0 -buildmode=pie"},
	{"linked by gcc", "CGO_ENABLED=1 -ldflags=-linkmode=external"},
	{"PIE, linked by gcc", "CGO_ENABLED=1 -buildmode=pie -ldflags=-linkmode=external"},
	{"packed relocations", "CGO_ENABLED=1 -buildmode=pie -ldflags=-linkmode=external -ldflags=-extldflags=-Wl,-z,pack-relative-relocs"},
	{"shared library", "CGO_ENABLED=1 -buildmode=c-shared"},
	{"unoptimised", "CGO_ENABLED=0 -gcflags=-N"},
	{"32-bit", "CGO_ENABLED=0 GOARCH=386"},
}

// TestGoFunctions compares with the symbol table that stripping takes away.
// goFunctions returns the functions of a file that were written in Go, sorted by Entry.
func goFunctions(f *File, path string) ([]GoFunc, error) {
	fh, size, err := f.reopen(path)
	if err != nil {
		return nil, err
	}
	defer fh.Close()
	lists, err := f.readGo(fh, size)
	return joinGo(lists), err
}

func TestGoFunctions(t *testing.T) {
	for _, c := range goPrograms {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := testkit.BuildGo(t, "testdata/gofuncs", strings.Fields(c.flags)...)
			got, err := goFunctions(mustOpen(t, path), path)
			if err != nil {
				t.Fatal(err)
			}
			checkGoFuncs(t, got)
			checkGoSymbols(t, path, got)

			stripped := filepath.Join(t.TempDir(), "stripped")
			run(t, "strip", "-o", stripped, path)
			again, err := goFunctions(mustOpen(t, stripped), stripped)
			if err != nil || !slices.Equal(again, got) {
				t.Errorf("%d functions in the stripped file, %d before: %v", len(again), len(got), err)
			}
			if strings.Contains(c.name, "32-bit") {
				return // withoutSections is for 64-bit files
			}
			bare := filepath.Join(t.TempDir(), "bare")
			if err := os.WriteFile(bare, withoutSections(readFile(t, path)), 0o600); err != nil {
				t.Fatal(err)
			}
			again, err = goFunctions(mustOpen(t, bare), bare)
			if err != nil || !slices.Equal(again, got) {
				t.Errorf("%d functions in the file without sections, %d before: %v", len(again), len(got), err)
			}
		})
	}
}

// checkGoFuncs holds what must be true of any result.
func checkGoFuncs(t testing.TB, funcs []GoFunc) {
	t.Helper()
	last := uint64(0)
	for i, fn := range funcs {
		if fn.Name == "" || fn.Entry >= fn.End || i > 0 && fn.Entry <= last {
			t.Fatalf("function %+v behind %#x", fn, last)
		}
		last = fn.Entry
	}
}

// checkGoSymbols compares with the functions of .symtab that the Go linker
// wrote there: all within the text that has Go's functions, with its C in front
// or behind.
func checkGoSymbols(t *testing.T, path string, got []GoFunc) {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	var end uint64
	for _, sym := range symbols {
		if sym.Name == "runtime.etext" {
			end = sym.Value
		}
	}
	byEntry := make(map[uint64]string)
	for _, fn := range got {
		byEntry[fn.Entry] = fn.Name
	}
	seen := 0
	for _, sym := range symbols {
		// The end of the text is no function; what the linker makes itself of
		// PLT stubs has no entry in the table.
		if elf.ST_TYPE(sym.Info) != elf.STT_FUNC || sym.Size == 0 || sym.Value < got[0].Entry || sym.Value >= end {
			continue
		}
		name, ok := byEntry[sym.Value]
		name = strings.ReplaceAll(name, "·", ".") // so written in .symtab
		want := strings.TrimSuffix(sym.Name, ".abi0")
		// Generic functions keep their type arguments to the linker.
		if cut, _, generic := strings.Cut(want, "["); generic {
			want, name = cut, name[:min(len(name), len(cut))]
		}
		if !ok || name != want {
			t.Errorf("at %#x: %q in Go's table, %q in .symtab", sym.Value, name, want)
		}
		seen++
	}
	if seen < 1000 {
		t.Errorf("compared with %d symbols alone", seen)
	}
	for _, want := range []string{"main.main", "main.square.area", "main.(*square).area", "main.fail.func1", "runtime.mallocgc"} {
		i := slices.IndexFunc(got, func(fn GoFunc) bool { return fn.Name == want })
		if i < 0 {
			t.Errorf("no %s", want)
		}
	}
}

// TestGoFunctionFacts looks at what is told of a function besides its name.
func TestGoFunctionFacts(t *testing.T) {
	path := testkit.BuildGo(t, "testdata/gofuncs", "CGO_ENABLED=0")
	got, err := goFunctions(mustOpen(t, path), path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []GoFunc{
		{Name: "main.main"},
		{Name: "main.square.area", Args: "w", Offsets: "\x00"},
		{Name: "main.largest[go.shape.int]", Args: "dww", Offsets: "\xff\x08\x10"},
		{Name: "main.takes", Args: "p-s--wp-1", Offsets: "\x00\x08\x10\x18\x20\x28\x30\x38\x40"},
		{Name: "main.takesMany", Args: "wwwwwwwwww", Offsets: "\x18\x20\x28\x30\x38\x40\x48\x50\x58\x00"},
		{Name: "runtime.memmove", Assembly: true},
		{Name: "runtime.mcall", Assembly: true, SPWrite: true},
		{Name: "runtime.rt0_go", Assembly: true, SPWrite: true},
	} {
		i := slices.IndexFunc(got, func(fn GoFunc) bool { return fn.Name == want.Name })
		if i < 0 {
			t.Errorf("no %s", want.Name)
			continue
		}
		want.Entry, want.End, want.nameAt = got[i].Entry, got[i].End, got[i].nameAt
		if got[i] != want {
			t.Errorf("%+v, want %+v", got[i], want)
		}
	}
}

// TestGoSymbols finds Go's functions among all functions of a file, whether or not
// symbols tell of them.
func TestGoSymbols(t *testing.T) {
	t.Parallel()
	path := testkit.BuildGo(t, "testdata/gofuncs", "CGO_ENABLED=1", "-ldflags=-linkmode=external")
	stripped := filepath.Join(t.TempDir(), "stripped")
	run(t, "strip", "-o", stripped, path)
	funcs, err := goFunctions(mustOpen(t, path), path)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, stripped} {
		fs, err := mustOpen(t, path).Functions(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		byEntry := make(map[uint64]int)
		last := Symbol{}
		for sym := range fs.All() {
			if sym.Go {
				byEntry[sym.Value]++
			}
			if sym.Value == last.Value && sym.Name == last.Name {
				t.Errorf("%s twice at %#x", sym.Name, sym.Value)
			}
			last = sym
		}
		for _, f := range funcs {
			if byEntry[f.Entry] == 0 {
				t.Errorf("%s: no symbol for %s", path, f.Name)
			}
			if got, ok := fs.Go(f.Entry); !ok || got != f {
				t.Errorf("at %#x: %+v, %t; want %+v", f.Entry, got, ok, f)
			}
			if got, ok := fs.GoAt(f.End - 1); !ok || got != f {
				t.Errorf("at %#x: %+v, %t; want %+v", f.End-1, got, ok, f)
			}
		}
		if len(byEntry) != len(funcs) {
			t.Errorf("%s: %d functions of Go's, want %d", path, len(byEntry), len(funcs))
		}
		sym, ok := fs.At(funcs[len(funcs)/2].Entry)
		if !ok || !sym.Go {
			t.Errorf("%s: no Go function at %#x: %+v", path, funcs[len(funcs)/2].Entry, sym)
		}
		for _, name := range []string{"main.main", "main.(*square).area"} {
			n := 0
			for sym := range fs.Named(name) {
				n++
				if !sym.Go || sym.Size == 0 {
					t.Errorf("%s: %+v", path, sym)
				}
			}
			if n != 1 {
				t.Errorf("%s: %d symbols named %s", path, n, name)
			}
		}
	}
}

// TestGoTableUnknown damages the table of a program: what symbols still tell of may
// be Go's, and nothing more is known of it.
func TestGoTableUnknown(t *testing.T) {
	t.Parallel()
	path := testkit.BuildGo(t, "testdata/gofuncs", "CGO_ENABLED=0")
	p := readFile(t, path)
	table := bytes.Index(p, []byte("\xf1\xff\xff\xff\x00\x00\x01\x08"))
	if table < 0 {
		t.Fatal("no table")
	}
	p[table] = 0xfb // Go 1.2's
	old := filepath.Join(t.TempDir(), "old")
	if err := os.WriteFile(old, p, 0o600); err != nil {
		t.Fatal(err)
	}
	fs, err := mustOpen(t, old).Functions(old, nil)
	if err == nil || !strings.Contains(err.Error(), "no Go from 1.18 on") {
		t.Errorf("error %v", err)
	}
	for sym := range fs.Named("main.main") {
		if !sym.Go {
			t.Errorf("%+v is not Go's", sym)
		}
		if f, ok := fs.Go(sym.Value); ok {
			t.Errorf("%+v is known", f)
		}
		return
	}
	t.Error("no main.main")
}

// TestNoGo asks for Go's functions where there are none.
func TestNoGo(t *testing.T) {
	path := testkit.Build(t, "testdata/plt.c")
	bare := filepath.Join(t.TempDir(), "bare")
	if err := os.WriteFile(bare, withoutSections(readFile(t, path)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, bare} {
		if got, err := goFunctions(mustOpen(t, path), path); len(got) != 0 || err != nil {
			t.Errorf("%s: %d functions, %v", path, len(got), err)
		}
	}
	if _, err := goFunctions(mustOpen(t, path), testkit.BuildGo(t, "testdata/gofuncs")); !errors.Is(err, ErrChanged) {
		t.Errorf("another file at the path: %v", err)
	}
	if _, err := goFunctions(mustOpen(t, path), "testdata"); !errors.Is(err, ErrNotELF) {
		t.Errorf("a directory at the path: %v", err)
	}
}

// goFile is the least file with a table of Go's functions: a program in one
// segment, at address 0 as a PIE is.
type goFile struct {
	magic uint32
	flag  int // where a _func has its flags
	data  int // where a module has the address of go:func.*
	names []string
}

// Where the parts of a goFile lie.
const (
	goFileTable  = 0x100
	goFileModule = 0x400
	goFileArgs   = 0x580
	goFileText   = 0x600
	goFileSize   = 0x800
)

func (g goFile) bytes() []byte {
	le := binary.LittleEndian
	p := make([]byte, goFileSize)
	copy(p, elf.ELFMAG+"\x02\x01\x01")
	le.PutUint16(p[16:], uint16(elf.ET_DYN))
	le.PutUint16(p[18:], uint16(elf.EM_X86_64))
	le.PutUint64(p[32:], ehsize64) // program headers
	le.PutUint16(p[54:], phsize64)
	le.PutUint16(p[56:], 1)
	ph := p[ehsize64:]
	le.PutUint32(ph, uint32(elf.PT_LOAD))
	le.PutUint32(ph[4:], uint32(elf.PF_R|elf.PF_W|elf.PF_X))
	le.PutUint64(ph[32:], goFileSize)
	le.PutUint64(ph[40:], goFileSize)

	var names []byte
	tab := make([]byte, len(g.names)*goTabEntry+4)
	for i, name := range g.names {
		le.PutUint32(tab[i*goTabEntry:], uint32(i*16))
		le.PutUint32(tab[i*goTabEntry+4:], uint32(len(tab)))
		fn := make([]byte, g.flag+3+4*(1+goFuncDataArgs+1))
		le.PutUint32(fn, uint32(i*16))
		le.PutUint32(fn[goFuncName:], uint32(len(names)))
		le.PutUint32(fn[goFuncPCData:], 1)
		fn[g.flag], fn[g.flag+2] = goFlagAssembly, goFuncDataArgs+1
		le.PutUint32(fn[g.flag+3+4*(1+goFuncDataArgs):], uint32(i))
		names = append(append(names, name...), 0)
		tab = append(tab, fn...)
	}
	le.PutUint32(tab[len(g.names)*goTabEntry:], uint32(len(g.names)*16))
	const namesAt, tabAt = 0x48, 0x60
	head := p[goFileTable:]
	le.PutUint32(head, g.magic)
	head[6], head[7] = 1, 8
	for i, v := range []int{len(g.names), 1, 0, namesAt, 0, 0, 0, tabAt} {
		le.PutUint64(head[8+8*i:], uint64(v))
	}
	copy(head[namesAt:], names)
	copy(head[tabAt:], tab)
	word := func(i, v int) { le.PutUint64(p[goFileModule+8*i:], uint64(v)) }
	word(goModuleHeader, goFileTable)
	word(goModuleNames, goFileTable+namesAt)
	word(goModuleNames+1, len(names))
	word(goModulePCLN, goFileTable+tabAt)
	word(goModulePCLN+1, len(tab))
	word(goModuleFunctab, goFileTable+tabAt)
	word(goModuleFunctab+1, len(g.names)+1)
	word(goModuleMinPC, goFileText)
	word(goModuleText, goFileText)
	word(g.data, goFileArgs)
	copy(p[goFileArgs:], "\x00\x08\xfe\x00\x08\x08\x08\xfd\xff")
	return p
}

// goFiles are the formats that are told apart.
var goFiles = []goFile{
	{go118Magic, goFuncFlag18, goModuleData18, []string{"a", "b", "(*c).d"}},
	{go120Magic, goFuncFlag20, goModuleData20, []string{"a", "b", "(*c).d"}},
}

func TestGoFormats(t *testing.T) {
	for _, g := range goFiles {
		p := g.bytes()
		lists, err := mustParse(t, p).readGo(bytes.NewReader(p), int64(len(p)))
		if err != nil {
			t.Fatal(err)
		}
		got := joinGo(lists)
		if len(got) != len(g.names) {
			t.Fatalf("%d functions, want %d", len(got), len(g.names))
		}
		for i, name := range g.names {
			entry := uint64(goFileText + 16*i)
			want := GoFunc{
				Name: name, Entry: entry, End: entry + 16, Args: []string{"wp-", "www", "p-"}[i], Assembly: true, nameAt: got[i].nameAt,
				Offsets: []string{"\x00\x00\x08", "\x08\x00\x08", "\x00\x08"}[i],
			}
			if got[i] != want {
				t.Errorf("magic %#x: %+v, want %+v", g.magic, got[i], want)
			}
		}
	}
}

// checkGo reads a file that may be damaged.
func checkGo(t testing.TB, p []byte) {
	t.Helper()
	f, err := Parse(bytes.NewReader(p), int64(len(p)))
	if err != nil {
		return
	}
	lists, err := f.readGo(bytes.NewReader(p), int64(len(p)))
	if err != nil && lists != nil {
		t.Fatalf("functions and an error: %v", err)
	}
	checkGoFuncs(t, joinGo(lists))
	checkUnwind(t, p)
}

func FuzzGoFunctions(f *testing.F) {
	for _, g := range goFiles {
		f.Add(g.bytes())
	}
	f.Fuzz(func(t *testing.T, p []byte) { checkGo(t, p) })
}

// TestGoMutations damages the tables at random, with values that lie at the
// edges.
func TestGoMutations(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	regions := [][2]int{{0, ehsize64 + phsize64}, {goFileTable, goFileModule}, {goFileModule, goFileText}}
	for i := range 20_000 {
		p := goFiles[i%len(goFiles)].bytes()
		for range 1 + random.IntN(3) {
			r := regions[random.IntN(len(regions))]
			mutate(random, p[r[0]:r[1]])
		}
		checkGo(t, p)
	}
}

func BenchmarkGoFunctions(b *testing.B) {
	path := testkit.BuildGo(b, "testdata/gofuncs", "CGO_ENABLED=0", "-buildmode=pie")
	f := mustOpen(b, path)
	b.ReportAllocs()
	for b.Loop() {
		got, err := goFunctions(f, path)
		if err != nil || !slices.IsSortedFunc(got, func(a, b GoFunc) int { return cmp.Compare(a.Entry, b.Entry) }) {
			b.Fatal(len(got), err)
		}
	}
}
