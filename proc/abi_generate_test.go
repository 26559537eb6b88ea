package proc

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"strings"

	"golang.org/x/sys/cpu"

	"sonde/prototype"
)

// abiProgram is a C program that makes calls with known arguments and results.
type abiProgram struct {
	source strings.Builder
	flags  []string
	calls  []abiCall

	rand    *rand.Rand
	model   *prototype.Model
	vectors []int // sizes that the machine has registers for, in bytes
	structs int
}

// abiCall is one call that the program makes.
type abiCall struct {
	proto  *prototype.Prototype
	args   []abiValue
	result abiValue
	text   string // its declaration, and the structs in it
}

// abiValue says what a value's bytes are, where they are not padding.
type abiValue struct {
	leaves []abiLeaf
	init   string // as C writes it
}

// abiLeaf is a number in a value: all of its bytes, or some of the bits of a word.
type abiLeaf struct {
	at        int
	want      []byte
	bitOffset int
	bits      int
}

// abiType is a type, as C names it, with its declaration if it has one.
type abiType struct {
	t       *prototype.Type
	name    string
	decl    string
	parts   []*abiType // of a struct or union: its fields; else the one element
	mmx     bool       // it is or has in it what an MMX register can hold
	x87     bool       // it has a floating point number in it
	wide    bool       // it has in it what a ymm register holds
	lengths []int      // of an array: its dimensions
}

// newABIProgram writes a program of n calls, always the same for a model and the
// machine's vector registers.
func newABIProgram(model *prototype.Model, n int) *abiProgram {
	p := &abiProgram{
		rand:    rand.New(rand.NewPCG(5, uint64(model.Word))),
		model:   model,
		vectors: []int{4, 8, 16},
		flags:   []string{"-msse2"},
	}
	if cpu.X86.HasAVX {
		p.vectors, p.flags = append(p.vectors, 32), []string{"-mavx"}
	}
	if cpu.X86.HasAVX512F {
		p.vectors, p.flags = append(p.vectors, 64), []string{"-mavx512f"}
	}
	if model.Word == 4 {
		p.flags = append(p.flags, "-m32", "-mmmx")
	}
	p.source.WriteString("#include <stdarg.h>\nextern void (*abi_target)();\nextern char abi_mmx;\nvoid abi_call();\nvoid abi_list(va_list);\n")
	for i := range n {
		p.call(i)
	}
	p.source.WriteString("int main(void)\n{\n")
	for i := range n {
		fmt.Fprintf(&p.source, "\tcall%d();\n", i)
	}
	p.source.WriteString("\treturn 0;\n}\n")
	return p
}

// call writes a function and one call of it.
func (p *abiProgram) call(i int) {
	c := abiCall{proto: &prototype.Prototype{Name: fmt.Sprintf("f%d", i)}}
	types := p.signature(c.proto)
	result := &abiType{t: &prototype.Type{Kind: prototype.Void}, name: "void"}
	if p.rand.IntN(8) > 0 {
		result = p.value(false)
		for p.model.Word == 4 && result.mmx && result.x87 {
			result = p.value(false)
		}
	}
	c.proto.Result = result.t
	for _, t := range append(types, result) {
		c.text += t.declarations()
	}
	p.source.WriteString(c.text)

	var params, args, names []string
	for j, t := range types {
		if !c.proto.Variadic || j < c.proto.Fixed {
			params = append(params, t.declare(fmt.Sprintf("p%d", j)))
			names = append(names, t.declare(""))
		}
		v := p.initialize(t)
		c.args = append(c.args, v)
		c.proto.Params = append(c.proto.Params, prototype.Param{Type: t.t})
		fmt.Fprintf(&p.source, "static %s = %s;\n", t.declare(fmt.Sprintf("a%d_%d", i, j)), v.init)
		args = append(args, fmt.Sprintf("a%d_%d", i, j))
	}
	body := ""
	if c.proto.Variadic {
		params, names = append(params, "..."), append(names, "...")
		body = fmt.Sprintf(" va_list ap; va_start(ap, p%d); abi_list(ap); va_end(ap);", c.proto.Fixed-1)
	} else if len(params) == 0 {
		params, names = []string{"void"}, []string{"void"}
	}
	if result.t.Kind != prototype.Void {
		c.result = p.initialize(result)
		fmt.Fprintf(&p.source, "static %s = %s;\n", result.declare(fmt.Sprintf("r%d", i)), c.result.init)
		body += fmt.Sprintf(" return r%d;", i)
	}
	declaration := fmt.Sprintf("%s f%d(%s)", result.name, i, strings.Join(params, ", "))
	c.text += declaration
	mmx := 0
	if result.mmx {
		mmx = 1
	}
	fmt.Fprintf(&p.source, "%s {%s }\nstatic void call%d(void) { abi_target = (void (*)())f%d; abi_mmx = %d; ((%s (*)(%s))abi_call)(%s); }\n",
		declaration, body, i, i, mmx, result.name, strings.Join(names, ", "), strings.Join(args, ", "))
	p.calls = append(p.calls, c)
}

