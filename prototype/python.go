package prototype

// The types of what objects of CPython's are shown as. An object is known by its type's
// flags and name alone, so these are not the language's, but fixed.
var (
	// PyType is what types begin with (PyTypeObject): they are shown by their names.
	PyType = &Type{Name: "py_type", Kind: Struct, Lens: Bare, Complete: true, Fields: []Field{
		{Name: "ob_refcnt", Type: &Type{Kind: Int, Lens: Hide}},
		{Name: "ob_type", Type: &Type{Kind: Pointer, Lens: Hide}},
		{Name: "ob_size", Type: &Type{Kind: Int, Lens: Hide}},
		{Name: "tp_name", Type: formatPointer(TypeName, character8)},
	}}
	// PyObject is what all objects begin with.
	PyObject = &Type{Name: "py_object", Kind: Struct, Lens: Bare, Complete: true, Object: true, Fields: []Field{
		{Name: "ob_refcnt", Type: &Type{Kind: Int, Lens: Hide}},
		{Name: "ob_type", Type: pointerTo(PyType)},
	}}

	PyInt     = &Type{Name: "int", Kind: Int, Size: 8}
	PyLongInt = &Type{Name: "int", Kind: Int, Size: 16} // one that takes more
	PyBool    = &Type{Name: "bool", Kind: Int, Size: 8, Names: &Names{Known: []Name{{Name: "False", Mask: ^uint64(0)}, {Name: "True", Value: 1, Mask: ^uint64(0)}}}}
	PyNone    = &Type{Name: "NoneType", Kind: Int, Size: 8, Names: &Names{Known: []Name{{Name: "None", Mask: ^uint64(0)}}}}
	PyFloat   = &Type{Name: "float", Kind: Float, Size: 8}
	PyBytes   = &Type{Name: "bytes", Kind: Array, Lens: Text, Elem: character8} // also a str of ASCII
	PyText    = &Type{Name: "str", Kind: Array, Lens: Text, Elem: character32}  // of which the characters count
	PyItems   = &Type{Kind: Array, Lens: Sized, Elem: pointerTo(PyObject)}      // of a tuple or list
)
