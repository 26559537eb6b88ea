package cxx

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"

	"sonde/prototype"
)

// memory is what a program had in memory: bytes by address.
type memory map[uint64][]byte

// readMemory takes apart what testdata/layouts.cc has written.
func readMemory(p []byte) memory {
	m := memory{}
	for len(p) >= 16 {
		a, n := binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[8:])
		m[a], p = p[16:16+n], p[16+n:]
	}
	return m
}

func (m memory) read(a uint64, n int) []byte {
	for at, p := range m {
		if at <= a && a+uint64(n) <= at+uint64(len(p)) {
			return p[a-at:][:n]
		}
	}
	panic(fmt.Sprintf("no memory at %#x", a))
}

// number reads n bytes, extended to 64 bits as t says.
func (m memory) number(a uint64, n int, t *prototype.Type) int64 {
	var b [8]byte
	copy(b[:], m.read(a, min(n, 8)))
	v := int64(binary.LittleEndian.Uint64(b[:]))
	if shift := 64 - 8*min(n, 8); t.Kind == prototype.Int && !t.Unsigned {
		v = v << shift >> shift
	}
	return v
}

// viewer shows what is in memory, by types alone. It is a prototype.Env.
type viewer struct {
	m      memory
	model  *prototype.Model
	around []place // structs, the innermost last
}

type place struct {
	t *prototype.Type
	a uint64
}

func (v *viewer) Model() *prototype.Model  { return v.model }
func (v *viewer) Arg(int) (int64, bool)    { return 0, false }
func (v *viewer) Deref(int) (int64, bool)  { return 0, false }
func (v *viewer) Before(int) (int64, bool) { return 0, false }

func (v *viewer) Netlink(int64) (int64, bool) { return 0, false }
func (v *viewer) Retval() (int64, bool)       { return 0, false }
func (v *viewer) eval(e *prototype.Expr) int64 {
	n, ok := e.Eval(v)
	if !ok {
		panic("no value")
	}
	return n
}

func (v *viewer) Elt(up, n int) (int64, bool) {
	s := v.around[len(v.around)-1-up]
	f := s.t.Fields[n-1]
	t := v.resolve(f.Type)
	return v.m.number(s.a+uint64(s.t.Layout(v.model).Fields[n-1].Offset), t.SizeOf(v.model), t), true
}

func (v *viewer) resolve(t *prototype.Type) *prototype.Type {
	for t.Kind == prototype.Choice {
		n, of := v.eval(t.On), t.Else
		for _, c := range t.Cases {
			if c.Values[0] == n {
				of = c.Type
			}
		}
		t = of
	}
	return t
}

// show shows the value at an address.
func (v *viewer) show(t *prototype.Type, a uint64) string {
	t = v.resolve(t)
	size := t.SizeOf(v.model)
	switch t.Kind {
	case prototype.Int:
		n := v.m.number(a, size, t)
		switch t.Lens {
		case prototype.Char:
			return "'" + string(rune(n)) + "'"
		case prototype.Bitvec:
			return fmt.Sprintf("<%d>", n)
		}
		return strconv.FormatInt(n, 10) + t.Unit
	case prototype.Float:
		f := math.Float64frombits(uint64(v.m.number(a, 8, t)))
		return strconv.FormatFloat(f, 'g', -1, 64) + t.Unit
	case prototype.Complex:
		return "(" + v.show(t.Elem, a) + " " + v.show(t.Elem, a+uint64(t.Elem.SizeOf(v.model))) + ")"
	case prototype.Pointer:
		return v.pointer(t, uint64(v.m.number(a, size, sizeType)))
	case prototype.Array:
		return v.array(t, a)
	case prototype.Struct, prototype.Union:
		return v.fields(t, a)
	}
	return "?"
}

func (v *viewer) pointer(t *prototype.Type, to uint64) string {
	switch {
	case t.Lens == prototype.Symbol:
		return "symbol"
	case to == 0:
		return "nil"
	case t.Lens == prototype.Address || t.Elem == nil:
		return "address"
	case t.Into > 0:
		to -= uint64(t.Elem.Layout(v.model).Fields[t.Into-1].Offset)
	case t.Lens == prototype.TypeName: // a name that no other file has begins with an asterisk
		return strings.Replace(v.text(t.Elem, to), "*", "", 1)
	case t.Lens == prototype.Text:
		return v.text(t.Elem, to)
	}
	return v.show(t.Elem, to)
}

