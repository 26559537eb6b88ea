package prototype

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree writes files below a new directory, and returns its path.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// newTestShelf has the files below root: home is the user's, xdg in
// XDG_CONFIG_DIRS, ltrace an installed ltrace's. Nothing may be wrong in them.
func newTestShelf(t *testing.T, root string, files ...string) *Shelf {
	for i := range files {
		files[i] = filepath.Join(root, files[i])
	}
	return NewShelf(ShelfOptions{
		Files: files,
		Env: func(name string) string {
			return map[string]string{"HOME": root + "/home", "XDG_CONFIG_DIRS": root + "/xdg:" + root + "/none"}[name]
		},
		Installed: []string{root + "/ltrace", root + "/ltrace.conf"},
		Report:    func(err error) { t.Error(err) },
	})
}

// TestPrecedence takes one place after the other away, the first one first: each
// time the next one counts.
func TestPrecedence(t *testing.T) {
	files := map[string]string{}
	places := []string{
		"f.conf", "fdir/libx.so.1.conf", "fdir/libx.so.conf", "g.conf",
		"home/.config/sonde/libx.so.1.conf", "home/.config/sonde/libx.so.conf", "home/.config/ltrace/libx.so.conf",
		"home/.sonde/libx.so.conf", "home/.ltrace/libx.so.conf", "home/.sonde.conf", "home/.ltrace.conf",
		"xdg/sonde/libx.so.conf", "xdg/ltrace/libx.so.conf",
		"ltrace/libx.so.conf", "ltrace.conf",
	}
	for _, p := range places {
		files[p] = "int f(int)\n"
	}
	const fallback = 2
	for i, want := range places {
		root := tree(t, files)
		s := newTestShelf(t, root, slices.DeleteFunc([]string{"f.conf", "fdir", "g.conf"}, func(p string) bool {
			_, err := os.Stat(filepath.Join(root, p))
			return err != nil
		})...)
		lookup := s.Lookup
		if i >= len(places)-fallback {
			lookup = s.Fallback
			if p := s.Lookup("libx.so.1", "f", ""); p != nil {
				t.Errorf("without %s: %s counts", places[:i], p.Origin)
			}
		}
		p := lookup("libx.so.1", "f", "")
		if p == nil || p.Origin != filepath.Join(root, want)+":1" {
			t.Errorf("without %s: %v, and not %s", places[:i], p, want)
		}
		delete(files, want)
		if i == 2 { // the directory itself is gone, too
			delete(files, "fdir")
		}
	}
}

// TestFunctionByFunction holds that a file of one line hides nothing else.
func TestFunctionByFunction(t *testing.T) {
	root := tree(t, map[string]string{
		"home/.config/ltrace/libc.so.6.conf": "int puts(addr)\n",
		"home/.ltrace.conf":                  "typedef mine = hex(int)\nint puts(mine)\nint of_all(mine)\nlong SYS_read(int)\n",
	})
	s := newTestShelf(t, root)
	for _, c := range []struct{ soname, function, want string }{
		{"libc.so.6", "puts", "int puts(addr)"},
		{"libc.so.6", "of_all", "int of_all(mine)"},
		{"libother.so", "puts", "int puts(mine)"},
		{"/path/of/prog", "of_all", "int of_all(mine)"},
		{"libc.so.6", "strlen", "size_t strlen(string s)"},
		{"libc.so", "strlen", "size_t strlen(string s)"},
		{"libc.so.6", "SYS_read", ""},
		{"prog", "strlen", ""},
		{"libm.so.6", "strlen", ""},
		{"", "strlen", ""},
		{"..", "strlen", ""},
		{"syscalls", "read", ""},
	} {
		got := ""
		if p := s.Lookup(c.soname, c.function, ""); p != nil {
			got = p.String()
		}
		if got != c.want {
			t.Errorf("%s of %s: %q, and not %q", c.function, c.soname, got, c.want)
		}
	}
}

// TestVersions holds that a declaration for one version of a symbol is for no other.
func TestVersions(t *testing.T) {
	root := tree(t, map[string]string{"f.conf": `
int f@V1(int)
int f@V2(int, int)
int g(int)
int g@V2(int, int)
`})
	s := newTestShelf(t, root, "f.conf")
	for _, c := range []struct {
		function, version string
		params            int // -1: nothing
	}{
		{"f", "V1", 1},
		{"f", "V2", 2},
		{"f", "V3", -1},
		{"f", "", -1},
		{"g", "V1", 1},
		{"g", "V2", 2},
		{"g", "", 1},
	} {
		got := -1
		if p := s.Lookup("libx.so", c.function, c.version); p != nil {
			got = len(p.Params)
		}
		if got != c.params {
			t.Errorf("%s@%s has %d parameters, not %d", c.function, c.version, got, c.params)
		}
	}
}

