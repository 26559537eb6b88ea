package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the kernel refuses to run is told by what the file is.
func TestWhyUnrunnable(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	program = program[:4096]
	arm := append([]byte(nil), program...)
	arm[18], arm[19] = 183, 0 // EM_AARCH64 in e_machine
	for _, c := range []struct {
		name string
		text []byte
		want string
	}{
		{"nothing", nil, "it is empty"},
		{"text", []byte("echo output\n"), "neither a program nor a script that begins with #!"},
		{"another machine", arm, "machine not supported: AARCH64, 64-bit"},
		{"half a header", program[:32], "truncated"},
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, c.text, 0o755); err != nil {
			t.Fatal(err)
		}
		if got := whyUnrunnable(path); !strings.Contains(got, c.want) || strings.Contains(got, path) {
			t.Errorf("%s: %q, want %q, and no path", c.name, got, c.want)
		}
	}
}

func TestFindProgramUnnamed(t *testing.T) {
	if path, err := FindProgram("", os.Getenv("PATH")); err == nil || FindStatus(err) != ExitNotFound {
		t.Errorf("a command without a name is %q: %v", path, err)
	}
}
