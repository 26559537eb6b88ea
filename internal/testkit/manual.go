package testkit

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// CheckManual holds that the manual page of a tool, man/TOOL.1, and its --help tell of the
// same options, and that mandoc has nothing to say of the page.
func CheckManual(t *testing.T, page, tool string) {
	t.Helper()
	told, helped := ManualOptions(t, page), HelpOptions(Run(t, Tool(t, tool), "--help").Stdout)
	if len(told) == 0 || !slices.Equal(told, helped) {
		t.Errorf("%s tells of\n%v\n--help of\n%v", page, told, helped)
	}
	LintManual(t, page)
}

// ManualOptions returns the options, "-o" and "--output", that the lists of a manual page
// tell of, sorted.
func ManualOptions(t testing.TB, page string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	// An item of the lists: .It Fl o , Fl Fl output Ns = Ns Ar FILE; or Fl \-output
	flag := regexp.MustCompile(`\bFl (Fl |-)?([\w-]+)`)
	for _, item := range regexp.MustCompile(`(?m)^\.It Fl .*$`).FindAllString(string(text), -1) {
		item = strings.ReplaceAll(item, `\-`, "-")
		for _, m := range flag.FindAllStringSubmatch(item, -1) {
			name := "-" + m[2]
			switch {
			case m[1] != "":
				name = "--" + m[2]
			case len(m[2]) > 1: // -yy, -tt, -ttt
				name = "-" + m[2][:1]
			}
			told = append(told, name)
		}
	}
	slices.Sort(told)
	return slices.Compact(told)
}

// HelpOptions returns the options that lines of a help text begin with, sorted.
func HelpOptions(help string) []string {
	var helped []string
	for _, m := range regexp.MustCompile(`(?m)^ {2,6}((?:-\w+|--[\w-]+)(?:, (?:-\w+|--[\w-]+))*)`).FindAllStringSubmatch(help, -1) {
		for _, name := range strings.Split(m[1], ", ") {
			if !strings.HasPrefix(name, "--") {
				name = name[:2]
			}
			helped = append(helped, name)
		}
	}
	slices.Sort(helped)
	return slices.Compact(helped)
}

// LintManual holds that mandoc has nothing to say of a manual page, but of pages that are
// not installed.
func LintManual(t testing.TB, page string) {
	t.Helper()
	out, err := exec.Command("mandoc", "-T", "lint", "-W", "style", page).CombinedOutput()
	if err != nil && len(out) == 0 {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "referenced manual not found") && !strings.Contains(line, "outdated mandoc.db") {
			t.Error(line)
		}
	}
}
