package filter

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// filterModules are the modules of the tests' process, by the name that the
// tests call them.
var filterModules = map[string]*Module{
	"opts":   {Name: "opts", Base: "opts", Path: "/home/me/opts", Main: true},
	"libc":   {Name: "libc.so.6", Base: "libc.so.6", Path: "/lib/x86_64-linux-gnu/libc.so.6"},
	"stdc++": {Name: "libstdc++.so.6", Base: "libstdc++.so.6.0.30", Path: "/usr/lib/libstdc++.so.6.0.30"},
	"ld":     {Name: "ld-linux-x86-64.so.2", Base: "ld-linux-x86-64.so.2", Path: "/lib64/ld-linux-x86-64.so.2"},
	"plug":   {Name: "plug-in.so", Base: "plug-in.so", Path: "/opt/my app/v1+2/plug-in.so"},
}

// filterSymbols are what the tests' filters choose among: module>function, and
// the version behind a blank.
var filterSymbols = []string{
	"opts>abs", "opts>puts", "opts>strcmp", "opts>qsort", "opts>toupper",
	"libc>malloc", "libc>memcpy GLIBC_2.14", "libc>memcpy GLIBC_2.2.5", "libc>puts", "libc>strlen",
	"stdc++>malloc", "stdc++>_ZNSt6vectorIiSaIiEE9push_backEOi", "stdc++>_ZNSt6vectorIiSaIiEE5clearEv",
	"ld>_dl_x",
	"plug>_ZN3foo3barEiPKc", "plug>_ZN3fooplERKS_", "plug>_Z3maxIiET_S0_S0_", "plug>_Z4workv.cold",
	"plug>_ZN4main5hello17h0123456789abcdefE", "plug>_RNvCs1234_4main3two", "plug>net/http.(*Server).Serve", "plug>go-x.F",
}

// expand replaces each word that is one of filterModules in capital letters, or
// ALL, by what there is of it.
func expand(want string) string {
	var all []string
	for _, word := range strings.Fields(want) {
		some := false
		for _, c := range filterSymbols {
			module, _, _ := strings.Cut(c, ">")
			if word == "ALL" || word == strings.ToUpper(module) {
				all = append(all, strings.ReplaceAll(c, " ", "@"))
				some = true
			}
		}
		if !some {
			all = append(all, word)
		}
	}
	return strings.Join(all, " ")
}

// chosen returns what a filter matches of filterSymbols.
func chosen(f *Filter) string {
	var got []string
	for _, c := range filterSymbols {
		module, symbol, _ := strings.Cut(c, ">")
		symbol, version, _ := strings.Cut(symbol, " ")
		if f.Match(filterModules[module], symbol, version) {
			got = append(got, strings.ReplaceAll(c, " ", "@"))
		}
	}
	return strings.Join(got, " ")
}

