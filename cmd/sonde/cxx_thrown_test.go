package main

import (
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestCXXThrown holds what is told of exceptions where they are thrown: their types,
// and what those of the standard library and those derived from them say.
func TestCXXThrown(t *testing.T) {
	for _, flags := range [][]string{
		{"-O0"},
		{"-O2", "-m32"},
		{"-O1", "-D_GLIBCXX_USE_CXX11_ABI=0"},
		{"CC=clang", "-O1", "-stdlib=libc++"},
	} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			program := testkit.Build(t, "testdata/cxx_thrown.cc", append(flags, "-std=c++17")...)
			var thrown []string
			r, _ := traceLines(t, "-s 100 -e __cxa_throw@MAIN", func(l testkit.Line) {
				if l.Name == "__cxa_throw" {
					if text, ok := strings.CutPrefix(l.Args, "0x"); ok {
						_, text, _ = strings.Cut(text, ", ")
						l.Args = "ADDRESS, " + text
					}
					thrown = append(thrown, l.Args)
				}
			}, program)
			checkExit(t, r.Result, 0)
			for i, want := range strings.Split(strings.TrimSpace(r.Stdout), "\n") {
				if i >= len(thrown) || !strings.HasPrefix(thrown[i], want+", ") {
					t.Errorf("throw %d is not %s, but of %q", i, want, thrown)
				}
			}
		})
	}
}
