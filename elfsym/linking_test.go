package elfsym

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// lazily opens a file as a lazy Cache does.
func lazily(t *testing.T, path string) *File {
	t.Helper()
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	id, err := IDOf(fi)
	if err != nil {
		t.Fatal(err)
	}
	c := Cache{Lazy: true}
	f, err := c.Open(path, id)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestLazy holds that what is read when it is asked for is what is read at once else.
func TestLazy(t *testing.T) {
	t.Parallel()
	path := testkit.Build(t, "testdata/functions.c", "-rdynamic")
	want := mustOpen(t, path)
	for _, c := range []struct {
		what string
		ask  func(f *File) any
	}{
		{"Symbols", func(f *File) any { return slices.Collect(f.Symbols()) }},
		{"PLT", func(f *File) any { return f.PLT() }},
		{"Pointers", func(f *File) any { return f.Pointers() }},
		{"Lookup", func(f *File) any { s, _ := f.Lookup("main"); return s }},
		{"imports", func(f *File) any {
			return imports(f, "puts") || imports(f, "printf") || imports(f, "__libc_start_main")
		}},
		{"VariableAt", func(f *File) any {
			addr, _, _ := want.Variable("variable")
			return f.VariableAt(addr)
		}},
		{"Functions", func(f *File) any { return slices.Collect(functionsOfFile(t, f, path).All()) }},
		{"Uses", func(f *File) any {
			u, err := f.Uses(path)
			if err != nil {
				t.Fatal(err)
			}
			return u
		}},
		{"what headers tell", func(f *File) any {
			return []any{f.Type, f.Entry, f.Interp, f.Dynamic, f.DynAddr, f.BuildID(), f.Segments()}
		}},
	} {
		got, want := c.ask(lazily(t, path)), c.ask(want)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", c.what, got, want)
		}
		if v := reflect.ValueOf(want); !v.IsValid() || v.IsZero() {
			t.Errorf("%s: nothing to compare", c.what)
		}
	}
}

func functionsOfFile(t *testing.T, f *File, path string) *Functions {
	t.Helper()
	fs, err := f.Functions(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

// TestLazyGone asks a file for more that is another one by now.
func TestLazyGone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "program")
	built := readFile(t, testkit.Build(t, "testdata/functions.c", "-rdynamic"))
	if err := os.WriteFile(path, built, 0o755); err != nil {
		t.Fatal(err)
	}
	f := lazily(t, path)
	if err := os.WriteFile(path, built[:len(built)/2], 0o755); err != nil {
		t.Fatal(err)
	}
	if n := len(f.PLT()); n != 0 {
		t.Errorf("%d slots of another file", n)
	}
}

// TestListingBudget lists functions of a file that is lazily read until the budget of all
// lists is used up, and again when they are no longer in use.
func TestListingBudget(t *testing.T) { // alone: the budget is everybody's
	path := testkit.Build(t, "testdata/functions.c", "-O0")
	defer func(limit uint64) { listing.limit = limit }(listing.limit)
	used := listing.used.Load()
	first := lazily(t, path)
	want := functionsOfFile(t, first, path).Len()
	size := listing.used.Load() - used
	if size == 0 {
		t.Fatal("the list takes nothing")
	}
	listing.limit = used + size + size/2
	second := lazily(t, path)
	fs, err := second.Functions(path, nil)
	if err == nil || !strings.Contains(err.Error(), "left of the limit") || fs.Len() >= want {
		t.Errorf("%d functions of %d: %v", fs.Len(), want, err)
	}
	if _, err := mustOpen(t, path).Functions(path, nil); err != nil {
		t.Errorf("a file that is read at once: %v", err)
	}
	runtime.KeepAlive(first)
	first = nil
	testkit.Await(t, "room for another list", func() bool {
		runtime.GC()
		return listing.used.Load() < used+size
	})
	runtime.KeepAlive(second)
}
