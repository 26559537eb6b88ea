package capture

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"sonde/prototype"
	"sonde/sysdeps"
)

// TestSystemCalls holds that each call of a machine has a declaration, and that
// none is for a call that no machine has: it would be a slip in a name.
func TestSystemCalls(t *testing.T) {
	s := prototype.NewShelf(prototype.ShelfOptions{
		Env: func(string) string { return "" }, Installed: []string{},
		Report: func(err error) { t.Error(err) },
	})
	known := map[string]bool{}
	for _, arch := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
		names := maps.Collect(arch.Syscalls.All())
		for nr := range arch.Syscalls.All() {
			maps.Insert(names, arch.Syscalls.Parts(nr))
			if entry := arch.Syscalls.Entry(nr); entry != names[nr] {
				names[-nr] = entry
			}
		}
		for _, name := range names {
			known[name] = true
			p := s.SystemCall(arch.Name, name)
			if p == nil {
				t.Errorf("%s: %s is not declared", arch.Name, name)
				continue
			}
			if n := len(p.Params); n > 6 {
				t.Errorf("%s: %s has %d arguments", arch.Name, p, n)
			}
		}
	}
	paths, err := filepath.Glob("../prototype/shipped/syscalls*.conf")
	if err != nil || len(paths) == 0 {
		t.Fatal("no files of system calls:", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := prototype.Parse(path, string(text))
		for _, name := range f.Functions() {
			if !known[name] {
				t.Errorf("%s declares %s, which is no system call", path, name)
			}
		}
	}
}