func TestFilter(t *testing.T) {
	for _, test := range []struct {
		exprs string // several arguments stand apart by " & "
		want  string
	}{
		// What was measured of ltrace, with what it should have been.
		{"str*", "opts>strcmp libc>strlen"},
		{"/str.*/", "opts>strcmp libc>strlen"},
		{`/\(str\|q\).*/`, "opts>strcmp opts>qsort libc>strlen"},
		{"/(str|q).*/", ""},
		{"/^str.*/", "opts>strcmp libc>strlen"},
		{"^str*", "opts>strcmp libc>strlen"},
		{"@^MAIN", "OPTS"},
		{"@/lib/x86_64-linux-gnu/libc.so.6", "LIBC"},
		{"@/lib*", "LIBC LD"},
		{"@/lib.*/", "LIBC STDC++"},
		{"+strcmp", "ALL"},
		{"strcmp+", "opts>strcmp"},
		{"abs+puts-a*", "opts>puts libc>puts"},
		{"-*@libc*", "OPTS"},
		{"@libc.so.6-mem*", "libc>malloc libc>puts libc>strlen"},
		{"!puts", "opts>abs opts>strcmp opts>qsort opts>toupper"},
		{"-puts", "opts>abs opts>strcmp opts>qsort opts>toupper"},
		{"@MAIN-puts", "opts>abs opts>strcmp opts>qsort opts>toupper"},

		// Names are matched whole.
		{"puts", "opts>puts libc>puts"},
		{"put", ""},
		{"uts", ""},
		{"Puts", ""},
		{"nosuch", ""},

		// Globs.
		{"*", "ALL"},
		{"a?s", "opts>abs"},
		{"a??s", ""},
		{"*t*@MAIN", "opts>puts opts>strcmp opts>qsort opts>toupper"},
		{"[aq]*", "opts>abs opts>qsort"},
		{"[a-m]*@MAIN+[a-m]*@libc*", "opts>abs libc>malloc libc>memcpy@GLIBC_2.14 libc>memcpy@GLIBC_2.2.5"},
		{"[!a-s_]*@MAIN", "opts>toupper"},
		{"[^a-s_]*@MAIN", "opts>toupper"},
		{"[[:punct:]]*@ld*", "LD"},
		{`\puts`, "opts>puts libc>puts"},
		{`put\*`, ""},

		// Libraries: their SONAME or base name, whole; MAIN whatever its name.
		{"@", "ALL"},
		{"@*", "ALL"},
		{"@MAIN", "OPTS"},
		{"@main", ""},
		{"@opts", "OPTS"},
		{`@\MAIN`, ""},
		{`@"MAIN"`, ""},
		{"@libc.so.6", "LIBC"},
		{"@^libc.so.6", "LIBC"},
		{"@libc.so", ""},
		{"@libc*", "LIBC"},
		{"@libstdc*.30", "STDC++"},
		{"puts@", "opts>puts libc>puts"},
		{"puts@MAIN", "opts>puts"},
		{"*@libc.so.[0-9]", "LIBC"},
		{"@/libc.so.[0-9]/", "LIBC"},
		{"@/lib(c|stdc[+][+])[.].*/E", "LIBC STDC++"},
		{"puts@/opts/", "opts>puts"},

		// Paths.
		{"@/usr/lib/*", "STDC++"},
		{"@/usr/lib", ""},
		{"@libc.so.6+@/usr/*", "LIBC STDC++"},
		{"@/lib*-linux-gnu/*", "LIBC"},
		{"@/lib/x86_64-linux-gnu/libc.so.6-m*", "libc>puts libc>strlen"},
		{"@/lib/x86_64-linux-gnu/libc.so.6-/m.*/", "libc>puts libc>strlen"},
		{"@/lib/x86_64-linux-gnu/libc.so.6-m*+/mall.*/", "libc>malloc libc>puts libc>strlen stdc++>malloc"},
		{"@/lib/x86_64-linux-gnu/libc.so.6-m*+malloc@/lib/x86_64-linux-gnu/*", "libc>malloc libc>puts libc>strlen"},
		{"@/opt/my app/v1+2/*", "PLUG"},
		{`@"/opt/my app/v1+2/plug-in.so"`, "PLUG"},
		{`@/opt/*/plug\-in.so`, "PLUG"},
		{"@*/plug*", "PLUG"},
		{"@/^lib.*/", "LIBC STDC++"},

		// Regular expressions.
		{"/put./+/a.s/", "opts>abs opts>puts libc>puts"},
		{"/.*-.*/", "plug>go-x.F"},
		{"/.*s-/", ""},
		{"!/.*s.*/", "opts>toupper"},
		{"/puts|abs/E", "opts>abs opts>puts libc>puts"},
		{"/puts|abs/E@MAIN", "opts>abs opts>puts"},
		{"/puts|abs/E-puts", "opts>abs"},
		{"/p.*@opts/", "opts>puts"},
		{"/p.*@libc.*/", "libc>puts"},
		{"/puts|abs@opts/E", "opts>abs opts>puts"},
		{"/@libc.*/", "LIBC"},
		{"/p.*@/", "opts>puts libc>puts"},
		{`/net\/http.*/`, "plug>net/http.(*Server).Serve"},
		{"/net[/]http.*/", "plug>net/http.(*Server).Serve"},
		{`/x\@y/+abs`, "opts>abs"},
		{"/x[@]y/+abs", "opts>abs"},

		// Versions.
		{"memcpy", "libc>memcpy@GLIBC_2.14 libc>memcpy@GLIBC_2.2.5"},
		{"memcpy@@GLIBC_2.14", "libc>memcpy@GLIBC_2.14"},
		{"memcpy@@GLIBC_2.14@libc.so.6", "libc>memcpy@GLIBC_2.14"},
		{"memcpy@@GLIBC_2.14@MAIN", ""},
		{"memcpy-@@GLIBC_2.2.5", "libc>memcpy@GLIBC_2.14"},
		{"@@GLIBC_*", "libc>memcpy@GLIBC_2.14 libc>memcpy@GLIBC_2.2.5"},
		{"@@/GLIBC_2[.]14/", "libc>memcpy@GLIBC_2.14"},
		{"/mem.*/@@*.5", "libc>memcpy@GLIBC_2.2.5"},
		{"puts@@GLIBC_2.2.5", ""},
		{"puts@@*@MAIN", "opts>puts"},

		// Chains: the last rule that matches decides.
		{"puts+abs", "opts>abs opts>puts libc>puts"},
		{"puts-puts", ""},
		{"puts-puts+puts", "opts>puts libc>puts"},
		{"puts-@libc.so.6", "opts>puts"},
		{"@MAIN-*s+abs", "opts>abs opts>strcmp opts>qsort opts>toupper"},
		{"@MAIN+malloc@libc*", "OPTS libc>malloc"},
		{"+", "ALL"},

		// Alone, ! and - mean the default set without.
		{"!puts-abs", "opts>strcmp opts>qsort opts>toupper"},
		{"!*+puts", "opts>puts libc>puts"},
		{"!@MAIN", ""},
		{"puts!", ""}, // no operator there

		// Operators inside of names.
		{`@libstdc\+\+.so.6`, "STDC++"},
		{`@libstdc[+][+].so.6`, "STDC++"},
		{`@"libstdc++.so.6"`, "STDC++"},
		{`@'libstdc++'.so.6`, "STDC++"},
		{"@libstdc++.so.6", "STDC++"},
		{"@libstdc++*-malloc", "stdc++>_ZNSt6vectorIiSaIiEE9push_backEOi stdc++>_ZNSt6vectorIiSaIiEE5clearEv"},
		{"@libstdc+++abs", "opts>abs"},
		{`@ld\-linux\-x86\-64.so.2`, "LD"},
		{`@"ld-linux-x86-64.so.2"`, "LD"},
		{`@'ld-linux-x86-64.so.2'+abs`, "opts>abs LD"},
		{`@ld*64.so.2`, "LD"},
		{`\@MAIN`, ""},
		{`"@MAIN"`, ""},
		{`"go-x.F"`, "plug>go-x.F"},
		{`go"-"x.?`, "plug>go-x.F"},
		{`"go-x.?"`, ""}, // no pattern there
		{`"p\uts"`, "opts>puts libc>puts"},
		{`'p\uts'`, ""},
		{"net/http.*", "plug>net/http.(*Server).Serve"},
		{"net/http.(*Server).Serve", "plug>net/http.(*Server).Serve"},

		// Names as people know them.
		{"std::vector*::push_back*", "stdc++>_ZNSt6vectorIiSaIiEE9push_backEOi"},
		{"std::vector<int, std::allocator<int> >::push_back", "stdc++>_ZNSt6vectorIiSaIiEE9push_backEOi"},
		{"std::vector<int>::push_back", "stdc++>_ZNSt6vectorIiSaIiEE9push_backEOi"},
		{`std::vector<*>::push_back\(int&&\)`, "stdc++>_ZNSt6vectorIiSaIiEE9push_backEOi"},
		{"std::*", "stdc++>_ZNSt6vectorIiSaIiEE9push_backEOi stdc++>_ZNSt6vectorIiSaIiEE5clearEv"},
		{"@libstdc++*-std::*", "stdc++>malloc"},
		{"foo::bar", "plug>_ZN3foo3barEiPKc"},
		{"foo::bar(int, char const?)", "plug>_ZN3foo3barEiPKc"},
		{"bar", ""},
		{`foo::operator\+`, "plug>_ZN3fooplERKS_"},
		{`foo::"operator+"`, "plug>_ZN3fooplERKS_"},
		{"/foo::[a-z]*/", "plug>_ZN3foo3barEiPKc"},
		{"max<int>", "plug>_Z3maxIiET_S0_S0_"},
		{"max<int>(int, int)", "plug>_Z3maxIiET_S0_S0_"},
		{"int max*", ""}, // the return type is no part of the name
		{"work", ""},
		{"work.cold", "plug>_Z4workv.cold"},
		{"main::*", "plug>_ZN4main5hello17h0123456789abcdefE plug>_RNvCs1234_4main3two"},
		{"main::hello", "plug>_ZN4main5hello17h0123456789abcdefE"},
		{"main::two", "plug>_RNvCs1234_4main3two"},
		{"_ZN3foo*", "plug>_ZN3foo3barEiPKc plug>_ZN3fooplERKS_"},

		// Several arguments: one that matches is enough.
		{"abs & qsort", "opts>abs opts>qsort"},
		{"abs & !abs", "OPTS"},
		{"puts-puts & abs", "opts>abs"},
	} {
		f, err := Parse(Calls, strings.Split(test.exprs, " & "))
		if err != nil {
			t.Errorf("%s: %v", test.exprs, err)
			continue
		}
		if got, want := chosen(f), expand(test.want); got != want {
			t.Errorf("%s:\n got %s\nwant %s", test.exprs, got, want)
		}
	}
}

