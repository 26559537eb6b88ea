package prototype

import (
	"slices"
	"strings"
	"testing"
)

// TestStructLater reads types that lead to themselves through an address, as
// PyObject and PyTypeObject do, whichever of them comes first.
func TestStructLater(t *testing.T) {
	const text = `
typedef object = struct(long refcnt, address(type*) type);
typedef variable = struct(object base, long size);
typedef type = struct(variable base, string name, address(missing*) next);
object* make(address(type*) type, address(chosen*) how)
typedef chosen = choose(sizeof(long); 8: struct(object o); else: struct(type t));
typedef missing = struct(nothing x);
`
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, first := range lines {
		f, errs := Parse("later", strings.Join(slices.Concat(lines[i:], lines[:i]), "\n"))
		if len(errs) != 1 || !strings.Contains(errs[0].Text, "nothing") {
			t.Errorf("%s first: %v; want one error, nothing is no type", first, errs)
		}
		made := f.Function("make", "")
		if made == nil {
			t.Fatalf("%s first: no function", first)
		}
		object, typ := made.Result.Elem, made.Params[0].Type.Elem
		for _, c := range []struct {
			name string
			t    *Type
			size int
		}{
			{"object", object, 16},
			{"type", typ, 40},
			{"the type's first field", typ.Fields[0].Type, 24},
			{"what the object points to", object.Fields[1].Type.Elem, 40},
			{"chosen", made.Params[1].Type.Elem, 16},
		} {
			if size := c.t.SizeOf(LP64); size != c.size {
				t.Errorf("%s first: %s has %d bytes; want %d", first, c.name, size, c.size)
			}
		}
		if made.Params[0].Type.Lens != Address || object.Fields[1].Type.Elem != typ {
			t.Errorf("%s first: the address leads elsewhere", first)
		}
		if next := typ.Fields[2].Type.Elem; next != nil && next.Kind != Void {
			t.Errorf("%s first: what cannot be read is %v; want void", first, next)
		}
	}
}
