package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

const (
	libraries = 300 // of library.c, 333 PLT slots each
	sources   = "testdata"
)

// command runs a command for its effect; the error holds what it said.
func command(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // the tools are built as the Makefile does it
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// moduleDir returns the directory of the module that this program is part of.
func moduleDir() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "sonde").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// buildTool builds one of the tools into a directory, once, and returns its path.
func buildTool(dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := command("go", "build", "-o", path, "-ldflags", "-E sonde_entry", "sonde/cmd/"+name); err != nil {
		return "", err
	}
	// It is measured as it is installed, a copy: what the linker writes here and there
	// comes in smaller pieces from the page cache, and starts more slowly.
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.Remove(path)
	}
	if err == nil {
		err = os.WriteFile(path, text, 0o755)
	}
	return path, err
}

// compile builds testdata/NAME.c into a directory, once, and returns the
// program's path.
func compile(dir, name string, flags ...string) (string, error) {
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	source, err := sourceFile(name + ".c")
	if err != nil {
		return "", err
	}
	args := append([]string{"-O1", "-fno-builtin", "-pthread", "-o", path, source}, flags...)
	return path, command("gcc", args...)
}

func sourceFile(name string) (string, error) {
	module, err := moduleDir()
	return filepath.Join(module, "bench", sources, name), err
}

// compileMany builds a program that loads all the libraries.
func compileMany(dir string) (string, error) {
	path := filepath.Join(dir, "many")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	source, err := sourceFile("library.c")
	if err != nil {
		return "", err
	}
	if err := eachLibrary(func(n int) error {
		return command("gcc", "-shared", "-fPIC", "-O1", fmt.Sprintf("-DLIB=%d", n),
			"-o", filepath.Join(dir, libraryName(n)), source)
	}); err != nil {
		return "", err
	}
	flags := []string{"-o", path, "-Wl,--no-as-needed", "-Wl,-rpath," + dir, "-L" + dir}
	for n := range libraries {
		flags = append(flags, "-l:"+libraryName(n))
	}
	if source, err = sourceFile("wait.c"); err != nil {
		return "", err
	}
	return path, command("gcc", append([]string{source}, flags...)...)
}

func libraryName(n int) string { return fmt.Sprintf("libmany%d.so", n) }

// eachLibrary calls build for each library's number, on all CPUs, and returns
// the first error.
func eachLibrary(build func(n int) error) error {
	numbers := make(chan int)
	errs := make(chan error, libraries)
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Go(func() {
			for n := range numbers {
				errs <- build(n)
			}
		})
	}
	for n := range libraries {
		numbers <- n
	}
	close(numbers)
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
