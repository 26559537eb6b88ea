package capture

import (
	"testing"

	"sonde/sysdeps"
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
		if end, ok := textEnd([]byte(c.p), 0); end != c.end || ok != c.ok {
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
