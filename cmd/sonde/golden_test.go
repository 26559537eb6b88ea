package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"sonde/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// ownCall is where the trace of golden_lines.c begins for us: with its first call, or system
// call. What comes before is the C library's.
var ownCall = regexp.MustCompile(`(?m)^.*(atoi(\x1b\[m)?\(|"/none/such/file").*$`)

// attempts is how often a trace is taken that is not as it should be: on a busy machine a
// call may take so long that its line is ended before it is (display.DefaultHold).
const attempts = 5

// goldenCase is a section of a golden file, headed by a command line without its first word:
//
//	-- [NAME=VALUE...] [OPTION...] program [ARGUMENT...] --
//
// FILE among the options is a file whose text is wanted, and PID a process that runs already.
type goldenCase struct {
	program   string   // its source
	env       []string // added to the environment
	options   []string // of sonde
	arguments []string // of the program
}

func parseGoldenCase(program, name string) goldenCase {
	c := goldenCase{program: program}
	words := strings.Fields(name)
	for len(words) > 0 && words[0][0] != '-' && strings.Contains(words[0], "=") {
		c.env, words = append(c.env, words[0]), words[1:]
	}
	i := slices.Index(words, "program")
	if i < 0 {
		i = len(words)
	}
	c.options, c.arguments = words[:i], words[min(i+1, len(words)):]
	return c
}

// TestGolden runs testdata/golden/*.txt: the first word of the head is a program, and each
// section tells of the options it is traced with, and of the lines that come of it.
func TestGolden(t *testing.T) {
	forGoldenCases(t, func(t *testing.T, c goldenCase, want *testkit.GoldenSection) {
		var got string
		for range attempts {
			got = strings.ReplaceAll(testkit.NormaliseTrace(c.trace(t)), "\x1b", `\e`)
			if got == want.Text || *update {
				break
			}
		}
		if *update {
			want.Text = got
		} else if diff := cmp.Diff(want.Text, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func forGoldenCases(t *testing.T, run func(*testing.T, goldenCase, *testkit.GoldenSection)) {
	files, err := filepath.Glob("testdata/golden/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		g := testkit.ReadGolden(t, file)
		program, _, _ := strings.Cut(g.Comment, ":")
		for i := range g.Sections {
			s := &g.Sections[i]
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt")+" "+s.Name, func(t *testing.T) {
				run(t, parseGoldenCase(program, s.Name), s)
			})
		}
		if *update {
			g.Write(t)
		}
	}
}

// trace returns what sonde says of the program.
func (c *goldenCase) trace(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	program := "./" + strings.TrimSuffix(c.program, ".c")
	if err := os.Symlink(build(t, c.program, "-O0", "-g"), filepath.Join(dir, program)); err != nil {
		t.Fatal(err)
	}
	options, file := slices.Clone(c.options), filepath.Join(dir, "trace")
	for i, word := range options {
		options[i] = strings.ReplaceAll(word, "FILE", file)
	}
	var text string
	if i := slices.Index(options, "PID"); i >= 0 {
		text = traceRunning(t, options, i, filepath.Join(dir, program))
	} else {
		text = testkit.Command{
			Args: slices.Concat([]string{testkit.Sonde(t)}, options, []string{program}, c.arguments),
			Dir:  dir,
			Env:  append([]string{"LC_ALL=C.UTF-8", "COLUMNS=", "NO_COLOR=", "SONDE_COLORS="}, c.env...),
		}.Run(t).Stderr
	}
	if slices.Contains(c.options, "FILE") {
		if text != "" {
			t.Errorf("standard error has %q", text)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text = string(data)
	}
	text = strings.ReplaceAll(text, dir, "DIR")
	text = strings.ReplaceAll(text, filepath.Dir(build(t, c.program, "-O0", "-g"))+"/", "")
	return fromOwnCall(text)
}

// traceRunning attaches to the program, the pid being options[pid], and lets it go on to
// its end.
func traceRunning(t *testing.T, options []string, pid int, program string) string {
	t.Helper()
	target := testkit.StartTarget(t, nil, program, "wait")
	tool, refused := attach(t, target.PID, slices.Delete(options, pid-1, pid+1)...)
	if refused {
		t.Fatalf("refused: %q", tool.Lines)
	}
	target.HangUp()
	target.Wait(t)
	tool.Wait(t)
	var text strings.Builder
	for _, line := range tool.Lines {
		text.WriteString(line + "\n")
	}
	return text.String()
}

// fromOwnCall returns the lines from that with ownCall on, if there is one.
func fromOwnCall(text string) string {
	if at := ownCall.FindStringIndex(text); at != nil {
		return text[at[0]:]
	}
	return text
}

// goldenElsewhere are the options whose effect no golden file of lines can show, or that
// have tests of their own.
var goldenElsewhere = map[string]string{
	"-F":                  "what is known of functions: TestConfig, TestPrototypes*",
	"-l":                  "calls within libraries differ from one to the other: TestFilter*",
	"-u":                  "lines are the same",
	"--json":              "no lines of text: TestJSON*",
	"--output-separately": "a file for each thread: TestOutputSeparate",
	"--pin":               "lines are the same",
	"--debug":             "it is for the makers: TestDebug*",
	"--list":              "nothing runs: TestList*",
	"--prototypes":        "nothing runs: TestPrototypes*",
	"--help":              "nothing runs: TestHelpText",
	"--version":           "nothing runs: TestOptions",
}

// TestGoldenOptions holds that every option is in a golden file, or has a reason not to be.
func TestGoldenOptions(t *testing.T) {
	seen := make(map[string]bool)
	files, err := filepath.Glob("testdata/golden/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, s := range testkit.ReadGolden(t, file).Sections {
			fs := newFlags(&options{}, &unresolved{})
			c := parseGoldenCase("", s.Name)
			options := slices.Clone(c.options)
			for i, word := range options {
				options[i] = strings.ReplaceAll(word, "PID", "1")
			}
			if err := fs.Parse(options); err != nil {
				t.Errorf("%s: %q: %v", file, s.Name, err)
			}
			fs.Visit(func(f *pflag.Flag) { seen[f.Name] = true })
		}
	}
	newFlags(&options{}, &unresolved{}).VisitAll(func(f *pflag.Flag) {
		name := "-" + f.Shorthand
		if f.Shorthand == "" || goldenElsewhere["--"+f.Name] != "" {
			name = "--" + f.Name
		}
		if why := goldenElsewhere[name]; (why != "") == seen[f.Name] {
			t.Errorf("%s: in a golden file %v, elsewhere: %q", name, seen[f.Name], why)
		}
	})
}
