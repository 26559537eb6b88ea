package dwarf

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"sonde/prototype"
)

// libc is where Debian has the C library.
const libc = "/lib/x86_64-linux-gnu/libc.so.6"

// TestLibc reads the prototypes of all functions of the C library out of its
// separate debug file, and holds them against those that are shipped.
func TestLibc(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(libc); errors.Is(err, os.ErrNotExist) {
		t.Skip("the C library is elsewhere on this system")
	}
	f, d := open(t, libc)
	if !strings.HasSuffix(d.Path(), ".debug") {
		t.Fatalf("debugging information in %s: libc6-dbg is not installed", d.Path())
	}
	shelf := prototype.NewShelf(prototype.ShelfOptions{})
	known, compared := 0, 0
	for sym := range f.Symbols() {
		if sym.IFUNC || !sym.Default && sym.Version != "" {
			continue // the resolver, and versions that are no longer declared
		}
		p, err := d.Function(sym.Value, sym.Name)
		if err != nil {
			if !errors.Is(err, ErrNoFunction) && !errors.Is(err, ErrUnplaceable) {
				t.Error(err)
			}
			continue
		}
		known++
		if shipped := shelf.Lookup("libc.so.6", sym.Name, ""); shipped != nil {
			compared++
			compare(t, p, shipped)
		}
	}
	t.Logf("%d functions known, %d compared", known, compared)
	if known < 2000 || compared < 1000 {
		t.Errorf("%d functions known, %d compared", known, compared)
	}
}

// different are other functions, with fewer parameters; and one with a union that
// is shipped as the number that it most often is.
var different = map[string]bool{"__toascii_l": true, "__isascii_l": true, "sigqueue": true}

// compare holds what decides where arguments are: their kinds and sizes.
func compare(t *testing.T, got, want *prototype.Prototype) {
	t.Helper()
	ok := got.Fixed == want.Fixed && placed(got.Result) == placed(want.Result) && got.Variadic == want.Variadic
	for i := 0; ok && i < got.Fixed; i++ {
		g, w := got.Params[i].Type, want.Params[i].Type
		// A Choice has a word of its own, of which it may show a part.
		ok = placed(g) == placed(w) || w.Kind == prototype.Choice && g.Kind == prototype.Int
	}
	if !ok && !different[got.Name] {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// placed is a type as far as conventions distinguish. Structs of integers that fit
// a register are passed as these are.
func placed(t *prototype.Type) string {
	size := t.SizeOf(prototype.LP64)
	switch t.Kind {
	case prototype.Void:
		return "void"
	case prototype.Float:
		return fmt.Sprint("float", size)
	case prototype.Struct, prototype.Union:
		if size > 8 {
			return fmt.Sprint("memory", size)
		}
	}
	return fmt.Sprint("word", size)
}
