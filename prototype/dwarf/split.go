package dwarf

import (
	"debug/dwarf"
	"errors"
	"fmt"
	"io/fs"

	"sonde/elfsym"
	"sonde/fields"
)

// supplementary returns the file that dwz has moved to what several files have
// in common; nil if it cannot be read, which ends the query.
func (d *Data) supplementary() *file {
	if !d.supTried {
		d.supTried = true
		info, err := d.from.Supplementary()
		if err == nil {
			d.opened = append(d.opened, info)
			d.sup, err = d.newFile(info, false)
		}
		if err != nil {
			d.fail(err)
			d.sup = nil
		}
	}
	if d.sup == nil {
		d.fail(fmt.Errorf("supplementary file: %w", fs.ErrNotExist))
	}
	return d.sup
}

// whole returns the unit that a skeleton stands for, out of a file of its own or of
// the package file; and any other unit as it is. nil, with an error, if there is none.
func (u *unit) whole() (*unit, error) {
	root := u.root()
	name := root.text(dwarf.AttrDwoName)
	if name == "" {
		name = root.text(attrGNUDwoName)
	}
	if name == "" {
		return u, nil
	}
	if !u.tried {
		u.tried = true
		d := u.f.d
		if p := d.packageFile(); p != nil {
			u.rest = p.unit(u)
		}
		if u.rest == nil {
			rest, err := u.open(root.text(dwarf.AttrCompDir), name)
			if err != nil {
				return nil, err
			}
			u.rest = rest
		}
	}
	if u.rest == nil {
		return nil, fmt.Errorf("split unit %s: %w", name, fs.ErrNotExist)
	}
	return u.rest, nil
}

// open opens the .dwo file of a skeleton.
func (u *unit) open(dir, name string) (*unit, error) {
	d := u.f.d
	info, err := u.f.from.Split(dir, name)
	if err != nil {
		return nil, err
	}
	d.opened = append(d.opened, info)
	f, err := d.newFile(info, true)
	if err != nil {
		return nil, err
	}
	f.skeleton = u
	if rest := f.compileUnit(u.id); rest != nil {
		return rest, nil
	}
	return nil, fmt.Errorf("read %s: of another build than the program", info.Path)
}

// compileUnit returns the split unit with an identity.
func (f *file) compileUnit(id uint64) *unit {
	for _, s := range f.info {
		for _, off := range s.all() {
			if !f.d.spend(1) {
				return nil
			}
			if u := s.unit(off); u != nil && u.kind != unitSplitType && u.id == id {
				return u
			}
		}
	}
	return nil
}

// packageFile is a .dwp: the sections of many .dwo files one behind the other,
// and tables that say which part belongs to which unit.
type packageFile struct {
	*file
	units, types packageIndex
	made         map[*packageRow]*file
}

