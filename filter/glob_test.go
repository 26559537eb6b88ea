package filter

import (
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	for _, test := range []struct {
		pattern string
		yes, no string
	}{
		{"a", "a", "b aa A"},
		{"?", "a é ~ \xff", "ab é́ \xff\xff"},
		{"a*", "a ab aab a*", "b ba"},
		{"*a", "a ba aaa", "ab"},
		{"*a*b*", "ab xaxbx aab abb", "ba a b"},
		{"a**b", "ab axxb", "a b"},
		{"*?", "a ab", ""},
		{"a.c", "a.c", "abc"},
		{"[abc]x", "ax bx cx", "dx x abx"},
		{"[]]", "]", "[ a"},
		{"[]a]", "] a", "b"},
		{"[!]a]", "b [", "] a"},
		{"[^]a]", "b [", "] a"},
		{"[a^!]", "a ^ !", "b"},
		{"[-a]", "- a", "b"},
		{"[a-]", "- a", "b"},
		{"[a-c-]", "a b c -", "d"},
		{"[[]", "[", "]"},
		{"[[a]", "[ a", "]"},
		{"[a[]", "[ a", "]"},
		{`[\]]`, "]", `\ [`},
		{`[\\]`, `\`, "]"},
		{`[a\-z]`, "a - z", "b"},
		{`[+-/]`, "+ , - . /", "* 0"},
		{"[@^]x", "@x ^x", "x"},
		{"[à-ü]", "é", "e à́"},
		{"[!é]", "e \xc3 \xff", "é"},
		{"[[:digit:]_]", "0 9 _", "a :"},
		{"[![:digit:]_]", "a :", "0 9 _"},
		{"[[:upper:][:digit:]]", "A Z 5", "a"},
		{"[[:xdigit:]]", "0 9 a f A F", "g G @"},
		{"[[:alnum:]]", "a Z 0", "_ é"},
		{"[[:lower:]]", "a z", "A é"},
		{"[[:space:][:blank:][:cntrl:]]", "\x01 \x7f", "a"},
		{"[[:print:]]", "a ~", "\x01 \x7f"},
		{"[[:graph:]]", "a ~", "\x01 \x7f"},
		{`\*\?\[`, "*?[", "ab["},
	} {
		f, err := Parse(Calls, []string{test.pattern})
		if err != nil {
			t.Errorf("%s: %v", test.pattern, err)
			continue
		}
		for _, name := range strings.Fields(test.yes) {
			if !f.Match(&Module{Main: true}, name, "") {
				t.Errorf("%s does not match %q", test.pattern, name)
			}
		}
		for _, name := range append(strings.Fields(test.no), "") {
			if f.Match(&Module{Main: true}, name, "") {
				t.Errorf("%s matches %q", test.pattern, name)
			}
		}
	}
}

// TestGlobHostile would not end if each star were tried against each.
func TestGlobHostile(t *testing.T) {
	f, err := Parse(Calls, []string{strings.Repeat("a*", 200) + "b"})
	if err != nil {
		t.Fatal(err)
	}
	if f.Match(&Module{Main: true}, strings.Repeat("a", 5000), "") {
		t.Error("it matches")
	}
}
