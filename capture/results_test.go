package capture

import (
	"testing"

	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
)

// returning makes w the result of a call.
func (f *fake) returning(words ...uint64) {
	for i, w := range words {
		f.regs.Set(abi.SysV(f.arch).Results[i], w)
	}
}

// ret captures a return and tells of all that it gave back.
func (f *fake) ret(r *Reader, p *Plan, rec *Record) string {
	got := r.Return(f.thread(), p, rec, fakeStack)
	text := show(&got.Result)
	if got.Rest != nil {
		text += " | " + showAll(got.Rest)
	}
	if got.Errno != 0 {
		text += " errno"
	}
	return text
}

func TestReturn(t *testing.T) {
	var failsMinusOne, failsNull, negative prototype.Failure
	failsMinusOne = prototype.Failure{Test: prototype.Equal, Than: -1, Errno: true}
	failsNull = prototype.Failure{Test: prototype.Equal, Errno: true}
	negative = prototype.Failure{Test: prototype.NegativeErrno}
	buffer := text(tChar, retval(), false)
	ioctl := &prototype.Type{
		Kind: prototype.Choice, On: arg(2),
		Cases: []prototype.Case{
			{Values: []int64{1}, Type: pointer(tInt), Dir: prototype.Out},
			{Values: []int64{2}, Type: pointer(tInt)},
		},
	}
	byCommand := &prototype.Type{Kind: prototype.Choice, On: arg(1), Cases: []prototype.Case{{Values: []int64{1}, Type: tUint}}, Else: tInt}
	out := func(name string, t *prototype.Type) prototype.Param {
		return prototype.Param{Name: name, Type: t, Dir: prototype.Out}
	}
	inout := func(name string, t *prototype.Type) prototype.Param {
		return prototype.Param{Name: name, Type: t, Dir: prototype.InOut}
	}
	plain := func(t *prototype.Type) prototype.Param { return prototype.Param{Type: t} }
	changing := structOf(tInt, tInt)
	changing.Fields[1].InOut = true
	for _, c := range []struct {
		name   string
		result *prototype.Type
		fails  prototype.Failure
		params []prototype.Param
		args   func(f *fake) []uint64
		called string
		during func(f *fake, args []uint64) // what the function does
		words  []uint64
		want   string
	}{
		{name: "int", result: tInt, words: []uint64{1<<40 - 3}, want: "-3"},
		{name: "void", result: tVoid, words: []uint64{5}, want: "void"},
		{name: "unknown", words: []uint64{0x50}, want: "0x50"},
		{name: "string", result: tString, words: []uint64{fakeHeap}, during: put(fakeHeap, "text\x00"), want: `"text"`},
		{name: "null string", result: tString, words: []uint64{0}, fails: failsNull, want: `nil errno`},
		{name: "MAP_FAILED", result: pointer(tInt), words: []uint64{^uint64(0)}, fails: failsMinusOne, want: "@max errno"},
		{name: "unsigned -1", result: tUint, words: []uint64{^uint64(0)}, fails: failsMinusOne, want: "4294967295 errno"},
		{name: "no failure", result: tLong, words: []uint64{7}, fails: failsMinusOne, want: "7"},
		{name: "negative errno", result: tInt, words: []uint64{1<<32 - 2}, fails: negative, want: "-2"},
		{
			name: "read", result: tLong, fails: failsMinusOne, params: []prototype.Param{plain(tInt), out("buf", buffer), plain(tUlong)},
			args: values(3, fakeHeap, 10), called: "3, buf=later, 10",
			during: put(fakeHeap, "abc\x00defghijk"), words: []uint64{5}, want: `5 | buf="abc\x00d", 10`,
		},
		{
			name: "progress of what has failed", result: tLong, fails: failsMinusOne,
			params: []prototype.Param{{Name: "left", Type: pointer(tInt), Dir: prototype.InOut, Always: true}, out("n", pointer(tInt))},
			args:   values(fakeHeap, fakeHeap+8),
			called: "left=later was &42, n=later", during: put(fakeHeap, "\x02\x00\x00\x00"), words: []uint64{^uint64(0)},
			want: "-1 | left=&2 was &42, n=@0x60000008 errno",
		},
		{
			name: "read nothing", result: tLong, fails: failsMinusOne, params: []prototype.Param{plain(tInt), out("buf", buffer), plain(tUlong)},
			args: values(3, fakeHeap, 10), called: "3, buf=later, 10", words: []uint64{0}, want: `0 | buf="", 10`,
		},
		{
			name: "read fails", result: tLong, fails: failsMinusOne, params: []prototype.Param{plain(tInt), out("buf", buffer), plain(tUlong)},
			args: values(3, fakeHeap, 10), called: "3, buf=later, 10", words: []uint64{^uint64(0)}, want: `-1 | buf=@0x60000000, 10 errno`,
		},
		{
			name: "null out parameter", result: tInt, params: []prototype.Param{out("status", pointer(tInt))},
			args: values(0), called: "status=later", words: []uint64{1}, want: `1 | status=nil`,
		},
		{
			name: "in arguments behind it, as they were", result: tInt, params: []prototype.Param{out("n", pointer(tInt)), plain(tString)},
			args: values(fakeHeap, fakeHeap+64), called: `n=later, "before"`,
			during: func(f *fake, args []uint64) {
				f.write(fakeHeap, []byte{9, 0, 0, 0})
				f.write(fakeHeap+64, []byte("after \x00"))
			},
			words: []uint64{0}, want: `0 | n=&9, "before"`,
		},
		{
			name: "inout", result: tInt, fails: failsMinusOne, params: []prototype.Param{inout("len", pointer(tInt)), plain(tInt)},
			args: values(fakeHeap, 5), called: "len=later was &42, 5",
			during: put(fakeHeap, "\x07\x00\x00\x00"), words: []uint64{0}, want: "0 | len=&7 was &42, 5",
		},
		{
			name: "inout fails", result: tInt, fails: failsMinusOne, params: []prototype.Param{inout("len", pointer(tInt))},
			args: values(fakeHeap), called: "len=later was &42",
			words: []uint64{^uint64(0)}, want: "-1 | len=&42 errno",
		},
		{
			name: "a field that changes", result: tInt, fails: failsMinusOne, params: []prototype.Param{inout("msg", pointer(changing))},
			args: values(fakeHeap), called: "msg=later was &{later, 0}",
			during: put(fakeHeap, "\x07\x00\x00\x00\x08\x00\x00\x00"), words: []uint64{0}, want: "0 | msg=&{7, 8 was 0}",
		},
		{
			name: "a field that changes, fails", result: tInt, fails: failsMinusOne, params: []prototype.Param{inout("msg", pointer(changing))},
			args: values(fakeHeap), called: "msg=later was &{later, 0}",
			words: []uint64{^uint64(0)}, want: "-1 | msg=&{later, 0} errno",
		},
		{
			name: "length by what comes out", result: tInt, params: []prototype.Param{out("addr", text(tChar, deref(2), false)), inout("len", pointer(tInt))},
			args: values(fakeHeap+64, fakeHeap), called: "addr=later, len=later was &42",
			during: put(fakeHeap, "\x03\x00\x00\x00"), words: []uint64{0}, want: `0 | addr="beh", len=&3 was &42`,
		},
		{
			name: "told at the return", result: tInt, params: []prototype.Param{plain(tInt), out("n", tInt), out("s", tString)},
			args: values(1, 2, fakeHeap+64), called: "1, n=later, s=later", words: []uint64{0}, want: `0 | n=2, s="behind"`,
		},
		{
			name: "a choice comes out", result: tInt, params: []prototype.Param{plain(tInt), plain(tUlong), plain(ioctl)},
			args: values(3, 1, fakeHeap), called: "3, 1, later", during: put(fakeHeap, "\x08\x00\x00\x00"), words: []uint64{0}, want: "0 | &8",
		},
		{
			name: "a choice goes in", result: tInt, params: []prototype.Param{plain(tInt), plain(tUlong), plain(ioctl)},
			args: values(3, 2, fakeHeap), called: "3, 2, &42", words: []uint64{0}, want: "0",
		},
		{
			name: "a choice of neither", result: tInt, params: []prototype.Param{plain(tInt), plain(tUlong), plain(ioctl)},
			args: values(3, 9, 4), called: "3, 9, 0x4", words: []uint64{0}, want: "0",
		},
		{
			name: "an int by an argument fails", result: byCommand, fails: failsMinusOne, params: []prototype.Param{plain(tInt)},
			args: values(2), called: "2", words: []uint64{1<<32 - 1}, want: "-1 errno",
		},
		{
			name: "set of bits", result: tInt, params: []prototype.Param{out("set", pointer(&prototype.Type{Kind: prototype.Array, Lens: prototype.Bitvec, Elem: tUchar, Len: arg(2)})), plain(tInt)},
			args: values(fakeHeap, 6), called: "set=later, 6", during: put(fakeHeap, "\x01\x02\x03\x04\x05\x06"), words: []uint64{0}, want: "0 | set=&[1, 2, 3, 4, 5, 6], 6",
		},
		{
			name: "result by an argument", result: text(tChar, arg(1), false), params: []prototype.Param{plain(tInt)},
			args: values(3), called: "3", words: []uint64{fakeHeap + 64}, want: `"beh"`,
		},
	} {
		both(t, func(t *testing.T, f *fake) {
			f.write(fakeHeap, []byte{42, 0, 0, 0})
			f.write(fakeHeap+64, []byte("behind\x00"))
			if c.name == "in arguments behind it, as they were" {
				f.write(fakeHeap+64, []byte("before\x00"))
			}
			r := NewReader(limits)
			p := New(f.arch, &prototype.Prototype{Result: c.result, Params: c.params, Fails: c.fails})
			var args []uint64
			if c.args != nil {
				args = c.args(f)
				f.pass(args...)
			}
			if got := f.call(t, r, p); got != c.called {
				t.Errorf("%s: called with %s, want %s", c.name, got, c.called)
			}
			rec := r.Keep()
			if _, err := r.Call(f.thread(), Guess(f.arch), fakeStack, 0); err != nil { // another call comes between
				t.Fatal(err)
			}
			if c.during != nil {
				c.during(f, args)
			}
			f.errno = 2
			f.returning(c.words...)
			want := c.want
			if c.name == "MAP_FAILED" {
				want = map[*sysdeps.Arch]string{sysdeps.AMD64: "@0xffffffffffffffff errno", sysdeps.I386: "@0xffffffff errno"}[f.arch]
			}
			if got := f.ret(r, p, rec); got != want {
				t.Errorf("%s: returns %s, want %s", c.name, got, want)
			}
			r.Release(rec)
		})
	}
}

