package display

import (
	"bytes"
	"slices"
	"strconv"

	"sonde/prototype"
)

// straceValues is how values of system calls become text: in strace's spelling,
// by which their readers know them. What both share is in values.
type straceValues struct {
	*values
	half half // of the structs of poll, while their two halves are shown apart
}

// value appends one value.
func (p *straceValues) value(b []byte, v *prototype.Value) []byte { return p.nested(b, v, 0) }

// list is that of values.
func (p *straceValues) list(b []byte, vs []prototype.Value, comma bool) ([]byte, bool) {
	for i := range vs {
		if v := &vs[i]; !hidden(v) {
			b = p.argument(b, v, comma, p.named)
			comma = true
		}
	}
	return b, comma
}

func (p *straceValues) argument(b []byte, v *prototype.Value, comma, named bool) []byte {
	if comma {
		b = append(b, ", "...)
	}
	if named && v.Name != "" {
		b = append(appendName(b, v.Name, false), '=')
	}
	if isAside(v) {
		return p.before(b, v)
	}
	return p.nested(b, v, 0)
}

// cloneOrder is how strace shows the arguments of clone, which machines pass in
// different orders (clone(2), C library/kernel differences): with their names.
var cloneOrder = [...]string{"child_stack", "flags", "parent_tid", "tls", "child_tidptr"}

// cloneList is list for those of clone.
func (p *straceValues) cloneList(b []byte, vs []prototype.Value, comma bool) ([]byte, bool) {
	for _, name := range cloneOrder {
		for i := range vs {
			if v := &vs[i]; v.Name == name && !hidden(v) {
				b = p.argument(b, v, comma, true)
				comma = true
			}
		}
	}
	for i := range vs { // by other names, as users may declare it
		if v := &vs[i]; !slices.Contains(cloneOrder[:], v.Name) && !hidden(v) {
			b = p.argument(b, v, comma, p.named)
			comma = true
		}
	}
	return b, comma
}

// nested appends a value, and what it was where it has changed: [28 => 16].
func (p *straceValues) nested(b []byte, v *prototype.Value, depth int) []byte {
	if v.Was == nil || depth > maxNesting {
		return p.now(b, v, depth)
	}
	was := len(b)
	b = p.nested(b, v.Was, depth+1)
	end := len(b)
	b = p.changed(b, v, b[was:end], depth)
	if now := end + len(arrow); len(b) > end && bracketed(v) && bracketed(v.Was) {
		b = append(b[:now], b[now+1:]...)    // the second [
		return append(b[:end-1], b[end:]...) // the first ]
	}
	return b
}

const arrow = " => "

// outcome appends what has become of a value that has been shown as it was.
func (p *straceValues) outcome(b []byte, v *prototype.Value) []byte {
	if v.Was == nil { // the call has failed
		return b
	}
	from := len(b)
	b = p.nested(b, v.Was, 1)
	end := len(b)
	b = p.changed(b, v, b[from:end], 0)
	return append(b[:from], b[end:]...)
}

// changed appends what a value is now, behind an arrow, unless that is what it was, or
// nothing.
func (p *straceValues) changed(b []byte, v *prototype.Value, was []byte, depth int) []byte {
	end := len(b)
	b = append(b, arrow...)
	now := len(b)
	b = p.now(b, v, depth)
	if bytes.Equal(was, b[now:]) || string(b[now:]) == "{}" {
		return b[:end]
	}
	return b
}

// now appends a value as it is, whatever it was.
func (p *straceValues) now(b []byte, v *prototype.Value, depth int) []byte {
	switch {
	case depth > maxNesting:
		return append(b, "..."...)
	case v.State == prototype.Unreadable:
		return appendPointerTo(b, v.Word)
	case v.State == prototype.Recursive || v.State == prototype.TooDeep:
		if v.Word == 0 {
			return append(b, "..."...)
		}
		return appendHex(b, v.Word)
	case v.Type == nil:
		return p.untyped(b, v)
	case v.State != prototype.Captured && !isWord(v.Type):
		if v.Word == 0 {
			return append(b, '?') // its place is not known
		}
		return appendHex(b, v.Word)
	}
	switch v.Type.Kind {
	case prototype.Void:
		return append(b, '?')
	case prototype.Int:
		return p.integer(b, v)
	case prototype.Pointer:
		return p.pointer(b, v, depth)
	case prototype.Struct, prototype.Union:
		return p.structure(b, v, depth)
	case prototype.Array, prototype.Vector:
		return p.array(b, v, depth)
	case prototype.Float, prototype.Complex:
		return p.values.now(b, v, depth)
	}
	return p.untyped(b, v)
}

// untyped appends a value of which nothing is known.
func (p *straceValues) untyped(b []byte, v *prototype.Value) []byte {
	if v.Text != nil {
		return appendBytes(b, v.Text, v.More, p.strings)
	}
	return appendAlternate(b, v.Word&wordMask(sizeOf(v)))
}

