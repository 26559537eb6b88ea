package elfsym

import (
	"fmt"
	"path/filepath"
	"slices"
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
		if dir == "/usr/lib32" || strings.Contains(path, "/libstdc++") || strings.Contains(path, "/libc.") {
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

// readelfPointers returns "ADDR KIND NAME@VERSION" for each relocation of a
// function, sorted by address.
func readelfPointers(t *testing.T, path string) []string {
	t.Helper()
	var pointers []string
	for _, r := range testkit.FunctionRelocations(t, path) {
		kind := r.Type
		if kind == "64" || kind == "32" {
			kind = Address.String()
		}
		pointers = append(pointers, fmt.Sprintf("%x %s %s", r.Addr, kind, r.Symbol))
	}
	return pointers
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
