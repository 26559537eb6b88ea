package elfsym

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestUses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lib")
	good := readFile(t, buildIn(t, "sites.c", "-shared -fPIC -fno-plt"))
	write := func(p []byte) {
		t.Helper()
		if err := os.WriteFile(path, p, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(good)
	f := mustOpen(t, path)
	if _, err := f.Uses(path + "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("elsewhere: %v", err)
	}
	write(append(good, 0))
	if u, err := f.Uses(path); !errors.Is(err, ErrChanged) {
		t.Errorf("another file: %v, %v", u, err)
	}
	f = mustOpen(t, path)
	first, err := f.Uses(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	again, err := f.Sites(path)
	if err != nil || len(again) == 0 || !slices.Equal(again, first.Sites) {
		t.Errorf("the second time: %d sites, error %v", len(again), err)
	}
	if u, err := mustParse(t, good).Uses(path); err == nil {
		t.Errorf("of bytes: %+v", u)
	}
}

// TestSitesOfSource holds what is found against what sites.c does.
func TestSitesOfSource(t *testing.T) {
	t.Parallel()
	for _, machine := range []string{"", "-m32"} {
		f := mustOpen(t, buildIn(t, "sites.c", "-O2 -shared -fPIC -fno-plt "+machine))
		uses := make(map[string][]SiteKind)
		for _, p := range f.Pointers() {
			for _, s := range mustUses(t, f).Sites {
				if s.Pointer == p.Addr && p.Kind != Relative {
					uses[p.Symbol] = append(uses[p.Symbol], s.Kind)
				}
			}
		}
		for _, test := range []struct {
			name string
			want []SiteKind
		}{
			{"calls", []SiteKind{SiteCall}},
			{"calls_twice", []SiteKind{SiteCall, SiteCall}},
			{"jumps", []SiteKind{SiteJump}},
			{"loads", []SiteKind{SiteLoad}},
			{"hands_on", []SiteKind{SiteLoad}},
			{"takes", []SiteKind{SiteCall}},
			{"is_there", []SiteKind{SiteLoad}},
			{"in_a_table", nil},
			{"in_a_variable", nil},
			{"exported", []SiteKind{SiteCall}},
		} {
			if got := uses[test.name]; !slices.Equal(got, test.want) {
				t.Errorf("%s %s: %v, want %v", test.name, machine, got, test.want)
			}
		}
	}
}
