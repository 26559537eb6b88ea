package stacks

import (
	"strings"
	"testing"

	"sonde/symbolize"
	"sonde/sysdeps"
)

// TestTally counts threads that are at different places of their innermost function, or of
// what is inlined there, together, and others apart.
func TestTally(t *testing.T) {
	frame := func(function string, pc, offset uint64, line int, inlined ...string) Frame {
		f := Frame{PC: sysdeps.Addr(pc), Place: symbolize.Place{Function: function, Offset: offset, Module: "/m"}}
		f.File, f.Line = "m.c", line
		for i, name := range inlined {
			call := symbolize.Call{Function: name}
			call.File, call.Line = "m.c", line+i
			f.Inlined = append(f.Inlined, call)
		}
		return f
	}
	caller := frame("main", 0x2010, 0x10, 9)
	var tally Tally
	for _, f := range []Frame{
		frame("f", 0x1004, 4, 1), frame("f", 0x1008, 8, 2), frame("f", 0x1000, 0, 1), // the same
		frame("f", 0x1008, 8, 3, "g"), frame("f", 0x1009, 9, 4, "g"), // g in f
		frame("f", 0x1008, 8, 3, "h"),                    // h in f
		frame("", 0x1008, 0, 0), frame("", 0x1009, 0, 0), // nothing tells that they are one
	} {
		th := Thread{TID: 7, Name: "t", PtrSize: 8, Frames: []Frame{f, caller}}
		tally.Add(&Process{PID: 5, Threads: []Thread{th}})
		if th.Frames[0].PC != f.PC {
			t.Errorf("the thread is changed: %+v", th)
		}
	}
	tally.Add(&Process{PID: 5, Threads: []Thread{{TID: 7, PtrSize: 8, Frames: []Frame{frame("f", 0x1004, 4, 1), frame("main", 0x2018, 0x18, 10)}}}})
	var b strings.Builder
	if err := tally.Text(&b, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"3 times:\nThread 7 \"t\", 3 times\n#0  0x0000000000001000 in f () at m.c\n#1  0x0000000000002010 in main () at m.c:9\n",
		"2 times:\nThread 7 \"t\", 2 times\n#0  0x0000000000001000 in g () at m.c [inlined]\n#1  f () at m.c\n",
		"once:\nThread 7 \"t\", once\n#0  0x0000000000001000 in h () at m.c [inlined]\n",
		"once:\nThread 7, once\n#0  0x0000000000001000 in f () at m.c\n#1  0x0000000000002018 in main () at m.c:10\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if n := strings.Count(b.String(), "once:\n"); n != 4 {
		t.Errorf("%d stacks were seen once:\n%s", n, b.String())
	}
}
