package capture

import (
	"strings"
	"testing"

	"sonde/prototype"
	"sonde/sysdeps"
)

// Types that the tests use.
var (
	tInt    = &prototype.Type{Kind: prototype.Int, Size: 4}
	tUint   = &prototype.Type{Kind: prototype.Int, Size: 4, Unsigned: true}
	tLong   = &prototype.Type{Kind: prototype.Int}
	tUlong  = &prototype.Type{Kind: prototype.Int, Unsigned: true}
	tChar   = &prototype.Type{Kind: prototype.Int, Size: 1, Lens: prototype.Char}
	tUchar  = &prototype.Type{Kind: prototype.Int, Size: 1, Unsigned: true}
	tWchar  = &prototype.Type{Kind: prototype.Int, Size: 4, Lens: prototype.Char}
	tChar16 = &prototype.Type{Kind: prototype.Int, Size: 2, Lens: prototype.Char}
	tVoid   = &prototype.Type{Kind: prototype.Void}
	tString = text(tChar, nil, true)
	tAddr   = &prototype.Type{Kind: prototype.Pointer}
)

func pointer(t *prototype.Type) *prototype.Type {
	return &prototype.Type{Kind: prototype.Pointer, Elem: t}
}

func array(t *prototype.Type, n *prototype.Expr) *prototype.Type {
	return &prototype.Type{Kind: prototype.Array, Elem: t, Len: n}
}

func untilZero(t *prototype.Type, n *prototype.Expr) *prototype.Type {
	return &prototype.Type{Kind: prototype.Array, Elem: t, Len: n, Zero: true}
}

func text(elem *prototype.Type, n *prototype.Expr, zero bool) *prototype.Type {
	return &prototype.Type{
		Kind: prototype.Pointer, Lens: prototype.Text,
		Elem: &prototype.Type{Kind: prototype.Array, Elem: elem, Len: n, Zero: zero},
	}
}

func structOf(types ...*prototype.Type) *prototype.Type {
	s := &prototype.Type{Kind: prototype.Struct, Complete: true}
	for _, t := range types {
		s.Fields = append(s.Fields, prototype.Field{Type: t})
	}
	return s
}

func constant(n int64) *prototype.Expr { return &prototype.Expr{Op: prototype.Const, N: n} }
func arg(n int64) *prototype.Expr      { return &prototype.Expr{Op: prototype.Arg, N: n} }
func elt(n int64) *prototype.Expr      { return &prototype.Expr{Op: prototype.Elt, N: n} }
func outer(n int64) *prototype.Expr    { return &prototype.Expr{Op: prototype.Outer, N: n, Up: 1} }
func retval() *prototype.Expr          { return &prototype.Expr{Op: prototype.Retval} }
func deref(n int64) *prototype.Expr {
	return &prototype.Expr{Op: prototype.Deref, X: arg(n)}
}

func in(types ...*prototype.Type) *prototype.Prototype {
	p := &prototype.Prototype{Result: tVoid}
	for _, t := range types {
		p.Params = append(p.Params, prototype.Param{Type: t})
	}
	return p
}

var machines = []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386}

// both runs a test on either machine.
func both(t *testing.T, f func(t *testing.T, m *fake)) {
	for _, arch := range machines {
		t.Run(arch.Name, func(t *testing.T) { f(t, newFake(arch)) })
	}
}

var limits = Limits{Strings: 8, Elements: 4}

