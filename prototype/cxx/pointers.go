package cxx

import "sonde/prototype"

// target returns the type of a smart pointer's own pointer to its n-th argument:
// what it points to is alive, and shown. Arrays have no known length.
func (c *component) target(n, depth int) *prototype.Type {
	if n >= len(c.args) || c.args[n].form == constant {
		return nil
	}
	a := c.args[n]
	if a.form == array || a.form == function {
		return addressType
	}
	if len(a.path) == 1 && a.path[0].name == "_IO_FILE" {
		return &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Stream}
	}
	e := a.pointee(depth)
	if e != nil && e.Kind == prototype.Struct && !e.Complete || a.hasName() {
		return address(e)
	}
	return &prototype.Type{Kind: prototype.Pointer, Elem: e}
}

// uniqueClass is std::unique_ptr: the pointer alone where the deleter has no data.
func uniqueClass(_ *typeName, c *component, lib library, depth int) (*prototype.Type, passing) {
	p := c.target(0, depth)
	switch {
	case p == nil || len(c.args) > 2:
		return nil, unknown
	case c.standard(1, "default_delete"):
		return bare("", shown(p)), indirect
	case c.args[1].form != functionPointer:
		return nil, unknown
	case lib == libcxx:
		return bare("", shown(p), hidden(symbolType)), indirect
	}
	return bare("", hidden(symbolType), shown(p)), indirect // a tuple: from the last to the first
}

// sharedClass is std::shared_ptr: the pointer, and the block that counts.
func sharedClass(_ *typeName, c *component, _ library, depth int) (*prototype.Type, passing) {
	p := c.target(0, depth)
	if p == nil {
		return nil, unknown
	}
	return bare("", shown(p), hidden(addressType)), indirect
}

// weakClass is std::weak_ptr: what it points to may be gone.
func weakClass(_ *typeName, c *component, _ library, depth int) (*prototype.Type, passing) {
	p := c.target(0, depth)
	if p == nil {
		return nil, unknown
	}
	return bare("", shown(address(p.Elem)), hidden(addressType)), indirect
}

// wrapperClass is std::reference_wrapper.
func wrapperClass(_ *typeName, c *component, _ library, depth int) (*prototype.Type, passing) {
	p := c.target(0, depth)
	if p == nil {
		return nil, unknown
	}
	if c.args[0].form == function {
		p = symbolType
	}
	return bare("", shown(p)), direct
}

// functionClass is libstdc++'s std::function: room for what is called or its
// address, the function that copies and destroys it, which is NULL if there is
// none, and the one that calls it, whose name tells what that is
// (bits/std_function.h). The last is not set by old versions if there is none.
func functionClass(_ *typeName, c *component, lib library, _ int) (*prototype.Type, passing) {
	if lib == libcxx || len(c.args) != 1 || c.args[0].form != function {
		return nil, unknown
	}
	return bare(
		"", hidden(addressType), hidden(addressType), hidden(addressType),
		shown(choose(3, 0, nothing("nullptr"), symbolType)),
	), indirect
}

// anyClass is libstdc++'s std::any: the function that knows what it has, whose name
// tells that, and NULL if it has nothing; and room for it, or its address.
func anyClass(_ *typeName, _ *component, lib library, _ int) (*prototype.Type, passing) {
	if lib == libcxx {
		return nil, unknown
	}
	return bare("", shown(symbolType), hidden(addressType)), indirect
}

// exceptionPointerClass is std::exception_ptr: the address of the exception.
func exceptionPointerClass(*typeName, *component, library, int) (*prototype.Type, passing) {
	return bare("", shown(addressType)), indirect
}

// nullptrClass is std::nullptr_t, in the words of DWARF.
func nullptrClass(*typeName, *component, library, int) (*prototype.Type, passing) {
	return bare("", shown(addressType)), direct
}
