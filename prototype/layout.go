package prototype

import "slices"

// Model is how large a machine's types are.
type Model struct {
	index      int
	Word       int // bytes of a pointer, and of a long
	WideAlign  int // alignment of 8-byte numbers inside structs
	LongDouble int // bytes that a long double takes
}

// The data models of Linux.
var (
	LP64  = &Model{index: 0, Word: 8, WideAlign: 8, LongDouble: 16} // x86-64 psABI 3.1.2, AAPCS64
	ILP32 = &Model{index: 1, Word: 4, WideAlign: 4, LongDouble: 12} // Intel386 psABI 2.1.1
)

const models = 2

// Layout is where the parts of a Struct or Union lie, in bytes.
type Layout struct {
	Size, Align int
	Fields      []Slot // as in Type.Fields
}

// Slot is where one field lies. The word that holds a bit-field may reach beyond
// the end of the struct, and in a packed one the field beyond that of the word.
type Slot struct {
	Offset, Size    int // in bytes; of a bit-field: the word that holds it
	BitOffset, Bits int // Bits is 0 for what is no bit-field
}

// maxNesting bounds how deep structs and arrays may be nested: what contains
// itself has no size.
const maxNesting = 64

// SizeOf returns the bytes of a value; 0 for what has no fixed size (an Array
// with a Len that depends on more than the machine, an incomplete type).
func (t *Type) SizeOf(m *Model) int {
	size, _ := t.measure(m, 0)
	return size
}

// AlignOf returns the alignment of a value in bytes, as a field.
func (t *Type) AlignOf(m *Model) int {
	_, align := t.measure(m, 0)
	return align
}

// Layout returns where the fields of a Struct or Union lie. It is computed once.
func (t *Type) Layout(m *Model) *Layout { return t.layout(m, 0) }

// maxSize caps what a type may claim to be large, in bytes.
const maxSize = 1 << 30

func (t *Type) measure(m *Model, depth int) (size, align int) {
	if depth > maxNesting {
		return 0, 1
	}
	switch t.Kind {
	case Int:
		size = t.Size
		if size == 0 {
			size = m.Word
		}
		align = scalarAlign(m, size)
	case Float:
		size, align = t.Size, scalarAlign(m, t.Size)
		if size == LongDouble {
			size = m.LongDouble
			align = min(16, m.LongDouble&-m.LongDouble)
		}
	case Pointer:
		size, align = m.Word, m.Word
	case VaList: // x86-64: a parameter of array type, so a pointer
		size, align = m.Word, m.Word
	case Complex:
		size, align = t.Elem.measure(m, depth+1)
		size *= 2
	case Vector:
		size, align = t.Size, max(t.Size, 1)
	case Array:
		if t.Len == nil || t.Len.Op == Const {
			size, align = t.measureArray(m, depth)
			break
		}
		l := t.layout(m, depth) // a sizeof in its length may mean itself
		size, align = l.Size, l.Align
	case Struct, Union, Choice:
		l := t.layout(m, depth)
		size, align = l.Size, l.Align
	}
	if t.Align > 0 {
		align = t.Align
	}
	return size, max(align, 1)
}

func scalarAlign(m *Model, size int) int {
	if size == 8 {
		return m.WideAlign
	}
	return max(size, 1)
}