func TestCall(t *testing.T) {
	node := structOf()
	node.Name = "node"
	node.Fields = []prototype.Field{{Type: tInt}, {Type: pointer(node)}, {Type: pointer(node)}}
	list := structOf()
	list.Name = "list"
	list.Fields = []prototype.Field{{Name: "n", Type: tInt}, {Name: "next", Type: pointer(list)}}
	opaque := &prototype.Type{Kind: prototype.Struct, Name: "SSL"}
	chosen := &prototype.Type{
		Kind: prototype.Choice, On: arg(1),
		Cases: []prototype.Case{{Values: []int64{1}, Type: tString}, {Values: []int64{2, 3}, Type: pointer(tInt)}},
	}
	iovec := structOf(text(tChar, elt(2), false), tUlong)
	after := structOf(text(tChar, &prototype.Expr{Op: prototype.Before, X: elt(2)}, false), tUlong)
	tagged := structOf(tInt, &prototype.Type{
		Kind: prototype.Choice, On: elt(1),
		Cases: []prototype.Case{{Values: []int64{1}, Type: tInt}}, Else: tString,
	})
	bits := structOf(tInt, tUint, tInt)
	bits.Fields[0].Bits, bits.Fields[1].Bits, bits.Fields[2].Bits = 3, 7, 22
	union := structOf(tInt, tChar, tString)
	union.Kind = prototype.Union
	uname := structOf(&prototype.Type{Kind: prototype.Array, Lens: prototype.Text, Elem: tChar, Len: constant(6), Zero: true}, array(tChar, constant(4)))
	nested := structOf(tInt, structOf(array(tInt, outer(1))))
	flexible := structOf(tInt, array(tInt, elt(1)))
	size4 := pointer(tInt)
	typeName := text(tChar, nil, true)
	typeName.Lens = prototype.TypeName
	counted := untilZero(tInt, nil)
	counted.Lens = prototype.Sized
	path := text(tChar, nil, true)
	path.Elem.Whole = true
	for _, c := range []struct {
		name string
		p    *prototype.Prototype
		args func(f *fake) []uint64
		want string
	}{
		{"integers", in(tInt, tUint, tLong, tChar), values(1<<40-5, 1<<40-5&(1<<32-1), 7, 'x'), "-5, 4294967291, 7, 'x'"},
		{"string", in(tString), texts("hello"), `"hello"`},
		{"empty string", in(tString), texts(""), `""`},
		{"null string", in(tString), values(0), "nil"},
		{"as long as the limit", in(tString), texts("12345678"), `"12345678"`},
		{"beyond the limit", in(tString), texts("123456789"), `"12345678"...`},
		{"counted", in(pointer(counted)), func(f *fake) []uint64 { return []uint64{uint64(f.put([]int32{1, 2, 3, 4, 5, 6, 7, 0}))} }, "&7:[1, 2, 3, 4]..."},
		{"a path", in(path), texts("/" + strings.Repeat("a", prototype.PathMax-2)), `"/` + strings.Repeat("a", prototype.PathMax-2) + `"`},
		{"no path", in(path), texts(strings.Repeat("a", prototype.PathMax+1)), `"` + strings.Repeat("a", prototype.PathMax) + `"...`},
		{"the name of a type", in(typeName), texts("*N3abc3defE"), `"*N3abc3defE"`},
		{"nowhere", in(tString, size4, tInt), values(1, 8, 3), "unreadable 0x1, unreadable 0x8, 3"},
		{"nowhere among others", in(tString, tString, tString), func(f *fake) []uint64 {
			return []uint64{uint64(f.put("a")), fakeGone, uint64(f.put("b"))}
		}, `"a", unreadable 0xdead0000, "b"`},
		{"memory ends", in(tString), atEnd("ne"), `"ne"...`},
		{"ended by the last byte", in(tString), atEnd("ne\x00"), `"ne"`},
		{"bounded by a pointer behind the end", in(pointer(structOf(text(tChar, elt(2), false), tString))), func(f *fake) []uint64 {
			p := make([]byte, f.arch.PtrSize)
			p[1] = 1
			return []uint64{uint64(f.putAtEnd(p))}
		}, "&{@0x100, unreadable 0x60010000}"},
		{"bounded by an argument", in(text(tChar, arg(2), true), tLong), withText("ab\x00cd", 5), `"ab", 5`},
		{"bounded and no NUL", in(text(tChar, arg(2), true), tLong), withText("abcdef", 3), `"abc", 3`},
		{"buffer", in(text(tChar, arg(2), false), tLong), withText("ab\x00cd", 5), `"ab\x00cd", 5`},
		{"long buffer", in(text(tChar, arg(2), false), tLong), withText("abcdefghijk", 11), `"abcdefgh"..., 11`},
		{"empty buffer", in(text(tChar, arg(2), false), tLong), values(fakeGone, 0), `"", 0`},
		{"buffer of a hostile length", in(text(tChar, arg(2), false), tLong), atEnd("abcd", 1<<30), `"abcd"..., 1073741824`},
		{"buffer of a negative length", in(text(tChar, arg(2), false), tLong), values(fakeGone, -1), `@0xdead0000, -1`},
		{"buffer by *arg", in(text(tChar, deref(2), false), size4), func(f *fake) []uint64 {
			return []uint64{uint64(f.put("abcdef")), uint64(f.put(int32(3)))}
		}, `"abc", &3`},
		{"wide string", in(text(tWchar, nil, true)), func(f *fake) []uint64 {
			return []uint64{uint64(f.put([]rune("wé中\U0001f600\x00")))}
		}, `"wé中😀"`},
		{"string of 16 bits", in(text(tChar16, nil, true)), func(f *fake) []uint64 {
			return []uint64{uint64(f.put([]uint16{'w', 0xd83d, 0xde00, 0xd800, 'x', 0}))}
		}, `"w😀\xed\xa0\x80x"`},
		{"beyond Unicode", in(text(tWchar, nil, true)), func(f *fake) []uint64 {
			return []uint64{uint64(f.put([]uint32{0x110000, 0xffffffff, 0}))}
		}, `"\xf4\x90\x80\x80\xfe\x83\xbf\xbf\xbf\xbf\xbf"`},
		{"pointer to int", in(size4), func(f *fake) []uint64 { return []uint64{uint64(f.put(int32(-7)))} }, "&-7"},
		{"pointer to pointer", in(pointer(size4)), func(f *fake) []uint64 {
			return []uint64{uint64(f.put(f.put(int32(9))))}
		}, "&&9"},
		{"opaque", in(pointer(opaque), tAddr), values(0x1000, 0x2000), "@0x1000, @0x2000"},
		{"array", in(array(tInt, constant(3))), func(f *fake) []uint64 {
			return []uint64{uint64(f.put([]int32{1, 2, 3}))}
		}, "&[1, 2, 3]"},
		{"long array", in(pointer(array(tInt, arg(2))), tLong), func(f *fake) []uint64 {
			return []uint64{uint64(f.put([]int32{1, 2, 3, 4, 5, 6})), 6}
		}, "&[1, 2, 3, 4]..., 6"},
		{"array of a hostile length", in(pointer(array(tInt, arg(2))), tUlong), func(f *fake) []uint64 {
			return []uint64{uint64(f.put([]int32{1, 2, 3, 4, 5, 6})), 1<<31 - 1}
		}, "&[1, 2, 3, 4]..., 2147483647"},
		{"array to zero", in(pointer(untilZero(tString, nil))), func(f *fake) []uint64 {
			return []uint64{uint64(f.put(f.put("ls"), f.put("-l"), 0))}
		}, `&["ls", "-l"]`},
		{"long array to zero", in(pointer(untilZero(tInt, nil))), func(f *fake) []uint64 {
			return []uint64{uint64(f.put([]int32{1, 2, 3, 4, 5, 0}))}
		}, `&[1, 2, 3, 4]...`},
		{"array whose memory ends", in(pointer(array(tInt, constant(3)))), atEnd("\x01\x00\x00\x00\x02\x00\x00\x00"), `&[1, 2]...`},
		{"array that is nowhere", in(pointer(array(tInt, constant(3)))), values(fakeGone), "unreadable 0xdead0000"},
		{"struct", in(pointer(structOf(tInt, tChar, tString))), func(f *fake) []uint64 {
			return []uint64{uint64(f.put(int32(5), int32('c'), f.put("text")))}
		}, `&{5, 'c', "text"}`},
		{"iovec", in(pointer(array(iovec, arg(2))), tLong), func(f *fake) []uint64 {
			return []uint64{uint64(f.put(f.put("abc"), 2, f.put("defg"), 4)), 2}
		}, `&[{"ab", 2}, {"defg", 4}], 2`},
		{"elements before", in(pointer(array(after, constant(2)))), func(f *fake) []uint64 {
			return []uint64{uint64(f.put(f.put("abc"), 2, f.put("defg"), 4))}
		}, `&[{"", 2}, {"de", 4}]`},
		{"elements before, of another array", in(pointer(array(structOf(pointer(array(after, constant(1)))), constant(2)))), func(f *fake) []uint64 {
			parts := f.put(f.put("abc"), 2, f.put("defg"), 4)
			return []uint64{uint64(f.put(parts, parts+sysdeps.Addr(2*f.arch.PtrSize)))}
		}, `&[{&[{"", 2}]}, {&[{"", 4}]}]`},
		{"recursion", in(pointer(node)), func(f *fake) []uint64 {
			a := f.next
			size := 8 + 8*(f.arch.PtrSize/8) // padding
			_ = size
			b := a + 64
			f.writeNode(a, 1, b, 0)
			f.writeNode(b, 2, a, b)
			return []uint64{uint64(a)}
		}, "&{1, &{2, recurse^, recurse}, nil}"},
		{"a long list", in(pointer(list)), func(f *fake) []uint64 {
			for i := range sysdeps.Addr(9) {
				f.writeNode(fakeHeap+i*64, uint64(i), fakeHeap+(i+1)*64, 0)
			}
			return []uint64{fakeHeap}
		}, "&{n=0, next=&{n=1, next=&{n=2, next=&{n=3, next=deep}}}}"},
		{"choice: string", in(tInt, chosen), withNumber(1, "abc"), `1, "abc"`},
		{"choice: pointer", in(tInt, chosen), func(f *fake) []uint64 { return []uint64{3, uint64(f.put(int32(4)))} }, `3, &4`},
		{"choice: neither", in(tInt, chosen), values(9, 77), `9, 0x4d`},
		{"choice in a struct", in(pointer(tagged), pointer(tagged)), func(f *fake) []uint64 {
			pad := make([]byte, f.arch.PtrSize-4)
			return []uint64{uint64(f.put(int32(1), pad, 8)), uint64(f.put(int32(2), pad, f.put("two")))}
		}, `&{1, 8}, &{2, "two"}`},
		{"bit-fields", in(pointer(bits)), func(f *fake) []uint64 { return []uint64{uint64(f.put(uint32(5 | 100<<3 | 1234<<10)))} }, "&{-3, 100, 1234}"},
		{"union", in(pointer(union)), func(f *fake) []uint64 { return []uint64{uint64(f.put(int32(65), int32(0)))} }, "&{65, 'A', @0x41}"},
		{"texts in a struct", in(pointer(uname)), func(f *fake) []uint64 { return []uint64{uint64(f.put([]byte("ab\x00def\x00gh\x00")))} }, `&{"ab", "\x00gh\x00"}`},
		{"by the outer struct", in(pointer(nested)), func(f *fake) []uint64 { return []uint64{uint64(f.put([]int32{2, 7, 8, 9}))} }, `&{2, {[7, 8]}}`},
		{"behind the struct", in(pointer(flexible)), func(f *fake) []uint64 { return []uint64{uint64(f.put([]int32{2, 7, 8, 9}))} }, `&{2, [7, 8]}`},
		{"records", in(pointer(records(structOf(tInt, text8(elt(1))), arg(2))), tInt), func(f *fake) []uint64 {
			return []uint64{uint64(f.put([]byte("\x06\x00\x00\x00ab??\x07\x00\x00\x00cde?\x05\x00\x00\x00f"))), 21}
		}, `&[{6, "ab"}, {7, "cde"}, {5, "f"}], 21`},
		{"records that lie", in(pointer(records(structOf(tInt, text8(elt(1))), arg(2))), tInt), func(f *fake) []uint64 {
			return []uint64{uint64(f.put([]byte("\x05\x00\x00\x00a???\x03\x00\x00\x00b???"))), 16}
		}, `&[{5, "a"}], 16`},
		{"records of a hostile length", in(pointer(records(structOf(tInt, text8(elt(1))), arg(2))), tInt), func(f *fake) []uint64 {
			return []uint64{uint64(f.put([]byte("\xff\xff\xff\xff"))), 4}
		}, `&[{-1, @0x0}], 4`},
		{"no records", in(pointer(records(structOf(tInt, text8(elt(1))), arg(2))), tInt), func(f *fake) []uint64 {
			return []uint64{uint64(f.put(int32(4))), 0}
		}, `&[], 0`},
		{"stream", in(&prototype.Type{Kind: prototype.Pointer, Lens: prototype.Stream}), values(fakeStdout), `"stdout"`},
		{"symbol", in(&prototype.Type{Kind: prototype.Pointer, Lens: prototype.Symbol}), values(fakeRet), `"main"`},
		{"handler in a struct", in(pointer(structOf(&prototype.Type{Kind: prototype.Int, Lens: prototype.Symbol}, tInt))), func(f *fake) []uint64 {
			return []uint64{uint64(f.put(fakeRet, int32(1)))}
		}, `&{"main", 1}`},
		{"address", in(&prototype.Type{Kind: prototype.Pointer, Elem: tInt, Lens: prototype.Address}), values(0x1234), `0x1234`},
		{"many", in(tInt, tInt, tInt, tInt, tInt, tInt, tInt, tString), func(f *fake) []uint64 {
			return []uint64{1, 2, 3, 4, 5, 6, 7, uint64(f.put("last"))}
		}, `1, 2, 3, 4, 5, 6, 7, "last"`},
		{"length on the stack", in(text(tChar, arg(8), false), tInt, tInt, tInt, tInt, tInt, tInt, tInt), func(f *fake) []uint64 {
			return []uint64{uint64(f.put("abcdef")), 2, 3, 4, 5, 6, 7, 2}
		}, `"ab", 2, 3, 4, 5, 6, 7, 2`},
	} {
		both(t, func(t *testing.T, f *fake) {
			f.pass(c.args(f)...)
			if got := f.call(t, NewReader(limits), New(f.arch, c.p)); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		})
	}
}

