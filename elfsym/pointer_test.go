package elfsym

import (
	"debug/elf"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// buildIn compiles testdata/NAME with flags that are separated by spaces.
func buildIn(t testing.TB, name, flags string) string {
	t.Helper()
	return testkit.Build(t, "testdata/"+name, append([]string{"-O1", "-fno-builtin"}, strings.Fields(flags)...)...)
}

func TestPointersOfLinkers(t *testing.T) {
	t.Parallel()
	for _, flags := range slices.Concat(linkages, linkages32) {
		comparePointers(t, buildIn(t, "plt.c", flags))
	}
}

func TestPointersOfSystem(t *testing.T) {
	t.Parallel()
	for _, path := range systemFiles(t) {
		dir := filepath.Dir(path)
		if dir == "/usr/lib32" || strings.Contains(path, "/libstdc++") || strings.Contains(path, "/libc.") || filepath.Base(path) < "c" {
			comparePointers(t, path)
		}
	}
}

// comparePointers holds the pointers of a file against what readelf says of its
// relocations.
func comparePointers(t *testing.T, path string) {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		return // TestPLTOfSystem tells
	}
	var got []string
	for _, p := range f.Pointers() {
		name := p.Symbol
		if p.Version != "" {
			name += "@" + p.Version
		}
		got = append(got, fmt.Sprintf("%x %s %s", p.Addr, p.Kind, name))
	}
	want := readelfPointers(t, path)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %d pointers, want %d", path, len(got), len(want))
		for _, p := range got {
			if !slices.Contains(want, p) {
				t.Errorf("not in readelf: %s", p)
			}
		}
		for _, p := range want {
			if !slices.Contains(got, p) {
				t.Errorf("only in readelf: %s", p)
			}
		}
	}
}

var (
	// pointerLine is a line of readelf -r: address, info, type, value of the
	// symbol or the resolver, symbol, addend.
	pointerLine = regexp.MustCompile(`(?m)^([0-9a-f]+) +([0-9a-f]+) R_(?:X86_64|386)_(JUMP_SLOT|GLOB_DAT|64|32|IRELATIVE?) +(?:([0-9a-f]+)(?: +(\S+))?)?(?: \+ ([0-9a-f]+))?$`)
	// typeLine is a line of readelf --dyn-syms.
	typeLine = regexp.MustCompile(`(?m)^ +(\d+): [0-9a-f]+ +\S+ +(FUNC|IFUNC|<OS specific>: 10|NOTYPE) +\S+ +\S+ (?:.*?)(UND|ABS|\d+) (\S+)`)
)

// readelfPointers returns "ADDR KIND NAME@VERSION" for each relocation of a
// function, sorted by address.
func readelfPointers(t *testing.T, path string) []string {
	t.Helper()
	functions := make(map[uint64]bool) // by index in .dynsym
	for _, m := range typeLine.FindAllStringSubmatch(run(t, "readelf", "--dyn-syms", "-W", path), -1) {
		if m[2] != "NOTYPE" || m[3] == "UND" {
			functions[mustUint(t, m[1], 10)] = true
		}
	}
	type line struct {
		addr uint64
		text string
	}
	var lines []line
	for _, m := range pointerLine.FindAllStringSubmatch(run(t, "readelf", "-rW", path), -1) {
		addr, info := mustUint(t, m[1], 16), mustUint(t, m[2], 16)
		index := info >> 8
		if len(m[2]) > 8 {
			index = info >> 32
		}
		kind, name := m[3], strings.Replace(m[5], "@@", "@", 1)
		switch kind {
		case "64", "32":
			kind = Address.String()
			if addend := strings.TrimLeft(m[6], "0"); addend != "" {
				continue
			}
		case "IRELATIV", "IRELATIVE":
			kind, name = IRelative.String(), ""
		}
		if kind == JumpSlot.String() || kind == IRelative.String() || functions[index] {
			lines = append(lines, line{addr, fmt.Sprintf("%x %s %s", addr, kind, name)})
		}
	}
	if e, err := elf.Open(path); err != nil {
		t.Fatal(err)
	} else {
		defer e.Close()
		if e.Section(".dynamic") == nil {
			return nil
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return int(int64(a.addr - b.addr)) })
	var pointers []string
	for i, l := range lines {
		if i == 0 || lines[i-1].addr != l.addr {
			pointers = append(pointers, l.text)
		}
	}
	return pointers
}

func mustUint(t testing.TB, s string, base int) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, base, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPointerLocal(t *testing.T) {
	t.Parallel()
	for _, flags := range []string{"", "-m32"} {
		path := buildIn(t, "sites.c", "-shared -fPIC "+flags)
		f := mustOpen(t, path)
		local := make(map[string]uint64)
		for _, p := range f.Pointers() {
			if p.Kind == IRelative {
				if !p.IFUNC || p.Local == 0 {
					t.Errorf("%q: %+v has no resolver", flags, p)
				}
				continue
			}
			local[p.Symbol] = p.Local
		}
		for name, addr := range local {
			want := uint64(0)
			if s, ok := f.Lookup(name); ok {
				want = s.Value
			}
			if addr != want {
				t.Errorf("%q: %s is at %#x, the file has it at %#x", flags, name, addr, want)
			}
		}
		if _, ok := local["calls"]; !ok || local["exported"] == 0 || local["chosen"] == 0 {
			t.Errorf("%q: pointers %+v", flags, f.Pointers())
		}
	}
}
