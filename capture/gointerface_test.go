package capture

import (
	"testing"

	"sonde/prototype"
	"sonde/sysdeps"
)

// TestGoInterface holds what is shown of interfaces, and of those that are none.
func TestGoInterface(t *testing.T) {
	const (
		number  = 0x500000 // descriptors
		pair    = 0x500100
		many    = 0x500200
		nothing = 0x500300
		inner   = 0x500400
		known   = 0x500500
	)
	empty := structOf(&prototype.Type{Kind: prototype.Pointer}, &prototype.Type{Kind: prototype.Pointer})
	empty.Lens = prototype.Interface
	held := func(name string, elem *prototype.Type) *prototype.Type {
		return &prototype.Type{Name: name, Kind: prototype.Pointer, Elem: elem}
	}
	types := map[sysdeps.Addr]*prototype.Type{
		number:  held("int", tLong),
		pair:    held("main.pair", structOf(tLong, tLong)),
		many:    {Name: "main.many", Kind: prototype.Pointer, Lens: prototype.Address},
		nothing: held("main.nothing", structOf()),
		inner:   held("main.inner", structOf(empty)),
		known:   held("*errors.errorString", tLong),
	}
	for _, c := range []struct {
		name  string
		words func(f *fake) [2]uint64
		want  string
	}{
		{"nil", func(*fake) [2]uint64 { return [2]uint64{0, 0} }, "{nil, nil}"},
		{"nil beside a word", func(*fake) [2]uint64 { return [2]uint64{0, 0x1234} }, "{nil, 0x1234}"},
		{"a number", func(f *fake) [2]uint64 { return [2]uint64{number, uint64(f.put(7))} }, `{"int", &7}`},
		{"a pair", func(f *fake) [2]uint64 { return [2]uint64{pair, uint64(f.put(7, -1))} }, `{"main.pair", &{7, -1}}`},
		{"a nil pointer", func(*fake) [2]uint64 { return [2]uint64{pair, 0} }, `{"main.pair", nil}`},
		{"what is not followed", func(*fake) [2]uint64 { return [2]uint64{many, 0x1234} }, `{"main.many", 0x1234}`},
		{"what has no size", func(*fake) [2]uint64 { return [2]uint64{nothing, 0x1234} }, `{"main.nothing", &{}}`},
		{"what is not there", func(*fake) [2]uint64 { return [2]uint64{number, fakeGone} }, `{"int", unreadable 0xdead0000}`},
		{"no descriptor", func(f *fake) [2]uint64 { return [2]uint64{0x1234, uint64(f.put(7))} }, `{0x1234, @0x60000000}`},
		{"an interface in one", func(f *fake) [2]uint64 {
			return [2]uint64{inner, uint64(f.put(number, f.put(8)))}
		}, `{"main.inner", &{{"int", &8}}}`},
		{"an interface in itself", func(f *fake) [2]uint64 {
			a := f.put(inner, 0)
			f.word(a+sysdeps.Addr(f.arch.PtrSize), uint64(a))
			return [2]uint64{inner, uint64(a)}
		}, `{"main.inner", &{{"main.inner", recurse^}}}`},
		{"an error that is known", func(f *fake) [2]uint64 {
			return [2]uint64{known, uint64(f.put(f.put("EOF"), 3))}
		}, `{"*errors.errorString", &{{"EOF", 3}}}`},
	} {
		both(t, func(t *testing.T, f *fake) {
			f.held = types
			w := c.words(f)
			f.pass(uint64(f.put(int(w[0]), int(w[1]))))
			r := NewReader(limits)
			if got := f.call(t, r, New(f.arch, in(pointer(empty)))); got != "&"+c.want {
				t.Errorf("%s: %s, want &%s", c.name, got, c.want)
			}
			first := &r.Args()[0].Elems[0].Elems[0]
			if named := first.Type.Lens == prototype.Symbol; named != (first.Text != nil) {
				t.Errorf("%s: the name %q is shown: %t", c.name, first.Text, named)
			}
		})
	}
}
