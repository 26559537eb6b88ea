package cxx

import "sonde/prototype"

// library is whose layout a class of namespace std has.
type library uint8

const (
	libstdcxx library = iota
	libcxx            // its names are in std::__1
)

// inlineNamespaces are those in namespace std that nobody writes. A libstdc++ with
// debug mode or versioned namespaces has others, and other layouts in them.
var inlineNamespaces = map[string]bool{"__cxx11": true, "_V2": true, "__1": true, "__ndk1": true, "__fs": true}

// std returns the name of what is declared in namespace std, directly or in
// namespaces there (scope: "chrono"); nil for others.
func (t *typeName) std() (scope string, c *component, lib library) {
	if t == nil || t.form != named || len(t.path) < 2 || t.path[0].name != "std" {
		return "", nil, 0
	}
	last := len(t.path) - 1
	for i := 1; i < last; i++ {
		c := &t.path[i]
		switch {
		case c.list:
			return "", nil, 0
		case inlineNamespaces[c.name]:
			if c.name == "__1" || c.name == "__ndk1" {
				lib = libcxx
			}
		case scope == "":
			scope = c.name
		default:
			scope += "::" + c.name
		}
	}
	return scope, &t.path[last], lib
}

// inline tells whether t is declared in an inline namespace of that name.
func (t *typeName) inline(name string) bool {
	for i := 1; i < len(t.path)-1; i++ {
		if t.path[i].name == name {
			return true
		}
	}
	return false
}

// Pretty returns how a class is shown that is known by its name, as demanglers
// and DWARF spell it: std::vector<int, std::allocator<int> >; ok is false if it
// is none of those of the standard library that are known, or is made of others.
// The type has the layout that the class has in every version of its library;
// Type.Indirect says that one is passed by its address. It is the caller who
// keeps it.
func Pretty(name string) (t *prototype.Type, ok bool) {
	n := parseType(name)
	if n == nil || n.form != named || n.text != "" {
		return nil, false
	}
	t, _ = n.class(0)
	return t, t != nil
}

// maker makes the type of one class template's instance, or of one class.
type maker func(t *typeName, c *component, lib library, depth int) (*prototype.Type, passing)

// class returns the type of a class or enum, and how one is passed; nil if it is
// not known.
func (t *typeName) class(depth int) (*prototype.Type, passing) {
	if depth > maxDepth {
		return nil, unknown
	}
	scope, c, lib := t.std()
	if c == nil {
		if made, how := t.extension(depth); made != nil {
			return made, how
		}
		return t.ofProgram()
	}
	name := c.name
	if scope != "" {
		name = scope + "::" + name
	}
	made, how := enums[name], direct
	if make := classes()[name]; make != nil {
		made, how = make(t, c, lib, depth)
	}
	if made == nil {
		return t.ofProgram()
	}
	// What is made may be shared.
	plain := *t
	plain.konst = false
	own := *made
	own.Name = plain.String()
	own.Indirect = how == indirect
	return &own, how
}

// extension returns the type of a class of libstdc++ that is not directly in a
// namespace of std: an iterator, or what a string takes in place of a string_view.
func (t *typeName) extension(depth int) (*prototype.Type, passing) {
	if n := len(t.path); n > 2 && t.path[n-1].name == "__sv_wrapper" && t.path[n-2].name == "basic_string" && t.path[0].name == "std" {
		view := &typeName{path: []component{t.path[0], {name: "basic_string_view", args: t.path[n-2].args, list: true}}}
		v, how := view.class(depth)
		if v == nil {
			return nil, unknown
		}
		return bare(t.String(), shown(v)), how
	}
	if len(t.path) != 2 || t.path[0].name != "__gnu_cxx" || t.path[1].name != "__normal_iterator" || len(t.path[1].args) == 0 {
		return nil, unknown
	}
	p := t.path[1].args[0]
	if p.form != pointer {
		return nil, unknown
	}
	return bare(t.String(), shown(address(p.base.pointee(depth)))), direct
}

// arg returns the type that is the n-th template argument.
func (c *component) arg(n, depth int) (*prototype.Type, passing) {
	if n >= len(c.args) {
		return nil, unknown
	}
	e, how := c.args[n].object(depth)
	if e == nil || e.Kind == prototype.Void || c.args[n].form == constant {
		return nil, unknown
	}
	return e, how
}

// standard tells whether the arguments from the n-th on are those of the given
// names, which are classes without data, or left to their defaults.
func (c *component) standard(n int, names ...string) bool {
	for i := n; i < len(c.args); i++ {
		ok := false
		for _, name := range names {
			ok = ok || c.args[i].is(name)
		}
		if !ok {
			return false
		}
	}
	return true
}
