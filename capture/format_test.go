package capture

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"sonde/prototype"
	"sonde/sysdeps"
)

var (
	tPrintf  = formatOf(tChar, prototype.Printf)
	tWprintf = formatOf(tWchar, prototype.Printf)
	tScanf   = formatOf(tChar, prototype.Scanf)
	tVaList  = &prototype.Type{Kind: prototype.VaList}
)

func formatOf(elem *prototype.Type, lens prototype.Lens) *prototype.Type {
	return &prototype.Type{Kind: prototype.Pointer, Lens: lens, Elem: untilZero(elem, nil)}
}

// variadic is a function of which the types are the fixed parameters.
func variadic(types ...*prototype.Type) *prototype.Prototype {
	p := in(types...)
	p.Result, p.Variadic, p.Fixed = tInt, true, len(types)
	return p
}

// longDouble returns a long double's bytes, in a slot of the machine's stack.
func longDouble(m *prototype.Model, mantissa uint64, exponent uint16) []byte {
	p := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint64(nil, mantissa), exponent)
	return append(p, make([]byte, m.LongDouble-len(p))...)
}

// xmm makes floats the contents of the vector registers.
func (f *fake) xmm(values ...float64) {
	f.vecs = &sysdeps.Vectors{}
	for i, v := range values {
		binary.LittleEndian.PutUint64(f.vecs.Buffer()[160+16*i:], math.Float64bits(v)) // FXSAVE's layout
	}
	f.vecs.SetLayout(512, 0)
}

// st0 makes a long double the top of the x87 stack.
func (f *fake) st0(mantissa uint64, exponent uint16) {
	f.vecs = &sysdeps.Vectors{}
	f.vecs.Buffer()[4] = 0xff // all registers hold something
	copy(f.vecs.Buffer()[32:], longDouble(prototype.LP64, mantissa, exponent))
	f.vecs.SetLayout(512, 0)
}

// behind writes values on the stack, from the n-th byte of arguments on.
func (f *fake) behind(n int, values ...any) {
	saved := f.next
	f.next = fakeStack + sysdeps.Addr(f.arch.PtrSize+n)
	f.put(values...)
	f.next = saved
}

const (
	bits15 = "0x3ff8000000000000" // 1.5
	bits25 = "0x4004000000000000" // 2.5
)

