package capture

import (
	"bytes"

	"sonde/prototype"
)

// An interface of Go's is two words: a table for its dynamic type (of an empty one
// the type itself), and a pointer to the value, or the value if it is a pointer
// (src/runtime/runtime2.go, iface and eface). The table's symbol names the type.
// What it holds is followed where it is one of the errors that everybody has: an
// error by its address tells nothing.

// followHeld asks for what an interface holds.
func (r *Reader) followHeld(v, table *prototype.Value, in int) {
	if i := bytes.LastIndexByte(table.Text, ','); i > 0 && v.Word != 0 {
		if t := goErrors[string(table.Text[:i])]; t != nil {
			v.Type = t
		}
	}
	r.follow(v, v.Type, in)
}

// goErrors are error types of Go's library, by the names that tables have. They
// have been so since Go 1.13 (src/errors, src/fmt/errors.go, src/io/fs, src/os,
// src/strconv).
var goErrors = map[string]*prototype.Type{
	"*errors.errorString": goError(goTextType),
	"*fmt.wrapError":      goError(goTextType),
	"*fmt.wrapErrors":     goError(goTextType),
	"*io/fs.PathError":    goError(goTextType, goTextType, goAnError),
	"*os.LinkError":       goError(goTextType, goTextType, goTextType, goAnError),
	"*os.SyscallError":    goError(goTextType, goAnError),
	"*strconv.NumError":   goError(goTextType, goTextType, goAnError),
	"syscall.Errno": {Kind: prototype.Pointer, Elem: &prototype.Type{
		Name: "syscall.Errno", Kind: prototype.Int, Unsigned: true, Lens: prototype.Errno,
	}},
}

var (
	goTextType = &prototype.Type{Name: "string", Kind: prototype.Struct, Lens: prototype.Bare, Complete: true, Fields: []prototype.Field{
		{Type: &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Text, Elem: &prototype.Type{
			Kind: prototype.Array, Elem: &prototype.Type{Kind: prototype.Int, Size: 1, Lens: prototype.Char},
			Len: &prototype.Expr{Op: prototype.Elt, N: 2},
		}}},
		{Type: &prototype.Type{Kind: prototype.Int, Lens: prototype.Hide}},
	}}
	goAnError = &prototype.Type{Name: "error", Kind: prototype.Struct, Lens: prototype.Interface, Complete: true, Fields: []prototype.Field{
		{Name: "tab", Type: &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Symbol}},
		{Name: "data", Type: &prototype.Type{Kind: prototype.Pointer}},
	}}
)

// goError makes a pointer to a struct of an error's fields.
func goError(fields ...*prototype.Type) *prototype.Type {
	t := &prototype.Type{Kind: prototype.Struct, Lens: prototype.Bare, Complete: true}
	for _, f := range fields {
		t.Fields = append(t.Fields, prototype.Field{Type: f})
	}
	return &prototype.Type{Kind: prototype.Pointer, Elem: t}
}
