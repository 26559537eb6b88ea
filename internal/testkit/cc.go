package testkit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// unusedAge is how long a compiled program is kept after its last use.
const unusedAge = 10 * 24 * time.Hour

// Build compiles the C (.c) or C++ (.cc) file source, a path relative to the
// test's directory, and returns the absolute path of the result: a program, a
// shared library libNAME.so if flags hold -shared, an object if they hold -c.
//
// A first flag CC=clang chooses the compiler (g++ and clang++ follow from gcc
// and clang for C++). Flags come after the source, so libraries, further
// sources and objects may be among them. Each distinct (source, headers beside
// it, files among the flags, flags, compiler) is compiled once per machine,
// not once per test: the result is shared and must not be changed.
//
// A source that does not compile fails the test with the compiler's output; a
// compiler that was asked for with CC= and is not installed skips it.
func Build(t testing.TB, source string, flags ...string) string {
	t.Helper()
	cc, flags, err := compiler(source, flags)
	if err != nil {
		if errors.Is(err, exec.ErrNotFound) && len(flags) > 0 && strings.HasPrefix(flags[0], "CC=") {
			Lacks(t, "compile %s: %v", source, err)
		}
		t.Fatalf("compile %s: %v", source, err)
	}
	key, err := buildKey(cc, source, flags)
	if err != nil {
		t.Fatalf("compile %s: %v", source, err)
	}
	b, _ := builds.LoadOrStore(key, sync.OnceValues(func() (string, error) {
		return compile(cc, source, key, flags)
	}))
	out, err := b.(func() (string, error))()
	if err != nil {
		t.Fatalf("compile %s: %v", source, err)
	}
	return out
}

// builds maps a key to the sync.OnceValues that compiles it.
var builds sync.Map

// compiler returns the path of the compiler for source and the flags without
// the CC= that chose it. With an error it returns all flags.
func compiler(source string, flags []string) (string, []string, error) {
	name, rest := "gcc", flags
	if len(flags) > 0 {
		if cc, ok := strings.CutPrefix(flags[0], "CC="); ok {
			name, rest = cc, flags[1:]
		}
	}
	if ext := filepath.Ext(source); ext == ".cc" {
		switch name {
		case "gcc":
			name = "g++"
		case "clang":
			name = "clang++"
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", flags, err
	}
	return path, rest, nil
}

// buildKey hashes all that the result depends on. It reads every file itself:
// "go test" knows only the files that the test process opens, and would call a
// pass cached although a source that the compiler alone read has changed.
func buildKey(cc, source string, flags []string) (string, error) {
	h := sha256.New()
	tool, err := os.Stat(cc)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(h, "%s %d %d\n%q\n", cc, tool.Size(), tool.ModTime().UnixNano(), flags)
	files := []string{source}
	headers, err := filepath.Glob(filepath.Join(filepath.Dir(source), "*.h"))
	if err != nil {
		return "", err
	}
	files = append(files, headers...)
	for _, f := range flags {
		if fi, err := os.Stat(f); err == nil && fi.Mode().IsRegular() {
			files = append(files, f)
		}
	}
	for _, name := range files {
		if err := hashFile(h, name); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

func hashFile(h hash.Hash, name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(h, "%s %d\n", filepath.Base(name), len(data))
	h.Write(data)
	return nil
}

// compile makes the result for key, unless it is there.
func compile(cc, source, key string, flags []string) (string, error) {
	return keep(key, outputName(source, flags), func(out string) error {
		args := append([]string{"-o", out, source}, flags...)
		if msg, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s %s: %w\n%s", cc, strings.Join(args, " "), err, msg)
		}
		return nil
	})
}

// keep returns the path of the cached file for key, having it made first if
// there is none. Another test process may be at the same: each makes it in a
// directory of its own and renames that into place, and the one that comes
// second takes what is there.
func keep(key, name string, build func(out string) error) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, key)
	if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
		now := time.Now()
		_ = os.Chtimes(dir, now, now) // in use: trim leaves it alone
		return filepath.Join(dir, name), nil
	}
	tmp, err := os.MkdirTemp(cache, "tmp-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	if err := build(filepath.Join(tmp, name)); err != nil {
		return "", err
	}
	if err := os.Chmod(tmp, 0o755); err != nil { // programs may run as another user
		return "", err
	}
	if err := os.Rename(tmp, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return filepath.Join(dir, name), nil
}

// outputName returns the file name of the result: the source's, dressed as
// what the flags ask for.
func outputName(source string, flags []string) string {
	name := strings.TrimSuffix(filepath.Base(source), filepath.Ext(source))
	for _, f := range flags {
		switch f {
		case "-shared":
			return "lib" + strings.TrimPrefix(name, "lib") + ".so"
		case "-c":
			return name + ".o"
		}
	}
	return name
}

// cacheDir returns the directory of compiled programs, made and trimmed once
// per process.
var cacheDir = sync.OnceValues(func() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return os.MkdirTemp("", "sonde-testkit-") // no home: nothing to share with the next run
	}
	dir := filepath.Join(base, "sonde-testkit")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	trim(dir, time.Now().Add(-unusedAge))
	return dir, nil
})

// trim removes the entries of dir that nobody has used since the given time,
// and what compilers that were killed have left.
func trim(dir string, since time.Time) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // nothing to trim, or the next Build tells why
	}
	for _, e := range entries {
		if fi, err := e.Info(); err == nil && fi.ModTime().Before(since) {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}
