package dwarf

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// wanted returns the symbols that a golden file has lines of.
func wanted(t *testing.T, name string) func(symbol string) bool {
	t.Helper()
	p, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	symbols := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^\w.*? "?(\w+)"?\(`).FindAllStringSubmatch(string(p), -1) {
		symbols[m[1]] = true
	}
	return func(symbol string) bool { return symbols[symbol] }
}

// TestClasses holds the prototypes of C++: members, references, what is passed by
// its address, and what only the compiler passes.
func TestClasses(t *testing.T) {
	t.Parallel()
	for _, flags := range []string{
		"-gdwarf-4",
		"-gdwarf-5",
		"-g -O0",
		"-g -fdebug-types-section",
		"-gdwarf-4 -gsplit-dwarf -fdebug-types-section",
		"-g -flto",
		"CC=clang -g -fstandalone-debug", // else classes may be of other units
		"CC=clang -gdwarf-4 -fstandalone-debug",
		"CC=clang -g -gsplit-dwarf -fstandalone-debug",
	} {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			path := compile(t, "classes.cc", variant{flags + " -std=c++17", nil})
			got := describe(t, path, wanted(t, "classes.want"))
			golden(t, "classes.want", strings.ReplaceAll(got, "int (int)", "int(int)")) // as clang spells it
		})
	}
}

// TestIndirectUnsaid holds that a class that is passed by its address is known
// where the compiler does not say so. That a destructor is = default it does not
// say either: Defaulted is taken for one that has its own.
func TestIndirectUnsaid(t *testing.T) {
	t.Parallel()
	path := compile(t, "classes.cc", variant{"-gdwarf-4 -gstrict-dwarf -std=c++17", nil})
	got := describe(t, path, func(symbol string) bool { return strings.Contains(symbol, "f_values") })
	for class, indirect := range map[string]bool{"Point": false, "Owner": true, "Copied": true, "Holder": true, "Empty": false} {
		if found := strings.Contains(got, "typedef shop::"+class+" = indirect("); found != indirect {
			t.Errorf("%s: %v, want %v, in\n%s", class, found, indirect, got)
		}
	}
}

// TestDeclaredString holds that std::string is known where it is declared alone, as
// clang has it unless all of libstdc++ is in the program.
func TestDeclaredString(t *testing.T) {
	t.Parallel()
	path := compile(t, "classes.cc", variant{"CC=clang -g -std=c++17", nil})
	got := describe(t, path, func(symbol string) bool { return strings.Contains(symbol, "f_text") })
	if !strings.Contains(got, "(string s, inout(char*) c, std::string* t, std::string u, std::string_view v)") {
		t.Error(got)
	}
}

// TestConstructors holds that what GCC passes to constructors beside their own
// parameters has its place: the code of all kinds of them may be one function.
func TestConstructors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ flags, want string }{
		{"-g", "void _ZN4shop5BelowC1Ei(shop::Below* this, int n)"},
		{"-g", "void _ZN4shop5BelowC2Ei(shop::Below* this, hide(addr), int n)"},
		{"-g", "void _ZN4shop5BelowC4Ei(shop::Below* this, hide(int), hide(addr), int n)"},
		{"CC=clang -g -fstandalone-debug", "void _ZN4shop5BelowC2Ei(shop::Below* this, hide(addr), int n)"},
	} {
		path := compile(t, "classes.cc", variant{test.flags + " -std=c++17", nil})
		got := describe(t, path, func(symbol string) bool { return strings.Contains(symbol, "BelowC") })
		got = regexp.MustCompile(`address\((.*?)\) this`).ReplaceAllString(got, "$1 this")
		if !strings.Contains(got, test.want+"\n") {
			t.Errorf("%s: no %s in\n%s", test.flags, test.want, got)
		}
	}
}

// TestMainArguments holds that main is given its arguments, as strings, as many as there are.
func TestMainArguments(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"types.c", "classes.cc"} {
		path := compile(t, source, variant{"-g", nil})
		got := describe(t, path, func(symbol string) bool { return symbol == "main" })
		if want := "int main(int argc, array(string, zero)* argv)\n"; got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
}
