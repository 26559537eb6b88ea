package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sonde/internal/testkit"

	"github.com/google/go-cmp/cmp"
)

// TestGenerated writes all generated files anew, and holds those in the tree against
// them: neither the generator nor a file changes without the other.
func TestGenerated(t *testing.T) {
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("dpkg tells which headers a library has")
	}
	common, err := commonTypes(shippedDir)
	if err != nil {
		t.Fatal(err)
	}
	t.Run(constantsFile, func(t *testing.T) {
		again(t, constantsPackages, []string{constantsFile}, func(out string) error {
			return writeConstants(t.Context(), t.TempDir(), out)
		})
	})
	for _, l := range libraries {
		t.Run(l.name, func(t *testing.T) {
			var files []string
			for i := range l.files {
				files = append(files, l.files[i].conf+".generated.conf")
			}
			again(t, l.packages, files, func(out string) error {
				return generate(t.Context(), l, t.TempDir(), out, common)
			})
		})
	}
}

// shippedDir is where the files in the tree stand, seen from here.
const shippedDir = "../shipped"

// again has files made of some packages' headers. Headers of other versions than
// those of the file in the tree may well declare something else, or cost what it
// needs.
func again(t *testing.T, packages, files []string, make func(out string) error) {
	t.Helper()
	if !installed(t, packages) {
		testkit.Lacks(t, "the headers are in %v", packages)
	}
	versions, err := packageVersions(t.Context(), packages)
	if err != nil {
		t.Fatal(err)
	}
	here, out := madeFrom(versions), t.TempDir()
	made := make(out)
	for _, file := range files {
		want, rest := cutLine(t, filepath.Join(shippedDir, file))
		got, restAgain := "", ""
		if made == nil {
			got, restAgain = cutLine(t, filepath.Join(out, file))
		}
		switch {
		case made == nil && got != here:
			t.Errorf("%s begins %q; want %q", file, got, here)
		case made == nil && restAgain == rest:
		case want != here:
			t.Skipf("%s: %snot for what is installed: %s", file, want, here)
		case made != nil:
			t.Fatal(made)
		default:
			t.Errorf("%s is made as another (make generate):\n%s", file, cmp.Diff(strings.Split(rest, "\n"), strings.Split(restAgain, "\n")))
		}
	}
}

// cutLine returns the first line of a file, and what follows.
func cutLine(t *testing.T, path string) (line, rest string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line, rest, _ = strings.Cut(string(text), "\n")
	return line + "\n", rest
}
