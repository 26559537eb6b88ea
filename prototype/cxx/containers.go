package cxx

import "sonde/prototype"

// vectorClass is std::vector, in both libraries where its elements begin, where
// they end, and where the room for them ends.
func vectorClass(_ *typeName, c *component, lib library, depth int) (*prototype.Type, passing) {
	if len(c.args) == 0 || !c.standard(1, "allocator") {
		return nil, unknown
	}
	if c.args[0].form == named && c.args[0].text == "bool" {
		return bitsClass(lib), indirect
	}
	e, _ := c.arg(0, depth)
	if e == nil {
		return nil, unknown
	}
	length := apply(prototype.Div, apply(prototype.Sub, elt(2), elt(1)), sizeOf(e))
	return bare("", shown(emptyAt(2, follow(sized(e, length)))), hidden(addressType), hidden(addressType)), indirect
}

// emptyAt is a pointer to elements, or none of them if the n-th field is NULL:
// what has never had an element has no room for any.
func emptyAt(n int64, p *prototype.Type) *prototype.Type {
	none := sized(p.Elem.Elem, constantExpr(0))
	return &prototype.Type{
		Kind: prototype.Choice, On: elt(n),
		Cases: []prototype.Case{{Values: []int64{0}, Type: none}}, Else: p,
	}
}

// bitsClass is std::vector<bool>: two iterators, which are a pointer to a word
// and the number of a bit in it (bits/stl_bvector.h); in libc++ a pointer and the
// number of bits.
func bitsClass(lib library) *prototype.Type {
	if lib == libcxx {
		return bare("", shown(emptyAt(2, bits(elt(2)))), hidden(sizeType), hidden(sizeType))
	}
	words := apply(prototype.Mul, apply(prototype.Sub, elt(3), elt(1)), constantExpr(8))
	length := apply(prototype.Sub, apply(prototype.Add, words, elt(4)), elt(2))
	uint := &prototype.Type{Kind: prototype.Int, Size: 4, Unsigned: true}
	return bare("", shown(emptyAt(3, bits(length))), hidden(uint), hidden(addressType), hidden(uint), hidden(addressType))
}

// bits is a pointer to bits, which are shown.
func bits(length *prototype.Expr) *prototype.Type {
	of := sized(boolType, length)
	of.Packed = true
	return follow(of)
}

// arrayClass is std::array: an array alone.
func arrayClass(_ *typeName, c *component, _ library, depth int) (*prototype.Type, passing) {
	e, how := c.arg(0, depth)
	if e == nil || len(c.args) != 2 {
		return nil, unknown
	}
	n, ok := number(c.args[1].text)
	if !ok || n == 0 {
		return nil, unknown
	}
	return bare("", shown(arrayType(e, constantExpr(n)))), how
}

// listedClass is std::initializer_list: a pointer and the number of elements.
func listedClass(_ *typeName, c *component, _ library, depth int) (*prototype.Type, passing) {
	e, _ := c.arg(0, depth)
	if e == nil {
		return nil, unknown
	}
	return bare("", shown(emptyAt(2, follow(sized(e, elt(2))))), hidden(sizeType)), direct
}

// spanClass is std::span, which has its length as a template argument, and as a
// field only if that is std::dynamic_extent.
func spanClass(_ *typeName, c *component, _ library, depth int) (*prototype.Type, passing) {
	e, _ := c.arg(0, depth)
	if e == nil || len(c.args) != 2 {
		return nil, unknown
	}
	if n, ok := number(c.args[1].text); ok && n > 0 {
		return bare("", shown(follow(arrayType(e, constantExpr(n))))), direct
	}
	switch c.args[1].text {
	case "18446744073709551615ul", "18446744073709551615", "18446744073709551615UL", "4294967295u", "4294967295", "4294967295U":
		return bare("", shown(emptyAt(2, follow(sized(e, elt(2))))), hidden(sizeType)), direct
	}
	return nil, unknown
}

