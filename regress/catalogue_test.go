package regress

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// catalogue is how many behaviours each group has.
var catalogue = []struct {
	group string
	ids   int
}{
	{"A", 39},
	{"S", 16},
	{"E", 29},
	{"X", 12},
	{"N", 23},
	{"G", 8},
	{"T", 27},
	{"W", 15},
	{"Y", 31},
	{"R", 24},
	{"M", 13},
	{"P", 15},
	{"Z", 10},
	{"O", 9},
	{"Q", 8},
	{"K", 5},
	{"C", 4},
}

// beside are the rows that the catalogue does not have.
var beside = []string{"S17", "E30", "R25", "M14", "Z11"}

// TestCatalogueIsCovered holds that each behaviour of the catalogue is a row, or is left
// out for a reason.
func TestCatalogueIsCovered(t *testing.T) {
	left, has := leftOut(t), make(map[string]bool)
	for _, g := range catalogue {
		for n := range g.ids {
			id := fmt.Sprintf("%s%02d", g.group, n+1)
			has[id] = true
			row, reason := rowByID(id), left[id]
			switch {
			case row == nil && reason == "":
				t.Errorf("%s is neither a row nor left out", id)
			case row != nil && reason != "":
				t.Errorf("%s is a row, and left out because %s", id, reason)
			}
		}
	}
	for _, r := range Rows() {
		if more := !has[r.ID] && r.Group() != "frysk"; more != slices.Contains(beside, r.ID) {
			t.Errorf("%s: beside the catalogue: %v, told so: %v", r.ID, more, !more)
		}
	}
}

// leftOut returns the reasons for which behaviours are no rows.
func leftOut(t *testing.T) map[string]string {
	t.Helper()
	const name = "left_out.txt"
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	reasons := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, reason, ok := strings.Cut(line, "\t")
		if !ok || strings.TrimSpace(reason) == "" {
			t.Errorf("%s: no reason: %q", name, line)
		}
		if reasons[id] != "" {
			t.Errorf("%s: %s stands there twice", name, id)
		}
		reasons[id] = reason
	}
	return reasons
}
