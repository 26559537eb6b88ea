package testkit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// BuildGo compiles the Go program in the directory dir, a path relative to the
// test's directory, with the flags of "go build", and returns the absolute path
// of the result. Flags NAME=VALUE set variables of the environment instead
// (CGO_ENABLED=0). As with Build, each distinct program is compiled once per
// machine, the result is shared, and what does not compile fails the test.
func BuildGo(t testing.TB, dir string, flags ...string) string {
	t.Helper()
	key, err := goBuildKey(dir, flags)
	if err != nil {
		t.Fatalf("compile %s: %v", dir, err)
	}
	b, _ := builds.LoadOrStore(key, sync.OnceValues(func() (string, error) {
		return keep(key, filepath.Base(dir), func(out string) error { return goBuild(dir, out, flags) })
	}))
	out, err := b.(func() (string, error))()
	if err != nil {
		t.Fatalf("compile %s: %v", dir, err)
	}
	return out
}

// goBuildKey hashes all that the result depends on, for the reason that
// buildKey gives.
func goBuildKey(dir string, flags []string) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "go %s %s\n%q\n", runtime.Version(), runtime.GOARCH, flags)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return "", err
	}
	if len(files) == 0 {
		return "", fmt.Errorf("no files in %s", dir)
	}
	for _, name := range files {
		if err := hashFile(h, name); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

func goBuild(dir, out string, flags []string) error {
	args := []string{"build", "-buildvcs=false", "-trimpath", "-o", out}
	env := os.Environ()
	for _, f := range flags {
		if strings.HasPrefix(f, "-") {
			args = append(args, f)
		} else {
			env = append(env, f)
		}
	}
	cmd := exec.Command("go", append(args, "./"+filepath.ToSlash(dir))...)
	cmd.Env = env
	if msg, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(cmd.Args[1:], " "), err, msg)
	}
	return nil
}
