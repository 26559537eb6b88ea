package elfsym

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math"
)

// maxSymbols caps the dynamic symbol table. The largest libraries have some
// 100,000.
const maxSymbols = 1 << 21

// Sizes of Elf32_Sym and Elf64_Sym.
const (
	symSize32 = 16
	symSize64 = 24
)

// symbolTable is the dynamic symbol table while a file is read.
type symbolTable struct {
	names    string
	bytes    []byte // count entries
	versions []byte // of the same symbols, 2 bytes each, or nil
	count    uint64
	off      uint64 // of bytes in the file
	is64     bool
}

// entry is one Elf_Sym.
type entry struct {
	name, info, other uint64
	section           elf.SectionIndex
	value, size       uint64
	version           uint16
}

// readSymbolTable reads the symbols that the hash table or a relocation knows
// of: nothing in the dynamic segment says how many there are.
func readSymbolTable(s *source, d *dynamic, relocs []reloc, names string) (*symbolTable, error) {
	t := &symbolTable{names: names, is64: s.is64}
	addr := d.value[elf.DT_SYMTAB]
	if addr == 0 {
		return t, nil
	}
	n, err := countSymbols(s, d)
	if err != nil {
		return nil, err
	}
	// An empty GNU hash table does not count the symbols that are needed.
	for i := range relocs {
		n = max(n, uint64(relocs[i].symbol)+1)
	}
	if n > maxSymbols {
		return nil, &FormatError{0, fmt.Sprintf("%d dynamic symbols, more than the limit of %d", n, maxSymbols)}
	}
	if t.off, err = s.locate(addr, n*t.entrySize(), "the dynamic symbols"); err != nil {
		return nil, err
	}
	if t.bytes, err = s.bytes(t.off, n*t.entrySize(), "the dynamic symbols"); err != nil {
		return nil, err
	}
	t.count = n
	if addr := d.value[elf.DT_VERSYM]; addr != 0 {
		t.versions, err = s.mapped(addr, 2*n, "the versions of symbols")
	}
	return t, err
}

func (t *symbolTable) entrySize() uint64 {
	if t.is64 {
		return symSize64
	}
	return symSize32
}

// at returns the symbol of that index, which must be below count.
func (t *symbolTable) at(i uint64) entry {
	e := decodeEntry(t.bytes[i*t.entrySize():][:t.entrySize()], t.is64)
	if t.versions != nil {
		e.version = binary.LittleEndian.Uint16(t.versions[2*i:])
	}
	return e
}

// decodeEntry decodes an Elf64_Sym or an Elf32_Sym, which has another order.
func decodeEntry(p []byte, is64 bool) entry {
	le := binary.LittleEndian
	if is64 {
		return entry{
			name: uint64(le.Uint32(p)), info: uint64(p[4]), other: uint64(p[5]),
			section: elf.SectionIndex(le.Uint16(p[6:])), value: le.Uint64(p[8:]), size: le.Uint64(p[16:]),
		}
	}
	return entry{
		name: uint64(le.Uint32(p)), value: uint64(le.Uint32(p[4:])), size: uint64(le.Uint32(p[8:])),
		info: uint64(p[12]), other: uint64(p[13]), section: elf.SectionIndex(le.Uint16(p[14:])),
	}
}

// stbGNUUnique is STB_GNU_UNIQUE, of data that all libraries are to share.
const stbGNUUnique = elf.STB_LOOS

func (e *entry) local() bool { return elf.ST_BIND(uint8(e.info)) == elf.STB_LOCAL }

func (e *entry) bind() binding {
	switch elf.ST_BIND(uint8(e.info)) {
	case elf.STB_LOCAL:
		return bindLocal
	case elf.STB_WEAK:
		return bindWeak
	}
	return bindGlobal
}

// kind tells what the symbol is to a tracer of functions, if anything.
func (e *entry) kind() (recordKind, bool) {
	bind, typ := elf.ST_BIND(uint8(e.info)), elf.ST_TYPE(uint8(e.info))
	kind := e.functionKind()
	switch {
	case e.name == 0 || bind > elf.STB_WEAK && bind != stbGNUUnique:
		return 0, false
	case kind != untyped:
		return kind, kind != imported || !e.local()
	case e.section == elf.SHN_UNDEF:
		return 0, false
	case typ == elf.STT_NOTYPE:
		// Local ones are the labels of assembly, and mapping symbols.
		return untyped, !e.local()
	case typ == elf.STT_OBJECT || typ == elf.STT_COMMON:
		return variable, true
	}
	return 0, false
}

