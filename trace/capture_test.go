package trace

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/capture"
	"sonde/proc"
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
	"sonde/sysdeps/ptrace"
)

// captureCase is a text in memory and what is to be captured of it.
type captureCase struct {
	name  string
	limit int
	text  string // what lies in memory, with its NUL if it has one
	place spot
	want  string // "" for a number
	more  bool
}

// spot is where in memory a text lies.
type spot int

const (
	inside spot = iota // of a page
	across             // a page's end: its first three bytes are on one page
	atEnd              // its last byte is the last that can be read
)

var captureCases = []captureCase{
	{"plain", 32, "hello\x00", inside, "hello", false},
	{"empty", 32, "\x00", inside, "", false},
	{"one letter", 32, "a\x00", inside, "a", false},
	{"as long as the limit", 5, "hello\x00", inside, "hello", false},
	{"longer by one", 4, "hello\x00", inside, "hell", true},
	{"much longer", 4, "hello, world, and all\x00", inside, "hell", true},
	{"limit of one", 1, "hello\x00", inside, "h", true},
	{"lines", 32, "a\tb\r\n\x00", inside, "a\tb\r\n", false},
	{"a control character", 32, "ab\x01cd\x00", inside, "", false},
	{"escape sequence", 32, "\x1b[31m\x00", inside, "", false},
	{"delete", 32, "ab\x7f\x00", inside, "", false},
	{"a control character behind the end", 32, "ab\x00\x01", inside, "ab", false},
	{"a control character behind the limit", 4, "hello\x01\x00", inside, "hell", true},

	{"two bytes a character", 32, "aé\x00", inside, "aé", false},
	{"limit within two bytes", 2, "aé\x00", inside, "a", true},
	{"limit behind two bytes", 3, "aéb\x00", inside, "aé", true},
	{"limit within three bytes", 3, "a€\x00", inside, "a", true},
	{"limit behind three bytes", 4, "a€b\x00", inside, "a€", true},
	{"limit behind three of four bytes", 4, "a😀b\x00", inside, "a", true},
	{"limit behind four bytes", 5, "a😀b\x00", inside, "a😀", true},
	{"limit between two characters", 4, "éé€\x00", inside, "éé", true},
	{"limit within the first character", 1, "é\x00", inside, "", false},
	{"no UTF-8", 32, "a\xff\x00", inside, "", false},
	{"a character cut off by the end", 32, "a\xc3\x00", inside, "", false},
	{"a character that does not print", 32, "a\u200e\x00", inside, "", false},

	{"across pages", 32, "hello\x00", across, "hello", false},
	{"end on the page's end", 32, "abc\x00", across, "abc", false},
	{"limit on the page's end", 3, "hello\x00", across, "hel", true},
	{"limit behind the page's end", 4, "hello\x00", across, "hell", true},
	{"a character across pages", 32, "ab€\x00", across, "ab€", false},
	{"a control character on the next page", 32, "abc\x01\x00", across, "", false},

	{"more than the first chunk", 200, strings.Repeat("0123456789", 10) + "\x00", inside, strings.Repeat("0123456789", 10), false},
	{"as much as the first chunk", 200, strings.Repeat("x", 64) + "\x00", inside, strings.Repeat("x", 64), false},
	{"more than the first chunk, and the limit", 70, strings.Repeat("x", 100) + "\x00", inside, strings.Repeat("x", 70), true},
	{"no text behind the first chunk", 200, strings.Repeat("x", 100) + "\x01\x00", inside, "", false},
	{"three pages", 1 << 20, strings.Repeat("0123456789abcdef", 700) + "\x00", across, strings.Repeat("0123456789abcdef", 700), false},
	{"three pages, and the limit", 10_000, strings.Repeat("0123456789abcdef", 700) + "\x00", across, strings.Repeat("0123456789abcdef", 625), true},

	{"NUL as the last byte", 32, "hello\x00", atEnd, "hello", false},
	{"memory ends", 32, "hello", atEnd, "hello", true},
	{"memory ends behind the first chunk", 200, strings.Repeat("x", 100), atEnd, strings.Repeat("x", 100), true},
	{"memory ends behind a character", 32, "abé", atEnd, "abé", true},
	{"memory ends behind one of two bytes", 32, "ab\xc3", atEnd, "ab", true},
	{"memory ends behind one of three bytes", 32, "ab\xe2", atEnd, "ab", true},
	{"memory ends behind two of three bytes", 32, "ab\xe2\x82", atEnd, "ab", true},
	{"memory ends where no character begins", 32, "ab\xff", atEnd, "", false},
	{"memory ends at the limit", 5, "hello", atEnd, "hello", true},
	{"one last byte", 32, "a", atEnd, "a", true},
}

