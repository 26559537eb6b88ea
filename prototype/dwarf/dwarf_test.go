package dwarf

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/elfsym"
	"sonde/internal/testkit"
	"sonde/prototype"
)

// open opens a program with all that belongs to it.
func open(t testing.TB, path string) (*elfsym.File, *Data) {
	t.Helper()
	f, err := elfsym.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Open(f, path, &elfsym.DebugFinder{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return f, d
}

// describe returns the prototypes of all functions that want chooses, each with
// the types that it brings along.
func describe(t testing.TB, path string, want func(symbol string) bool) string {
	t.Helper()
	f, d := open(t, path)
	fs, err := f.Functions(path, &elfsym.DebugFinder{})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for sym := range fs.All() {
		if !want(sym.Name) {
			continue
		}
		p, err := d.Function(sym.Value, sym.Name)
		if err != nil {
			for _, known := range []error{ErrNoFunction, ErrUnplaceable} {
				if errors.Is(err, known) {
					err = known
				}
			}
			out = append(out, fmt.Sprintf("%s: %v\n", sym.Name, err))
			continue
		}
		out = append(out, withTypes(p))
	}
	slices.Sort(out)
	return strings.Join(out, "")
}

// withTypes is a prototype and below it the definitions of the types that have names.
func withTypes(p *prototype.Prototype) string {
	var b strings.Builder
	b.WriteString(p.String())
	if p.Convention != "" {
		fmt.Fprintf(&b, " // %s", p.Convention)
	}
	b.WriteByte('\n')
	seen := make(map[*prototype.Type]bool)
	var lines []string
	var walk func(t *prototype.Type)
	walk = func(t *prototype.Type) {
		if t == nil || seen[t] {
			return
		}
		seen[t] = true
		if t.Name != "" && t.Kind != prototype.VaList && t.Name != "FILE" {
			lines = append(lines, "    "+t.Definition()+"\n")
		}
		walk(t.Elem)
		for i := range t.Fields {
			walk(t.Fields[i].Type)
		}
		for i := range t.Cases {
			walk(t.Cases[i].Type)
		}
		walk(t.Else)
	}
	walk(p.Result)
	for i := range p.Params {
		walk(p.Params[i].Type)
	}
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		b.WriteString(line)
	}
	return b.String()
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("not as in testdata/%s:\n%s", name, diff)
	}
}

func begins(prefix string) func(string) bool {
	return func(symbol string) bool { return strings.HasPrefix(symbol, prefix) }
}

// variant is a way to compile a program, and what is done to it then.
type variant struct {
	flags string
	after func(t *testing.T, dir string) // in the directory of the program, types
}

var variants = []variant{
	{"-gdwarf-2", nil},
	{"-gdwarf-3", nil},
	{"-gdwarf-4", nil},
	{"-gdwarf-5", nil},
	{"-g -O0", nil},
	{"-g -O3", nil},
	{"-g -no-pie -static", nil},
	{"-g -gdwarf64", nil},
	{"-g -flto", nil},
	{"-g -gz=zlib", nil},
	{"-g -gz=zlib-gnu", nil},
	{"-gdwarf-4 -fdebug-types-section", nil},
	{"-gdwarf-5 -fdebug-types-section", nil},
	{"-gdwarf-4 -gsplit-dwarf", nil},
	{"-gdwarf-5 -gsplit-dwarf", nil},
	{"-gdwarf-4 -gsplit-dwarf -gz", nil},
	{"-gdwarf-4 -gsplit-dwarf -fdebug-types-section", nil},
	{"-gdwarf-5 -gsplit-dwarf -fdebug-types-section", nil},
	{"CC=clang -gdwarf-2", nil},
	{"CC=clang -gdwarf-4", nil},
	{"CC=clang -gdwarf-5", nil},
	{"CC=clang -gdwarf-5 -gz", nil},
	{"CC=clang -gdwarf-4 -gsplit-dwarf", nil},
	{"CC=clang -gdwarf-5 -gsplit-dwarf", nil},
	{"CC=clang -gdwarf-5 -gsplit-dwarf -fdebug-types-section", nil},
	{"-g", zstd},
	{"-g", separate},
	{"-g", shared("dwz", "-m", "common", "types", "other")},
	{"-g", shared("dwz", "-5", "-m", "common", "types", "other")},
	{"-gdwarf-4 -gsplit-dwarf", packaged("dwp")},
	{"-gdwarf-4 -gsplit-dwarf -fdebug-types-section", packaged("dwp")},
	{"CC=clang -gdwarf-4 -gsplit-dwarf", packaged("llvm-dwp")},
	{"CC=clang -gdwarf-5 -gsplit-dwarf", packaged("llvm-dwp")},
	{"CC=clang -gdwarf-5 -gsplit-dwarf -fdebug-types-section", packaged("llvm-dwp")},
}

// TestTypes holds the prototypes of functions with all kinds of types, however
// they are written.
func TestTypes(t *testing.T) {
	t.Parallel()
	for _, v := range variants {
		name := v.flags
		if v.after != nil {
			name += " and more"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, "types.want", describe(t, compile(t, "types.c", v), begins("f_")))
		})
	}
	for _, flags := range []string{"-m32 -g -Wno-psabi", "-m32 -gdwarf-2 -Wno-psabi", "CC=clang -m32 -g"} {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			golden(t, "types32.want", describe(t, compile(t, "types.c", variant{flags, nil}), begins("f_")))
		})
	}
}

