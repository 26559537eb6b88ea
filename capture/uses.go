package capture

import "sonde/prototype"

// uses are the arguments that the expressions of a type go by.
type uses struct {
	args    map[int]bool
	pointed map[int]bool // by what they point to
	seen    map[*prototype.Type]bool
}

func newUses() *uses {
	return &uses{args: make(map[int]bool), pointed: make(map[int]bool), seen: make(map[*prototype.Type]bool)}
}

// look notes what the expressions of t, and of all that it is made of or leads
// to, go by.
func (u *uses) look(t *prototype.Type) {
	if t == nil || u.seen[t] {
		return
	}
	u.seen[t] = true
	u.expr(t.Len)
	u.expr(t.On)
	u.look(t.Elem)
	if t.Nodes != nil {
		u.look(t.Nodes.Node)
	}
	for i := range t.Fields {
		u.look(t.Fields[i].Type)
	}
	for i := range t.Cases {
		u.look(t.Cases[i].Type)
	}
	u.look(t.Else)
}

func (u *uses) expr(e *prototype.Expr) {
	if e == nil {
		return
	}
	switch e.Op {
	case prototype.Arg:
		u.args[int(e.N)] = true
	case prototype.Deref:
		u.pointed[int(e.X.N)] = true
		u.args[int(e.X.N)] = true
		return
	}
	u.expr(e.X)
	u.expr(e.Y)
}
