package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadOutcomes holds what the host takes from the guest's port, also where the machine
// went down in the middle.
func TestReadOutcomes(t *testing.T) {
	const good = `{"Pass":"root","Report":{"schema":1,"machine":{"release":"6.1.0"},"results":[{"id":"A01","verdict":"PASS"}]},"Took":5,"Err":""}` + "\r\n"
	for _, c := range []struct {
		name, text string
		passes     int
		err        string
	}{
		{"two passes", good + good, 2, ""},
		{"none", "", 0, ""},
		{"cut off", good + good[:90], 1, "read the results: unexpected EOF"},
		{"no report", good + `{"Pass":"user","Report":null,"Err":"fsystest: killed"}`, 1, "pass user: no report: fsystest: killed"},
		{"another schema", `{"Pass":"root","Report":{"schema":77,"machine":{}}}`, 0, "pass root: no report: "},
		{"no machine", `{"Pass":"root","Report":{"schema":1}}`, 0, "pass root: no report: "},
	} {
		file := filepath.Join(t.TempDir(), "results")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readOutcomes(file)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if len(got) != c.passes || said != c.err {
			t.Errorf("%s: %d passes, error %q, want %d and %q", c.name, len(got), said, c.passes, c.err)
		}
	}
	if _, err := readOutcomes(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there was read")
	}
}

// TestLastLines holds how much of a console is shown.
func TestLastLines(t *testing.T) {
	file := filepath.Join(t.TempDir(), "console")
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "line %d\r\n", i)
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(lastLines(file), "\n")
	if len(got) != 25 || got[0] != "line 75" || got[24] != "line 99" {
		t.Errorf("%q", got)
	}
}
