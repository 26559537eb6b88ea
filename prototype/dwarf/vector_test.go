package dwarf

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestVectors holds that a vector has a place only where it is known what the code was
// compiled for.
func TestVectors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ flags, known string }{
		{"-g", "m256 r4 v2 v4"},
		{"-g -mavx", "m256 r4 r8 v2 v4 v8"},
		{"-g -mavx512f", "m256 r4 r8 v16 v2 v4 v8"},
		{"CC=clang -g", "m256 r4 v2 v4"},
		{"-g -m32 -march=i686", "m256"},
		{"-g -m32 -march=i686 -mmmx", "m256 v2"},
		{"-g -m32 -march=i686 -msse2", "m256 r4 v2 v4"},
		{"-g -m32 -march=x86-64", "m256 r4 v2 v4"},
		{"CC=clang -g -m32", "m256"},
	} {
		t.Run(c.flags, func(t *testing.T) {
			t.Parallel()
			got := describe(t, compile(t, "vectors.c", variant{c.flags + " -w", nil}), begins("f_"))
			var known []string
			for _, m := range regexp.MustCompile(`(?m)^\S+ f_(\w+)\(`).FindAllStringSubmatch(got, -1) {
				known = append(known, m[1])
			}
			if names := strings.Fields(c.known); !slices.Equal(slices.Sorted(slices.Values(known)), names) {
				t.Errorf("known are %v, want %v:\n%s", known, names, got)
			}
		})
	}
}
