package main

import (
	"testing"

	"sonde/internal/testkit"
)

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
