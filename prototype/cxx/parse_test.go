package cxx

import (
	"strings"
	"testing"

	"sonde/prototype"
)

func TestParseType(t *testing.T) {
	for _, c := range []struct{ name, want string }{ // want is "" for what is not understood
		// Builtin types, as demanglers and DWARF spell them.
		{"int", "int"},
		{"long unsigned int", "unsigned long"},
		{"unsigned long long", "unsigned long long"},
		{"short int", "short"},
		{"unsigned", "unsigned int"},
		{"long double", "long double"},
		{"__int128 unsigned", "unsigned __int128"},
		{"unsigned char", "unsigned char"},
		{"signed char", "signed char"},
		{"decltype(nullptr)", "decltype(nullptr)"},
		{"std::nullptr_t", "decltype(nullptr)"},
		{"integer", "integer"},
		{"long_name", "long_name"},

		// Qualifiers before and behind.
		{"const char*", "char const*"},
		{"char const* const&", "char const* const&"},
		{"volatile int*", "int*"},
		{"struct Foo const&&", "Foo const&&"},

		// Functions, members and arrays.
		{"void (*)(int, char const*)", "void (*)(int, char const*)"},
		{"int (&) [3]", "int[3]&"},
		{"int const (*) [2][4]", "int const[4][2]*"},
		{"int Foo::*", "int Foo::*"},
		{"void (Foo::*)(int) const", "void (Foo::*)(int) const"},
		{"void (**)(int)", "void (*)()*"},
		{"std::function<int (char, long)>", "std::function<int (char, long)>"},

		// Names people write, without what is implied.
		{"std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >", "std::string"},
		{"std::__1::basic_string<char, std::__1::char_traits<char>, std::__1::allocator<char> >", "std::string"},
		{"std::vector<std::vector<int, std::allocator<int> >, std::allocator<std::vector<int, std::allocator<int> > > >", "std::vector<std::vector<int>>"},
		{"std::map<int, Foo, std::less<int>, std::allocator<std::pair<int const, Foo> > >", "std::map<int, Foo>"},
		{"std::map<int, Foo, Less, std::allocator<std::pair<int const, Foo> > >", "std::map<int, Foo, Less>"},
		{"std::unique_ptr<Foo, std::default_delete<Foo> >", "std::unique_ptr<Foo>"},
		{"std::array<int, 3ul>", "std::array<int, 3>"},
		{"std::tuple<>", "std::tuple<>"},

		// Scopes of all sorts.
		{"(anonymous namespace)::Foo<int>::Bar", "(anonymous namespace)::Foo<int>::Bar"},
		{"main::{lambda(int)#1}", "main::{lambda(int)#1}"},
		{"main::'lambda'(int)", "main::'lambda'(int)"},
		{"f(int, char)::Local", "f::Local"},
		{"Foo<(Color)2, -1, true, &g>", "Foo<(Color)2, -1, true, &g>"},
		{"Foo[abi:cxx11]", "Foo"},

		{"", ""},
		{"int,", ""},
		{"Foo<", ""},
		{"Foo<int", ""},
		{"Foo::", ""},
		{"3", ""},
		{"Foo)", ""},
		{"void (*", ""},
		{"void foo<int>(int)::Local", ""},
		{"decltype (a+b)", ""},
		{strings.Repeat("A<", 2000) + "int" + strings.Repeat(">", 2000), ""},
		{strings.Repeat("A::", maxName), ""},
	} {
		got := ""
		if p := parseType(c.name); p != nil {
			got = p.String()
		}
		if got != c.want {
			t.Errorf("%.80q is %q, want %q", c.name, got, c.want)
		}
	}
}

func TestParseTypes(t *testing.T) {
	for _, c := range []struct {
		list string
		n    int // -1: not understood
	}{
		{"", 0},
		{"int", 1},
		{"int, Foo<char, long>, void (*)(int, int)", 3},
		{"int, ...", 2},
		{"int long_", -1},
		{"int,", -1},
	} {
		got, ok := parseTypes(c.list)
		if ok != (c.n >= 0) || ok && len(got) != c.n {
			t.Errorf("%q: %d types, %v; want %d", c.list, len(got), ok, c.n)
		}
	}
}

