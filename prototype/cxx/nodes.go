package cxx

import "sonde/prototype"

// The containers whose elements are in nodes or blocks.

// inNodes is an array whose elements, at most length (nil: nobody counts), are in
// nodes; of which nothing but their number is shown where the element's type is not
// known.
func inNodes(nodes *prototype.Nodes, length *prototype.Expr) *prototype.Type {
	e := nodes.Node.Fields[nodes.Value-1].Type
	if e == nil {
		return counted(length)
	}
	a := &prototype.Type{Kind: prototype.Array, Elem: e, Len: length, Nodes: nodes}
	if length != nil {
		a.Lens = prototype.Sized
	}
	return a
}

// node is what a node has: links, and then an element.
func node(e *prototype.Type, links ...prototype.Field) *prototype.Type {
	return &prototype.Type{Kind: prototype.Struct, Complete: true, Fields: append(links, prototype.Field{Type: e})}
}

// dequeClass is std::deque. libstdc++ has a table of blocks of 512 bytes, or of one
// larger element, and two iterators, each the place in its block, the block's ends
// and its place in the table (bits/stl_deque.h). libc++ has blocks of 4096 bytes, or of
// 16 larger elements, and says how many places before the first element are free.
func dequeClass(_ *typeName, c *component, lib library, depth int) (*prototype.Type, passing) {
	e, _ := c.arg(0, depth)
	if e == nil || !c.standard(1, "allocator") {
		return nil, unknown
	}
	size, word := sizeOf(e), sizeOf(addressType)
	if lib == libcxx {
		// Fields: 1-4 the table's room, its begin and end and the end of the room, 5 start, 6 size.
		small := apply(prototype.Lt, size, constantExpr(256))
		per := apply(prototype.Max,
			apply(prototype.Mul, small, apply(prototype.Div, constantExpr(4096), size)),
			apply(prototype.Mul, apply(prototype.Eq, small, constantExpr(0)), constantExpr(16)))
		a := hidden(addressType)
		return bare("", a, a, a, a, hidden(sizeType), hidden(sizeType), shown(&prototype.Type{
			Kind: prototype.Array, Lens: prototype.Sized, Elem: e, Len: elt(6),
			Blocks: &prototype.Blocks{
				Table: apply(prototype.Add, elt(2), apply(prototype.Mul, apply(prototype.Div, elt(5), per), word)),
				Start: apply(prototype.Mod, elt(5), per), Per: per,
			},
		})), indirect
	}
	// Fields: 1 table, 2 its size, 3-6 start {cur, first, last, node}, 7-10 finish.
	per := apply(prototype.Max, constantExpr(1), apply(prototype.Div, constantExpr(512), size))
	between := func(x, y int64, by *prototype.Expr) *prototype.Expr {
		return apply(prototype.Div, apply(prototype.Sub, elt(x), elt(y)), by)
	}
	blocks := apply(prototype.Sub, between(10, 6, word), constantExpr(1))
	ends := apply(prototype.Add, between(7, 8, size), between(5, 3, size))
	fields := []prototype.Field{hidden(addressType), hidden(sizeType)}
	for range 8 {
		fields = append(fields, hidden(addressType))
	}
	return bare("", append(fields, shown(&prototype.Type{
		Kind: prototype.Array, Lens: prototype.Sized, Elem: e, Len: apply(prototype.Add, apply(prototype.Mul, blocks, per), ends),
		Blocks: &prototype.Blocks{Table: elt(6), Start: between(3, 4, size), Per: per},
	}))...), indirect
}

// listClass is std::list: the first and last node, which lead back to the list, and,
// but for libstdc++'s old ABI, their number. libc++ has the last node first.
func listClass(t *typeName, c *component, lib library, depth int) (*prototype.Type, passing) {
	if len(c.args) == 0 || !c.standard(1, "allocator") {
		return nil, unknown
	}
	e, _ := c.arg(0, depth)
	a := hidden(addressType)
	if lib == libcxx {
		nodes := &prototype.Nodes{Node: node(e, a, a), Value: 3, Back: 1, Next: 2, First: elt(2), Head: 1}
		return bare("", a, a, hidden(sizeType), shown(inNodes(nodes, elt(3)))), indirect
	}
	nodes := &prototype.Nodes{Node: node(e, a, a), Value: 3, Next: 1, Back: 2, First: elt(1), Head: 1}
	switch {
	case t.inline("__cxx11"):
		return bare("", a, a, hidden(sizeType), shown(inNodes(nodes, elt(3)))), indirect
	case e == nil:
		return nil, unknown
	}
	return bare("", a, a, shown(inNodes(nodes, nil))), indirect
}

