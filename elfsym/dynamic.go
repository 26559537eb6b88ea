package elfsym

import (
	"debug/elf"
	"fmt"

	"sonde/fields"
)

// maxDynamic caps the entries of the dynamic segment, most of which are
// DT_NEEDED.
const maxDynamic = 1 << 14

// dynamic is the dynamic segment: the value of each tag, and the list of the
// one tag that may occur more than once.
type dynamic struct {
	value  map[elf.DynTag]uint64
	needed []uint64
}

func readDynamicTable(s *source, addr, size uint64) (*dynamic, error) {
	entry := 2 * s.wordSize()
	off, have, ok := s.find(addr)
	if !ok {
		return nil, &FormatError{0, fmt.Sprintf("the dynamic segment at address %#x, outside of all segments", addr)}
	}
	// The linker reads up to DT_NULL, whatever the size says: so the part
	// that the file holds is enough.
	n := min(size, have) / entry
	if n > maxDynamic {
		return nil, &FormatError{off, fmt.Sprintf("%d dynamic entries, more than the limit of %d", n, maxDynamic)}
	}
	p, err := s.bytes(off, n*entry, "the dynamic segment")
	if err != nil {
		return nil, err
	}
	d := &dynamic{value: make(map[elf.DynTag]uint64)}
	b := &buf{Reader: fields.New(p), off: off, is64: s.is64, what: "the dynamic segment"}
	for range n {
		tag, v := elf.DynTag(b.word()), b.word()
		if tag == elf.DT_NULL {
			break
		}
		if tag == elf.DT_NEEDED {
			d.needed = append(d.needed, v)
			continue
		}
		d.value[tag] = v
	}
	return d, b.err()
}

// readNames reads the dynamic string table, which is kept: all names are
// parts of it.
func (d *dynamic) readNames(s *source) (string, error) {
	addr, size := d.value[elf.DT_STRTAB], d.value[elf.DT_STRSZ]
	if addr == 0 || size == 0 {
		return "", nil
	}
	off, err := s.locate(addr, size, "the dynamic string table")
	if err != nil {
		return "", err
	}
	return s.text(off, size, maxPiece, "the dynamic string table")
}

// readLibraries reads the file's own name, which others it needs, and where
// they are to be found.
func (f *File) readLibraries(d *dynamic) (err error) {
	name := func(off uint64) string {
		s, ok := nameAt(f.names, off)
		if !ok {
			err = &FormatError{0, fmt.Sprintf("the name of a library at %d, the string table has %d bytes", off, len(f.names))}
		}
		return s
	}
	if off, ok := d.value[elf.DT_SONAME]; ok {
		f.SONAME = name(off)
	}
	for _, off := range d.needed {
		f.Needed = append(f.Needed, name(off))
	}
	if off, ok := d.value[elf.DT_RUNPATH]; ok {
		f.RunPath, f.hasRunPath = name(off), true
	} else if off, ok := d.value[elf.DT_RPATH]; ok {
		f.RPath = name(off)
	}
	f.noDefaultDirs = elf.DynFlag1(d.value[elf.DT_FLAGS_1])&elf.DF_1_NODEFLIB != 0
	return err
}