// functionKind tells the kind by the type alone.
func (e *entry) functionKind() recordKind {
	typ := elf.ST_TYPE(uint8(e.info))
	switch {
	case e.section == elf.SHN_UNDEF && (typ == elf.STT_FUNC || typ == elf.STT_NOTYPE || typ == elf.STT_GNU_IFUNC):
		return imported // a linker that did not see the library's type leaves none
	case e.section == elf.SHN_UNDEF:
		return untyped
	case typ == elf.STT_FUNC:
		return function
	case typ == elf.STT_GNU_IFUNC:
		return indirect
	}
	return untyped
}

// dynamicKind is kind for a symbol of .dynsym, where a local one is nothing.
func (e *entry) dynamicKind() (recordKind, bool) {
	kind, ok := e.kind()
	return kind, ok && !e.local()
}

// records returns the table without what is neither function nor variable.
func (t *symbolTable) records() ([]record, error) {
	count := 0
	for i := range t.count {
		e := t.at(i)
		if _, ok := e.dynamicKind(); ok {
			count++
		}
	}
	records := make([]record, 0, count)
	left := t.nameBudget()
	for i := range t.count {
		e := t.at(i)
		kind, ok := e.dynamicKind()
		if !ok {
			continue
		}
		name, ok := nameAt(t.names, e.name)
		if left -= len(name); !ok || left < 0 || len(name) > math.MaxUint16 {
			return nil, &FormatError{t.off + i*t.entrySize(), fmt.Sprintf("symbol %d has no name in the string table", i)}
		}
		if name == "" {
			continue
		}
		records = append(records, record{
			value: e.value, size: uint32(min(e.size, math.MaxUint32)),
			name: uint32(e.name), nameLen: uint16(len(name)), version: e.version, kind: kind, bind: e.bind(),
		})
	}
	return records, nil
}

// nameBudget is what the names of all symbols may come to in bytes. Linkers let
// a name be the tail of a longer one, so that the names together are longer
// than the table; but not many times.
func nameBudget(names string) int { return 8*len(names) + maxName }

func (t *symbolTable) nameBudget() int { return nameBudget(t.names) }

// countSymbols returns the number of symbols by DT_HASH, which says it, or by
// DT_GNU_HASH, which lets it be found.
func countSymbols(s *source, d *dynamic) (uint64, error) {
	if addr := d.value[elf.DT_HASH]; addr != 0 {
		p, err := s.mapped(addr, 8, "the hash table")
		if err != nil {
			return 0, err
		}
		return uint64(binary.LittleEndian.Uint32(p[4:])), nil // nchain
	}
	if addr := d.value[elf.DT_GNU_HASH]; addr != 0 {
		return countGNUHash(s, addr)
	}
	return 0, nil
}

// countGNUHash finds the last chain of a DT_GNU_HASH table and walks it to its
// end, the first word with bit 0 set. The table is four words (number of
// buckets, first symbol in the table, words of the Bloom filter, shift), the
// filter, the buckets, and a word for each symbol.
func countGNUHash(s *source, addr uint64) (uint64, error) {
	const what = "the GNU hash table"
	off, have, ok := s.find(addr)
	if !ok {
		return 0, &FormatError{0, fmt.Sprintf("%s at address %#x, outside of all segments", what, addr)}
	}
	p, err := s.bytes(off, 16, what)
	if err != nil {
		return 0, err
	}
	le := binary.LittleEndian
	buckets, first, filter := uint64(le.Uint32(p)), uint64(le.Uint32(p[4:])), uint64(le.Uint32(p[8:]))
	skip := 16 + filter*s.wordSize()
	if skip+4*buckets > have || buckets > maxSymbols {
		return 0, &FormatError{off, fmt.Sprintf("%s with %d buckets, larger than its segment", what, buckets)}
	}
	last := uint64(0)
	err = s.chunks(off+skip, 4*buckets, 4, what, func(p []byte) bool {
		for ; len(p) > 0; p = p[4:] {
			last = max(last, uint64(le.Uint32(p)))
		}
		return true
	})
	if err != nil {
		return 0, err
	}
	if last < first { // no chain at all
		return first, nil
	}
	skip += 4*buckets + 4*(last-first)
	if last > maxSymbols || skip > have {
		return 0, &FormatError{off, fmt.Sprintf("%s with symbol %d, beyond its segment", what, last)}
	}
	ended := false
	chain := min((have-skip)/4, maxSymbols)
	if off+skip < s.size { // what is beyond the file ends no chain
		chain = min(chain, (s.size-off-skip)/4)
	}
	err = s.chunks(off+skip, 4*chain, 4, what, func(p []byte) bool {
		for ; len(p) > 0 && !ended; p = p[4:] {
			last++
			ended = le.Uint32(p)&1 != 0
		}
		return !ended
	})
	if err == nil && !ended {
		err = &FormatError{off, what + " with a chain that does not end"}
	}
	return last, err
}
