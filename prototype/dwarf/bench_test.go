package dwarf

import (
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sonde/elfsym"
)

// copies is how often the classes of testdata are in what is measured.
const copies = 64

// BenchmarkFunction measures what it takes to open a large library and to ask for
// ten functions in as many units: of this package, and for comparison what
// debug/dwarf takes to find the units alone.
func BenchmarkFunction(b *testing.B) {
	path := large(b)
	f, err := elfsym.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	var symbols []elfsym.Symbol
	for i := range 10 {
		name := fmt.Sprintf("p%d_f_plain", i*copies/10)
		for sym := range f.Symbols() {
			if sym.Name == name {
				symbols = append(symbols, sym)
			}
		}
	}
	if len(symbols) != 10 {
		b.Fatalf("%d functions", len(symbols))
	}
	b.Run("prototypes", func(b *testing.B) {
		for b.Loop() {
			d, err := Open(f, path, nil)
			if err != nil {
				b.Fatal(err)
			}
			for _, sym := range symbols {
				if _, err := d.Function(sym.Value, sym.Name); err != nil {
					b.Fatal(err)
				}
			}
			d.Close()
		}
	})
	b.Run("debug/dwarf", func(b *testing.B) {
		for b.Loop() {
			find(b, path, symbols)
		}
	})
}

// sections opens the library, and reports how much debugging information there is.
func sections(b *testing.B, path string) *elf.File {
	b.Helper()
	e, err := elf.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	size := uint64(0)
	for _, sec := range e.Sections {
		if strings.HasPrefix(sec.Name, ".debug_") {
			size += sec.Size
		}
	}
	b.ReportMetric(float64(size)/1e6, "MB-debug")
	return e
}

func find(b *testing.B, path string, symbols []elfsym.Symbol) {
	b.Helper()
	e := sections(b, path)
	defer e.Close()
	data, err := e.DWARF()
	if err != nil {
		b.Fatal(err)
	}
	for _, sym := range symbols {
		if entry, err := data.Reader().SeekPC(sym.Value); err != nil || entry.Tag != dwarf.TagCompileUnit {
			b.Fatal(err)
		}
	}
}

// large links a library of many copies of the same unit, under other names.
func large(b *testing.B) string {
	b.Helper()
	source, err := filepath.Abs("testdata/classes.cc")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	run := func(name string, args ...string) {
		b.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	args := []string{"-std=c++17", "-g", "-fPIC", "-fno-eliminate-unused-debug-types", "-c", "-o", "one.o", source}
	for _, header := range []string{"regex", "iostream", "filesystem", "future", "random", "unordered_map"} {
		args = append(args, "-include", header)
	}
	run("g++", args...)
	link := []string{"-shared", "-o", "large.so"}
	for i := range copies {
		prefix, object := fmt.Sprintf("p%d_", i), fmt.Sprintf("%d.o", i)
		run("objcopy", "--prefix-symbols="+prefix, "one.o", "prefixed.o")
		run("objcopy", "--redefine-sym", prefix+"__dso_handle=__dso_handle", "prefixed.o", object)
		link = append(link, object)
	}
	run("g++", link...)
	return filepath.Join(dir, "large.so")
}
