package elfsym

import (
	"hash/maphash"
	"iter"
)

// Symbol is a function that a file defines for others to call.
type Symbol struct {
	Name    string
	Version string // "" where the file has no versions
	Value   uint64 // link-time address
	Size    uint64 // in bytes, at most 4 GB; 0 where the file does not say

	// Default says that this is the version a new program would be linked
	// with. Where false, only old programs use it (name@version with one @).
	Default bool

	// IFUNC says that Value is the function's resolver, which returns the
	// address of the code to call (STT_GNU_IFUNC).
	IFUNC bool
}

// record is a Symbol, or the name of a function that is needed, in 24 bytes.
type record struct {
	value   uint64
	size    uint32
	name    uint32 // in File.names
	nameLen uint16
	version uint16 // index, and versionHidden
	kind    recordKind
}

type recordKind uint8

const (
	function recordKind = iota // defined here: a Symbol
	indirect                   // defined here, an IFUNC: a Symbol
	imported                   // not defined here
	untyped                    // not said to be a function; of File.targets only
)

func (f *File) nameOf(r *record) string { return f.names[r.name:][:r.nameLen] }

func (f *File) versionOf(r *record) string { return versionName(f.versions, r.version) }

func versionName(versions []string, version uint16) string {
	if i := int(version & versionMask); i < len(versions) {
		return versions[i]
	}
	return ""
}

func (f *File) symbol(r *record) Symbol {
	return Symbol{
		Name:    f.nameOf(r),
		Version: f.versionOf(r),
		Value:   r.value,
		Size:    uint64(r.size),
		Default: r.version&versionHidden == 0,
		IFUNC:   r.kind == indirect,
	}
}

// Symbols returns all functions that the file defines in .dynsym, in its order.
func (f *File) Symbols() iter.Seq[Symbol] {
	return func(yield func(Symbol) bool) {
		for i := range f.symbols {
			if r := &f.symbols[i]; r.kind != imported && !yield(f.symbol(r)) {
				return
			}
		}
	}
}

// Lookup returns the function that the file defines by that name: the default
// version where there are several, else the first.
func (f *File) Lookup(name string) (Symbol, bool) {
	var best *record
	for r := range f.named(name) {
		if r.kind == imported {
			continue
		}
		if r.version&versionHidden == 0 {
			return f.symbol(r), true
		}
		if best == nil {
			best = r
		}
	}
	if best == nil {
		return Symbol{}, false
	}
	return f.symbol(best), true
}

// Imports reports whether the file needs a function by that name from another
// one.
func (f *File) Imports(name string) bool {
	for r := range f.named(name) {
		if r.kind == imported {
			return true
		}
	}
	return false
}

// nameIndex finds records by name: chains through next, which begin at heads.
// Numbers are one more than those of the records, 0 ends a chain. The file's
// own hash table is not used, as it is only as honest as the file.
type nameIndex struct {
	seed  maphash.Seed
	heads []uint32
	next  []uint32
}

// named returns the records by that name, in the order of the file.
func (f *File) named(name string) iter.Seq[*record] {
	f.indexing.Do(f.index)
	return func(yield func(*record) bool) {
		x := &f.byName
		if len(x.heads) == 0 {
			return
		}
		for n := x.heads[x.slot(name)]; n != 0; n = x.next[n-1] {
			if r := &f.symbols[n-1]; f.nameOf(r) == name && !yield(r) {
				return
			}
		}
	}
}

func (x *nameIndex) slot(name string) int {
	return int(maphash.String(x.seed, name) & uint64(len(x.heads)-1))
}

func (f *File) index() {
	if len(f.symbols) == 0 {
		return
	}
	size := 1 // a power of two
	for size < len(f.symbols) {
		size *= 2
	}
	x := &f.byName
	x.seed = maphash.MakeSeed()
	x.heads = make([]uint32, size)
	x.next = make([]uint32, len(f.symbols))
	for i := len(f.symbols) - 1; i >= 0; i-- { // backwards: chains run forwards
		h := x.slot(f.nameOf(&f.symbols[i]))
		x.next[i], x.heads[h] = x.heads[h], uint32(i+1)
	}
}
