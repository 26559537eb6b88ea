package display

import (
	"io"
	"testing"
	"time"

	"sonde/event"
	"sonde/prototype"
	"sonde/sysdeps"
)

// hotPair is a call and its return as they come a hundred thousand times a
// second, under the options that cost most.
func hotPair() (*event.Call, *event.Return, TextOptions) {
	head := event.Head{Time: 1234567 * time.Microsecond, PID: 4711, TID: 4712}
	c := &event.Call{Head: head, ID: 1, Caller: "libfoo.so.1", Name: "strncmp", Return: 0x55fabcedb202, Depth: 3}
	c.Args = []prototype.Value{
		{Word: 0x7ffc5b403ee0, Text: []byte("a string\twith größe")},
		{Word: 0x7ffc5b403ef0, Text: []byte("and another one that is cut at thirty-two")},
		{Word: 40},
		{Word: 0x7ffc5b403f00},
	}
	r := &event.Return{Head: head, ID: 1, Name: "strncmp", Return: 0x55fabcedb202, Depth: 3, Elapsed: 17 * time.Microsecond}
	r.Result = prototype.Value{Word: 0x7ffc5b403ee0, Text: []byte("result")}
	o := TextOptions{
		Align: 50, Strings: 32, Indent: 2, Address: true, Stamp: StampMicros,
		Elapsed: true, Caller: true, PIDs: PIDsAlways, UTF8: true, Start: start,
	}
	return c, r, o
}

func TestTextAllocations(t *testing.T) {
	for _, c := range []struct {
		name  string
		big   bool
		stamp Stamp
		shown bool // in colours, and cut
	}{
		{"terminal, no stamp", false, StampNone, false},
		{"terminal, -tt", false, StampMicros, false},
		{"terminal, colours, cut", false, StampNone, true},
		{"file, no stamp", true, StampNone, false},
		{"file, -t", true, StampSeconds, false},
		{"file, -ttt", true, StampEpoch, false},
		{"file, -r", true, StampRelative, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			call, ret, o := hotPair()
			o.Stamp = c.stamp
			if c.shown {
				o.Colours, o.Width = everyPiece(t), func() int { return 60 }
			}
			call.Name, ret.Name = "_ZN3foo7strncmpEPKcS1_m", "_ZN3foo7strncmpEPKcS1_m"
			o.Stacks = true
			for i := range 10 {
				call.Stack.Frames = append(call.Stack.Frames, &event.Frame{PC: sysdeps.Addr(i), Module: "/bin/größe", Function: "_ZN3foo3barEi"})
			}
			text := NewText(NewWriter(io.Discard, c.big), o)
			defer text.Close()
			if n := testing.AllocsPerRun(1000, func() {
				text.Emit(call)
				text.Emit(ret)
			}); n != 0 {
				t.Errorf("%v allocations for a call and its return, want 0", n)
			}
		})
	}
}

// typedPair is the same for a call whose prototype is known: one value of every
// sort.
func typedPair() (*event.Call, *event.Return) {
	head := event.Head{Time: 1234567 * time.Microsecond, PID: 4711, TID: 4712}
	symbol := &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Symbol}
	c := &event.Call{Head: head, ID: 1, Name: "everything"}
	c.Args = []prototype.Value{
		named("fd", withText(num(lensed(tInt, prototype.Descriptor), 3), "</etc/passwd>")),
		named("flags", num(tOpen, 0o101)), num(tColor, 1), num(lensed(tInt, prototype.Bitvec), 56),
		text(tString, "text"), text(tWstring, "größe"), num(tChar, '\n'), num(tWchar, 'é'), num(lensed(tInt, prototype.Byte), 'x'),
		float(1.5), float(1e-10),
		{Type: tLongDbl, Word: 0xc000000000000000, High: 0x3fff},
		{Type: tQuad, High: 0x3fff << 48},
		wide(tInt128, 1, 2), num(lensed(tLong, prototype.Oct), 0o644), num(lensed(tLong, prototype.Time), 1795207710),
		strct(num(tInt, 1), ptr(array(ints(1, 2, 3, 4, 5)...))), tree(prototype.Array, prototype.Bitvec, num(tUlong, 8)),
		tree(prototype.Complex, prototype.Plain, float(1), float(-2)),
		withText(address(symbol, 0x401000, prototype.Captured), "_ZN3foo3barEv"),
		text(&prototype.Type{Kind: prototype.Pointer, Lens: prototype.TypeName}, "St11logic_error"),
		address(tString, 1, prototype.Unreadable), address(tString, 0x601000, prototype.Later),
	}
	r := &event.Return{Head: head, ID: 1, Name: "everything", Errno: 2, Result: num(tInt, -1)}
	r.Rest = []prototype.Value{changed(ptr(num(tInt, 16)), ptr(num(tInt, 4)))}
	return c, r
}

