package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Python is an interpreter that is installed.
type Python struct {
	Path  string // of the executable itself
	Minor int    // 11 of 3.11
}

// Pythons returns the CPythons from 3.11 on that are installed: the system's, and those of
// the list SONDE_PYTHONS in the environment, in which colons part paths. The test is
// skipped where there is none.
func Pythons(t testing.TB) []Python {
	t.Helper()
	return PythonsFrom(t, 11)
}

// PythonsFrom does the same for another first minor version.
func PythonsFrom(t testing.TB, first int) []Python {
	t.Helper()
	var all []Python
	for _, path := range append(filepath.SplitList(os.Getenv("SONDE_PYTHONS")), "/usr/bin/python3") {
		out, err := exec.Command(path, "-c", "import os, sys; print(sys.version_info[1], os.path.realpath(sys.executable))").Output()
		minor, exe, ok := strings.Cut(strings.TrimSpace(string(out)), " ")
		n, _ := strconv.Atoi(minor)
		if err == nil && ok && n >= first {
			all = append(all, Python{exe, n})
		}
	}
	if len(all) == 0 {
		Lacks(t, "no CPython 3.%d or later is installed", first)
	}
	return all
}
