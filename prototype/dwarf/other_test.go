package dwarf

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestRust holds the prototypes of Rust: references with lengths, strings, vectors,
// options, enums with data, and what has C's convention.
func TestRust(t *testing.T) {
	t.Parallel()
	rustc, err := exec.LookPath("rustc")
	if err != nil {
		t.Fatal(err)
	}
	source, err := filepath.Abs("testdata/values.rs")
	if err != nil {
		t.Fatal(err)
	}
	for _, flags := range [][]string{{"-g"}, {"-g", "-C", "split-debuginfo=unpacked"}, {"-g", "-C", "split-debuginfo=packed"}} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			command(t, dir, rustc, append([]string{"-A", "warnings", "-C", "codegen-units=1", "-o", "values", source}, flags...)...)
			got := describe(t, filepath.Join(dir, "values"), func(symbol string) bool {
				return strings.HasPrefix(symbol, "_ZN6values") && strings.Contains(symbol, "f_") && !strings.Contains(symbol, "closure") || symbol == "f_c"
			})
			// Where fields are, and how types are spelled, is the compiler's own affair.
			got = regexp.MustCompile(`_ZN6values\d+(\w+)17h[0-9a-f]{16}E`).ReplaceAllString(got, "$1")
			lines := slices.DeleteFunc(strings.SplitAfter(got, "\n"), func(line string) bool { return strings.HasPrefix(line, " ") })
			slices.Sort(lines)
			golden(t, "rust.want", strings.Join(lines, ""))
		})
	}
}

// TestGo holds the prototypes of Go: its own kinds of types, several results, and
// the parameter that generic functions have beside their own.
func TestGo(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"-gcflags="}, {"-gcflags=all=-N -l"}, {"-ldflags=-compressdwarf=false"}} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			t.Parallel()
			path := testkit.BuildGo(t, "testdata/values", flags...)
			golden(t, "golang.want", describe(t, path, wantedGo))
		})
	}
}

func wantedGo(symbol string) bool {
	return strings.HasPrefix(symbol, "main.") && symbol != "main.main" && !strings.Contains(symbol, ".func")
}
