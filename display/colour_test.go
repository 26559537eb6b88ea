package display

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/internal/testkit"
)

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// everyPiece are colours that no piece of a line is without.
func everyPiece(t testing.TB) *Colours {
	t.Helper()
	var spec []string
	for _, name := range pieceNames {
		spec = append(spec, name+"=1;33")
	}
	c, err := ParseColours(strings.Join(spec, ":"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// forGoldens hands on the events and options of every golden file.
func forGoldens(t *testing.T, check func(t *testing.T, events string, o TextOptions)) {
	files, err := filepath.Glob("testdata/text/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		g := testkit.ReadGolden(t, file)
		for _, s := range g.Sections[1:] {
			t.Run(filepath.Base(file)+"/"+s.Name, func(t *testing.T) {
				o := parseOptions(t, s.Name)
				o.Colours, o.Width = nil, nil
				check(t, g.Sections[0].Text, o)
			})
		}
	}
}

// TestColourChangesNoText holds that colours are put around text that is what it is without
// them, the columns included, and that no line leaves one on.
func TestColourChangesNoText(t *testing.T) {
	colours := everyPiece(t)
	forGoldens(t, func(t *testing.T, events string, o TextOptions) {
		plain := string(render(t, o, parseScript(t, events)))
		o.Colours = colours
		coloured := string(render(t, o, parseScript(t, events)))
		if diff := cmp.Diff(plain, sgr.ReplaceAllString(coloured, "")); diff != "" {
			t.Errorf("without the colours (-plain +coloured):\n%s", diff)
		}
		checkClosed(t, coloured)
	})
}

// checkClosed holds that each piece that is begun is ended on its line, before another.
func checkClosed(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		on := false
		for _, s := range sgr.FindAllString(line, -1) {
			if on != (s == reset) {
				t.Errorf("%q in %q: on is %v", s, line, on)
			}
			on = s != reset
		}
		if on {
			t.Errorf("a colour stays on: %q", line)
		}
	}
}

func TestParseColours(t *testing.T) {
	for _, c := range []struct {
		spec      string
		name, lib string // what comes of these two
		err       string // in the error; "": none
	}{
		{"", "\x1b[1m", "\x1b[36m", ""},
		{":", "\x1b[1m", "\x1b[36m", ""},
		{"name=4;31", "\x1b[4;31m", "\x1b[36m", ""},
		{"name=:lib=0", "", "", ""},
		{"lib=30:name=1:lib=37", "\x1b[1m", "\x1b[37m", ""},
		{"name", "\x1b[1m", "\x1b[36m", `"name": no piece`},
		{"nam=1:lib=31", "\x1b[1m", "\x1b[31m", `"nam": no piece`},
		{"name=38;5;1", "\x1b[1m", "\x1b[36m", `name: "38;5;1" is not`},
		{"name=2", "\x1b[1m", "\x1b[36m", `name: "2" is not`},
		{"name=5", "\x1b[1m", "\x1b[36m", `name: "5" is not`},
		{"name=031", "\x1b[1m", "\x1b[36m", `name: "031" is not`},
		{"name=1;", "\x1b[1m", "\x1b[36m", `name: "1;" is not`},
		{"name=1m\x1b]0;title\a", "\x1b[1m", "\x1b[36m", `name: "1m\x1b]0;title\a" is not`},
		{"name=1;1;1;1;1;1;1;1;1", "\x1b[1m", "\x1b[36m", "name: "},
		{"name=-1:lib=x", "\x1b[1m", "\x1b[36m", `name: "-1" is not`},
		{"\x1b[31m=1", "\x1b[1m", "\x1b[36m", `"\x1b[31m": no piece`},
	} {
		colours, err := ParseColours(c.spec)
		if got := [2]string{colours.sgr[pieceName], colours.sgr[pieceLib]}; got != [2]string{c.name, c.lib} {
			t.Errorf("%q: name and lib are %q, want %q and %q", c.spec, got, c.name, c.lib)
		}
		switch {
		case (err != nil) != (c.err != ""):
			t.Errorf("%q: error %v, want %q", c.spec, err, c.err)
		case err != nil && !strings.HasPrefix(err.Error(), c.err):
			t.Errorf("%q: error %v, want %q", c.spec, err, c.err)
		}
	}
}
