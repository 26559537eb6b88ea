package elfsym

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
)

// Go returns what is known of the Go function that begins at a link-time
// address.
func (fs *Functions) Go(entry uint64) (GoFunc, bool) {
	i, ok := slices.BinarySearchFunc(fs.golang, entry, func(f GoFunc, entry uint64) int {
		return cmp.Compare(f.Entry, entry)
	})
	if !ok {
		return GoFunc{}, false
	}
	return fs.golang[i], true
}

// GoAt returns the Go function whose code, or the padding behind it, is at a
// link-time address.
func (fs *Functions) GoAt(addr uint64) (GoFunc, bool) {
	i, found := slices.BinarySearchFunc(fs.golang, addr, func(f GoFunc, addr uint64) int {
		return cmp.Compare(f.Entry, addr)
	})
	if !found {
		i--
	}
	if i < 0 || addr >= fs.golang[i].End {
		return GoFunc{}, false
	}
	return fs.golang[i], true
}

// addGo adds the functions that Go's runtime knows of, where no symbol has the
// same name for the same code, and marks what other symbols are Go's: where its
// table cannot be read, all may be.
func (g *gathering) addGo(r io.ReaderAt, size int64) {
	lists, err := g.file.readGo(r, size)
	if err != nil {
		g.fail(fmt.Errorf("table of Go's functions: %w", err))
		for i := range g.fs.records {
			g.fs.records[i].golang = true // as far as anyone knows
		}
	}
	if len(lists) == 0 {
		return
	}
	fs := &g.fs
	fs.golang = joinGo(lists)
	fs.arrange()
	var more []record
	for _, l := range lists {
		if len(fs.tables) > math.MaxUint8 {
			break
		}
		table := uint8(len(fs.tables))
		fs.tables = append(fs.tables, nameTable{names: l.names})
		for i := range l.funcs {
			f := &l.funcs[i]
			if len(f.Name) > math.MaxUint16 || len(fs.records)+len(more) >= maxFunctions || fs.markGo(f) {
				continue
			}
			more = append(more, record{
				value: f.Entry, size: uint32(min(f.End-f.Entry, math.MaxUint32)),
				name: f.nameAt, nameLen: uint16(len(f.Name)), table: table, golang: true,
			})
		}
	}
	fs.records = append(fs.records, more...)
}

// markGo marks the symbols of a Go function, and reports whether one of them has
// its name.
func (fs *Functions) markGo(f *GoFunc) (named bool) {
	i, _ := slices.BinarySearchFunc(fs.records, f.Entry, func(r record, entry uint64) int {
		return cmp.Compare(r.value, entry)
	})
	for ; i < len(fs.records) && fs.records[i].value == f.Entry; i++ {
		r := &fs.records[i]
		r.golang = true
		named = named || fs.tables[r.table].name(r) == f.Name
	}
	return named
}