// pointer appends what a pointer leads to. What is no struct, array or text
// stands in brackets.
func (p *straceValues) pointer(b []byte, v *prototype.Value, depth int) []byte {
	t := v.Type
	if v.State != prototype.Captured || v.Word == 0 && len(v.Elems) == 0 && v.Text == nil {
		return appendPointerTo(b, v.Word)
	}
	if t.Lens.Characters() {
		return p.text(b, v)
	}
	switch t.Lens {
	case prototype.Symbol, prototype.Stream, prototype.Address:
		return appendPointerTo(b, v.Word)
	}
	if len(v.Elems) == 0 || v.Elems[0].State == prototype.Unreadable || t.Lens == prototype.Detail && !p.verbose {
		return appendPointerTo(b, v.Word)
	}
	to := &v.Elems[0]
	switch {
	case torn(to):
		return appendPointerTo(b, v.Word)
	case bracketed(v):
		b = p.nested(append(b, '['), to, depth+1)
		if to.Type != nil && to.Type.Kind == prototype.Int && to.Type.Lens == prototype.Time {
			b = p.comment(b, to.Signed(), 0, secondsLayout)
		}
		return append(b, ']')
	case p.countedAlone(to):
		b = appendHex(b, v.Word)
		if to.More && to.Count == 0 { // it has no end
			return b
		}
		return appendCount(b, to)
	}
	return p.nested(b, to, depth+1)
}

// bracketed tells whether a value is a pointer to one number or address.
func bracketed(v *prototype.Value) bool {
	if v.State != prototype.Captured || v.Type == nil || v.Type.Kind != prototype.Pointer || len(v.Elems) != 1 {
		return false
	}
	switch v.Type.Lens {
	case prototype.Text, prototype.Symbol, prototype.Stream, prototype.Address:
		return false
	}
	to := &v.Elems[0]
	if to.State == prototype.Unreadable {
		return false
	}
	if to.Type == nil || to.Type.Kind == prototype.Pointer {
		return true
	}
	return to.Type.Kind == prototype.Int && to.Type.Lens != prototype.SignalSet && to.Type.Lens != prototype.Bitvec
}

// torn tells of a struct that goes on where memory does not, or of an array of which
// not one element can be read: the kernel, too, has nothing of them. An array of
// which there is a part shows it.
func torn(v *prototype.Value) bool {
	switch {
	case v.Type == nil || v.State != prototype.Captured:
		return false
	case v.Type.Kind == prototype.Struct:
		return cutOff(v)
	case v.Type.Kind != prototype.Array || v.Type.Lens != prototype.Plain && v.Type.Lens != prototype.Bitvec:
		return false
	case len(v.Elems) == 0:
		return v.More && v.Text == nil
	}
	return cutOff(&v.Elems[0])
}

// cutOff tells of a value that lies where nothing can be read, in part or whole.
// A pointer that was read but leads nowhere is none.
func cutOff(v *prototype.Value) bool {
	if v.State == prototype.Unreadable {
		return v.Size == 0 || v.Type == nil || v.Type.Kind != prototype.Pointer
	}
	if v.State != prototype.Captured || v.Type == nil || v.Type.Kind != prototype.Struct {
		return false
	}
	for i := range v.Elems {
		if cutOff(&v.Elems[i]) {
			return true
		}
	}
	return false
}

// countedAlone tells of an array that is long and dull, as an environment is: how
// many elements it has is shown unless all is asked for.
func (p *straceValues) countedAlone(v *prototype.Value) bool {
	return !p.verbose && v.Type != nil && v.Type.Kind == prototype.Array && v.Type.Lens == prototype.Sized
}

// appendCount appends how many elements an array has: " /* 20 vars */". Variables
// are told in the singular, entries of directories are not (strace's print_argc
// and decode_dents).
func appendCount(b []byte, v *prototype.Value) []byte {
	b = append(b, " /* "...)
	b = strconv.AppendUint(b, v.Count, 10)
	unit := v.Type.Unit
	switch {
	case unit == "":
		unit = "elements"
	case unit == "vars" && v.Count == 1:
		unit = "var"
	}
	b = appendName(append(b, ' '), unit, false)
	return append(b, " */"...)
}

// text appends a string. What -s says is its limit, but of a path, and no
// character but ASCII's is shown as it is.
func (p *straceValues) text(b []byte, v *prototype.Value) []byte {
	limit := p.strings
	switch t := v.Type; {
	case wideText(t):
		return appendWideText(b, v.Text, v.More, limit, false)
	case t.Whole || t.Kind == prototype.Pointer && t.Elem != nil && t.Elem.Whole:
		limit = prototype.PathMax
	}
	return appendBytes(b, v.Text, v.More, limit)
}

// appendBytes appends at most limit bytes, quoted as strace quotes them.
func appendBytes(b, text []byte, more bool, limit int) []byte {
	if len(text) > limit {
		text, more = text[:max(limit, 0)], true
	}
	b = append(b, '"')
	for i, c := range text {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case ' ' <= c && c < 0x7f:
			b = append(b, c)
		case '\t' <= c && c <= '\r':
			b = append(b, '\\', "tnvfr"[c-'\t'])
		default:
			digit := i+1 < len(text) && '0' <= text[i+1] && text[i+1] <= '7'
			b = appendOctalEscape(b, c, digit)
		}
	}
	b = append(b, '"')
	if more {
		b = append(b, "..."...)
	}
	return b
}

// appendOctalEscape appends a byte by its number, with as few digits as can be
// told from what follows.
func appendOctalEscape(b []byte, c byte, digit bool) []byte {
	b = append(b, '\\')
	if digit || c >= 0o100 {
		b = append(b, '0'+c>>6)
	}
	if digit || c >= 0o10 {
		b = append(b, '0'+c>>3&7)
	}
	return append(b, '0'+c&7)
}

// appendPointerTo appends an address.
func appendPointerTo(b []byte, v uint64) []byte {
	if v == 0 {
		return append(b, "NULL"...)
	}
	return appendHex(b, v)
}

// appendAlternate appends a number as %#x does.
func appendAlternate(b []byte, v uint64) []byte {
	if v == 0 {
		return append(b, '0')
	}
	return appendHex(b, v)
}