// compile makes the program types of a variant in a directory of its own: the
// compiler writes .dwo files beside it.
func compile(t *testing.T, source string, v variant) string {
	t.Helper()
	cc, flags := "gcc", strings.Fields(v.flags)
	if rest, ok := strings.CutPrefix(flags[0], "CC="); ok {
		cc, flags = rest, flags[1:]
	}
	if filepath.Ext(source) == ".cc" {
		cc = map[string]string{"gcc": "g++", "clang": "clang++"}[cc]
	}
	source, err := filepath.Abs(filepath.Join("testdata", source))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(source); err != nil { // a pass is not kept when it changes
		t.Fatal(err)
	}
	dir := t.TempDir()
	command(t, dir, cc, append([]string{"-O1", "-o", "types", source}, flags...)...)
	if v.after != nil {
		v.after(t, dir)
	}
	return filepath.Join(dir, "types")
}

func command(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func zstd(t *testing.T, dir string) {
	command(t, dir, "objcopy", "--compress-debug-sections=zstd", "types")
}

func separate(t *testing.T, dir string) {
	command(t, dir, "objcopy", "--only-keep-debug", "types", "types.debug")
	command(t, dir, "strip", "types")
	command(t, dir, "objcopy", "--add-gnu-debuglink=types.debug", "types")
}

// shared has what two programs have in common moved to a third file.
func shared(name string, args ...string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		command(t, dir, "cp", "types", "other")
		command(t, dir, name, args...)
		if _, err := os.Stat(filepath.Join(dir, "common")); err != nil {
			t.Fatal(err)
		}
	}
}

// packaged puts split files into a package, and removes them.
func packaged(tool string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		command(t, dir, tool, "-e", "types", "-o", "types.dwp")
		split, err := filepath.Glob(filepath.Join(dir, "*.dwo"))
		if err != nil || len(split) == 0 {
			t.Fatalf("no .dwo files: %v", err)
		}
		for _, name := range split {
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestNoFunction tells what is not known apart.
func TestNoFunction(t *testing.T) {
	t.Parallel()
	path := testkit.Build(t, "testdata/types.c", "-g", "-O1")
	f, d := open(t, path)
	fs, err := f.Functions(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	addr := func(name string) uint64 {
		for sym := range fs.Named(name) {
			return sym.Value
		}
		t.Fatalf("no symbol %s", name)
		return 0
	}
	for _, test := range []struct {
		addr   uint64
		symbol string
		want   error
	}{
		{addr("f_ints"), "f_ints", nil},
		{addr("f_ints"), "alias", nil},
		{addr("f_ints"), "", nil},
		{addr("f_ints"), "f_ints.lto_priv.0", nil},
		{addr("f_ints"), "f_ints.constprop.0", ErrUnplaceable},
		{addr("f_ints"), "f_ints.isra.0", ErrUnplaceable},
		{addr("f_ints"), "f_ints.part.0.lto_priv.0", ErrUnplaceable},
		{addr("f_ints"), "f_ints.cold", ErrUnplaceable},
		{addr("f_ints") + 1, "f_ints", ErrNoFunction},
		{addr("_start"), "_start", ErrNoFunction},
		{0, "", ErrNoFunction},
		{1 << 63, "", ErrNoFunction},
	} {
		p, err := d.Function(test.addr, test.symbol)
		if !errors.Is(err, test.want) || (err == nil) != (p != nil) {
			t.Errorf("%q at %#x: %v, error %v; want error %v", test.symbol, test.addr, p, err, test.want)
		}
	}
	bare := testkit.Build(t, "testdata/types.c", "-O1", "-s")
	f, err = elfsym.Open(bare)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(f, bare, &elfsym.DebugFinder{}); !errors.Is(err, elfsym.ErrNoDebugInfo) {
		t.Errorf("no debugging information: error %v", err)
	}
}

// TestMissingFiles holds that files which are not there are told of once.
func TestMissingFiles(t *testing.T) {
	t.Parallel()
	for _, v := range []variant{
		{"-g -gsplit-dwarf", func(t *testing.T, dir string) {
			split, err := filepath.Glob(filepath.Join(dir, "*.dwo"))
			if err != nil || len(split) == 0 {
				t.Fatalf("no .dwo files: %v", err)
			}
			for _, name := range split {
				if err := os.Remove(name); err != nil {
					t.Fatal(err)
				}
			}
		}},
		{"-g", func(t *testing.T, dir string) {
			shared("dwz", "-m", "common", "types", "other")(t, dir)
			if err := os.Remove(filepath.Join(dir, "common")); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(v.flags, func(t *testing.T) {
			t.Parallel()
			path := compile(t, "types.c", v)
			f, d := open(t, path)
			fs, err := f.Functions(path, nil)
			if err != nil {
				t.Fatal(err)
			}
			told := 0
			for sym := range fs.All() {
				if p, err := d.Function(sym.Value, sym.Name); errors.Is(err, os.ErrNotExist) {
					told++
				} else if !errors.Is(err, ErrNoFunction) && p == nil {
					t.Error(err)
				}
			}
			if told != 1 {
				t.Errorf("told of %d times", told)
			}
		})
	}
}
