package capture

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"sonde/prototype"
	"sonde/sysdeps"
)

// pyMaker makes objects of CPython's as a version has them.
type pyMaker struct {
	f     *fake
	flags int // of built-in types
	short bool
	types map[string]sysdeps.Addr
}

func newPyMaker(f *fake, short bool) *pyMaker {
	m := &pyMaker{f: f, short: short, types: make(map[string]sysdeps.Addr)}
	if short {
		m.flags = pyStatic
	}
	return m
}

// typeOf makes a type, once.
func (m *pyMaker) typeOf(name string, flags, basic, item int, base sysdeps.Addr) sysdeps.Addr {
	if a := m.types[name]; a != 0 {
		return a
	}
	words := make([]any, pyTypeWords)
	for i := range words {
		words[i] = 0
	}
	words[pyName], words[pyBasicSize], words[pyItemSize] = m.f.put(name), basic*m.f.arch.PtrSize, item
	words[pyFlags], words[pyBase] = flags, base
	m.types[name] = m.f.put(words...)
	return m.types[name]
}

func (m *pyMaker) builtin(name string) sysdeps.Addr {
	word := m.f.arch.PtrSize
	switch name {
	case "int":
		return m.typeOf(name, m.flags|pyInt|pyBasetype, 3, 4, 0)
	case "bool":
		return m.typeOf(name, m.flags|pyInt, 3, 4, m.builtin("int"))
	case "str":
		return m.typeOf(name, m.flags|pyStr|pyBasetype, 8, 0, 0)
	case "bytes":
		return m.typeOf(name, m.flags|pyBytesOf|pyBasetype, 4, 1, 0)
	case "tuple":
		return m.typeOf(name, m.flags|pyTuple|pyBasetype, 3, word, 0)
	case "list":
		return m.typeOf(name, m.flags|pyList|pyBasetype, 5, 0, 0)
	case "float":
		return m.typeOf(name, m.flags|pyBasetype, 2+8/word, 0, 0)
	}
	return m.typeOf(name, m.flags, 2, 0, 0)
}

func (m *pyMaker) object(typ string, rest ...any) sysdeps.Addr {
	return m.f.put(append([]any{1, m.builtin(typ)}, rest...)...)
}

// of makes an int of digits.
func (m *pyMaker) of(typ sysdeps.Addr, negative bool, digits ...uint32) sysdeps.Addr {
	size := len(digits)
	switch {
	case m.short && size == 0:
		size = 1
	case m.short:
		size <<= 3
		if negative {
			size |= 2
		}
	case negative:
		size = -size
	}
	return m.f.put(1, typ, size, digits)
}

// str makes a str of characters of one, two or four bytes.
func (m *pyMaker) str(typ sysdeps.Addr, compact, ascii bool, n int, characters any) sysdeps.Addr {
	unit := map[bool]int{true: 1}[ascii]
	p, _ := binary.Append(nil, binary.LittleEndian, characters)
	if n > 0 {
		unit = max(unit, len(p)/n)
	}
	state := uint32(unit) << 2
	if ascii {
		state |= 1 << 6
	}
	if compact {
		state |= 1 << 5
	}
	rest := []any{1, typ, n, -1, state}
	if m.f.arch.PtrSize == 8 {
		rest = append(rest, uint32(0))
	}
	if !m.short {
		rest[4] = state | 1<<7
		rest = append(rest, 0)
	}
	if !compact || !ascii { // utf8_length, utf8, and wstr_length
		rest = append(rest, 0, 0)
		if !m.short {
			rest = append(rest, 0)
		}
	}
	if compact {
		return m.f.put(append(rest, characters)...)
	}
	return m.f.put(append(rest, m.f.putBytes(p))...)
}

// some makes a tuple of several objects.
func (m *pyMaker) some() sysdeps.Addr {
	return m.object("tuple", 3, m.of(m.builtin("bool"), false, 1), m.str(m.builtin("str"), true, false, 1, []byte("\xfc")), m.object("float", 1.5))
}

