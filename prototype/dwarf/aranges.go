package dwarf

import (
	"cmp"
	"debug/dwarf"
	"slices"

	"sonde/fields"
)

// code is a range of addresses whose unit is known.
type code struct {
	span
	unit int // where its header is in .debug_info
}

// unitsAt returns the units of the program that have code at an address: one,
// unless the linker has left something that it has dropped near there.
func (d *Data) unitsAt(addr uint64) []*unit {
	if d.code == nil {
		d.code = d.readAranges()
		if len(d.code) == 0 {
			d.code = d.readUnitRanges(nil)
		}
	}
	if found := d.lookup(addr); found != nil || d.complete {
		return found
	}
	// Compilers need not write .debug_aranges, and some units may be of one
	// that does not.
	known := make(map[int]bool)
	for _, c := range d.code {
		known[c.unit] = true
	}
	d.code = append(d.code, d.readUnitRanges(known)...)
	return d.lookup(addr)
}

// lookup finds an address in d.code, which it sorts. Ranges of units
// seldom overlap, and not by far: some neighbours are looked at.
func (d *Data) lookup(addr uint64) (units []*unit) {
	if !d.sorted {
		slices.SortFunc(d.code, func(a, b code) int { return cmp.Compare(a.low, b.low) })
		d.sorted = true
	}
	i, _ := slices.BinarySearchFunc(d.code, addr, func(c code, addr uint64) int {
		if c.low <= addr {
			return -1
		}
		return 1
	})
	const near = 16
	for n := 0; i > 0 && n < near; n++ {
		i--
		if addr < d.code[i].high {
			if u := d.program.info[0].unit(d.code[i].unit); u != nil && !slices.Contains(units, u) {
				units = append(units, u)
			}
		}
	}
	return units
}

// readAranges reads .debug_aranges (DWARF 5, 6.1.2), as far as it is good.
func (d *Data) readAranges() (all []code) {
	b := fields.New(d.aranges)
	for b.Left() > 0 {
		start := b.Pos()
		length, is64 := b.Length()
		set := b
		set.Limit(length)
		if b.Skip(length); b.Bad() {
			break
		}
		set.U16() // version
		unit := set.Word(is64)
		size, segment := int(set.U8()), set.U8()
		if set.Bad() || size != 4 && size != 8 || segment != 0 || unit >= uint64(len(d.program.info[0].p)) {
			continue
		}
		// The first pair is aligned to its own size, from the start of the set.
		if odd := (set.Pos() - start) % (2 * size); odd > 0 {
			set.Skip(uint64(2*size - odd))
		}
		for d.spend(1) {
			low, n := set.Uint(size), set.Uint(size)
			if set.Bad() || low == 0 && n == 0 {
				break
			}
			if n > 0 && low+n > low {
				all = append(all, code{span{low, low + n}, int(unit)})
			}
		}
	}
	return all
}

// readUnitRanges asks each unit that is not known for its ranges.
func (d *Data) readUnitRanges(known map[int]bool) (all []code) {
	d.sorted, d.complete = false, true
	for _, off := range d.program.info[0].all() {
		if known[off] || !d.spend(1) {
			continue
		}
		u := d.program.info[0].unit(off)
		d.forgive()
		if u == nil {
			continue
		}
		root := u.root()
		if root.tag() != dwarf.TagCompileUnit && root.tag() != dwarf.TagSkeletonUnit {
			continue
		}
		for _, s := range root.spans() {
			if s.low != 0 { // what was dropped is at 0
				all = append(all, code{s, off})
			}
		}
	}
	d.from.Forget() // a page of each unit was looked at
	return all
}
