package dwarf

import "debug/dwarf"

// Bound is how many elements an array has whose length the program computes.
type Bound struct {
	// Expression is that of a number, or, where Size is not 0, of where a variable of so
	// many bytes is that has it.
	Expression []byte
	Size       int
	Upper      bool // it is the last element's index, not their number
}

// boundOf returns the bound of a type, through typedefs; nil where it is no array, or one of
// a constant length, or of several dimensions.
func (c *collector) boundOf(e *entry) *Bound {
	to, _ := c.resolve(e)
	if to.tag() != dwarf.TagArrayType {
		return nil
	}
	var bound *Bound
	dimensions := 0
	for child := range to.children() {
		if child.tag() == dwarf.TagSubrangeType {
			dimensions++
			bound = c.bound(child)
		}
	}
	if dimensions != 1 {
		return nil
	}
	return bound
}

func (c *collector) bound(e *entry) *Bound {
	for _, attr := range []dwarf.Attr{dwarf.AttrCount, dwarf.AttrUpperBound} {
		b := &Bound{Upper: attr == dwarf.AttrUpperBound}
		switch v := e.val(attr); v.form {
		case formExprloc, formBlock, formBlock1:
			b.Expression = e.expressionOf(attr, c.addr)
		case formRef1, formRef2, formRef4, formRef8, formRefUdata, formRefAddr:
			to, ok := e.ref(attr)
			if !ok {
				return nil
			}
			t, ok := to.ref(dwarf.AttrType)
			if !ok {
				return nil
			}
			b.Expression, b.Size = to.expressionOf(dwarf.AttrLocation, c.addr), t.byteSize(0)
		}
		if b.Expression != nil {
			return b
		}
	}
	return nil
}
