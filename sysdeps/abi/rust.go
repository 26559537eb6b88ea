package abi

import "sonde/prototype"

// rust is what rustc does with functions that are not extern "C"
// (fn_abi_adjust_for_abi in rustc_ty_utils): numbers and pointers go as in C,
// structs of one or two of them as if these were arguments or results of their own,
// in the order in which they lie. What else is no larger than a word goes as an
// integer, and the rest by its address.
//
// A struct that is repr(C) is never taken apart, which debugging information does
// not tell; such ones are seldom passed by value to Rust's own functions.
func rust(c *Convention) *Convention {
	r := *c
	r.Name, r.arraysByValue = "rust", true
	r.arg = func(cur *Cursor, t *prototype.Type, parts []Part) Location {
		s := takeApart(t, c.Model)
		if s.whole != nil {
			l := c.arg(cur, s.whole, parts)
			l.Indirect = s.indirect
			if !s.indirect {
				s.fit(l.Parts[len(parts):])
			}
			return l
		}
		for _, leaf := range s.leaves() {
			n := len(parts)
			parts = c.arg(cur, leaf.t, parts).Parts
			for i := range parts[n:] {
				parts[n+i].At += leaf.at
			}
		}
		return Location{Parts: parts}
	}
	r.result = func(_ *Convention, t *prototype.Type) (Location, bool) {
		s := takeApart(t, c.Model)
		if s.indirect {
			return c.resultInMemory(), true
		}
		if s.whole != nil {
			l, memory := c.result(c, s.whole)
			s.fit(l.Parts)
			return l, memory
		}
		return c.leafResults(s.leaves())
	}
	return &r
}

// rustValue is how a value is passed.
type rustValue struct {
	// whole is the type that it is passed as in one piece, or nil if the
	// scalars in it are, of which there are at most two.
	whole    *prototype.Type
	indirect bool // its address is passed
	size     int  // of whole, if it is passed as an integer; else 0

	pair [2]scalar
	n    int

	model  *prototype.Model
	fields int
}

// scalar is a number or pointer in a value, at an offset in bytes.
type scalar struct {
	t  *prototype.Type
	at int
}

func (s *rustValue) leaves() []scalar { return s.pair[:s.n] }

// fit cuts a word down to the bytes of the value in it.
func (s *rustValue) fit(parts []Part) {
	if s.size > 0 && len(parts) == 1 {
		parts[0].Size = s.size
	}
}

// takeApart finds out how a value of a type is passed.
func takeApart(t *prototype.Type, m *prototype.Model) *rustValue {
	s := &rustValue{model: m, fields: maxFields}
	size := t.SizeOf(m)
	switch {
	case t.Indirect:
		s.whole, s.indirect = address, true
	case t.Kind == prototype.Choice, t.Kind == prototype.VaList:
		s.whole = address
	case isScalar(t):
		s.whole = t
	case s.add(t, 0):
		if s.n == 2 && s.pair[0].at > s.pair[1].at { // rustc orders fields as it likes
			s.pair[0], s.pair[1] = s.pair[1], s.pair[0]
		}
	case size <= m.Word:
		s.whole, s.size = address, size
	default:
		s.whole, s.indirect = address, true
	}
	return s
}

func isScalar(t *prototype.Type) bool {
	return t.Kind == prototype.Int || t.Kind == prototype.Pointer || t.Kind == prototype.Float
}

// add notes the scalars of a value. It returns false if there are more than two,
// or something else.
func (s *rustValue) add(t *prototype.Type, at int) bool {
	if s.fields--; s.fields < 0 {
		return false
	}
	switch {
	case t.SizeOf(s.model) <= 0:
		return true
	case isScalar(t):
		return s.addScalar(t, at)
	case t.Kind == prototype.Choice: // the variants of an enum
		for i := range t.Cases {
			if !s.add(t.Cases[i].Type, at) {
				return false
			}
		}
		return t.Else == nil || s.add(t.Else, at)
	case t.Kind != prototype.Struct:
		return false
	}
	l := t.Layout(s.model)
	for i := range t.Fields {
		if !s.add(t.Fields[i].Type, at+l.Fields[i].Offset) {
			return false
		}
	}
	return true
}

// addScalar adds a scalar, or finds that it is there: the variants of an enum
// begin with the same one, and must agree about the other.
func (s *rustValue) addScalar(t *prototype.Type, at int) bool {
	for _, known := range s.leaves() {
		if known.at == at {
			return known.t.SizeOf(s.model) == t.SizeOf(s.model) && (known.t.Kind == prototype.Float) == (t.Kind == prototype.Float)
		}
	}
	if s.n == len(s.pair) {
		return false
	}
	s.pair[s.n] = scalar{t, at}
	s.n++
	return true
}

// leafResults places the scalars of a result: in registers of their own, or if
// these are too few all of it in memory.
func (c *Convention) leafResults(leaves []scalar) (l Location, memory bool) {
	ints, vectors := 0, 0
	for _, s := range leaves {
		size := s.t.SizeOf(c.Model)
		if s.t.Kind == prototype.Float {
			if c.Model != prototype.LP64 || size > 8 {
				return Location{Unknown: true}, false // it depends on rustc's version
			}
			l.Parts = append(l.Parts, Part{Where: Vector, Index: uint8(vectors), At: s.at, Size: size})
			vectors++
			continue
		}
		for off := 0; off < size; off += c.Model.Word {
			if ints == len(c.Results) {
				return c.resultInMemory(), true
			}
			p := Part{Where: Integer, Reg: c.Results[ints], At: s.at + off, Size: min(c.Model.Word, size-off)}
			l.Parts = append(l.Parts, p)
			ints++
		}
	}
	return l, false
}
