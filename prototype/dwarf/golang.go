package dwarf

import (
	"debug/dwarf"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"sonde/prototype"
)

// Go's compiler writes what kind of type an entry is, in reflect's numbers
// (cmd/internal/dwarf, DW_AT_go_kind).
func (e *entry) goKind() reflect.Kind {
	n, _ := e.number(attrGoKind)
	return reflect.Kind(n)
}

// goKnown returns how a struct that the language has made is shown; nil for
// others.
func (b *builder) goKnown(e *entry, size int) *prototype.Type {
	word := b.d.model.Word
	switch name := e.name(); {
	case e.goKind() == reflect.String && size == 2*word, name == "string" && size == 2*word:
		return b.counted(name, size, 0, word, nil)
	case e.goKind() == reflect.Slice && size == 3*word, strings.HasPrefix(name, "[]") && size == 3*word:
		pointer, _, ok := b.inner(e, 0, 0, func(c, _ *entry) bool { return c.name() == "array" })
		if !ok {
			return nil
		}
		elem := b.pointee(&pointer)
		if elem.Kind == prototype.Int && elem.Size == 1 && elem.Unsigned && elem.Lens == prototype.Plain {
			elem = nil // []byte
		}
		return b.counted(name, size, 0, word, elem)
	}
	return nil
}

// goTypedef returns the types that Go's compiler writes as names for something of
// the runtime's; nil for others.
func (b *builder) goTypedef(e *entry, name string) *prototype.Type {
	if strings.HasPrefix(name, ".param") { // a type parameter, for what it is an instance of
		return b.typ(e)
	}
	to, _ := b.resolve(e)
	word := b.d.model.Word
	switch to.name() {
	case "runtime.iface":
		b.d.golang.in(to.u)
		return &prototype.Type{Name: name, Kind: prototype.Struct, Lens: prototype.Interface, Size: 2 * word, Complete: true, Fields: []prototype.Field{
			{Name: "tab", Type: function}, {Name: "data", Type: anything, Offset: word},
		}}
	case "runtime.eface":
		b.d.golang.in(to.u)
		return &prototype.Type{Name: name, Kind: prototype.Struct, Lens: prototype.Interface, Size: 2 * word, Complete: true, Fields: []prototype.Field{
			{Name: "_type", Type: anything}, {Name: "data", Type: anything, Offset: word},
		}}
	}
	switch to.goKind() {
	case reflect.Map:
		return b.goMap(name, &to)
	case reflect.Chan:
		return b.goChannel(name, &to)
	}
	switch e.goKind() {
	case reflect.Map:
		return b.goMap(name, &to)
	case reflect.Chan:
		return b.goChannel(name, &to)
	}
	if to.tag() == dwarf.TagStructType {
		if size, ok := to.size(dwarf.AttrByteSize); ok {
			if t := b.goKnown(&to, size); t != nil {
				return t
			}
		}
	}
	return nil
}

// goChannel makes a channel, which is a pointer to what the linker has made of
// runtime.hchan (src/runtime/chan.go).
func (b *builder) goChannel(name string, pointer *entry) *prototype.Type {
	t := &prototype.Type{Name: name, Kind: prototype.Pointer}
	channel, _ := b.resolve(pointer)
	fields, size := b.goFields(&channel, "qcount", "dataqsiz", "closed")
	if fields == nil {
		return t
	}
	fields[0].Name, fields[1].Name = "len", "cap"
	closed := copyOf(fields[2].Type)
	closed.Name, closed.Lens = "", prototype.Boolean
	fields[2].Type = closed
	t.Lens, t.Elem = prototype.Channel, &prototype.Type{Name: "hchan", Kind: prototype.Struct, Size: size, Complete: true, Fields: fields}
	return t
}

// goFields returns the members of a structure of the runtime's that are numbers of those
// names, and how many bytes they are in; nil where it does not have them all.
func (b *builder) goFields(e *entry, names ...string) (found []prototype.Field, size int) {
	found = make([]prototype.Field, len(names))
	if e.tag() != dwarf.TagStructType {
		return nil, 0
	}
	for c := range e.children() {
		i := slices.Index(names, c.name())
		if c.tag() != dwarf.TagMember || i < 0 || found[i].Type != nil {
			continue
		}
		f, ok := b.member(c)
		if !ok || f.Type.Kind != prototype.Int {
			return nil, 0
		}
		found[i], size = f, max(size, f.Offset+f.Type.Size)
	}
	if size > maxRuntime || slices.ContainsFunc(found, func(f prototype.Field) bool { return f.Type == nil }) {
		return nil, 0
	}
	return found, size
}

// maxRuntime caps how large a structure of the runtime's may be.
const maxRuntime = 1 << 10

// goFunction makes a function value: a pointer to a closure, which begins with the
// address of the code (Go 1.1 Function Calls, in the language's design documents).
func (b *builder) goFunction() *prototype.Type {
	return &prototype.Type{Kind: prototype.Pointer, Elem: &prototype.Type{
		Name: "func", Kind: prototype.Struct, Lens: prototype.Bare, Size: b.d.model.Word, Complete: true,
		Fields: []prototype.Field{{Name: "F", Type: function}},
	}}
}

// goResult makes one type of all results.
func (b *builder) goResult(p *prototype.Prototype, results []prototype.Field) {
	switch len(results) {
	case 0:
		p.Result = void
	case 1:
		p.Result = results[0].Type
	default:
		p.Result = &prototype.Type{Kind: prototype.Struct, Lens: prototype.Results, Complete: true, Fields: results}
		p.Several = true
	}
}

// goName returns the name of a parameter or result; the compiler calls those that
// have none ~p0, ~r1.
func goName(name string) string {
	if strings.HasPrefix(name, "~") {
		return ""
	}
	return name
}

// goDictionary adds the parameter that a generic function's body, which serves all
// types of a shape, has for the types' dictionary: behind the receiver, before
// others. If the body does not use it, the compiler tells of it no more, but
// passes it still.
func goDictionary(p *prototype.Prototype, symbol string) {
	_, rest, generic := strings.Cut(symbol, "[go.shape.")
	if !generic {
		return
	}
	at := 0
	switch own := rest[strings.LastIndexByte(rest, ']')+1:]; {
	case goClosure().MatchString(own):
		return // it has it with what else it has captured
	case strings.HasPrefix(own, ")."), strings.HasPrefix(own, "."):
		at = 1
	case own != "":
		return
	}
	if len(p.Params) < at {
		return
	}
	dictionary := prototype.Param{Type: hiddenPointer}
	if at < len(p.Params) && p.Params[at].Name == ".dict" {
		p.Params[at] = dictionary
		return
	}
	p.Params = slices.Insert(p.Params, at, dictionary)
}

// goClosure matches what a function within a function has behind the name of
// that one.
var goClosure = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\)?(\.\w+)?\.(func|gowrap|deferwrap)\d+`)
})
