package elfsym

import "iter"

// Symbol is a function that a file defines.
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

	// Local says that only the object file which defined it knew it by that
	// name (STB_LOCAL): a static function, of which there may be several.
	Local bool

	// Go says that the function is written in Go, or for Go in assembly:
	// Functions.Go tells more, or knows nothing of it where Go's own table
	// could not be read. It is known of what Functions return.
	Go bool
}

// record is a Symbol, or another symbol that matters, in 24 bytes.
type record struct {
	value   uint64
	size    uint32
	name    uint32 // in the string table
	nameLen uint16
	version uint16 // index, or length in the string table; and versionHidden
	kind    recordKind
	table   uint8 // which nameTable, in Functions
	bind    binding
	golang  bool
}

// binding is how a symbol binds, the one that names what is there best coming
// first: weak names are what a program may have of its own, or old ones.
type binding uint8

const (
	bindGlobal binding = iota
	bindWeak
	bindLocal
)

type recordKind uint8

const (
	function recordKind = iota // defined here: a Symbol
	indirect                   // defined here, an IFUNC: a Symbol
	imported                   // a function that is not defined here
	untyped                    // not said to be a function; in File.symbols without any type, and defined here
	variable                   // data, defined here
)

// callable reports whether the record is a Symbol as its table has it.
func (r *record) callable() bool { return r.kind == function || r.kind == indirect }

// holdsData tells of variables, and of what was written in assembly without a type.
func (r *record) holdsData() bool { return r.kind == variable || r.kind == untyped }

// nameTable is what the records of one symbol table are named by.
type nameTable struct {
	names    string
	versions []string // by version index
	suffixed bool     // versions stand behind the names: name@VERSION, name@@VERSION
}

func (t *nameTable) name(r *record) string { return t.names[r.name:][:r.nameLen] }

func (t *nameTable) version(r *record) string {
	if !t.suffixed {
		return versionName(t.versions, r.version)
	}
	n := int(r.version & versionMask)
	if n == 0 {
		return ""
	}
	at := int(r.name) + int(r.nameLen) + len("@")
	if r.version&versionHidden == 0 {
		at += len("@")
	}
	return t.names[at:][:n]
}

func (t *nameTable) symbol(r *record) Symbol {
	return Symbol{
		Name:    t.name(r),
		Version: t.version(r),
		Value:   r.value,
		Size:    uint64(r.size),
		Default: r.version&versionHidden == 0,
		IFUNC:   r.kind == indirect,
		Local:   r.bind == bindLocal,
		Go:      r.golang,
	}
}

func (f *File) table() nameTable { return nameTable{names: f.names, versions: f.versions} }

func (f *File) nameOf(r *record) string { return f.names[r.name:][:r.nameLen] }

func (f *File) versionOf(r *record) string { return versionName(f.versions, r.version) }

func versionName(versions []string, version uint16) string {
	if i := int(version & versionMask); i < len(versions) {
		return versions[i]
	}
	return ""
}

// Symbols returns all functions that the file defines in .dynsym, in its order.
func (f *File) Symbols() iter.Seq[Symbol] {
	f.link()
	return func(yield func(Symbol) bool) {
		t := f.table()
		for i := range f.symbols {
			if r := &f.symbols[i]; r.callable() && !yield(t.symbol(r)) {
				return
			}
		}
	}
}

// Lookup returns the function that the file defines by that name: the default
// version where there are several, else the first.
func (f *File) Lookup(name string) (Symbol, bool) {
	r := f.best(name, (*record).callable)
	if r == nil {
		return Symbol{}, false
	}
	t := f.table()
	return t.symbol(r), true
}

// Variable returns the link-time address and the size in bytes, at most 4 GB,
// of a variable that the file defines in .dynsym: the default version where
// there are several, else the first.
func (f *File) Variable(name string) (addr, size uint64, ok bool) {
	r := f.best(name, (*record).holdsData)
	if r == nil {
		return 0, 0, false
	}
	return r.value, uint64(r.size), true
}

// VariableAt returns the name of a variable of .dynsym that begins at addr, or "": the
// one that a program is linked with rather than others.
func (f *File) VariableAt(addr uint64) string {
	f.link()
	var best *record
	for i := range f.symbols {
		r := &f.symbols[i]
		if r.holdsData() && r.value == addr && (best == nil || r.version&versionHidden < best.version&versionHidden) {
			best = r
		}
	}
	if best == nil {
		return ""
	}
	return f.nameOf(best)
}

// best returns the record by that name for which is holds: the default version
// where there are several, else the first, or nil.
func (f *File) best(name string, is func(*record) bool) *record {
	var best *record
	for r := range f.named(name) {
		if !is(r) {
			continue
		}
		if r.version&versionHidden == 0 {
			return r
		}
		if best == nil {
			best = r
		}
	}
	return best
}

// named returns the records by that name, in the order of the file.
func (f *File) named(name string) iter.Seq[*record] {
	f.link()
	f.indexing.Do(func() {
		f.byName = newNameIndex(len(f.symbols), func(i int) string { return f.nameOf(&f.symbols[i]) })
	})
	return func(yield func(*record) bool) {
		for i := range f.byName.candidates(name) {
			if r := &f.symbols[i]; f.nameOf(r) == name && !yield(r) {
				return
			}
		}
	}
}
