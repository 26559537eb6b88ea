package display

import (
	"slices"
	"unicode/utf8"

	"sonde/prototype"
)

// structure appends a struct or union: by its fields, {"tv_sec":1,"tv_nsec":0}, or
// where that cannot be, as a list of them: [{"name":"x","value":1},{"value":2}].
// What has no name itself stands for its fields, as C's anonymous members do.
func (p *jsonValues) structure(b []byte, v *prototype.Value, depth int) []byte {
	p.fields = p.fields[:0]
	if p.areMembers(v, 0) && !slices.ContainsFunc(p.fields, reserved) && !p.isListed() {
		b = append(b, '{')
		b = p.members(b, v, depth)
		return append(b, '}')
	}
	b = append(b, '[')
	b = p.list(b, v, depth)
	return append(b, ']')
}

// maxMembers is up to how many fields it is seen to that no two have one name.
const maxMembers = 200

// areMembers notes the fields of a struct, and tells whether each has a name of its own.
func (p *jsonValues) areMembers(v *prototype.Value, depth int) bool {
	for i := range v.Elems {
		f := &v.Elems[i]
		switch {
		case absent(f):
		case f.Name == "" && anonymous(f) && depth < maxNesting:
			if !p.areMembers(f, depth+1) {
				return false
			}
		case f.Name == "" || len(p.fields) >= maxMembers || !utf8.ValidString(f.Name) || slices.Contains(p.fields, f.Name):
			return false
		default:
			p.fields = append(p.fields, f.Name)
		}
	}
	return true
}

// isListed tells of a struct that as an object would be like an element of a list.
func (p *jsonValues) isListed() bool {
	if len(p.fields) == 0 {
		return false
	}
	return !slices.ContainsFunc(p.fields, func(name string) bool { return name != "name" && name != "value" })
}

// reserved are the members by which the objects are told that stand for something
// else than a struct.
func reserved(name string) bool {
	switch name {
	case "b64", "truncated", "names", "leads_to", "symbol", "why", "entries":
		return true
	}
	return false
}

// absent tells of a field of which there is nothing to be said, or not yet.
func absent(f *prototype.Value) bool { return hidden(f) || f.State == prototype.Later }

func (p *jsonValues) members(b []byte, v *prototype.Value, depth int) []byte {
	for i := range v.Elems {
		switch f := &v.Elems[i]; {
		case absent(f):
		case f.Name == "":
			b = p.members(b, f, depth+1)
		default:
			if b[len(b)-1] != '{' {
				b = append(b, ',')
			}
			b, _ = appendJSONQuoted(b, f.Name)
			b = p.nested(append(b, ':'), f, depth+1)
		}
	}
	return b
}

func (p *jsonValues) list(b []byte, v *prototype.Value, depth int) []byte {
	for i := range v.Elems {
		f := &v.Elems[i]
		if absent(f) {
			continue
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		b = append(b, '{')
		if f.Name != "" {
			b = appendJSONString(appendKey(b, "name"), f.Name)
		}
		b = append(p.nested(appendKey(b, "value"), f, depth+1), '}')
	}
	return b
}