// signature chooses parameters.
func (p *abiProgram) signature(proto *prototype.Prototype) []*abiType {
	n := p.rand.IntN(9)
	if p.rand.IntN(8) == 0 {
		n += 8
	}
	proto.Variadic, proto.Fixed = n > 1 && p.rand.IntN(4) == 0, n
	if proto.Variadic {
		proto.Fixed = 1 + p.rand.IntN(n)
	}
	var types []*abiType
	mmx, x87 := false, false
	for i := range n {
		for {
			t := p.value(proto.Variadic && i >= proto.Fixed-1)
			// gcc leaves it to the program to empty the MMX registers
			// before it uses the x87's, and so does the psABI.
			if m, x := mmx || t.mmx, x87 || t.x87; p.model.Word == 8 || !m || !x {
				mmx, x87 = m, x
				types = append(types, t)
				break
			}
		}
	}
	return types
}

// value chooses a type for an argument or result. One that is passed as a
// variadic argument is not promoted.
func (p *abiProgram) value(variadic bool) *abiType {
	if p.rand.IntN(5) < 2 {
		t := p.aggregate(0)
		// A function can not find a union with such a vector by va_arg, and the
		// psABI leaves undefined what is passed (3.2.3).
		for variadic && t.wide {
			t = p.aggregate(0)
		}
		return t
	}
	for {
		t := p.scalar()
		promoted := t.t.Kind == prototype.Int && t.t.Size > 0 && t.t.Size < 4 || t.t.Kind == prototype.Float && t.t.Size == 4
		if !variadic || !promoted {
			return t
		}
	}
}

// abiScalars are numbers and pointers; the sizes are those of prototype.Type.
var abiScalars = []struct {
	name     string
	kind     prototype.Kind
	size     int
	unsigned bool
	only64   bool
}{
	{"unsigned char", prototype.Int, 1, true, false},
	{"short", prototype.Int, 2, false, false},
	{"int", prototype.Int, 4, false, false},
	{"long", prototype.Int, 0, false, false},
	{"unsigned long long", prototype.Int, 8, true, false},
	{"unsigned __int128", prototype.Int, 16, true, true},
	{"void *", prototype.Pointer, 0, true, false},
	{"float", prototype.Float, 4, false, false},
	{"double", prototype.Float, 8, false, false},
	{"long double", prototype.Float, prototype.LongDouble, false, false},
	{"__float128", prototype.Float, 16, false, false},
	{"float", prototype.Float, 4, false, false},
	{"double", prototype.Float, 8, false, false},
}

// scalar chooses a number, a complex one, or a vector.
func (p *abiProgram) scalar() *abiType {
	for {
		s := abiScalars[p.rand.IntN(len(abiScalars))]
		if s.only64 && p.model.Word == 4 {
			continue
		}
		t := &abiType{name: s.name, x87: s.kind == prototype.Float}
		t.t = &prototype.Type{Kind: s.kind, Size: s.size, Unsigned: s.unsigned}
		number := s.kind == prototype.Int && s.size != 16 || s.kind == prototype.Float && (s.size == 4 || s.size == 8)
		switch choice := p.rand.IntN(10); {
		case choice == 0 && s.kind == prototype.Float && s.size != 16:
			return &abiType{name: "_Complex " + s.name, parts: []*abiType{t}, t: &prototype.Type{Kind: prototype.Complex, Elem: t.t}, x87: true}
		case choice <= 1 && number:
			return p.vector(t)
		}
		return t
	}
}

// vector makes a SIMD register's contents.
func (p *abiProgram) vector(elem *abiType) *abiType {
	size := p.vectors[p.rand.IntN(len(p.vectors))]
	size = max(size, elem.t.SizeOf(p.model))
	p.structs++
	v := &abiType{name: fmt.Sprintf("v%d", p.structs), parts: []*abiType{elem}}
	v.t = &prototype.Type{Kind: prototype.Vector, Elem: elem.t, Size: size}
	v.decl = fmt.Sprintf("typedef %s %s __attribute__((vector_size(%d)));\n", elem.name, v.name, size)
	v.mmx, v.x87, v.wide = size == 8, elem.x87, size > 16
	return v
}