func TestPrintf(t *testing.T) {
	for _, c := range []struct {
		name   string
		p      *prototype.Prototype
		format string
		args   func(f *fake, format sysdeps.Addr) // puts the arguments where they belong
		want   string
	}{
		{"none", variadic(tPrintf), "hi", func(f *fake, a sysdeps.Addr) { f.pass(uint64(a)) }, `"hi"`},
		{"several", variadic(tPrintf), "%d %s %c %p", func(f *fake, a sysdeps.Addr) {
			f.pass(uint64(a), 1<<32-5, uint64(f.put("str")), 'x', 0x1234)
		}, `"%d %s %c"..., -5, "str", 'x', @0x1234`},
		{"beyond registers", variadic(tPrintf), "%d%d%d%d%d%d%d%s", func(f *fake, a sysdeps.Addr) {
			f.pass(uint64(a), 1, 2, 3, 4, 5, 6, 7, uint64(f.put("last")))
		}, `"%d%d%d%d"..., 1, 2, 3, 4, 5, 6, 7, "last"`},
		{"positional", variadic(tPrintf), "%2$s %1$d", func(f *fake, a sysdeps.Addr) {
			f.pass(uint64(a), 7, uint64(f.put("second")))
		}, `"%2$s %1$"..., 7, "second"`},
		{"precision", variadic(tPrintf), "%.2s%.*s", func(f *fake, a sysdeps.Addr) {
			f.pass(uint64(a), uint64(f.put("abcdef")), 3, uint64(f.put("abcdef")))
		}, `"%.2s%.*s", "ab", 3, "abc"`},
		{"precision without a NUL", variadic(tPrintf), "%.4s", func(f *fake, a sysdeps.Addr) {
			f.pass(uint64(a), uint64(f.putAtEnd([]byte("abcd"))))
		}, `"%.4s", "abcd"`},
		{"negative precision", variadic(tPrintf), "%.*s", func(f *fake, a sysdeps.Addr) {
			f.pass(uint64(a), 1<<32-1, uint64(f.put("abc")))
		}, `"%.*s", -1, "abc"`},
		{"width", variadic(tPrintf), "%2s", func(f *fake, a sysdeps.Addr) { f.pass(uint64(a), uint64(f.put("abcdef"))) }, `"%2s", "abcdef"`},
		{"signed char", variadic(tPrintf), "%hhd", func(f *fake, a sysdeps.Addr) { f.pass(uint64(a), 1<<32-3) }, `"%hhd", -3`},
		{"wide string", variadic(tPrintf), "%ls", func(f *fake, a sysdeps.Addr) {
			f.pass(uint64(a), uint64(f.put([]rune("wé中\x00"))))
		}, `"%ls", "wé中"`},
		{"count", variadic(tPrintf), "a%n", func(f *fake, a sysdeps.Addr) { f.pass(uint64(a), fakeHeap) }, `"a%n", later`},
		{"unreadable string", variadic(tPrintf), "%s", func(f *fake, a sysdeps.Addr) { f.pass(uint64(a), fakeGone) }, `"%s", unreadable 0xdead0000`},
		{"unknown conversion", variadic(tPrintf), "%d%k%d", func(f *fake, a sysdeps.Addr) { f.pass(uint64(a), 1, 2, 3) }, `"%d%k%d", 1, deep`},
		{"unknown conversion, and no other", variadic(tPrintf), "%d 5%!", func(f *fake, a sysdeps.Addr) { f.pass(uint64(a), 1, 2, 3) }, `"%d 5%!", 1`},
		{"of many pages", variadic(tPrintf), strings.Repeat("x", 60_000) + "%d", func(f *fake, a sysdeps.Addr) { f.pass(uint64(a), 1) }, `"xxxxxxxx"..., 1`},
		{"too long", variadic(tPrintf), strings.Repeat("%c", 20) + strings.Repeat("x", 70_000) + "%d", func(f *fake, a sysdeps.Addr) {
			f.pass(append([]uint64{uint64(a)}, slices.Repeat([]uint64{'c'}, 20)...)...)
		}, `"%c%c%c%c"...` + strings.Repeat(", 'c'", 20) + ", deep"},
		{"too many", variadic(tPrintf), strings.Repeat("%d", 65), func(f *fake, a sysdeps.Addr) {
			f.pass(append([]uint64{uint64(a)}, slices.Repeat([]uint64{5}, 65)...)...)
		}, `"%d%d%d%d"...` + strings.Repeat(", 5", 64) + ", deep"},
		{"a format that is not there", variadic(tPrintf), "", func(f *fake, a sysdeps.Addr) { f.pass(fakeGone, 1) }, `unreadable 0xdead0000`},
		{"not variadic", in(tPrintf), "%d", func(f *fake, a sysdeps.Addr) { f.pass(uint64(a), 1) }, `"%d"`},
	} {
		both(t, func(t *testing.T, f *fake) {
			c.args(f, f.put(c.format))
			if got := f.call(t, NewReader(limits), New(f.arch, c.p)); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		})
	}
}

