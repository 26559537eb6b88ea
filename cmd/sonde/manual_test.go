package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"sonde/cli"
)

const manual = "../../man/sonde.1"

// flagNames are the letters and names of all options, in their order.
func flagNames() (names []string) {
	newFlags(&options{}, &unresolved{}).VisitAll(func(f *pflag.Flag) {
		if f.Shorthand != "" {
			names = append(names, "-"+f.Shorthand)
		}
		if !strings.HasPrefix(f.Name, cli.Unnamed) {
			names = append(names, "--"+f.Name)
		}
	})
	slices.Sort(names)
	return names
}

// TestManualOptions holds that the manual and --help tell of the options that there are,
// and of no others.
func TestManualOptions(t *testing.T) {
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	// An item of the lists: .It Fl o , Fl Fl output Ns = Ns Ar FILE
	flag := regexp.MustCompile(`\bFl (Fl )?([\w-]+)`)
	for _, item := range regexp.MustCompile(`(?m)^\.It Fl .*$`).FindAllString(string(text), -1) {
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
	if diff := cmp.Diff(flagNames(), slices.Compact(told)); diff != "" {
		t.Errorf("%s (-options +manual)\n%s", manual, diff)
	}

	help, _, _ := strings.Cut(helpText(), "\nFILTER is ")
	_, help, _ = strings.Cut(help, "\nWhat to trace:")
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
	if diff := cmp.Diff(flagNames(), slices.Compact(helped)); diff != "" {
		t.Errorf("--help (-options +help)\n%s", diff)
	}
}

// TestManualExamples holds that the command lines of the manual's examples are read.
func TestManualExamples(t *testing.T) {
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	_, examples, ok := strings.Cut(string(text), ".Sh EXAMPLES")
	lines := regexp.MustCompile(`(?m)^\.Dl sonde (.*)$`).FindAllStringSubmatch(examples, -1)
	if !ok || len(lines) < 8 {
		t.Fatalf("%d examples", len(lines))
	}
	for _, m := range lines {
		args := strings.NewReplacer("'", "", `\e`, `\`, `\&`, "", `\-`, "-").Replace(m[1])
		o, err := parseOptions(strings.Fields(args), noEnv, noTerminal)
		if err == nil {
			_, err = o.filters()
		}
		if err != nil {
			t.Errorf("sonde %s: %v", m[1], err)
		}
	}
}

// TestManualFormat holds that mandoc has nothing to say, but of pages that are not
// installed.
func TestManualFormat(t *testing.T) {
	out, err := exec.Command("mandoc", "-T", "lint", "-W", "style", manual).CombinedOutput()
	if err != nil && len(out) == 0 {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "referenced manual not found") && !strings.Contains(line, "outdated mandoc.db") {
			t.Error(line)
		}
	}
}
