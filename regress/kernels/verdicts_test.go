package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sonde/regress"
)

func reportOf(release string, results ...regress.Result) *regress.Report {
	return &regress.Report{Schema: regress.Schema, Machine: &regress.Machine{Release: release}, Results: results}
}

// TestVerdicts holds that what is written is what a later run is compared with.
func TestVerdicts(t *testing.T) {
	before := reportOf("6.1.0-18",
		regress.Result{ID: "A01", Verdict: regress.Pass},
		regress.Result{ID: "A02", Verdict: regress.Skip, Reason: "for root"},
		regress.Result{ID: "A03", Verdict: regress.Fail, Reason: "step 1:\nit is so"},
		regress.Result{ID: "frysk3525/a", Verdict: regress.XFail, Reason: "step 2: a flaw"},
	)
	file := filepath.Join(t.TempDir(), "verdicts")
	if err := writeVerdicts(file, before); err != nil {
		t.Fatal(err)
	}
	kept, err := readVerdicts(file)
	if err != nil {
		t.Fatal(err)
	}
	if kept.release != "6.1.0-18" {
		t.Errorf("release %q", kept.release)
	}
	for _, c := range []struct {
		name string
		now  []regress.Result
		all  bool
		want string
	}{
		{"the same", before.Results, true, "nothing has changed\n"},
		{"a new row", append(before.Results[:4:4], regress.Result{ID: "A04", Verdict: regress.Pass}), true, "nothing has changed\n"},
		{"a new row that fails", append(before.Results[:4:4], regress.Result{ID: "A04", Verdict: regress.Fail}), true, "REGRESSION A04: FAIL, was PASS\n"},
		{"a pass that was none", []regress.Result{{ID: "A02", Verdict: regress.Pass}}, false, "changed    A02: PASS, was SKIP\n"},
		{"a row that is gone", before.Results[:3], true, "changed    frysk3525/a: absent, was XFAIL\n"},
		{"a choice", before.Results[:3], false, "nothing has changed\n"},
	} {
		now := reportOf("6.1.0-19", c.now...)
		old := kept.report(now, c.all)
		want := "Since 6.1.0-18:\n" + c.want
		if got := regress.Changed(old, regress.Compare(old, now)); got != want {
			t.Errorf("%s: %q, want %q", c.name, got, want)
		}
	}
}

// TestVerdictsRefused holds that a file that says nothing for sure is an error.
func TestVerdictsRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "it does not tell of which kernel it is"},
		{"SKIP  A01 no\n", "it does not tell of which kernel it is"},
		{"# Linux 6.1: 1 PASS\nPASS A01\n", `:2: "PASS" is no verdict that is kept`},
		{"# Linux 6.1: 1 PASS\nSKIP  A01 no\nFAIL  A01 no\n", `:3: row "A01" is there twice, or has no name`},
		{"# Linux 6.1: 1 PASS\nSKIP\n", `:2: row "" is there twice, or has no name`},
	} {
		file := filepath.Join(t.TempDir(), "verdicts")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readVerdicts(file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
	}
}

// TestVerdictsOfEachBoot holds that each pass has its file, each file its pass, and each
// row in one is there.
func TestVerdictsOfEachBoot(t *testing.T) {
	rows := make(map[string]bool)
	for _, r := range regress.Rows() {
		rows[r.ID] = true
	}
	left := make(map[string]bool)
	files, err := filepath.Glob("verdicts/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		left[f] = true
	}
	for i := range kernels {
		for j := range boots {
			if !boots[j].on(&kernels[i]) {
				continue
			}
			for _, p := range boots[j].passes {
				file := filepath.Join("verdicts", verdictsFile(&kernels[i], &boots[j], p.Name))
				delete(left, file)
				kept, err := readVerdicts(file)
				if err != nil {
					t.Error(err)
					continue
				}
				if !strings.HasPrefix(kept.release, kernels[i].name+".") {
					t.Errorf("%s: of Linux %s", file, kept.release)
				}
				for _, id := range kept.order {
					if v := kept.results[id].Verdict; !rows[id] || v.Bad() {
						t.Errorf("%s: %s %s: no such row, or it has to be looked at", file, v, id)
					}
				}
			}
		}
	}
	for file := range left {
		t.Errorf("%s: no boot has such a pass", file)
	}
}
