package dwarf

import (
	"debug/dwarf"

	"sonde/fields"
)

// abbrev is how entries of one kind are written (DWARF 5, 7.5.3).
type abbrev struct {
	tag      dwarf.Tag
	children bool
	specs    []spec
	typed    bool // it has a DW_AT_type
	size     int  // of all attributes, in bytes; -1 if it differs
	sibling  int  // which attribute says where the next sibling is; -1 for none
}

// spec is one attribute of an abbreviation.
type spec struct {
	attr  dwarf.Attr
	form  form
	value int64 // of formImplicitConst
}

// abbrevTable is the abbreviations of a unit, or of several. It is read as far
// as codes are asked for: the first one is that of the unit itself, and of most
// units nothing else is needed.
type abbrevTable struct {
	d      *Data
	rest   fields.Reader
	shape  shape
	done   bool
	dense  []*abbrev // by code, less 1
	sparse map[uint64]*abbrev
}

// shape is what the sizes of some forms depend on.
type shape struct {
	version  uint16
	addrSize int
	is64     bool
}

// maxSpecs caps the attributes of one abbreviation; compilers write up to 30.
const maxSpecs = 1 << 12

// get returns the abbreviation of a code; nil if there is none.
func (t *abbrevTable) get(code uint64) *abbrev {
	for {
		if code-1 < uint64(len(t.dense)) {
			return t.dense[code-1]
		}
		if a := t.sparse[code]; a != nil || t.done {
			return a
		}
		t.read()
	}
}

// read reads one more abbreviation.
func (t *abbrevTable) read() {
	b := &t.rest
	code := b.ULEB()
	if code == 0 || b.Bad() {
		t.done = true
		return
	}
	a := &abbrev{tag: dwarf.Tag(b.ULEB()), children: b.U8() != 0, sibling: -1}
	for {
		s := spec{attr: dwarf.Attr(b.ULEB()), form: form(b.ULEB())}
		if s.form == formImplicitConst {
			s.value = b.SLEB()
		}
		if s.attr == 0 && s.form == 0 {
			break
		}
		if b.Bad() || len(a.specs) == maxSpecs {
			t.done = true
			return
		}
		switch s.attr {
		case dwarf.AttrSibling:
			a.sibling = len(a.specs)
		case dwarf.AttrType:
			a.typed = true
		}
		if n := s.form.size(t.shape); n < 0 || a.size < 0 {
			a.size = -1
		} else {
			a.size += n
		}
		a.specs = append(a.specs, s)
	}
	if b.Bad() || !t.d.spend(1+len(a.specs)) {
		t.done = true
		return
	}
	if code == uint64(len(t.dense))+1 {
		t.dense = append(t.dense, a)
		return
	}
	if t.sparse == nil {
		t.sparse = make(map[uint64]*abbrev)
	}
	if t.sparse[code] == nil {
		t.sparse[code] = a
	}
}
