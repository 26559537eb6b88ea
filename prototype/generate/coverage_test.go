package main

import (
	"errors"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"sonde/internal/testkit"
	"sonde/prototype"
)

// TestCoverage holds the shipped prototypes, those written by hand first, against
// what the headers of this machine declare and its libraries export: the types
// are those that gcc sees, for 64 and for 32 bits.
func TestCoverage(t *testing.T) {
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("dpkg tells which headers a library has")
	}
	shelf := prototype.NewShelf(prototype.ShelfOptions{
		Env:       func(string) string { return "" },
		Installed: []string{},
		Report:    func(err error) { t.Errorf("%v", err) },
	})
	for _, l := range libraries {
		t.Run(l.name, func(t *testing.T) {
			s, err := survey(t.Context(), l, t.TempDir())
			if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && !installed(t, l.packages) {
				testkit.Lacks(t, "the headers are in %v", l.packages)
			}
			if err != nil {
				t.Fatal(err)
			}
			want := 90.0
			if l.name == "libc" {
				want = 95
			}
			var all, right int
			for i := range l.files {
				a, r := cover(t, shelf, s, &l.files[i], sameVersions(t, s, &l.files[i]))
				all, right = all+a, right+r
			}
			percent := 100 * float64(right) / float64(max(all, 1))
			t.Logf("%s: %d of %d functions, %.1f %%", l.name, right, all, percent)
			coverOwn(t, shelf, s)
			if percent < want || all == 0 {
				t.Errorf("%s: %.1f %% of the functions have a shipped prototype that fits; want %.0f", l.name, percent, want)
			}
		})
	}
}

// installed tells whether packages are.
func installed(t *testing.T, packages []string) bool {
	_, err := command(t.Context(), "dpkg", append([]string{"-s"}, packages...)...)
	return err == nil
}

// sameVersions tells whether a shipped file was made from the headers that are installed.
func sameVersions(t *testing.T, s *surveyed, f *file) bool {
	line, _ := cutLine(t, filepath.Join(shippedDir, f.conf+".generated.conf"))
	return line == madeFrom(s.versions)
}

// cover compares the functions of one file, and returns how many there are and
// how many are right. None may be wrong where the headers are those that the file was
// made from.
func cover(t *testing.T, shelf *prototype.Shelf, s *surveyed, f *file, same bool) (all, right int) {
	for _, name := range slices.Sorted(maps.Keys(s.wide)) {
		wide, narrow := s.wide[name], s.narrow[name]
		if filepath.Dir(wide.header) == s.dir {
			continue // a header of our own says so
		}
		for _, symbol := range s.symbols(wide) {
			if _, ok := s.exports[f.soname][symbol]; !ok {
				continue
			}
			all++
			if wrong := fits(shelf.Lookup(f.soname, symbol, ""), wide, narrow); wrong != "" {
				say := t.Logf
				if same {
					say = t.Errorf
				}
				say("%s: %s: %s", f.soname, symbol, wrong)
				continue
			}
			right++
		}
	}
	t.Logf("%s: %d of %d functions", f.soname, right, all)
	return all, right
}

// coverOwn holds what headers of our own declare, such as functions of newer releases,
// against what is shipped: nothing of that need be missing or wrong.
func coverOwn(t *testing.T, shelf *prototype.Shelf, s *surveyed) {
	for _, name := range slices.Sorted(maps.Keys(s.wide)) {
		wide := s.wide[name]
		if filepath.Dir(wide.header) != s.dir {
			continue
		}
		for i := range s.library.files {
			f := &s.library.files[i]
			if f.extra == "" || f.extra != filepath.Base(wide.header) {
				continue
			}
			if wrong := fits(shelf.Lookup(f.soname, name, ""), wide, s.narrow[name]); wrong != "" {
				t.Errorf("%s: %s: %s", f.soname, name, wrong)
			}
		}
	}
}

// fits returns how a prototype differs from what gcc sees for both machines, or "".
func fits(p *prototype.Prototype, wide, narrow *declared) string {
	if p == nil {
		return "there is none"
	}
	wrong := view{prototype.LP64}.prototype(wide, p)
	if wrong == "" && narrow != nil {
		if wrong = (view{prototype.ILP32}).prototype(narrow, p); wrong != "" {
			wrong = "32 bits: " + wrong
		}
	}
	if wrong != "" {
		return p.Origin + ": " + p.String() + ": " + wrong
	}
	return ""
}
