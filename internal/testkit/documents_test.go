package testkit_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocuments holds that each test that a document names, as `package.TestName`, exists,
// and that each row of doc/stacks.md names one or says why there is none.
func TestDocuments(t *testing.T) {
	documents, err := filepath.Glob("../../doc/*.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z0-9_/]+)\\.((?:Test|Fuzz)[A-Z][A-Za-z0-9_]*)`")
	found := 0
	for _, path := range documents {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			found++
			if !hasTest(t, m[1], m[2]) {
				t.Errorf("%s: there is no %s in %s", path, m[2], m[1])
			}
		}
		if filepath.Base(path) != "stacks.md" {
			continue
		}
		table, _, _ := strings.Cut(string(text), "\n## ")
		for row := range strings.Lines(table) {
			heading := strings.HasPrefix(row, "| **") || strings.HasPrefix(row, "| What") || strings.HasPrefix(row, "|-")
			if strings.HasPrefix(row, "|") && !heading && !named.MatchString(row) && !strings.Contains(row, "Not done: ") {
				t.Errorf("%s: neither a test nor why there is none: %s", path, row)
			}
		}
	}
	if found < 100 {
		t.Errorf("the documents name %d tests", found)
	}
}

// hasTest tells whether a package has a test.
func hasTest(t *testing.T, pkg, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", pkg, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}