// TestSystemLists holds that lists of system calls go by the limit of strings, as
// strace has it.
func TestSystemLists(t *testing.T) {
	f := newFake(sysdeps.AMD64)
	f.pass(uint64(f.put([]int32{1, 2, 3, 4, 5, 6, 7, 8, 9})))
	p := in(pointer(array(tInt, constant(9))))
	p.Convention = "syscall"
	if got, want := f.call(t, NewReader(limits), New(f.arch, p)), "&[1, 2, 3, 4, 5, 6, 7, 8]..."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func (f *fake) writeNode(a sysdeps.Addr, n uint64, next, other sysdeps.Addr) {
	f.word(a, n)
	f.word(a+sysdeps.Addr(f.arch.PtrSize), uint64(next))
	f.word(a+2*sysdeps.Addr(f.arch.PtrSize), uint64(other))
}

func values(words ...int64) func(*fake) []uint64 {
	return func(f *fake) []uint64 {
		var all []uint64
		for _, w := range words {
			all = append(all, uint64(w))
		}
		return all
	}
}

func texts(s string) func(*fake) []uint64 {
	return func(f *fake) []uint64 { return []uint64{uint64(f.put(s))} }
}

func atEnd(s string, more ...uint64) func(*fake) []uint64 {
	return func(f *fake) []uint64 { return append([]uint64{uint64(f.putAtEnd([]byte(s)))}, more...) }
}

func withText(s string, n uint64) func(*fake) []uint64 {
	return func(f *fake) []uint64 { return []uint64{uint64(f.put(s)), n} }
}

func withNumber(n uint64, s string) func(*fake) []uint64 {
	return func(f *fake) []uint64 { return []uint64{n, uint64(f.put(s))} }
}

// TestCallTextWithin holds that text inside the struct that points to it is not read
// again, unless it leaves it.
func TestCallTextWithin(t *testing.T) {
	p := in(pointer(structOf(text(tChar, elt(2), false), tUlong, array(tChar, constant(8)))))
	for _, c := range []struct {
		at, n uint64 // from the third field on
		reads int
		want  string
	}{
		{0, 3, 2, `&{"abc", 3, "abcdefgh"}`},
		{2, 6, 2, `&{"cdefgh", 6, "abcdefgh"}`},
		{3, 6, 3, `&{"defghi", 6, "abcdefgh"}`},
		{0, 0, 2, `&{"", 0, "abcdefgh"}`},
	} {
		both(t, func(t *testing.T, f *fake) {
			word := uint64(f.arch.PtrSize)
			a := f.put("abcdefghijkl") - sysdeps.Addr(2*word)
			f.word(a, uint64(a)+2*word+c.at)
			f.word(a+sysdeps.Addr(word), c.n)
			f.pass(uint64(a))
			f.reads = 0
			if got := f.call(t, NewReader(limits), New(f.arch, p)); got != c.want || f.reads != c.reads {
				t.Errorf("%d bytes from %d: %s, %d reads, want %s, %d", c.n, c.at, got, f.reads, c.want, c.reads)
			}
		})
	}
}

// TestCallNoText holds what is told of texts of which nothing is to be shown: whether
// they are there, and whether they are empty.
func TestCallNoText(t *testing.T) {
	counted := in(text(tChar, arg(2), false), tLong)
	for _, c := range []struct {
		p    *prototype.Prototype
		args func(*fake) []uint64
		want string
	}{
		{in(tString), texts("abc"), `""...`},
		{in(tString), texts(""), `""`},
		{in(tString), values(8), "unreadable 0x8"},
		{counted, withText("a", 1), `""..., 1`},
		{counted, values(8, 1), "unreadable 0x8, 1"},
		{counted, values(8, 0), `"", 0`},
		{in(text(tWchar, nil, true)), values(8), "unreadable 0x8"},
		{&prototype.Prototype{Result: tVoid, Params: in(tPrintf).Params, Variadic: true}, texts("%%"), `""...`},
	} {
		both(t, func(t *testing.T, f *fake) {
			f.pass(c.args(f)...)
			if got := f.call(t, NewReader(Limits{}), New(f.arch, c.p)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// records is an array whose elements have their length in the first field.
func records(elem *prototype.Type, bytes *prototype.Expr) *prototype.Type {
	return &prototype.Type{Kind: prototype.Array, Elem: elem, Len: bytes, Step: 1}
}

// text8 is what follows a number of four bytes, in all as long as that says.
func text8(length *prototype.Expr) *prototype.Type {
	return &prototype.Type{
		Kind: prototype.Array, Lens: prototype.Text, Elem: tChar,
		Len: &prototype.Expr{Op: prototype.Sub, X: length, Y: constant(4)},
	}
}