// TestPretty holds which classes are known, and how they are passed.
func TestPretty(t *testing.T) {
	for _, c := range []struct {
		name     string
		indirect bool
	}{
		{"std::basic_string<char, std::char_traits<char>, std::allocator<char> >", true},
		{"std::string", true},
		{"std::string_view", false},
		{"const std::vector<int>", true},
		{"std::pair<int, double>", false},
		{"std::pair<int, std::string>", true},
		{"std::optional<int>", false},
		{"std::optional<std::string>", true},
		{"std::chrono::duration<long, std::ratio<1, 1000> >", false},
		{"std::filesystem::__cxx11::path", true},
		{"std::list<int, std::allocator<int> >", true},
		{"std::__cxx11::list<Foo, std::allocator<Foo> >", true},
		{"std::map<Foo, int>", true},
		{"std::unique_ptr<Foo>", true},
		{"std::_Ios_Openmode", false},
		{"__gnu_cxx::__normal_iterator<char const*, std::string>", false},
	} {
		p, ok := Pretty(c.name)
		if !ok {
			t.Errorf("%s: not known", c.name)
		} else if p.Indirect != c.indirect {
			t.Errorf("%s: indirect is %v", c.name, p.Indirect)
		}
	}
	for _, name := range []string{
		"int", "char const*", "std::string&", "Foo", "vector<int>", "mine::vector<int>", "std", "std::",
		"std::vector<Foo>",                                // of unknown size
		"std::vector<int, Pool<int> >",                    // may hold where its pool is
		"std::pmr::vector<int>",                           // does
		"std::__debug::vector<int, std::allocator<int> >", // has iterators to keep
		"std::basic_string<char, Traits>",                 //
		"std::basic_string<Foo>",                          //
		"std::map<int, int, Less>",                        // may hold anything
		"std::unordered_map<Foo, int>",                    // whose hash may
		"std::unique_ptr<int, Deleter>",                   //
		"std::function<int>",                              //
		"std::array<int, N>",                              //
		"std::list<Foo, std::allocator<Foo> >",            // of the old ABI: counts nothing
		"std::tuple<int, Foo>",                            //
		"std::vector<int>::iterator",                      //
		"std::optional<int&>",                             //
		"std::chrono::duration<Foo, std::ratio<1, 1> >",   //
		"std::vector<std::vector<std::vector<Foo> > >",    //
		"std::variant<int, Foo>",                          //
	} {
		if p, ok := Pretty(name); ok {
			t.Errorf("%s is %s", name, p)
		}
	}
}

func FuzzPretty(f *testing.F) {
	for _, name := range []string{
		"std::vector<std::pair<int const, std::__cxx11::basic_string<char> >, std::allocator<int> >", "std::function<void (int (&) [3])>",
		"std::tuple<int Foo::*, void (Foo::*)(int) const, void (**)(int)>", "std::array<int, 99999999999ul>", "std::variant<std::monostate, std::optional<int> >",
		"f(int)::{lambda(int)#1}::Local<(Color)1, -2, &g>", "std::unordered_map<unsigned long long int, std::shared_ptr<int [4]>>",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		checkHostile(t, name)
	})
}

func FuzzPrototype(f *testing.F) {
	for _, symbol := range []string{
		"_ZN3FooC2ERKSs", "_ZN3FooC1ESt6vectorIiSaIiEE3Bar", "_Z3fooIJiEEvDpT_", "_ZNSolsEPFRSoS_E", "_ZNK3FoocvbEv.llvm.1", "_ZN3FooC1ERA3_KiM1AiMS_FvvE",
		"_ZN1BCI21AEi", "_ZN3FooaSIiEERS_T_", "_ZZ4mainENKUlT_E_clIiEEDaS_", "_Z1fSt4pairIiiES_IS0_S0_ES_IS1_S1_E", "_Z1fv",
	} {
		f.Add(symbol)
	}
	f.Fuzz(func(t *testing.T, symbol string) {
		p, ok := Prototype(symbol)
		if ok != (p != nil) {
			t.Fatalf("%q: %v, %v", symbol, p, ok)
		}
		if !ok {
			return
		}
		if p.Result == nil && len(p.Params) > 0 || len(p.Params) > 3*maxParams {
			t.Fatalf("%q: %+v", symbol, p)
		}
		for _, param := range p.Params {
			if param.Type == nil {
				t.Fatalf("%q: a parameter without a type", symbol)
			}
		}
	})
}

// checkHostile holds that a name makes a type that can be laid out and printed, or
// none.
func checkHostile(t *testing.T, name string) {
	t.Helper()
	p, ok := Pretty(name)
	if ok != (p != nil) {
		t.Fatalf("%q: %v, %v", name, p, ok)
	}
	if ok {
		p.SizeOf(prototype.LP64)
		p.SizeOf(prototype.ILP32)
		if len(p.String()) > 1<<24 {
			t.Fatalf("%.100q: %d bytes", name, len(p.String()))
		}
	}
}
