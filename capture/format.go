package capture

import (
	"math"

	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
)

// maxFormat is how many characters of a format are read, however few of them
// are shown. What tells how a program is used is often one format of some pages.
const maxFormat = 64 << 10

// formatPlan is what a prototype says of arguments that a format tells of.
type formatPlan struct {
	has   bool
	lens  prototype.Lens
	param int  // the format, from 0
	ints  bool // sizes are ints
	wide  bool
	// list is the va_list that holds the arguments, from 0; -1: they follow on
	// the parameters.
	list int
}

// planFormat looks for a format among the parameters. There is none where the
// arguments could not be found.
func (p *Plan) planFormat() {
	f := formatPlan{list: -1}
	for i := range p.args {
		switch t := p.args[i].t; {
		case t == nil:
		case t.Kind == prototype.VaList:
			f.list = i
		case t.Kind == prototype.Pointer && t.Lens.Format() && !f.has:
			f.has, f.lens, f.param, f.ints = true, t.Lens, i, t.Unit != ""
			f.wide = t.Elem != nil && t.Elem.Kind == prototype.Array && unit(t.Elem) > 1
		}
	}
	if f.has && (f.list >= 0 || p.proto.Variadic) && len(p.args) == len(p.proto.Params) {
		p.format = f
	}
}

// isFormat tells of the argument that says which others there are.
func (r *Reader) isFormat(v *prototype.Value) bool {
	return r.plan.format.has && !r.returned && v == &r.args[r.plan.format.param]
}

// formatted appends the arguments that the call's format asks for, and asks for
// what those lead to. A va_list at the end makes room for what it holds. It
// reports false where there are none.
func (r *Reader) formatted() bool {
	p, rec := r.plan, r.scratch
	if !p.format.has || r.format == nil {
		return false
	}
	if !r.variadic() {
		return false
	}
	switch p.format.lens {
	case prototype.Scanf:
		rec.formats = prototype.AppendScanf(rec.formats, r.format)
	case prototype.PyParse:
		rec.formats = prototype.AppendPyParse(rec.formats, r.format, p.format.ints)
	case prototype.PyBuild:
		rec.formats = prototype.AppendPyBuild(rec.formats, r.format, p.format.ints)
	case prototype.PyPrintf:
		rec.formats = prototype.AppendPyFormat(rec.formats, r.format)
	default:
		rec.formats = prototype.AppendPrintf(rec.formats, r.format, p.format.wide)
	}
	if n := len(rec.formats); r.formatCut && (n == 0 || rec.formats[n-1].Type != prototype.Further) {
		rec.formats = append(rec.formats, prototype.FormatArg{Type: prototype.Further, Limit: -1})
	}
	fixed := len(r.args)
	if p.format.list == fixed-1 {
		fixed--
	}
	all := r.values(fixed + len(rec.formats))
	if all == nil {
		rec.formats = rec.formats[:0]
		return false
	}
	copy(all, r.args[:fixed])
	r.args, rec.args, rec.fixed = all, all, fixed
	r.fetchFormatted()
	for i := range rec.formats {
		a, v := &rec.formats[i], &all[fixed+i]
		rec.dirs = append(rec.dirs[:fixed+i], a.Dir)
		if v.State == prototype.Captured && a.Dir == prototype.In {
			r.expandFormatted(v, a)
		}
	}
	return true
}

// fetchFormatted takes the arguments from where the cursor stands.
func (r *Reader) fetchFormatted() {
	rec := r.scratch
	for i := range rec.formats {
		if rec.formats[i].Type == prototype.Further {
			rec.args[rec.fixed+i] = prototype.Value{State: prototype.TooDeep}
			break
		}
		at := r.cursor.Next(rec.formats[i].Type)
		if at.Unknown {
			rec.formats, rec.args = rec.formats[:i], rec.args[:rec.fixed+i]
			r.args = rec.args
			return
		}
		r.fetch(&rec.args[rec.fixed+i], "", rec.formats[i].Type, &at)
	}
}

// variadic puts the cursor before the arguments that follow on the parameters, or
// that the va_list holds, if they can be found.
func (r *Reader) variadic() bool {
	p := r.plan
	if p.format.list < 0 {
		r.cursor = p.sig.Variadic()
		if p.conv == abi.SysVAMD64 {
			r.cursor.LimitVectors(uint8(r.th.Regs.Get(sysdeps.RAX)))
		}
		return true
	}
	v := &r.args[p.format.list]
	if v.State == prototype.Unreadable || p.conv.VaListSize > 0 && r.tag == nil {
		return false
	}
	var err error
	r.cursor, err = p.conv.VaList(sysdeps.Addr(v.Word), r.tag)
	return err == nil
}

// askList asks for what a va_list points to, with which its arguments are found.
func (r *Reader) askList(v *prototype.Value) {
	if n := r.plan.conv.VaListSize; n > 0 && v.Word != 0 {
		r.ask(piece{job: jobList, v: v, a: sysdeps.Addr(v.Word), buf: r.bytes(n), frame: noFrame})
	}
}

// expandFormatted asks for what an argument leads to, a string as far as its
// precision lets it be read.
func (r *Reader) expandFormatted(v *prototype.Value, a *prototype.FormatArg) {
	limit := r.formatLimit(a)
	if limit >= 0 && a.Sized != nil && v.Word != 0 {
		r.askTextOf(v, v, a.Sized, sysdeps.Addr(v.Word), int64(limit), noFrame)
		return
	}
	if limit >= 0 && v.Type.Kind == prototype.Pointer && v.Type.Lens == prototype.Text && v.Word != 0 {
		r.askTextOf(v, v, v.Type.Elem, sysdeps.Addr(v.Word), int64(a.MaxElems(limit)), noFrame)
		return
	}
	r.expand(v, noFrame)
}

// formatLimit returns the precision of a string, or -1.
func (r *Reader) formatLimit(a *prototype.FormatArg) int {
	if n := r.scratch.fixed + a.LimitArg - 1; a.LimitArg > 0 && n < len(r.args) {
		limit, ok := integer(&r.args[n])
		if a.Sized == nil {
			limit = int64(int32(limit))
		}
		if ok && limit >= 0 {
			return int(min(limit, math.MaxInt32))
		}
		return -1
	}
	return a.Limit
}

// cutFormatted leaves of strings what their precision lets be written.
func (r *Reader) cutFormatted() {
	rec := r.scratch
	for i := range rec.formats {
		a, v := &rec.formats[i], &r.args[rec.fixed+i]
		if limit := r.formatLimit(a); limit >= 0 && v.Text != nil && a.Dir == prototype.In && a.Sized == nil {
			if cut := a.Cut(v.Text, limit); len(cut) < len(v.Text) {
				v.Text, v.More = cut, false
			}
		}
	}
}

// stored tells whether the function has stored the i-th argument of its format.
func (r *Reader) stored(rec *Record, i int) bool {
	if rec.plan.format.lens != prototype.Scanf {
		return true
	}
	items, ok := integer(&r.result)
	return ok && items >= int64(rec.formats[i].Item)
}
