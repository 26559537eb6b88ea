package display

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonde/internal/testkit"
)

// TestJSONText makes text of the JSON of testdata/text/*.txt, and holds that it is what a
// Text makes of the events, under each set of options: the JSON has all that is shown.
func TestJSONText(t *testing.T) {
	files, err := filepath.Glob("testdata/text/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		g := testkit.ReadGolden(t, file)
		for _, c := range g.Sections[1:] {
			o := parseOptions(t, c.Name)
			if o.Colours != nil || o.Width != nil || o.Stamp == StampSeconds || o.Stamp == StampMicros {
				continue // how lines look, and not what they have
			}
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt")+" "+c.Name, func(t *testing.T) {
				o.UTF8 = true // as JSON is
				want := string(render(t, o, parseScript(t, g.Sections[0].Text)))
				var lines bytes.Buffer
				j := NewJSON(NewWriter(&lines, true), JSONOptions{
					Header: JSONHeader{Start: start}, Strings: o.Strings, Array: o.Array, Verbose: o.Verbose,
					NoSignals: o.NoSignals, Raw: o.Raw, Names: o.Names, Stacks: true, Hold: time.Hour,
				})
				for _, ev := range parseScript(t, g.Sections[0].Text) {
					j.Emit(ev)
				}
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
				r := testkit.JSONText{
					Align: o.Align, Indent: o.Indent, PIDs: o.PIDs == PIDsAlways, Address: o.Address, Elapsed: o.Elapsed,
					Caller: o.Caller, Names: o.Names, Stacks: o.Stacks, More: o.More,
					Width: func(s string) int { return Cells([]byte(s)) },
				}
				switch o.Stamp {
				case StampEpoch:
					r.Stamp = "-ttt"
				case StampRelative:
					r.Stamp = "-r"
				}
				if diff := cmp.Diff(want, r.Lines(t, lines.Bytes())); diff != "" {
					t.Errorf("(-text +text of the JSON):\n%s", diff)
				}
			})
		}
	}
}
