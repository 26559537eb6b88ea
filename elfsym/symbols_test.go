package elfsym

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

func buildExports(t testing.TB, flags ...string) string {
	flags = append([]string{"-shared", "-fPIC", "-O1", "-Wl,-soname,libname.so.7", "-Wl,--version-script=testdata/versions.map"}, flags...)
	return testkit.Build(t, "testdata/exports.c", flags...)
}

func TestSymbols(t *testing.T) {
	t.Parallel()
	paths := []string{
		buildExports(t),
		buildExports(t, "-Wl,--hash-style=sysv"),
		buildExports(t, "-Wl,--hash-style=gnu"),
		buildExports(t, "-Wl,--hash-style=both", "-s"),
		buildExports(t, "-fuse-ld=gold", "-Wl,--hash-style=gnu"),
		buildExports(t, "-fuse-ld=lld"),
		buildExports(t, "-fuse-ld=mold"),
		testkit.Build(t, "testdata/plt.c", "-m32", "-shared", "-fPIC"),
		testkit.Build(t, "testdata/plt.c", "-rdynamic"),
		testkit.Build(t, "testdata/plt.c"),
	}
	for _, path := range systemFiles(t) {
		if name := filepath.Base(path); name == "libc.so.6" || name == "libm.so.6" || name == "libstdc++.so.6" || name == "libcrypto.so.3" {
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		f := mustOpen(t, path)
		var got []string
		for s := range f.Symbols() {
			got = append(got, versioned(s))
			if !f.definesAs(s) {
				t.Errorf("%s: Lookup(%q) does not know %+v", path, s.Name, s)
			}
		}
		want, wantImports := readelfSymbols(t, path)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d symbols, readelf has %d", path, len(got), len(want))
		}
		for _, name := range wantImports {
			if !imports(f, name) {
				t.Errorf("%s: %s is not said to be imported", path, name)
			}
		}
	}
}

// imports tells whether the file needs a function by that name from another one.
func imports(f *File, name string) bool {
	for r := range f.named(name) {
		if r.kind == imported {
			return true
		}
	}
	return false
}

func versioned(s Symbol) string {
	switch {
	case s.Version == "":
		return s.Name
	case s.Default:
		return s.Name + "@@" + s.Version
	}
	return s.Name + "@" + s.Version
}

// definesAs reports whether Lookup by the symbol's name finds it, or a default
// version in its place.
func (f *File) definesAs(want Symbol) bool {
	got, ok := f.Lookup(want.Name)
	return ok && (got == want || got.Name == want.Name && (got.Default || !want.Default))
}

// symbolLine matches a line of readelf, which calls an IFUNC "<OS specific>: 10"
// in a file that does not declare the GNU ABI; glibc takes it for one all the same.
var symbolLine = regexp.MustCompile(`(?m)^ +\d+: [0-9a-f]+ +\S+ +(FUNC|IFUNC|<OS specific>: 10|NOTYPE) +(?:GLOBAL|WEAK) +\S+ +(UND|ABS|\d+) (\S+)`)

func readelfSymbols(t *testing.T, path string) (defined, imported []string) {
	t.Helper()
	for _, m := range symbolLine.FindAllStringSubmatch(run(t, "readelf", "--dyn-syms", "-W", path), -1) {
		switch {
		case m[2] == "UND":
			name, _, _ := strings.Cut(m[3], "@")
			imported = append(imported, name)
		case m[1] != "NOTYPE":
			defined = append(defined, m[3])
		}
	}
	return defined, imported
}

func TestLookup(t *testing.T) {
	t.Parallel()
	f := mustOpen(t, buildExports(t))
	for _, test := range []struct {
		name, want string
		ifunc      bool
	}{
		{"f", "f@@LIB_2", false},
		{"gone", "gone@LIB_1", false},
		{"weak_f", "weak_f@@LIB_2", false},
		{"indirect", "indirect@@LIB_2", true},
		{"call_all", "call_all@@LIB_2", false},
		{"data_symbol", "", false}, // no function
		{"old_f", "", false},       // local
		{"hidden", "", false},
		{"elsewhere", "", false}, // not defined here
		{"f@@LIB_2", "", false},
		{"", "", false},
	} {
		s, ok := f.Lookup(test.name)
		got := ""
		if ok {
			got = versioned(s)
		}
		if got != test.want || s.IFUNC != test.ifunc {
			t.Errorf("Lookup(%q) = %q, IFUNC %t, want %q, %t", test.name, got, s.IFUNC, test.want, test.ifunc)
		}
	}
	if !imports(f, "elsewhere") || imports(f, "f") || imports(f, "nothing") {
		t.Error("imports: want elsewhere alone")
	}
}
