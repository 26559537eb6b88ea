package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// promised is what testdata/mistakes.conf says of the declaration before it.
var promised = regexp.MustCompile(`^#! (\d+):(.*)$`)

// TestMistakes holds that each mistake in a file of many is told, with its place and
// what may have been meant, and costs no declaration but its own.
func TestMistakes(t *testing.T) {
	const path = "testdata/mistakes.conf"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want, args []string
	begin := 0 // the line of the declaration
	for i, line := range strings.Split(string(text), "\n") {
		switch m := promised.FindStringSubmatch(line); {
		case m != nil:
			down, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, fmt.Sprintf("sonde: %s:%d:%s", path, begin+down, m[2]))
			begin = 0
		case strings.HasPrefix(line, "int good"):
			name, _, _ := strings.Cut(strings.TrimPrefix(line, "int "), "(")
			args = append(args, "--prototypes="+name)
		case begin == 0 && line != "" && line[0] != '#':
			begin = i + 1
		}
	}
	if len(want) < 30 || len(args) != len(want) {
		t.Fatalf("%d mistakes and %d declarations between them", len(want), len(args))
	}
	out, complaints, err := prototypesOf(t, t.TempDir(), append([]string{"-F", path}, args...)...)
	if err != nil || strings.Count(out, "int good") != len(args) {
		t.Errorf("%v\n%s", err, out)
	}
	if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(complaints), "\n")); diff != "" {
		t.Error(diff)
	}
}
