package display

import (
	"bytes"
	"strconv"
	"time"

	"sonde/prototype"
)

// values is how values become text. Nothing of it allocates but the first sight
// of a symbol, and a long double of many digits.
type values struct {
	strings int  // how many characters of a string are shown
	elems   int  // how many elements of an array
	named   bool // arguments and fields with their names
	verbose bool // -v: structs whole, and long lists of system calls
	utf8    bool
	zone    *time.Location
	names   *names
}

// maxNesting bounds the depth to which values are shown, whoever made them.
const maxNesting = 100

// list appends those values that are not hidden, with ", " between them, and
// before the first one where comma is set. It returns whether a further value
// needs one.
func (p *values) list(b []byte, vs []prototype.Value, comma bool) ([]byte, bool) {
	for i := range vs {
		if v := &vs[i]; !hidden(v) {
			b = p.element(b, v, comma, p.named, 0)
			comma = true
		}
	}
	return b, comma
}

// element appends a value that has others beside it.
func (p *values) element(b []byte, v *prototype.Value, comma, named bool, depth int) []byte {
	if comma {
		b = append(b, ", "...)
	}
	if named && v.Name != "" {
		b = append(appendName(b, v.Name, p.utf8), '=')
	}
	return p.nested(b, v, depth)
}

func hidden(v *prototype.Value) bool { return v.Type != nil && v.Type.Lens == prototype.Hide }

// value appends one value. Arguments that are changed are shown as they were,
// too.
func (p *values) value(b []byte, v *prototype.Value) []byte { return p.nested(b, v, 0) }

func (p *values) nested(b []byte, v *prototype.Value, depth int) []byte {
	if v.Was == nil || depth > maxNesting {
		return p.now(b, v, depth)
	}
	const arrow = " => "
	was := len(b)
	b = p.nested(b, v.Was, depth+1)
	now := len(b)
	b = append(b, arrow...)
	b = p.now(b, v, depth)
	if bytes.Equal(b[was:now], b[now+len(arrow):]) {
		return b[:now]
	}
	return b
}

// now appends a value as it is, whatever it was.
func (p *values) now(b []byte, v *prototype.Value, depth int) []byte {
	if depth > maxNesting {
		return append(b, "..."...)
	}
	switch v.State {
	case prototype.Unreadable:
		if v.Word == 0 {
			return append(b, "nil"...)
		}
		return append(appendHex(b, v.Word), " <unreadable>"...)
	case prototype.NotCopied:
		return append(appendHex(b, v.Word), " <not copied>"...)
	case prototype.Recursive:
		return appendRecursion(b, v.Count)
	case prototype.TooDeep:
		return append(b, "..."...)
	}
	t := v.Type
	if t == nil {
		return p.untyped(b, v)
	}
	if v.State != prototype.Captured && !isWord(t) {
		if v.Word == 0 {
			return append(b, '?') // its place is not known
		}
		return appendHex(b, v.Word)
	}
	switch t.Kind {
	case prototype.Void:
		return append(b, "<void>"...)
	case prototype.Int:
		return p.integer(b, v)
	case prototype.Float:
		return p.unit(appendFloatValue(b, v), t)
	case prototype.Complex:
		return appendComplex(b, v)
	case prototype.Pointer:
		return p.pointer(b, v, depth)
	case prototype.Struct:
		return p.structure(b, v, depth)
	case prototype.Union:
		return p.union(b, v, depth)
	case prototype.Array, prototype.Vector:
		return p.array(b, v, depth)
	case prototype.VaList:
		return appendAddress(b, v.Word)
	}
	return p.untyped(b, v)
}

// isWord tells of a type whose values are the address that one of them has which
// was not followed; others lie there. Nothing of a Void is captured.
func isWord(t *prototype.Type) bool {
	switch t.Kind {
	case prototype.Pointer, prototype.VaList, prototype.Choice, prototype.Void:
		return true
	}
	return false
}

// untyped appends a value of which nothing is known.
func (p *values) untyped(b []byte, v *prototype.Value) []byte {
	switch {
	case v.State == prototype.NotFollowed || v.State == prototype.Later:
		return appendAddress(b, v.Word)
	case v.Text != nil:
		return appendText(b, v.Text, v.More, p.strings, p.utf8)
	}
	return appendGuess(b, v)
}

// maxRecursion bounds how many marks say how far up a struct is that is shown
// already.
const maxRecursion = 16

func appendRecursion(b []byte, up uint64) []byte {
	b = append(b, "recurse"...)
	for range min(up, maxRecursion) {
		b = append(b, '^')
	}
	return b
}

// appendGuess appends a word in decimal when it is near zero, as counts,
// descriptors and negative error values are, otherwise as an address.
func appendGuess(b []byte, v *prototype.Value) []byte {
	if n := v.Signed(); -10000 <= n && n <= 10000 {
		return strconv.AppendInt(b, n, 10)
	}
	return appendHex(b, v.Word)
}

func appendHex(b []byte, v uint64) []byte {
	return strconv.AppendUint(append(b, "0x"...), v, 16)
}

func appendAddress(b []byte, v uint64) []byte {
	if v == 0 {
		return append(b, "nil"...)
	}
	return appendHex(b, v)
}
