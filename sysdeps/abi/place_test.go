package abi

import (
	"fmt"
	"strings"
	"testing"

	"sonde/prototype"
	"sonde/sysdeps"
)

var (
	char   = &prototype.Type{Kind: prototype.Int, Size: 1}
	short  = &prototype.Type{Kind: prototype.Int, Size: 2}
	word   = &prototype.Type{Kind: prototype.Int, Size: 4}
	long   = &prototype.Type{Kind: prototype.Int}
	quad   = &prototype.Type{Kind: prototype.Int, Size: 8}
	octa   = &prototype.Type{Kind: prototype.Int, Size: 16}
	float  = &prototype.Type{Kind: prototype.Float, Size: 4}
	double = &prototype.Type{Kind: prototype.Float, Size: 8}
	ldbl   = &prototype.Type{Kind: prototype.Float, Size: prototype.LongDouble}
	f128   = &prototype.Type{Kind: prototype.Float, Size: 16}
	ptr    = &prototype.Type{Kind: prototype.Pointer}
	void   = &prototype.Type{Kind: prototype.Void}
)

func vec(elem *prototype.Type, size int) *prototype.Type {
	return &prototype.Type{Kind: prototype.Vector, Elem: elem, Size: size}
}

func cplx(elem *prototype.Type) *prototype.Type {
	return &prototype.Type{Kind: prototype.Complex, Elem: elem}
}

func array(elem *prototype.Type, n int64) *prototype.Type {
	return &prototype.Type{Kind: prototype.Array, Elem: elem, Len: &prototype.Expr{N: n}}
}

func composite(kind prototype.Kind, fields ...*prototype.Type) *prototype.Type {
	t := &prototype.Type{Kind: kind, Complete: true}
	for _, f := range fields {
		t.Fields = append(t.Fields, prototype.Field{Type: f})
	}
	return t
}

func structOf(fields ...*prototype.Type) *prototype.Type {
	return composite(prototype.Struct, fields...)
}

func unionOf(fields ...*prototype.Type) *prototype.Type {
	return composite(prototype.Union, fields...)
}

func packed(t *prototype.Type) *prototype.Type {
	t.Packed = true
	return t
}

func indirect(t *prototype.Type) *prototype.Type {
	t.Indirect = true
	return t
}

func bits(t *prototype.Type, widths ...int) *prototype.Type {
	for i, w := range widths {
		t.Fields[i].Bits = w
	}
	return t
}

// proto makes a prototype of a result and parameters.
func proto(result *prototype.Type, params ...*prototype.Type) *prototype.Prototype {
	p := &prototype.Prototype{Result: result, Fixed: len(params)}
	for _, t := range params {
		p.Params = append(p.Params, prototype.Param{Type: t})
	}
	return p
}

func variadic(fixed int, p *prototype.Prototype) *prototype.Prototype {
	p.Variadic, p.Fixed = true, fixed
	return p
}

// several makes a Go function's results out of one struct.
func several(p *prototype.Prototype) *prototype.Prototype {
	p.Several = true
	return p
}

var regNames = map[sysdeps.Reg]string{
	sysdeps.RAX: "ax", sysdeps.RBX: "bx", sysdeps.RCX: "cx", sysdeps.RDX: "dx", sysdeps.RSI: "si", sysdeps.RDI: "di",
	sysdeps.R8: "r8", sysdeps.R9: "r9", sysdeps.R10: "r10", sysdeps.R11: "r11", sysdeps.RBP: "bp",
}

// describe writes a location as its parts, joined by +: the register, or +N for
// the stack, and where it is not the beginning of a value that alone is there, @AT:SIZE.
func describe(l Location) string {
	var parts []string
	for i, p := range l.Parts {
		var s string
		switch p.Where {
		case Integer:
			s = regNames[p.Reg]
		case Vector:
			s = fmt.Sprintf("v%d", p.Index)
		case X87:
			s = fmt.Sprintf("st%d", p.Index)
		case MMX:
			s = fmt.Sprintf("mm%d", p.Index)
		case Stack:
			s = fmt.Sprintf("%d", p.Addr)
		case Memory:
			s = p.Addr.String()
		}
		s += fmt.Sprintf(":%d", p.Size)
		if i > 0 || p.At > 0 {
			s += fmt.Sprintf("@%d", p.At)
		}
		parts = append(parts, s)
	}
	s := strings.Join(parts, "+")
	switch {
	case l.Unknown:
		return "?"
	case s == "":
		return "-"
	case l.Indirect:
		return "*" + s
	}
	return s
}