// TestPrintfNumbers has arguments that lie elsewhere on either machine.
func TestPrintfNumbers(t *testing.T) {
	const format = "%Lf %g %lld %d"
	const want = `"%Lf %g %"..., 0x3fff:0xc000000000000000, ` + bits25 + `, -1, 8`
	long, m := longDouble, prototype.LP64
	f := newFake(sysdeps.AMD64)
	f.pass(uint64(f.put(format)), ^uint64(0), 8)
	f.xmm(2.5)
	f.behind(0, long(m, 3<<62, 0x3fff))
	f.regs.Set(sysdeps.RAX, 1)
	if got := f.call(t, NewReader(limits), New(f.arch, variadic(tPrintf))); got != want {
		t.Errorf("amd64: %s", got)
	}
	f.regs.Set(sysdeps.RAX, 0x100) // al is zero: the caller passes no double
	if got, want := f.call(t, NewReader(limits), New(f.arch, variadic(tPrintf))), `"%Lf %g %"..., 0x3fff:0xc000000000000000`; got != want {
		t.Errorf("without vector registers: %s, want %s", got, want)
	}
	f, m = newFake(sysdeps.I386), prototype.ILP32
	f.behind(0, f.put(format), long(m, 3<<62, 0x3fff), 2.5, int64(-1), int32(8))
	if got := f.call(t, NewReader(limits), New(f.arch, variadic(tPrintf))); got != want {
		t.Errorf("i386: %s", got)
	}
}

// TestVaList reads what vprintf is called with: of six words, and two doubles.
func TestVaList(t *testing.T) {
	const format = "%d%d%s%f%d%d%f%d"
	const want = `"%d%d%s%f"..., 1, 2, "str", ` + bits15 + `, 4, 5, ` + bits25 + `, 6`
	f := newFake(sysdeps.AMD64)
	var saved []any // the area of the registers; three integers and no vectors are used up
	saved = append(saved, 0, 0, 0, 1, 2, f.put("str"), make([]byte, 16*7), 1.5, 0.0)
	area := f.put(saved...)
	overflow := f.put(4, 5, 2.5, 6)
	list := f.put(uint32(24), uint32(48+16*7), overflow, area)
	f.pass(uint64(f.put(format)), uint64(list))
	p := in(tPrintf, tVaList)
	p.Result = tInt
	if got := f.call(t, NewReader(limits), New(f.arch, p)); got != want {
		t.Errorf("amd64: %s, want %s", got, want)
	}
	f = newFake(sysdeps.I386)
	list = f.put(1, 2, f.put("str"), 1.5, 4, 5, 2.5, 6)
	f.pass(uint64(f.put(format)), uint64(list))
	if got := f.call(t, NewReader(limits), New(f.arch, p)); got != want {
		t.Errorf("i386: %s, want %s", got, want)
	}
	f = newFake(sysdeps.AMD64)
	f.pass(uint64(f.put(format)), uint64(f.put(uint32(24), uint32(9999), 0, 0)))
	if got, want := f.call(t, NewReader(limits), New(f.arch, p)), `"%d%d%s%f"..., @0x60000020`; got != want {
		t.Errorf("a broken va_list: %s, want %s", got, want)
	}
}

func TestScanf(t *testing.T) {
	for _, c := range []struct {
		name   string
		format string
		result uint64
		want   string
	}{
		{"all", "%d %5s %c%n", 3, `3 | &7, "word", &'c', &9`},
		{"characters", "%d %5s %3c%n", 3, `3 | &7, "word", "cxy", &9`},
		{"one", "%d %5s %c%n", 1, `1 | &7, @0x60000100, @0x60000200, @0x60000300`},
		{"none", "%d %5s %c%n", 0, `0 | @0x60000000, @0x60000100, @0x60000200, @0x60000300`},
		{"end of file", "%d %5s %c%n", 1<<32 - 1, `-1 | @0x60000000, @0x60000100, @0x60000200, @0x60000300`},
	} {
		both(t, func(t *testing.T, f *fake) {
			f.next = fakeHeap + 0x1000
			input := f.put("7 word c")
			f.pass(uint64(input), uint64(f.put(c.format)), fakeHeap, fakeHeap+0x100, fakeHeap+0x200, fakeHeap+0x300)
			r, p := NewReader(limits), New(f.arch, variadic(tString, tScanf))
			if got, want := f.call(t, r, p), `"7 word c", "%d %5s %"..., later, later, later, later`; got != want {
				t.Errorf("%s: called with %s, want %s", c.name, got, want)
			}
			rec := r.Keep()
			f.write(fakeHeap, []byte{7, 0, 0, 0})
			f.write(fakeHeap+0x100, []byte("word\x00"))
			f.write(fakeHeap+0x200, []byte("cxyz"))
			f.write(fakeHeap+0x300, []byte{9, 0, 0, 0})
			f.returning(c.result)
			if got := f.ret(r, p, rec); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		})
	}
}