func put(a sysdeps.Addr, s string) func(*fake, []uint64) {
	return func(f *fake, _ []uint64) { f.write(a, []byte(s)) }
}

// TestShared has a call return in the process that made it and in a forked one:
// what is kept of it outlives the first return.
func TestShared(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		p := New(f.arch, &prototype.Prototype{Result: tInt, Params: []prototype.Param{
			{Type: pointer(tInt), Dir: prototype.Out}, {Type: tString},
		}})
		r := NewReader(limits)
		f.pass(uint64(f.put(int32(7))), uint64(f.put("kept")))
		f.call(t, r, p)
		rec := r.Keep()
		rec.Share()
		for _, who := range []string{"parent", "child"} {
			f.returning(1)
			if got, want := f.ret(r, p, rec), `1 | &7, "kept"`; got != want {
				t.Errorf("%s: %s, want %s", who, got, want)
			}
			r.Release(rec)
			f.call(t, r, p) // which keeps a record of its own
			if other := r.Keep(); other == rec {
				t.Errorf("%s: the record is given away", who)
			}
		}
	})
}

// TestForgotten returns from a call of which nothing is left.
func TestForgotten(t *testing.T) {
	f := newFake(sysdeps.AMD64)
	p := New(f.arch, &prototype.Prototype{Result: text(tChar, arg(1), false), Params: []prototype.Param{
		{Type: tInt}, {Type: pointer(tInt), Dir: prototype.Out},
	}})
	f.returning(uint64(f.put("text")))
	if got, want := f.ret(NewReader(limits), p, nil), "@0x60000000"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestPassedResult holds that a struct is found where the caller wanted it, whatever
// an optimized function of Rust leaves in the register for that.
func TestPassedResult(t *testing.T) {
	f := newFake(sysdeps.AMD64)
	three := &prototype.Type{Kind: prototype.Struct, Complete: true, Indirect: true, Fields: []prototype.Field{{Type: tInt}, {Type: tInt}, {Type: tInt}}}
	p := New(f.arch, &prototype.Prototype{Result: three, Convention: "rust", Params: []prototype.Param{{Type: tInt}}})
	r := NewReader(limits)
	f.pass(uint64(f.put(int32(1), int32(2), int32(3))), 7)
	if got := f.call(t, r, p); got != "7" {
		t.Errorf("arguments %s, want 7", got)
	}
	f.returning(uint64(f.put(int32(4), int32(5), int32(6))))
	for _, test := range []struct {
		rec  *Record
		want string
	}{{r.Keep(), "{1, 2, 3}"}, {nil, "@0x0"}} {
		if got := f.ret(r, p, test.rec); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}

// TestGuessedResult has results of functions of which nothing is known.
func TestGuessedResult(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		f.write(fakeHeap, []byte("text\x00"))
		f.write(fakeHeap+64, []byte{1, 2, 3, 0})
		f.write(fakeHeap+128, []byte{'!', 0, 0, 0})
		p := Guess(f.arch)
		for _, c := range []struct {
			word    uint64
			strings int
			want    string
		}{
			{uint64(fakeHeap), 32, "text"},
			{uint64(fakeHeap), 0, ""},
			{uint64(fakeHeap) + 64, 32, ""},
			{uint64(fakeHeap) + 128, 32, ""},
			{42, 32, ""},
		} {
			r := NewReader(Limits{Strings: c.strings, Elements: 4})
			f.returning(c.word)
			got := r.Return(f.thread(), p, nil, fakeStack).Result
			if string(got.Text) != c.want || got.Word != c.word {
				t.Errorf("%#x, strings of %d: %#x %q, want %q", c.word, c.strings, got.Word, got.Text, c.want)
			}
		}
	})
}
