package elfsym

import (
	"debug/elf"
	"fmt"

	"sonde/fields"
)

// Bits of an entry of DT_VERSYM (LSB core, "Symbol Version Table"): the index
// of a version, and whether a link against the library passes it over.
const (
	versionHidden = 0x8000
	versionMask   = 0x7fff
)

// Indices that name no version: a local symbol, and one of the base version.
const (
	versionLocal  = 0
	versionGlobal = 1
)

// maxVersions is one more than the largest version index.
const maxVersions = versionMask + 1

// versionTable is a chain of records as both DT_VERNEED and DT_VERDEF have it:
// offsets from one record to the next and to a chain of auxiliary records.
type versionTable struct {
	what  string
	off   uint64 // in the file
	bytes []byte
	is64  bool
}

// readVersions returns the names of versions by their index.
func readVersions(s *source, d *dynamic, names string) ([]string, error) {
	var versions []string
	set := func(index uint16, name uint32) bool {
		str, ok := nameAt(names, uint64(name))
		index &= versionMask
		if index <= versionGlobal {
			return ok
		}
		for int(index) >= len(versions) {
			versions = append(versions, "")
		}
		versions[index] = str
		return ok
	}
	if t, n, err := openVersions(s, d, elf.DT_VERDEF, elf.DT_VERDEFNUM, "the version definitions"); err != nil {
		return nil, err
	} else if err := t.definitions(n, set); err != nil {
		return nil, err
	}
	if t, n, err := openVersions(s, d, elf.DT_VERNEED, elf.DT_VERNEEDNUM, "the needed versions"); err != nil {
		return nil, err
	} else if err := t.needs(n, set); err != nil {
		return nil, err
	}
	return versions, nil
}

// maxVersionBytes caps a table of versions: the largest number of them, with
// the 36 bytes that a definition takes with its name.
const maxVersionBytes = maxVersions * 36

func openVersions(s *source, d *dynamic, tag, count elf.DynTag, what string) (*versionTable, uint64, error) {
	t := &versionTable{what: what, is64: s.is64}
	addr, n := d.value[tag], d.value[count]
	if addr == 0 || n == 0 {
		return t, 0, nil
	}
	off, have, ok := s.find(addr)
	if !ok {
		return nil, 0, &FormatError{0, fmt.Sprintf("%s at address %#x, outside of all segments", what, addr)}
	}
	if n > maxVersions {
		return nil, 0, &FormatError{off, fmt.Sprintf("%s: %d records, more than the limit of %d", what, n, maxVersions)}
	}
	// The table's size is nowhere stated: read up to the cap, and no more
	// than there is.
	if off < s.size {
		have = min(have, s.size-off)
	}
	p, err := s.bytes(off, min(have, maxVersionBytes), what)
	t.off, t.bytes = off, p
	return t, n, err
}

// at returns a reader of the record at a position in the table.
func (t *versionTable) at(pos uint64) *buf {
	pos = min(pos, uint64(len(t.bytes)))
	return &buf{Reader: fields.New(t.bytes[pos:]), off: t.off + pos, is64: t.is64, what: t.what}
}

func (t *versionTable) bad(pos uint64) error {
	return &FormatError{t.off + pos, t.what + " name no version, or too many"}
}

// definitions walks Elf_Verdef records; the first Elf_Verdaux of each has the
// name, the others name what it inherits from.
func (t *versionTable) definitions(n uint64, set func(index uint16, name uint32) bool) error {
	for pos := uint64(0); n > 0; n-- {
		b := t.at(pos)
		b.Skip(2)
		flags, index := b.U16(), b.U16()
		b.Skip(2 + 4) // number of names, hash
		aux, next := b.U32(), b.U32()
		if err := b.err(); err != nil {
			return err
		}
		name := t.at(pos + uint64(aux))
		off := name.U32()
		if err := name.err(); err != nil {
			return err
		}
		if elf.DynamicVersionFlag(flags)&elf.VER_FLG_BASE == 0 && !set(index, off) {
			return t.bad(pos)
		}
		if next == 0 {
			break
		}
		pos += uint64(next)
	}
	return nil
}

// needs walks Elf_Verneed records, one for each library, and the Elf_Vernaux
// records of each, one for each version.
func (t *versionTable) needs(n uint64, set func(index uint16, name uint32) bool) error {
	left := maxVersions // over all libraries: each version has an index of its own
	for pos := uint64(0); n > 0; n-- {
		b := t.at(pos)
		b.Skip(2)
		count := b.U16()
		b.Skip(4) // name of the library
		aux, next := b.U32(), b.U32()
		if err := b.err(); err != nil {
			return err
		}
		for p := pos + uint64(aux); count > 0; count-- {
			v := t.at(p)
			v.Skip(4 + 2) // hash, flags
			index, name, more := v.U16(), v.U32(), v.U32()
			if err := v.err(); err != nil {
				return err
			}
			if left--; left < 0 || !set(index, name) {
				return t.bad(p)
			}
			if more == 0 {
				break
			}
			p += uint64(more)
		}
		if next == 0 {
			break
		}
		pos += uint64(next)
	}
	return nil
}
