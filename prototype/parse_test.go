package prototype

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sonde/internal/testkit"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// sameType compares types and prototypes without what is computed from them.
var sameType = cmp.Options{
	cmpopts.IgnoreUnexported(Type{}),
	cmpopts.IgnoreFields(Prototype{}, "Origin"),
}

// TestDeclarations reads testdata/declarations.txt: each declaration there is
// followed by how it is printed, if that is not the same, behind "=> ".
// Printed and read again, it is the same.
func TestDeclarations(t *testing.T) {
	in, err := os.Open("testdata/declarations.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	known, errs := Parse("known", `typedef node = struct;
		typedef pid_t = int
		typedef "std::vector<int>" = struct(addr begin, addr end)
		typedef SSL = struct
		typedef open_flags = flags(O_RDONLY=0/3, O_WRONLY=1/3, O_RDWR=2/3, O_CREAT=0100, O_TMPFILE=020200000)
	`)
	for _, e := range errs {
		if !e.Warning {
			t.Fatal(e)
		}
	}
	var given string
	lines := bufio.NewScanner(in)
	check := func(want string) {
		if given != "" {
			testDeclaration(t, known, given, want)
		}
	}
	for lines.Scan() {
		line := lines.Text()
		if want, ok := strings.CutPrefix(line, "=> "); ok {
			check(want)
			given = ""
			continue
		}
		check(given)
		if given = line; strings.HasPrefix(line, "#") {
			given = ""
		}
	}
	check(given)
}

func testDeclaration(t *testing.T, known *File, given, want string) {
	t.Helper()
	f, errs := Parse("in", given, known)
	for _, e := range errs {
		t.Errorf("%s\n  %v", given, e)
	}
	for _, name := range f.Functions() {
		d := &f.decls[f.funcs[name]]
		first := f.Function(name, d.version)
		if first == nil {
			continue
		}
		if got := first.String(); got != want {
			t.Errorf("%s\n  is printed as %s\n  and not as    %s", given, got, want)
		}
		again, errs := Parse("printed", "function "+first.String(), known)
		for _, e := range errs {
			t.Errorf("%s\n  %v", first, e)
		}
		if diff := cmp.Diff(first, again.Function(name, d.version), sameType); diff != "" {
			t.Errorf("%s\n  is another when printed as %s:\n%s", given, first, diff)
		}
	}
	for _, name := range f.Types() {
		first := f.Type(name)
		if first == nil {
			continue
		}
		if got := first.Definition(); got != want {
			t.Errorf("%s\n  is printed as %s\n  and not as    %s", given, got, want)
		}
		again, errs := Parse("printed", first.Definition(), known)
		for _, e := range errs {
			t.Errorf("%s\n  %v", first.Definition(), e)
		}
		if diff := cmp.Diff(first, again.Type(name), sameType); diff != "" {
			t.Errorf("%s\n  is another when printed as %s:\n%s", given, first.Definition(), diff)
		}
	}
	if len(f.Functions())+len(f.Types()) != 1 {
		t.Errorf("%s: %d functions and %d types", given, len(f.Functions()), len(f.Types()))
	}
}

// TestSamples holds that files which use all that ltrace's two grammars have are
// read without a word.
func TestSamples(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.conf")
	if err != nil || len(paths) < 3 {
		t.Fatalf("%d files (%v)", len(paths), err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, errs := Parse(path, string(text))
		for _, e := range errs {
			t.Error(e)
		}
		if len(f.Functions()) == 0 {
			t.Errorf("%s declares nothing", path)
		}
	}
}

// TestInstalled reads the file that an installed ltrace has.
func TestInstalled(t *testing.T) {
	const path = "/etc/ltrace.conf"
	text, err := os.ReadFile(path)
	if err != nil {
		testkit.Lacks(t, "ltrace is not installed: %v", err)
	}
	f, errs := Parse(path, string(text))
	for _, e := range errs {
		if !e.Warning {
			t.Error(e)
		}
	}
	if n := len(f.Functions()); n < 300 {
		t.Errorf("%d functions", n)
	}
}
