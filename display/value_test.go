package display

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"sonde/prototype"
)

// FuzzText checks that nothing but printable characters comes out of any
// bytes, and that what comes out tells the bytes that went in.
//
//	go test ./display -fuzz FuzzText
func FuzzText(f *testing.F) {
	for _, seed := range []string{
		"", "plain", "\x1b[2J", "\x00\x001\x008", "\"\\", "größe\u202e\u00a0", "\xff\xc3", "日本\xe6\x9c",
	} {
		f.Add([]byte(seed), false, 32, true)
		f.Add([]byte(seed), true, 4, false)
	}
	f.Fuzz(func(t *testing.T, text []byte, more bool, limit int, isUTF8 bool) {
		limit = min(max(limit, 0), 1<<16)
		got := string(appendText(nil, text, more, limit, isUTF8))
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) || !isUTF8 && r > '~' }) {
			t.Fatalf("text %q prints as %q", text, got)
		}
		shown, dots := strings.CutSuffix(got, `"...`)
		if !dots {
			shown = strings.TrimSuffix(got, `"`)
		}
		if want := more || len(text) > limit; dots != want {
			t.Fatalf("text %q, more %v, limit %d prints as %q: dots %v", text, more, limit, got, dots)
		}
		back := unescapeC(t, strings.TrimPrefix(shown, `"`))
		missing := min(len(text), limit) - len(back)
		if !bytes.HasPrefix(text, back) || missing != 0 && (!dots || !isUTF8 || missing < 0 || missing >= utf8.UTFMax) {
			t.Fatalf("text %q, limit %d prints as %q, which reads as %q", text, limit, got, back)
		}
	})
}

// unescapeC reads what a C compiler would of a string literal's inside.
func unescapeC(t *testing.T, s string) (b []byte) {
	t.Helper()
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			if s[i] == '"' {
				t.Fatalf("a bare quote in %q", s)
			}
			b = append(b, s[i])
			continue
		}
		i++
		if k := strings.IndexByte(`abtnvfr"\`, s[i]); k >= 0 {
			b = append(b, "\a\b\t\n\v\f\r\"\\"[k])
			continue
		}
		v, digits := 0, 0
		for ; digits < 3 && i+digits < len(s) && '0' <= s[i+digits] && s[i+digits] <= '7'; digits++ {
			v = v*8 + int(s[i+digits]-'0')
		}
		if digits == 0 || v > 0xff {
			t.Fatalf("a bad escape in %q", s)
		}
		b, i = append(b, byte(v)), i+digits-1
	}
	return b
}

// TestWords prints words of both sizes, which are small numbers or addresses.
func TestWords(t *testing.T) {
	for _, c := range []struct {
		word uint64
		size uint8
		want string
	}{
		{0, 0, "0"},
		{10000, 8, "10000"},
		{10001, 8, "0x2711"},
		{1<<64 - 1, 8, "-1"},
		{1<<64 - 10000, 0, "-10000"},
		{1<<64 - 10001, 8, "0xffffffffffffd8ef"},
		{1<<32 - 1, 8, "0xffffffff"},
		{1<<32 - 1, 4, "-1"},
		{1<<32 - 10001, 4, "0xffffd8ef"},
		{0xf7c00000, 4, "0xf7c00000"},
	} {
		v := prototype.Value{Word: c.word, Size: c.size}
		if got := string((&values{}).value(nil, &v)); got != c.want {
			t.Errorf("%#x of %d bytes: %s, want %s", c.word, c.size, got, c.want)
		}
	}
}

// TestIndentCap checks that a runaway recursion does not make endless lines.
func TestIndentCap(t *testing.T) {
	evs := parseScript(t, "0 1 call 1:f depth=1000000")
	got := string(render(t, TextOptions{Indent: 20}, evs))
	if want := strings.Repeat(" ", maxIndent) + "f( <unfinished ...>\n"; got != want {
		t.Errorf("a line of %d bytes, want %d", len(got), len(want))
	}
}
