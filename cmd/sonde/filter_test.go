package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestFilterForms counts what the forms of -e, as ltrace has them and got them
// wrong, choose of a program with five calls each of five functions.
func TestFilterForms(t *testing.T) {
	prog := testkit.Build(t, "testdata/variant_calls.c", "-O0", "-fno-builtin")
	for _, tt := range []struct {
		filter string
		want   string // NAME=CALLS...
	}{
		{"/ato.*/@MAIN", "atoi=5"},
		{`/atoi\|free/@MAIN`, "atoi=5 free=5"},
		{"/atoi|free/E@MAIN", "atoi=5 free=5"},
		{"^atoi@^MAIN", "atoi=5"},
		{`atoi@"` + prog + `"`, "atoi=5"},
		{`atoi@*/"` + filepath.Base(prog) + `"`, "atoi=5"},
		{"atoi@/nowhere/*+free@MAIN", "free=5"},
		{"atoi@@GLIBC_2*@MAIN", "atoi=5"},
		{"atoi@@NONE+free@MAIN", "free=5"},
		{`"atoi"@MAIN`, "atoi=5"},
		{"!/.*[^i]/", "atoi=5"},
	} {
		r := testkit.Run(t, testkit.Sonde(t), "-o", "/dev/stderr", "-e", tt.filter, prog)
		calls := map[string]int{}
		for line := range strings.Lines(r.Stderr) {
			if _, call, ok := strings.Cut(line, "->"); ok {
				name, _, _ := strings.Cut(call, "(")
				calls[name]++
			}
		}
		var got []string
		for _, name := range slices.Sorted(maps.Keys(calls)) {
			got = append(got, fmt.Sprintf("%s=%d", name, calls[name]))
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("-e %s: %s, want %s\n%s", tt.filter, got, tt.want, r.Describe())
		}
	}
}

// TestFilterDemangled asks for C++ functions as people know them, and is shown
// them so.
func TestFilterDemangled(t *testing.T) {
	prog := testkit.Build(t, "testdata/demangle.cc", "-O1", "-std=c++17")
	const reserve = "std::string::reserve"
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
	if !regexp.MustCompile(`(?m) 1 +- +\d+\.\d{6} ` + regexp.QuoteMeta(reserve) + `$`).MatchString(r.Stdout) {
		t.Errorf("-c has no row of %s\n%s", reserve, r.Describe())
	}
	// A slip in a name is told by the names that were near.
	r = testkit.Run(t, testkit.Sonde(t), "-e", reserve+"d", prog)
	if !strings.Contains(r.Stderr, "; the nearest names are "+reserve+", ") {
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
