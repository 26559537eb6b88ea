package main

import (
	"debug/dwarf"
	"fmt"
)

// declared is a function as one compiler sees it.
type declared struct {
	name     string
	symbol   string // what it is called in object files
	result   dwarf.Type
	params   []dwarf.Type
	variadic bool
	noReturn bool
	header   string // the file that declares it first
}

// functions reads the declarations of named functions out of debugging
// information.
func functions(data *dwarf.Data, headers map[string]string) (map[string]*declared, error) {
	found := map[string]*declared{}
	r := data.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			return nil, fmt.Errorf("read types: %w", err)
		}
		if e == nil {
			return found, nil
		}
		if e.Tag != dwarf.TagSubprogram {
			if e.Tag != dwarf.TagCompileUnit {
				r.SkipChildren()
			}
			continue
		}
		name, _ := e.Val(dwarf.AttrName).(string)
		if headers[name] == "" {
			r.SkipChildren()
			continue
		}
		d, err := function(data, r, e)
		if err != nil {
			return nil, fmt.Errorf("read type of %s: %w", name, err)
		}
		if found[name] == nil { // later ones are out-of-line instances
			d.header = headers[name]
			found[name] = d
		}
	}
}

func function(data *dwarf.Data, r *dwarf.Reader, e *dwarf.Entry) (*declared, error) {
	d := &declared{}
	d.name, _ = e.Val(dwarf.AttrName).(string)
	d.symbol, _ = e.Val(dwarf.AttrLinkageName).(string)
	if d.symbol == "" {
		d.symbol = d.name
	}
	d.noReturn, _ = e.Val(dwarf.AttrNoreturn).(bool)
	var err error
	if off, ok := e.Val(dwarf.AttrType).(dwarf.Offset); ok {
		if d.result, err = data.Type(off); err != nil {
			return nil, err
		}
	}
	if !e.Children {
		return d, nil
	}
	for {
		c, err := r.Next()
		if err != nil {
			return nil, err
		}
		if c == nil || c.Tag == 0 {
			return d, nil
		}
		switch c.Tag {
		case dwarf.TagFormalParameter:
			off, _ := c.Val(dwarf.AttrType).(dwarf.Offset)
			t, err := data.Type(off)
			if err != nil {
				return nil, err
			}
			d.params = append(d.params, t)
		case dwarf.TagUnspecifiedParameters:
			d.variadic = true
		}
		r.SkipChildren()
	}
}
