package filter

import (
	"debug/elf"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"sonde/symname"
)

// TestMayMatchMangled holds that no symbol is passed over by a pattern with a
// word that its name has: each name's identifiers are looked for, and each
// name's beginning.
func TestMayMatchMangled(t *testing.T) {
	identifier := regexp.MustCompile(`[A-Za-z0-9_]+`)
	star := globToken{kind: globStar}
	ask := func(symbol string, n symname.Name, g glob) {
		if p := globPattern(g); !p.mayMatchMangled(symbol) {
			t.Errorf("%s (%s) is not asked for head %q, word %q", symbol, n.Full, p.head, p.word)
		}
	}
	names := 0
	for _, symbol := range mangledSymbols(t) {
		n, ok := symname.Demangle(symbol)
		if !ok {
			continue
		}
		names++
		for _, word := range identifier.FindAllString(n.Short+" "+n.Full, -1) {
			ask(symbol, n, append(append(glob{star}, literalGlob(word)...), star))
		}
		for _, name := range []string{n.Short, n.Full} {
			ask(symbol, n, literalGlob(name))
			ask(symbol, n, append(literalGlob(name[:len(name)/2]), star))
			if names%16 != 0 { // compiling takes its time
				continue
			}
			re, off, msg := regexpPattern(regexp.QuoteMeta(name), true)
			if msg != "" || !re.match(name) || !re.mayMatchMangled(symbol) {
				t.Errorf("%s as a regular expression: %d: %s, head %q", name, off, msg, re.head)
			}
		}
	}
	if names < 1000 {
		t.Errorf("%d names were there to look at, want thousands", names)
	}
}

func literalGlob(s string) glob {
	var g glob
	for i := range len(s) {
		g = append(g, globToken{byte: s[i]})
	}
	return g
}

// mangledSymbols are those of the C++ library, and some of Rust's and of what
// the library has none.
func mangledSymbols(t testing.TB) []string {
	t.Helper()
	path, err := exec.Command("g++", "-print-file-name=libstdc++.so.6").Output()
	if err != nil {
		t.Fatalf("g++ -print-file-name: %v", err)
	}
	f, err := elf.Open(strings.TrimSpace(string(path)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	syms, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Fields(`
		_ZN4core3ptr42drop_in_place$LT$alloc..string..String$GT$17h0123456789abcdefE
		_ZN3std2rt10lang_start28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE
		_RNvMs_Cs4Cv8Wi1oAIB_7mycrateNtB4_7Example3foo _RINvNtC3std3mem8align_ofdE
		_RNCNvC7mycrate4mains_0B3_ _RNvNtNtCs1234_7mycrateu8gdel_5qa3foo
		_Z1fILi16EEvv _Z1fILm16EEvv _Z1fILb1EEvv _Z1fDv4_fDF16_DF16bDn _ZN1ScvbEv _ZTI1S _ZTC1S0_1T _ZGVZ1fvE1x
		_ZZ4mainENKUlvE_clEv _ZN1SUt_C1Ev _Z1fB5cxx11v _Z3fooi.constprop.0`)
	for _, s := range syms {
		all = append(all, s.Name)
	}
	return all
}

// TestMatchAllocations holds that what is no mangled name costs no memory to
// match, nor one that the rules pass over.
func TestMatchAllocations(t *testing.T) {
	m := &Module{Name: "libfoo.so.1", Base: "libfoo.so.1.2", Path: "/usr/lib/libfoo.so.1.2"}
	for _, expr := range []string{"malloc", "str*", "m[a-f]*_[[:digit:]]", "malloc@libfoo.so.1-*@/usr/lib/*", "malloc@@GLIBC_2.*", "std::sort*", "!push_back"} {
		f, err := Parse(Entries, []string{expr})
		if err != nil {
			t.Fatal(err)
		}
		for _, symbol := range []string{"strcmp", "malloc", "_ZNSt6vectorIiSaIiEE5clearEv"} {
			if n := testing.AllocsPerRun(100, func() { f.Match(m, symbol, "GLIBC_2.2.5") }); n != 0 {
				t.Errorf("%s and %s: %v allocations, want 0", expr, symbol, n)
			}
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	m := &Module{Name: "libstdc++.so.6", Base: "libstdc++.so.6.0.30", Path: "/usr/lib/libstdc++.so.6.0.30"}
	symbols := mangledSymbols(b)
	for _, expr := range []string{"malloc", "mem*", "*alloc*", "/mem.*/", "std::sort*", "std::*::push_back*", "std::*"} {
		f, err := Parse(Entries, []string{expr})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(strings.ReplaceAll(expr, "/", "|"), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				f.Match(m, symbols[i%len(symbols)], "")
			}
		})
	}
}
