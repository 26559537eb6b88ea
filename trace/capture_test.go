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

	"sonde/proc"
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
	"sonde/sysdeps/ptrace"
)

func TestTextEnd(t *testing.T) {
	for _, c := range []struct {
		p   string
		end int
		ok  bool
	}{
		{"", -1, true},
		{"\x00", 0, true},
		{"abc\x00", 3, true},
		{"abc\x00\x01", 3, true},
		{"abc\x00def\x00", 3, true},
		{"abc", -1, true},
		{" ~\t\r\n\x00", 5, true},
		{"\x80\xff\x00", 2, true}, // not looked at here
		{"\x01abc\x00", -1, false},
		{"abc\x1f\x00", -1, false},
		{"abc\x7f", -1, false},
		{"abc\x1b[0m\x00", -1, false},
		{"\x0b\x00", -1, false},
	} {
		if end, ok := textEnd([]byte(c.p)); end != c.end || ok != c.ok {
			t.Errorf("%q: %d, %v, want %d, %v", c.p, end, ok, c.end, c.ok)
		}
	}
}

func TestIsText(t *testing.T) {
	for _, c := range []struct {
		p    string
		want bool
	}{
		{"", true},
		{"plain", true},
		{"naïve €", true},
		{"日本語", true},
		{"😀", true},
		{"\ufffd", true}, // written as such, not an error
		{"\xff", false},
		{"a\xc3", false},            // cut off
		{"a\xc3b", false},           // and gone on
		{"\xa9", false},             // in the middle
		{"\xc0\xaf", false},         // longer than need be
		{"\xed\xa0\x80", false},     // half of a UTF-16 pair
		{"\xf4\x90\x80\x80", false}, // beyond the last
		{"a\u0085", false},          // a control character
		{"a\u200e", false},          // a mark that changes the direction
		{"a\u00a0b", false},         // a space that is none
		{"a\ue000", false},          // nobody knows what
	} {
		if got := isText([]byte(c.p)); got != c.want {
			t.Errorf("%q: %v", c.p, got)
		}
	}
}

func TestMayPoint(t *testing.T) {
	for _, c := range []struct {
		a    sysdeps.Addr
		want bool
	}{
		{0, false},
		{1<<16 - 1, false},
		{1 << 16, true},
		{1<<47 - 1, true},
		{1 << 47, false},
		{^sysdeps.Addr(0), false},
	} {
		if got := mayPoint(c.a); got != c.want {
			t.Errorf("%v: %v", c.a, got)
		}
	}
}

func TestBadPages(t *testing.T) {
	const page = 0x10000 + 3*sysdeps.PageSize
	var b badPages
	if b.has(page) {
		t.Error("a page is bad before any was found to be")
	}
	b.add(page + 5)
	for _, c := range []struct {
		a    sysdeps.Addr
		want bool
	}{
		{page, true},
		{page + 0xfff, true},
		{page + 0x1000, false},
		{page - 1, false},
		{page + 16*sysdeps.PageSize, false}, // which shares its place
	} {
		if got := b.has(c.a); got != c.want {
			t.Errorf("%v: %v", c.a, got)
		}
	}
	b.add(page + 16*sysdeps.PageSize)
	if b.has(page) || !b.has(page+16*sysdeps.PageSize) {
		t.Error("the later of two pages with one place is not the one that is known")
	}
	// Memory comes and goes: what is asked for often is tried again.
	uses := 0
	for b.has(page + 16*sysdeps.PageSize) {
		if uses++; uses > 1<<20 {
			t.Fatal("a bad page is never tried again")
		}
	}
	if uses < 100 {
		t.Errorf("a bad page is tried again after %d uses", uses)
	}
}

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
	{"as much as the first chunk", 200, strings.Repeat("x", firstChunk) + "\x00", inside, strings.Repeat("x", firstChunk), false},
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
		target.checkErrors(t)
		target.checkAllocations(t)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var c capture
	c.begin(sysdeps.AMD64, 1<<20, 0)
	if _, err := c.read(&proc.Thread{TID: pid}); !errors.Is(err, sysdeps.ErrGone) {
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
var captureWays = []struct {
	name string
	read func(*capture, *proc.Thread) (sysdeps.Addr, error)
}{
	{"at once", (*capture).read},
	{"slowly", (*capture).readSlowly},
}

func (tg *captureTarget) check(t *testing.T, tc *captureCase) {
	a := tg.put(t, tc.text, tc.place)
	for _, way := range captureWays {
		c := capture{limit: tc.limit}
		c.begin(sysdeps.AMD64, tg.sp, 0)
		c.args(nil, tg.arguments(a), abi.SysVAMD64)
		ret, err := way.read(&c, tg.th)
		if err != nil || ret != captureRet {
			t.Errorf("%s, %s: %v, %v", tc.name, way.name, ret, err)
			continue
		}
		got := c.values()[0]
		if string(got.Text) != tc.want || (got.Text != nil) != (tc.want != "") || got.More != tc.more || got.Word != uint64(a) {
			t.Errorf("%s, %s: %s, want %q, more %v", tc.name, way.name, valueText(got), tc.want, tc.more)
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
			cp := capture{limit: 32}
			for _, round := range []string{"first", "second"} {
				regs := tg.arguments(c.args...)
				cp.begin(sysdeps.AMD64, tg.sp, 0)
				cp.args(nil, regs, abi.SysVAMD64)
				pieces := cp.gather.Len()
				ret, err := way.read(&cp, tg.th)
				if err != nil || ret != captureRet {
					t.Errorf("%s, %s, %s: %v, %v", c.name, way.name, round, ret, err)
				}
				got := ""
				for i, v := range cp.values() {
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
					t.Errorf("%s, %s, %s: %s, want %s", c.name, way.name, round, got, c.want)
				}
				if want := 1 + strings.Count(c.want, "t"); way.name == "at once" && round == "second" && pieces != want {
					t.Errorf("%s: %d pieces are asked for again, want %d", c.name, pieces, want)
				}
			}
		}
	}

	off := capture{}
	off.begin(sysdeps.AMD64, tg.sp, 0)
	off.args(nil, tg.arguments(text), abi.SysVAMD64)
	if n := off.gather.Len(); n != 1 {
		t.Errorf("without a limit %d pieces are asked for", n)
	}
	off.begin(sysdeps.AMD64, tg.sp, 0)
	if n := len(off.values()); n != 0 {
		t.Errorf("%d values before any was captured", n)
	}
}

// checkErrors has a stack that is not there.
func (tg *captureTarget) checkErrors(t *testing.T) {
	var c capture
	c.begin(sysdeps.AMD64, tg.hi, 0)
	if _, err := c.read(tg.th); !errors.Is(err, unix.EFAULT) {
		t.Errorf("no stack: %v", err)
	}
	c.begin(sysdeps.AMD64, tg.hi-4, 0) // half of the word
	if _, err := c.read(tg.th); !errors.Is(err, unix.EFAULT) {
		t.Errorf("half a stack: %v", err)
	}
}

// checkAllocations holds that a capture costs no memory once its buffers are
// there.
func (tg *captureTarget) checkAllocations(t *testing.T) {
	text := tg.put(t, strings.Repeat("x", 100)+"\x00", inside)
	regs := tg.arguments(text, text+50, 3, text+99)
	c := capture{limit: 32}
	if n := testing.AllocsPerRun(100, func() {
		c.begin(sysdeps.AMD64, tg.sp, 0)
		c.args(nil, regs, abi.SysVAMD64)
		if _, err := c.read(tg.th); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