// adaptorClass is a class that has a container as its first field: that of its
// second argument, or else the one of the given name.
func adaptorClass(container string) maker {
	return func(t *typeName, c *component, lib library, depth int) (*prototype.Type, passing) {
		if len(c.args) == 0 || !c.standard(2, "less", "greater") {
			return nil, unknown
		}
		in := &typeName{path: append(append([]component(nil), t.path[:len(t.path)-1]...), component{name: container, args: c.args[:1], list: true})}
		if len(c.args) > 1 {
			in = c.args[1]
		}
		e, how := in.object(depth)
		if e == nil || how != indirect {
			return nil, unknown
		}
		if c.name == "priority_queue" {
			return bare("", shown(e), hidden(addressType)), indirect
		}
		return bare("", shown(e)), indirect
	}
}

// pairClass is std::pair.
func pairClass(_ *typeName, c *component, _ library, depth int) (*prototype.Type, passing) {
	if len(c.args) != 2 {
		return nil, unknown
	}
	first, how1 := c.arg(0, depth)
	second, how2 := c.arg(1, depth)
	if first == nil || second == nil {
		return nil, unknown
	}
	return &prototype.Type{Kind: prototype.Struct, Complete: true, Fields: []prototype.Field{
		{Name: "first", Type: first}, {Name: "second", Type: second},
	}}, together(how1, how2)
}

// together is how a class is passed that is trivial if its fields are.
func together(hows ...passing) passing {
	all := direct
	for _, how := range hows {
		switch how {
		case unknown:
			return unknown
		case indirect:
			all = indirect
		}
	}
	return all
}

// tupleClass is std::tuple, which libstdc++ makes of base classes from the last
// to the first. Whether one of trivial elements is trivial for calls differs by
// version.
func tupleClass(_ *typeName, c *component, lib library, depth int) (*prototype.Type, passing) {
	t := &prototype.Type{Kind: prototype.Struct, Complete: true, Reversed: lib == libstdcxx}
	all := unknown
	for n := range c.args {
		e, how := c.arg(n, depth)
		if e == nil {
			return nil, unknown
		}
		if how == indirect {
			all = indirect
		}
		t.Fields = append(t.Fields, prototype.Field{Type: e})
	}
	if len(t.Fields) == 0 {
		return nil, unknown
	}
	return t, all
}

// optionalClass is std::optional: a value, and whether there is one.
func optionalClass(_ *typeName, c *component, lib library, depth int) (*prototype.Type, passing) {
	e, how := c.arg(0, depth)
	if e == nil || c.args[0].form == reference {
		return nil, unknown
	}
	return bare("", shown(choose(2, 0, absent("std::nullopt", lib), e)), hidden(ucharType)), how
}

// nothing is what stands for a value that is not there, by its name.
func nothing(name string) *prototype.Type { return bare(name) }

// absent is nothing in a union with values. In libc++'s unions there is a char for
// it, by which the word goes as an integer, whatever value it may hold.
func absent(name string, lib library) *prototype.Type {
	if lib == libcxx {
		return bare(name, hidden(charType))
	}
	return nothing(name)
}

// choose is one of two types: then, if the n-th field is value, or otherwise.
func choose(n, value int64, then, otherwise *prototype.Type) *prototype.Type {
	return &prototype.Type{
		Kind: prototype.Choice, On: elt(n),
		Cases: []prototype.Case{{Values: []int64{value}, Type: then}}, Else: otherwise,
	}
}

// variantClass is std::variant: a union of the alternatives, and the number of
// the one that it holds, a byte in libstdc++ and four in libc++.
func variantClass(_ *typeName, c *component, lib library, depth int) (*prototype.Type, passing) {
	if len(c.args) == 0 || len(c.args) > 64 {
		return nil, unknown
	}
	index := ucharType
	if lib == libcxx {
		index = builtins["unsigned int"]
	}
	of := &prototype.Type{Kind: prototype.Choice, On: elt(2)}
	all := direct
	for n := range c.args {
		e, how := c.arg(n, depth)
		if e == nil {
			return nil, unknown
		}
		all = together(all, how)
		of.Cases = append(of.Cases, prototype.Case{Values: []int64{int64(n)}, Type: e})
	}
	// It lost what it held when it was to get something else, and that threw.
	of.Else = absent("valueless", lib)
	return bare("", shown(of), hidden(index)), all
}

// monostateClass is std::monostate, which has nothing in it.
func monostateClass(*typeName, *component, library, int) (*prototype.Type, passing) {
	t := nothing("std::monostate")
	t.Size = 1
	return t, unknown
}
