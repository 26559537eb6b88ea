package prototype_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sonde/prototype"
)

// TestSystemCallFiles holds in what order the places are asked.
func TestSystemCallFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/sonde.conf", "int SYS_close(int mine)\nint close(int not)\n")
	write(t, dir+"/d/syscalls.conf", "int close(int of_dir)\nint read(int of_dir)\nint mmap(int of_dir)\n")
	write(t, dir+"/d/syscalls-i386.conf", "int mmap(int of_i386)\n")
	s := prototype.NewShelf(prototype.ShelfOptions{
		Files: []string{dir + "/sonde.conf", dir + "/d"},
		Env:   func(string) string { return "" }, Installed: []string{},
		Report: func(err error) { t.Error(err) },
	})
	for _, c := range []struct{ machine, name, want string }{
		{"amd64", "close", "int SYS_close(int mine)"},
		{"amd64", "read", "int read(int of_dir)"},
		{"amd64", "mmap", "int mmap(int of_dir)"},
		{"i386", "mmap", "int mmap(int of_i386)"},
		{"amd64", "munlockall", "int munlockall() fails(-errno)"},
		{"i386", "nice", "int nice(int inc) fails(-errno)"},
		{"amd64", "nice", ""},
		{"amd64", "syscall_0x1ff", ""},
	} {
		got := ""
		if p := s.SystemCall(c.machine, c.name); p != nil {
			got = p.String()
		}
		if got != c.want {
			t.Errorf("%s of %s: %q, and not %q", c.name, c.machine, got, c.want)
		}
	}
	if !slices.Contains(s.Names("libc.so.6"), "strlen") {
		t.Error("a library's own files are not read any more")
	}
}

// TestSystemCallNames holds that what numbers are called can be typed: no header
// has other names.
func TestSystemCallNames(t *testing.T) {
	files, err := filepath.Glob("shipped/syscalls*.conf")
	if err != nil || len(files) == 0 {
		t.Fatalf("the files of system calls: %q, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			odd := strings.IndexFunc(line, func(r rune) bool { return r != '\t' && r != '\n' && (r < ' ' || r > '~') })
			if odd >= 0 || strings.Contains(line, "???") {
				t.Errorf("%s:%d: %q has what no name has", file, n, line)
			}
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
