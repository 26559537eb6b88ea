package inspect

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// copyOf copies a program to a directory of the test's.
func copyOf(t *testing.T, program string) string {
	t.Helper()
	p, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, p, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMoved moves the executable of a process away in several ways.
func TestMoved(t *testing.T) {
	original := testkit.Build(t, "../corefile/testdata/threads.c", "-pthread")
	for _, c := range []struct {
		name string
		move func(path string) error
		path string // what is behind it
		want error
	}{
		{"not", func(string) error { return nil }, "", nil},
		{"deleted", os.Remove, "", ErrDeleted},
		{"replaced", func(path string) error {
			return os.Rename(copyOf(t, "/bin/true"), path)
		}, "", ErrReplaced},
		{"renamed", func(path string) error { return os.Rename(path, path+deletedMark) }, deletedMark, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := copyOf(t, original)
			p := testkit.StartTarget(t, nil, program)
			testkit.AwaitPause(t, p.PID, 4)
			if err := c.move(program); err != nil {
				t.Fatal(err)
			}
			for _, target := range []string{strconv.Itoa(p.PID), dump(t, p.PID)} {
				r := testkit.Run(t, testkit.Tool(t, "fexe"), target)
				if strings.HasPrefix(target, "/") && c.name == "renamed" {
					continue // a core file cannot tell that from a file that is gone
				}
				status := 0
				if c.want != nil {
					status = exitFailed
				}
				if r.Stdout != program+c.path+"\n" || r.Status.ExitStatus() != status || c.want != nil && !strings.Contains(r.Stderr, c.want.Error()) {
					t.Errorf("%s: %s", target, r.Describe())
				}
			}
		})
	}
}

// TestScript runs a script whose interpreter is a script.
func TestScript(t *testing.T) {
	dir := t.TempDir()
	program := testkit.Build(t, "../corefile/testdata/threads.c", "-pthread")
	inner, outer := filepath.Join(dir, "inner"), filepath.Join(dir, "outer")
	for path, text := range map[string]string{
		inner:                        "#! " + program + "\targument\n",
		outer:                        "#!" + inner + "\n",
		filepath.Join(dir, "circle"): "#!" + filepath.Join(dir, "circle") + "\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if got := run(t, "fexe", outer); got != program+"\n" {
		t.Errorf("%q", got)
	}
	want := program + "\n\tscript: " + outer + "\n\tscript: " + inner + "\n"
	if got := run(t, "fexe", "-v", outer); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	p := testkit.StartTarget(t, nil, outer)
	testkit.AwaitPause(t, p.PID, 4)
	for _, target := range []string{strconv.Itoa(p.PID), dump(t, p.PID)} {
		got := run(t, "fexe", "-v", target)
		if !strings.HasPrefix(got, program+"\n") || !strings.Contains(got, "\tstarted as: "+outer+"\n") {
			t.Errorf("%s: %s", target, got)
		}
	}
	r := testkit.Run(t, testkit.Tool(t, "fexe"), filepath.Join(dir, "circle"))
	if r.Status.ExitStatus() != exitFailed || !strings.Contains(r.Stderr, "more than 5 interpreters") {
		t.Errorf("%s", r.Describe())
	}
	sh, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	if got := run(t, "fexe", "sh"); filepath.Base(strings.TrimSpace(got)) != filepath.Base(sh) {
		t.Errorf("sh is %q, want %q", got, sh)
	}
}
