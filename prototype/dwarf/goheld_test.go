package dwarf

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sonde/elfsym"
	"sonde/internal/testkit"
	"sonde/prototype"
)

// TestGoHeld holds all types that have descriptors against what the standard library's
// reader finds.
func TestGoHeld(t *testing.T) {
	t.Parallel()
	for _, flags := range []string{"-gcflags=", "-buildmode=pie"} {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			path := testkit.BuildGo(t, "testdata/values", flags)
			f, d := open(t, path)
			fs, err := f.Functions(path, &elfsym.DebugFinder{})
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := fs.GoTypes(); !ok {
				t.Error("it is not known where the types begin")
			}
			if held, err := d.GoHeld(1); held != nil || !errors.Is(err, ErrNoType) {
				t.Errorf("before a type of an interface: %v, %v", held, err)
			}
			for sym := range fs.Named("main.fKinds") {
				if _, err := d.Function(sym.Value, sym.Name); err != nil {
					t.Fatal(err)
				}
			}
			want := described(t, path)
			if len(want) < 100 {
				t.Errorf("%d types have descriptors", len(want))
			}
			followed := 0
			for at, e := range want {
				name, _ := e.Val(dwarf.AttrName).(string)
				held, err := d.GoHeld(at)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				kind, _ := e.Val(dwarf.Attr(attrGoKind)).(int64)
				if name == "unsafe.Pointer" {
					kind = int64(reflect.UnsafePointer)
				}
				size, sized := e.Val(dwarf.AttrByteSize).(int64)
				if held.Word.Name != name || held.Kind != reflect.Kind(kind) || sized && int64(held.Size) != size || held.Word.Kind != prototype.Pointer {
					t.Errorf("%s, kind %d, of %d bytes: %+v, %s", name, kind, size, held, held.Word.Name)
				}
				if held.Word.Lens != prototype.Address {
					followed++
				}
			}
			if followed == 0 || followed == len(want) {
				t.Errorf("%d of %d are followed", followed, len(want))
			}
			if held, err := d.GoHeld(1); held != nil || !errors.Is(err, ErrNoType) {
				t.Errorf("within a descriptor: %v, %v", held, err)
			}
		})
	}
}

// described returns the entries of types that have descriptors.
func described(t *testing.T, path string) map[uint64]*dwarf.Entry {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[uint64]*dwarf.Entry)
	for r := d.Reader(); ; {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			return all
		}
		if at, _ := e.Val(attrGoRuntimeType).(uint64); at != 0 && all[at] == nil {
			all[at] = e
		}
	}
}

// TestGoShort holds which values are told within others.
func TestGoShort(t *testing.T) {
	t.Parallel()
	path := testkit.BuildGo(t, "testdata/values", "-gcflags=")
	f, d := open(t, path)
	fs, err := f.Functions(path, &elfsym.DebugFinder{})
	if err != nil {
		t.Fatal(err)
	}
	for sym := range fs.Named("main.fKinds") {
		if _, err := d.Function(sym.Value, sym.Name); err != nil {
			t.Fatal(err)
		}
	}
	var got strings.Builder
	want := `*errors.errorString: leads to "errors.errorString"
*main.tree: an address
int: leads to int
main.point: leads to "main.point"
os.Signal: none
`
	byName := make(map[string]uint64)
	for at, e := range described(t, path) {
		name, _ := e.Val(dwarf.AttrName).(string)
		byName[name] = at
	}
	for _, name := range []string{"*errors.errorString", "*main.tree", "int", "main.point", "os.Signal"} {
		got.WriteString(name + ": ")
		held, err := d.GoHeld(byName[name])
		switch {
		case err != nil:
			got.WriteString("none")
		case held.Word.Lens == prototype.Address:
			got.WriteString("an address")
		default:
			got.WriteString("leads to " + strings.TrimSuffix(strings.Fields(held.Word.Elem.String())[0], ","))
		}
		got.WriteByte('\n')
	}
	if got.String() != want {
		t.Errorf("%s\nwant:\n%s", got.String(), want)
	}
}

// TestGoBasic holds what is known of a value by the kind of its type alone.
func TestGoBasic(t *testing.T) {
	for _, c := range []struct {
		kind reflect.Kind
		size int
		want string
	}{
		{reflect.Bool, 1, "bool*"},
		{reflect.Int, 8, "int64*"},
		{reflect.Uint16, 2, "ushort*"},
		{reflect.Float32, 4, "float*"},
		{reflect.String, 16, "bare(struct[16](buffer[elt2] @0, hide(uint64) @8))*"},
		{reflect.String, 3, "address(addr)"},
		{reflect.Int32, 5, "address(addr)"},
		{reflect.Struct, 8, "address(addr)"},
		{reflect.Pointer, 8, "address(addr)"},
		{reflect.Slice, 24, "address(addr)"},
	} {
		got := GoBasic("main.T", c.kind, c.size)
		if got.Name != "main.T" {
			t.Errorf("%s: it is called %s", c.kind, got.Name)
		}
		plain := *got
		plain.Name = ""
		if plain.Elem != nil {
			elem := *plain.Elem
			elem.Name, plain.Elem = "", &elem
		}
		if plain.String() != c.want {
			t.Errorf("%s of %d bytes: %s, want %s", c.kind, c.size, plain.String(), c.want)
		}
	}
}

// TestGoHeldDamaged holds that damage costs types, and nothing else.
func TestGoHeldDamaged(t *testing.T) {
	t.Parallel()
	path := testkit.BuildGo(t, "testdata/values", "-ldflags=-compressdwarf=false")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	f, _ := open(t, path)
	fs, err := f.Functions(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	descriptors := described(t, path)
	random := rand.New(rand.NewPCG(1, 2))
	known, failed := 0, 0
	for round := range 20 {
		bad := bytes.Clone(good)
		section := e.Section([]string{".debug_info", ".debug_abbrev"}[round%2])
		for range 1 + round*round {
			bad[section.Offset+random.Uint64N(section.FileSize)] ^= 1 << random.IntN(8)
		}
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		_, d := open(t, file)
		d.limit = 1 << 20
		for sym := range fs.Named("main.fKinds") {
			if p, err := d.Function(sym.Value, sym.Name); err == nil {
				use(p)
			}
		}
		for at := range descriptors {
			held, err := d.GoHeld(at)
			switch {
			case (held == nil) != (err != nil):
				t.Fatalf("%+v, %v", held, err)
			case err != nil:
				failed++
			default:
				known++
				held.Word.SizeOf(prototype.LP64)
			}
		}
	}
	if known == 0 || failed == 0 {
		t.Errorf("%d types are known, of %d nothing is", known, failed)
	}
}
