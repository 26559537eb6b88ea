package display

import (
	"sonde/prototype"
)

// jsonValues is how values become JSON, with what they lead to:
//
//	numbers                       3, 2.5; "18446744073709551615" where a double would not hold them; "nan"
//	strings                       "text"; {"b64":"..."}; {"string":"te","truncated":true}
//	pointers                      what they lead to; else "0x601000", NULL: null
//	structs and unions            {"field":value}; see structure
//	arrays                        [1, 2]; {"array":[1],"truncated":true}
//	sets of bits                  [0,3]
//	enums, flags, error numbers   {"value":3,"names":["A","B"]}
//	functions and variables       {"address":"0x401000","symbol":"main"}
//	descriptors, streams          3; {"value":3,"leads_to":"/etc/passwd"}
//	what cannot be told           {"address":"0x601000","why":"unreadable"}
//
// Nothing of it allocates but the first sight of a symbol, and a long double of
// many digits.
type jsonValues struct {
	vals   *values
	fields []string // of a struct that is being looked at
}

// value appends a value as it is now.
func (p *jsonValues) value(b []byte, v *prototype.Value) []byte { return p.nested(b, v, 0) }

func (p *jsonValues) nested(b []byte, v *prototype.Value, depth int) []byte {
	t := v.Type
	switch {
	case depth > maxNesting || v.State == prototype.TooDeep:
		return appendWhy(b, v.Word, "too deep")
	case v.State == prototype.Unreadable && v.Word == 0:
		return append(b, "null"...)
	case v.State == prototype.Unreadable:
		return appendWhy(b, v.Word, "unreadable")
	case v.State == prototype.NotCopied:
		return appendWhy(b, v.Word, "not copied")
	case v.State == prototype.Recursive:
		return appendWhy(b, v.Word, "recursive")
	case t == nil:
		return p.untyped(b, v)
	case v.State != prototype.Captured && !isWord(t):
		return appendWhy(b, v.Word, "not followed")
	}
	switch t.Kind {
	case prototype.Void:
		return append(b, "null"...)
	case prototype.Int:
		return p.integer(b, v, depth)
	case prototype.Float:
		return appendJSONFloat(b, v)
	case prototype.Complex:
		return appendJSONComplex(b, v)
	case prototype.Pointer:
		return p.pointer(b, v, depth)
	case prototype.Struct, prototype.Union:
		return p.structure(b, v, depth)
	case prototype.Array, prototype.Vector:
		return p.array(b, v, depth)
	case prototype.VaList:
		return appendJSONPointer(b, v.Word)
	}
	return p.untyped(b, v)
}

// appendWhy appends an address of which it is said why there is nothing but it.
func appendWhy(b []byte, address uint64, why string) []byte {
	b = append(b, '{')
	if address != 0 {
		b = appendJSONAddress(appendKey(b, "address"), address)
	}
	b = appendKey(b, "why")
	return append(append(append(b, '"'), why...), '"', '}')
}

func appendJSONPointer(b []byte, a uint64) []byte {
	if a == 0 {
		return append(b, "null"...)
	}
	return appendJSONAddress(b, a)
}

// untyped appends a value of which nothing is known: by the guess that lines make,
// too.
func (p *jsonValues) untyped(b []byte, v *prototype.Value) []byte {
	switch n := v.Signed(); {
	case v.State == prototype.NotFollowed || v.State == prototype.Later:
		return appendJSONPointer(b, v.Word)
	case v.Text != nil:
		return appendJSONText(b, v.Text, v.More)
	case -10000 <= n && n <= 10000:
		return appendJSONInt(b, n)
	}
	return appendJSONAddress(b, v.Word)
}

// appendJSONText appends what has been captured of a string.
func appendJSONText(b, text []byte, more bool) []byte {
	if !more {
		return appendJSONString(b, text)
	}
	from := len(b)
	b, ok := appendJSONQuoted(append(b, `{"string":`...), trimPartial(text))
	if !ok {
		b = appendBase64(append(b[:from], '{'), text)
	}
	return append(b, `,"truncated":true}`...)
}

func (p *jsonValues) pointer(b []byte, v *prototype.Value, depth int) []byte {
	if v.Word == 0 && len(v.Elems) == 0 && v.Text == nil {
		return append(b, "null"...)
	}
	switch v.Type.Lens {
	case prototype.Symbol:
		return p.symbol(b, v)
	case prototype.Stream:
		if len(v.Text) == 0 {
			return appendJSONPointer(b, v.Word)
		}
		b = appendJSONAddress(append(b, `{"address":`...), v.Word)
		return append(appendJSONString(appendKey(b, "leads_to"), v.Text), '}')
	}
	if v.State != prototype.Captured {
		return appendJSONPointer(b, v.Word)
	}
	if v.Type.Lens.Characters() {
		return appendJSONText(b, v.Text, v.More)
	}
	switch v.Type.Lens {
	case prototype.Thrown:
		if v.Text != nil {
			return appendJSONText(b, v.Text, v.More)
		}
	}
	if len(v.Elems) == 0 || v.Type.Lens == prototype.Address {
		return appendJSONPointer(b, v.Word)
	}
	return p.nested(b, &v.Elems[0], depth+1)
}

// symbol appends an address and the name of what is there.
func (p *jsonValues) symbol(b []byte, v *prototype.Value) []byte {
	if len(v.Text) == 0 {
		return appendJSONPointer(b, v.Word)
	}
	b = appendJSONAddress(append(b, `{"address":`...), v.Word)
	return append(appendJSONString(appendKey(b, "symbol"), p.vals.names.ofText(v.Text)), '}')
}

// array appends an array, or an object with it where there is more to be said.
func (p *jsonValues) array(b []byte, v *prototype.Value, depth int) []byte {
	switch v.Type.Lens {
	case prototype.Text, prototype.TypeName, prototype.SocketName:
		return appendJSONText(b, v.Text, v.More)
	case prototype.LinkAddress:
		return append(appendLinkAddress(append(b, '"'), v), '"')
	}
	if v.More {
		b = append(b, `{"array":`...)
	}
	b = append(b, '[')
	if v.Type.Lens == prototype.Bitvec {
		b = p.bits(b, v)
	} else {
		b = p.elements(b, v.Elems, depth)
	}
	b = append(b, ']')
	if !v.More {
		return b
	}
	b = append(b, `,"truncated":true`...)
	if v.Type.Lens == prototype.Sized && v.Count > 0 {
		b = appendJSONUint(appendKey(b, "length"), v.Count)
	}
	return append(b, '}')
}

func (p *jsonValues) elements(b []byte, elems []prototype.Value, depth int) []byte {
	from := len(b)
	for i := range elems {
		if hidden(&elems[i]) {
			continue
		}
		if len(b) > from {
			b = append(b, ',')
		}
		b = p.nested(b, &elems[i], depth+1)
	}
	return b
}
