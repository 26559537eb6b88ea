package display

import (
	"bytes"
	"strconv"

	"sonde/prototype"
)

// structure appends a struct: { a, b }, or one field alone if it is Bare; its
// name stands for one that has no fields to show.
func (p *values) structure(b []byte, v *prototype.Value, depth int) []byte {
	if len(v.Elems) == 0 && !v.Type.Complete {
		return append(b, "{...}"...)
	}
	switch lens := v.Type.Lens; {
	case lens == prototype.Results:
		return p.results(b, v, depth)
	case lens == prototype.Interface:
		if shown, ok := p.goInterface(b, v, depth); ok {
			return shown
		}
	case lens == prototype.Variant && len(v.Elems) > 0:
		return p.variant(b, v, depth)
	case isCalendar(v) && !p.named:
		if date, ok := calendar(b, v); ok {
			return date
		}
	case lens == prototype.Time && !p.named:
		if date, ok := p.timespec(b, v); ok {
			return date
		}
	}
	b = p.members(b, v, depth)
	switch {
	case isCalendar(v) && p.named:
		if date, ok := calendar(append(b, " /* "...), v); ok {
			return append(date, " */"...)
		}
	case isCalendar(v):
	case v.Type.Lens == prototype.Time:
		b = p.structMoment(b, v)
	}
	return b
}

// members appends those of a structure that are shown, in braces; one that stands for all
// of a structure that is Bare, without.
func (p *values) members(b []byte, v *prototype.Value, depth int) []byte {
	from := len(b)
	b = append(b, "{ "...)
	named := p.named || isLong(v)
	shown, last, left := 0, -1, false
	for i := range v.Elems {
		f := &v.Elems[i]
		switch {
		case hidden(f):
			continue
		case !p.verbose && i < len(v.Type.Fields) && leftOut(&v.Type.Fields[i], f):
			left = true
			continue
		}
		b = p.element(b, f, shown > 0, named, depth+1)
		shown, last = shown+1, i
	}
	if left && shown > 0 && (shown > 1 || v.Type.Lens != prototype.Bare) {
		b = append(b, ", ..."...)
	}
	switch {
	case shown == 0 && left:
		b = append(b[:from], "{...}"...)
	case shown == 0 && v.Type.Lens == prototype.Bare && v.Type.Name != "":
		b = appendName(b[:from], v.Type.Name, p.utf8)
	case shown == 0:
		b = append(b[:from], "{}"...)
	case shown == 1 && v.Type.Lens == prototype.Bare:
		b = p.nested(b[:from], &v.Elems[last], depth+1)
	default:
		b = append(b, " }"...)
	}
	return b
}

// namelessFields is how many fields of a struct can be told from each other without
// their names.
const namelessFields = 5

// isLong tells of a struct whose fields are shown with their names in any case: it has
// many, or some that are left out, so that their places do not tell which ones they are.
func isLong(v *prototype.Value) bool {
	n := 0
	for i := range v.Elems {
		f := &v.Elems[i]
		if hidden(f) {
			continue
		}
		if i < len(v.Type.Fields) && v.Type.Fields[i].Verbose {
			return true
		}
		n++
	}
	return n > namelessFields
}

// union appends the member of a union that stands for all.
func (p *values) union(b []byte, v *prototype.Value, depth int) []byte {
	if len(v.Elems) == 0 && !v.Type.Complete {
		return append(b, "{...}"...)
	}
	member := unionMember(v)
	switch {
	case member == nil:
		return append(b, "{}"...)
	case v.Type.Lens == prototype.Bare:
		return p.nested(b, member, depth+1)
	}
	b = append(b, "{ "...)
	b = p.element(b, member, false, p.named, depth+1)
	return append(b, " }"...)
}

// unionMember returns a union's first member that has a name, or else its first
// one: the others are the same bytes. Where it can be known which of them holds,
// the prototype has a choice in the union's place. It is nil if none is shown.
func unionMember(v *prototype.Value) (member *prototype.Value) {
	for i := range v.Elems {
		f := &v.Elems[i]
		if !hidden(f) && (member == nil || member.Name == "" && f.Name != "") {
			member = f
		}
	}
	return member
}

// array appends an array or vector: [ 1, 2, 3, 4... ].
func (p *values) array(b []byte, v *prototype.Value, depth int) []byte {
	switch v.Type.Lens {
	case prototype.Text, prototype.TypeName, prototype.SocketName:
		return p.text(b, v)
	case prototype.Bitvec:
		return arrayBits(b, v)
	case prototype.LinkAddress:
		return appendLinkAddress(b, v)
	case prototype.Sized:
		b = strconv.AppendUint(b, v.Count, 10)
		b = append(b, ' ')
	}
	elems, more := v.Elems, v.More
	if len(elems) > p.elems {
		elems, more = elems[:max(p.elems, 0)], true
	}
	from := len(b)
	b = append(b, "[ "...)
	shown := 0
	for i := range elems {
		if e := &elems[i]; !hidden(e) {
			b = p.element(b, e, shown > 0, p.named, depth+1)
			shown++
		}
	}
	switch {
	case shown > 0 && more && bytes.HasSuffix(b, []byte("...")):
		return append(b, ", ... ]"...) // behind a text that goes on itself
	case shown > 0 && more:
		return append(b, "... ]"...)
	case shown > 0:
		return append(b, " ]"...)
	case more:
		return append(b[:from], "[...]"...)
	}
	return append(b[:from], "[]"...)
}