func (v *viewer) array(t *prototype.Type, a uint64) string {
	if t.Lens == prototype.Text {
		return v.text(t, a)
	}
	n, list := int64(-1), []string{}
	if t.Len != nil {
		n = v.eval(t.Len)
	}
	size := uint64(t.Elem.SizeOf(v.model))
	switch {
	case t.Elem.Kind == prototype.Void:
		return strconv.FormatInt(n, 10)
	case t.Packed:
		for i := range n {
			b := v.m.number(a+uint64(i/8), 1, ucharType)
			list = append(list, strconv.FormatInt(b>>(i%8)&1, 10))
		}
	case t.Nodes != nil:
		head, back := uint64(0), uint64(0)
		if t.Nodes.Head > 0 {
			s := v.around[len(v.around)-1]
			head = s.a + uint64(s.t.Layout(v.model).Fields[t.Nodes.Head-1].Offset)
			back = head
		}
		list = v.nodes(t.Nodes, uint64(v.eval(t.Nodes.First)), back, head)
		if n >= 0 && int(n) != len(list) {
			panic(fmt.Sprintf("%d nodes of %d", len(list), n))
		}
	case t.Blocks != nil:
		table, per := uint64(v.eval(t.Blocks.Table)), uint64(v.eval(t.Blocks.Per))
		for i := uint64(v.eval(t.Blocks.Start)); len(list) < int(n); i++ {
			word := v.model.Word
			block := uint64(v.m.number(table+i/per*uint64(word), word, sizeType))
			list = append(list, v.show(t.Elem, block+i%per*size))
		}
	default:
		for i := range n {
			list = append(list, v.show(t.Elem, a+uint64(i)*size))
		}
	}
	s := "[" + strings.Join(list, " ") + "]"
	if t.Lens == prototype.Sized {
		s = strconv.FormatInt(n, 10) + " " + s
	}
	return s
}

// nodes shows what is at the nodes from one on, which has to lead back to where it
// was come from.
func (v *viewer) nodes(t *prototype.Nodes, a, back, head uint64) (list []string) {
	for a != 0 && a != head {
		link := func(field int) uint64 {
			return uint64(v.m.number(a+uint64(t.Node.Layout(v.model).Fields[field-1].Offset), v.model.Word, sizeType))
		}
		if t.Back > 0 && link(t.Back) != back {
			panic(fmt.Sprintf("%#x leads back to %#x, not %#x", a, link(t.Back), back))
		}
		value := v.show(t.Node.Fields[t.Value-1].Type, a+uint64(t.Node.Layout(v.model).Fields[t.Value-1].Offset))
		if t.Left > 0 {
			list = append(list, v.nodes(t, link(t.Left), a, head)...)
			list = append(list, value)
			return append(list, v.nodes(t, link(t.Next), a, head)...)
		}
		list = append(list, value)
		a, back = link(t.Next), a
	}
	return list
}

func (v *viewer) text(t *prototype.Type, a uint64) string {
	n := int64(1000)
	if t.Len != nil {
		n = v.eval(t.Len)
	}
	var units []uint16
	var s []rune
	for i := range n {
		c := v.m.number(a+uint64(i)*uint64(t.Elem.Size), t.Elem.Size, t.Elem)
		if c == 0 && t.Zero {
			break
		}
		units, s = append(units, uint16(c)), append(s, rune(c))
	}
	if t.Elem.Size == 2 {
		s = utf16.Decode(units)
	}
	return `"` + strings.ReplaceAll(string(s), "\x00", `\0`) + `"`
}

func (v *viewer) fields(t *prototype.Type, a uint64) string {
	v.around = append(v.around, place{t, a})
	defer func() { v.around = v.around[:len(v.around)-1] }()
	l, list := t.Layout(v.model), []string{}
	for i, f := range t.Fields {
		if f.Type.Lens != prototype.Hide {
			list = append(list, v.show(f.Type, a+uint64(l.Fields[i].Offset)))
		}
	}
	switch {
	case t.Lens == prototype.Bare && len(list) == 1:
		return list[0]
	case t.Lens == prototype.Bare && len(list) == 0:
		return t.Name
	}
	return "{" + strings.Join(list, " ") + "}"
}