// TestPython takes objects of both layouts that ints and strs have had, on both machines.
func TestPython(t *testing.T) {
	type maker func(m *pyMaker) sysdeps.Addr
	gone := sysdeps.Addr(fakeGone)
	heap := func(m *pyMaker, name string, flags, basic int, base string) sysdeps.Addr {
		return m.typeOf(name, flags|pyHeap|pyBasetype, basic, 4, m.builtin(base))
	}
	for _, c := range []struct {
		name string
		make maker
		want string
	}{
		{"ASCII", func(m *pyMaker) sysdeps.Addr { return m.str(m.builtin("str"), true, true, 3, []byte("abc")) }, `"abc"`},
		{"no character", func(m *pyMaker) sysdeps.Addr { return m.str(m.builtin("str"), true, true, 0, []byte{}) }, `""`},
		{"just all", func(m *pyMaker) sysdeps.Addr { return m.str(m.builtin("str"), true, true, 8, []byte("12345678")) }, `"12345678"`},
		{"long", func(m *pyMaker) sysdeps.Addr { return m.str(m.builtin("str"), true, true, 9, []byte("123456789")) }, `"12345678"...`},
		{"Latin-1", func(m *pyMaker) sysdeps.Addr {
			return m.str(m.builtin("str"), true, false, 4, []byte("gr\xfc\xdf"))
		}, `"grüß"`},
		{"Latin-1, long", func(m *pyMaker) sysdeps.Addr {
			return m.str(m.builtin("str"), true, false, 9, []byte(strings.Repeat("\xfc", 9)))
		}, `"üüüüüüüü"...`},
		{"of two bytes", func(m *pyMaker) sysdeps.Addr {
			return m.str(m.builtin("str"), true, false, 2, []uint16{0x4e2d, 0x6587})
		}, `"中文"`},
		{"of four bytes", func(m *pyMaker) sysdeps.Addr {
			return m.str(m.builtin("str"), true, false, 2, []uint32{0x1f600, 'x'})
		}, `"😀x"`},
		{"derived", func(m *pyMaker) sysdeps.Addr {
			return m.str(heap(m, "S", pyStr, 12, "str"), false, true, 3, []byte("abc"))
		}, `"abc"`},
		{"derived twice", func(m *pyMaker) sysdeps.Addr {
			heap(m, "S", pyStr, 12, "str")
			return m.str(heap(m, "T", pyStr, 12, "S"), false, false, 2, []uint16{0x4e2d, 0x6587})
		}, `"中文"`},
		{"characters that are not there", func(m *pyMaker) sysdeps.Addr {
			a := m.str(heap(m, "S", pyStr, 12, "str"), false, true, 3, []byte("abc"))
			m.f.word(a+sysdeps.Addr(map[bool]int{false: 9, true: 7}[m.short]*m.f.arch.PtrSize), uint64(gone))
			return a
		}, `unreadable 0xdead0000`},
		{"characters of three bytes", func(m *pyMaker) sysdeps.Addr {
			return m.str(m.builtin("str"), true, false, 1, []byte("abc"))
		}, `<str>`},
		{"of negative length", func(m *pyMaker) sysdeps.Addr {
			a := m.str(m.builtin("str"), true, true, 3, []byte("abc"))
			m.f.word(a+sysdeps.Addr(pySize*m.f.arch.PtrSize), math.MaxUint64)
			return a
		}, `<str>`},

		{"zero", func(m *pyMaker) sysdeps.Addr { return m.of(m.builtin("int"), false) }, "0"},
		{"one digit", func(m *pyMaker) sysdeps.Addr { return m.of(m.builtin("int"), false, 7) }, "7"},
		{"negative", func(m *pyMaker) sysdeps.Addr { return m.of(m.builtin("int"), true, 7) }, "-7"},
		{"two digits", func(m *pyMaker) sysdeps.Addr { return m.of(m.builtin("int"), false, 5, 1) }, "1073741829"},
		{"negative, of two", func(m *pyMaker) sysdeps.Addr { return m.of(m.builtin("int"), true, 0, 1) }, "-1073741824"},
		{"of three", func(m *pyMaker) sysdeps.Addr { return m.of(m.builtin("int"), false, 0, 0, 16) }, "0x1:0x0"},
		{"too long", func(m *pyMaker) sysdeps.Addr { return m.of(m.builtin("int"), false, 0, 0, 0, 0, 1) }, `<int>`},
		{"not made yet", func(m *pyMaker) sysdeps.Addr { return m.of(m.builtin("int"), false, 1<<31) }, `<int>`},
		{"derived int", func(m *pyMaker) sysdeps.Addr { return m.of(heap(m, "I", pyInt, 4, "int"), true, 9) }, "-9"},
		{"true", func(m *pyMaker) sysdeps.Addr { return m.of(m.builtin("bool"), false, 1) }, "bool 1"},
		{"false", func(m *pyMaker) sysdeps.Addr { return m.of(m.builtin("bool"), false) }, "bool 0"},
		{"no bool", func(m *pyMaker) sysdeps.Addr { return m.of(heap(m, "bool!", pyInt, 4, "int"), false, 1) }, "1"},
		{"digits of 15 bits", func(m *pyMaker) sysdeps.Addr {
			return m.f.put(1, m.typeOf("int15", m.flags|pyInt|pyBasetype, 3, 2, 0), map[bool]int{false: -2, true: 2<<3 | 2}[m.short], uint16(5), uint16(1))
		}, "-32773"},

		{"none", func(m *pyMaker) sysdeps.Addr { return m.object("NoneType") }, "NoneType 0"},
		{"ellipsis", func(m *pyMaker) sysdeps.Addr { return m.object("ellipsis") }, `<ellipsis>`},
		{"float", func(m *pyMaker) sysdeps.Addr { return m.object("float", 1.5) }, bits15},
		{"a class called so", func(m *pyMaker) sysdeps.Addr {
			return m.f.put(1, m.typeOf("float", pyHeap|pyBasetype, 2+8/m.f.arch.PtrSize, 0, 0), 1.5)
		}, `<float>`},
		{"bytes", func(m *pyMaker) sysdeps.Addr { return m.object("bytes", 3, -1, "a\x00b") }, `"a\x00b"`},

		{"tuple", func(m *pyMaker) sysdeps.Addr {
			return m.object("tuple", 3, m.of(m.builtin("int"), false, 7), 0, m.object("NoneType"))
		}, "3:[7, nil, NoneType 0]"},
		{"long tuple", func(m *pyMaker) sysdeps.Addr {
			one := m.of(m.builtin("int"), false, 1)
			return m.object("tuple", 5, one, one, one, one, one)
		}, "5:[1, 1, 1, 1]..."},
		{"list", func(m *pyMaker) sysdeps.Addr {
			return m.object("list", 2, m.f.put(m.str(m.builtin("str"), true, true, 1, []byte("x")), m.object("tuple", 0)))
		}, `2:["x", <tuple>]`},
		{"list that is nowhere", func(m *pyMaker) sysdeps.Addr { return m.object("list", 2, gone) }, "unreadable 0xdead0000"},
		{"empty list", func(m *pyMaker) sysdeps.Addr { return m.object("list", 0, 0) }, "0:[]"},
		{"negative tuple", func(m *pyMaker) sysdeps.Addr { return m.object("tuple", -1, 0) }, `<tuple>`},

		{"at the end of the memory", func(m *pyMaker) sysdeps.Addr {
			word, p := m.f.arch.PtrSize, make([]byte, 3*m.f.arch.PtrSize+4)
			m.f.arch.PutWord(p[word:], uint64(m.builtin("int")))
			m.f.arch.PutWord(p[2*word:], map[bool]uint64{false: 1, true: 8}[m.short])
			p[3*word] = 9
			return m.f.putAtEnd(p)
		}, "9"},
		{"no object", func(m *pyMaker) sysdeps.Addr { return gone }, "unreadable 0xdead0000"},
		{"of no type", func(m *pyMaker) sysdeps.Addr { return m.f.put(1, gone) }, "unreadable 0xdead0000"},
		{"of itself", func(m *pyMaker) sysdeps.Addr {
			words := make([]any, 2*pyTypeWords)
			for i := range words {
				words[i] = m.f.next
			}
			return m.f.put(words...)
		}, "*"},
	} {
		for _, short := range []bool{false, true} {
			both(t, func(t *testing.T, f *fake) {
				f.pass(uint64(c.make(newPyMaker(f, short))))
				r := NewReader(limits)
				f.call(t, r, New(f.arch, in(pointer(prototype.PyObject))))
				got, want := showPython(&r.Args()[0]), c.want
				if got != want && want != "*" {
					t.Errorf("%s, of the later versions %t: %s, want %s", c.name, short, got, want)
				}
			})
		}
	}
}

