// Libstdcxx makes prototype/cxx/libstdc++.txt: what the mangled names of
// libstdc++'s exported functions do not say, out of the debugging information of
// builds of the library. On Debian these are in the packages libstdc++6-12-dbg
// and lib32stdc++6-12-dbg:
//
//	cd tools && go run ./libstdcxx \
//		/usr/lib/x86_64-linux-gnu/debug/libstdc++.so.6.0.30 \
//		/usr/lib32/debug/libstdc++.so.6.0.30 > ../prototype/cxx/libstdc++.txt
//
// The first is a 64-bit library: where a function of the same mangled name has
// another result in a 32-bit one, that is a long that is called an int there.
//
// Of libc++ there is no such build: with -headers the information is made of what
// the library's headers declare, by clang (packages libc++-dev and clang):
//
//	cd tools && go run ./libstdcxx -headers \
//		/usr/lib/llvm-14/lib/libc++.so.1 > ../prototype/cxx/libc++.txt
package main

import (
	"bufio"
	"debug/dwarf"
	"debug/elf"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

var destructor = regexp.MustCompile(`D[012]Ev$`)

func main() {
	byHeaders := flag.Bool("headers", false, "take what libc++'s headers declare, not debugging information")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: libstdcxx [-headers] LIBRARY...")
		os.Exit(2)
	}
	lines := map[string]string{} // by symbol
	for _, path := range flag.Args() {
		read := read
		if *byHeaders {
			read = readHeaders
		}
		if err := read(path, lines); err != nil {
			fmt.Fprintln(os.Stderr, "libstdcxx:", err)
			os.Exit(1)
		}
	}
	sorted := make([]string, 0, len(lines))
	for symbol, rest := range lines {
		sorted = append(sorted, symbol+"\t"+rest+"\n")
	}
	slices.Sort(sorted)
	w := bufio.NewWriter(os.Stdout)
	for _, line := range sorted {
		w.WriteString(line)
	}
	if err := w.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "libstdcxx:", err)
		os.Exit(1)
	}
}

// readHeaders adds a line for each exported function of a library that libc++'s
// headers declare.
func readHeaders(path string, lines map[string]string) error {
	dir, err := os.MkdirTemp("", "libstdcxx")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	uses, err := declared(path, dir)
	if err != nil {
		return err
	}
	return readOf(path, uses, lines)
}

// read adds a line for each exported function of a library that lines has not.
func read(path string, lines map[string]string) error { return readOf(path, path, lines) }

// readOf adds them by the debugging information of another file.
func readOf(path, info string, lines map[string]string) error {
	f, err := elf.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	exported, err := functions(f)
	if err != nil {
		return fmt.Errorf("read symbols of %s: %w", path, err)
	}
	g, err := elf.Open(info)
	if err != nil {
		return err
	}
	defer g.Close()
	d, err := g.DWARF()
	if err != nil {
		return fmt.Errorf("read debugging information of %s: %w", path, err)
	}
	in := &information{data: d, exported: exported, names: map[dwarf.Offset]string{}, classes: map[string]*class{}, found: map[string]*function{}}
	if err := in.scan(); err != nil {
		return fmt.Errorf("read debugging information of %s: %w", path, err)
	}
	for symbol, fn := range in.found {
		if _, ok := lines[symbol]; ok {
			continue
		}
		if line, ok := in.line(fn); ok {
			lines[symbol] = line
		}
	}
	return nil
}

// functions returns the exported functions with mangled names, without destructors:
// those leave nothing open.
func functions(f *elf.File) (map[string]bool, error) {
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF && elf.ST_TYPE(s.Info) == elf.STT_FUNC && strings.HasPrefix(s.Name, "_Z") && !destructor.MatchString(s.Name) {
			names[s.Name] = true
		}
	}
	return names, nil
}
