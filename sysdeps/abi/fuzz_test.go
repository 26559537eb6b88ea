package abi

import (
	"testing"

	"sonde/prototype"
	"sonde/sysdeps"
)

// readTypes makes types out of bytes, four for each and two for each field. They may
// contain themselves and each other, and be as wrong as debugging information can be.
func readTypes(p []byte) []*prototype.Type {
	next := func() (b byte) {
		if len(p) > 0 {
			b, p = p[0], p[1:]
		}
		return b
	}
	types := make([]*prototype.Type, 1+next()%16)
	for i := range types {
		types[i] = new(prototype.Type)
	}
	number := func() int {
		b := next()
		if b >= 0xf8 {
			return -1 << (b & 7 * 8)
		}
		if b >= 0xf0 {
			return 1 << (b & 7 * 8)
		}
		return int(b)
	}
	for _, t := range types {
		t.Kind = prototype.Kind(next() % 11)
		flags := next()
		t.Packed, t.Complete, t.Indirect = flags&1 != 0, flags&2 == 0, flags&12 == 12
		t.Size = number()
		if flags&16 != 0 {
			t.Align = number()
		}
		t.Elem = types[int(next())%len(types)]
		if flags&32 != 0 {
			t.Len = &prototype.Expr{N: int64(number())}
		}
		switch t.Kind {
		case prototype.Struct, prototype.Union:
			for range next() % 8 {
				f := prototype.Field{Type: types[int(next())%len(types)]}
				if flags&64 != 0 {
					f.Offset, f.BitOffset = number(), number()
				}
				if flags&128 != 0 {
					f.Bits = number()
				}
				t.Fields = append(t.Fields, f)
			}
		case prototype.Choice:
			for range next() % 4 {
				t.Cases = append(t.Cases, prototype.Case{Type: types[int(next())%len(types)]})
			}
		}
	}
	return types
}

// FuzzPlace holds that types from who knows where do no harm, and that all parts are
// parts of their values.
func FuzzPlace(f *testing.F) {
	f.Add([]byte{3, 1, 0, 4, 0, 5, 0, 0, 0, 3, 0, 1, 2, 2, 0, 8, 0})
	f.Add([]byte{1, 5, 0, 0, 0, 2, 0, 0, 5, 0, 0, 0, 7, 0, 1, 0, 1, 0, 1, 1}) // they contain each other
	f.Add([]byte{2, 9, 32, 0, 1, 7, 7, 32, 0, 0, 2, 1, 0, 8, 0})
	f.Add([]byte{1, 5, 64, 16, 1, 3, 1, 0xf9, 8, 1, 0xf7, 1, 1, 0xff, 2, 2, 0, 8, 0})
	f.Add([]byte{2, 5, 128 + 64, 16, 1, 2, 1, 3, 60, 0xf7, 1, 9, 9, 0xff, 8, 1, 2, 16, 0, 3, 0, 4, 1})
	f.Fuzz(func(t *testing.T, p []byte) {
		for _, conv := range []*Convention{SysVAMD64, SysVI386, GoAMD64, GoI386, RustAMD64, RustI386} {
			types := readTypes(p)
			pr := proto(types[0], types...)
			pr.Several, pr.Variadic, pr.Fixed = len(p)%2 == 0, len(p)%3 == 0, len(p)%5
			s := conv.Place(pr)
			if len(s.Args) != len(types) {
				t.Fatalf("%d arguments for %d parameters", len(s.Args), len(types))
			}
			checkParts(t, conv, s.Result, types[0])
			for i, l := range s.Args {
				checkParts(t, conv, l, types[i])
			}
			cur := s.Variadic()
			for _, typ := range types {
				checkParts(t, conv, cur.Next(typ), typ)
			}
		}
	})
}

func checkParts(t *testing.T, conv *Convention, l Location, typ *prototype.Type) {
	t.Helper()
	value := make([]byte, max(typ.SizeOf(conv.Model), conv.Model.Word, 0)%(1<<20))
	if len(l.Parts) > 64 {
		t.Fatalf("%d parts", len(l.Parts))
	}
	var regs sysdeps.Regs
	regs.Arch = sysdeps.AMD64
	for i := range l.Parts {
		part := &l.Parts[i]
		if part.At < 0 || part.Size <= 0 || !l.Indirect && part.At+part.Size > max(typ.SizeOf(conv.Model), conv.Model.Word) {
			t.Fatalf("%+v is no part of %d bytes", *part, typ.SizeOf(conv.Model))
		}
		part.Load(value, &regs, new(sysdeps.Vectors))
	}
	if l.Indirect && (len(l.Parts) != 1 || l.Parts[0].Size != conv.Model.Word) {
		t.Fatalf("an address in %+v", l.Parts)
	}
}