func describeSignature(s *Signature) string {
	var b strings.Builder
	for _, l := range s.Args {
		fmt.Fprintf(&b, "%s ", describe(l))
	}
	fmt.Fprintf(&b, "= %s", describe(s.Result))
	if len(s.ResultAddr.Parts) > 0 {
		fmt.Fprintf(&b, " into %s", describe(s.ResultAddr))
	}
	if s.Pops > 0 {
		fmt.Fprintf(&b, " pops %d", s.Pops)
	}
	return b.String()
}

// TestPlace has a line for each rule of the conventions. Sizes are behind colons,
// places on the stack are distances from the return address's.
func TestPlace(t *testing.T) {
	for _, c := range []struct {
		conv *Convention
		name string
		p    *prototype.Prototype
		want string
	}{
		// psABI 3.2.3, figures 3.5 and 3.6.
		{
			SysVAMD64, "the psABI's example",
			proto(void, word, word, structOf(word, word, double), word, word, ldbl, double, vec(float, 32), double, word, word, word),
			"di:4 si:4 dx:8+v0:8@8 cx:4 r8:4 8:16 v1:8 v2:32 v3:8 r9:4 24:4 32:4 = -",
		},
		{SysVAMD64, "scalars", proto(char, char, short, word, long, ptr, float), "di:1 si:2 dx:4 cx:8 r8:8 v0:4 = ax:1"},
		{SysVAMD64, "seven integers", proto(long, long, long, long, long, long, long, char, long), "di:8 si:8 dx:8 cx:8 r8:8 r9:8 8:1 16:8 = ax:8"},
		{SysVAMD64, "nine doubles", proto(double, double, double, double, double, double, double, double, double, double), "v0:8 v1:8 v2:8 v3:8 v4:8 v5:8 v6:8 v7:8 8:8 = v0:8"},
		{SysVAMD64, "__int128", proto(octa, long, octa, long), "di:8 si:8+dx:8@8 cx:8 = ax:8+dx:8@8"},
		{SysVAMD64, "__int128 that does not fit leaves a register", proto(void, long, long, long, long, long, octa, char, octa), "di:8 si:8 dx:8 cx:8 r8:8 8:16 r9:1 24:16 = -"},
		{SysVAMD64, "__int128 on the stack is aligned", proto(void, long, long, long, long, long, long, char, octa), "di:8 si:8 dx:8 cx:8 r8:8 r9:8 8:1 24:16 = -"},
		{SysVAMD64, "long double", proto(ldbl, char, ldbl, ldbl), "di:1 8:16 24:16 = st0:10"},
		{SysVAMD64, "__float128", proto(f128, f128), "v0:16 = v0:16"},
		{SysVAMD64, "complex float", proto(cplx(float), cplx(float)), "v0:8 = v0:8"},
		{SysVAMD64, "complex double", proto(cplx(double), double, cplx(double)), "v0:8 v1:8+v2:8@8 = v0:8+v1:8@8"},
		{SysVAMD64, "complex long double", proto(cplx(ldbl), cplx(ldbl)), "8:32 = st0:10+st1:10@16"},
		{SysVAMD64, "struct of complex long double", proto(structOf(cplx(ldbl)), long), "si:8 = *ax:8 into di:8"},
		{SysVAMD64, "struct of long double", proto(structOf(ldbl), structOf(ldbl)), "8:16 = st0:10"},
		{SysVAMD64, "union of long double and long[2]", proto(unionOf(ldbl, array(long, 2)), unionOf(ldbl, array(long, 2))), "di:8+si:8@8 = ax:8+dx:8@8"},
		{SysVAMD64, "a union inside is settled by itself", proto(void, unionOf(unionOf(ldbl, word), array(long, 2))), "8:16 = -"},
		{SysVAMD64, "mixed struct", proto(structOf(double, word), structOf(float, float, char), long), "v0:8+di:4@8 si:8 = v0:8+ax:8@8"},
		{SysVAMD64, "float beside int", proto(void, structOf(float, word)), "di:8 = -"},
		{SysVAMD64, "12 bytes", proto(void, structOf(word, word, word)), "di:8+si:4@8 = -"},
		{SysVAMD64, "24 bytes", proto(structOf(long, long, long), structOf(long, long, long), long), "8:24 si:8 = *ax:8 into di:8"},
		{SysVAMD64, "packed and unaligned", proto(void, packed(structOf(char, word))), "8:5 = -"},
		{SysVAMD64, "packed and aligned", proto(void, packed(structOf(word, char))), "di:5 = -"},
		{SysVAMD64, "bit-fields beside a float", proto(void, bits(structOf(word, word, float), 3, 5)), "di:8 = -"},
		{SysVAMD64, "vectors", proto(vec(float, 64), vec(float, 8), vec(float, 16), vec(double, 32), vec(double, 64), vec(char, 4)), "v0:8 v1:16 v2:32 v3:64 di:4 = v0:64"},
		{SysVAMD64, "struct of a vector", proto(void, structOf(vec(float, 16)), structOf(vec(double, 32)), structOf(vec(float, 16), vec(float, 16))), "v0:16 v1:32 8:32 = -"},
		{SysVAMD64, "union of a vector and doubles", proto(void, unionOf(vec(float, 16), array(double, 2)), unionOf(vec(float, 16), float)), "v0:8+v1:8@8 v2:16 = -"},
		{SysVAMD64, "vectors of one float", proto(vec(double, 8), vec(float, 4), structOf(vec(double, 8), long), double), "8:4 16:16 v0:8 = *ax:8 into di:8"},
		{SysVAMD64, "empty struct", proto(structOf(), structOf(), long), "- di:8 = -"},
		{SysVAMD64, "C++'s empty class", proto(void, &prototype.Type{Kind: prototype.Struct, Size: 1, Complete: true}, long), "- di:8 = -"},
		{SysVAMD64, "class that is not trivial", proto(indirect(structOf(long)), indirect(structOf(long)), long), "*si:8 dx:8 = *ax:8 into di:8"},
		{SysVAMD64, "array parameter", proto(void, array(long, 4)), "*di:8 = -"},
		{SysVAMD64, "incomplete struct", proto(void, long, &prototype.Type{Kind: prototype.Struct, Name: "s"}, long), "di:8 ? ? = -"},
		{SysVAMD64, "variadic", variadic(1, proto(word, ptr, word, double, ldbl, structOf(long, double))), "di:8 si:4 v0:8 8:16 dx:8+v1:8@8 = ax:4"},
		{SysVAMD64, "variadic wide vector", variadic(1, proto(word, vec(float, 32), vec(float, 32), vec(float, 16))), "v0:32 8:32 v1:16 = ax:4"},

		{SysVI386, "scalars", proto(short, char, short, word, quad, float, double, ptr), "4:1 8:2 12:4 16:8 24:4 28:8 36:4 = ax:2"},
		{SysVI386, "long long", proto(quad), "= ax:4+dx:4@4"},
		{SysVI386, "float", proto(float), "= st0:4"},
		{SysVI386, "double", proto(double), "= st0:8"},
		{SysVI386, "long double", proto(ldbl, char, ldbl, char), "4:1 8:12 20:1 = st0:10"},
		{SysVI386, "struct of a char", proto(structOf(char), structOf(char), word), "8:1 12:4 = *ax:4 into 4:4 pops 4"},
		{SysVI386, "struct of 5 bytes", proto(void, structOf(array(char, 5)), word), "4:5 12:4 = -"},
		{SysVI386, "empty struct", proto(structOf(), structOf(), word), "- 8:4 = *ax:4 into 4:4 pops 4"},
		{SysVI386, "C++'s empty class", proto(void, &prototype.Type{Kind: prototype.Struct, Size: 1, Complete: true}, word), "4:1 8:4 = -"},
		{SysVI386, "complex float", proto(cplx(float), cplx(float)), "4:8 = ax:4+dx:4@4"},
		{SysVI386, "complex double", proto(cplx(double), cplx(double)), "8:16 = *ax:4 into 4:4 pops 4"},
		{SysVI386, "__float128", proto(f128, f128), "20:16 = *ax:4 into 4:4 pops 4"},
		{SysVI386, "vectors", proto(vec(float, 16), word, vec(float, 16), vec(float, 32), vec(short, 8), vec(float, 16), vec(float, 16)), "4:4 v0:16 v1:32 mm0:8 v2:16 20:16 = v0:16"},
		{SysVI386, "a variadic function's vectors", variadic(2, proto(vec(short, 8), word, vec(float, 16), word)), "4:4 20:16 36:4 = mm0:8"},
		{SysVI386, "vectors of one float", proto(vec(float, 4), vec(double, 8), word), "8:8 16:4 = *ax:4 into 4:4 pops 4"},
		{SysVI386, "small vector", proto(vec(char, 4), vec(char, 4)), "4:4 = ax:4"},
		{SysVI386, "class that is not trivial", proto(void, indirect(structOf(quad, quad)), word), "*4:4 8:4 = -"},

		// abi-internal.md's example: func f(a1 uint8, a2 [2]uintptr, a3 uint8) (r1 struct { x uintptr; y [2]uintptr }, r2 string).
		{
			GoAMD64, "the document's example",
			several(proto(structOf(structOf(long, array(long, 2)), structOf(ptr, long)), char, array(long, 2), char)),
			"ax:1 8:16 bx:1 = 24:24+ax:8@24+bx:8@32",
		},
		{GoAMD64, "string, slice, floats", proto(structOf(ptr, long), structOf(ptr, long), structOf(ptr, long, long), float, cplx(double)), "ax:8+bx:8@8 cx:8+di:8@8+si:8@16 v0:4 v1:8+v2:8@8 = ax:8+bx:8@8"},
		{GoAMD64, "what does not fit leaves registers", proto(void, array(structOf(long, long, long, long, long, long, long, long), 1), structOf(ptr, long), char), "ax:8+bx:8@8+cx:8@16+di:8@24+si:8@32+r8:8@40+r9:8@48+r10:8@56 8:16 r11:1 = -"},
		{GoAMD64, "array of one", proto(array(long, 1), array(double, 1), array(long, 0)), "v0:8 - = ax:8"},
		{GoI386, "stack", several(proto(structOf(word, structOf(ptr, word)), char, quad, char)), "4:1 8:8 16:1 = 20:4+24:8@4"},

		{RustAMD64, "pairs", proto(structOf(float, float), structOf(char, word), structOf(ptr, double), word), "di:1+si:4@4 dx:8+v0:8@8 cx:4 = v0:4+v1:4@4"},
		{RustAMD64, "a pair of which one finds a register", proto(void, long, long, long, long, long, structOf(ptr, long), char), "di:8 si:8 dx:8 cx:8 r8:8 r9:8+8:8@8 16:1 = -"},
		{RustAMD64, "newtypes", proto(structOf(structOf(float)), structOf(structOf(), structOf(double)), structOf(structOf(word))), "v0:8 di:4 = v0:4"},
		{RustAMD64, "no larger than a word", proto(structOf(char, char, short), structOf(char, char, float), array(float, 2), unionOf(double, word)), "di:8 si:8 dx:8 = ax:4"},
		{RustAMD64, "larger", proto(structOf(float, float, float), array(word, 3), structOf(long, long, long), word), "*si:8 *dx:8 cx:4 = *ax:8 into di:8"},
		{RustAMD64, "pair of three words", proto(structOf(octa, long), structOf(octa, long)), "si:8+dx:8@8+cx:8@16 = *ax:8 into di:8"},
		{RustAMD64, "unit", proto(structOf(), structOf(), long), "- di:8 = -"},
		{RustI386, "pairs", proto(structOf(ptr, word), structOf(char, word), array(char, 3), array(word, 2)), "4:1+8:4@4 12:3 *16:4 = ax:4+dx:4@4"},
	} {
		if got := describeSignature(c.conv.Place(c.p)); got != c.want {
			t.Errorf("%s, %d-bit, %s:\n got %s\nwant %s", c.conv.Name, c.conv.Model.Word*8, c.name, got, c.want)
		}
	}
}
