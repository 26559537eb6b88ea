package symname

import (
	"strings"
	"testing"
)

func TestDemangle(t *testing.T) {
	for _, test := range []struct {
		symbol, short, full string // short is "" where the symbol is not mangled
	}{
		{"_Z3fooi", "foo", "foo(int)"},
		{"_ZN3foo3barEiPKc", "foo::bar", "foo::bar(int, char const*)"},
		{"_ZNK3foo3barEv", "foo::bar", "foo::bar() const"},
		{"_ZN3fooC2Ev", "foo::foo", "foo::foo()"},
		{"_ZN3fooD0Ev", "foo::~foo", "foo::~foo()"},
		{"_ZN3fooplERKS_", "foo::operator+", "foo::operator+(foo const&)"},
		{"_ZN3foocviEv", "foo::operator int", "foo::operator int()"},
		{"_ZN12_GLOBAL__N_13fooEv", "(anonymous namespace)::foo", "(anonymous namespace)::foo()"},
		{"_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()", "main::{lambda()#1}::operator()() const"},
		{"_ZTV3foo", "vtable for foo", "vtable for foo"},

		// Template arguments stay, return types go.
		{"_Z3maxIiET_S0_S0_", "max<int>", "max<int>(int, int)"},
		{"_ZNK3foo2atIiEET_v", "foo::at<int>", "foo::at<int>() const"},
		{"_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector<int, std::allocator<int> >::push_back", "std::vector<int, std::allocator<int> >::push_back(int&&)"},

		// What compilers put behind.
		{"_Z3fooi.cold", "foo.cold", "foo(int).cold"},
		{"_Z3fooi.constprop.0.isra.1", "foo.constprop.0.isra.1", "foo(int).constprop.0.isra.1"},
		{"_Z3foov.llvm.12345", "foo", "foo()"},

		// Rust, both ways of mangling.
		{"_ZN4main5hello17h0123456789abcdefE", "main::hello", "main::hello"},
		{"_ZN4main5hello17h0123456789abcdefE.llvm.42", "main::hello", "main::hello"},
		{"_ZN4main5hello17h0123456789abcdefE.cold", "main::hello.cold", "main::hello.cold"},
		{"_ZN4core3ptr42drop_in_place$LT$alloc..string..String$GT$17h0123456789abcdefE", "core::ptr::drop_in_place<alloc::string::String>", "core::ptr::drop_in_place<alloc::string::String>"},
		{"_RNvCs1234_7mycrate3foo", "mycrate::foo", "mycrate::foo"},
		{"_RNvCs1234_7mycrate3foo.llvm.42", "mycrate::foo", "mycrate::foo"},
		{"_RNvMs_Cs4Cv8Wi1oAIB_7mycrateNtB4_7Example3foo", "<mycrate::Example>::foo", "<mycrate::Example>::foo"},
		{"_RINvNtC3std3mem8align_ofdE", "std::mem::align_of::<f64>", "std::mem::align_of::<f64>"},

		// No mangled names.
		{"puts", "", ""},
		{"", "", ""},
		{"_", "", ""},
		{"_Z", "", ""},
		{"_R", "", ""},
		{"_Read", "", ""},
		{"_Zebra", "", ""},
		{"_Z3fo", "", ""},
		{"_Z3foobar", "", ""},
		{"_Z3foo\xff", "", ""},
		{"_Z.", "", ""},
		{"_Z..", "", ""},
		{"main.foo", "", ""},
		{"_Z3foo" + strings.Repeat("i", maxSymbol), "", ""},
	} {
		got, ok := Demangle(test.symbol)
		if want := (Name{test.short, test.full}); got != want || ok != (test.short != "") {
			t.Errorf("Demangle(%.80q) = %+v, %v, want %+v", test.symbol, got, ok, want)
		}
		want := test.short
		if want == "" {
			want = test.symbol
		}
		if got := Short(test.symbol); got != Brief(want) {
			t.Errorf("Short(%.80q) = %.80q, want %.80q", test.symbol, got, want)
		}
	}
}

// hostile are symbols that stand for names without measure, or nest without.
var hostile = []string{
	// Each pair is one of two of the last: 2^n of them.
	"_Z1fSt4pairIiiE" + strings.Repeat("S_IS0_S0_E", 200),
	"_Z1f" + pairs(30),
	"_Z1f" + strings.Repeat("P", maxSymbol-10) + "i",
	"_Z" + strings.Repeat("N", maxSymbol-10),
	"_Z1fI" + strings.Repeat("I", maxSymbol-10),
	"_Z" + strings.Repeat("L", maxSymbol-10),
	"_Z1fIX" + strings.Repeat("nt", maxSymbol/2-10) + "Li1EEEvv",
	"_RC" + strings.Repeat("s_", maxSymbol/2-10),
	"_R" + strings.Repeat("Nv", maxSymbol/2-10),
	"_RINv" + strings.Repeat("T", maxSymbol-10),
	"_RNvB_1f", // it refers to itself
	"_ZN" + strings.Repeat("3foo", 2000) + "17h0123456789abcdefE",
}

// pairs is a parameter list of n types, each of which has the one before twice.
func pairs(n int) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	s := "St4pairIiiE"
	for i := range n {
		ref := "S" + digits[i:i+1] + "_"
		s += "S_I" + ref + ref + "E"
	}
	return s
}

// TestHostile would not end, or end the test, if a symbol could stand for more
// than it may.
func TestHostile(t *testing.T) {
	for _, symbol := range hostile {
		n, _ := Demangle(symbol)
		for _, name := range []string{n.Short, n.Full, Short(symbol)} {
			if max := 1<<maxNamePow + len(symbol); len(name) > max {
				t.Errorf("%.40q...: a name of %d bytes, want %d at most", symbol, len(name), max)
			}
		}
	}
}

func FuzzDemangle(f *testing.F) {
	for _, symbol := range hostile {
		f.Add(symbol[:min(len(symbol), 200)])
	}
	for _, symbol := range []string{"_Z3fooi.cold", "_ZN4main5hello17h0123456789abcdefE", "_RNvCs1234_7mycrate3foo", "_ZNSt6vectorIiSaIiEE9push_backEOi"} {
		f.Add(symbol)
	}
	f.Fuzz(func(t *testing.T, symbol string) {
		n, ok := Demangle(symbol)
		if ok != (n.Short != "") || ok != (n.Full != "") {
			t.Errorf("%q: %+v, %v", symbol, n, ok)
		}
		if ok && !Mangled(symbol) {
			t.Errorf("%q is demangled, though it is not mangled", symbol)
		}
		if s := Short(symbol); ok && s != Brief(n.Short) || !ok && s != symbol {
			t.Errorf("%q: %q is shown, and %+v matched", symbol, s, n)
		}
	})
}

func TestType(t *testing.T) {
	for _, c := range []struct{ mangled, want string }{
		{"St11logic_error", "std::logic_error"},
		{"i", "int"},
		{"PKc", "char const*"},
		{"FivE", "int ()"},
		{"*N12_GLOBAL__N_14OursE", "(anonymous namespace)::Ours"},
		{"NSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE", "std::string"},
		{"", ""},
		{"*", "*"},
		{"3", "3"},
		{"i, no more", "i, no more"},
		{"\xff", "\xff"},
	} {
		if got := Type(c.mangled); got != c.want {
			t.Errorf("%q is %q, want %q", c.mangled, got, c.want)
		}
	}
}