// aggregate makes a struct or union.
func (p *abiProgram) aggregate(depth int) *abiType {
	p.structs++
	s := &abiType{t: &prototype.Type{Kind: prototype.Struct, Complete: true}}
	keyword := "struct"
	if p.rand.IntN(5) == 0 {
		s.t.Kind, keyword = prototype.Union, "union"
	}
	s.name = fmt.Sprintf("%s s%d", keyword, p.structs)
	s.t.Packed = p.rand.IntN(7) == 0
	var fields strings.Builder
	n := 1 + p.rand.IntN(3)
	if p.rand.IntN(6) == 0 {
		n += p.rand.IntN(4)
	}
	if p.rand.IntN(40) == 0 {
		n = 0
	}
	for i := range n {
		f := p.field(depth)
		// gcc aligns such a union to 4 or to 8 on i386, by its machine mode;
		// clang always to 8.
		for s.t.Kind == prototype.Union && p.model.Word == 4 && f.mmx {
			f = p.field(depth)
		}
		s.parts = append(s.parts, f)
		s.x87, s.mmx, s.wide = s.x87 || f.x87, s.mmx || f.mmx, s.wide || f.wide
		field := prototype.Field{Type: f.t}
		bits := ""
		if f.t.Kind == prototype.Int && f.t.Size != 16 && p.rand.IntN(4) == 0 {
			field.Bits = 1 + p.rand.IntN(f.t.SizeOf(p.model)*8)
			bits = fmt.Sprintf(" : %d", field.Bits)
		}
		s.t.Fields = append(s.t.Fields, field)
		fmt.Fprintf(&fields, " %s%s;", f.declare(fmt.Sprintf("f%d", i)), bits)
	}
	attribute := ""
	if s.t.Packed {
		attribute = " __attribute__((packed))"
	} else if p.rand.IntN(12) == 0 {
		s.t.Align = max(16, s.t.AlignOf(p.model))
		s.t = clone(s.t) // its layout has been computed
		attribute = fmt.Sprintf(" __attribute__((aligned(%d)))", s.t.Align)
	}
	s.decl = fmt.Sprintf("%s {%s }%s;\n_Static_assert(sizeof(%s) == %d && _Alignof(%s) == %d, \"%s\");\n",
		s.name, fields.String(), attribute, s.name, s.t.SizeOf(p.model), s.name, s.t.AlignOf(p.model), s.name)
	return s
}

func clone(t *prototype.Type) *prototype.Type {
	return &prototype.Type{Kind: t.Kind, Complete: true, Packed: t.Packed, Align: t.Align, Fields: t.Fields}
}

// field chooses a field's type: small ones most often, so that many structs fit
// into registers.
func (p *abiProgram) field(depth int) *abiType {
	f := p.scalar()
	if f.t.SizeOf(p.model) > 8 && p.rand.IntN(2) == 0 {
		f = p.scalar()
	}
	if depth < 3 && p.rand.IntN(5) == 0 {
		f = p.aggregate(depth + 1)
	}
	for p.rand.IntN(6) == 0 && f.t.SizeOf(p.model) <= 32 {
		n := 1 + p.rand.IntN(3)
		elem := f
		f = &abiType{name: elem.name, parts: []*abiType{elem}, x87: elem.x87, mmx: elem.mmx, wide: elem.wide, lengths: append([]int{n}, elem.lengths...)}
		f.t = &prototype.Type{Kind: prototype.Array, Elem: elem.t, Len: &prototype.Expr{N: int64(n)}}
	}
	return f
}

// declare returns C's declaration of a variable of the type.
func (t *abiType) declare(name string) string {
	s := t.name + " " + name
	for _, n := range t.lengths {
		s += fmt.Sprintf("[%d]", n)
	}
	return s
}

// declarations returns those that the type needs, inner ones first.
func (t *abiType) declarations() (s string) {
	for _, part := range t.parts {
		s += part.declarations()
	}
	return s + t.decl
}

// initialize chooses a value of a type.
func (p *abiProgram) initialize(t *abiType) (v abiValue) {
	v.init = p.fill(t, 0, &v)
	return v
}

