package capture

import (
	"bytes"

	"sonde/prototype"
	"sonde/sysdeps"
)

// An interface of Go's is two words: a table for its dynamic type (of an empty one
// the type itself), and a pointer to the value, or the value if it is a pointer
// (src/runtime/runtime2.go, iface and eface). The table's symbol names the type.
// So does debugging information, which tells what there is to be followed, too. Without
// it what is held is followed where it is one of the errors that everybody has: an error
// by its address tells nothing.

// followHeld notes the name of the type of what an interface holds, and asks for that.
func (r *Reader) followHeld(first, v *prototype.Value, in int) {
	a := sysdeps.Addr(first.Word)
	if a == 0 || r.th.Info == nil {
		return
	}
	methods := first.Type.Lens == prototype.Symbol
	if t := r.th.Info.GoHeld(a, methods); t != nil {
		first.Text, first.Type, v.Type = copied(r, t.Name), goNamed, t
	} else if methods {
		r.nameSymbol(first, a)
		if i := bytes.LastIndexByte(first.Text, ','); i > 0 { // TYPE,INTERFACE
			first.Text = first.Text[:i]
		}
	}
	if t := goErrors[string(first.Text)]; t != nil {
		v.Type = t
	}
	if t := v.Type.Elem; t != nil && t.Kind == prototype.Struct && t.Complete && len(t.Fields) == 0 {
		if v.Elems = r.values(1); v.Elems != nil { // there is nothing to be read
			v.Elems[0].Type = t
		}
		return
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
	// goNamed is an address that has a name.
	goNamed   = &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Symbol}
	goAnError = &prototype.Type{Name: "error", Kind: prototype.Struct, Lens: prototype.Interface, Complete: true, Fields: []prototype.Field{
		{Name: "tab", Type: goNamed},
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