// TestFilterLibraries holds the patterns of -l, where no character is an
// operator.
func TestFilterLibraries(t *testing.T) {
	for _, test := range []struct {
		exprs string
		want  string
	}{
		{"libc.so.6", "LIBC"},
		{"^libc.so.6", "LIBC"},
		{"libc", ""},
		{"lib*", "LIBC STDC++"},
		{"libstdc++.so.6", "STDC++"},
		{"libstdc++.so.6.0.30", "STDC++"},
		{"ld-linux-x86-64.so.2", "LD"},
		{`"ld-linux"*`, "LD"},
		{`ld\-linux*`, "LD"},
		{"!libc.so.6", ""},
		{"-libc.so.6", ""},
		{"@libc.so.6", ""},
		{"MAIN", "OPTS"},
		{"*", "ALL"},
		{"/libc.*/", "LIBC"},
		{"/lib(c|m).so.*/E", "LIBC"},
		{`/l.-.*\|opts/`, "OPTS LD"},
		{"/lib/x86_64-linux-gnu/libc.so.6", "LIBC"},
		{"/lib/x86_64-linux-gnu/*", "LIBC"},
		{"/lib*", "LIBC LD"},
		{"*/plug-in.so", "PLUG"},
		{"libc.so.6 & ld*", "LIBC LD"},
	} {
		f, err := Parse(Libraries, strings.Split(test.exprs, " & "))
		if err != nil {
			t.Errorf("%s: %v", test.exprs, err)
			continue
		}
		if got, want := chosen(f), expand(test.want); got != want {
			t.Errorf("%s:\n got %s\nwant %s", test.exprs, got, want)
		}
	}
}

