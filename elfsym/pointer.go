package elfsym

import (
	"debug/elf"
	"math"
)

// PointerKind tells how a pointer gets its value: by which relocation.
type PointerKind uint8

const (
	// JumpSlot is made for a slot of the linkage table. Where the program
	// binds lazily it leads back to the slot until the first call.
	JumpSlot PointerKind = iota
	// GlobDat is made for code that reads the pointer itself. It is set before
	// the program runs, and write-protected from then on in most programs.
	GlobDat
	// Address is data that the program itself defined with a function's
	// address in it: a variable, a table of methods. The program may have
	// changed it since.
	Address
	// IRelative is set to what a function of this file, the resolver, returns.
	IRelative
	// Relative is set to a place in this file.
	Relative
)

var pointerKindNames = [...]string{
	JumpSlot: "JUMP_SLOT", GlobDat: "GLOB_DAT", Address: "address", IRelative: "IRELATIVE", Relative: "RELATIVE",
}

// String returns the name of the relocation.
func (k PointerKind) String() string {
	if int(k) < len(pointerKindNames) {
		return pointerKindNames[k]
	}
	return "unknown"
}

// Pointer is a word of the file's data that the dynamic linker sets to the
// address of a function.
type Pointer struct {
	Addr    uint64 // link-time address of the word
	Symbol  string // the function; "" for IRelative and Relative
	Version string // the version that is asked for, "" for none
	Kind    PointerKind
	// Local is the link-time address of the function where the file itself
	// has it, which another file's function of that name may still replace:
	// the symbol's value; for IRelative the resolver; for Relative the
	// function. 0 where the function is another file's.
	Local uint64
	// IFUNC says that Local is a resolver, which returns the address of the
	// code to call.
	IFUNC bool
}

// pointer is a Pointer in 24 bytes.
type pointer struct {
	addr, resolver uint64
	symbol         uint32 // one more than the index in File.targets, or 0
	kind           PointerKind
}

// Pointers returns the pointers at functions, sorted by Addr, with no Addr twice:
// what has a symbol and is one of a function, or may be one as far as the
// file says, and those of IFUNCs. Relative ones are not among them: Uses tells
// those through which code calls. They are not to be changed.
func (f *File) Pointers() []Pointer {
	f.link()
	f.listing.Do(func() {
		f.pointerList = make([]Pointer, 0, len(f.pointers))
		for i := range f.pointers {
			if p := &f.pointers[i]; f.ofFunction(p) {
				f.pointerList = append(f.pointerList, f.pointer(p))
			}
		}
	})
	return f.pointerList
}

// ofFunction reports whether the pointer is a function's. That of a slot is,
// whatever type its symbol has.
func (f *File) ofFunction(p *pointer) bool {
	return p.symbol == 0 || p.kind == JumpSlot || f.targets[p.symbol-1].kind != untyped
}

func (f *File) pointer(p *pointer) Pointer {
	q := Pointer{Addr: p.addr, Kind: p.kind, Local: p.resolver, IFUNC: p.kind == IRelative}
	if p.symbol != 0 {
		r := &f.targets[p.symbol-1]
		q.Symbol, q.Version, q.IFUNC = f.nameOf(r), f.versionOf(r), r.kind == indirect
		if r.kind != imported {
			q.Local = r.value
		}
	}
	return q
}

// readPointers keeps those relocations whose symbols have names, and of the
// data that the program defined itself those of functions.
func (f *File) readPointers(relocs []reloc, t *symbolTable) error {
	seen := make([]uint32, t.count) // what pointer.symbol is, by index in .dynsym
	left := t.nameBudget()
	for i := range relocs {
		r := &relocs[i]
		if r.kind == IRelative {
			f.pointers = append(f.pointers, pointer{addr: r.got, resolver: r.target, kind: r.kind})
			continue
		}
		index := uint64(r.symbol)
		if index >= t.count {
			continue // there is no table
		}
		if seen[index] == 0 {
			rec, err := t.target(index, &left)
			if err != nil {
				return err
			}
			f.targets = append(f.targets, rec)
			seen[index] = uint32(len(f.targets))
		}
		rec := &f.targets[seen[index]-1]
		if rec.nameLen == 0 || r.kind == Address && (rec.kind == untyped || r.target != 0) {
			continue
		}
		f.pointers = append(f.pointers, pointer{addr: r.got, symbol: seen[index], kind: r.kind})
	}
	return nil
}

// target returns the symbol of a relocation. Its name is taken off what is left
// for names.
func (t *symbolTable) target(i uint64, left *int) (record, error) {
	e := t.at(i)
	name, ok := nameAt(t.names, e.name)
	if *left -= len(name); !ok || *left < 0 || len(name) > math.MaxUint16 {
		return record{}, &FormatError{t.off + i*t.entrySize(), "a called function has no name in the string table"}
	}
	rec := record{
		value: e.value, size: uint32(min(e.size, math.MaxUint32)),
		name: uint32(e.name), nameLen: uint16(len(name)), version: e.version, kind: e.functionKind(),
	}
	if e.section == elf.SHN_UNDEF {
		rec.value = 0 // or that of a slot that stands for the function
	}
	return rec, nil
}
