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

// TestPointersLater reads structs that lead to each other, and contain each other,
// in any order: C needs a forward declaration for that, and so does ltrace.
func TestPointersLater(t *testing.T) {
	lines := []string{
		"typedef pair = struct;",
		"typedef node = struct(int, pair*, time(stamp*));",
		"typedef pair = struct(node, node, bitvec(pair_bits*));",
		"typedef stamp = struct(long seconds)",
		"typedef pair_bits = struct(int)",
		"void f(node*, pair)",
	}
	for i, first := range lines {
		f, errs := Parse("later", strings.Join(slices.Concat(lines[i:], lines[:i]), "\n"))
		if len(errs) > 0 {
			t.Errorf("%s first: %v", first, errs)
			continue
		}
		pair := f.Function("f", "").Params[1].Type
		if size := pair.SizeOf(LP64); size != 56 {
			t.Errorf("%s first: a pair of %d bytes", first, size)
		}
		node := pair.Fields[0].Type
		if node.Fields[1].Type.Elem != pair || node.Fields[2].Type.Elem.Lens != Time || pair.Fields[2].Type.Elem.Lens != Bitvec {
			t.Errorf("%s first: %s, %s", first, node.Definition(), pair.Definition())
		}
	}
}
