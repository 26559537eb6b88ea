package main

import (
	"path/filepath"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestFilterDemangled asks for C++ functions as people know them, and is shown
// them so.
func TestFilterDemangled(t *testing.T) {
	prog := testkit.Build(t, "testdata/demangle.cc", "-O1", "-std=c++17")
	const reserve = "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >::reserve"
	const raw = "_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE7reserveEm"
	for _, tt := range []struct {
		args string // apart by spaces
		want string // how the line of the call begins
	}{
		{"-e *::reserve@MAIN", "demangle->" + reserve + "("},
		{`-e *::reserve(*)@MAIN`, "demangle->" + reserve + "("},
		{"-e /.*::reserve/@MAIN", "demangle->" + reserve + "("},
		{"--no-demangle -e *::reserve@MAIN", "demangle->" + raw + "("},
		{"-e " + raw, "demangle->" + reserve + "("},
	} {
		args := append([]string{testkit.Sonde(t), "-o", "/dev/stdout"}, strings.Fields(tt.args)...)
		r := testkit.Run(t, append(args, prog)...)
		name := strings.Replace(tt.want, "demangle", filepath.Base(prog), 1)
		if !strings.HasPrefix(r.Stdout, name) || strings.Count(r.Stdout, "->") != 1 {
			t.Errorf("%s: want one call, %s...\n%s", tt.args, name, r.Describe())
		}
	}
	// The summary's rows are the lines' names.
	r := testkit.Run(t, testkit.Sonde(t), "-c", "-o", "/dev/stdout", prog)
	if !strings.Contains(r.Stdout, "         1 "+reserve+"\n") {
		t.Errorf("-c has no row of %s\n%s", reserve, r.Describe())
	}
	// A slip in a name is told by the names that were near.
	r = testkit.Run(t, testkit.Sonde(t), "-e", reserve+"d", prog)
	if !strings.Contains(r.Stderr, "; the nearest names are "+reserve+"\n") {
		t.Errorf("-e ...reserved: no hint\n%s", r.Describe())
	}
}

// A filter that matches nothing leaves no trap behind that a program would run
// into; one that matches has its services, which the first case must not.
func TestFilterCost(t *testing.T) {
	prog := testkit.Build(t, "testdata/filter_cost.c", "-O0", "-fno-builtin")
	for _, tt := range []struct{ filter, want string }{
		{"no_such_function", "traps 0\n"},
		{"atoi", "traps 2\n"},
	} {
		r := testkit.Run(t, testkit.Sonde(t), "-o", "/dev/null", "-e", tt.filter, prog)
		if r.Stdout != tt.want {
			t.Errorf("-e %s: the program printed %q, want %q\n%s", tt.filter, r.Stdout, tt.want, r.Describe())
		}
	}
}
