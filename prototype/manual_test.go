package prototype

import (
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const manual = "../man/sonde.conf.5"

// examples returns the examples of the manual, and the line that each begins in.
func examples(t *testing.T) map[int]string {
	t.Helper()
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[int]string)
	begin := 0
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, ".Bd -literal"):
			begin = i + 1
		case line == ".Ed":
			begin = 0
		case begin > 0:
			found[begin] += line + "\n"
		}
	}
	return found
}

// TestManualExamples holds that what the manual shows is right, and is printed as
// what means the same.
func TestManualExamples(t *testing.T) {
	all := examples(t)
	if len(all) < 15 {
		t.Errorf("%d examples", len(all))
	}
	for line, text := range all {
		f, errs := Parse(manual, text)
		for _, e := range errs {
			e.Line += line
			t.Error(e)
		}
		if len(f.decls) == 0 {
			t.Errorf("%s:%d: declares nothing", manual, line)
		}
		for n := range f.decls {
			if p := f.decls[n].prototype; p != nil {
				sameFunction(t, f, p)
			}
			if typ := f.decls[n].typ; typ != nil {
				sameDefinition(t, f, typ)
			}
		}
	}
}

// TestManualWords holds that no word of the language is missing in the manual.
func TestManualWords(t *testing.T) {
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	known := strings.FieldsFunc(string(text), func(r rune) bool { return r > 127 || class[byte(r)]&isWord == 0 })
	words := slices.Concat(slices.Collect(maps.Keys(ltraceWords())), slices.Collect(maps.Keys(ownWords())), slices.Collect(maps.Keys(lenses)))
	words = append(words, "array", "vector", "complex", "enum", "flags", "choose", "packed", "reversed", "indirect",
		"aligned", "unit", "into", "buffer", "out", "inout", "zero", "retval", "sizeof", "min", "max", "outer", "before", "noreturn", "fails")
	for _, w := range words {
		if !slices.Contains(known, w) {
			t.Errorf("there is nothing about %s", w)
		}
	}
}

// TestManualFormat holds that mandoc has nothing to say, but of pages that are not
// installed.
func TestManualFormat(t *testing.T) {
	out, err := exec.Command("mandoc", "-T", "lint", "-W", "style", manual).CombinedOutput()
	if err != nil && len(out) == 0 {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "referenced manual not found") && !strings.Contains(line, "outdated mandoc.db") {
			t.Error(line)
		}
	}
}
