package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/internal/testkit"
)

// TestValuesOfRust holds how a trace shows the values of Rust's types: its enums by
// their names, be there a discriminant or not, and what its library has for what it is for.
func TestValuesOfRust(t *testing.T) {
	t.Parallel()
	const source = "testdata/values_debug.rs"
	checkValues(t, source, testkit.Build(t, source, "CC=rustc", "-Cdebuginfo=2", "-Copt-level=0", "-Awarnings"), "values_debug::", "-x values_debug::*")
}

// checkValues runs a program and compares its calls, without what their names begin
// with, with what its source has behind //=.
func checkValues(t *testing.T, source, program, prefix, options string) {
	t.Helper()
	p, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range regexp.MustCompile(`(?m);.* //= (.*)$`).FindAllStringSubmatch(string(p), -1) {
		want = append(want, m[1])
	}
	asked := make(map[string]bool)
	for _, w := range want {
		asked[w[:strings.IndexByte(w, '(')]] = true
	}
	r := runTraced(t, "-L --names -s 99 "+options, program)
	checkExit(t, r.Result, 0)
	var got []string
	address := regexp.MustCompile(`0x[0-9a-f]+`)
	testkit.ReadTrace(t, r.file, 0, func(l testkit.Line) {
		name := strings.TrimPrefix(l.Name, prefix)
		if l.Kind != testkit.CallLine || !asked[name] {
			return
		}
		got = append(got, address.ReplaceAllString(name+"("+l.Args+") = "+l.Result, "0x"))
	})
	if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(got, "\n")); diff != "" {
		t.Errorf("not as in %s:\n%s", source, diff)
	}
}

// TestValuesOfClasses holds how a trace shows the classes of C++'s library where a program's
// own are in them, however they are passed.
func TestValuesOfClasses(t *testing.T) {
	t.Parallel()
	const source = "testdata/values_debug.cc"
	for _, compiler := range []string{"g++", "clang++"} {
		t.Run(compiler, func(t *testing.T) {
			t.Parallel()
			program := testkit.Build(t, source, "CC="+compiler, "-std=c++17", "-g", "-O0")
			checkValues(t, source, program, "", "-x vectors(* -x pointers(* -x values(* -x more(* -x maps(* -x tree(* -x tuple(*")
		})
	}
}
