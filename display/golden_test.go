package display

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// golden is a file of sections, each headed by a line "-- name --", after a
// comment: the format of golang.org/x/tools/txtar, as far as it is needed.
type golden struct {
	file     string
	comment  string
	sections []section
}

type section struct{ name, text string }

func readGolden(t *testing.T, file string) *golden {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g := &golden{file: file}
	text := &g.comment
	for line := range strings.Lines(string(data)) {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "-- ")
		if name, ok2 := strings.CutSuffix(name, " --"); ok && ok2 {
			g.sections = append(g.sections, section{name: name})
			text = &g.sections[len(g.sections)-1].text
			continue
		}
		*text += line
	}
	return g
}

func (g *golden) write(t *testing.T) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(g.comment)
	for _, s := range g.sections {
		b.WriteString("-- " + s.name + " --\n" + s.text)
	}
	if err := os.WriteFile(g.file, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}