// packageFile returns the program's, nil if it has none.
func (d *Data) packageFile() *packageFile {
	if !d.pkgTried {
		d.pkgTried = true
		if info, err := d.from.Package(); err == nil {
			d.opened = append(d.opened, info)
			if d.packaged, err = d.openPackage(info); err != nil {
				d.fail(err)
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			d.fail(err)
		}
	}
	return d.packaged
}

func (d *Data) openPackage(info *elfsym.DebugInfo) (*packageFile, error) {
	f, err := d.newFile(info, true)
	if err != nil {
		return nil, err
	}
	p := &packageFile{file: f, made: make(map[*packageRow]*file)}
	for _, table := range []struct {
		name string
		to   *packageIndex
	}{{"cu_index", &p.units}, {"tu_index", &p.types}} {
		all, err := info.Sections(table.name)
		if err != nil {
			return nil, err
		}
		if len(all) > 0 {
			if *table.to, err = readPackageIndex(all[0]); err != nil {
				return nil, fmt.Errorf("read .debug_%s of %s: %w", table.name, info.Path, err)
			}
		}
	}
	return p, nil
}

// unit returns what the package has of a skeleton's unit; nil for nothing.
func (p *packageFile) unit(skeleton *unit) *unit {
	f := p.part(p.units[skeleton.id], skeleton)
	if f == nil {
		return nil
	}
	return f.compileUnit(skeleton.id)
}

// part returns the sections that a row tells of.
func (p *packageFile) part(row *packageRow, skeleton *unit) *file {
	if row == nil {
		return nil
	}
	if f := p.made[row]; f != nil {
		return f
	}
	f := &file{d: p.d, split: true, from: p.from, skeleton: skeleton, pack: p, row: row}
	f.str, f.lineStr = p.str, p.lineStr // they are shared
	for _, s := range p.info {
		if part := row.cut(columnInfo, s.p); part != nil && s.grow(uint64(len(s.p))) {
			f.info = append(f.info, &section{f: f, p: part})
		}
	}
	for _, s := range p.file.types {
		if part := row.cut(columnTypes, s.p); part != nil && s.grow(uint64(len(s.p))) {
			f.types = append(f.types, &section{f: f, p: part})
		}
	}
	f.abbrev = row.cut(columnAbbrev, p.abbrev)
	f.strOffsets = row.cut(columnStrOffsets, p.strOffsets)
	f.rnglists = row.cut(columnRnglists, p.rnglists)
	p.made[row] = f
	return f
}

// Columns of a package's tables (DWARF 5, 7.3.5.3; the GCC wiki's DebugFissionDWP
// for version 2, where 8 means something else that is not needed).
const (
	columnInfo       = 1
	columnTypes      = 2
	columnAbbrev     = 3
	columnLocations  = 5
	columnStrOffsets = 6
	columnRnglists   = 8
	columns          = 9
)

// packageIndex maps the identity of a unit to its parts.
type packageIndex map[uint64]*packageRow

// packageRow is where in the package's sections a unit's own are.
type packageRow [columns]struct{ off, size uint64 }

// cut returns the row's part of a section.
func (r *packageRow) cut(column int, p []byte) []byte {
	c := r[column]
	if c.size == 0 || c.off > uint64(len(p)) || c.size > uint64(len(p))-c.off {
		return nil
	}
	return p[c.off:][:c.size]
}

// readPackageIndex reads .debug_cu_index or .debug_tu_index: a hash table of
// identities, which is read as a list, and two matrices.
func readPackageIndex(p []byte) (packageIndex, error) {
	b := fields.New(p)
	version := b.U32() // 2, or 5 and two bytes of padding
	width, rows, slots := uint64(b.U32()), uint64(b.U32()), uint64(b.U32())
	size := uint64(len(p))
	if b.Bad() || version != 2 && version&0xffff != 5 || width > size || rows > size || slots > size {
		return nil, &damage{"an index", 0}
	}
	ids := b.Bytes(8 * slots)
	numbers := b.Bytes(4 * slots)
	heads := b.Bytes(4 * width)
	matrix := 4 * width * rows
	if width > 0 && matrix/width != 4*rows {
		b.Fail()
	}
	offsets, sizes := b.Bytes(matrix), b.Bytes(matrix)
	if b.Bad() {
		return nil, &damage{"an index", b.Pos()}
	}
	index := make(packageIndex)
	id, number := fields.New(ids), fields.New(numbers)
	for range slots {
		signature, row := id.U64(), uint64(number.U32())
		if row == 0 || row > rows {
			continue // an empty slot
		}
		var r packageRow
		for column := range width {
			head := fields.At(heads, 4*column)
			cell := 4 * ((row-1)*width + column)
			off, n := fields.At(offsets, cell), fields.At(sizes, cell)
			if kind := head.U32(); kind < columns {
				r[kind].off, r[kind].size = uint64(off.U32()), uint64(n.U32())
			}
		}
		index[signature] = &r
	}
	return index, nil
}
