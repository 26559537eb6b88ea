package dwarf

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"sync"

	"sonde/elfsym"
	"sonde/prototype"
)

// ErrNoFunction says that debugging information knows no function that is
// entered at an address.
var ErrNoFunction = errors.New("debugging information has no function there")

// ErrUnplaceable says that a function is known, but not where its arguments are:
// the compiler has changed how it is called, or it is in a language, or takes a
// type, of which that is not known.
var ErrUnplaceable = errors.New("arguments in places that debugging information does not tell")

// Data is a program's or library's debugging information. It may be used by any
// number of goroutines; they take turns.
type Data struct {
	mu    sync.Mutex
	from  *elfsym.DebugInfo
	model *prototype.Model

	program *file
	aranges []byte
	broken  error // what is wrong with program, if that could not be read

	code     []code // which unit has the code of an address
	sorted   bool
	complete bool // all units are in code

	sup      *file // supplementary file; nil if there is none
	supTried bool
	packaged *packageFile // nil if there is none
	pkgTried bool
	opened   []*elfsym.DebugInfo
	missing  bool // a file that the debugging information goes on in is not there

	defined definitions
	golang  goTypes

	types map[typeKey]made
	lines map[*unit]*lineTable
	rows  int // of lines

	limit int   // of work for a query; 0 is maxWork
	work  int   // what the query at hand may still do
	err   error // why it gives up
}

// maxWork caps the entries that a query looks at. The largest units, of programs
// that are optimized as a whole, have some ten million.
const maxWork = 1 << 26

var errWork = errors.New("debugging information without end")

// Open opens the debugging information of f, which is at path now: its own, or
// that in a separate file that where finds (see elfsym.DebugFinder; with nil no other
// files are looked for). Nothing is read yet. The error wraps
// elfsym.ErrNoDebugInfo if there is none.
func Open(f *elfsym.File, path string, where *elfsym.DebugFinder) (*Data, error) {
	info, err := f.DebugInfo(path, where)
	if err != nil {
		return nil, fmt.Errorf("read debugging information of %s: %w", path, err)
	}
	d := &Data{from: info, model: prototype.ILP32}
	if info.Is64() {
		d.model = prototype.LP64
	}
	return d, nil
}

// Path returns the file that the debugging information is in.
func (d *Data) Path() string { return d.from.Path }

// Close ends the use of d. Prototypes stay good.
func (d *Data) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken = errors.New("closed")
	err := d.from.Close()
	for _, o := range d.opened {
		err = errors.Join(err, o.Close())
	}
	d.opened = nil
	return err
}

// Function returns the prototype of the function that is entered at addr, a
// link-time address. symbol is the name by which it was found, as it stands in
// the file, or "": of several functions with the same code it chooses one, and
// it tells of functions that the compiler has changed.
//
// The error wraps ErrNoFunction, or ErrUnplaceable, or tells what is damaged. That
// files are missing which the information goes on in is told once, by an error that wraps
// fs.ErrNotExist; what they would have told is not known then.
func (d *Data) Function(addr uint64, symbol string) (p *prototype.Prototype, err error) {
	err = d.query(func() (err error) {
		p, err = d.function(addr, symbol)
		return err
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// query calls f, with the work that it may do. What it returns, or else what has been
// found damaged, is told with the name of the file.
func (d *Data) query(f func() error) (err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a file may be cut short while it is mapped
	defer func() {
		if r := recover(); r != nil {
			d.types = nil
			err = fmt.Errorf("read debugging information of %s: it is damaged: %v", d.from.Path, r)
		}
	}()
	d.work, d.err = maxWork, nil
	if d.limit > 0 {
		d.work = d.limit
	}
	if d.program == nil && d.broken == nil {
		d.broken = d.load()
	}
	if err = d.broken; err == nil {
		err = f()
	}
	if err == nil {
		err = d.err
	}
	if err == nil {
		return nil
	}
	if d.err != nil {
		d.types = nil // some may have been left half made
	}
	if errors.Is(err, fs.ErrNotExist) {
		if d.missing { // it has been told of
			err = ErrNoFunction
		}
		d.missing = true
	}
	return fmt.Errorf("read debugging information of %s: %w", d.from.Path, err)
}

// spend takes work off what the query may do, and tells whether it may go on.
func (d *Data) spend(n int) bool {
	if d.work -= n; d.work < 0 && d.err == nil {
		d.err = errWork
	}
	return d.err == nil
}

// damaged ends the query.
func (d *Data) damaged(what string, off int) { d.fail(&damage{what, off}) }

func (d *Data) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// forgive takes back that something was damaged, where there are others to look
// at.
func (d *Data) forgive() {
	if errors.Is(d.err, errWork) {
		return
	}
	d.err = nil
}

// load finds the sections.
func (d *Data) load() error {
	aranges, err := d.from.Sections("aranges")
	if err != nil {
		return err
	}
	if len(aranges) > 0 {
		d.aranges = aranges[0]
	}
	program, err := d.newFile(d.from, false)
	if err == nil && len(program.info) == 0 {
		err = elfsym.ErrNoDebugInfo
	}
	if err != nil {
		return err
	}
	d.program = program
	return nil
}

// newFile finds the sections of one file; those that split units go by if split.
func (d *Data) newFile(from *elfsym.DebugInfo, split bool) (*file, error) {
	f := &file{d: d, split: split, from: from}
	suffix := ""
	if split {
		suffix = ".dwo"
	}
	for _, kind := range []struct {
		name string
		to   *[]*section
	}{{"info", &f.info}, {"types", &f.types}} {
		all, err := from.Growing(kind.name + suffix)
		if err != nil {
			return nil, err
		}
		for _, g := range all {
			*kind.to = append(*kind.to, &section{f: f, p: g.P, rest: g})
		}
	}
	for _, table := range []struct {
		name string
		to   *[]byte
	}{
		{"abbrev" + suffix, &f.abbrev},
		{"str" + suffix, &f.str},
		{"str_offsets" + suffix, &f.strOffsets},
		{"rnglists" + suffix, &f.rnglists},
		{"line_str", &f.lineStr},
		{"addr", &f.addr},
		{"ranges", &f.ranges},
		{"line", &f.line},
	} {
		all, err := from.Sections(table.name)
		if err != nil {
			return nil, err
		}
		if len(all) > 0 {
			*table.to = all[0]
		}
	}
	return f, nil
}
