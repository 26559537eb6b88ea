package capture

import (
	"sonde/prototype"
	"sonde/sysdeps"
)

// noFrame stands for no struct around a value.
const noFrame = -1

// frame is a struct that is being captured: what the values within refer to.
type frame struct {
	parent int // the struct around it, or noFrame
	t      *prototype.Type
	a      sysdeps.Addr // 0: in registers
	p      []byte       // what is there
	elems  []prototype.Value
}

// held returns n bytes at a that have been read with one of the structs around, or nil.
func (r *Reader) held(a sysdeps.Addr, n, in int) []byte {
	for ; in != noFrame; in = r.frames[in].parent {
		f := &r.frames[in]
		if off := a - f.a; f.a != 0 && a >= f.a && off <= sysdeps.Addr(len(f.p)) && n <= len(f.p)-int(off) {
			return f.p[off:][:n]
		}
	}
	return nil
}

// scope is what an expression sees: the call, and the structs around it. It is
// prototype.Env.
type scope struct {
	r  *Reader
	in int // the innermost struct
}

// eval computes the expression of a value inside a struct.
func (r *Reader) eval(e *prototype.Expr, in int) (int64, bool) {
	if e.Op == prototype.Const {
		return e.N, true
	}
	r.scope = scope{r, in}
	return e.Eval(&r.scope)
}

// Model is prototype.Env's.
func (s *scope) Model() *prototype.Model { return s.r.plan.model }

// Arg is prototype.Env's.
func (s *scope) Arg(n int) (int64, bool) {
	if n < 1 || n > len(s.r.args) {
		return 0, false
	}
	return integer(&s.r.args[n-1])
}

// Deref is prototype.Env's.
func (s *scope) Deref(n int) (int64, bool) {
	for i := range s.r.pointed {
		if p := &s.r.pointed[i]; p.arg == n {
			return p.v, p.ok
		}
	}
	return 0, false
}

// Elt is prototype.Env's.
func (s *scope) Elt(up, n int) (int64, bool) {
	in := s.in
	for ; up > 0 && in != noFrame; up-- {
		in = s.r.frames[in].parent
	}
	if in == noFrame || n < 1 || n > len(s.r.frames[in].elems) {
		return 0, false
	}
	return integer(&s.r.frames[in].elems[n-1])
}

// Before is prototype.Env's. The elements before have been looked at before. What
// belongs to another struct is of another array, wherever it lies.
func (s *scope) Before(n int) (sum int64, ok bool) {
	if s.in == noFrame {
		return 0, false
	}
	f := &s.r.frames[s.in]
	a, size := f.a, sysdeps.Addr(f.t.SizeOf(s.r.plan.model))
	for i := s.in - 1; i >= 0 && a >= size; i-- {
		f := &s.r.frames[i]
		if f.t != s.r.frames[s.in].t || f.parent != s.r.frames[s.in].parent || f.a != a-size || n < 1 || n > len(f.elems) {
			continue
		}
		v, ok := integer(&f.elems[n-1])
		if !ok {
			return 0, false
		}
		sum += v
		a = f.a
	}
	return sum, true
}

// Retval is prototype.Env's.
func (s *scope) Retval() (int64, bool) {
	if !s.r.returned {
		return 0, false
	}
	return integer(&s.r.result)
}

// Netlink is prototype.Env's. It is asked for over and over, and of one socket.
func (s *scope) Netlink(fd int64) (int64, bool) {
	r := s.r
	if !r.netlink.known || r.netlink.fd != int32(fd) {
		r.netlink = netlink{fd: int32(fd), known: true, family: -1}
		if r.th.Info != nil {
			r.netlink.family = int64(r.th.Info.Netlink(int32(fd)))
		}
	}
	return r.netlink.family, true
}

// netlink is what family a socket is of.
type netlink struct {
	known  bool
	fd     int32
	family int64
}

// integer returns a value as a number, by its type.
func integer(v *prototype.Value) (int64, bool) {
	unsigned := false
	if t := v.Type; t != nil {
		switch t.Kind {
		case prototype.Int, prototype.Choice:
			unsigned = t.Unsigned
		case prototype.Pointer, prototype.VaList:
			unsigned = true
		case prototype.Struct:
			unsigned = true
			if t.Lens != prototype.Listed || v.Size == 0 {
				return 0, false
			}
		default:
			return 0, false
		}
	}
	if v.State == prototype.Unreadable && (v.Size == 0 || v.Type == nil || v.Type.Kind != prototype.Pointer) {
		return 0, false // its word is where it should be, unless it is a pointer that leads nowhere
	}
	if unsigned {
		return int64(v.Word), true
	}
	return signed(v.Word, int(v.Size)), true
}

// signed extends the sign of a word of size bytes; 0 counts as 8.
func signed(w uint64, size int) int64 {
	if size == 0 || size >= 8 {
		return int64(w)
	}
	shift := 64 - 8*size
	return int64(w) << shift >> shift
}

// resolve returns the case of a Choice that a value is of, and the direction of
// a parameter that it says. nil is a type that nothing is known of.
func (r *Reader) resolve(t *prototype.Type, dir prototype.Dir, in int) (*prototype.Type, prototype.Dir) {
	for range maxChoices {
		if t == nil || t.Kind != prototype.Choice {
			return t, dir
		}
		c := chosen(t, r, in)
		if c == nil {
			t = t.Else
			continue
		}
		t = c.Type
		if dir == prototype.In {
			dir = c.Dir
		}
	}
	return nil, dir
}

// maxChoices bounds choices within choices.
const maxChoices = 8

func chosen(t *prototype.Type, r *Reader, in int) *prototype.Case {
	v, ok := r.eval(t.On, in)
	if !ok {
		return nil
	}
	for i := range t.Cases {
		for _, w := range t.Cases[i].Values {
			if w == v {
				return &t.Cases[i]
			}
		}
	}
	return nil
}
