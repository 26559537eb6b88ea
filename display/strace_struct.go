package display

import (
	"bytes"
	"strings"

	"sonde/prototype"
)

// structure appends a struct or union: {a=1, b=2, ...}, the dots where there is
// more with -v.
func (p *straceValues) structure(b []byte, v *prototype.Value, depth int) []byte {
	if len(v.Elems) == 0 && !v.Type.Complete {
		return append(b, "{...}"...)
	}
	if v.Type.Lens == prototype.Bare {
		if f := onlyField(v); f != nil {
			return p.nested(b, f, depth+1)
		}
	}
	if v.Type.Lens == prototype.Listed {
		return p.listed(b, v, depth)
	}
	if name := momentName(v); name != "" {
		return appendName(b, name, false)
	}
	begin, end := byte('{'), byte('}')
	if len(v.Elems) > 0 && strings.HasPrefix(v.Elems[0].Name, "[") { // an array's elements by what they are for
		begin, end = '[', ']'
	}
	b = append(b, begin)
	b, shown, left := p.fields(b, v, 0, depth)
	switch {
	case left && shown > 0:
		b = append(b, ", ..."...)
	case left:
		b = append(b, "..."...)
	}
	b = append(b, end)
	if v.Type.Lens == prototype.Time {
		b = p.structTime(b, v)
	}
	return b
}

// listed appends a struct without its fields' names: [1, 2], or as the macro that
// would make it, NAME(1, 2).
func (p *straceValues) listed(b []byte, v *prototype.Value, depth int) []byte {
	begin, end := "[", "]"
	if v.Type.Unit != "" {
		begin, end = "(", ")"
		b = appendName(b, v.Type.Unit, false)
	} else if f := onlyField(v); f != nil {
		return p.nested(b, f, depth+1)
	}
	b, _ = p.inList(append(b, begin...), v, 0, depth)
	return append(b, end...)
}

// inList appends the fields of a listed struct behind those that are shown already. A
// listed one in it that has no name stands for its fields.
func (p *straceValues) inList(b []byte, v *prototype.Value, shown, depth int) (_ []byte, now int) {
	for i := range v.Elems {
		f := &v.Elems[i]
		switch {
		case hidden(f):
			continue
		case f.Name == "" && anonymous(f) && f.Type.Lens == prototype.Listed && f.Type.Unit == "" && depth < maxNesting:
			b, shown = p.inList(b, f, shown, depth+1)
			continue
		case shown > 0:
			b = append(b, ", "...)
		}
		b = p.nested(b, f, depth+1)
		shown++
	}
	return b, shown
}

// onlyField returns the one field of a struct that can be shown, or a union's
// member.
func onlyField(v *prototype.Value) (only *prototype.Value) {
	if v.Type.Kind == prototype.Union {
		return unionMember(v)
	}
	for i := range v.Elems {
		if f := &v.Elems[i]; !hidden(f) {
			if only != nil {
				return nil
			}
			only = f
		}
	}
	return only
}

// fields appends the fields of a struct behind those that are shown already. A
// struct without a name stands for its fields, as C's anonymous members do. It
// reports whether any were left out.
func (p *straceValues) fields(b []byte, v *prototype.Value, shown, depth int) (_ []byte, now int, left bool) {
	if v.Type.Kind == prototype.Union {
		if f := unionMember(v); f != nil {
			return p.field(b, v, f, shown, depth)
		}
		return b, shown, false
	}
	for i := range v.Elems {
		f := &v.Elems[i]
		if hidden(f) || p.halved(f) || upperHalf(v, f) || f.State == prototype.Later {
			continue
		}
		if !p.verbose && i < len(v.Type.Fields) && leftOut(&v.Type.Fields[i], f) {
			left = left || v.Type.Fields[i].Bits == 0 // a bit that is not set is no news
			continue
		}
		var more bool
		b, shown, more = p.field(b, v, f, shown, depth)
		left = left || more
	}
	return b, shown, left
}

// leftOut tells of a field that is not shown without -v: flags that are bits of a word
// are shown if they are set.
func leftOut(f *prototype.Field, v *prototype.Value) bool {
	return f.Verbose && (f.Bits == 0 || v.State != prototype.Captured || v.Word == 0)
}

func (p *straceValues) field(b []byte, in, f *prototype.Value, shown, depth int) (_ []byte, now int, left bool) {
	if f.Name == "" && anonymous(f) && depth < maxNesting {
		return p.fields(b, f, shown, depth+1)
	}
	if shown > 0 {
		b = append(b, ", "...)
	}
	now = shown + 1
	t := f.Type
	isInt := t != nil && t.Kind == prototype.Int && f.State == prototype.Captured
	switch {
	case isInt && t.Lens == prototype.Inet && sizeOf(f) == 16:
		return appendInet6(b, f), now, false
	case f.Name != "":
		b = append(appendName(b, f.Name, false), '=')
	}
	if isInt && isPart(in, f) {
		return appendNumber(b, f), now, false
	}
	if isInt && t.Names != nil && t.Names.Set {
		if high := fieldOf(in, f.Name+upper); high != nil && high.Word != 0 {
			if f.Word != 0 {
				b = append(p.nested(b, f, depth+1), '|')
			}
			return p.nested(b, high, depth+1), now, false
		}
	}
	b = p.nested(b, f, depth+1)
	if isInt && t.Lens == prototype.Time {
		b = p.fieldTime(b, in, f)
	}
	return b, now, false
}

