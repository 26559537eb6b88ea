package dwarf

import (
	"debug/dwarf"
	"errors"
	"fmt"
	"reflect"

	"sonde/prototype"
)

// Go's linker writes all types of a program into the unit of the package runtime, each
// with where the runtime has its descriptor (cmd/link/internal/ld, DW_AT_go_runtime_type):
// how far behind the first one. Interfaces have the addresses of these.

// goTypes are the types that have descriptors.
type goTypes struct {
	unit *unit          // that they are in; nil until a type of an interface has been seen
	at   map[uint64]int // the entries of unit; nil until one is asked for
}

// in notes which unit has the types.
func (g *goTypes) in(u *unit) {
	if g.unit == nil {
		g.unit = u
	}
}

// ErrNoType says that debugging information knows no type of a descriptor.
var ErrNoType = errors.New("debugging information has no such type")

// GoHeld is what an interface of Go's holds a value of: a type that has a descriptor.
type GoHeld struct {
	Kind reflect.Kind
	Size int // of its values, in bytes; 0 where debugging information does not tell
	// Word is what an interface's second word is: a Pointer, by the name of the type. It is
	// followed where it leads to a value that is short enough to be told within others, or
	// is a pointer to such a one.
	Word *prototype.Type
}

// GoHeld returns the type whose descriptor is so many bytes behind the first one. It is
// known where a prototype with an interface has been made before. The error wraps
// ErrNoType where there is none.
func (d *Data) GoHeld(descriptor uint64) (held *GoHeld, err error) {
	err = d.query(func() error {
		held, err = d.goHeld(descriptor)
		return err
	})
	if err != nil {
		return nil, err
	}
	return held, nil
}

func (d *Data) goHeld(descriptor uint64) (*GoHeld, error) {
	g := &d.golang
	if g.unit == nil {
		return nil, ErrNoType
	}
	if g.at == nil {
		g.at = goDescribed(g.unit) // once: what is damaged costs those behind it
		if d.err != nil {
			return nil, d.err
		}
	}
	off, ok := g.at[descriptor]
	if !ok {
		return nil, fmt.Errorf("descriptor %#x: %w", descriptor, ErrNoType)
	}
	e := g.unit.entry(off)
	b := &builder{d: d, language: langGo, hops: maxHops}
	t := b.build(&e)
	b.complete()
	held := &GoHeld{Kind: e.goKind(), Word: &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Address}}
	if e.tag() == dwarf.TagPointerType {
		held.Kind, held.Size = max(held.Kind, reflect.Pointer), d.model.Word
		if e.name() == "unsafe.Pointer" {
			held.Kind = reflect.UnsafePointer
		}
	}
	if held.Size == 0 {
		held.Size, _ = e.size(dwarf.AttrByteSize)
	}
	switch held.Kind {
	case reflect.Pointer, reflect.Chan, reflect.Map, reflect.Func:
		// Such a value is the word itself (src/runtime, type.go, isDirectIface); structs and
		// arrays of one pointer, too, but these are none that are short.
		if t.Kind == prototype.Pointer && (held.Kind != reflect.Pointer || isShort(t.Elem)) {
			held.Word = copyOf(t)
		}
	default:
		if isShort(t) {
			held.Word = &prototype.Type{Kind: prototype.Pointer, Elem: t}
		}
	}
	held.Word.Name = e.name()
	return held, d.err
}

// GoBasic returns what an interface's second word is, as GoHeld has it, of a type of which
// no more is known than what its descriptor says: Go's linker has left out some types
// that no variable has, up to Go 1.25. Those that consist of others have their address.
func GoBasic(name string, kind reflect.Kind, size int) *prototype.Type {
	t := &prototype.Type{Name: name, Kind: prototype.Pointer}
	elem := &prototype.Type{Name: name, Kind: prototype.Int, Size: size}
	switch {
	case kind == reflect.Bool:
		elem.Unsigned, elem.Lens = true, prototype.Boolean
	case reflect.Int <= kind && kind <= reflect.Int64:
	case reflect.Uint <= kind && kind <= reflect.Uintptr:
		elem.Unsigned = true
	case kind == reflect.Float32, kind == reflect.Float64:
		elem.Kind = prototype.Float
	case kind == reflect.String && size%2 == 0:
		elem = counted(size/2, name, size, 0, size/2, nil)
	default:
		t.Lens = prototype.Address
		return t
	}
	switch size {
	case 1, 2, 4, 8, 16:
		t.Elem = elem
	default: // it is none of these kinds
		t.Lens = prototype.Address
	}
	return t
}

// goDescribed finds the types of a unit that have descriptors.
func goDescribed(u *unit) map[uint64]int {
	at := make(map[uint64]int)
	for off := u.first; off < u.end && len(at) < maxDescribed && u.f.d.spend(1); {
		e := u.entry(off)
		if off = e.end(); !e.has(attrGoRuntimeType) {
			continue
		}
		if descriptor, ok := e.address(attrGoRuntimeType); ok && descriptor != 0 {
			if _, ok := at[descriptor]; !ok {
				at[descriptor] = e.off
			}
		}
	}
	return at
}

// maxDescribed caps the types that have descriptors. A large program has 50,000.
const maxDescribed = 1 << 20

// maxShort is how many numbers and texts a value may have to be short.
const maxShort = 6

// isShort tells of a value that has no pointers but those of texts, slices and interfaces.
func isShort(t *prototype.Type) bool {
	room := maxShort
	return shortIn(t, &room, maxShort)
}

func shortIn(t *prototype.Type, room *int, depth int) bool {
	switch {
	case t == nil || depth == 0:
		return false
	case t.Lens == prototype.Hide:
		return true
	}
	switch t.Kind {
	case prototype.Int, prototype.Float, prototype.Complex:
		*room--
	case prototype.Array:
		if t.Len == nil || t.Len.Op != prototype.Const || !isShort(t.Elem) {
			return false
		}
		*room--
	case prototype.Struct:
		switch {
		case !t.Complete:
			return false
		case t.Lens == prototype.Interface:
			*room--
		case t.Lens == prototype.Bare && len(t.Fields) > 0 && isCounted(t.Fields[0].Type):
			*room--
		default:
			for i := range t.Fields {
				if !shortIn(t.Fields[i].Type, room, depth-1) {
					return false
				}
			}
		}
	default:
		return false
	}
	return *room >= 0
}

// isCounted tells of the pointer of a text, or of a slice whose elements are short.
func isCounted(t *prototype.Type) bool {
	if t.Kind != prototype.Pointer || t.Elem == nil || t.Elem.Kind != prototype.Array {
		return false
	}
	return t.Lens == prototype.Text || isShort(t.Elem.Elem)
}
