package trace

import (
	"errors"
	"strings"
	"testing"
)

// calls is what TestFilter's filters choose among: caller>function. The main
// program is called opts.
var calls = strings.Fields(`
	opts>abs opts>puts opts>strcmp opts>qsort opts>toupper
	libc.so.6>malloc libc.so.6>puts libc.so.6>strlen
	libstdc++.so.6>malloc libstdc++.so.6>strlen
	ld-linux-x86-64.so.2>_dl_x
`)

func TestFilter(t *testing.T) {
	const (
		main  = "opts>abs opts>puts opts>strcmp opts>qsort opts>toupper"
		libc  = "libc.so.6>malloc libc.so.6>puts libc.so.6>strlen"
		other = "libstdc++.so.6>malloc libstdc++.so.6>strlen ld-linux-x86-64.so.2>_dl_x"
		all   = main + " " + libc + " " + other
	)
	for _, test := range []struct {
		exprs string // several -e stand apart by spaces; none at all is "none"
		want  string
	}{
		{"none", main},

		// Names are matched whole.
		{"puts", "opts>puts libc.so.6>puts"},
		{"put", ""},
		{"uts", ""},
		{"Puts", ""},
		{"nosuch", ""},

		// Globs.
		{"str*", "opts>strcmp libc.so.6>strlen libstdc++.so.6>strlen"},
		{"*", all},
		{"a?s", "opts>abs"},
		{"a??s", ""},
		{"*t*", "opts>puts opts>strcmp opts>qsort opts>toupper libc.so.6>puts libc.so.6>strlen libstdc++.so.6>strlen"},
		{"[aq]*", "opts>abs opts>qsort"},
		{"[a-m]*", "opts>abs libc.so.6>malloc libstdc++.so.6>malloc"},
		{"[!a-s]*", "opts>toupper ld-linux-x86-64.so.2>_dl_x"},
		{"[^a-s]*", "opts>toupper ld-linux-x86-64.so.2>_dl_x"},
		{"[[:punct:]]*", "ld-linux-x86-64.so.2>_dl_x"},
		{"[![:alpha:]]*", "ld-linux-x86-64.so.2>_dl_x"},
		{`\puts`, "opts>puts libc.so.6>puts"},
		{`put\*`, ""},

		// Libraries: the caller's name, whole; MAIN whatever its name.
		{"@", all},
		{"@*", all},
		{"@MAIN", main},
		{"@main", ""},
		{"@opts", main},
		{`@\MAIN`, ""},
		{"@libc.so.6", libc},
		{"@libc.so", ""},
		{"@libc*", libc},
		{"@lib*", libc + " libstdc++.so.6>malloc libstdc++.so.6>strlen"},
		{"puts@", "opts>puts libc.so.6>puts"},
		{"puts@MAIN", "opts>puts"},
		{"puts@libc.so.6", "libc.so.6>puts"},
		{"*@libc.so.[0-9]", libc},

		// Chains: the last rule that matches decides.
		{"puts+abs", "opts>abs opts>puts libc.so.6>puts"},
		{"abs+puts-a*", "opts>puts libc.so.6>puts"},
		{"puts-puts", ""},
		{"puts-puts+puts", "opts>puts libc.so.6>puts"},
		{"puts-@libc.so.6", "opts>puts"},
		{"@MAIN-puts", "opts>abs opts>strcmp opts>qsort opts>toupper"},
		{"@MAIN-*s+abs", "opts>abs opts>strcmp opts>qsort opts>toupper"},
		{"@libc.so.6-mem*-s*", "libc.so.6>malloc libc.so.6>puts"},
		{"@MAIN+malloc@libc*", main + " libc.so.6>malloc"},
		{"strcmp+", "opts>strcmp"},
		{"+", all},
		{"+strcmp", all},

		// Alone, ! and - mean the default set without.
		{"!puts", "opts>abs opts>strcmp opts>qsort opts>toupper"},
		{"-puts", "opts>abs opts>strcmp opts>qsort opts>toupper"},
		{"!puts-abs", "opts>strcmp opts>qsort opts>toupper"},
		{"!*+puts", "opts>puts libc.so.6>puts"},
		{"-*@libc*", main},
		{"!@MAIN", ""},
		{"puts!", ""}, // no operator there

		// Operators inside of names.
		{`@libstdc\+\+.so.6`, "libstdc++.so.6>malloc libstdc++.so.6>strlen"},
		{`@libstdc[+][+].so.6`, "libstdc++.so.6>malloc libstdc++.so.6>strlen"},
		{`@ld\-linux\-x86\-64.so.2`, "ld-linux-x86-64.so.2>_dl_x"},
		{`@ld*64.so.2`, "ld-linux-x86-64.so.2>_dl_x"},
		{`\@MAIN`, ""},

		// Several -e: one that matches is enough.
		{"abs qsort", "opts>abs opts>qsort"},
		{"abs !abs", main},
		{"puts-puts abs", "opts>abs"},
	} {
		var exprs []string
		if test.exprs != "none" {
			exprs = strings.Fields(test.exprs)
		}
		f, err := ParseFilter(exprs)
		if err != nil {
			t.Errorf("%s: %v", test.exprs, err)
			continue
		}
		var got []string
		for _, c := range calls {
			module, symbol, _ := strings.Cut(c, ">")
			if f.Match(module, module == "opts", symbol) {
				got = append(got, c)
			}
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.exprs, got, test.want)
		}
	}
}

