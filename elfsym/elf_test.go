package elfsym

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Where an ELF header has the offset of the section headers.
const (
	shoff   = 40
	shoff32 = 32
)

// readFile returns a copy of a file that a test may damage.
func readFile(t testing.TB, path string) []byte {
	t.Helper()
	p, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run returns what a tool prints.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return string(out)
}

func mustOpen(t testing.TB, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func mustParse(t testing.TB, p []byte) *File {
	t.Helper()
	f, err := Parse(bytes.NewReader(p), int64(len(p)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// withoutSections returns the file as sstrip leaves it.
func withoutSections(p []byte) []byte {
	return withSectionsAt(p, 0)
}

// systemFiles returns the programs and libraries of the system, each file once
// whatever its number of names.
func systemFiles(t testing.TB) []string {
	t.Helper()
	var files []string
	seen := make(map[ID]bool)
	for _, pattern := range []string{"/usr/bin/*", "/usr/sbin/*", "/usr/lib/*/*.so*", "/usr/lib/*/*/*.so*", "/lib64/*", "/usr/lib32/*.so*"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			fi, err := os.Stat(name)
			if err != nil || !fi.Mode().IsRegular() {
				continue
			}
			id, err := IDOf(fi)
			if err != nil {
				t.Fatal(err)
			}
			if !seen[id] && isELF(name) {
				files = append(files, name)
			}
			seen[id] = true
		}
	}
	if len(files) < 20 {
		t.Fatalf("only %d ELF files found on this system", len(files))
	}
	return files
}

func isELF(name string) bool {
	fh, err := os.Open(name)
	if err != nil {
		return false
	}
	defer fh.Close()
	magic := make([]byte, 4)
	n, _ := fh.Read(magic)
	return string(magic[:n]) == elf.ELFMAG
}
