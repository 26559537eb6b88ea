package main

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestPython compares the trace of a program that runs CPython in itself, and knows what
// it calls it with, for all versions of which the layouts are known.
func TestPython(t *testing.T) {
	t.Parallel()
	built := 0
	for _, py := range testkit.PythonsFrom(t, 8) {
		if py.Minor > 13 {
			continue
		}
		out, err := exec.Command(py.Path, "-c", `import sysconfig as s; v = s.get_config_var; print(`+
			`"-I" + s.get_path("include"), "-L" + v("LIBDIR"), "-Wl,-rpath," + v("LIBDIR"), "-lpython" + v("LDVERSION"), v("Py_ENABLE_SHARED"))`).Output()
		if err != nil {
			t.Fatal(err)
		}
		flags := strings.Fields(string(out))
		shared := flags[len(flags)-1] == "1"
		if exec.Command("test", "-e", strings.TrimPrefix(flags[0], "-I")+"/Python.h").Run() != nil || !shared {
			continue
		}
		built++
		t.Run(fmt.Sprintf("3.%d", py.Minor), func(t *testing.T) {
			const calls = ownCalls + "-PyRun_StringFlags"
			flags := flags[:len(flags)-1]
			checkExpected(t, calls, "", buildValues(t, "python.c", "-m64", flags...))
			if py.Minor < 10 {
				checkExpected(t, calls, "", buildValues(t, "python.c", "-m64", append(flags, "-DINTS")...))
			}
		})
	}
	if built == 0 {
		testkit.Lacks(t, "no headers of CPython are installed, or no library of it")
	}
}
