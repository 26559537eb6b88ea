package cxx

import "sonde/prototype"

// alias gives an instance of a template by its character type another name.
func alias(char string, of maker) maker {
	return func(t *typeName, _ *component, lib library, depth int) (*prototype.Type, passing) {
		full := *t
		full.path = append([]component(nil), t.path...)
		if lib == libstdcxx && !t.inline("__cxx11") { // the alias does not tell; that of the present ABI is meant
			full.path = append([]component{t.path[0], {name: "__cxx11"}}, t.path[1:]...)
		}
		c := &full.path[len(full.path)-1]
		*c = component{name: c.name, args: []*typeName{{text: char}}, list: true}
		return of(&full, c, lib, depth)
	}
}

// chars returns the character type of a string class whose other arguments are
// the usual ones; else nil. Others' allocators may lie in the object.
func (c *component) chars() *prototype.Type {
	if len(c.args) == 0 || !c.standard(1, "char_traits", "allocator") {
		return nil
	}
	return c.args[0].character()
}

// stringClass is std::basic_string.
func stringClass(t *typeName, c *component, lib library, _ int) (*prototype.Type, passing) {
	char := c.chars()
	switch {
	case char == nil:
		return nil, unknown
	case lib == libcxx:
		return libcxxString(char), indirect
	case t.inline("__cxx11"):
		// bits/basic_string.h: a pointer, the length, and the capacity or up to
		// 15 bytes and a zero in its place.
		return bare("", shown(countedText(char, elt(2))), hidden(sizeType), hiddenBytes(16)), indirect
	}
	return cowString(char), indirect
}

// cowString is libstdc++'s string of the old ABI, whose copies share what they
// hold: a pointer to the characters, with the head before them
// (bits/cow_string.h, _Rep_base).
func cowString(char *prototype.Type) *prototype.Type {
	rep := bare("", hidden(sizeType), hidden(sizeType), hidden(longType), shown(arrayType(char, elt(1))))
	return bare("", shown(&prototype.Type{Kind: prototype.Pointer, Elem: rep, Into: 4}))
}

// libcxxString is libc++'s string: capacity, size and pointer if the lowest bit
// of the first byte is set, else the length in that byte's other bits, and the
// characters behind it (libc++'s <string>, __rep).
func libcxxString(char *prototype.Type) *prototype.Type {
	long := bare("", hidden(sizeType), hidden(sizeType), shown(countedText(char, elt(2))))
	short := bare("", hidden(ucharType), shown(arrayType(char, apply(prototype.Shr, elt(1), constantExpr(1)))))
	return &prototype.Type{Kind: prototype.Union, Lens: prototype.Bare, Complete: true, Fields: []prototype.Field{
		hidden(ucharType),
		shown(&prototype.Type{
			Kind: prototype.Choice, On: apply(prototype.And, elt(1), constantExpr(1)),
			Cases: []prototype.Case{{Values: []int64{0}, Type: short}}, Else: long,
		}),
	}}
}

// viewClass is std::basic_string_view.
func viewClass(_ *typeName, c *component, lib library, _ int) (*prototype.Type, passing) {
	char := c.chars()
	switch {
	case char == nil:
		return nil, unknown
	case lib == libcxx:
		return bare("", shown(countedText(char, elt(2))), hidden(sizeType)), direct
	}
	return bare("", hidden(sizeType), shown(countedText(char, elt(1)))), direct
}

// pathClass is std::filesystem::path: a string, and libstdc++'s list of its parts.
func pathClass(_ *typeName, _ *component, lib library, _ int) (*prototype.Type, passing) {
	name := "std::__cxx11::basic_string<char>"
	if lib == libcxx {
		name = "std::__1::basic_string<char>"
	}
	s, _ := Pretty(name)
	if lib == libcxx {
		return bare("", shown(s)), indirect
	}
	return bare("", shown(s), hidden(addressType)), indirect
}
