package elfsym

import (
	"bytes"
	"debug/dwarf"
	"encoding/binary"
	"slices"
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
		b := &buf{p: info[off:], off: uint64(off), what: "the header of a unit"}
		length := uint64(b.u32())
		if length == 0xffffffff {
			b.is64 = true
			length = b.u64()
		}
		if b.err != nil || length > uint64(len(b.p)) {
			return nil, &FormatError{uint64(off), "a unit of debugging information that is cut off"}
		}
		next := len(info) - len(b.p) + int(length)
		version, kind := b.u16(), byte(0)
		if version >= 5 {
			if p := b.take(2); p != nil { // and the size of an address
				kind = p[0]
			}
		}
		tables = append(tables, b.word())
		if version < 5 {
			b.skip(1)
		}
		switch kind {
		case unitType, unitSplitType:
			b.skip(8) // signature
			b.word()  // where the type is
		case unitSkeleton, unitSplitCompile:
			b.skip(8) // which file has the rest
		}
		first := len(info) - len(b.p)
		if b.err != nil || first > next {
			return nil, &FormatError{uint64(off), "a unit of debugging information that is cut off"}
		}
		if first < next {
			units = append(units, dwarf.Offset(first))
		}
		off = next
	}
	slices.Sort(tables)
	return units, checkAbbrevs(abbrev, slices.Compact(tables))
}

// checkAbbrevs walks the tables of abbreviations, which begin at the offsets
// given, ascending: each must end before the next one begins.
func checkAbbrevs(abbrev []byte, tables []uint64) error {
	var r bytes.Reader
	cut := false
	uleb := func() uint64 {
		v, err := binary.ReadUvarint(&r)
		if err != nil {
			cut = true
			return 0 // which ends every list
		}
		return v
	}
	for i, at := range tables {
		end := uint64(len(abbrev))
		if i+1 < len(tables) {
			end = tables[i+1]
		}
		if at >= end {
			return &FormatError{at, "abbreviations beyond their section"}
		}
		r.Reset(abbrev[at:end])
		for uleb() != 0 { // code
			uleb() // tag
			uleb() // whether there are children
			for {
				attr, form := uleb(), uleb()
				if form == formImplicitConst {
					uleb() // signed, but as long
				}
				if attr == 0 && form == 0 {
					break
				}
			}
		}
		if cut {
			return &FormatError{at, "abbreviations that are damaged or overlap"}
		}
	}
	return nil
}

// formImplicitConst is DW_FORM_implicit_const, whose value is in the table.
const formImplicitConst = 0x21
