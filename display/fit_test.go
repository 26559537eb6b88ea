package display

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// TestFitKeepsToWidth holds, for every golden file, that no line is wider than the
// terminal, that lines which fit are as they are, and that colours make no difference.
func TestFitKeepsToWidth(t *testing.T) {
	colours := everyPiece(t)
	forGoldens(t, func(t *testing.T, events string, o TextOptions) {
		plain := strings.SplitAfter(string(render(t, o, parseScript(t, events))), "\n")
		for _, columns := range []int{1, 2, 3, 4, 5, 7, 8, 9, 20, 21, 39, 40, 41, 60, 80, 120, 500} {
			o.Width, o.Colours = func() int { return columns }, nil
			fitted := string(render(t, o, parseScript(t, events)))
			lines := strings.SplitAfter(fitted, "\n")
			if len(lines) != len(plain) {
				t.Fatalf("%d columns: %d lines, want %d", columns, len(lines), len(plain))
			}
			for i, line := range lines {
				was := strings.TrimSuffix(plain[i], "\n")
				line = strings.TrimSuffix(line, "\n")
				switch n := Cells([]byte(line)); {
				case n > columns:
					t.Errorf("%d columns: %d in %q", columns, n, line)
				case Cells([]byte(was)) <= columns && line != was:
					t.Errorf("%d columns: %q, want %q", columns, line, was)
				}
			}
			o.Colours = colours
			coloured := string(render(t, o, parseScript(t, events)))
			if diff := cmp.Diff(fitted, sgr.ReplaceAllString(coloured, "")); diff != "" {
				t.Errorf("%d columns, without the colours (-plain +coloured):\n%s", columns, diff)
			}
			checkClosed(t, coloured)
		}
	})
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		columns int
		// The line, with | before and behind what gives way.
		line, want string
	}{
		{20, `f(|1|) = 2`, `f(1) = 2`},
		{0, `f(|"0123456789"|) = 2`, `f("0123456789") = 2`},
		{17, `f(|"0123456789"|) = 2`, `f("012345...) = 2`},
		{19, `f(|"0123456789"|) = 2`, `f("0123456789") = 2`},
		{18, `f(|"0123456789"|) = 2`, `f("0123456...) = 2`},
		{12, `f(|"0123456789"|) = 2`, `f("0...) = 2`},
		{10, `f(|"0123456789"|) = 2`, `f("...)...`},
		{9, `f(|"0123456789"|) = 2`, `f("012...`},
		{4, `f(|"0123456789"|) = 2`, `f...`},
		{3, `f(|"0123456789"|) = 2`, `f("`},
		{1, `f(|"0123456789"|) = 2`, `f`},
		// The padding goes first, as far as need be.
		{20, `f(|1|)             = "0123"`, `f(1)        = "0123"`},
		{12, `f(|1|)             = "0123"`, `f(1) = "0...`},
		// The arguments keep a quarter of the room, and what the rest leaves.
		{22, `f(|"0123456789"|) = "0123456789"`, `f("0...) = "0123456...`},
		{22, `f(|1|) = "01234567890123456789"`, `f(1) = "01234567890...`},
		{22, `f(|"01234567890123456789"|) = 1`, `f("01234567890...) = 1`},
		{30, `f(|"0123456789012345678901234"| <unfinished ...>`, `f("0123456... <unfinished ...>`},
		// Wide characters, and those that stand upon others.
		{12, `f(|"世界世界世界"|) = 1`, `f("...) = 1`},
		{14, `f(|"世界世界世界"|) = 1`, `f("世...) = 1`},
		{17, `f(|"世界世界世界"|) = 1`, `f("世界世...) = 1`},
		{12, "f(|a\u0301b\u0301c\u0301d\u0301e\u0301f\u0301g\u0301h\u0301|) = 1", "f(a\u0301b\u0301...) = 1"},
		// Nothing gives way: the end goes.
		{12, `+++ exited (status 3) +++`, `+++ exite...`},
	} {
		first, rest, _ := strings.Cut(c.line, "|")
		middle, last, _ := strings.Cut(rest, "|")
		args, tail := len(first), len(first)+len(middle)
		if rest == "" {
			args, tail = 0, 0
		}
		before := "an earlier line\n"
		if args > 0 {
			args, tail = args+len(before), tail+len(before)
		}
		got := string(fit([]byte(before+first+middle+last), len(before), args, tail, c.columns))
		if got, ok := strings.CutPrefix(got, before); !ok || got != c.want {
			t.Errorf("%d columns:\n%s\n%s, want\n%s", c.columns, c.line, got, c.want)
		}
	}
}

func TestCells(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"", 0},
		{"abc", 3},
		{"größe", 5},
		{"世界", 4},
		{"ｆｕｌｌ", 8},
		{"ﾊﾝ", 2},
		{"e\u0301", 1},
		{"\U0001f600", 2},
		{"한글", 4},
		{"\x1b[1;31mred\x1b[m", 3},
	} {
		if got := Cells([]byte(c.text)); got != c.want {
			t.Errorf("%q takes %d columns, want %d", c.text, got, c.want)
		}
	}
}

// FuzzFit cuts lines of any text and colours: they keep to the width, and colours make no
// difference to what is cut, and are all kept.
func FuzzFit(f *testing.F) {
	f.Add("read(", "3, \"世界e\u0301\"", ") = 2", "\x1b[1mread\x1b[m(", uint8(12))
	f.Add("--- SIGSEGV ", "{si_signo=SIGSEGV}", " ---", "", uint8(20))
	f.Add("getenv(", "\"HOME\"", ")          = \"/home/of/somebody\"", "\x1b[36m", uint8(25))
	f.Add("f(", "\u0301\u0301", ") = \U0001f600\U0001f600", "", uint8(1))
	f.Fuzz(func(t *testing.T, head, args, tail, seed string, columns uint8) {
		plain := func(s string) string { return string(appendName(nil, s, true)) } // as all that is shown
		head, args, tail = plain(head), plain(args), plain(tail)
		got := string(fit([]byte(head+args+tail), 0, len(head), len(head+args), int(columns)))
		if n := Cells([]byte(got)); columns > 0 && n > int(columns) {
			t.Errorf("%d columns: %d in %q", columns, n, got)
		}
		if Cells([]byte(head+args+tail)) <= int(columns) && got != head+args+tail {
			t.Errorf("%d columns: %q is cut to %q", columns, head+args+tail, got)
		}
		head, args = paint(head, seed), paint(args, seed)
		if equals := strings.Index(tail, "= "); equals >= 0 { // what is before it has no colour
			tail = tail[:equals+2] + paint(tail[equals+2:], seed)
		}
		coloured := string(fit([]byte(head+args+tail), 0, len(head), len(head+args), int(columns)))
		if text := sgr.ReplaceAllString(coloured, ""); text != got {
			t.Errorf("%d columns: %q in colours, %q without", columns, text, got)
		}
		if want, n := len(sgr.FindAllString(head+args+tail, -1)), len(sgr.FindAllString(coloured, -1)); n != want {
			t.Errorf("%d columns: %d of %d sequences in %q", columns, n, want, coloured)
		}
	})
}

// paint puts colours around a text, and around a character in it, as the seed says.
func paint(s, seed string) string {
	if s == "" || len(seed)%3 == 0 {
		return s
	}
	if len(seed)%3 == 1 {
		return "\x1b[1;31m" + s + reset
	}
	_, size := utf8.DecodeRuneInString(s)
	return "\x1b[1m" + s[:size] + reset + "\x1b[36m" + s[size:] + reset
}
