package elfsym

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"

	"sonde/fields"
)

// goTable is the head of a pclntab, Go's table of functions (struct pcHeader in
// runtime/symtab.go).
type goTable struct {
	addr  uint64
	magic uint32
	funcs uint64
	names uint64 // address of the names
	units uint64 // address of the compilation units' files
	files uint64 // address of the names of files
	tab   uint64 // address of the table of functions
	// values is the address of what there is by program counter.
	values uint64
}

// The magic numbers by version of Go (internal/abi/symtab.go). Before 1.18 a
// table holds absolute addresses, and registers carry no arguments before 1.17.
const (
	go118Magic = 0xfffffff0
	go120Magic = 0xfffffff1
)

// maxGoTables caps the tables of one file: it has one, unless something that
// is none looks alike.
const maxGoTables = 8

// findGoTables looks for the sections that the Go linker or another one that
// it called makes; in a file without section headers, for the magic number.
func findGoTables(s *source, h *header) ([]goTable, error) {
	var found []uint64
	ok := eachSection(s, h, func(name string, sh sectionHeader) bool {
		if isGoTable(name) {
			found = append(found, sh.addr)
		}
		return len(found) < maxGoTables
	})
	if !ok {
		return scanGoTables(s)
	}
	var tables []goTable
	for _, addr := range found {
		t, err := readGoTable(s, addr)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// goHeaderSize is the size of a pcHeader in a 32-bit and in a 64-bit file.
func (s *source) goHeaderSize() uint64 { return 8 + 8*s.wordSize() }

// isGoTable tells whether a section of that name is such a table.
func isGoTable(name string) bool { return name == ".gopclntab" || name == ".data.rel.ro.gopclntab" }

func readGoTable(s *source, addr uint64) (goTable, error) {
	const what = "the head of Go's table of functions"
	p, err := s.mapped(addr, s.goHeaderSize(), what)
	if err != nil {
		return goTable{}, err
	}
	off, _, _ := s.find(addr)
	b := &buf{Reader: fields.New(p), is64: s.is64, off: off, what: what}
	t := goTable{addr: addr, magic: b.U32()}
	b.Skip(3) // zeroes, and the smallest size of an instruction
	ptrSize := uint64(p[7])
	b.Skip(1)
	t.funcs = b.word()
	b.word() // files
	b.word() // the start of the text up to Go 1.25, where it needs no relocation
	t.names = addr + b.word()
	t.units = addr + b.word()
	t.files = addr + b.word()
	t.values = addr + b.word()
	t.tab = addr + b.word()
	switch {
	case t.magic != go118Magic && t.magic != go120Magic:
		err = &FormatError{off, fmt.Sprintf("a table of functions with magic number %#x, of no Go from 1.18 on", t.magic)}
	case ptrSize != s.wordSize() || t.funcs == 0 || t.funcs > maxGoFuncs:
		err = &FormatError{off, fmt.Sprintf("a table of %d Go functions and %d-byte addresses", t.funcs, ptrSize)}
	}
	return t, err
}

// scanGoTables searches the segments for heads of tables. What does not stand
// up to being read is passed over.
func scanGoTables(s *source) ([]goTable, error) {
	var tables []goTable
	for i := range s.segs {
		seg := &s.segs[i]
		addr := seg.Addr
		err := s.chunks(seg.Offset, min(seg.FileSize, s.size-min(seg.Offset, s.size)), chunkSize, "a segment", func(p []byte) bool {
			// f1 ff ff ff, f0 ff ff ff. A chunk is a multiple of the alignment.
			for at := 0; len(tables) < maxGoTables; {
				n := bytes.Index(p[at:], []byte{0xff, 0xff, 0xff, 0, 0})
				if n < 0 {
					break
				}
				at += n + 1
				start := addr + uint64(at) - 2
				if at < 2 || start%s.wordSize() != 0 {
					continue
				}
				if t, err := readGoTable(s, start); err == nil {
					tables = append(tables, t)
				}
			}
			addr += uint64(len(p))
			return len(tables) < maxGoTables
		})
		if err != nil {
			return nil, err
		}
	}
	return tables, nil
}

// goModule is what the runtime's description of a module (struct moduledata in
// runtime/symtab.go) adds: where the code begins that the table counts from.
// The table does not always say: it cannot be relocated where it is read-only.
type goModule struct {
	table                goTable
	addr                 uint64
	names, namesSize     uint64
	functab, functabSize uint64
	entries              uint64 // of functab: one more than functions
	minpc, text          uint64
	data                 uint64 // go:func.*
}

// The words of struct moduledata, the same since Go 1.18.
const (
	goModuleHeader  = 0
	goModuleNames   = 1  // a slice: address, length, capacity
	goModulePCLN    = 13 // a slice of bytes, from which _funcs are counted
	goModuleFunctab = 16 // a slice, at the same address
	goModuleMinPC   = 20
	goModuleText    = 22
	goModuleData18  = 38 // go:func.*, which what is known of functions lies in
	goModuleData20  = 40 // the same behind covctrs, ecovctrs
	goModuleWords   = 41
)

// findGoModule finds the description that belongs to a table: it begins with
// the table's address.
func findGoModule(s *source, f *File, dynSize uint64, t goTable) (*goModule, error) {
	var dyn *dynamic
	if f.Dynamic {
		d, err := readDynamicTable(s, f.DynAddr, dynSize)
		if err != nil {
			return nil, err
		}
		dyn = d
	}
	places, err := goReferences(s, dyn, t.addr)
	if err != nil {
		return nil, err
	}
	for _, at := range places {
		m, err := readGoModule(s, dyn, at, t)
		if err != nil {
			return nil, err
		}
		if m != nil {
			return m, nil
		}
	}
	return nil, &FormatError{0, fmt.Sprintf("nothing tells which code Go's table of functions at %#x is for", t.addr)}
}

// maxGoReferences caps the places that hold a table's address.
const maxGoReferences = 16

// goReferences returns the places in writable memory that will hold addr: as the
// file has them, or as relocations will put it there.
func goReferences(s *source, dyn *dynamic, addr uint64) ([]uint64, error) {
	var places []uint64
	err := eachRelative(s, dyn, &x86Relocs, func(at, value uint64) bool {
		if value == addr {
			places = append(places, at)
		}
		return len(places) < maxGoReferences
	})
	if err != nil {
		return nil, err
	}
	word := make([]byte, s.wordSize())
	if s.is64 {
		binary.LittleEndian.PutUint64(word, addr)
	} else {
		binary.LittleEndian.PutUint32(word, uint32(addr))
	}
	for i := range s.segs {
		seg := &s.segs[i]
		if seg.Flags&elf.PF_W == 0 || seg.Offset > s.size {
			continue
		}
		at := seg.Addr
		err := s.chunks(seg.Offset, min(seg.FileSize, s.size-seg.Offset), chunkSize, "a segment", func(p []byte) bool {
			for off := 0; len(places) < maxGoReferences; off++ {
				n := bytes.Index(p[off:], word)
				if n < 0 {
					break
				}
				off += n
				if (at+uint64(off))%s.wordSize() == 0 {
					places = append(places, at+uint64(off))
				}
			}
			at += uint64(len(p))
			return len(places) < maxGoReferences
		})
		if err != nil {
			return nil, err
		}
	}
	return places, nil
}

// readGoModule reads the description at an address, as it will be in memory, or
// returns nil if there is none.
func readGoModule(s *source, dyn *dynamic, at uint64, t goTable) (*goModule, error) {
	p, err := s.mapped(at, goModuleWords*s.wordSize(), "Go's module data")
	if err != nil {
		return nil, nil
	}
	b := &buf{Reader: fields.New(p), is64: s.is64, what: "Go's module data"}
	var w [goModuleWords]uint64
	for i := range w {
		w[i] = b.word()
	}
	err = eachRelative(s, dyn, &x86Relocs, func(place, value uint64) bool {
		if d := place - at; place >= at && d/8 < goModuleWords && d%8 == 0 {
			w[d/8] = value
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	m := &goModule{
		table: t, addr: at,
		names: w[goModuleNames], namesSize: w[goModuleNames+1],
		functab: w[goModulePCLN], functabSize: w[goModulePCLN+1], entries: w[goModuleFunctab+1],
		minpc: w[goModuleMinPC], text: w[goModuleText], data: w[goModuleData20],
	}
	if t.magic == go118Magic {
		m.data = w[goModuleData18]
	}
	if w[goModuleHeader] != t.addr || m.names != t.names || m.functab != t.tab || w[goModuleFunctab] != t.tab {
		return nil, nil
	}
	return m, nil
}

// check holds the description against the table: the least address in it is
// that of its first function, and the table is as long as it says.
func (m *goModule) check() error {
	if m.entries != m.table.funcs+1 || m.functabSize/goTabEntry < m.entries {
		return &FormatError{0, fmt.Sprintf("%d functions in Go's table at %#x, %d in its module", m.table.funcs, m.table.addr, m.entries)}
	}
	return nil
}
