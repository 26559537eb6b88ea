package capture

import (
	"math/rand/v2"
	"testing"

	"sonde/prototype"
	"sonde/sysdeps"
)

// TestAllocates holds that captures cost no memory once their buffers are there.
func TestAllocates(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		r := NewReader(limits)
		th := f.thread()
		iovec := structOf(text(tChar, elt(2), false), tUlong)
		out := &prototype.Prototype{Result: tLong, Params: []prototype.Param{
			{Type: tInt}, {Type: text(tChar, retval(), false), Dir: prototype.Out}, {Type: pointer(tInt), Dir: prototype.InOut}, {Type: tString},
		}}
		number, word := f.put(int32(3)), f.put("word")
		for _, c := range []struct {
			name string
			p    *Plan
			args []uint64
		}{
			{"guess", Guess(f.arch), []uint64{uint64(word), 2, uint64(word)}},
			{"string", New(f.arch, in(tString)), []uint64{uint64(word)}},
			{"structs", New(f.arch, in(pointer(array(iovec, arg(2))), tLong)), []uint64{uint64(f.put(word, 2, word, 4)), 2}},
			{"printf", New(f.arch, variadic(tPrintf)), []uint64{uint64(f.put("%d %s %.2s")), 1, uint64(word), uint64(word)}},
			{"parse", New(f.arch, variadic(pointer(prototype.PyObject), tPyParse)), []uint64{0, uint64(f.put("is#")), uint64(number), uint64(f.put(word)), uint64(f.put(2))}},
			{"build", New(f.arch, variadic(tPyBuild)), []uint64{uint64(f.put("s#O")), uint64(word), 2, uint64(newPyMaker(f, true).some())}},
			{"scanf", New(f.arch, variadic(tString, tScanf)), []uint64{uint64(word), uint64(f.put("%d %5s")), uint64(number), uint64(word)}},
			{"objects", New(f.arch, in(pointer(prototype.PyObject))), []uint64{uint64(newPyMaker(f, true).some())}},
			{"out", New(f.arch, out), []uint64{1, uint64(word), uint64(number), uint64(word)}},
		} {
			call := func() {
				f.pass(c.args...)
				if _, err := r.Call(th, c.p, fakeStack, 0); err != nil {
					t.Fatal(err)
				}
				rec := r.Keep()
				f.regs.Set(sysdeps.RAX, 2)
				r.Return(th, c.p, rec, fakeStack)
				r.Release(rec)
			}
			if n := testing.AllocsPerRun(50, call); n != 0 {
				t.Errorf("%s: %v allocations", c.name, n)
			}
		}
	})
}

// TestHostile holds that what a process claims costs no more than a call may.
func TestHostile(t *testing.T) {
	deep := tInt
	for range 200 {
		deep = pointer(deep)
	}
	inner := array(array(array(tLong, constant(100)), constant(100)), constant(100))
	wide := structOf()
	for range 3000 {
		wide.Fields = append(wide.Fields, prototype.Field{Type: tChar})
	}
	endless := structOf()
	endless.Name = "endless"
	endless.Fields = []prototype.Field{{Type: endless}, {Type: tInt}}
	for _, c := range []struct {
		name string
		p    *prototype.Prototype
		word uint64 // of the second argument
	}{
		{"an array of 2^40 elements", in(pointer(array(tLong, arg(2))), tUlong), 1 << 40},
		{"a buffer of 2^62 bytes", in(text(tChar, arg(2), false), tUlong), 1 << 62},
		{"of negative elements", in(pointer(array(tLong, arg(2))), tLong), ^uint64(0)},
		{"pointers to pointers", in(deep), 0},
		{"arrays in arrays", in(pointer(inner)), 0},
		{"arrays of large structs", in(pointer(array(wide, arg(2))), tUlong), 1 << 20},
		{"a struct in itself", in(pointer(endless)), 0},
		{"a struct of a gigabyte", in(pointer(structOf(array(tLong, constant(1<<27)), tInt))), 0},
		{"an array without elements", in(pointer(&prototype.Type{Kind: prototype.Array, Len: arg(2)}), tUlong), 5},
		{"a vector of nothing", in(pointer(&prototype.Type{Kind: prototype.Vector, Size: 1 << 20, Elem: tChar})), 0},
		{"a length by what is no argument", in(pointer(array(tLong, arg(99)))), 0},
		{"a length by division by zero", in(pointer(array(tLong, &prototype.Expr{Op: prototype.Div, X: arg(2), Y: constant(0)})), tInt), 7},
		{"a length by no field", in(pointer(structOf(array(tLong, elt(9)), array(tLong, outer(1))))), 0},
		{"a long format", in(tPrintf, tUlong), 0},
		{"of Python's", in(tPyParse, tUlong), 0},
		{"objects", in(pointer(array(pointer(prototype.PyObject), arg(2))), tUlong), 1 << 20},
	} {
		both(t, func(t *testing.T, f *fake) {
			// Every word of the heap points to its beginning.
			for i := range sysdeps.Addr(1 << 14) {
				f.word(fakeHeap+i*sysdeps.Addr(f.arch.PtrSize), fakeHeap)
			}
			f.pass(fakeHeap, c.word)
			f.reads = 0
			r := NewReader(Limits{Strings: 100, Elements: 100})
			r.Call(f.thread(), New(f.arch, c.p), fakeStack, 0)
			showAll(r.Args())
			if used := maxValues - r.budget.values; used > maxValues || f.reads > 2*maxRounds+maxValues {
				t.Errorf("%s: %d values, %d reads", c.name, used, f.reads)
			}
		})
	}
}

