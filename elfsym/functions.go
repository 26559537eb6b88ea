package elfsym

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"sync"
)

// Functions are all functions with code in a file, as far as anything tells of
// them. They are immutable, and may be used by any number of goroutines.
type Functions struct {
	records []record // by Value; of one Value, the best name first
	tables  []nameTable
	golang  []GoFunc // by Entry
	itabs   []record // Go's tables of interfaces' methods, by Value
	goTypes uint64   // where the descriptors of Go's types begin; 0 for none

	byName   nameIndex
	indexing sync.Once

	// outer has for each record one more than the number of a record that
	// begins before it and reaches beyond its Value, 0 where none does.
	outer   []uint32
	nesting sync.Once
}

// Len returns the number of symbols. Aliases count each.
func (fs *Functions) Len() int { return len(fs.records) }

// All returns all functions, sorted by Value. Aliases follow each other: first
// global ones, those that have a size, those with fewer leading underscores,
// those that are not weak, and shorter ones.
func (fs *Functions) All() iter.Seq[Symbol] {
	return func(yield func(Symbol) bool) {
		for i := range fs.records {
			if !yield(fs.symbol(i)) {
				return
			}
		}
	}
}

// Named returns the functions of that name, sorted by Value: several where
// there are versions of it, or local functions.
func (fs *Functions) Named(name string) iter.Seq[Symbol] {
	fs.indexing.Do(func() { fs.byName = newNameIndex(len(fs.records), fs.name) })
	return func(yield func(Symbol) bool) {
		for i := range fs.byName.candidates(name) {
			if fs.name(i) == name && !yield(fs.symbol(i)) {
				return
			}
		}
	}
}

// GoInterface returns the name of Go's table of a type's methods for an interface at
// a link-time address, without the mark before it: *os.File,io.Reader. It returns ""
// where there is none.
func (fs *Functions) GoInterface(addr uint64) string {
	i, ok := slices.BinarySearchFunc(fs.itabs, addr, func(r record, addr uint64) int { return cmp.Compare(r.value, addr) })
	if !ok {
		return ""
	}
	r := &fs.itabs[i]
	return fs.tables[r.table].name(r)[len(itabMark):]
}

// GoTypes returns the link-time address where the descriptors of a Go program's types
// begin, from which its debugging information counts. ok is false where no symbol tells.
func (fs *Functions) GoTypes() (addr uint64, ok bool) { return fs.goTypes, fs.goTypes != 0 }

// Starting returns the functions that begin at a link-time address, in the order
// of All.
func (fs *Functions) Starting(addr uint64) iter.Seq[Symbol] {
	return func(yield func(Symbol) bool) {
		i, _ := slices.BinarySearchFunc(fs.records, addr, func(r record, addr uint64) int { return cmp.Compare(r.value, addr) })
		for ; i < len(fs.records) && fs.records[i].value == addr; i++ {
			if !yield(fs.symbol(i)) {
				return
			}
		}
	}
}

// At returns the function whose code is at a link-time address: the innermost
// one where functions overlap. A symbol without a size reaches to the next one,
// if no other function is there.
func (fs *Functions) At(addr uint64) (Symbol, bool) {
	fs.nesting.Do(fs.nest)
	above, _ := slices.BinarySearchFunc(fs.records, addr, func(r record, addr uint64) int {
		if r.value <= addr {
			return -1
		}
		return 1
	})
	sizeless := -1
	for last := above - 1; last >= 0; {
		first := fs.firstAlias(last)
		for i := first; i <= last; i++ {
			switch r := &fs.records[i]; {
			case addr-r.value < uint64(r.size):
				return fs.symbol(i), true
			case r.size == 0 && last == above-1 && sizeless < 0:
				sizeless = i
			}
		}
		last = int(fs.outer[first]) - 1
	}
	if sizeless < 0 {
		return Symbol{}, false
	}
	return fs.symbol(sizeless), true
}

func (fs *Functions) name(i int) string {
	r := &fs.records[i]
	return fs.tables[r.table].name(r)
}

func (fs *Functions) symbol(i int) Symbol {
	r := &fs.records[i]
	return fs.tables[r.table].symbol(r)
}

// firstAlias returns the first record of the same value.
func (fs *Functions) firstAlias(i int) int {
	for i > 0 && fs.records[i-1].value == fs.records[i].value {
		i--
	}
	return i
}

// nest fills outer in one pass, with a stack of what reaches beyond the record
// at hand. The end of one that stands deeper in the stack may have been passed
// already: it covers nothing more, and is passed over.
func (fs *Functions) nest() {
	type extent struct {
		end    uint64
		record uint32
	}
	fs.outer = make([]uint32, len(fs.records))
	var open []extent
	for i := 0; i < len(fs.records); {
		value, end := fs.records[i].value, uint64(0)
		for len(open) > 0 && open[len(open)-1].end <= value {
			open = open[:len(open)-1]
		}
		enclosing := uint32(0)
		if len(open) > 0 {
			enclosing = open[len(open)-1].record + 1
		}
		for ; i < len(fs.records) && fs.records[i].value == value; i++ {
			fs.outer[i] = enclosing
			end = max(end, value+uint64(fs.records[i].size))
		}
		if end > value {
			open = append(open, extent{end, uint32(i - 1)})
		}
	}
}

// arrange sorts the records, and drops what two symbol tables have both.
func (fs *Functions) arrange() {
	slices.SortFunc(fs.records, func(a, b record) int {
		if a.value != b.value {
			return cmp.Compare(a.value, b.value)
		}
		return fs.compareAliases(&a, &b)
	})
	fs.records = slices.CompactFunc(fs.records, fs.repeats)
}

// compareAliases puts the name that a person would choose first, and the same
// name with a version before that without.
func (fs *Functions) compareAliases(a, b *record) int {
	switch {
	case (a.bind == bindLocal) != (b.bind == bindLocal):
		return before(b.bind == bindLocal)
	case (a.size == 0) != (b.size == 0):
		return before(b.size == 0)
	}
	ta, tb := &fs.tables[a.table], &fs.tables[b.table]
	x, y := ta.name(a), tb.name(b)
	// strrchr before rindex, which is weak; strtol before strtoimax: the short
	// name is the one that is known.
	if c := cmp.Or(cmp.Compare(underscores(x), underscores(y)), cmp.Compare(a.bind, b.bind), cmp.Compare(len(x), len(y))); c != 0 {
		return c
	}
	if c := cmp.Compare(x, y); c != 0 {
		return c
	}
	if c := cmp.Compare(a.version&versionHidden, b.version&versionHidden); c != 0 {
		return c
	}
	if c := cmp.Compare(tb.version(b), ta.version(a)); c != 0 {
		return c
	}
	return cmp.Compare(a.table, b.table)
}

// before is what a comparison returns if the first one comes first, or if not.
func before(first bool) int {
	if first {
		return -1
	}
	return 1
}

// underscores returns how many of them a name begins with.
func underscores(name string) int { return len(name) - len(strings.TrimLeft(name, "_")) }

// repeats reports whether r says nothing that the one before it does not say.
// Linkers leave the version out of .symtab where it is the default.
func (fs *Functions) repeats(r, prev record) bool {
	t, u := &fs.tables[r.table], &fs.tables[prev.table]
	if r.value != prev.value || (r.bind == bindLocal) != (prev.bind == bindLocal) || t.name(&r) != u.name(&prev) {
		return false
	}
	version := t.version(&r)
	return version == "" || version == u.version(&prev)
}
