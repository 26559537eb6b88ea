package testkit

import (
	"cmp"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Relocation is a relocation that makes a pointer at a function, by what
// readelf says.
type Relocation struct {
	Addr   uint64 // of the pointer, at link time
	Type   string // JUMP_SLOT, GLOB_DAT, 64, 32 or IRELATIVE
	Symbol string // NAME or NAME@VERSION; "" for IRELATIVE
}

var (
	// relocLine is a line of readelf -r: address, info, type, value of the
	// symbol or the resolver, symbol, addend.
	relocLine = regexp.MustCompile(`^([0-9a-f]+) +([0-9a-f]+) R_(?:X86_64|386)_(JUMP_SLOT|GLOB_DAT|64|32|IRELATIVE?) +(?:([0-9a-f]+)(?: +(\S+))?)?(?: \+ ([0-9a-f]+))?$`)
	// symbolLine is a line of readelf --dyn-syms.
	symbolLine = regexp.MustCompile(`^ +(\d+): [0-9a-f]+ +\S+ +(FUNC|IFUNC|<OS specific>: 10|NOTYPE) +\S+ +\S+ (?:.*?)(UND|ABS|\d+) (\S+)`)
)

// FunctionRelocations returns the relocations of functions in the file at path,
// sorted by address, the first of each: those made for slots of the linkage
// table, and others whose symbol is a function, or may be one where another file
// defines it.
func FunctionRelocations(t testing.TB, path string) []Relocation {
	t.Helper()
	out := readelf(t, "-r", "--dyn-syms", path)
	functions := make(map[uint64]bool) // by index in .dynsym, which comes last
	for line := range strings.Lines(out) {
		m := symbolLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m != nil && (m[2] != "NOTYPE" || m[3] == "UND") {
			functions[parseUint(t, m[1], 10)] = true
		}
	}
	var relocs []Relocation
	for line := range strings.Lines(out) {
		m := relocLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			continue
		}
		r := Relocation{Addr: parseUint(t, m[1], 16), Type: m[3], Symbol: strings.Replace(m[5], "@@", "@", 1)}
		index := parseUint(t, m[2], 16) >> 8 // ELF32_R_SYM
		if len(m[2]) > 8 {
			index >>= 24 // ELF64_R_SYM
		}
		switch r.Type {
		case "IRELATIV", "IRELATIVE":
			r.Type, r.Symbol = "IRELATIVE", ""
		case "64", "32":
			if !functions[index] || strings.TrimLeft(m[6], "0") != "" {
				continue // the address of a variable, or somewhere behind a function's
			}
		case "GLOB_DAT":
			if !functions[index] {
				continue
			}
		}
		relocs = append(relocs, r)
	}
	slices.SortStableFunc(relocs, func(a, b Relocation) int { return cmp.Compare(a.Addr, b.Addr) })
	return slices.CompactFunc(relocs, func(a, b Relocation) bool { return a.Addr == b.Addr })
}

// relativeLine is a line of readelf -r: a relocation without a symbol, or an
// address out of .relr.dyn.
var relativeLine = regexp.MustCompile(`^([0-9a-f]{8,16})(?: +[0-9a-f]+ R_(?:X86_64|386)_RELATIVE\b.*)?$`)

// RelativeRelocations returns the addresses of the pointers in the file at path
// that are moved with the file: at functions and variables of its own.
func RelativeRelocations(t testing.TB, path string) map[uint64]bool {
	t.Helper()
	relative := make(map[uint64]bool)
	for line := range strings.Lines(readelf(t, "-r", path)) {
		if m := relativeLine.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			relative[parseUint(t, m[1], 16)] = true
		}
	}
	return relative
}

// readelf returns what readelf -W prints.
func readelf(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command("readelf", append([]string{"-W"}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("readelf %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

func parseUint(t testing.TB, s string, base int) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, base, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