// TestFilterEmpty holds that -e with an empty argument is no default: it
// matches nothing, as in ltrace.
func TestFilterEmpty(t *testing.T) {
	f, err := ParseFilter([]string{""})
	if err != nil {
		t.Fatal(err)
	}
	if f.Match("opts", true, "puts") || f.Match("opts", true, "") {
		t.Error("an empty filter matches")
	}
	if !f.MainOnly() {
		t.Error("an empty filter asks for libraries")
	}
}

func TestFilterAbout(t *testing.T) {
	for _, test := range []struct {
		exprs    string
		mainOnly bool
		names    string
	}{
		{"none", true, ""},
		{"puts", false, "puts"},
		{"puts@MAIN", true, "puts"},
		{"@MAIN-puts", true, ""},
		{"!puts", true, ""},
		{"-puts-abs", true, ""},
		{"!puts+abs", false, "abs"},
		{"!puts+abs@MAIN", true, "abs"},
		{"+", false, ""},
		{"@", false, ""},
		{"@opts", false, ""},
		{"puts@MAIN-*@libc*", true, "puts"},
		{"puts@MAIN abs@MAIN", true, "puts abs"},
		{"puts@MAIN abs", false, "puts abs"},
		{"puts+abs+puts@libc.so.6", false, "puts abs"},
		{`put[s]+a\bs+str*+m?lloc`, false, "abs"},
		{`operator\+`, false, "operator+"},
	} {
		var exprs []string
		if test.exprs != "none" {
			exprs = strings.Fields(test.exprs)
		}
		f, err := ParseFilter(exprs)
		if err != nil {
			t.Errorf("%s: %v", test.exprs, err)
			continue
		}
		if got := f.MainOnly(); got != test.mainOnly {
			t.Errorf("%s: MainOnly() = %v, want %v", test.exprs, got, test.mainOnly)
		}
		if got := strings.Join(f.Names(), " "); got != test.names {
			t.Errorf("%s: Names() = %q, want %q", test.exprs, got, test.names)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	for _, test := range []struct {
		expr string
		want string // the position, counted from 1, and the message's beginning
	}{
		// What ltrace has and this does not yet.
		{"/str.*/", "1: regular expressions"},
		{"puts+/str.*/", "6: regular expressions"},
		{"!/str.*/", "2: regular expressions"},
		{"/a@b/", "1: regular expressions"},
		{"@/lib.*/", "2: regular expressions (/.../) and paths"},
		{"@/lib/x86_64-linux-gnu/libc.so.6", "2: regular expressions (/.../) and paths"},
		{"puts@/usr/lib*", "6: regular expressions (/.../) and paths"},
		{"puts@lib/x", "9: paths"},
		{"a/b", "2: paths"},
		{"^str*", "1: the anchor '^'"},
		{"@^MAIN", "2: the anchor '^'"},
		{"puts+^a", "6: the anchor '^'"},
		{`"puts"`, "1: quoted names"},
		{`@'libstdc++.so.6'`, "2: quoted names"},

		// What means nothing.
		{"-", "2: a name is missing after '-'"},
		{"!", "2: a name is missing after '!'"},
		{"puts-", "6: a name is missing after '-'"},
		{"+-puts", "2: a name is missing after '+'"},
		{"--puts", "2: a name is missing after '-'"},
		{"puts++abs", "6: a name is missing after '+'"},
		{"@libstdc++.so.6", "10: a name is missing after '+'"},
		{"memcpy@@GLIBC_2.14", "8: a rule has one '@' only"},
		{"memcpy@libc@2.14", "12: a rule has one '@' only"},

		// Patterns that are none.
		{"[abc", "1: '[' without ']'"},
		{"puts+x[", "7: '[' without ']'"},
		{"[]", "1: '[' without ']'"},
		{"[!]", "1: '[' without ']'"},
		{"[a-", "1: '[' without ']'"},
		{`[\]`, "1: '[' without ']'"},
		{`[\`, "1: '[' without ']'"},
		{"[z-a]", "1: a range in [...] that ends before it begins"},
		{"[[:alpha]", "1: '[:' without ':]'"},
		{"[[:word:]]", "1: no character class is called [:word:]"},
		{"[[:", "1: '[:' without ':]'"},
		{"[[.a.]]", "1: [. in [...] is not supported"},
		{"[[=a=]]", "1: [= in [...] is not supported"},
		{"[\xff]", "1: [...] holds a byte that is no character"},
		{"[a-\xff]", "1: [...] holds a byte that is no character"},
		{`puts\`, "5: a backslash at the end"},
	} {
		// The fault is told also where other arguments are right.
		_, err := ParseFilter([]string{"abs", test.expr})
		var fe *FilterError
		if !errors.As(err, &fe) {
			t.Errorf("%s: error %v, want one at %s", test.expr, err, test.want)
			continue
		}
		if fe.Expr != test.expr {
			t.Errorf("%s: the error is about %q", test.expr, fe.Expr)
		}
		_, got, _ := strings.Cut(err.Error(), ": at character ")
		if !strings.HasPrefix(got, test.want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %q, want %q", test.expr, got, test.want)
		}
	}
}

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
		f, err := ParseFilter([]string{test.pattern})
		if err != nil {
			t.Errorf("%s: %v", test.pattern, err)
			continue
		}
		for _, name := range strings.Fields(test.yes) {
			if !f.Match("m", true, name) {
				t.Errorf("%s does not match %q", test.pattern, name)
			}
		}
		for _, name := range append(strings.Fields(test.no), "") {
			if f.Match("m", true, name) {
				t.Errorf("%s matches %q", test.pattern, name)
			}
		}
	}
}

// TestGlobHostile would not end if each star were tried against each.
func TestGlobHostile(t *testing.T) {
	f, err := ParseFilter([]string{strings.Repeat("a*", 200) + "b"})
	if err != nil {
		t.Fatal(err)
	}
	if f.Match("m", true, strings.Repeat("a", 5000)) {
		t.Error("it matches")
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, expr := range []string{
		"", "puts", "str*@MAIN", "abs+puts-a*", "!puts", "-*@libc*", "+strcmp", "strcmp+",
		"@libstdc++.so.6", `@libstdc\+\+.so.6`, "[a-z][!0-9]?[[:alpha:]_]*", "[]-", `[\`, "/a/", "^a", "a@b@c", "[\xff-é]",
	} {
		f.Add(expr, "puts", "libc.so.6")
	}
	f.Fuzz(func(t *testing.T, expr, symbol, module string) {
		filter, err := ParseFilter([]string{expr})
		if (err == nil) == (filter == nil) {
			t.Fatalf("ParseFilter(%q) = %v, %v", expr, filter, err)
		}
		if err != nil {
			var fe *FilterError
			if !errors.As(err, &fe) || fe.Off < 0 || fe.Off > len(expr) || fe.Msg == "" {
				t.Fatalf("ParseFilter(%q): %#v", expr, err)
			}
			return
		}
		if filter.MainOnly() && filter.Match(module, false, symbol) {
			t.Errorf("%q is of the main program only, and matches %s in %s", expr, symbol, module)
		}
		// A literal name that the whole filter consists of is matched.
		if names := filter.Names(); len(filter.chains) == 1 && len(filter.chains[0]) == 1 && len(names) == 1 {
			r := filter.chains[0][0]
			if lib, ok := r.lib.literal(); (ok || r.main) && !filter.Match(lib, true, names[0]) {
				t.Errorf("%q does not match %q in %q", expr, names[0], lib)
			}
		}
		// One more -e never takes away.
		wider, err := ParseFilter([]string{"puts-puts", expr})
		if err != nil {
			t.Fatal(err)
		}
		if filter.Match(module, true, symbol) != wider.Match(module, true, symbol) {
			t.Errorf("%q matches otherwise beside one that matches nothing", expr)
		}
	})
}