// showPython writes what a pointer to an object has for it.
func showPython(v *prototype.Value) string {
	if v.State != prototype.Captured || len(v.Elems) == 0 {
		return showUnnamed(v)
	}
	v = &v.Elems[0]
	switch {
	case v.State != prototype.Captured:
		return showUnnamed(v)
	case v.Type == prototype.PyType:
		return "<" + string(v.Elems[3].Text) + ">"
	case v.Type == prototype.PyBool, v.Type == prototype.PyNone:
		return v.Type.Name + " " + showUnnamed(v)
	case v.Type != prototype.PyItems:
		return showUnnamed(v)
	}
	var all []string
	for i := range v.Elems {
		all = append(all, showPython(&v.Elems[i]))
	}
	s := fmt.Sprintf("%d:[%s]", v.Count, strings.Join(all, ", "))
	if v.More {
		s += "..."
	}
	return s
}

var tPyParse, tPyBuild = formatOf(tChar, prototype.PyParse), formatOf(tChar, prototype.PyBuild)

// TestPyParse has what a format tells of shown when the function has returned.
func TestPyParse(t *testing.T) {
	p := variadic(tPyParse)
	p.Fails = prototype.Failure{Test: prototype.Equal}
	const text, size, number = fakeHeap, fakeHeap + 0x100, fakeHeap + 0x200
	for _, c := range []struct {
		name, format string
		result       uint64
		put          func(f *fake) // what the function stores
		called, want string
	}{
		{
			"all", "s#i", 1, func(f *fake) { f.word(text, uint64(f.put("ab\x00cd"))); f.word(size, 5) },
			`"s#i", later, later, later`, `1 | &"ab\x00cd", &5, &7`,
		},
		{"failed", "s#i", 0, func(*fake) {}, `"s#i", later, later, later`, `0 | @0x60000000, @0x60000100, @0x60000200`},
		{"no text", "z#i", 1, func(f *fake) { f.word(text, 0); f.word(size, 0) }, `"z#i", later, later, later`, `1 | &nil, &0, &7`},
		{
			"too long a size", "s#i", 1, func(f *fake) { f.word(text, uint64(f.putAtEnd([]byte("ab")))); f.word(size, 1<<30) },
			`"s#i", later, later, later`, `1 | &"ab"..., &1073741824, &7`,
		},
		{
			"a negative size", "s#i", 1, func(f *fake) { f.word(text, uint64(f.put("ab"))); f.word(size, math.MaxUint64) },
			`"s#i", later, later, later`, `1 | &@0x60001010, &-1, &7`,
		},
		{
			"text that is not there", "s#i", 1, func(f *fake) { f.word(text, fakeGone); f.word(size, 2) },
			`"s#i", later, later, later`, `1 | &unreadable 0xdead0000, &2, &7`,
		},
		{"unknown", "i!i", 1, func(f *fake) { f.word(text, 3) }, `"i!i", later, deep`, `1 | &3, deep`},
		{"converter", "O&i", 1, func(f *fake) { f.word(text, 3) }, `"O&i", 0x60000000, @0x60000100, later`, `1 | &7`},
	} {
		both(t, func(t *testing.T, f *fake) {
			f.next = fakeHeap + 0x1000
			f.pass(uint64(f.put(c.format)), text, size, number)
			f.word(number, 7)
			r, plan := NewReader(limits), New(f.arch, p)
			if got := f.call(t, r, plan); got != c.called {
				t.Errorf("%s: called with %s, want %s", c.name, got, c.called)
			}
			rec := r.Keep()
			c.put(f)
			f.returning(c.result)
			if got := f.ret(r, plan, rec); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		})
	}
}