// forwardListClass is std::forward_list: the first node. Nobody counts them.
func forwardListClass(_ *typeName, c *component, lib library, depth int) (*prototype.Type, passing) {
	e, _ := c.arg(0, depth)
	if e == nil || !c.standard(1, "allocator") {
		return nil, unknown
	}
	if lib != libcxx {
		e = buffered(e)
	}
	a := hidden(addressType)
	return bare("", a, shown(inNodes(&prototype.Nodes{Node: node(e, a), Value: 2, Next: 1, First: elt(1)}, nil))), indirect
}

// element returns what a container has for each key: that, or a pair of the key and
// what it leads to; nil if one of them is not known.
func (c *component) element(types, depth int) *prototype.Type {
	key, _ := c.arg(0, depth)
	if types == 1 || key == nil {
		return key
	}
	value, _ := c.arg(1, depth)
	if value == nil {
		return nil
	}
	return &prototype.Type{Kind: prototype.Struct, Complete: true, Fields: []prototype.Field{
		{Name: "first", Type: key}, {Name: "second", Type: value},
	}}
}

// treeClass is std::map and std::set and their likes, which count their nodes.
// In libstdc++ the comparison and the header of the tree, a node of its own that the
// root leads back to, are before that (bits/stl_tree.h, _Rb_tree_impl), in libc++ the
// first node, and a header that is a link to the root.
func treeClass(types int) maker {
	return func(_ *typeName, c *component, lib library, depth int) (*prototype.Type, passing) {
		if len(c.args) < types || !c.standard(types, "less", "greater", "allocator") {
			return nil, unknown
		}
		a, e := hidden(addressType), c.element(types, depth)
		if lib == libcxx { // left, right, parent, is_black
			nodes := &prototype.Nodes{Node: node(e, a, a, a, hidden(ucharType)), Value: 5, Left: 1, Next: 2, Back: 3, First: elt(2), Head: 2}
			return bare("", a, a, hidden(sizeType), shown(inNodes(nodes, elt(3)))), indirect
		}
		nodes := &prototype.Nodes{Node: node(e, hidden(intType), a, a, a), Value: 5, Back: 2, Left: 3, Next: 4, First: elt(3), Head: 2}
		return bare("", a, hidden(longType), a, a, a, hidden(sizeType), shown(inNodes(nodes, elt(6)))), indirect
	}
}

// rbTreeClass is libstdc++'s _Rb_tree, which its maps and sets are made of, by the
// element's type as its second argument.
func rbTreeClass(t *typeName, c *component, _ library, depth int) (*prototype.Type, passing) {
	if len(c.args) != 5 || !c.standard(3, "less", "greater", "allocator") {
		return nil, unknown
	}
	return treeClass(1)(t, &component{name: "set", args: c.args[1:2], list: true}, libstdcxx, depth)
}

// hashTableClass is libstdc++'s _Hashtable in the same way.
func hashTableClass(t *typeName, c *component, _ library, depth int) (*prototype.Type, passing) {
	if len(c.args) != 10 || !c.args[2].is("allocator") || !c.args[4].is("equal_to") || !c.args[5].is("hash") {
		return nil, unknown
	}
	return hashClass(1)(t, &component{name: "unordered_set", args: c.args[1:2], list: true}, libstdcxx, depth)
}

// hashClass is std::unordered_map and its likes. Both libraries have the first node as
// the third word and their number as the fourth (bits/hashtable.h, _M_before_begin and
// _M_element_count; __hash_table). Whether libstdc++ has hashes in its nodes makes no
// difference: they would be behind the element.
func hashClass(types int) maker {
	return func(_ *typeName, c *component, lib library, depth int) (*prototype.Type, passing) {
		if len(c.args) < types || !c.standard(types, "hash", "equal_to", "allocator") {
			return nil, unknown
		}
		if k, _ := c.arg(0, depth); k == nil { // its hash may be a class with data
			return nil, unknown
		}
		a, n, e := hidden(addressType), hidden(sizeType), c.element(types, depth)
		f := hidden(builtins["float"])
		if lib == libcxx {
			nodes := &prototype.Nodes{Node: node(e, a, n), Value: 3, Next: 1, First: elt(3)}
			return bare("", a, n, a, n, f, shown(inNodes(nodes, elt(4)))), indirect
		}
		nodes := &prototype.Nodes{Node: node(buffered(e), a), Value: 2, Next: 1, First: elt(3)}
		return bare("", a, n, a, n, f, n, a, shown(inNodes(nodes, elt(4)))), indirect
	}
}

// buffered is an element as libstdc++'s forward lists and hash tables have it in their
// nodes: aligned as a variable is and not as a member, which differs on i386
// (ext/aligned_buffer.h, __aligned_buffer).
func buffered(e *prototype.Type) *prototype.Type {
	if e == nil || e.Kind != prototype.Int && e.Kind != prototype.Float || e.Size != 8 {
		return e
	}
	own := *e
	own.Align = 8
	return &own
}
