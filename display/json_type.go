package display

import "sonde/prototype"

// appendType appends what C calls a type, as far as one line needs it: by the name
// that it has, else by its shape.
func appendType(b []byte, t *prototype.Type) []byte { return appendTypeAt(b, t, 0) }

func appendTypeAt(b []byte, t *prototype.Type, depth int) []byte {
	const most = 8 // pointers to pointers
	switch {
	case t == nil:
		return append(b, "void"...)
	case t.Name != "":
		return append(b, t.Name...)
	case depth > most:
		return append(b, "..."...)
	}
	switch t.Kind {
	case prototype.Int:
		return append(b, intType(t)...)
	case prototype.Float:
		return append(b, floatType(t)...)
	case prototype.Complex:
		return append(appendTypeAt(b, t.Elem, depth+1), " complex"...)
	case prototype.Pointer:
		to := t.Elem
		if to != nil && to.Name == "" && to.Kind == prototype.Array {
			to = to.Elem
		}
		b = appendTypeAt(b, to, depth+1)
		if b[len(b)-1] != '*' {
			b = append(b, ' ')
		}
		return append(b, '*')
	case prototype.Array:
		return append(appendTypeAt(b, t.Elem, depth+1), "[]"...)
	}
	return append(b, shapes[min(int(t.Kind), len(shapes)-1)]...)
}

// shapes are the kinds of types that have no name.
var shapes = [...]string{
	prototype.Void: "void", prototype.Struct: "struct", prototype.Union: "union", prototype.Vector: "vector",
	prototype.Choice: "choice", prototype.VaList: "va_list", prototype.VaList + 1: "unknown",
}

func intType(t *prototype.Type) string {
	switch {
	case t.Lens == prototype.Boolean:
		return "bool"
	case t.Lens == prototype.Char && t.Size == 1 && !t.Unsigned:
		return "char"
	case t.Lens == prototype.Char && t.Size == 4:
		return "wchar_t"
	}
	unsigned := 0
	if t.Unsigned {
		unsigned = 1
	}
	switch t.Size {
	case 1:
		return [...]string{"signed char", "unsigned char"}[unsigned]
	case 2:
		return [...]string{"short", "unsigned short"}[unsigned]
	case 4:
		return [...]string{"int", "unsigned int"}[unsigned]
	case 0:
		return [...]string{"long", "unsigned long"}[unsigned]
	case 8:
		return [...]string{"long long", "unsigned long long"}[unsigned]
	case 16:
		return [...]string{"__int128", "unsigned __int128"}[unsigned]
	}
	return "integer"
}

func floatType(t *prototype.Type) string {
	switch t.Size {
	case 2:
		return "_Float16"
	case 4:
		return "float"
	case prototype.LongDouble:
		return "long double"
	case 16:
		return "_Float128"
	}
	return "double"
}
