package filter

import (
	"os/exec"
	"strings"
	"testing"
)

func TestRegexp(t *testing.T) {
	for _, test := range []struct {
		re       string // /BRE/ or /ERE/E, without the first slash
		yes, no  string
		disputed bool // grep takes it for an error, or the slash for itself
	}{
		{"a/", "a", "b aa ab", false},
		{".*/", "a ab é", "", false},
		{"a*/", "a aa", "b ab", false},
		{"a.c/", "abc aéc a.c", "ac abbc", false},
		{"[abc]*/", "a ab cba", "d", false},
		{"[^abc]/", "d é", "a", false},
		{"[]a]/", "] a", "b", false},
		{"[^]a]/", "b", "] a", false},
		{`[\]/`, `\`, "] a", false},
		{`[\n]/`, `\ n`, "a", false},
		{`[a\]]/`, `a] \]`, `a \ ]`, false},
		{"[a-c-]/", "a c -", "d", false},
		{"[*.$^]/", "* . $ ^", "a", false},
		{"[[:digit:]x]*/", "0 x1", "y", false},
		{"[^[:alpha:]]/", "1 _", "a", false},
		{"[à-ü]/", "é", "e", true},

		// Basic: what has a meaning extended stands for itself, and has it
		// behind a backslash.
		{"a+/", "a+", "a aa", false},
		{"a?/", "a?", "a", false},
		{"a|b/", "a|b", "a b", false},
		{"(a)/", "(a)", "a", false},
		{"a{2}/", "a{2}", "aa", false},
		{`a\+/`, "a aa", "b a+", false},
		{`xa\?/`, "x xa", "xa? xaa", false},
		{`a\|b/`, "a b", "a|b ab", false},
		{`\(ab\)*/`, "ab abab", "a aba", false},
		{`a\{2\}/`, "aa", "a aaa", false},
		{`a\{2,3\}/`, "aa aaa", "a aaaa", false},
		{`a\{2,\}/`, "aa aaaaa", "a", false},
		{`\(a\|b\)c/`, "ac bc", "a c abc", false},
		{"*a/", "*a", "a aa", false},
		{"^*a/", "*a", "a ^*a", false},
		{`\(*a\)/`, "*a", "a", false},
		{`x\|*a/`, "x *a", "a", false},
		{"^a$/", "a", "^a$", false},
		{"a^b/", "a^b", "ab", false},
		{"a$b/", "a$b", "ab", false},
		{`\(^a$\)/`, "a", "^a$", false},
		{`^a$\|^b$/`, "a b", "ab", false},
		{"a**/", "a aaa", "b", false},
		{`a*\?/`, "a aaa", "b a?", false},
		{`a\{2\}*/`, "aa aaaa", "a aaa", false},

		// Extended.
		{"a+/E", "a aa", "a+", false},
		{"xa?/E", "x xa", "xa?", false},
		{"a|b/E", "a b", "a|b", false},
		{"(ab)*/E", "ab abab", "a", false},
		{"a{2,3}/E", "aa aaa", "a aaaa", false},
		{`a\+/E`, "a+", "a aa", false},
		{`a\|b/E`, "a|b", "a b", false},
		{`\(a\)/E`, "(a)", "a", false},
		{`a\{2\}/E`, "a{2}", "aa", false},
		{"(a|b)c/E", "ac bc", "abc", false},
		{"a+?/E", "a aa", "b", false},
		{"a*+/E", "a aa", "b", false},
		{"(a|bc){2}/E", "aa abc bca", "a bc", false},
		{"^(a|b)$/E", "a b", "ab", false},
		{"a}/E", "a}", "a", false},
		{"a.$/E", "ab", "a", false},

		// GNU's additions.
		{`\w*/`, "a a_1", "a-b", false},
		{`\W/`, "- .", "a _", false},
		{`\S*/`, "ab", "", false},
		{`a\b.*/`, "a a-b", "ab", false},
		{`a\B.*/`, "ab", "a-b", false},
		{"\\`a\\'/", "a", "ab", false},

		// Backslashes that take a meaning away.
		{`a\.b/`, "a.b", "axb", false},
		{`a\*/`, "a*", "a aa", false},
		{`\[a\]/`, "[a]", "a", false},
		{`a\\b/`, `a\b`, "ab", false},
		{`\^a\$/`, "^a$", "a", false},
		{`a\/b/`, "a/b", "ab", true},
		{`a\@b/`, "a@b", "ab", true},
		{"a[/]b/", "a/b", "ab", false},
	} {
		f, err := Parse(Entries, []string{"/" + test.re})
		if err != nil {
			t.Errorf("/%s: %v", test.re, err)
			continue
		}
		re, extended := strings.CutSuffix(test.re, "/E")
		re = strings.TrimSuffix(re, "/")
		for name := range strings.FieldsSeq(test.yes + " " + test.no) {
			want := strings.Contains(" "+test.yes+" ", " "+name+" ")
			if got := f.Match(&Module{Main: true}, name, ""); got != want {
				t.Errorf("/%s and %q: %v, want %v", test.re, name, got, want)
			}
			if !test.disputed {
				if got := grep(t, re, extended, name); got != want {
					t.Errorf("/%s and %q: grep says %v, the table %v", test.re, name, got, want)
				}
			}
		}
	}
}

