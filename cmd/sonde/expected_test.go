package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sonde/internal/testkit"
)

// TestValues compares the trace of programs that know their own, line by line:
// they call libc's functions with values of every class of type.
func TestValues(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, machine string) {
		for _, name := range []string{
			"strings", "formats", "lists", "standard", "maths", "various", "files", "sockets", "threads", "waits", "signals",
			"children", "system",
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				checkExpected(t, ownCalls, "", buildValues(t, name+".c", machine, "-lm"))
			})
		}
	})
}

// TestStructs does the same for structs of many fields, of which -v shows all.
func TestStructs(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, machine string) {
		checkExpected(t, ownCalls, "", buildValues(t, "structs.c", machine))
		checkExpected(t, ownCalls, "-v", buildValues(t, "structs.c", machine, "-DWHOLE"))
	})
}

// TestLibraries does the same for functions of libraries that programs are written with.
func TestLibraries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, name string }{
		{"glib.c", "gobject-2.0"},
		{"curses.c", "ncursesw"},
		{"xml.c", "libxml-2.0"},
		{"curl.c", "libcurl"},
		{"crypto.c", "libcrypto"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			flags, err := exec.Command("pkg-config", "--cflags", "--libs", c.name).Output()
			if err != nil {
				testkit.Lacks(t, "%s has no headers here", c.name)
			}
			checkExpected(t, ownCalls, "", buildValues(t, c.source, "-m64", strings.Fields(string(flags))...))
		})
	}
}

// TestShapes does the same for functions of a program's own library, of which debugging
// information tells, or a file that -F names.
func TestShapes(t *testing.T) {
	t.Parallel()
	const file = "-F testdata/values/shapes.conf"
	if _, err := os.ReadFile("testdata/values/shapes.conf"); err != nil { // so that go test knows of it
		t.Fatal(err)
	}
	eachMachine(t, func(t *testing.T, machine string) {
		for _, c := range []struct{ name, compiler, debug, flag, options string }{
			{"gcc", "CC=gcc", "-g", "-Wl,-z,lazy", ""},
			{"gcc, bound at once", "CC=gcc", "-g", "-Wl,-z,now", ""},
			// Only when told to does clang note that it was given registers for vectors.
			{"clang", "CC=clang", "-g -grecord-command-line", "-DCLANG_BELOW", ""},
			{"a file", "CC=gcc", "-g0", "-Wl,-z,lazy", file},
			{"a file and debugging information", "CC=gcc", "-g", "-Wl,-z,now", file},
		} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				args := append([]string{c.compiler, machine, "-msse2", "-O0", "-w", "-Wno-psabi", "-shared", "-fPIC"}, strings.Fields(c.debug)...)
				library := testkit.Build(t, "testdata/values/shapes.c", args...)
				program := buildValues(t, "shaped.c", machine, "-msse2", c.flag, library, "-Wl,-rpath,"+filepath.Dir(library))
				checkExpected(t, ownCalls, c.options, program)
			})
		}
	})
}

// TestClasses does the same for functions of C++.
func TestClasses(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, machine string) {
		for _, compiler := range []string{"CC=gcc", "CC=clang"} {
			t.Run(compiler, func(t *testing.T) {
				t.Parallel()
				library := testkit.Build(t, "testdata/values/classes.cc", compiler, machine, "-std=c++17", "-g", "-O0", "-shared", "-fPIC")
				program := buildValues(t, "classed.cc", machine, "-std=c++17", library, "-Wl,-rpath,"+filepath.Dir(library))
				checkExpected(t, "*shapes::*@MAIN", "", program)
			})
		}
	})
}

// buildValues compiles a program of testdata/values with the library that it tells
// its trace with.
func buildValues(t *testing.T, source, machine string, flags ...string) string {
	t.Helper()
	library := testkit.Build(t, "testdata/values/expect.c", machine, "-shared", "-fPIC")
	flags = append([]string{machine, "-O0", "-fno-builtin", "-w", "-Wno-psabi", library, "-Wl,-rpath," + filepath.Dir(library)}, flags...)
	return testkit.Build(t, filepath.Join("testdata/values", source), flags...)
}

// ownCalls are the calls of a C program that it knows of.
const ownCalls = "@MAIN-expect*-__libc_start_main-__cxa_finalize"

// checkExpected runs a program that writes the lines which the trace of its calls
// must have.
func checkExpected(t *testing.T, calls, options string, program ...string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trace")
	args := append([]string{testkit.Sonde(t), "-o", file, "-a", "1", "-e", calls}, strings.Fields(options)...)
	c := testkit.Command{
		Args:     append(args, program...),
		Env:      []string{"LC_ALL=C.UTF-8", "TZ=UTC"},
		Trace:    file,
		Deadline: time.Minute,
	}
	r := c.Run(t)
	checkExit(t, r, 0)
	trace, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(r.Stdout, "\n") < 10 {
		t.Fatalf("the program expects next to nothing: %s", r.Describe())
	}
	compareLines(t, strings.ReplaceAll("\n"+wholeLines(string(trace)), "\n"+filepath.Base(program[0])+"->", "\n")[1:],
		r.Stdout+"+++ exited (status 0) +++\n")
}

// compareLines reports where two texts differ. Behind a line that one of them lacks
// nothing can be said.
func compareLines(t *testing.T, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] == w[i] {
			continue
		}
		t.Errorf("line %d:\n got %s\nwant %s", i+1, g[i], w[i])
		if name, _, _ := strings.Cut(w[i], "("); !strings.HasPrefix(g[i], name) {
			return
		}
	}
	if len(g) != len(w) {
		t.Errorf("the trace has %d lines, want %d", len(g)-1, len(w)-1)
	}
}
