package main

import (
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestCXXValues shows the arguments and results of C++ functions without debugging
// information: those that their names settle as the program itself says, others by
// the guess rule, and none in another's place.
func TestCXXValues(t *testing.T) {
	for _, flags := range [][]string{
		{"-O0"},
		{"-O2"},
		{"-O1", "-D_GLIBCXX_USE_CXX11_ABI=0"},
		{"-O1", "-m32"},
		{"CC=clang", "-O1"},
		{"CC=clang", "-O1", "-stdlib=libc++"},
	} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			program := testkit.Build(t, "testdata/cxx_values.cc", append(flags, "-std=c++17", "-rdynamic")...)
			var calls []testkit.Line
			r, _ := traceLines(t, "--no-demangle -L -x _Z*by_*+_Z4give*+_Z4lend*+_ZN*5Probe*+_ZN7Derived*+_ZN7Virtual*+_Z7outside*", func(l testkit.Line) {
				if l.Kind == testkit.CallLine || l.Kind == testkit.CallOpen {
					calls = append(calls, l)
				}
			}, program)
			checkExit(t, r.Result, 0)
			checkCXXValues(t, strings.Split(strings.TrimSpace(r.Stdout), "\n"), calls)
		})
	}
}

// checkCXXValues compares the calls with what the program says of them: what the name
// begins with, a tab, and ARGUMENTS = RESULT, or ? for those of which nothing is known. Other calls are
// those of base objects' constructors by those of complete ones.
func checkCXXValues(t *testing.T, want []string, calls []testkit.Line) {
	t.Helper()
	for _, call := range calls {
		name, values, _ := strings.Cut(strings.Join(want[:min(1, len(want))], ""), "\t")
		args, result, _ := strings.Cut(values, " = ")
		this, _, _ := strings.Cut(args, ", ")
		switch {
		case name != "" && strings.HasPrefix(call.Name, name) && values == "?":
			most := 6
			if _, signature, ok := strings.Cut(call.Name, "ERK"); ok && strings.HasPrefix(signature, "NS") || strings.HasPrefix(signature, "Ss") {
				most = 3 // this and where the result goes, if there are these
			}
			if n := len(strings.Split(call.Args, ", ")); n < 1 || n > most {
				t.Errorf("%s has %d words, want at most %d guessed ones", call.Text, n, most)
			}
		case name != "" && strings.HasPrefix(call.Name, name+"2E") && call.Args == this:
			// A base object's constructor: what comes behind this may be a table of
			// virtual bases. clang calls it for complete objects too.
		case name != "" && strings.HasPrefix(call.Name, name) && call.Args == args:
			if call.Kind == testkit.CallLine && call.Result != result {
				t.Errorf("%s, want the result %s", call.Text, result)
			}
		default:
			if strings.Contains(call.Args, ", ") || !strings.HasPrefix(call.Name, "_ZN") {
				t.Errorf("%s, want %s(%s) = %s", call.Text, name, args, result)
				return
			}
			continue
		}
		want = want[1:]
	}
	if len(want) > 0 {
		t.Errorf("not called: %q", want)
	}
}