// upper is what the name of a field ends in that has further bits of the set before it,
// as those of capset have.
const upper = "_high"

// upperHalf tells of a field that is shown with another one.
func upperHalf(in, f *prototype.Value) bool {
	name, found := strings.CutSuffix(f.Name, upper)
	return found && f.Type != nil && f.Type.Names != nil && fieldOf(in, name) != nil
}

func fieldOf(in *prototype.Value, name string) *prototype.Value {
	for i := range in.Elems {
		if in.Elems[i].Name == name {
			return &in.Elems[i]
		}
	}
	return nil
}

// isPart tells of a moment's parts of a second that have no name: UTIME_NOW and
// UTIME_OMIT have one, but what has none is a number like any other.
func isPart(in, f *prototype.Value) bool {
	return in.Type.Lens == prototype.Time && f.Type.Names != nil && nameOf(f.Type.Names, f.Word, wordMask(sizeOf(f))) == ""
}

// anonymous tells of what may stand for its fields.
func anonymous(v *prototype.Value) bool {
	return v.State == prototype.Captured && v.Type != nil && v.Type.Lens != prototype.Bare &&
		(v.Type.Kind == prototype.Struct || v.Type.Kind == prototype.Union) && len(v.Elems) > 0
}

// appendInet6 appends an address of IPv6 with its name, as the call that would
// put it there.
func appendInet6(b []byte, f *prototype.Value) []byte {
	b = append(b, `inet_pton(AF_INET6, "`...)
	b = appendInet(b, f)
	b = append(b, '"')
	if f.Name != "" {
		b = appendName(append(b, ", &"...), f.Name, false)
	}
	return append(b, ')')
}

// array appends an array: [1, 2], or [0 2] for a set of bits.
func (p *straceValues) array(b []byte, v *prototype.Value, depth int) []byte {
	switch v.Type.Lens {
	case prototype.Text, prototype.TypeName:
		return p.text(b, v)
	case prototype.SocketName:
		return appendSocketName(b, v)
	case prototype.Bitvec:
		return p.bitList(b, v)
	case prototype.LinkAddress:
		return appendLinkAddress(b, v)
	}
	if isHexText(v) {
		return p.hexText(b, v)
	}
	elems, more := v.Elems, v.More
	if v.Type.Lens == prototype.Bare && len(elems) == 1 && !more {
		return p.nested(b, &elems[0], depth+1)
	}
	if len(elems) > p.strings && !p.verbose { // strace, too, goes by -s here
		elems, more = elems[:max(p.strings, 0)], true
	}
	b = append(b, '[')
	shown := 0
	for i := range elems {
		e := &elems[i]
		if p.skipped(e) {
			continue
		}
		if shown > 0 {
			b = append(b, ", "...)
		}
		b = p.nested(b, e, depth+1)
		shown++
	}
	switch {
	case more && shown > 0:
		b = append(b, ", ..."...)
	case more:
		b = append(b, "..."...)
	}
	return append(b, ']')
}

// appendSocketName appends the name of a socket: a path, or behind a NUL an abstract
// name, which may hold further ones (unix(7)).
func appendSocketName(b []byte, v *prototype.Value) []byte {
	name := v.Text
	if len(name) > 0 && name[0] == 0 {
		return appendBytes(append(b, '@'), name[1:], v.More, len(name))
	}
	if end := bytes.IndexByte(name, 0); end >= 0 {
		name = name[:end]
	}
	return appendBytes(b, name, false, len(name))
}

// appendLinkAddress appends a hardware address.
func appendLinkAddress(b []byte, v *prototype.Value) []byte {
	for i := range v.Elems {
		if i > 0 {
			b = append(b, ':')
		}
		from := len(b)
		b = padLeft(appendDigits(b, 0, v.Elems[i].Word&0xff, 4), from, 2)
	}
	if v.More {
		b = append(b, "..."...)
	}
	return b
}

// bitList appends the bits that are set of an array of integers. Where they are
// descriptors, what each leads to follows.
func (p *straceValues) bitList(b []byte, v *prototype.Value) []byte {
	b = append(b, '[')
	from, paths := len(b), v.Text
	for i := range v.Elems {
		width := 8 * sizeOf(&v.Elems[i])
		for bit := range width {
			if !bitOf(&v.Elems[i], bit) {
				continue
			}
			b = appendWord(b, from, uint64(i*width+bit))
			if len(paths) > 0 && p.half != answered {
				path, rest, _ := bytes.Cut(paths, []byte{0})
				b, paths = appendSpelled(b, path), rest
			}
		}
	}
	if v.More {
		b = append(b, " ..."...)
	}
	return append(b, ']')
}

// fieldTime appends what time a field is: strace has none behind a tv_sec, but
// where the whole struct is a moment. Parts of the second may be in a field of
// their own: st_atime, st_atime_nsec.
func (p *straceValues) fieldTime(b []byte, in, f *prototype.Value) []byte {
	if f.Name == "tv_sec" {
		return b
	}
	nanos := int64(0)
	for i := range in.Elems {
		if n := &in.Elems[i]; len(n.Name) == len(f.Name)+len("_nsec") && strings.HasPrefix(n.Name, f.Name) && strings.HasSuffix(n.Name, "_nsec") {
			nanos = n.Signed()
		}
	}
	return p.comment(b, f.Signed(), nanos, nanosLayout)
}
