package cxx

import "sonde/prototype"

// terminated are the members of strings whose number behind a text is where to
// begin and not how long the text is, unless a third argument says that.
var terminated = map[string]bool{
	"find": true, "rfind": true, "find_first_of": true, "find_last_of": true,
	"find_first_not_of": true, "find_last_not_of": true,
}

// lengths says how long the texts are that functions of the standard library
// take: what a text is followed by is its length or its end. One that is not
// followed by either ends at a zero, as anybody's.
func (f *signature) lengths(p *prototype.Prototype) {
	if !f.measures() {
		return
	}
	for i := range p.Params {
		t := p.Params[i].Type
		if t.Kind != prototype.Pointer || t.Lens != prototype.Text || i+1 == len(p.Params) {
			continue
		}
		next := p.Params[i+1].Type
		arg := &prototype.Expr{Op: prototype.Arg, N: int64(i + 2)}
		switch {
		case next.Kind == prototype.Pointer && next.Lens == prototype.Text:
			begin := &prototype.Expr{Op: prototype.Arg, N: int64(i + 1)}
			length := apply(prototype.Div, apply(prototype.Sub, arg, begin), sizeOf(t.Elem.Elem))
			p.Params[i].Type = countedText(t.Elem.Elem, length)
			p.Params[i+1].Type = address(t.Elem.Elem)
		case !isLength(next):
		case terminated[f.name] && i+2 < len(p.Params) && isLength(p.Params[i+2].Type):
			p.Params[i].Type = countedText(t.Elem.Elem, &prototype.Expr{Op: prototype.Arg, N: int64(i + 3)})
		case !terminated[f.name]:
			p.Params[i].Type = countedText(t.Elem.Elem, arg)
		}
	}
}

// isLength tells a size_t or a streamsize.
func isLength(t *prototype.Type) bool {
	return t.Kind == prototype.Int && t.Lens == prototype.Plain && t.Names == nil && (t.Size == 0 || t.Size == 4)
}

// measured are the functions outside of classes, and the classes whose
// constructors, take texts with their lengths. Others take a line's number, or a
// facet's count of references, behind a name.
var measured = map[string]bool{
	"__ostream_insert": true, "__verify_grouping": true, "from_chars": true, "to_chars": true,
	"basic_string": true, "strstreambuf": true,
}

// measures tells whether the texts that the function takes have lengths.
func (f *signature) measures() bool {
	switch {
	case f.scope == nil || f.scope.form != named || f.scope.text != "" || f.scope.path[0].name != "std":
		return false
	case f.name == "open": // behind a file's name libc++ has the mode as a number
		return false
	case f.member == no:
		return f.scope.isClass() || measured[f.name]
	case f.ctor:
		return measured[f.scope.path[len(f.scope.path)-1].name]
	}
	return true
}
