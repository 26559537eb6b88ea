package testkit

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// Golden is a file of sections, each headed by a line "-- name --", after a
// comment: the format of golang.org/x/tools/txtar, as far as it is needed.
type Golden struct {
	File     string
	Comment  string
	Sections []GoldenSection
}

// GoldenSection is a section of a Golden: what a test is given, or what must come of it.
type GoldenSection struct{ Name, Text string }

// ReadGolden reads a golden file.
func ReadGolden(t testing.TB, file string) *Golden {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g := &Golden{File: file}
	text := &g.Comment
	for line := range strings.Lines(string(data)) {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "-- ")
		if name, ok2 := strings.CutSuffix(name, " --"); ok && ok2 {
			g.Sections = append(g.Sections, GoldenSection{Name: name})
			text = &g.Sections[len(g.Sections)-1].Text
			continue
		}
		*text += line
	}
	return g
}

// Write writes the file anew; a test does so under its flag -update.
func (g *Golden) Write(t testing.TB) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(g.Comment)
	for _, s := range g.Sections {
		b.WriteString("-- " + s.Name + " --\n" + s.Text)
	}
	if err := os.WriteFile(g.File, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}