// TestFilterNone holds what no option, and an empty argument, mean: the latter
// is no default, and matches nothing, as in ltrace.
func TestFilterNone(t *testing.T) {
	if got, want := chosen(DefaultCalls()), expand("OPTS"); got != want {
		t.Errorf("the default calls are %s, want %s", got, want)
	}
	for _, kind := range []Kind{Calls, Entries, Libraries} {
		none, err := Parse(kind, nil)
		if none != nil || err != nil {
			t.Errorf("without arguments: %v, %v", none, err)
		}
		empty, err := Parse(kind, []string{""})
		if empty == nil || err != nil {
			t.Errorf("with an empty one: %v, %v", empty, err)
		}
		for _, f := range []*Filter{none, empty} {
			m := filterModules["opts"]
			if chosen(f) != "" || f.Wants(m) || f.Match(m, "", "") || f.Names() != nil || f.Spots(m) != nil {
				t.Errorf("%+v matches something", f)
			}
		}
	}
}

func TestFilterWants(t *testing.T) {
	unread := &Module{Base: "libx.so", Path: "/usr/lib/libx.so"} // its SONAME may be anything
	for _, test := range []struct {
		kind  Kind
		exprs string
		want  string // of filterModules, in alphabetical order, and unread
	}{
		{Calls, "puts", "ld libc opts plug stdc++ unread"},
		{Calls, "puts@MAIN", "opts"},
		{Calls, "@MAIN-puts", "opts"},
		{Calls, "!puts", "opts"},
		{Calls, "-puts-abs", "opts"},
		{Calls, "!puts+abs", "ld libc opts plug stdc++ unread"},
		{Calls, "!puts+abs@MAIN", "opts"},
		{Calls, "+", "ld libc opts plug stdc++ unread"},
		{Calls, "@libc.so.6", "libc unread"},
		{Calls, "@libstdc*.30", "stdc++ unread"},
		{Calls, "@/lib/*", "libc"},
		{Calls, "@/usr/lib/*", "stdc++ unread"},
		{Calls, "@/lib.*/", "libc stdc++ unread"},
		{Calls, "puts@MAIN-*@libc*", "opts"},
		{Calls, "puts-@libc*", "ld opts plug stdc++ unread"},
		{Calls, "puts-abs@libc*", "ld libc opts plug stdc++ unread"},
		{Calls, "puts-@libc*+abs@libc.so.6", "ld libc opts plug stdc++ unread"},
		{Calls, "puts-@@*@libc*", "ld opts plug stdc++ unread"},
		{Calls, "puts-@@V1@libc*", "ld libc opts plug stdc++ unread"},
		{Calls, "puts@MAIN & abs@ld*", "ld opts unread"},
		{Entries, "0x10", "opts"},
		{Entries, "0x10@libc*", "libc unread"},
		{Entries, "0x10@libc*-@libc*", "libc unread"},
		{Entries, "main.c:1", "opts"},
		{Libraries, "libc*", "libc unread"},
		{Libraries, "/lib/*", "libc"},
	} {
		f, err := Parse(test.kind, strings.Split(test.exprs, " & "))
		if err != nil {
			t.Errorf("%s: %v", test.exprs, err)
			continue
		}
		var got []string
		for name, m := range filterModules {
			if f.Wants(m) {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if f.Wants(unread) {
			got = append(got, "unread")
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%s wants %q, want %q", test.exprs, got, test.want)
		}
	}
}

func TestFilterNames(t *testing.T) {
	for _, test := range []struct {
		kind  Kind
		exprs string
		want  string // apart by '|'
	}{
		{Calls, "puts", "puts"},
		{Calls, "^puts", "puts"},
		{Calls, "!puts", ""},
		{Calls, "!puts+abs", "abs"},
		{Calls, "+", ""},
		{Calls, "@opts", ""},
		{Calls, "puts@MAIN & abs", "puts|abs"},
		{Calls, "puts+abs+puts@libc.so.6", "puts|abs"},
		{Calls, `put[s]+a\bs+str*+m?lloc+/atoi/`, "abs"},
		{Calls, `operator\++"a-b"`, "operator+|a-b"},
		{Calls, "memcpy@@GLIBC_2.14", "memcpy"},
		{Entries, "std::sort+0x10+main.c:3", "std::sort"},
		{Libraries, "libc.so.6", ""},
	} {
		f, err := Parse(test.kind, strings.Split(test.exprs, " & "))
		if err != nil {
			t.Errorf("%s: %v", test.exprs, err)
			continue
		}
		if got := strings.Join(f.Names(), "|"); got != test.want {
			t.Errorf("%s: Names() = %q, want %q", test.exprs, got, test.want)
		}
	}
}

func TestFilterSpots(t *testing.T) {
	for _, test := range []struct {
		exprs string
		opts  []Spot // in the main program
		libc  []Spot
	}{
		{"0x1139", []Spot{{Offset: 0x1139, Text: "0x1139"}}, nil},
		{"0x1139@MAIN", []Spot{{Offset: 0x1139, Text: "0x1139@MAIN"}}, nil},
		{"0xFFffffffffffffff@libc.so.6", nil, []Spot{{Offset: 1<<64 - 1, Text: "0xFFffffffffffffff@libc.so.6"}}},
		{"0x10@", []Spot{{Offset: 0x10, Text: "0x10@"}}, []Spot{{Offset: 0x10, Text: "0x10@"}}},
		{"0x0@/lib/x86_64-linux-gnu/*", nil, []Spot{{Text: "0x0@/lib/x86_64-linux-gnu/*"}}},
		{"main.c:12", []Spot{{File: "main.c", Line: 12, Text: "main.c:12"}}, nil},
		{"main.c:12+main.c:14", []Spot{{File: "main.c", Line: 12, Text: "main.c:12"}, {File: "main.c", Line: 14, Text: "main.c:14"}}, nil},
		{"src/main.c:012", []Spot{{File: "src/main.c", Line: 12, Text: "src/main.c:012"}}, nil},
		{"/src/my-app/main.c:12", []Spot{{File: "/src/my-app/main.c", Line: 12, Text: "/src/my-app/main.c:12"}}, nil},
		{"/main.c:1", []Spot{{File: "/main.c", Line: 1, Text: "/main.c:1"}}, nil},
		{`my\-main.c:3`, []Spot{{File: "my-main.c", Line: 3, Text: `my\-main.c:3`}}, nil},
		{`"my-main.c":3@libc*`, nil, []Spot{{File: "my-main.c", Line: 3, Text: `"my-main.c":3@libc*`}}},
		{"C:x.c:3", []Spot{{File: "C:x.c", Line: 3, Text: "C:x.c:3"}}, nil},
		{"malloc.c:5@libc.so.6+malloc", nil, []Spot{{File: "malloc.c", Line: 5, Text: "malloc.c:5@libc.so.6"}}},
		{"f-g+main.c:1 & 0x2", []Spot{{File: "main.c", Line: 1, Text: "main.c:1"}, {Offset: 2, Text: "0x2"}}, nil},

		// Names that look like places.
		{"std::f", nil, nil},
		{"a::12", nil, nil},
		{"main.c:*", nil, nil},
		{"main.c:", nil, nil},
		{":12", nil, nil},
		{"0X10", nil, nil},
		{"0x*", nil, nil},
		{"/0x10/", nil, nil},
	} {
		f, err := Parse(Entries, strings.Split(test.exprs, " & "))
		if err != nil {
			t.Errorf("%s: %v", test.exprs, err)
			continue
		}
		if got := f.Spots(filterModules["opts"]); !slices.Equal(got, test.opts) {
			t.Errorf("%s in the main program:\n got %+v\nwant %+v", test.exprs, got, test.opts)
		}
		if got := f.Spots(filterModules["libc"]); !slices.Equal(got, test.libc) {
			t.Errorf("%s in libc:\n got %+v\nwant %+v", test.exprs, got, test.libc)
		}
		if len(test.opts)+len(test.libc) > 0 && f.Match(filterModules["opts"], test.exprs, "") {
			t.Errorf("%s matches a symbol", test.exprs)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	for _, test := range []struct {
		kind Kind
		expr string
		want string // the position, counted from 1, and the message's beginning
	}{
		// What means nothing.
		{Calls, "-", "2: a name is missing after '-'"},
		{Calls, "!", "2: a name is missing after '!'"},
		{Calls, "puts-", "6: a name is missing after '-'"},
		{Calls, "+-puts", "2: a name is missing after '+'"},
		{Calls, "++puts", "2: a name is missing after '+'"},
		{Calls, "--puts", "2: a name is missing after '-'"},
		{Calls, "puts--abs", "6: a name is missing after '-'"},
		{Calls, "puts+-abs", "6: a name is missing after '+'"},
		{Calls, "^", "1: a name is missing after '^'"},
		{Calls, "^+abs", "1: a name is missing after '^'"},
		{Calls, "puts@^", "6: a name is missing after '^'"},
		{Calls, "memcpy@@", "9: a version is missing after '@@'"},
		{Calls, "memcpy@@@libc", "9: a version is missing after '@@'"},
		{Calls, "memcpy@libc@2.14", "12: a second '@' (a version comes before the library"},
		{Calls, "memcpy@@V@libc@x", "15: a second '@'"},
		{Calls, "/a@b/@c", "6: a second library, after that of /NAME@LIBRARY/"},
		{Calls, "puts@lib/x", "6: the path of a library begins with '/'"},
		{Calls, "@/usr/lib/", "10: the path of a library does not end in '/'"},
		{Libraries, "/usr/lib/", "9: the path of a library does not end in '/'"},
		{Libraries, "lib/x", "1: the path of a library begins with '/'"},

		// Quotes.
		{Calls, `"puts`, `1: " without another one`},
		{Calls, `a'b`, "2: ' without another one"},
		{Calls, `"puts\"`, `1: " without another one`},
		{Calls, `@'x`, "2: ' without another one"},

		// Regular expressions.
		{Calls, "/str.*", "1: '/' begins a regular expression, which ends in '/' or '/E'"},
		{Calls, "/str.*/x", "1: '/' begins a regular expression"},
		{Calls, "abs+/[/]", "5: '/' begins a regular expression"},
		{Entries, "/str.*/x", "1: '/' begins a regular expression"},
		{Entries, "/str", "1: '/' begins a regular expression"},
		{Calls, "//", "2: an empty regular expression"},
		{Calls, "@//", "3: an empty regular expression"},
		{Calls, `/\(a\)\1/`, `7: \1: what a group has matched cannot be asked for again`},
		{Calls, `abs+/x\(a/`, "7: '(' without ')'"},
		{Calls, `abs@/x[a/`, "7: '[' without ']'"},
		{Calls, `/a@b\)/`, "5: ')' without '('"},

		// Places.
		{Calls, "0x10", "1: a place in the code (0x10) is for -x"},
		{Calls, "abs+main.c:3", "5: a place in the code (main.c:3) is for -x"},
		{Entries, "!0x10", "2: a place (0x10) can only be added"},
		{Entries, "my-main.c:3", "4: a place (main.c:3) can only be added (a '-' that is part"},
		{Entries, "0x10@@V", "1: a place (0x10) has no version"},
		{Entries, "0x", "1: 0x is no address of 64 bits"},
		{Entries, "0xg", "1: 0xg is no address of 64 bits"},
		{Entries, "f+0x10000000000000000", "3: 0x10000000000000000 is no address of 64 bits"},
		{Entries, "main.c:0", "1: 0 is no number of a line"},
		{Entries, "main.c:2147483648", "1: 2147483648 is no number of a line"},

		// Globs that are none.
		{Calls, "[abc", "1: '[' without ']'"},
		{Calls, "puts+x[", "7: '[' without ']'"},
		{Calls, "[]", "1: '[' without ']'"},
		{Calls, "[!]", "1: '[' without ']'"},
		{Calls, "[a-", "1: '[' without ']'"},
		{Calls, `[\]`, "1: '[' without ']'"},
		{Calls, `[\`, "1: '[' without ']'"},
		{Calls, "[z-a]", "1: a range in [...] that ends before it begins"},
		{Calls, "[[:alpha]", "1: '[:' without ':]'"},
		{Calls, "[[:word:]]", "1: no character class is called [:word:]"},
		{Calls, "[[:", "1: '[:' without ':]'"},
		{Calls, "[[.a.]]", "1: [. in [...] is not supported"},
		{Calls, "[[=a=]]", "1: [= in [...] is not supported"},
		{Calls, "[\xff]", "1: [...] holds a byte that is no character"},
		{Calls, "[a-\xff]", "1: [...] holds a byte that is no character"},
		{Calls, `puts\`, "5: a backslash at the end"},
	} {
		// The fault is told also where other arguments are right.
		_, err := Parse(test.kind, []string{"abs", test.expr})
		var fe *Error
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

func FuzzParse(f *testing.F) {
	for _, expr := range []string{
		"", "puts", "str*@MAIN", "abs+puts-a*", "!puts", "-*@libc*", "+strcmp", "strcmp+",
		"@libstdc++.so.6", `@libstdc\+\+.so.6`, "[a-z][!0-9]?[[:alpha:]_]*", "[]-", `[\`, "^a", "a@b@c", "[\xff-é]",
		"/a/", `/\(a\|b\)*c\{2,3\}/`, "/(a|b)*?+c{2,}/E", "/a@b/E", "/[]/]/", `/\1/`, "@/lib/x-y/libc.so.6-a", "@/lib.*/", "@/a/",
		"memcpy@@GLIBC_2.14@libc.so.6", "a@@/x/", `"a-b"'+'\-`, `"\`, "0x10@libc", "main.c:12", "/src/a-b.c:3", "std::vector<*>::f(int)",
	} {
		for _, kind := range []Kind{Calls, Entries, Libraries} {
			f.Add(uint8(kind), expr, "_ZN3foo3barEi", "libc.so.6")
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, expr, symbol, module string) {
		k := Kind(kind % 3)
		filter, err := Parse(k, []string{expr})
		if (err == nil) == (filter == nil) {
			t.Fatalf("Parse(%q) = %v, %v", expr, filter, err)
		}
		if err != nil {
			var fe *Error
			if !errors.As(err, &fe) || fe.Off < 0 || fe.Off > len(expr) || fe.Msg == "" {
				t.Fatalf("Parse(%q): %#v", expr, err)
			}
			return
		}
		m := &Module{Name: module, Base: module, Path: "/lib/" + module}
		match := filter.Match(m, symbol, "V1")
		if match && !filter.Wants(m) {
			t.Errorf("%q does not want %s, and matches %s in it", expr, module, symbol)
		}
		if unread := (&Module{Base: module, Path: m.Path}); match && !filter.Wants(unread) {
			t.Errorf("%q does not want %s unread, and matches %s in it", expr, module, symbol)
		}
		if filter.MainOnly() && match {
			t.Errorf("%q is of the main program only, and matches %s in %s", expr, symbol, module)
		}
		// A literal name that the whole filter consists of is matched.
		if names := filter.Names(); len(filter.chains) == 1 && len(filter.chains[0]) == 1 && len(names) == 1 {
			r := &filter.chains[0][0]
			if r.version.all && (r.lib.all || r.lib.main) && !filter.Match(&Module{Main: true}, names[0], "") {
				t.Errorf("%q does not match %q", expr, names[0])
			}
		}
		// One more argument never takes away.
		wider, err := Parse(k, []string{"x\\:x", expr})
		if err != nil {
			t.Fatal(err)
		}
		if symbol != "x:x" && module != "x:x" && match != wider.Match(m, symbol, "V1") {
			t.Errorf("%q matches otherwise beside one that matches nothing", expr)
		}
	})
}

// TestFollowLinks matches paths that have symbolic links in them.
func TestFollowLinks(t *testing.T) {
	links := map[string]string{
		"/lib":           "/usr/lib",
		"/lib/libx.so.1": "/usr/lib/libx.so.1.2",
		"/opt/a[b":       "/srv/a*b",
	}
	resolve := func(path string) (string, error) {
		if target, ok := links[path]; ok {
			return target, nil
		}
		return path, nil
	}
	for _, test := range []struct {
		expr, path string
		want       bool
	}{
		{"@/lib/libx.so.1", "/usr/lib/libx.so.1.2", true},
		{"@/lib/libx.so.1", "/lib/libx.so.1", true},
		{"@/lib/libx.so.1", "/usr/lib/libx.so.1", false},
		{"@/lib/libx.so.2", "/usr/lib/libx.so.2", false}, // leads nowhere
		{"@/lib/lib*", "/usr/lib/libx.so.1.2", true},
		{"@/lib/*", "/lib/libx.so.1", true},
		{"@/lib*", "/usr/lib/libx.so.1.2", false}, // of that, only / is written out
		{"@/lib*/libx.so.1", "/usr/lib/libx.so.1", false},
		{`@/opt/a\[b/*`, "/srv/a*b/libx.so", true},
		{`@/opt/a\[b/*`, "/srv/a-b/libx.so", false}, // what a link leads to is no pattern
		{"@libx*", "/usr/lib/libx.so.1.2", true},
	} {
		f, err := Parse(Calls, []string{test.expr})
		if err != nil {
			t.Fatal(err)
		}
		f.FollowLinks(resolve)
		m := &Module{Name: filepath.Base(test.path), Base: filepath.Base(test.path), Path: test.path}
		if got := f.Match(m, "f", ""); got != test.want {
			t.Errorf("%s and %s: %v, want %v", test.expr, test.path, got, test.want)
		}
	}
	(*Filter)(nil).FollowLinks(resolve)
}