// TestWideFormat has a format of wide characters.
func TestWideFormat(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		f.pass(uint64(f.put([]rune("é%d\x00"))), 5)
		if got, want := f.call(t, NewReader(limits), New(f.arch, variadic(tWprintf))), `"é%d", 5`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// TestNumbers has floats and aggregates as arguments and results.
func TestNumbers(t *testing.T) {
	double, float := &prototype.Type{Kind: prototype.Float, Size: 8}, &prototype.Type{Kind: prototype.Float, Size: 4}
	long := &prototype.Type{Kind: prototype.Float, Size: prototype.LongDouble}
	wide := &prototype.Type{Kind: prototype.Int, Size: 16}
	pair := structOf(tInt, double)
	large := structOf(tLong, tLong, tLong)
	large.Fields[0].Name = "first"
	named := structOf(tString, tInt)
	p := in(double, tInt, pair, large, long, named)
	p.Result = long
	f := newFake(sysdeps.AMD64)
	// pair: in edi's next register and xmm1; named: two registers.
	f.pass(1, 2, uint64(f.put("text")), 3)
	f.xmm(1.5, 2.5)
	f.behind(0, 4, 5, 6, 0, longDouble(prototype.LP64, 3<<62, 0x3fff))
	r, plan := NewReader(limits), New(f.arch, p)
	want := bits15 + `, 1, {2, ` + bits25 + `}, {first=4, 5, 6}, 0x3fff:0xc000000000000000, {"text", 3}`
	if got := f.call(t, r, plan); got != want {
		t.Errorf("arguments: %s, want %s", got, want)
	}
	f.st0(7<<61, 0x4000)
	if got, want := f.ret(r, plan, nil), "0x4000:0xe000000000000000"; got != want {
		t.Errorf("long double: %s, want %s", got, want)
	}
	for _, c := range []struct {
		name   string
		arch   *sysdeps.Arch
		result *prototype.Type
		words  []uint64
		want   string
	}{
		{"double", sysdeps.AMD64, double, nil, bits15},
		{"float", sysdeps.AMD64, float, nil, "0x0"},
		{"__int128", sysdeps.AMD64, wide, []uint64{1, 2}, "0x2:0x1"},
		{"two registers", sysdeps.AMD64, pair, []uint64{7}, "{7, " + bits15 + "}"},
		{"in memory", sysdeps.AMD64, large, []uint64{fakeHeap}, "{first=0, 0, 0}"},
		{"nowhere", sysdeps.AMD64, large, []uint64{fakeGone}, "unreadable 0xdead0000"},
		{"text within", sysdeps.AMD64, named, []uint64{fakeHeap, 9}, `{"", 9}`},
		{"long long", sysdeps.I386, &prototype.Type{Kind: prototype.Int, Size: 8}, []uint64{1<<32 - 2, 1<<32 - 1}, "-2"},
		{"in memory on i386", sysdeps.I386, pair, []uint64{fakeHeap}, "{0, 0x0}"},
	} {
		f := newFake(c.arch)
		f.write(fakeHeap, make([]byte, 64))
		f.xmm(1.5)
		f.returning(c.words...)
		if got := f.ret(r, New(c.arch, &prototype.Prototype{Result: c.result}), nil); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	f = newFake(sysdeps.AMD64) // without vector registers
	f.pass(1)
	if got, want := f.call(t, r, New(f.arch, in(double, tInt))), "@0x0, 1"; got != want {
		t.Errorf("no vector registers: %s, want %s", got, want)
	}
}
