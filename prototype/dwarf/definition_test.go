package dwarf

import (
	"bytes"
	"debug/dwarf"
	"encoding/binary"
	"hash/maphash"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/prototype"
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

// TestDefinitionsAreCapped holds that a unit whose entries lie in each other without end
// costs no memory for each.
func TestDefinitionsAreCapped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ namespaces, want int }{{10, 1}, {maxNested + 1, 0}, {1 << 18, 0}} {
		d := &Data{model: prototype.LP64, work: maxWork}
		d.defined.known, d.defined.seed = make(map[uint64]where), maphash.MakeSeed()
		u := nestedUnit(d, c.namespaces)
		d.lookAt(u)
		if got := len(d.defined.known); got != c.want || d.err != nil {
			t.Errorf("%d namespaces: %d definitions, error %v, want %d", c.namespaces, got, d.err, c.want)
		}
		if left := maxWork - d.work; c.want == 0 && left > 2*maxNested {
			t.Errorf("%d namespaces: %d entries read", c.namespaces, left)
		}
	}
}

// nestedUnit returns a unit of a class in n namespaces, each in the one before.
func nestedUnit(d *Data, n int) *unit {
	abbrevs := []byte{
		1, byte(dwarf.TagCompileUnit), 1, 0, 0,
		2, byte(dwarf.TagNamespace), 1, byte(dwarf.AttrName), 0x08, 0, 0, // DW_FORM_string
		3, byte(dwarf.TagClassType), 0, byte(dwarf.AttrName), 0x08, byte(dwarf.AttrByteSize), 0x0b, 0, 0, // DW_FORM_data1
		0,
	}
	p := []byte{5, 0, unitCompile, 8, 0, 0, 0, 0, 1}
	p = append(p, bytes.Repeat([]byte("\x02n\x00"), n)...)
	p = append(p, "\x03C\x00\x08"...)
	p = append(p, make([]byte, n+1)...)
	p = append(binary.LittleEndian.AppendUint32(nil, uint32(len(p))), p...)
	s := &section{f: &file{d: d, tables: tables{abbrev: abbrevs}}, p: p}
	return s.unit(0)
}
