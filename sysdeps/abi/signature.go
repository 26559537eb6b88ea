package abi

import (
	"sonde/prototype"
	"sonde/sysdeps"
)

// Signature is where the arguments and the result of a function lie.
type Signature struct {
	// Args has a Location for each of Prototype.Params, to be looked at when
	// the function is entered.
	Args []Location
	// Result is to be looked at when the function has returned.
	Result Location
	// ResultAddr is where the caller passes the address of the memory that
	// the result goes to; without parts if there is none.
	ResultAddr Location
	// Pops is how many bytes of arguments the function takes off the stack as
	// it returns.
	Pops int
	// VectorArgs and VectorResult tell whether sysdeps.Vectors are needed to
	// fetch an argument, and the result.
	VectorArgs, VectorResult bool

	rest Cursor
}

// Place finds the arguments and the result of a prototype.
func (c *Convention) Place(p *prototype.Prototype) *Signature {
	s := &Signature{Args: make([]Location, 0, len(p.Params))}
	cur := Cursor{conv: c, stack: sysdeps.Addr(c.StackArgs), variadic: p.Variadic}
	var memory bool
	switch {
	case p.Result == nil || p.Result.Kind == prototype.Void:
	case unsized(p.Result):
		// It may take the first argument's place.
		s.Result.Unknown, cur.lost = true, true
	case c.result != nil:
		s.Result, memory = c.result(c, p.Result)
		s.Result = s.Result.within(p.Result.SizeOf(c.Model))
	}
	if memory {
		s.ResultAddr = c.arg(&cur, address, nil)
		if c.CalleePops {
			s.Pops = c.Model.Word
		}
	}
	for i := range p.Params {
		cur.rest = p.Variadic && i >= p.Fixed
		l := cur.place(p.Params[i].Type, nil)
		s.Args = append(s.Args, l)
		s.VectorArgs = s.VectorArgs || l.NeedsVectors()
	}
	cur.rest = true
	s.rest = cur
	if c.result == nil {
		s.Result = goResult(cur, p)
		if p.Result != nil {
			s.Result = s.Result.within(p.Result.SizeOf(c.Model))
		}
	}
	s.VectorResult = s.Result.NeedsVectors()
	return s
}

// Variadic returns a cursor that stands behind the last of Prototype.Params.
func (s *Signature) Variadic() Cursor { return s.rest }

// resultInMemory is where a function leaves the address of its result.
func (c *Convention) resultInMemory() Location {
	p := Part{Where: Integer, Reg: c.Results[0], Size: c.Model.Word}
	return Location{Parts: []Part{p}, Indirect: true}
}

// address is the type of a pointer to whatever it may be.
var address = &prototype.Type{Kind: prototype.Pointer}

// unsized tells of a type that it does not tell how large its values are.
func unsized(t *prototype.Type) bool {
	return (t.Kind == prototype.Struct || t.Kind == prototype.Union) && !t.Complete && t.Size == 0 && !t.Indirect
}

// asPassed returns what C passes of a parameter of a type: of an array, and of a
// class that is not trivial for calls, its address; of a Choice a word, whatever
// it may mean.
func asPassed(t *prototype.Type) (passed *prototype.Type, indirect bool) {
	switch {
	case t.Kind == prototype.Array, t.Indirect:
		return address, true
	case t.Kind == prototype.Choice, t.Kind == prototype.VaList:
		return address, false
	}
	return t, false
}
