package elfsym

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"sonde/internal/testkit"
)

// searchAll looks functions up in both ways: at the first and the last byte of functions
// all over the file, and before and behind them.
func searchAll(t *testing.T, path string, where *DebugFinder) {
	t.Helper()
	f := mustOpen(t, path)
	s, err := f.openSearch(path, where)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	fs := functionsOf(t, path, where)
	const most = 200
	step, n := fs.Len()/most+1, 0
	for want := range fs.All() {
		if n++; n%step != 0 {
			continue
		}
		for _, addr := range []uint64{want.Value - 1, want.Value, want.Value + want.Size/2, want.Value + want.Size - 1, want.Value + want.Size} {
			want, ok := fs.At(addr)
			want.Version, want.Default = "", false
			got, found, err := s.at(addr)
			got.Version, got.Default = "", false
			if got != want || found != ok || err != nil {
				t.Errorf("%s: at %#x is %+v, %t, %v, want %+v, %t", path, addr, got, found, err, want, ok)
			}
		}
	}
	if n == 0 {
		t.Errorf("%s: no functions", path)
	}
}

// TestSearch holds the search in tables against the list of all functions.
func TestSearch(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"-O0"}, {"-O2", "-rdynamic"}, {"-m32"}, {"-static"}} {
		searchAll(t, testkit.Build(t, "testdata/functions.c", flags...), nil)
	}
	p := strip(t, buildID)
	p.link(t)
	p.install(t, p.debug, "usr/bin/program.debug")
	searchAll(t, p.program, &DebugFinder{Dirs: []string{p.dir}})
	mini := filepath.Join(t.TempDir(), "mini")
	if err := os.WriteFile(mini, miniDebugInfo(t, testkit.Build(t, "testdata/functions.c", "-O2", "-rdynamic")), 0o755); err != nil {
		t.Fatal(err)
	}
	searchAll(t, mini, nil)
	for _, pattern := range []string{"/lib/*/libc.so.6", "/usr/lib32/libc.so.6", "/usr/lib/*/libstdc++.so.6", "/usr/lib/*/ld-linux*", "/usr/bin/bash"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			searchAll(t, path, &DebugFinder{})
		}
	}
}

// TestSearchedOften holds that who asks often asks the list of all functions; that files
// without section headers are listed, and those of Go, whose names stand elsewhere.
func TestSearchedOften(t *testing.T) {
	t.Parallel()
	path := testkit.Build(t, "testdata/functions.c")
	f := mustOpen(t, path)
	first, ok := f.FunctionAt(path, nil, f.Entry)
	if !ok || f.functions.found != nil {
		t.Fatalf("%+v, %t, listed %t", first, ok, f.functions.found != nil)
	}
	for range maxSearches {
		if got, _ := f.FunctionAt(path, nil, f.Entry); got != first {
			t.Fatalf("%+v, want %+v", got, first)
		}
	}
	if f.functions.found == nil {
		t.Errorf("not listed after %d times", f.searching.times)
	}
	golang, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mustOpen(t, golang).openSearch(golang, nil); err != errListed {
		t.Errorf("a program in Go: %v", err)
	}
	bare, err := ParseBytes(withoutSections(bytes.Clone(readFile(t, path))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bare.openSearch("", nil); err != errListed {
		t.Errorf("a file without section headers: %v", err)
	}
}
