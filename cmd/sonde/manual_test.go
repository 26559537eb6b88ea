package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"sonde/cli"
	"sonde/internal/testkit"
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
	told := testkit.ManualOptions(t, manual)
	if diff := cmp.Diff(flagNames(), told); diff != "" {
		t.Errorf("%s (-options +manual)\n%s", manual, diff)
	}

	help, _, _ := strings.Cut(helpText(), "\nFILTER is ")
	_, help, _ = strings.Cut(help, "\nWhat to trace:")
	if diff := cmp.Diff(flagNames(), testkit.HelpOptions(help)); diff != "" {
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

// TestManualFormat holds that mandoc has nothing to say.
func TestManualFormat(t *testing.T) { testkit.LintManual(t, manual) }
