package unwind

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"sonde/elfsym"
	"sonde/sysdeps"
)

// table holds the rows of one file, which all processes share that map it.
type table struct {
	file *elfsym.File
	path string
	info *elfsym.UnwindInfo // nil where there is none
	eh   section
	dbg  *section // nil until it has been asked for
	// rows by the link-time address that was looked up: an instruction's, or in
	// the second map the one before a return address.
	rows [2]map[uint64]*row
	// followed are those of places whose rows have led nowhere.
	followed [2]map[uint64]*row
}

// maxRows caps the rows of one file that are kept. A program that runs for days
// uses some thousands.
const maxRows = 1 << 16

// maxTables caps the files whose rows are kept.
const maxTables = 1024

// noRow is what is kept of a place that nothing is known of.
var noRow = new(row)

// table returns the rows of a file; they are empty at first.
func (w *Walker) table(f *elfsym.File, img *elfsym.Image, path string) *table {
	if t, ok := w.tables[f]; ok {
		return t
	}
	if w.tables == nil || len(w.tables) >= maxTables {
		w.tables = make(map[*elfsym.File]*table)
	}
	t := &table{file: f, path: path}
	t.eh = section{arch: f.Arch, eh: true}
	// A file of which nothing can be read is one that says nothing.
	if info, err := img.Unwind(); err == nil {
		t.info = info
		t.eh.addr, t.eh.data = info.Frame.Addr, info.Frame.Data
		_ = guard(func() error {
			t.eh.header, _ = newSearchTable(f.Arch, info.Index.Addr, info.Index.Data)
			return nil
		})
	}
	w.tables[f] = t
	return t
}

// guard calls f, which reads what is mapped of a file: that may be cut short while
// it is read.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("call frame information that is damaged: %v", r)
		}
	}()
	return f()
}

// row returns the row of a place in the image's file; noRow where nothing is known.
// pc is an instruction's address or, if ret is set, a return address.
func (w *Walker) row(img *elfsym.Image, pc sysdeps.Addr, ret bool) *row {
	f, path, err := img.File()
	if err != nil || f.Arch != w.arch {
		return noRow
	}
	t := w.last
	if t == nil || t.file != f {
		t = w.table(f, img, path)
		w.last = t
	}
	w.bias = img.Bias()
	link, i := uint64(pc-w.bias), 0
	if ret {
		link, i = link-1, 1
	}
	if r := t.rows[i][link]; r != nil {
		return r
	}
	r := w.find(t, img, pc, link, ret)
	if t.rows[i] == nil || len(t.rows[i]) >= maxRows {
		t.rows[i] = make(map[uint64]*row)
	}
	t.rows[i][link] = r
	runtime.KeepAlive(t.info)
	return r
}

// find finds the row of a place that has not been looked up before.
func (w *Walker) find(t *table, img *elfsym.Image, pc sysdeps.Addr, link uint64, ret bool) (r *row) {
	r = noRow
	err := guard(func() error {
		f, ok := t.eh.find(link)
		// What is called by its address alone, such as a trampoline, may begin
		// where a function ends.
		if !ok || ret && f.hi == link+1 {
			if tr := w.trampoline(pc); tr != nil {
				r = tr
				return nil
			}
		}
		if !ok && ret && t.begins(link+1) {
			r = &row{how: CFI, outermost: true, cfa: rule{kind: ruleUndefined}}
			return nil
		}
		if ok {
			if fr := t.eh.row(&f, link, CFI); fr != nil {
				r = fr
			}
			return nil
		}
		if g := t.goFrames(); g != nil {
			if fr := w.goRow(g, link, ret); fr != nil {
				r = fr
				return nil
			}
		}
		if d := t.debugFrame(); d != nil {
			if f, ok := d.find(link); ok {
				if fr := d.row(&f, link, DebugFrame); fr != nil {
					r = fr
				}
				return nil
			}
		}
		return nil
	})
	if r.how == Given && err == nil {
		r = w.follow(t, img, pc, link, ret)
	}
	return r
}

// begins tells whether a function begins at a link-time address. What returns there
// has been called by nobody: a stack was made so that it comes back to that function
// (glibc's makecontext, which lets it come back to __start_context).
func (t *table) begins(link uint64) bool {
	f, ok := t.eh.find(link)
	return ok && f.lo == link
}

// goFrames returns what Go's table tells, or nil.
func (t *table) goFrames() *elfsym.GoFrames {
	if t.info == nil {
		return nil
	}
	g, _ := t.info.Go() // what is damaged says nothing
	return g
}

// debugFrame returns .debug_frame, or nil.
func (t *table) debugFrame() *section {
	if t.dbg == nil {
		t.dbg = &section{arch: t.file.Arch}
		if t.info != nil {
			t.dbg.data, _ = t.info.DebugFrame() // what cannot be read says nothing
		}
	}
	return t.dbg
}
