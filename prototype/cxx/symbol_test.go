package cxx

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/ianlancetaylor/demangle"

	"sonde/prototype"
)

func TestPrototype(t *testing.T) {
	for _, c := range []struct {
		symbol, want string // want is "" where the name settles nothing
	}{
		// Constructors and destructors have a this, and no result.
		{"_ZN3FooC1Ev", "void NAME(address(Foo*) this)"},
		{"_ZN3FooC1Eijdx", "void NAME(address(Foo*) this, int, uint, double, int64)"},
		{"_ZN3FooC1EPKcS1_Pcb", "void NAME(address(Foo*) this, string, string, address(char*), bool)"},
		{"_ZN3FooC1IiEET_", "void NAME(address(Foo*) this, int)"},
		{"_ZN3FooD1Ev", "void NAME(Foo* this)"},
		{"_ZN3FooD0Ev", "void NAME(Foo* this)"},
		{"_ZN3FooD2Ev", "void NAME(Foo* this)"},
		{"_ZN1A1BD1Ev", "void NAME(A::B* this)"},
		{"_ZN1AIiEC1Ei", `void NAME(address("A<int>"*) this, int)`},
		{"_ZN12_GLOBAL__N_13FooC1Ei", `void NAME(address("(anonymous namespace)::Foo"*) this, int)`},

		// A base object's may have a table of virtual bases as a second argument.
		{"_ZN3FooC2Ei", "void NAME(address(Foo*) this)"},
		{"_ZN3FooC4Ei", "void NAME(address(Foo*) this)"},
		{"_ZN3FooD4Ev", "void NAME(Foo* this)"},
		{"_ZN5AC1BCC2Ei", "void NAME(address(AC1BC*) this)"},
		{"_ZN5AC2BCC2Ei", "void NAME(address(AC2BC*) this)"},
		{"_ZN5AC2BCC1Ei", "void NAME(address(AC2BC*) this, int)"},
		{"_ZN1BCI21AEi", "void NAME(address(B*) this)"},
		{"_ZN1BCI11AEi", "void NAME(address(B*) this, int)"},
		{"_ZNSt6vectorIiSaIiEEC2ERKS1_", `void NAME(address("std::vector<int>"*) this, "std::vector<int>"*)`},

		// Behind a class that is not known nothing is.
		{"_ZN3FooC1Ei3Bari", "void NAME(address(Foo*) this, int, Bar)"},
		{"_ZN3FooC1ESt5tupleIJiiEEi", `void NAME(address(Foo*) this, "std::tuple<int, int>")`},
		{"_ZN3FooC1Eiz", "void NAME(address(Foo*) this, int, ...)"},

		// Known ones are passed by address or by value.
		{"_ZN3FooC1ERKSs", "void NAME(address(Foo*) this, std::string*)"},
		{"_ZN3FooC1ENSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEi", "void NAME(address(Foo*) this, std::string, int)"},
		{"_ZN3FooC1ESt17basic_string_viewIcSt11char_traitsIcEEi", "void NAME(address(Foo*) this, std::string_view, int)"},
		{"_ZN3FooC1ERNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEOS5_PS5_PKS5_", "void NAME(address(Foo*) this, std::string*, std::string*, address(std::string*), std::string*)"},
		{"_ZN3FooC1ESt8functionIFviEESt10shared_ptrIiESt8optionalIdEi", `void NAME(address(Foo*) this, "std::function<void (int)>", "std::shared_ptr<int>", "std::optional<double>", int)`},
		{"_ZN3FooC1ENSt3__112basic_stringIcNS0_11char_traitsIcEENS0_9allocatorIcEEEE", "void NAME(address(Foo*) this, std::string)"},
		{"_ZN3FooC1ESt13_Ios_OpenmodeSt12memory_order", "void NAME(address(Foo*) this, std::_Ios_Openmode, std::memory_order)"},

		// Pointers and references: what is const, or moved, is followed.
		{"_ZN3FooC1ERKiRiOiPKiPi", "void NAME(address(Foo*) this, int*, address(int*), int*, int*, address(int*))"},
		{"_ZN3FooC1EPKvPvDnPS_", "void NAME(address(Foo*) this, addr, addr, addr, address(Foo*))"},
		{"_ZN3FooC1ERA3_KiPFviEMS_iMS_FvvE", "void NAME(address(Foo*) this, array(int, 3)*, fn, long, bare(struct(fn, hide(long))))"},
		{"_ZN3FooC1EPKwPKhPKPKcRSo", "void NAME(address(Foo*) this, wstring, address(uint8*), string*, symbol(std::ostream*))"},

		// Conversions name their result.
		{"_ZNK3FoocvbEv", "bool NAME(Foo* this)"},
		{"_ZNK3FoocvNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEEv", "std::string NAME(Foo* this)"},
		{"_ZNK3Foocv3BarEv", ""},

		// Templates of functions tell theirs; the scope has to be settled too.
		{"_Z3fooIiEvT_", "void NAME(int)"},
		{"_Z3fooIJidEEvDpT_", "void NAME(int, double)"},
		{"_Z3fooIJEEvDpT_", "void NAME()"},
		{"_Z3fooIiE3BarT_", ""},
		{"_Z3fooIiEDaT_", ""},
		{"_Z3fooIiEPKcRKT_", "string NAME(int*)"},
		{"_ZSt4moveIRiEONSt16remove_referenceIT_E4typeEOS2_", `"std::remove_reference<int&>::type"* NAME(address(int*))`},
		{"_ZN12_GLOBAL__N_13fooIiEEvT_", "void NAME(int)"},
		{"_ZN3Foo3barIiEEvT_", ""},
		{"_ZNK3Foo3barIiEEvT_", "void NAME(Foo* this, int)"},
		{"_ZNO3Foo3barIiEEvT_", "void NAME(Foo* this, int)"},
		{"_ZN3FooaSIiEERS_T_", "Foo* NAME(Foo* this, int)"},
		{"_ZN3FooIiEplIcEEiT_", `int NAME("Foo<int>"* this, char)`},
		{"_ZN3FooIiE3barIcEEiT_", ""},

		// Of all else the result is not told, which may be an argument.
		{"_Z3fooPKc", ""},
		{"_ZN3Foo3barEi", ""},
		{"_ZNK3Foo3barEv", ""},
		{"_ZZ4mainENKUlvE_clEv", ""},
		{"main", ""},
		{"_ZTV3Foo", ""},
		{"_ZThn8_N3FooD1Ev", ""},
		{"_ZGVZ4mainE1a", ""},
		{"_ZN3FooC1Ei.constprop.0", ""},
		{"_ZN3FooC1Ei.cold", ""},
		{"_ZN3FooC1Ei.llvm.123", `void "NAME"(address(Foo*) this, int)`},
		{"_Z", ""},
		{"", ""},

		// Allocation functions are static wherever they are.
		{"_Znwm", "addr NAME(ulong)"},
		{"_ZdlPvm", "void NAME(addr, ulong)"},
		{"_ZnwmSt11align_val_tRKSt9nothrow_t", "addr NAME(ulong, std::align_val_t, std::nothrow_t*)"},
		{"_ZN3FoonwEm", "addr NAME(ulong)"},

		// What the standard says of members that each program has its own of.
		{"_ZNSt6vectorIiSaIiEE9push_backEOi", `void NAME("std::vector<int>"* this, int*)`},
		{"_ZNKSt6vectorI3FooSaIS0_EE4sizeEv", `ulong NAME("std::vector<Foo>"* this)`},
		{"_ZNSt6vectorI3FooSaIS0_EEixEm", `Foo* NAME("std::vector<Foo>"* this, ulong)`},
		{"_ZNSt6vectorIiSaIiEE12emplace_backIJiEEERiDpOT_", `int* NAME("std::vector<int>"* this, int*)`},
		{"_ZNSt6vectorIiSaIiEE5beginEv", `std::__iterator NAME("std::vector<int>"* this)`},
		{"_ZNSt6vectorIi4PoolIiEE5beginEv", ""},
		{"_ZNSt6vectorIi4PoolIiEE4sizeEv", `ulong NAME("std::vector<int, Pool<int>>"* this)`},
		{"_ZNSt6vectorIbSaIbEEixEm", ""},
		{"_Z3foov", "guess(long) NAME()"},
		{"_ZNSt6vectorI3FooSaIS0_EE17_M_realloc_insertIJS0_EEEvN9__gnu_cxx17__normal_iteratorIPS0_S2_EEDpOT_", `void NAME(address("std::vector<Foo>"*) this, "__gnu_cxx::__normal_iterator<Foo*, std::vector<Foo>>", Foo*)`},
		{"_ZNSt6vectorIiSaIiEE17_M_default_appendEm", `void NAME(address("std::vector<int>"*) this, ulong)`},
		{"_ZNSt6vectorIiSaIiEE17_S_check_init_lenEmRKS0_", ""},
		{"_ZNSt8_Rb_treeIiiSt9_IdentityIiESt4lessIiESaIiEE24_M_get_insert_unique_posERKi", `"std::pair<void*, void*>" NAME(address("std::_Rb_tree<int, int, std::_Identity<int>>"*) this, int*)`},
		{"_ZNSt16_Sp_counted_baseILN9__gnu_cxx12_Lock_policyE2EE10_M_releaseEv", `void NAME(address("std::_Sp_counted_base<(__gnu_cxx::_Lock_policy)2>"*) this)`},
		{"_ZNSt6vectorIiSaIiEE6insertEN9__gnu_cxx17__normal_iteratorIPiS1_EEmRKi", ""},
		{"_ZNSt3mapIiSsSt4lessIiESaISt4pairIKiSsEEEixERS3_", `std::string* NAME("std::map<int, std::string>"* this, int*)`},
		{"_ZNKSt10unique_ptrI3FooSt14default_deleteIS0_EE3getEv", `address(Foo*) NAME("std::unique_ptr<Foo>"* this)`},
		{"_ZNKSt10unique_ptrI3Foo7DeleterE3getEv", ""},
		{"_ZNKSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEE5c_strEv", "string NAME(std::string* this)"},
		{"_ZNKSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEE6substrEmm", "std::string NAME(std::string* this, ulong, ulong)"},
		{"_ZNSt3__113basic_ostreamIcNS_11char_traitsIcEEElsEi", "symbol(std::ostream*) NAME(symbol(std::ostream*) this, int)"},

		// libc++'s own are known, and libstdc++'s.
		{"_ZNSt3__113basic_filebufIcNS_11char_traitsIcEEE4openEPKcj", "address(std::filebuf*) NAME(std::filebuf* this, string, uint)"},
		{"_ZNSt3__19to_stringEi", "std::string NAME(int)"},
		{"_ZNSt3__14stoiERKNS_12basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEEEPmi", "int NAME(std::string*, address(ulong*), int)"},
		{"_ZNSt3__120__throw_system_errorEiPKc", "void NAME(int, string) noreturn"},
		{"_ZNSt3__14__fs10filesystem8__removeERKNS1_4pathEPNS_10error_codeE", "bool NAME(std::filesystem::path*, address(std::error_code*))"},
		{"_ZNSt3__16chrono12system_clock3nowEv", `"std::chrono::time_point<std::chrono::system_clock, std::chrono::duration<long long, std::ratio<1, 1000000>>>" NAME()`},
		{"_ZNSolsEi", "symbol(std::ostream*) NAME(symbol(std::ostream*) this, int)"},
		{"_ZNSolsEPFRSoS_E", "symbol(std::ostream*) NAME(symbol(std::ostream*) this, fn)"},
		{"_ZStlsISt11char_traitsIcEERSt13basic_ostreamIcT_ES5_PKc", "symbol(std::ostream*) NAME(symbol(std::ostream*), string)"},
		{"_ZSt16__ostream_insertIcSt11char_traitsIcEERSt13basic_ostreamIT_T0_ES6_PKS3_l", "symbol(std::ostream*) NAME(symbol(std::ostream*), buffer[arg3], long)"},
		{"_ZSt4endlIcSt11char_traitsIcEERSt13basic_ostreamIT_T0_ES6_", "symbol(std::ostream*) NAME(symbol(std::ostream*))"},
		{"_ZNSo5writeEPKcl", "symbol(std::ostream*) NAME(symbol(std::ostream*) this, buffer[arg3], long)"},
		{"_ZNSirsERi", "symbol(std::istream*) NAME(symbol(std::istream*) this, out(int*))"},
		{"_ZNSirsEPFRSiS_E", "symbol(std::istream*) NAME(symbol(std::istream*) this, fn)"},
		{"_ZStrsIcSt11char_traitsIcESaIcEERSt13basic_istreamIT_T0_ES7_RNSt7__cxx1112basic_stringIS4_S5_T1_EE", "symbol(std::istream*) NAME(symbol(std::istream*), inout(std::string*))"},
		{"_ZSt7getlineIcSt11char_traitsIcESaIcEERSt13basic_istreamIT_T0_ES7_RNSt7__cxx1112basic_stringIS4_S5_T1_EES4_", "symbol(std::istream*) NAME(symbol(std::istream*), inout(std::string*), char)"},
		{"_ZNSi7getlineEPcl", "symbol(std::istream*) NAME(symbol(std::istream*) this, out(string), long)"},
		{"_ZNKSt6locale2id5_M_idEv", "ulong NAME(symbol(std::locale::id*) this)"},
		{"_ZNSt8ios_base4InitC1Ev", "void NAME(symbol(std::ios_base::Init*) this)"},
		{"_ZSt15future_categoryv", "std::error_category* NAME()"},
		{"_ZNSi3getERc", "symbol(std::istream*) NAME(symbol(std::istream*) this, out(char*))"},
		{"_ZNSi3getEv", "char(int) NAME(symbol(std::istream*) this)"},
		{"_ZNSt15basic_streambufIwSt11char_traitsIwEE5sgetcEv", "uint NAME(std::wstreambuf* this)"},
		{"_ZNSi5tellgEv", `"std::fpos<__mbstate_t>" NAME(symbol(std::istream*) this)`},
		{"_ZNSoC2Ev", "void NAME(symbol(std::ostream*) this, fn vtt)"},
		{"_ZNKSs4sizeEv", "ulong NAME(std::string* this)"},
		{"_ZNKSs4findEPKcm", "ulong NAME(std::string* this, string, ulong)"},
		{"_ZNKSs4findEPKcmm", "ulong NAME(std::string* this, buffer[arg4], ulong, ulong)"},
		{"_ZNSs6assignEPKcj", "std::string* NAME(std::string* this, buffer[arg3], uint)"},
		{"_ZNKSs6substrEmm", "std::string NAME(std::string* this, ulong, ulong)"},
		{"_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE9_M_appendEPKcm", "std::string* NAME(address(std::string*) this, buffer[arg3], ulong)"},
		{"_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE9_M_createERmm", "address(char*) NAME(address(std::string*) this, address(ulong*), ulong)"},
		{"_ZNSt6locale7classicEv", "std::locale* NAME()"},
		{"_ZNKSt6locale4nameB5cxx11Ev", "std::string NAME(std::locale* this)"},
		{"_ZSt20__throw_length_errorPKc", "void NAME(string) noreturn"},
		{"_ZNSt6chrono3_V212system_clock3nowEv", `"std::chrono::time_point<std::chrono::system_clock, std::chrono::duration<long, std::ratio<1, 1000000000>>>" NAME()`},
		{"_ZNSt14basic_ofstreamIcSt11char_traitsIcEE4openEPKcSt13_Ios_Openmode", "void NAME(symbol(std::ofstream*) this, string, std::_Ios_Openmode)"},
		{"_ZNSt12ctype_bynameIcEC1EPKcm", `void NAME(address("std::ctype_byname<char>"*) this, string, ulong)`},
	} {
		want := strings.Replace(c.want, "NAME", c.symbol, 1)
		got := ""
		if p, ok := Prototype(c.symbol); ok {
			got = p.String()
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", c.symbol, got, want)
		}
	}
}

