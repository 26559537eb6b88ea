package dwarf

import (
	"strings"
	"testing"

	"sonde/prototype"
)

// TestPython holds that objects of CPython's are known by their structure, and nothing
// else is taken for one.
func TestPython(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		flags string
		known bool
	}{
		{"-g", true},
		{"-g -m32", true},
		{"-gdwarf-4 -DLATER", true},
		{"-g -DLATER -m32", true},
		{"CC=clang -g", true},
		{"-g -DOTHERS", false},
	} {
		t.Run(c.flags, func(t *testing.T) {
			t.Parallel()
			got := describe(t, compile(t, "python.c", variant{c.flags, nil}), begins("f_"))
			want := "py_object* f_take(py_object* self, inout(py_object**) items, py_type* type)"
			if strings.HasPrefix(got, want+"\n") != c.known || strings.Contains(got, prototype.PyObject.Definition()) != c.known {
				t.Errorf("known: %t, in\n%s", !c.known, got)
			}
		})
	}
}