func (t *Type) layout(m *Model, depth int) *Layout {
	if l := t.layouts[m.index]; l != nil {
		return l
	}
	l := &Layout{Align: 1, Fields: make([]Slot, len(t.Fields))}
	t.layouts[m.index] = l // what contains itself ends here
	switch t.Kind {
	case Choice:
		t.layoutCases(l, m, depth)
		return l
	case Array:
		l.Size, l.Align = t.measureArray(m, depth)
		return l
	}
	end := 0 // in bits
	for n := range t.Fields {
		i := n
		if t.Reversed {
			i = len(t.Fields) - 1 - n
		}
		f := &t.Fields[i]
		size, align := f.Type.measure(m, depth+1)
		slot := Slot{Offset: f.Offset, Size: size, Bits: f.Bits, BitOffset: f.BitOffset}
		if t.Packed {
			align = 1
		}
		if t.Size == 0 {
			if t.Kind == Union {
				end = 0
			}
			if f.Bits > 0 {
				end = placeBits(&slot, end, f.Bits, align, t.Packed)
			} else {
				slot.Offset = (end + 7) / 8
				slot.Offset = (slot.Offset + align - 1) / align * align
				end = (slot.Offset + size) * 8
			}
			l.Size = max(l.Size, (end+7)/8)
		}
		l.Align = max(l.Align, align)
		l.Fields[i] = slot
		if l.Size > maxSize {
			l.Size = maxSize
			break
		}
	}
	if t.Align > 0 {
		l.Align = t.Align
	}
	l.Size = (l.Size + l.Align - 1) / l.Align * l.Align
	if t.Size > 0 {
		l.Size = t.Size
	}
	return l
}

// measureArray multiplies: the length is known if it depends on nothing but the
// machine.
func (t *Type) measureArray(m *Model, depth int) (size, align int) {
	size, align = t.Elem.measure(m, depth+1)
	if t.Len == nil {
		return 0, align
	}
	n, ok := t.Len.Eval(machine{m})
	if t.Step > 0 {
		size = 1 // the length is in bytes
	}
	if !ok || n < 0 || size > 0 && n > int64(maxSize/size) {
		return 0, align
	}
	return size * int(n), align
}

// layoutCases makes room for the largest of a Choice's alternatives, or for the
// one that the machine chooses.
func (t *Type) layoutCases(l *Layout, m *Model, depth int) {
	if chosen := t.Settled(m); chosen != t {
		if chosen != nil {
			l.Size, l.Align = chosen.measure(m, depth+1)
		}
		return
	}
	if t.Else != nil {
		l.Size, l.Align = t.Else.measure(m, depth+1)
	}
	for i := range t.Cases {
		size, align := t.Cases[i].Type.measure(m, depth+1)
		l.Size, l.Align = max(l.Size, size), max(l.Align, align)
	}
}

// Settled returns what a Choice is that depends on the machine alone, as in
// choose(sizeof(long); 8: ...; else: ...), nil if it has nothing for the machine; for
// all others the type itself.
func (t *Type) Settled(m *Model) *Type {
	if t.Kind != Choice || t.On == nil {
		return t
	}
	v, ok := t.On.Eval(machine{m})
	if !ok {
		return t
	}
	return t.alternative(v)
}

// alternative is the type that a Choice has for a value; nil if none.
func (t *Type) alternative(v int64) *Type {
	for i := range t.Cases {
		if slices.Contains(t.Cases[i].Values, v) {
			return t.Cases[i].Type
		}
	}
	return t.Else
}

// machine is an Env of what is known without a call.
type machine struct{ m *Model }

func (machine) Arg(int) (int64, bool)       { return 0, false }
func (machine) Deref(int) (int64, bool)     { return 0, false }
func (machine) Elt(int, int) (int64, bool)  { return 0, false }
func (machine) Before(int) (int64, bool)    { return 0, false }
func (machine) Retval() (int64, bool)       { return 0, false }
func (machine) Netlink(int64) (int64, bool) { return 0, false }
func (m machine) Model() *Model             { return m.m }

// placeBits puts a bit-field behind the end (in bits) of what is before it: in a
// word of its own type that begins where that may be aligned (x86-64 psABI
// 3.1.2, Intel386 psABI 2.1.4, "Bit-Fields"). Where words of the type are aligned
// to less than their size, as i386's long long, they overlap.
func placeBits(slot *Slot, end, bits, align int, packed bool) int {
	step := max(align, 1) * 8
	if !packed && end%step+bits > max(slot.Size*8, 8) {
		end = (end + step - 1) / step * step
	}
	slot.Offset = end / step * step / 8
	slot.BitOffset, slot.Bits = end-slot.Offset*8, bits
	return end + bits
}
