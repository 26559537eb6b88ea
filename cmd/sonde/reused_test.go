package main

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestReusedIDs traces processes that get the number of one that has been killed, and
// stop before their parent's report of them has been seen: each is told of.
func TestReusedIDs(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("making namespaces takes root")
	}
	const made = 400
	program := build(t, "reused_ids.c", "-O1")
	for _, options := range []string{"-f", "-f -S"} {
		t.Run(options, func(t *testing.T) {
			trace := t.TempDir() + "/trace"
			// A number is chosen in a namespace of its own alone.
			args := []string{testkit.Need(t, "unshare"), "--pid", "--fork", "--mount-proc", testkit.Sonde(t), "--json", "-o", trace}
			r := testkit.Run(t, append(append(args, strings.Fields(options)...), program, strconv.Itoa(made))...)
			if r.Status != 0 {
				t.Fatal(r.Describe())
			}
			if n, err := strconv.Atoi(strings.TrimSpace(r.Stdout)); err != nil || n == 0 {
				t.Errorf("no number was used again: %q", r.Stdout)
			}
			text, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			for what, want := range map[string]int{`{"type":"fork"`: made, `{"type":"exit"`: made + 1} {
				if n := strings.Count(string(text), what); n != want {
					t.Errorf("%s comes %d times, want %d", what, n, want)
				}
			}
		})
	}
}
