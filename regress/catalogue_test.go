package regress

import (
	"fmt"
	"os"
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

// TestCatalogueIsCovered holds that each behaviour of the catalogue is a row, or is left
// out for a reason.
func TestCatalogueIsCovered(t *testing.T) {
	left := leftOut(t)
	for _, g := range catalogue {
		for n := range g.ids {
			id := fmt.Sprintf("%s%02d", g.group, n+1)
			row, reason := rowByID(id), left[id]
			switch {
			case row == nil && reason == "":
				t.Errorf("%s is neither a row nor left out", id)
			case row != nil && reason != "":
				t.Errorf("%s is a row, and left out because %s", id, reason)
			}
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
