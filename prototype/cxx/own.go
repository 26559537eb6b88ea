package cxx

import (
	"strings"

	"github.com/ianlancetaylor/demangle"

	"sonde/prototype"
)

// Own returns a type of the program's own by its name; nil for one that is not known.
type Own func(name string) *prototype.Type

// PrettyOf is Pretty for a class that has types of a program in it.
func PrettyOf(name string, own Own) (t *prototype.Type, ok bool) {
	n := parseType(name)
	if n == nil || n.form != named || n.text != "" {
		return nil, false
	}
	if _, c, _ := n.std(); c == nil {
		return Pretty(name)
	}
	n.setOwn(own)
	t, _ = n.class(0)
	return t, t != nil
}

// setOwn tells what a name is made of which types the program has. The class
// itself is none of them.
func (t *typeName) setOwn(own Own) {
	if t.base != nil {
		t.base.own = own
		t.base.setOwn(own)
	}
	for i := range t.path {
		for _, a := range t.path[i].args {
			a.own = own
			a.setOwn(own)
		}
	}
}

// ofProgram returns a class or enum that the program has.
func (t *typeName) ofProgram() (*prototype.Type, passing) {
	if t.own == nil {
		return nil, unknown
	}
	plain := *t
	plain.konst = false
	made := t.own(plain.String())
	switch {
	case made == nil:
		return nil, unknown
	case made.Indirect:
		return made, indirect
	}
	return made, direct
}

// Params returns how many parameters a function has by its mangled name, without this
// and what else only the compiler passes; ok is false where the name does not tell.
func Params(symbol string) (n int, ok bool) {
	defer func() {
		if recover() != nil { // the demangler's fault, on what no compiler wrote
			n, ok = 0, false
		}
	}()
	f := parseSymbol(symbol)
	if f == nil || f.ctor && strings.Contains(symbol, "CI") { // a constructor that is inherited
		return 0, false
	}
	for _, param := range f.params {
		switch p := param.(type) {
		case *demangle.PackExpansion:
			if p.Pack == nil {
				return 0, false
			}
			n += len(p.Pack.Args)
		case *demangle.ArgumentPack:
			n += len(p.Args)
		case *demangle.BuiltinType:
			if p.Name != "..." && p.Name != "void" {
				n++
			}
		default:
			n++
		}
	}
	return n, true
}
