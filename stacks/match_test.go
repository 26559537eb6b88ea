package stacks

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMatch writes pieces to descriptors, and looks which of them match.
func TestMatch(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for _, c := range []struct {
		name, re string
		pieces   []string // "FD TEXT", or "FD N TEXT" where N bytes of it are written
		want     []string // "PIECE LINE [MATCH]"
	}{
		{"one", "err", []string{"2 an error\n"}, []string{`0 "an error\n" err`}},
		{"none", "err", []string{"2 all is well\n", "2 er", "1 r"}, nil},
		{"in two pieces", "err", []string{"2 an er", "2 ror\n"}, []string{`1 "an error\n" err`}},
		{"letter by letter", "err", []string{"2 e", "2 r", "2 r", "2 o", "2 r"}, []string{`2 "err" err`}},
		{"once for a line that goes on", "err", []string{"2 an error", "2 : ", "2 more", "2 \nerr"}, []string{`0 "an error" err`, `3 "err" err`}},
		{"a match that goes on", "err.*", []string{"2 an error", "2 : more", "2 err\n", "2 err"}, []string{`0 "an error" error`, `3 "err" err`}},
		{"a second one in a line", "err", []string{"2 an error", "2  and errors\n"}, []string{`0 "an error" err`, `1 "an error and errors\n" err`}},
		{"the beginning of a line with one", "^.", []string{"2 a", "2 b\n"}, []string{`0 "a" a`}},
		{"another descriptor between", "err", []string{"2 er", "1 x\n", "2 ror\n"}, []string{`2 "error\n" err`}},
		{"a line's beginning", "^err", []string{"2 an", "2 error", "2 \n", "2 error"}, []string{`3 "error" err`}},
		{"a line's end", "r$", []string{"2 err\n", "2 or\nx"}, []string{`0 "err\n" r`, `1 "or\n" r`}},
		{"the second line", "b.", []string{"2 aa\nbb\ncc\n"}, []string{`0 "bb\n" bb`}},
		{"across lines", "a\nb", []string{"2 xa\nby\nz"}, []string{"0 \"xa\\nby\\n\" a\nb"}},
		{"the end of a line", "a\n", []string{"2 xa\nby"}, []string{"0 \"xa\\n\" a\n"}},
		{"half of it written", "error", []string{"2 3 error\n", "2 or\n"}, []string{`0 "error\n" error`}},
		{"before the half", "rest", []string{"2 5 some rest\n", "2 rest\n"}, []string{`0 "some rest\n" rest`}},
		{"not written, and again", "err", []string{"2 0 err\n", "2 err\n"}, []string{`0 "err\n" err`, `1 "err\n" err`}},
		{"two in one", "err", []string{"2 err err"}, []string{`0 "err err" err`}},
		{"a long line", "^x*end$", []string{"2 " + long + "y", "2 end\n"}, nil},
		{"the end of a long line", "yend", []string{"2 " + long + "y", "2 end\n"}, []string{fmt.Sprintf("1 %q yend", long[1:]+"yend\n")}},
		{"everything", "", []string{"2 a", "2 b\n", "2 c"}, []string{`0 "a" `, `1 "ab\n" `, `2 "c" `}},
		{"what was matched before", "a+", []string{"2 aa", "2 aa"}, []string{`0 "aa" aa`}},
		{"closed between", "err", []string{"2 er", "close 0 1", "2 r", "2 \ner", "close 2 5", "2 r"}, []string{`2 "err" err`}},
	} {
		m := newMatcher(regexp.MustCompile("(?m:" + c.re + ")"))
		var got []string
		for i, piece := range c.pieces {
			var fd int32
			var first, last uint32
			if n, _ := fmt.Sscanf(piece, "close %d %d", &first, &last); n == 2 {
				m.closed(first, last)
				continue
			}
			head, text, _ := strings.Cut(piece, " ")
			fmt.Sscan(head, &fd)
			written := len(text)
			if n, _ := fmt.Sscanf(piece, "%d %d ", &fd, &written); n == 2 {
				_, text, _ = strings.Cut(text, " ")
			}
			line, lo, hi, ok := m.begin(stream{7, fd}, func(b []byte) []byte { return append(b, text...) })
			if ok {
				got = append(got, fmt.Sprintf("%d %q %s", i, line, line[lo:hi]))
			}
			m.end(7, int64(written))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q\nwant\n%q", c.name, got, c.want)
		}
	}
}

// TestMatchBound holds that little is kept of a process that writes to all descriptors,
// and nothing of threads that have ended.
func TestMatchBound(t *testing.T) {
	m := newMatcher(regexp.MustCompile("x"))
	for fd := range int32(10 * maxLines) {
		m.begin(stream{1, fd}, func(b []byte) []byte { return append(b, "a"...) })
		m.end(1, 1)
		if len(m.lines) > maxLines {
			t.Fatalf("%d lines", len(m.lines))
		}
	}
	if len(m.lines) == 0 {
		t.Error("no line is kept")
	}
	// What was not read of a write is not known.
	at := stream{2, 1}
	m.begin(at, func(b []byte) []byte { return append(b, "ab"...) })
	m.end(2, 3)
	if len(m.lines[at].text) > 0 {
		t.Errorf("kept: %q", m.lines[at].text)
	}
	m.ended(1)
	m.ended(2)
	if len(m.lines) != 0 || len(m.calls) != 0 {
		t.Errorf("kept: %d lines, %d calls", len(m.lines), len(m.calls))
	}
}
