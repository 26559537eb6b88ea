package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestOutParameters has functions give something back through their arguments in
// all ways in which a call may end.
func TestOutParameters(t *testing.T) {
	home := t.TempDir()
	conf := `int forked(out(int*) n, out(string), string)
int fails(out(int*), int) fails(-1)
int levels(out(int*), int)
`
	if err := os.WriteFile(filepath.Join(home, ".ltrace.conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	for _, flags := range [][]string{{"-m64"}, {"-m32"}} {
		t.Run(flags[0], func(t *testing.T) {
			program := testkit.Build(t, "testdata/values_out.c", append(flags, "-O1")...)
			trace := filepath.Join(t.TempDir(), "trace")
			checkExit(t, testkit.Run(t, testkit.Sonde(t), "-f", "-a", "1", "-L", "-x", "forked+fails+levels@MAIN", "-o", trace, program), 0)
			b, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for line := range strings.Lines(string(b)) {
				_, line, _ = strings.Cut(strings.TrimSpace(line), " ") // the process
				if !strings.HasPrefix(line, "+++") && !strings.HasPrefix(line, "---") {
					got = append(got, strings.ReplaceAll(line, "<... ", ""))
				}
			}
			text := strings.Join(got, "\n")
			wanted := []string{
				"fails(77, 0) = 0",
				"fails(0x8, 1) = -1",
				"fails( <no return ...>",
				`forked resumed> 1, "child", "before") = 30`,
				`2, "parent", "before") = 40`,
				"levels(1000, 0) = 0",
			}
			for depth := 1; depth <= 50; depth++ {
				wanted = append(wanted, fmt.Sprintf("levels resumed> %d, %d) = %d", 1000+depth, depth, depth*(depth-1)/2))
			}
			for _, want := range wanted {
				if !strings.Contains(text, want) {
					t.Errorf("%q is missing", want)
				}
			}
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}
