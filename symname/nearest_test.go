package symname

import (
	"slices"
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	libc := "atoi atol free getenv malloc mallopt printf putc puts putchar setenv strcmp strncmp toupper"
	for _, test := range []struct {
		name, among string
		max         int
		want        string
	}{
		{"mallco", libc, 3, "malloc"},                   // two neighbours swapped
		{"malloc", libc, 3, "mallopt"},                  // not the name itself
		{"getnev", libc, 3, "getenv setenv"},            // the better one first
		{"putz", libc, 3, "putc puts"},                  // equals in alphabetical order
		{"putz", libc, 1, "putc"},                       // no more than max
		{"putz", libc, 0, ""},                           //
		{"strcmpp", libc, 3, "strcmp strncmp"},          // one character too many
		{"tupper", libc, 3, "toupper"},                  // one too few
		{"aroi", libc, 3, "atoi"},                       // one replaced; atol is two away, too far for four letters
		{"xyzzy_frobnicate", libc, 3, ""},               // nothing like it
		{"x", "y z", 3, ""},                             // of one letter, anything would be near
		{"", libc, 3, ""},                               //
		{"puts", "", 3, ""},                             //
		{"puts", "putz putz putz pute", 3, "pute putz"}, // none twice
		{"abcdefgh", "aXcdXfgX abXdefgX abXdefgh", 3, "abXdefgh abXdefgX aXcdXfgX"}, // worse ones first
		{"abcdefgh", "aXcdXfgX abXdefgX abXdefgh", 2, "abXdefgh abXdefgX"},
		{"abcdefgh", "abXdefgh aXcdefgh", 1, "aXcdefgh"},            // a full list still takes an equal that sorts before
		{strings.Repeat("a", 129), strings.Repeat("a", 128), 3, ""}, // too long a name to be a slip
		{strings.Repeat("a", 128), strings.Repeat("a", 129), 3, strings.Repeat("a", 129)},
	} {
		got := Nearest(test.name, slices.Values(strings.Fields(test.among)), test.max)
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("Nearest(%q, %.80q, %d) = %q, want %q", test.name, test.among, test.max, got, test.want)
		}
	}
}

// TestNearestBounded reads no further than it must in a sequence without end.
func TestNearestBounded(t *testing.T) {
	n := 0
	forever := func(yield func(string) bool) {
		for n = 1; yield("putz"); n++ {
		}
	}
	if got := Nearest("puts", forever, 2); !slices.Equal(got, []string{"putz"}) {
		t.Errorf("Nearest = %q", got)
	}
	if n > nearestTries+1 {
		t.Errorf("%d candidates were read, want %d at most", n, nearestTries+1)
	}
}

func TestEditDistance(t *testing.T) {
	for _, test := range []struct {
		a, b  string
		limit int
		want  int
	}{
		{"", "", 3, 0},
		{"", "abc", 3, 3},
		{"abc", "", 3, 3},
		{"abc", "abc", 3, 0},
		{"abc", "acb", 3, 1},
		{"ca", "abc", 3, 3}, // optimal string alignment: no edit inside of a swapped pair
		{"kitten", "sitting", 3, 3},
		{"kitten", "sitting", 2, 3},
		{"ab", "ba", 0, 1},
		{"xxab", "xxba", 1, 1}, // the rows before the swap ends are above no limit that it meets
		{"abcdefgh", "hgfedcba", 3, 4},
	} {
		for _, ab := range [][2]string{{test.a, test.b}, {test.b, test.a}} {
			if got := editDistance(ab[0], ab[1], test.limit); got != test.want {
				t.Errorf("editDistance(%q, %q, %d) = %d, want %d", ab[0], ab[1], test.limit, got, test.want)
			}
		}
	}
}
