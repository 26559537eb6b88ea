package capture

import (
	"math/bits"

	"sonde/prototype"
	"sonde/sysdeps"
)

// pythonInt takes the value of an int out of its digits, of 30 bits each, or of 15
// (PYLONG_BITS_IN_DIGIT, which goes with their size). Before 3.12 ob_size has their
// number and the sign; from then on a tag has the number from bit 3 on, and below 0
// for a positive number, 1 for zero and 2 for a negative one.
func (r *Reader) pythonInt(o *pythonObject, tagged bool) {
	n, negative := o.count, o.count < 0
	switch {
	case tagged:
		n, negative = o.count>>3, o.count&3 == 2
	case negative:
		n = -n
	}
	size, _ := r.pythonWord(o.typ, pyItemSize)
	digits := from(o.head, pyDigits*r.plan.model.Word)
	width := 0
	switch size {
	case 2:
		width = 15
	case 4:
		width = 30
	}
	if width == 0 || n < 0 || n > int64(maxPyInt/width) || int(n)*int(size) > len(digits) {
		r.pythonTypeName(o)
		return
	}
	var low, high uint64
	for i := int(n) - 1; i >= 0; i-- {
		d := number(digits[i*int(size):][:size])
		if d>>width != 0 || d == 0 && i == int(n)-1 { // it is being made
			r.pythonTypeName(o)
			return
		}
		high, low = high<<width|low>>(64-width), low<<width|d
	}
	v := o.v
	v.Type, v.Size = prototype.PyInt, 8
	if high != 0 || low>>63 != 0 {
		v.Type, v.Size = prototype.PyLongInt, 16
	}
	if negative {
		var borrow uint64
		low, borrow = bits.Sub64(0, low, 0)
		high, _ = bits.Sub64(0, high, borrow)
	}
	if v.Word = low; v.Size == 16 {
		v.High = high
	}
}

// maxPyInt is how many bits an int has that is shown.
const maxPyInt = 120

// pythonText says how the text of a str or bytes lies.
type pythonText struct {
	unit  int // bytes of a character
	shown *prototype.Type
}

// pythonStr finds the text of a str. What it begins with has six words up to 3.11
// (PyASCIIObject), and five since; with what is only there if it is not ASCII, nine
// or seven (PyCompactUnicodeObject). Behind that are the characters, or a pointer to
// them.
func (r *Reader) pythonStr(i int, short bool) {
	o, word := &r.python[i], r.plan.model.Word
	ascii, compact := 6*word, 9*word
	if short {
		ascii, compact = 5*word, 7*word
	}
	p := from(o.head, pyState*word)
	if len(p) < 4 {
		r.pythonTypeName(o)
		return
	}
	state := number(p[:4])
	unit := int(state >> 2 & 7)
	isCompact, isASCII, ready := state&(1<<5) != 0, state&(1<<6) != 0, short || state&(1<<7) != 0
	if !ready || unit != 1 && unit != 2 && unit != 4 || isASCII && unit != 1 {
		r.pythonTypeName(o)
		return
	}
	text := pythonText{unit: unit, shown: prototype.PyText}
	if isASCII {
		text.shown = prototype.PyBytes
	}
	switch {
	case !isCompact:
		data, _ := r.pythonWord(o.head, compact/word)
		r.askPythonTextAt(i, text, sysdeps.Addr(data))
	case isASCII:
		r.askPythonText(i, text, ascii)
	default:
		r.askPythonText(i, text, compact)
	}
}

// askPythonText takes text that stands in the object, and asks for what has not been
// read of it.
func (r *Reader) askPythonText(i int, t pythonText, offset int) {
	o := &r.python[i]
	if want := r.pythonWant(o.count) * int64(t.unit); o.count < 0 || want > int64(len(from(o.head, offset))) || len(o.head) < offset {
		r.askPythonTextAt(i, t, o.a+sysdeps.Addr(offset))
		return
	}
	o.text = t
	r.pythonText(o, o.head[offset:])
}

// pythonWant returns how many of so many characters are read: where none is shown, one.
func (r *Reader) pythonWant(n int64) int64 { return min(n, int64(max(r.limits.Strings, 1))) }

func (r *Reader) askPythonTextAt(i int, t pythonText, a sysdeps.Addr) {
	o := &r.python[i]
	o.text = t
	switch {
	case o.count < 0:
		r.pythonTypeName(o)
	case o.count == 0:
		r.pythonText(o, nil)
	default:
		r.askPython(i, jobPythonText, a, int(r.pythonWant(o.count))*t.unit)
	}
}

// pythonText makes a text of its first characters.
func (r *Reader) pythonText(o *pythonObject, p []byte) {
	unit := o.text.unit
	shown := int(min(o.count, int64(max(r.limits.Strings, 0)), int64(len(p)/unit)))
	p = p[:shown*unit]
	o.v.Type, o.v.More = o.text.shown, int64(shown) < o.count
	if o.text.shown == prototype.PyText {
		p = r.narrow(p, unit)
	}
	if o.v.Text = p; len(p) == 0 {
		o.v.Text = noText
	}
}

// pythonSequence asks for the first items of a tuple or list. Of one in another the
// type is told.
func (r *Reader) pythonSequence(i int, list bool) {
	o, word := &r.python[i], r.plan.model.Word
	for in := o.in; in != noFrame; in = r.frames[in].parent {
		if r.frames[in].t == prototype.PyObject {
			r.pythonTypeName(o)
			return
		}
	}
	if o.count < 0 {
		r.pythonTypeName(o)
		return
	}
	o.v.Type, o.v.Count = prototype.PyItems, uint64(o.count)
	n := int(min(o.count, int64(r.most(prototype.PyItems, word))))
	items, a := from(o.head, pyItems*word), o.a+sysdeps.Addr(pyItems*word)
	if list {
		w, _ := r.pythonWord(o.head, pyItems)
		items, a = nil, sysdeps.Addr(w)
	}
	switch {
	case n*word <= len(items):
		r.pythonItems(i, items[:n*word], a)
	default:
		r.askPython(i, jobPythonItems, a, n*word)
	}
}

// pythonItems takes the items of a tuple or list.
func (r *Reader) pythonItems(i int, p []byte, a sysdeps.Addr) {
	o, word := &r.python[i], r.plan.model.Word
	v := o.v
	want := int(min(o.count, int64(r.most(prototype.PyItems, word))))
	n := len(p) / word
	v.More = int64(n) < o.count
	if n == 0 && want > 0 {
		v.State, v.Word = prototype.Unreadable, uint64(a)
		return
	}
	if v.Elems = r.values(n); v.Elems == nil && n > 0 {
		v.State = prototype.TooDeep
		return
	}
	in := len(r.frames)
	r.frames = append(r.frames, frame{parent: o.in, t: prototype.PyObject, a: o.a})
	for i := range v.Elems {
		r.decode(&v.Elems[i], prototype.PyItems.Elem, p[i*word:][:word], at(a, i*word), in, 0)
	}
}