func TestValueAllocations(t *testing.T) {
	call, ret := typedPair()
	_, _, o := hotPair()
	o.Names, o.Array = true, 4
	text := NewText(NewWriter(io.Discard, true), o)
	defer text.Close()
	if n := testing.AllocsPerRun(1000, func() {
		text.Emit(call)
		text.Emit(ret)
	}); n != 0 {
		t.Errorf("%v allocations for a call and its return, want 0", n)
	}
}

// systemPair is a system call with every sort of value that has a spelling of its
// own there.
func systemPair() (*event.Call, *event.Return) {
	head := event.Head{Time: 1234567 * time.Microsecond, PID: 4711, TID: 4712}
	c := &event.Call{Head: head, Kind: event.System, ID: 1, Module: "SYS", Name: "everything"}
	c.Args = []prototype.Value{
		num(tAtFD, -100), text(tString, "/etc/\x01größe"), num(tOpen, 0o101), num(tProt, 0x100), num(tClock, 77),
		num(tMode, 0o100644), ptr(num(tSigset, 1<<40|2)), num(tDevice, 0x801), num(tRequest, 0x80085a02),
		timespec(prototype.Time, 1795257455, 5), ptr(array(ints(1, 2, 3)...)), ptr(counting(20, "vars", array())),
		verbosely(1, strct(num(tInt, 1), num(tInt, 2))), ptr(tree(prototype.Array, prototype.Bitvec, num(tUlong8, 5))),
		num(lensed(tUint, prototype.Inet), 0x0100007f), address(tString, 0x601000, prototype.Later),
	}
	r := &event.Return{Head: head, Kind: event.System, ID: 1, Module: "SYS", Name: "everything", Result: num(tOpen, 0o101)}
	r.Rest = []prototype.Value{changed(ptr(num(tInt, 16)), ptr(num(tInt, 4))), ptr(num(tStatus, 9))}
	return c, r
}

func TestSystemAllocations(t *testing.T) {
	call, ret := systemPair()
	_, _, o := hotPair()
	text := NewText(NewWriter(io.Discard, true), o)
	defer text.Close()
	if n := testing.AllocsPerRun(1000, func() {
		ret.TID = call.TID
		text.Emit(call)
		text.Emit(ret)
		ret.TID++ // unfinished, and resumed
		text.Emit(call)
		text.Emit(ret)
	}); n != 0 {
		t.Errorf("%v allocations for two calls and their returns, want 0", n)
	}
}

func BenchmarkSystem(b *testing.B) {
	call, ret := systemPair()
	_, _, o := hotPair()
	text := NewText(NewWriter(io.Discard, true), o)
	defer text.Close()
	b.ReportAllocs()
	for b.Loop() {
		text.Emit(call)
		text.Emit(ret)
	}
}

func BenchmarkValues(b *testing.B) {
	call, ret := typedPair()
	_, _, o := hotPair()
	o.Array = 4
	text := NewText(NewWriter(io.Discard, true), o)
	defer text.Close()
	b.ReportAllocs()
	for b.Loop() {
		text.Emit(call)
		text.Emit(ret)
	}
}

func BenchmarkText(b *testing.B) {
	for _, c := range []struct {
		name       string
		big, shown bool
	}{{"terminal", false, false}, {"terminal, colours, cut", false, true}, {"file", true, false}} {
		b.Run(c.name, func(b *testing.B) {
			call, ret, o := hotPair()
			if c.shown {
				o.Colours, o.Width = everyPiece(b), func() int { return 100 }
			}
			text := NewText(NewWriter(io.Discard, c.big), o)
			defer text.Close()
			b.ReportAllocs()
			for b.Loop() {
				text.Emit(call)
				text.Emit(ret)
			}
		})
	}
}

func BenchmarkSummary(b *testing.B) {
	call, ret, _ := hotPair()
	s := NewSummary(io.Discard, SummaryOptions{By: ByCaller})
	b.ReportAllocs()
	for b.Loop() {
		call.ID++
		ret.ID = call.ID
		s.Emit(call)
		s.Emit(ret)
	}
}