// TestCapture captures arguments of a process that stands at its exec, where
// the test can write what it likes onto the stack.
func TestCapture(t *testing.T) {
	var pid int
	err := atExec(func(th *proc.Thread) error {
		pid = th.TID
		target, err := newCaptureTarget(th)
		if err != nil {
			return err
		}
		for _, c := range captureCases {
			target.check(t, &c)
		}
		target.checkMany(t)
		target.checkTyped(t)
		target.checkErrors(t)
		target.checkAllocations(t)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	gone := &capture.Thread{TID: pid, Regs: &sysdeps.Regs{Arch: sysdeps.AMD64}}
	if _, err := capture.NewReader(capture.Limits{}).Call(gone, nil, 1<<20, 0); !errors.Is(err, sysdeps.ErrGone) {
		t.Errorf("of a process that is gone: %v", err)
	}
}

// atExec calls f on a thread that has just executed a program, and ends it.
func atExec(f func(*proc.Thread) error) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	return proc.Run(func(tr *proc.Tracer) error {
		p, err := tr.Launch(&ptrace.Program{Path: exe, Args: []string{exe, "-test.run=^$"}, In: ptrace.Inherit()})
		if err != nil {
			return err
		}
		for th, stop := range tr.Stops() {
			if _, ok := stop.(proc.Execed); ok {
				err = f(th)
				unix.Kill(p.PID, unix.SIGKILL)
			}
		}
		return err
	})
}

// captureTarget is a stopped thread and a piece of its stack that nothing
// readable follows.
type captureTarget struct {
	th *proc.Thread
	hi sysdeps.Addr // the end of the stack's memory
	sp sysdeps.Addr // below all texts
}

const captureRet = 0x401234 // what lies on top of the stack

func newCaptureTarget(th *proc.Thread) (*captureTarget, error) {
	regs, err := th.Regs()
	if err != nil {
		return nil, err
	}
	maps, err := proc.Maps(th.TID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(maps, func(m proc.Mapping) bool { return m.Contains(regs.SP()) })
	if i < 0 || i+1 < len(maps) && maps[i+1].Lo == maps[i].Hi {
		return nil, fmt.Errorf("no gap behind the stack at %v: %+v", regs.SP(), maps)
	}
	tg := &captureTarget{th: th, hi: maps[i].Hi, sp: maps[i].Hi - 8*sysdeps.PageSize}
	regs.SetSP(tg.sp)
	word := binary.LittleEndian.AppendUint64(nil, captureRet)
	if err := tg.th.Process.Space.WriteMemory(word, tg.sp); err != nil {
		return nil, err
	}
	return tg, nil
}

// put writes a text and returns its address.
func (tg *captureTarget) put(t *testing.T, text string, where spot) sysdeps.Addr {
	t.Helper()
	a := tg.hi - 4*sysdeps.PageSize + 16
	switch where {
	case across:
		a = tg.hi - 4*sysdeps.PageSize - 3
	case atEnd:
		a = tg.hi - sysdeps.Addr(len(text))
	}
	if err := tg.th.Process.Space.WriteMemory([]byte(text), a); err != nil {
		t.Errorf("write %q: %v", text, err)
	}
	return a
}

// arguments returns registers in which args are the arguments of a call.
func (tg *captureTarget) arguments(args ...sysdeps.Addr) *sysdeps.Regs {
	r := &sysdeps.Regs{Arch: sysdeps.AMD64}
	r.SetSP(tg.sp)
	for i, a := range args {
		r.Set(abi.SysVAMD64.Args[i], uint64(a))
	}
	return r
}

// captureWays are the two ways to read, which must not differ.
var captureWays = []string{"at once", "slowly"}

// call captures a call of which nothing is known.
func (tg *captureTarget) call(r *capture.Reader, way string, regs *sysdeps.Regs) (sysdeps.Addr, error) {
	th := capture.Thread{TID: tg.th.TID, Memory: tg.th.Process.Space, Regs: regs}
	if way == "slowly" {
		th.TID = 0
	}
	return r.Call(&th, guessPlan, tg.sp, 0)
}

var guessPlan = capture.Guess(sysdeps.AMD64)

func (tg *captureTarget) check(t *testing.T, tc *captureCase) {
	a := tg.put(t, tc.text, tc.place)
	for _, way := range captureWays {
		r := capture.NewReader(capture.Limits{Strings: tc.limit})
		ret, err := tg.call(r, way, tg.arguments(a))
		if err != nil || ret != captureRet {
			t.Errorf("%s, %s: %v, %v", tc.name, way, ret, err)
			continue
		}
		got := r.Args()[0]
		if string(got.Text) != tc.want || (got.Text != nil) != (tc.want != "") || got.More != tc.more || got.Word != uint64(a) {
			t.Errorf("%s, %s: %s, want %q, more %v", tc.name, way, valueText(got), tc.want, tc.more)
		}
	}
}

func valueText(v prototype.Value) string {
	if v.Text == nil {
		return fmt.Sprintf("number %#x, more %v", v.Word, v.More)
	}
	return fmt.Sprintf("%q, more %v", v.Text, v.More)
}

// checkMany has arguments of all sorts in one call: pages that cannot be read
// stand in the way of none of the others, and are not asked for again.
func (tg *captureTarget) checkMany(t *testing.T) {
	text := tg.put(t, "hello\x00", inside)
	gap1, gap2 := tg.hi, tg.hi+sysdeps.PageSize+100
	for _, c := range []struct {
		name string
		args []sysdeps.Addr
		want string // t: text
	}{
		{"numbers", []sysdeps.Addr{1, 2, 3, 4, 5, 6}, "......"},
		{"negative", []sysdeps.Addr{^sysdeps.Addr(0), 1 << 63, text}, "..t..."},
		{"texts", []sysdeps.Addr{text, text + 1, text + 2, text, text, text}, "tttttt"},
		{"a gap at the start", []sysdeps.Addr{gap1, text, text}, ".tt..."},
		{"a gap in the middle", []sysdeps.Addr{text, gap1, text}, "t.t..."},
		{"a gap at the end", []sysdeps.Addr{text, text, gap1}, "tt...."},
		{"gaps side by side", []sysdeps.Addr{text, gap1, gap2, text}, "t..t.."},
		{"gaps at either end", []sysdeps.Addr{gap1, text, gap2, text, 7, gap1 + 8}, ".t.t.."},
		{"gaps alone", []sysdeps.Addr{gap1, gap2, gap1, gap2, gap1, gap2}, "......"},
	} {
		for _, way := range captureWays {
			r := capture.NewReader(capture.Limits{Strings: 32})
			for _, round := range []string{"first", "second"} {
				regs := tg.arguments(c.args...)
				ret, err := tg.call(r, way, regs)
				if err != nil || ret != captureRet {
					t.Errorf("%s, %s, %s: %v, %v", c.name, way, round, ret, err)
				}
				got := ""
				for i, v := range r.Args() {
					switch {
					case v.Word != regs.Get(abi.SysVAMD64.Args[i]):
						got += "?"
					case v.Text == nil:
						got += "."
					case bytes.HasSuffix([]byte("hello"), v.Text) && !v.More:
						got += "t"
					default:
						got += "!"
					}
				}
				if got != c.want {
					t.Errorf("%s, %s, %s: %s, want %s", c.name, way, round, got, c.want)
				}
			}
		}
	}
}

// checkTyped has arguments of known types at the end of memory, among others.
func (tg *captureTarget) checkTyped(t *testing.T) {
	char := &prototype.Type{Kind: prototype.Int, Size: 1, Lens: prototype.Char}
	long := &prototype.Type{Kind: prototype.Int}
	characters := func(n *prototype.Expr) *prototype.Type {
		return &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Text, Elem: &prototype.Type{Kind: prototype.Array, Elem: char, Len: n, Zero: n == nil}}
	}
	pair := &prototype.Type{Kind: prototype.Struct, Complete: true, Fields: []prototype.Field{{Type: long}, {Type: long}}}
	p := &prototype.Prototype{}
	for _, pointee := range []*prototype.Type{
		characters(nil), characters(nil), characters(&prototype.Expr{Op: prototype.Const, N: 5000}),
		{Kind: prototype.Pointer, Elem: pair},
		{Kind: prototype.Pointer, Elem: pair},
		characters(nil),
	} {
		p.Params = append(p.Params, prototype.Param{Type: pointee})
	}
	plan := capture.New(sysdeps.AMD64, p)
	text := tg.put(t, "first\x00", inside)
	long5000 := tg.put(t, strings.Repeat("y", 4500), atEnd)
	regs := tg.arguments(text, tg.hi-3, long5000, tg.hi-12, tg.hi+5, tg.hi)
	for _, way := range captureWays {
		th := capture.Thread{TID: tg.th.TID, Memory: tg.th.Process.Space, Regs: regs}
		if way == "slowly" {
			th.TID = 0
		}
		r := capture.NewReader(capture.Limits{Strings: 5000, Elements: 4})
		if _, err := r.Call(&th, plan, tg.sp, 0); err != nil {
			t.Fatal(err)
		}
		got := r.Args()
		if string(got[0].Text) != "first" || got[0].More {
			t.Errorf("%s: a string is %q", way, got[0].Text)
		}
		if string(got[1].Text) != "yyy" || !got[1].More {
			t.Errorf("%s: a string at the end of memory is %q, more %v", way, got[1].Text, got[1].More)
		}
		if len(got[2].Text) != 4500 || !got[2].More {
			t.Errorf("%s: of a buffer there are %d bytes, more %v", way, len(got[2].Text), got[2].More)
		}
		if f := got[3].Elems[0].Elems; f[0].Word != 0x7979797979797979 || f[1].State != prototype.Unreadable || f[1].Word != uint64(tg.hi-4) {
			t.Errorf("%s: a struct at the end of memory: %+v", way, f)
		}
		for i := 4; i < 6; i++ {
			if v := got[i]; v.State != prototype.Unreadable || v.Text != nil || v.Elems != nil || v.Word != uint64(regs.Get(abi.SysVAMD64.Args[i])) {
				t.Errorf("%s: argument %d beyond memory: %+v", way, i, v)
			}
		}
	}
}

// checkErrors has a stack that is not there.
func (tg *captureTarget) checkErrors(t *testing.T) {
	th := &capture.Thread{TID: tg.th.TID, Memory: tg.th.Process.Space, Regs: tg.arguments()}
	for _, slot := range []sysdeps.Addr{tg.hi, tg.hi - 4} { // and half of the word
		if _, err := capture.NewReader(capture.Limits{}).Call(th, nil, slot, 0); !errors.Is(err, unix.EFAULT) {
			t.Errorf("no stack at %v: %v", slot, err)
		}
	}
}

// checkAllocations holds that a capture costs no memory once its buffers are
// there.
func (tg *captureTarget) checkAllocations(t *testing.T) {
	text := tg.put(t, strings.Repeat("x", 100)+"\x00", inside)
	regs := tg.arguments(text, text+50, 3, text+99)
	r := capture.NewReader(capture.Limits{Strings: 32})
	th := &capture.Thread{TID: tg.th.TID, Memory: tg.th.Process.Space, Regs: regs}
	if n := testing.AllocsPerRun(100, func() {
		if _, err := r.Call(th, guessPlan, tg.sp, 0); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