// TestWords holds how many words are to be guessed of functions whose names leave
// something open.
func TestWords(t *testing.T) {
	for _, c := range []struct {
		symbol string
		lp64   int
		ilp32  int
	}{
		{"_Z3fooi", 2, 2},                // and the address of its result
		{"_Z3fooiPKcRSs", 4, 4},          //
		{"_ZN3Foo3barEi", 3, 3},          // and this
		{"_ZNK3Foo3barEv", 2, 2},         //
		{"_ZN3Foo3barEddd", 2, MaxWords}, // which are elsewhere, or two words each
		{"_Z3foonx", 4, MaxWords},        // __int128
		{"_Z3fooSt4pairIiiE", 2, 3},      //
		{"_Z3foo3Bar", 3, MaxWords},      // whatever that is
		{"_Z3fooSs3Bar", 4, MaxWords},    //
		{"_Z3fooiiiiiii", MaxWords, MaxWords},
		{"_Z3fooiz", MaxWords, MaxWords},
		{"_Z3foov", MaxWords, MaxWords}, // has a prototype
		{"foo", MaxWords, MaxWords},
		{"_Zfoo", MaxWords, MaxWords},
	} {
		if n := Words(c.symbol, prototype.LP64); n != c.lp64 {
			t.Errorf("%s: %d words, want %d", c.symbol, n, c.lp64)
		}
		if n := Words(c.symbol, prototype.ILP32); n != c.ilp32 {
			t.Errorf("%s: %d words in 32 bits, want %d", c.symbol, n, c.ilp32)
		}
	}
}

