package cxx

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ianlancetaylor/demangle"

	"sonde/internal/testkit"
	"sonde/prototype"
)

// TestLayouts holds the types of the standard library's classes against objects
// that compilers have made.
func TestLayouts(t *testing.T) {
	for _, c := range []struct {
		name  string
		model *prototype.Model
		flags []string
	}{
		{"libstdc++", prototype.LP64, []string{"-std=c++17"}},
		{"libstdc++ 32-bit", prototype.ILP32, []string{"-std=c++17", "-m32"}},
		{"libstdc++ old ABI", prototype.LP64, []string{"-std=c++17", "-D_GLIBCXX_USE_CXX11_ABI=0"}},
		{"libstdc++ old ABI 32-bit", prototype.ILP32, []string{"-std=c++17", "-D_GLIBCXX_USE_CXX11_ABI=0", "-m32"}},
		{"libc++", prototype.LP64, []string{"CC=clang", "-std=c++17", "-stdlib=libc++"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := testkit.Build(t, "testdata/layouts.cc", c.flags...)
			dump := filepath.Join(t.TempDir(), "memory")
			out, err := exec.Command(program, dump).Output()
			if err != nil {
				t.Fatal(err)
			}
			p, err := os.ReadFile(dump)
			if err != nil {
				t.Fatal(err)
			}
			m := readMemory(p)
			lines := strings.Split(string(bytes.TrimSpace(out)), "\n")
			if len(lines) < 50 {
				t.Fatalf("%d objects", len(lines))
			}
			for _, line := range lines {
				checkObject(t, m, c.model, strings.Split(line, "\t"))
			}
		})
	}
}

// checkObject checks how one object is shown: its type's mangled name, where it
// is and what it holds.
func checkObject(t *testing.T, m memory, model *prototype.Model, object []string) {
	t.Helper()
	name, err := demangle.ToString("_ZTI"+object[0], demangle.Verbose)
	if err != nil {
		t.Fatalf("%s: %v", object[0], err)
	}
	name = strings.TrimPrefix(name, "typeinfo for ")
	a, err := strconv.ParseUint(object[1], 0, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	typ, ok := Pretty(name)
	if !ok {
		t.Errorf("%s: not known", name)
		return
	}
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s: %v", name, r)
		}
	}()
	v := &viewer{m: m, model: model}
	if got := v.show(typ, a); got != object[2] {
		t.Errorf("%s: %s, want %s", name, got, object[2])
	}
}