// TestPieces holds that what one round cannot ask for is told as such.
func TestPieces(t *testing.T) {
	f := newFake(sysdeps.AMD64)
	word := f.put("x")
	for i := range sysdeps.Addr(2000) {
		f.word(fakeHeap+0x10000+i*8, uint64(word))
	}
	f.pass(fakeHeap + 0x10000)
	r := NewReader(Limits{Strings: 4, Elements: 2000})
	f.call(t, r, New(f.arch, in(pointer(array(tString, constant(2000))))))
	elems := r.Args()[0].Elems[0].Elems
	if len(elems) != 2000 {
		t.Fatalf("%d elements", len(elems))
	}
	texts, deep := 0, 0
	for i := range elems {
		switch {
		case string(elems[i].Text) == "x":
			texts++
		case elems[i].State == prototype.TooDeep:
			deep++
		}
	}
	if texts != 1024 || deep != 2000-1024 {
		t.Errorf("%d texts and %d that are not followed", texts, deep)
	}
}

// FuzzCall captures by random prototypes out of random memory.
func FuzzCall(f *testing.F) {
	f.Add(uint64(1), []byte("%d %s %n"))
	f.Add(uint64(2), []byte{0, 0, 0, 0x60, 0, 0, 0, 0, 8, 0, 0, 0x60, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, seed uint64, memory []byte) {
		rng := rand.New(rand.NewPCG(seed, 1))
		m := newFake(machines[rng.IntN(2)])
		if len(memory) > 0 {
			m.write(fakeHeap, memory)
		}
		p := in(randomType(rng, 0), randomType(rng, 0), randomType(rng, 0))
		p.Result, p.Variadic = randomType(rng, 0), rng.IntN(2) == 0
		for i := range p.Params {
			p.Params[i].Dir = prototype.Dir(rng.IntN(3))
		}
		var args []uint64
		for range 8 {
			args = append(args, uint64(fakeHeap+rng.IntN(64)-8*rng.IntN(2)))
		}
		m.pass(args...)
		m.xmm(1, 2, 3)
		r := NewReader(Limits{Strings: rng.IntN(40), Elements: rng.IntN(5)})
		plan := New(m.arch, p)
		if _, err := r.Call(m.thread(), plan, fakeStack, 0); err != nil {
			t.Fatal(err)
		}
		called := len(r.Args())
		showAll(r.Args())
		rec := r.Keep()
		ret := r.Return(m.thread(), plan, rec, fakeStack)
		show(&ret.Result)
		if showAll(ret.Rest); len(ret.Rest) > called {
			t.Errorf("%d arguments at the call, %d at the return", called, len(ret.Rest))
		}
		r.Release(rec)
	})
}

// randomType returns a type of any kind.
func randomType(rng *rand.Rand, depth int) *prototype.Type {
	t := &prototype.Type{Kind: prototype.Kind(rng.IntN(int(prototype.VaList) + 1)), Size: []int{0, 1, 2, 4, 8, 16}[rng.IntN(6)]}
	if rng.IntN(3) == 0 {
		t.Lens = prototype.Lens(rng.IntN(int(prototype.TypeName) + 1))
	}
	some := func() *prototype.Type {
		if depth > 3 {
			return tChar
		}
		return randomType(rng, depth+1)
	}
	switch t.Kind {
	case prototype.Int:
		t.Unsigned = rng.IntN(2) == 0
	case prototype.Float:
		t.Size = []int{4, 8, 10, 16}[rng.IntN(4)]
	case prototype.Complex, prototype.Vector:
		t.Elem, t.Size = &prototype.Type{Kind: prototype.Float, Size: 8}, 16
	case prototype.Pointer, prototype.Array:
		if t.Kind == prototype.Pointer && rng.IntN(8) == 0 {
			t.Elem = prototype.PyObject
			return t
		}
		t.Elem, t.Len, t.Zero = some(), randomLength(rng), rng.IntN(2) == 0
	case prototype.Struct, prototype.Union:
		t.Size, t.Complete, t.Packed = 0, true, rng.IntN(4) == 0
		for range 1 + rng.IntN(4) {
			t.Fields = append(t.Fields, prototype.Field{Type: some()})
		}
	case prototype.Choice:
		t.On = randomLength(rng)
		if t.On == nil {
			t.On = constant(1)
		}
		t.Cases = []prototype.Case{{Values: []int64{0, 1, 2}, Type: pointer(some()), Dir: prototype.Dir(rng.IntN(3))}}
		t.Else = pointer(some())
	}
	return t
}

func randomLength(rng *rand.Rand) *prototype.Expr {
	switch rng.IntN(8) {
	case 0:
		return nil
	case 1:
		return arg(int64(rng.IntN(4)))
	case 2:
		return elt(int64(rng.IntN(4)))
	case 3:
		return outer(1)
	case 4:
		return retval()
	case 5:
		return deref(int64(1 + rng.IntN(3)))
	case 6:
		return &prototype.Expr{Op: prototype.Before, X: elt(int64(rng.IntN(4)))}
	}
	return constant(int64(rng.IntN(6)))
}

// TestCallManyElements holds that of more elements than a call may have the first ones
// are shown.
func TestCallManyElements(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		a := f.put(make([]byte, 4*maxValues))
		f.pass(uint64(a))
		r := NewReader(Limits{Elements: 1 << 16})
		r.Call(f.thread(), New(f.arch, in(pointer(array(tInt, constant(maxValues))))), fakeStack, 0)
		v := &r.Args()[0]
		if len(v.Elems) != 1 || !v.Elems[0].More || len(v.Elems[0].Elems) != maxValues-2 { // but for the two around them
			t.Errorf("%v: %d", v.State, len(v.Elems))
		}
	})
}