// grep tells whether grep(1), which has regcomp(3)'s language, matches a line
// whole.
func grep(t *testing.T, re string, extended bool, line string) bool {
	t.Helper()
	kind := "-G"
	if extended {
		kind = "-E"
	}
	cmd := exec.Command("grep", "-qx", kind, "-e", re)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C.UTF-8")
	cmd.Stdin = strings.NewReader(line + "\n")
	err := cmd.Run()
	if ee, ok := err.(*exec.ExitError); err != nil && (!ok || ee.ExitCode() != 1) {
		t.Fatalf("grep %s %s: %v", kind, re, err)
	}
	return err == nil
}

func TestRegexpErrors(t *testing.T) {
	for _, test := range []struct {
		re   string
		ere  bool
		off  int
		want string // the beginning
	}{
		{`a\(b`, false, 1, "'(' without ')'"},
		{`(a(b)`, true, 0, "'(' without ')'"},
		{`a\)`, false, 1, "')' without '('"},
		{`ab)`, true, 2, "')' without '('"},
		{`a[b`, false, 1, "'[' without ']'"},
		{`a[b-a]`, false, 1, "a range in [...] that ends before"},
		{`[[:x:]]`, false, 0, "no character class is called [:x:]"},
		{`[[.x.]]`, true, 0, "[. in [...] is not supported"},
		{`a\{2`, false, 1, "'{' without '}'"},
		{`a{2`, true, 1, "'{' without '}'"},
		{`a{,2}`, true, 1, "{,2} is no number of repetitions"},
		{`a{3,2}`, true, 1, "{3,2} is no number of repetitions"},
		{`a{x}`, true, 1, "{x} is no number of repetitions"},
		{`a{40000}`, true, 1, "{40000} is no number of repetitions"},
		{`a{1001}`, true, 0, "invalid repeat count"},
		{`{2}`, true, 0, "nothing stands before {2}"},
		{`*a`, true, 0, "nothing stands before the '*'"},
		{`a|+`, true, 2, "nothing stands before the '+'"},
		{`(?a)`, true, 1, "nothing stands before the '?'"},
		{`^*`, true, 1, "nothing stands before the '*'"},
		{`\(a\)\1`, false, 5, `\1: what a group has matched`},
		{`\<a`, false, 0, `\< is not supported`},
		{`a\>`, true, 1, `\> is not supported`},
		{`a\`, false, 1, "a backslash at the end"},
		{"a\xff", false, 1, "a byte that is no character"},
		{"a\\\xff", false, 1, "a byte that is no character"},
	} {
		_, off, msg := regexpPattern(test.re, test.ere)
		if off != test.off || !strings.HasPrefix(msg, test.want) || msg == "" {
			t.Errorf("%q: %d: %s, want %d: %s", test.re, off, msg, test.off, test.want)
		}
	}
}

// FuzzRegexp holds that all that is taken is a regular expression of Go's as
// well, and that what grep would take is not misread into matching what it
// holds literally.
func FuzzRegexp(f *testing.F) {
	for _, re := range []string{"a", `\(a\|b\)*\{2,3\}`, "(a|b)*+?{2}", "[]a-z[:alpha:]^-]", `^*$a^b`, `\w\S\b`, "a**{2}{3}", `()|(|)`, "[\xff"} {
		f.Add(re, false)
		f.Add(re, true)
	}
	f.Fuzz(func(t *testing.T, re string, extended bool) {
		p, off, msg := regexpPattern(re, extended)
		if (p.re == nil) != (msg != "") || off < 0 || off > len(re) {
			t.Fatalf("%q: %v, %d, %q", re, p.re, off, msg)
		}
		if msg == "" && !strings.ContainsAny(re, `\*+?.[](){}|^$`) && !p.match(re) {
			t.Errorf("%q does not match itself", re)
		}
	})
}
