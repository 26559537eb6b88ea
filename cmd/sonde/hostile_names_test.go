package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"sonde/internal/testkit"
)

// nasty is in the names of files; a name has no slash and no zero.
const nasty = "\x1b[7m\x1b]0;title\a\n+++ exited\u202e\u200b\u0085\x9b\x7f\""

// ownSequences are what --color writes, and nothing else does.
var ownSequences = regexp.MustCompile(`\x1b\[(?:1|32|34|36|1;31|1;34|1;35)?m`)

// TestHostileNames traces a program that would like to draw on the terminal, and reads what
// is shown of it byte by byte.
func TestHostileNames(t *testing.T) {
	dir := t.TempDir()
	program := linkHostile(t, dir)
	for _, c := range []struct{ env, options string }{
		{"LC_ALL=C", ""},
		{"LC_ALL=C.UTF-8", ""},
		{"LC_ALL=C.UTF-8", "-s 1048576"},
		{"LC_ALL=C.UTF-8", "-f -i -r -T --names -s 200 -e @* -x own*+evil*"},
		{"LC_ALL=C.UTF-8", "-l lib*.so -k"},
		{"LC_ALL=C.UTF-8", "-S -yy -v -s 200"},
		{"LC_ALL=C.UTF-8", "-S -yy --color=always -s 200 -x own*"},
		{"COLUMNS=40", "--fit --color=always -e @* -w 3"},
		{"COLUMNS=1", "--fit"},
		{"LC_ALL=C.UTF-8", "-c -e @* -x own*"},
		{"LC_ALL=C.UTF-8", "--no-demangle --summary -s 1000"},
	} {
		t.Run(c.env+" "+c.options, func(t *testing.T) {
			args := append([]string{testkit.Sonde(t)}, strings.Fields(c.options)...)
			r := testkit.Command{Args: append(args, program, nasty), Dir: dir, Env: []string{c.env}}.Run(t)
			checkExit(t, r, 0)
			text := r.Stderr
			if strings.Contains(c.options, "--color=always") {
				text = ownSequences.ReplaceAllString(text, "")
			}
			checkHarmless(t, text)
			if !strings.HasPrefix(c.options, "-c") && !strings.HasPrefix(c.options, "--fit") {
				checkUnforged(t, text)
			}
		})
	}
}

// linkHostile makes a program of hostile_names.c in a directory, and a library that it
// needs, and returns its path. No assembler would take the names of their functions.
func linkHostile(t *testing.T, dir string) string {
	t.Helper()
	const soname = "lib\x1b[7m\u202e\x9b.so"
	rename := []string{"--redefine-sym", "evil=evil" + nasty + " <no return ...>", "--redefine-sym", "own=own" + nasty + "\n7 own() = 7"}
	objects := make(map[string]string)
	for _, source := range []string{"hostile_names.c", "hostile_names_lib.c"} {
		objects[source] = filepath.Join(dir, source+".o")
		mustRun(t, append(append([]string{"objcopy"}, rename...), build(t, source, "-c", "-O0", "-fPIC"), objects[source])...)
	}
	library, program := filepath.Join(dir, soname), filepath.Join(dir, "program"+nasty)
	mustRun(t, "gcc", "-shared", "-Wl,-soname,"+soname, "-o", library, objects["hostile_names_lib.c"])
	mustRun(t, "gcc", "-Wl,-rpath,"+dir, "-o", program, objects["hostile_names.c"], library)
	return program
}

func mustRun(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
}

// checkHarmless holds that a text has nothing that a terminal obeys or does not show.
func checkHarmless(t *testing.T, text string) {
	t.Helper()
	if text == "" {
		t.Error("there is no text")
	}
	faults := 0
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		invalid := r == utf8.RuneError && size == 1
		if (r != '\n' && !unicode.IsPrint(r)) || invalid || unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point) {
			t.Errorf("%q at %d, in %q", text[i:i+size], i, text[max(0, i-40):min(len(text), i+40)])
			if faults++; faults == 5 {
				return
			}
		}
	}
}

// endLine is the line of an end, with any prefix.
var endLine = regexp.MustCompile(`(?m)^[^a-z]*\+\+\+ \w+ .*$`)

// checkUnforged holds that the program cannot begin a line: of its many ends one is true.
func checkUnforged(t *testing.T, text string) {
	t.Helper()
	if ends := endLine.FindAllString(text, -1); len(ends) != 1 || !strings.HasSuffix(ends[0], "+++ exited (status 0) +++") {
		t.Errorf("ends are %q", ends)
	}
	if strings.Contains(text, "\n7 own() = 7") {
		t.Error("there is a line of the program's making")
	}
}
