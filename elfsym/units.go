package elfsym

import (
	"debug/dwarf"
	"slices"

	"sonde/fields"
)

// load opens the debugging information as far as lines need it, and returns
// where its units begin.
func (l *lineSearch) load(info *DebugInfo) ([]dwarf.Offset, error) {
	data := make(map[string][]byte)
	for _, name := range []string{"abbrev", "info", "line", "ranges", "str", "addr", "line_str", "rnglists", "str_offsets"} {
		sections, err := info.Sections(name)
		if err != nil {
			return nil, err
		}
		if len(sections) > 0 {
			data[name] = sections[0]
		}
	}
	units, err := readUnits(data["info"], data["abbrev"])
	if err != nil {
		return nil, err
	}
	l.data, err = dwarf.New(data["abbrev"], nil, nil, data["info"], data["line"], nil, data["ranges"], data["str"])
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"addr", "line_str", "rnglists", "str_offsets"} {
		if err := l.data.AddSection(".debug_"+name, data[name]); err != nil {
			return nil, err
		}
	}
	return units, nil
}

// Kinds of units whose headers are longer (DWARF 5, 7.5.1).
const (
	unitType         = 2
	unitSkeleton     = 4
	unitSplitCompile = 5
	unitSplitType    = 6
)

// readUnits returns where the first entry of each unit in .debug_info is. It
// makes sure that the tables of abbreviations do not overlap, since debug/dwarf
// reads the one of each unit to its end.
func readUnits(info, abbrev []byte) ([]dwarf.Offset, error) {
	var units []dwarf.Offset
	var tables []uint64
	for off := 0; off < len(info); {
		b := fields.At(info, uint64(off))
		length, is64 := b.Length()
		b.Limit(length)
		next := b.Pos() + b.Left()
		version, kind := b.U16(), byte(0)
		if version >= 5 {
			kind = b.U8()
			b.Skip(1) // the size of an address
		}
		tables = append(tables, b.Word(is64))
		if version < 5 {
			b.Skip(1)
		}
		switch kind {
		case unitType, unitSplitType:
			b.Skip(8)    // signature
			b.Word(is64) // where the type is
		case unitSkeleton, unitSplitCompile:
			b.Skip(8) // which file has the rest
		}
		if b.Bad() {
			return nil, &FormatError{uint64(off), "a unit of debugging information that is cut off"}
		}
		if b.Left() > 0 {
			units = append(units, dwarf.Offset(b.Pos()))
		}
		off = next
	}
	slices.Sort(tables)
	return units, checkAbbrevs(abbrev, slices.Compact(tables))
}

// checkAbbrevs walks the tables of abbreviations, which begin at the offsets
// given, ascending: each must end before the next one begins.
func checkAbbrevs(abbrev []byte, tables []uint64) error {
	for i, at := range tables {
		end := uint64(len(abbrev))
		if i+1 < len(tables) {
			end = tables[i+1]
		}
		if at >= end {
			return &FormatError{at, "abbreviations beyond their section"}
		}
		r := fields.New(abbrev[at:end])
		for r.ULEB() != 0 { // code
			r.SkipLEB() // tag
			r.SkipLEB() // whether there are children
			for {
				attr, form := r.ULEB(), r.ULEB()
				if form == formImplicitConst {
					r.SkipLEB()
				}
				if attr == 0 && form == 0 {
					break
				}
			}
		}
		if r.Bad() {
			return &FormatError{at, "abbreviations that are damaged or overlap"}
		}
	}
	return nil
}

// formImplicitConst is DW_FORM_implicit_const, whose value is in the table.
const formImplicitConst = 0x21
