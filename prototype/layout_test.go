package prototype

import "testing"

// TestLayout holds the layout of what the psABIs' examples and gcc agree on.
func TestLayout(t *testing.T) {
	char, short, integer, long := &Type{Kind: Int, Size: 1}, &Type{Kind: Int, Size: 2}, &Type{Kind: Int, Size: 4}, &Type{Kind: Int}
	wide, double, ld := &Type{Kind: Int, Size: 8}, &Type{Kind: Float, Size: 8}, &Type{Kind: Float, Size: LongDouble}
	of := func(kind Kind, types ...*Type) *Type {
		s := &Type{Kind: kind, Complete: true}
		for _, t := range types {
			s.Fields = append(s.Fields, Field{Type: t})
		}
		return s
	}
	packed := of(Struct, char, integer)
	packed.Packed = true
	tuple := of(Struct, integer, char, double)
	tuple.Reversed = true
	bits := of(Struct, integer, integer, integer)
	bits.Fields[0].Bits, bits.Fields[1].Bits, bits.Fields[2].Bits = 3, 30, 2
	word := &Expr{Op: Sizeof, Type: long}
	words := &Type{Kind: Array, Elem: char, Len: &Expr{Op: Sub, X: &Expr{Op: Mul, X: word, Y: word}, Y: word}}
	either := &Type{Kind: Choice, On: word, Cases: []Case{{Values: []int64{8}, Type: of(Struct, char, wide)}}, Else: short}
	for _, c := range []struct {
		name           string
		t              *Type
		size64, size32 int
		last64, last32 int // offset of the last field
	}{
		{"char, long", of(Struct, char, long), 16, 8, 8, 4},
		{"char, long long", of(Struct, char, wide), 16, 12, 8, 4},
		{"int, double, short", of(Struct, integer, double, short), 24, 16, 16, 12},
		{"char, long double", of(Struct, char, ld), 32, 16, 16, 4},
		{"union", of(Union, char, wide, integer), 8, 8, 0, 0},
		{"packed", packed, 5, 5, 1, 1},
		{"bits 3, 30, 2", bits, 8, 8, 4, 4},
		{"reversed int, char, double", tuple, 16, 16, 0, 0},
		{"sizeof(long)*sizeof(long)-sizeof(long) chars, short", of(Struct, words, short), 58, 14, 56, 12},
		{"short, choose(sizeof(long); 8: char, long long; else: short)", of(Struct, short, either), 24, 4, 8, 2},
		{"nested", of(Struct, char, of(Struct, short, integer)), 12, 12, 4, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, m := range []struct {
				model      *Model
				size, last int
			}{{LP64, c.size64, c.last64}, {ILP32, c.size32, c.last32}} {
				l := c.t.Layout(m.model)
				if last := l.Fields[len(l.Fields)-1].Offset; l.Size != m.size || last != m.last {
					t.Errorf("%d-bit: %d bytes, the last field at %d; want %d and %d", m.model.Word*8, l.Size, last, m.size, m.last)
				}
			}
		})
	}
}

// TestLayoutEndless holds that a struct that contains itself does no harm.
func TestLayoutEndless(t *testing.T) {
	s := &Type{Kind: Struct, Complete: true}
	s.Fields = []Field{{Type: s}, {Type: &Type{Kind: Int, Size: 4}}}
	s.Fields = append(s.Fields, s.Fields...) // twice: no walk of 2 to the 64 steps
	if size := s.SizeOf(LP64); size < 0 || size > maxSize {
		t.Errorf("%d bytes", size)
	}
	a := &Type{Kind: Array, Elem: &Type{Kind: Int, Size: 1}}
	a.Len = &Expr{Op: Add, X: &Expr{Op: Sizeof, Type: a}, Y: &Expr{Op: Sizeof, Type: a}}
	if size := a.SizeOf(LP64); size < 0 || size > maxSize {
		t.Errorf("an array of twice its own size: %d bytes", size)
	}
	c := &Type{Kind: Choice}
	c.Cases = []Case{{Type: c}, {Type: c}, {Type: s}}
	if size := c.SizeOf(LP64); size < 0 || size > maxSize {
		t.Errorf("a choice of %d bytes", size)
	}
}
