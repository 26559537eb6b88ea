package proc

import (
	"encoding/binary"
	"math"
	"path/filepath"
	"testing"

	"sonde/internal/testkit"
	"sonde/prototype"
	"sonde/sysdeps/abi"
)

// The types of testdata/abi_classes.cc and of testdata/abi_go.
var (
	cChar    = &prototype.Type{Kind: prototype.Int, Size: 1}
	cShort   = &prototype.Type{Kind: prototype.Int, Size: 2}
	cInt     = &prototype.Type{Kind: prototype.Int, Size: 4}
	cLong    = &prototype.Type{Kind: prototype.Int}
	cFloat   = &prototype.Type{Kind: prototype.Float, Size: 4}
	cDouble  = &prototype.Type{Kind: prototype.Float, Size: 8}
	cPointer = &prototype.Type{Kind: prototype.Pointer}
)

func cStruct(fields ...*prototype.Type) *prototype.Type {
	t := &prototype.Type{Kind: prototype.Struct, Complete: true}
	for _, f := range fields {
		t.Fields = append(t.Fields, prototype.Field{Type: f})
	}
	return t
}

func cArray(elem *prototype.Type, n int64) *prototype.Type {
	return &prototype.Type{Kind: prototype.Array, Elem: elem, Len: &prototype.Expr{N: n}}
}

// byAddress makes a class one that is not trivial for calls.
func byAddress(t *prototype.Type) *prototype.Type {
	t.Indirect = true
	return t
}

// known is a value of a type, given by its numbers in the order in which they lie
// in it; nil stands for one that is not known.
type known struct {
	t       *prototype.Type
	numbers []any
}

// wide is a number of 128 bits.
type wide struct{ high, low uint64 }

func a(t *prototype.Type, numbers ...any) known { return known{t, numbers} }

// value lays the numbers out.
func (k known) value(m *prototype.Model) (v abiValue) {
	k.lay(&v, k.t, 0, m)
	v.init = "known"
	return v
}

func (k *known) lay(v *abiValue, t *prototype.Type, at int, m *prototype.Model) {
	size := t.SizeOf(m)
	switch t.Kind {
	case prototype.Struct:
		for i, f := range t.Layout(m).Fields {
			k.lay(v, t.Fields[i].Type, at+f.Offset, m)
		}
		return
	case prototype.Array:
		for off := 0; off < size; off += t.Elem.SizeOf(m) {
			k.lay(v, t.Elem, at+off, m)
		}
		return
	case prototype.Complex:
		k.lay(v, t.Elem, at, m)
		k.lay(v, t.Elem, at+size/2, m)
		return
	}
	if len(k.numbers) == 0 {
		return
	}
	var word [16]byte
	switch n := k.numbers[0].(type) {
	case int:
		binary.LittleEndian.PutUint64(word[:], uint64(n))
	case int64:
		binary.LittleEndian.PutUint64(word[:], uint64(n))
	case wide:
		binary.LittleEndian.PutUint64(word[:], n.low)
		binary.LittleEndian.PutUint64(word[8:], n.high)
	case float64:
		if size == 4 {
			binary.LittleEndian.PutUint32(word[:], math.Float32bits(float32(n)))
		} else {
			binary.LittleEndian.PutUint64(word[:], math.Float64bits(n))
		}
	}
	if k.numbers[0] != nil {
		v.leaves = append(v.leaves, abiLeaf{at: at, want: word[:size]})
	}
	k.numbers = k.numbers[1:]
}

// knownCall is a call with values that are written down here and in the program.
func knownCall(m *prototype.Model, name string, result known, args ...known) abiCall {
	c := abiCall{text: name, proto: &prototype.Prototype{Name: name, Result: result.t, Fixed: len(args)}}
	c.result = result.value(m)
	for _, k := range args {
		c.proto.Params = append(c.proto.Params, prototype.Param{Type: k.t})
		c.args = append(c.args, k.value(m))
	}
	return c
}

// classCalls are those of testdata/abi_classes.cc.
func classCalls(m *prototype.Model) []abiCall {
	empty := &prototype.Type{Kind: prototype.Struct, Size: 1, Complete: true}
	pair := cStruct(cInt, cDouble)
	derived := cStruct(pair, cFloat)
	tagged := cStruct(cLong)
	owner := byAddress(cStruct(cLong))
	polymorphic := byAddress(cStruct(cPointer, cInt))
	move := cStruct(cDouble)
	aligned := cStruct(cShort, cArray(empty, 3), cFloat)
	aligned.Align = 16
	return []abiCall{
		knownCall(m, "int empty(Empty, int)", a(cInt, 7), a(empty), a(cInt, 6)),
		knownCall(m, "Empty give_empty(short)", a(empty), a(cShort, 3)),
		knownCall(m, "Pair pair(Pair, float)", a(pair, 5, 2.0), a(pair, 4, 0.5), a(cFloat, 1.5)),
		knownCall(m, "Derived derived(char, Derived)", a(derived, 77, 2.5, -4.0), a(cChar, int('x')), a(derived, 9, 2.5, -4.0)),
		knownCall(m, "Tagged tagged(Tagged, Tagged)", a(tagged, 1234568), a(tagged, 1234567), a(tagged, 1234567)),
		knownCall(m, "Owner owner(Owner, int)", a(owner, 42), a(owner, 40), a(cInt, 2)),
		knownCall(m, "long owners(Owner, Owner, double)", a(cLong, 1337), a(owner, 1000), a(owner, 337), a(cDouble, 0.25)),
		knownCall(m, "Virtual polymorphic(Virtual)", a(polymorphic, nil, 42), a(polymorphic, nil, 21)),
		knownCall(m, "Move move(Move)", a(move, 2.5), a(move, 1.25)),
		knownCall(m, "Aligned aligned(Aligned, int)", a(aligned, 5, 0.75), a(aligned, 7, 0.75), a(cInt, 8)),
		knownCall(m, "bool reference(Owner const&, Pair&&)", a(cChar, 1), a(byAddress(cStruct(cLong)), 15), a(byAddress(cStruct(cInt, cDouble)), 15, 0.0)),
	}
}

// TestABIClasses looks at C++'s classes: empty, derived, and not trivial for calls.
func TestABIClasses(t *testing.T) {
	stub, err := filepath.Abs("testdata/abi_stub.S")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		conv  *abi.Convention
		flags []string
	}{
		{"amd64", abi.SysVAMD64, nil},
		{"i386", abi.SysVI386, []string{"-m32"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := testkit.Build(t, "testdata/abi_classes.cc", append(c.flags, "-O1", "-no-pie", stub)...)
			checkCalls(t, path, c.conv, classCalls(c.conv.Model))
		})
	}
}
