package display

import (
	"strconv"

	"sonde/prototype"
)

// results appends what a function that has several gives back: (1, nil).
func (p *values) results(b []byte, v *prototype.Value, depth int) []byte {
	b = append(b, '(')
	shown := false
	for i := range v.Elems {
		if f := &v.Elems[i]; !hidden(f) {
			b = p.element(b, f, shown, p.named, depth+1)
			shown = true
		}
	}
	return append(b, ')')
}

// goInterface appends an interface of Go's by the type that it holds and the
// value: *errors.errorString("EOF"). It reports false, and appends nothing, where
// the type has no name.
func (p *values) goInterface(b []byte, v *prototype.Value, depth int) ([]byte, bool) {
	const fields = 2
	if len(v.Elems) != fields || v.Elems[0].State != prototype.Captured {
		return b, false
	}
	table, data := &v.Elems[0], &v.Elems[1]
	if table.Word == 0 {
		return append(b, "nil"...), true
	}
	if len(table.Text) == 0 {
		return b, false
	}
	b = append(appendName(b, p.names.ofText(table.Text), p.utf8), '(')
	return append(p.nested(b, data, depth+1), ')'), true
}

// appendChannel appends the address of a channel of Go's, and how full it is, in the way
// of what descriptors lead to: 0xc000012060<chan 3/10>.
func appendChannel(b []byte, v *prototype.Value) []byte {
	b = appendAddress(b, v.Word)
	c := &v.Elems[0]
	const numbers = 3
	if c.State != prototype.Captured || len(c.Elems) < numbers {
		return b
	}
	for i := range numbers {
		if c.Elems[i].State != prototype.Captured {
			return b // it goes on where nothing can be read
		}
	}
	b = strconv.AppendUint(append(b, "<chan "...), c.Elems[0].Word, 10)
	b = strconv.AppendUint(append(b, '/'), c.Elems[1].Word, 10)
	if c.Elems[2].Word != 0 {
		b = append(b, " closed"...)
	}
	return append(b, '>')
}
