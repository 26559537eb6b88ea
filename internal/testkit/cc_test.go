package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestBuildSeesChanges changes a source, its header and the flags: each gives
// another program, and the same ones the same again.
func TestBuildSeesChanges(t *testing.T) {
	dir := t.TempDir()
	source, header := filepath.Join(dir, "status.c"), filepath.Join(dir, "status.h")
	write(t, source, "#include \"status.h\"\nint main(void) { return STATUS + EXTRA; }\n")
	run := func(flags ...string) (string, int) {
		path := Build(t, source, flags...)
		r := Run(t, path)
		return path, r.Status.ExitStatus()
	}
	write(t, header, "#define STATUS 1\n")
	first, status := run("-DEXTRA=0")
	if status != 1 {
		t.Errorf("status %d, want 1", status)
	}
	if again, _ := run("-DEXTRA=0"); again != first {
		t.Errorf("compiled twice: %s and %s", first, again)
	}
	if path, status := run("-DEXTRA=5"); status != 6 || path == first {
		t.Errorf("other flags: status %d of %s, want 6", status, path)
	}
	write(t, header, "#define STATUS 2\n")
	if _, status := run("-DEXTRA=0"); status != 2 {
		t.Errorf("header changed: status %d, want 2", status)
	}
	write(t, source, "int main(void) { return 9; }\n")
	if _, status := run("-DEXTRA=0"); status != 9 {
		t.Errorf("source changed: status %d, want 9", status)
	}
}

func TestBuildNamesResult(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		source, text string
		flags        []string
		want         string
	}{
		{"a.c", "int main(void) { return 0; }\n", nil, "a"},
		{"b.cc", "int main() { throw 1; }\n", nil, "b"},
		{"c.c", "int c;\n", []string{"-shared", "-fPIC"}, "libc.so"},
		{"libd.c", "int d;\n", []string{"-shared", "-fPIC"}, "libd.so"},
		{"e.c", "int e;\n", []string{"-c"}, "e.o"},
	} {
		source := filepath.Join(dir, c.source)
		write(t, source, c.text)
		if got := filepath.Base(Build(t, source, c.flags...)); got != c.want {
			t.Errorf("%s %v is %s, want %s", c.source, c.flags, got, c.want)
		}
	}
}

// TestCompileError has the compiler's words in the error.
func TestCompileError(t *testing.T) {
	source := filepath.Join(t.TempDir(), "bad.c")
	write(t, source, "int main(void) { return no_such_name; }\n")
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Fatal(err)
	}
	_, err = compile(gcc, source, "no-such-key", nil)
	if err == nil || !strings.Contains(err.Error(), "no_such_name") {
		t.Errorf("the error is %v", err)
	}
}