func TestPyBuild(t *testing.T) {
	for _, c := range []struct {
		name, format string
		args         func(f *fake, format uint64)
		want         string
	}{
		{"values", "(is)", func(f *fake, a uint64) { f.pass(a, 1<<32-5, uint64(f.put("str"))) }, `"(is)", -5, "str"`},
		{"sized", "s#i", func(f *fake, a uint64) { f.pass(a, uint64(f.put("a\x00bc")), 3, 7) }, `"s#i", "a\x00b", 3, 7`},
		{"without a NUL", "y#", func(f *fake, a uint64) { f.pass(a, uint64(f.putAtEnd([]byte("abc"))), 3) }, `"y#", "abc", 3`},
		{"of no size", "s#", func(f *fake, a uint64) { f.pass(a, uint64(f.put("all")), math.MaxUint64) }, `"s#", "all", -1`},
		{"wide", "u#", func(f *fake, a uint64) { f.pass(a, uint64(f.put([]rune("grün"))), 3) }, `"u#", "grü", 3`},
		{"nil", "z#z", func(f *fake, a uint64) { f.pass(a, 0, 3, 0) }, `"z#z", nil, 3, nil`},
		{"unreadable", "s#i", func(f *fake, a uint64) { f.pass(a, fakeGone, 3, 7) }, `"s#i", unreadable 0xdead0000, 3, 7`},
		{"unknown", "i?i", func(f *fake, a uint64) { f.pass(a, 1, 2, 3) }, `"i?i", 1, deep`},
	} {
		both(t, func(t *testing.T, f *fake) {
			c.args(f, uint64(f.put(c.format)))
			if got := f.call(t, NewReader(limits), New(f.arch, variadic(tPyBuild))); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		})
	}
}

// TestPyInts has sizes that are ints.
func TestPyInts(t *testing.T) {
	ints := *tPyBuild
	ints.Unit = "int"
	both(t, func(t *testing.T, f *fake) {
		f.pass(uint64(f.put("s#")), uint64(f.put("text")), 7<<32|2)
		want := `"s#", "te", 2`
		if f.arch.PtrSize == 4 {
			f.pass(uint64(f.put("s#")), uint64(f.put("text")), 2)
		}
		if got := f.call(t, NewReader(limits), New(f.arch, variadic(&ints))); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}