// TestHostile would not end if a symbol could stand for more than it may.
func TestHostile(t *testing.T) {
	pairs := "St4pairIiiE" // each has the one before twice
	for i := range 30 {
		ref := "S" + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i:i+1] + "_"
		pairs += "S_I" + ref + ref + "E"
	}
	for _, symbol := range []string{
		"_ZN3FooC1E" + pairs,
		"_ZN4000" + strings.Repeat("C1", 2000) + "C1Ei",
		"_ZN3FooC1E" + strings.Repeat("P", maxSymbol-20) + "i",
		"_ZN3FooC1E" + strings.Repeat("St6vectorI", 700) + "i" + strings.Repeat("E", 700),
		"_ZN3FooC1E" + strings.Repeat("i", maxSymbol-20),
		"_ZN3FooC1E" + strings.Repeat("i", maxSymbol),
	} {
		if p, ok := Prototype(symbol); ok && len(p.Params) > maxParams {
			t.Errorf("%.40q has %d parameters", symbol, len(p.Params))
		}
	}
}

// TestFacts holds the tables of the libraries' functions against these: nearly
// all that one exports have a prototype, and of no member is it said that it has
// no this whose name says that it has.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ library, compiler, machine string }{
		{"libstdc++.so.6", "g++", "-m64"},
		{"libstdc++.so.6", "g++", "-m32"},
		{"libc++.so.1", "clang++", "-m64"},
	} {
		t.Run(c.library+c.machine, func(t *testing.T) {
			symbols, settled := exported(t, c.compiler, c.machine, c.library), 0
			for _, symbol := range symbols {
				p, ok := Prototype(symbol)
				if !ok {
					continue
				}
				settled++
				member := strings.HasPrefix(symbol, "_ZNK") || strings.HasPrefix(symbol, "_ZNVK")
				if member && (len(p.Params) == 0 || p.Params[0].Name != "this") {
					t.Errorf("%s has no this", p)
				}
			}
			t.Logf("%d of %d functions have a prototype", settled, len(symbols))
			if settled*100 < len(symbols)*95 {
				t.Errorf("%d of %d functions have a prototype", settled, len(symbols))
			}
		})
	}
}

// exported returns the C++ functions of a machine's standard library.
func exported(t *testing.T, compiler, machine, library string) (symbols []string) {
	t.Helper()
	out, err := exec.Command(compiler, machine, "-print-file-name="+library).Output()
	if err != nil {
		t.Fatal(err)
	}
	out, err = exec.Command("nm", "-D", "--defined-only", strings.TrimSpace(string(out))).Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		symbol, _, _ := strings.Cut(f[len(f)-1], "@")
		if !strings.Contains("TWi", f[len(f)-2]) || !strings.HasPrefix(symbol, "_Z") {
			continue
		}
		if ast, err := demangle.ToAST(symbol); err == nil {
			if _, function := ast.(*demangle.Typed); function {
				symbols = append(symbols, symbol)
			}
		}
	}
	if len(symbols) < 1000 {
		t.Fatalf("%d functions", len(symbols))
	}
	return symbols
}
