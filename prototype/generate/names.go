package main

import (
	"debug/dwarf"
	"fmt"
	"strings"
)

// named are the types that headers give a name to.
type named struct {
	typedefs map[string]dwarf.Type // what they stand for
	tags     map[string]dwarf.Type // structs, unions and enumerations
	// better are names of typedefs for tags: those that a reader knows.
	better map[string]string
}

// readNames collects the names in debugging information.
func readNames(data *dwarf.Data) (*named, error) {
	n := &named{typedefs: map[string]dwarf.Type{}, tags: map[string]dwarf.Type{}, better: map[string]string{}}
	r := data.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			return nil, fmt.Errorf("read names of types: %w", err)
		}
		if e == nil {
			return n, nil
		}
		switch e.Tag {
		case dwarf.TagCompileUnit:
			continue
		case dwarf.TagTypedef, dwarf.TagStructType, dwarf.TagUnionType, dwarf.TagEnumerationType:
			if err := n.note(data, e); err != nil {
				return nil, fmt.Errorf("read names of types: %w", err)
			}
		}
		r.SkipChildren()
	}
}

func (n *named) note(data *dwarf.Data, e *dwarf.Entry) error {
	t, err := data.Type(e.Offset)
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case *dwarf.TypedefType:
		n.typedefs[t.Name] = t
		tag := tagOf(t.Type)
		if tag == "" || strings.HasPrefix(t.Name, "_") {
			break
		}
		// Of several the first stays; one like the tag is better.
		if old := n.better[tag]; old == "" || t.Name == tag {
			n.better[tag] = t.Name
		}
	default:
		if tag := tagOf(t); tag != "" {
			n.tags[tag] = t
		}
	}
	return nil
}

// lookup returns the type that is called so; nil if there is none.
func (n *named) lookup(name string) dwarf.Type {
	if t := n.typedefs[name]; t != nil {
		return t
	}
	return n.tags[name]
}

// tagOf returns the tag of a struct, union or enumeration, or "".
func tagOf(t dwarf.Type) string {
	switch t := t.(type) {
	case *dwarf.StructType:
		return t.StructName
	case *dwarf.EnumType:
		return t.EnumName
	}
	return ""
}