// fill chooses the value at an offset, notes its bytes and returns it in C.
func (p *abiProgram) fill(t *abiType, at int, v *abiValue) string {
	switch t.t.Kind {
	case prototype.Struct, prototype.Union:
		return p.fillFields(t, at, v)
	case prototype.Complex:
		re := p.fill(t.parts[0], at, v)
		return fmt.Sprintf("__builtin_complex(%s, %s)", re, p.fill(t.parts[0], at+t.t.SizeOf(p.model)/2, v))
	case prototype.Vector, prototype.Array:
		var elems []string
		size, step := t.t.SizeOf(p.model), t.parts[0].t.SizeOf(p.model)
		for off := 0; step > 0 && off < size; off += step {
			elems = append(elems, p.fill(t.parts[0], at+off, v))
		}
		return "{" + strings.Join(elems, ", ") + "}"
	}
	init, want := p.number(t.t)
	v.leaves = append(v.leaves, abiLeaf{at: at, want: want})
	return init
}

func (p *abiProgram) fillFields(t *abiType, at int, v *abiValue) string {
	layout := t.t.Layout(p.model)
	var fields []string
	only := -1
	if t.t.Kind == prototype.Union && len(t.parts) > 0 {
		only = p.rand.IntN(len(t.parts))
	}
	for i, f := range t.parts {
		if only >= 0 && i != only {
			continue
		}
		slot := layout.Fields[i]
		init := ""
		if slot.Bits > 0 {
			x := p.rand.Uint64() >> (64 - slot.Bits)
			var want [8]byte
			binary.LittleEndian.PutUint64(want[:], x)
			v.leaves = append(v.leaves, abiLeaf{at: at + slot.Offset, want: want[:], bitOffset: slot.BitOffset, bits: slot.Bits})
			init = fmt.Sprintf("%#xull", x)
		} else {
			init = p.fill(f, at+slot.Offset, v)
		}
		fields = append(fields, fmt.Sprintf(".f%d = %s", i, init))
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// number chooses a scalar, and returns it in C and its bytes.
func (p *abiProgram) number(t *prototype.Type) (init string, want []byte) {
	le := binary.LittleEndian
	size := t.SizeOf(p.model)
	want = make([]byte, 16)
	if t.Kind == prototype.Int || t.Kind == prototype.Pointer {
		x := p.rand.Uint64() >> (64 - 8*min(size, 8))
		le.PutUint64(want, x)
		init = fmt.Sprintf("%#xull", x)
		switch {
		case size == 16:
			y := p.rand.Uint64()
			le.PutUint64(want[8:], y)
			init = fmt.Sprintf("(unsigned __int128)%#xull << 64 | %s", y, init)
		case t.Kind == prototype.Pointer:
			init = fmt.Sprintf("(void *)%#xu", uint32(x))
			if size == 8 {
				init = fmt.Sprintf("(void *)%#xul", x)
			}
		}
		return init, want[:size]
	}
	x := float64(p.rand.IntN(1<<20)-1<<19) / 8
	if x == 0 {
		x = 0.125
	}
	b := math.Float64bits(x)
	exp, fraction := uint16(b>>52&0x7ff)-1023+0x3fff|uint16(b>>63)<<15, b<<12>>12
	switch t.Size {
	case 4:
		le.PutUint32(want, math.Float32bits(float32(x)))
		return fmt.Sprintf("%.3ff", x), want[:4]
	case 8:
		le.PutUint64(want, b)
		return fmt.Sprintf("%.3f", x), want[:8]
	case prototype.LongDouble:
		// More digits than a double has.
		n := p.rand.Uint64() | 1
		shift := bits.LeadingZeros64(n)
		le.PutUint64(want, n<<shift)
		le.PutUint16(want[8:], uint16(0x3fff+63-shift))
		return fmt.Sprintf("%d.0L", n), want[:10]
	}
	le.PutUint64(want[8:], uint64(exp)<<48|fraction>>4)
	le.PutUint64(want, fraction<<60)
	return fmt.Sprintf("(__float128)%.3f", x), want
}

// check compares what was captured of a value with what it is.
func (v *abiValue) check(got []byte) error {
	for _, l := range v.leaves {
		have := got[l.at:]
		if l.bits > 0 {
			have = takeBits(have, l.bitOffset, l.bits)
		}
		have = have[:min(len(have), len(l.want))]
		if string(have) != string(l.want) {
			return fmt.Errorf("at %d: % x, want % x, in % x", l.at, have, l.want, got)
		}
	}
	return nil
}

// takeBits returns some of the bits of p, in eight bytes.
func takeBits(p []byte, offset, n int) []byte {
	var q [8]byte
	for i := range n {
		q[i/8] |= p[(offset+i)/8] >> ((offset + i) % 8) & 1 << (i % 8)
	}
	return q[:]
}
