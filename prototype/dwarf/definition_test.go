package dwarf

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDefinedElsewhere holds that classes are found that a function's own unit declares
// only, as clang has it; that classes of the library are passed as the compiler says; and
// that the parameters of a template's pack are parameters.
func TestDefinedElsewhere(t *testing.T) {
	t.Parallel()
	const want = `
int f_dot(ui::Dot d, int n)
    typedef ui::Base = struct[8](double d @0)
    typedef ui::Dot = struct[16](ui::Base Base @0, int64 k @8)
int f_pack(int n, double, string, char)
int f_tuple("std::tuple<int, char>" t, "std::tuple<>" u, int n)
    typedef "std::tuple<int, char>" = reversed(indirect(struct(int, char)))
int f_widget(ui::Widget w, ui::Widget* r, int n)
    typedef ui::Widget = indirect(struct[16](hide(addr) _vptr @0, int n @8))
ui::Pixel f_pixel("ui::Box<float>" b)
    typedef "ui::Box<float>" = struct[4](float v @0)
    typedef ui::Pixel = struct[8](int x @0, int y @4)`
	for _, flags := range []string{
		"g++ -g",
		"g++ -gdwarf-4",
		"clang++ -g",
		"clang++ -gdwarf-4",
		"clang++ -g -gsplit-dwarf",
		"clang++ -g -gz",
		"clang++ -g -fdebug-types-section",
		"clang++ -gdwarf-4 -fdebug-types-section",
		"clang++ -g -gsplit-dwarf -fdebug-types-section",
	} {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			path := elsewhere(t, strings.Fields(flags))
			got := "\n" + describe(t, path, func(symbol string) bool {
				return regexp.MustCompile(`^_Z\w*f_(widget|dot|pixel|tuple|pack)`).MatchString(symbol)
			})
			got = regexp.MustCompile(`_Z\d+(f_[a-z]+?)(N2ui|I|St)\w+`).ReplaceAllString(got, "$1")
			got = regexp.MustCompile(`(?m)^ *typedef "std::tuple<>.*
`).ReplaceAllString(got, "")
			got = strings.NewReplacer("double a,", "double,", "string a,", "string,", "char a)", "char)").Replace(got) // clang names each
			if diff := cmp.Diff(want, strings.TrimSuffix(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestDefinedNowhere holds that a class of which a base is not known has no place.
func TestDefinedNowhere(t *testing.T) {
	t.Parallel()
	path := elsewhere(t, []string{"clang++", "-g", "-DNODOT"})
	got := describe(t, path, func(symbol string) bool { return strings.Contains(symbol, "f_dot") })
	if !strings.HasSuffix(got, ErrUnplaceable.Error()+"\n") {
		t.Error(got)
	}
}

// elsewhere links the two units of a program.
func elsewhere(t *testing.T, compiler []string) string {
	t.Helper()
	source, err := filepath.Abs("testdata/elsewhere.cc")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, define := range map[string]string{"home.o": "-DHOME", "other.o": "-DOTHER"} {
		command(t, dir, compiler[0], append(compiler[1:len(compiler):len(compiler)], "-O0", define, "-c", "-o", name, source)...)
	}
	command(t, dir, compiler[0], append(compiler[1:len(compiler):len(compiler)], "-Wl,--unresolved-symbols=ignore-all", "-o", "types", "other.o", "home.o")...)
	return filepath.Join(dir, "types")
}