// TestImports holds where imports are looked for, and that those which lead back end.
func TestImports(t *testing.T) {
	root := tree(t, map[string]string{
		"home/.config/ltrace/liba.so.conf":       "import \"liba.so-types\";\nimport \"libb.so.2\"\nnumber f(number)\n",
		"home/.config/ltrace/liba.so-types.conf": "typedef number = hex(int)\nimport \"liba.so\";\n",
		"xdg/ltrace/libb.so.conf":                "int in_b(int)\nimport \"liba.so\"\n",
		"home/.config/sonde/libd.so.conf":        "import \"libc.so.6\";\nimport \"libgone.so\"\n",
	})
	var errs []string
	s := newTestShelf(t, root)
	s.report = func(err error) { errs = append(errs, strings.TrimPrefix(err.Error(), root)) }
	for _, c := range []struct{ soname, function, want string }{
		{"liba.so.1", "f", "number f(number)"},
		{"liba.so.1", "in_b", "int in_b(int)"},
		{"libb.so", "f", "number f(number)"},
		{"libd.so", "strlen", "size_t strlen(string s)"},
		{"liba.so", "nothing", ""},
	} {
		got := ""
		if p := s.Lookup(c.soname, c.function, ""); p != nil {
			got = p.String()
		}
		if got != c.want {
			t.Errorf("%s of %s: %q, and not %q", c.function, c.soname, got, c.want)
		}
	}
	want := []string{`/home/.config/sonde/libd.so.conf:2:1: import "libgone.so": there is no such file of declarations`}
	if diff := cmp.Diff(want, errs); diff != "" {
		t.Error(diff)
	}
}

// TestReports holds that each thing that is wrong is told, and once.
func TestReports(t *testing.T) {
	root := tree(t, map[string]string{
		"home/.ltrace.conf":             "int good(int)\nint bad(strin)\nthis is nothing\n",
		"home/.config/sonde/f.so.conf":  "int g(void, int)\n",
		"home/.config/sonde/gone/x":     "",
		"home/.config/ltrace/f.so.conf": "int h(",
	})
	dir := filepath.Join(root, "home/.config/sonde/d.so.conf")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var errs []string
	s := newTestShelf(t, root)
	s.report = func(err error) { errs = append(errs, strings.ReplaceAll(err.Error(), root+"/home/", "~/")) }
	for range 2 {
		for _, soname := range []string{"f.so", "d.so.1", "f.so.1"} {
			for _, function := range []string{"good", "bad", "g", "h"} {
				s.Lookup(soname, function, "")
			}
		}
	}
	want := []string{
		`~/.ltrace.conf:2:9: expected a type, found "strin", which is none`,
		`~/.ltrace.conf:3:1: expected a type, found "this", which is none`,
		`~/.config/sonde/f.so.conf:1:7: warning: parameter 1 is void: taken for hide(int)`,
		`~/.config/ltrace/f.so.conf:1:7: expected a type, found the end`,
		`read prototypes: read ~/.config/sonde/d.so.conf: is a directory`,
	}
	if diff := cmp.Diff(want, errs); diff != "" {
		t.Error(diff)
	}
}

// TestNames lists what there is for a library.
func TestNames(t *testing.T) {
	root := tree(t, map[string]string{
		"f.conf":                        "int for_all(int)\nint strlen(string)\n",
		"home/.config/sonde/my.so.conf": "import \"other\"\nint mine(int)\n",
		"home/.config/sonde/other.conf": "int other(int)\ntypedef number = int\n",
	})
	s := newTestShelf(t, root, "f.conf")
	if diff := cmp.Diff([]string{"for_all", "mine", "other", "strlen"}, s.Names("my.so.1")); diff != "" {
		t.Error(diff)
	}
	libc := s.Names("libc.so.6")
	for _, name := range []string{"for_all", "strlen", "open", "memcpy"} {
		if _, ok := slices.BinarySearch(libc, name); !ok {
			t.Errorf("libc has no %s", name)
		}
	}
	libraries := s.Libraries()
	for _, name := range []string{"libc.so", "libm.so", "my.so"} {
		if !slices.Contains(libraries, name) {
			t.Errorf("there is no %s in %s", name, libraries)
		}
	}
}

// TestInstalledOfC holds that what an installed ltrace's files declare of the C library's
// functions counts for no other library's, nor is it told that it would.
func TestInstalledOfC(t *testing.T) {
	root := tree(t, map[string]string{"ltrace.conf": "addr malloc(ulong)\nint of_foo(int)\n"})
	s := newTestShelf(t, root)
	for _, c := range []struct {
		soname, function string
		fallback         bool
		candidates       int
	}{
		{"libfoo.so", "malloc", false, 0},
		{"libfoo.so", "of_foo", true, 1},
		{"libc.so.6", "malloc", false, 3}, // written by hand, generated, ltrace's
	} {
		if got := s.Fallback(c.soname, c.function, "") != nil; got != c.fallback {
			t.Errorf("%s of %s: %v", c.function, c.soname, got)
		}
		if got := s.Candidates(c.soname, c.function, ""); len(got) != c.candidates {
			t.Errorf("%s of %s: %v", c.function, c.soname, got)
		}
	}
}

// TestLargeFile holds that a large file is read when it is asked for, and that one which
// is no text is told of.
func TestLargeFile(t *testing.T) {
	text := strings.Repeat("# filled up with comments\n", wholeFile/20) + "int last(int)\nint bad(strin)\n"
	root := tree(t, map[string]string{"large.conf": text, "program": text + "\x7fELF\x00\x00\n"})
	var errs []string
	o := ShelfOptions{
		Files: []string{root + "/large.conf", root + "/program"}, Installed: []string{},
		Env:    func(string) string { return "" },
		Report: func(err error) { errs = append(errs, strings.TrimPrefix(err.Error(), root+"/")) },
	}
	s := NewShelf(o)
	if s.Lookup("liba.so", "last", "") == nil {
		t.Error("large.conf: last is not found")
	}
	line := strings.Count(text, "\n")
	want := []string{fmt.Sprintf("program:%d:5: there is a NUL byte: is this a file of declarations?", line+1)}
	if diff := cmp.Diff(want, errs); diff != "" {
		t.Error(diff)
	}
}
