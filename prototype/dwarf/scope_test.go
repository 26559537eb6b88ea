package dwarf

import (
	"fmt"
	"slices"
	"testing"

	"sonde/elfsym"
	"sonde/fields"
)

// scopesIn returns the scopes at the middle of a function.
func scopesIn(t *testing.T, path, function string) []*Scope {
	t.Helper()
	f, err := elfsym.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Open(f, path, &elfsym.DebugFinder{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	for sym := range f.Symbols() {
		if sym.Name != function {
			continue
		}
		end := sym.Value + sym.Size
		if function == "declared" {
			end -= sym.Size / 2
		}
		for addr := end - 1; addr > sym.Value; addr-- {
			scopes, err := d.Scopes(addr)
			if err != nil {
				t.Fatal(err)
			}
			if function == "declared" || len(scopes) > 1 { // else until something is inlined there
				return scopes
			}
		}
	}
	t.Fatalf("no such place in %s", function)
	return nil
}

// located tells whether there is a place in a function where it is known where its first
// parameter is.
func located(t *testing.T, path, function string) (yes bool) {
	t.Helper()
	f, err := elfsym.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Open(f, path, &elfsym.DebugFinder{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for sym := range f.Symbols() {
		for addr := sym.Value; sym.Name == function && addr < sym.Value+sym.Size && !yes; addr++ {
			scopes, err := d.Scopes(addr)
			if err != nil {
				t.Fatal(err)
			}
			last := scopes[len(scopes)-1]
			yes = last.Function == function && last.Params[0].Location != nil
		}
	}
	return yes
}

func declarations(vs []Variable) []string {
	var all []string
	for _, v := range vs {
		all = append(all, v.Declaration)
	}
	return all
}

// TestDeclarations compares declarations with those of the source.
func TestDeclarations(t *testing.T) {
	t.Parallel()
	params := []string{
		"const char *s", "char *const *argv", "int (*matrix)[4]", "callback f", "void (*g)(void)", "struct point p",
		"union word w", "enum color c", "size n", "const int *const v", "int (*(*h)(int))(char)", "void *any",
	}
	locals := []string{
		"const struct point origin", "char text[16]", "{...} nameless", "int table[2][3]",
	}
	for _, flags := range []string{"-gdwarf-5", "-gdwarf-4 -fdebug-types-section", "-gdwarf-2", "-g -m32", "CC=clang -g", "-g -gsplit-dwarf"} {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			path := compile(t, "scopes.c", variant{flags + " -shared -fPIC -O0", nil})
			scopes := scopesIn(t, path, "declared")
			if len(scopes) != 1 || scopes[0].Function != "declared" || scopes[0].Inlined {
				t.Fatalf("%+v", scopes)
			}
			if got := declarations(scopes[0].Params); !slices.Equal(got, params) {
				t.Errorf("parameters %q, want %q", got, params)
			}
			got := declarations(scopes[0].Locals)
			slices.Sort(got)
			for _, want := range locals {
				if !slices.Contains(got, want) {
					t.Errorf("no variable %q: %q", want, got)
				}
			}
			for _, v := range append(scopes[0].Params, scopes[0].Locals...) {
				if v.Location == nil {
					t.Errorf("no location of %s", v.Name)
				}
			}
		})
	}
}

// TestInlinedScopes holds that a function that is inlined has its own variables: those that are
// constants too.
func TestInlinedScopes(t *testing.T) {
	t.Parallel()
	for _, v := range []variant{
		{"-gdwarf-5", nil},
		{"-gdwarf-4", nil},
		{"-gdwarf-3", nil},
		{"-g -m32", nil},
		{"CC=clang -g", nil},
		{"-g -gsplit-dwarf", nil},
		{"-g -gsplit-dwarf -gdwarf-4", nil},
		{"-gdwarf-4 -gsplit-dwarf", packaged("dwp")},
		{"CC=clang -gdwarf-5 -gsplit-dwarf", packaged("llvm-dwp")},
	} {
		name := v.flags
		if v.after != nil {
			name += " packaged"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v.flags += " -shared -fPIC -O2"
			path := compile(t, "scopes.c", v)
			if !located(t, path, "outer") {
				t.Error("no location of the parameter anywhere")
			}
			scopes := scopesIn(t, path, "outer")
			if len(scopes) != 2 || scopes[0].Function != "inlined" || !scopes[0].Inlined || scopes[1].Function != "outer" || scopes[1].Inlined {
				t.Fatalf("%+v", scopes)
			}
			got := fmt.Sprint(declarations(scopes[0].Params), declarations(scopes[0].Locals), declarations(scopes[1].Params), declarations(scopes[1].Locals))
			if got != "[int k] [int constant] [int k] [int twice]" {
				t.Error(got)
			}
			if v := scopes[0].Locals[0]; v.Location == nil && v.Value == nil {
				t.Errorf("%+v", v)
			}
		})
	}
}

// TestLocationLists reads lists of all kinds of entries, at addresses in and around them.
func TestLocationLists(t *testing.T) {
	t.Parallel()
	word := func(n byte) []byte { return []byte{n, 0, 0, 0, 0, 0, 0, 0} }
	join := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	f := &file{d: &Data{work: 1 << 20}}
	f.addr = join(word(0x10), word(0x20), word(0x30))
	u := &unit{section: &section{f: f}, low: 0x100}
	u.addrSize = 8
	top := slices.Repeat([]byte{0xff}, 8)
	v5 := join(
		[]byte{locOffsets, 0x04, 0x08, 1, 'a'},
		[]byte{locViews, 1, 2},
		[]byte{locBaseIndex, 1, locOffsets, 0x00, 0x02, 1, 'b'},
		[]byte{locStartEndIndex, 1, 2, 1, 'c'},
		[]byte{locStartIndexLength, 2, 4, 1, 'd'},
		[]byte{locBase}, word(0x80), []byte{locOffsets, 0, 1, 1, 'e'},
		[]byte{locStartEnd}, word(0x90), word(0x92), []byte{1, 'f'},
		[]byte{locStartLength}, word(0xa0), []byte{3, 1, 'g'},
		[]byte{locDefault, 1, 'h'},
		[]byte{locEnd, locStartLength}, word(0xb0), []byte{3, 1, 'i'},
	)
	pairs := join(
		word(4), word(8), []byte{1, 0, 'a'},
		top, word(0x40), word(0), word(2), []byte{1, 0, 'b'},
		word(0), word(0), word(8), word(12), []byte{1, 0, 'c'},
	)
	split := join(
		[]byte{locGNUBaseIndex, 1, locOffsets, 0, 0, 0, 0, 4, 0, 0, 0, 1, 0, 'a'},
		[]byte{locGNUStartEndIndex, 1, 2, 1, 0, 'b'},
		[]byte{locGNUStartIndexLength, 2, 8, 0, 0, 0, 1, 0, 'c', locEnd},
	)
	for _, c := range []struct {
		find func(fields.Reader, uint64) []byte
		list []byte
		at   map[uint64]string
	}{
		{u.findLocation, v5, map[uint64]string{
			0x103: "h", 0x104: "a", 0x107: "a", 0x108: "h", 0x20: "b", 0x21: "b", 0x22: "c", 0x2f: "c", 0x30: "d", 0x33: "d", 0x34: "h",
			0x80: "e", 0x81: "h", 0x90: "f", 0x92: "h", 0xa2: "g", 0xa3: "h", 0xb0: "h",
		}},
		{u.findLocationPair, pairs, map[uint64]string{0x103: "", 0x104: "a", 0x108: "", 0x40: "b", 0x42: ""}},
		{u.findSplitLocation, split, map[uint64]string{0x1f: "", 0x20: "a", 0x23: "a", 0x24: "b", 0x30: "c", 0x37: "c", 0x38: ""}},
	} {
		for addr, want := range c.at {
			if got := string(c.find(fields.New(c.list), addr)); got != want {
				t.Errorf("%#x: %q, want %q", addr, got, want)
			}
		}
		for n := range c.list { // wherever it is cut off, nothing is made up
			for addr, want := range c.at {
				if got := string(c.find(fields.New(c.list[:n]), addr)); got != "" && got != want && got != "h" {
					t.Errorf("cut at %d: %#x: %q, want %q or nothing", n, addr, got, want)
				}
			}
		}
	}
}

// FuzzLocationLists searches lists of any bytes: it ends, and what it finds is in them.
func FuzzLocationLists(f *testing.F) {
	f.Add([]byte{locOffsets, 4, 8, 1, 'a', locBaseIndex, 0, locDefault, 1, 'b', locEnd}, uint64(0x105), byte(5), true)
	f.Add([]byte{4, 0, 0, 0, 8, 0, 0, 0, 1, 0, 'a', 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0}, uint64(0x105), byte(4), false)
	f.Add([]byte{locGNUStartIndexLength, 0, 8, 0, 0, 0, 1, 0, 'c', locEnd}, uint64(0x10), byte(0), true)
	f.Fuzz(func(t *testing.T, list []byte, addr uint64, version byte, wide bool) {
		fl := &file{d: &Data{work: 1 << 16}}
		fl.addr = list
		u := &unit{section: &section{f: fl}, low: 0x100}
		u.addrSize = 4
		if wide {
			u.addrSize = 8
		}
		find := u.findSplitLocation
		switch version {
		case 4:
			find = u.findLocationPair
		case 5:
			find = u.findLocation
		}
		if p := find(fields.New(list), addr); len(p) > len(list) {
			t.Fatalf("%d bytes of %d", len(p), len(list))
		}
	})
}
