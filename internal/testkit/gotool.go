package testkit

import (
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// goTools keeps the paths of tools by their names.
var goTools sync.Map

// GoTool builds a tool that tools/go.mod pins, once per machine, and returns the path of
// the program. What cannot be built fails the test.
func GoTool(t testing.TB, name string) string {
	t.Helper()
	find, _ := goTools.LoadOrStore(name, sync.OnceValues(func() (string, error) {
		mod, err := exec.Command("go", "env", "GOMOD").Output()
		if err != nil {
			return "", err
		}
		tools := filepath.Join(filepath.Dir(string(mod)), "tools", "go.mod")
		path, err := exec.Command("go", "tool", "-modfile="+tools, "-n", name).Output()
		return strings.TrimSpace(string(path)), err
	}))
	path, err := find.(func() (string, error))()
	if err != nil {
		t.Fatalf("build tool %s: %v", name, err)
	}
	return path
}
