package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"

	"sonde/internal/testkit"
)

func TestHasColours(t *testing.T) {
	for _, c := range []struct {
		term, colorterm string
		want            bool
	}{
		{"", "", false},
		{"", "truecolor", false},
		{"dumb", "", false},
		{"dumb", "truecolor", false},
		{"xterm", "", true},
		{"xterm-256color", "", true},
		{"xterm-mono", "", false},
		{"screen", "", true},
		{"screen.xterm-256color", "", true},
		{"tmux-direct", "", true},
		{"linux", "", true},
		{"linux-m", "", false},
		{"st-256color", "", true},
		{"sta", "", false},
		{"vt100", "", false},
		{"vt220", "", false},
		{"vt220", "yes", true},
		{"unknown", "", false},
		{"[", "", false},
	} {
		if got := hasColours(c.term, c.colorterm); got != c.want {
			t.Errorf("TERM=%q COLORTERM=%q: colours %v, want %v", c.term, c.colorterm, got, c.want)
		}
	}
}

// onTerminal runs sonde on a terminal of its own, with some columns, and returns what that
// shows. The environment is added to.
func onTerminal(t *testing.T, columns uint16, env []string, args ...string) string {
	t.Helper()
	words := append([]string{"NO_COLOR=", "COLORTERM=", "COLUMNS=", "SONDE_COLORS="}, env...)
	words = append(append(words, testkit.Sonde(t)), args...)
	tm := testkit.OpenTerminal(t, pty.Winsize{Rows: 24, Cols: columns}, "env", words...)
	checkStatus(t, tm.Wait(), 3)
	return strings.ReplaceAll(tm.Shown(), "\r\n", "\n")
}

// TestColourWhen holds when there are colours: on which streams and terminals, and whose
// wish counts.
func TestColourWhen(t *testing.T) {
	program := build(t, "golden_lines.c", "-O0", "-g")
	xterm := []string{"TERM=xterm"}
	for _, c := range []struct {
		name string
		env  []string
		args string
		want bool
	}{
		{"by default", xterm, "", true},
		{"auto", xterm, "--color=auto", true},
		{"no word", xterm, "--color", true},
		{"never", xterm, "--color=never", false},
		{"the last counts", xterm, "--color=never --color=always", true},
		{"a dumb terminal", []string{"TERM=dumb"}, "", false},
		{"no TERM", []string{"TERM="}, "", false},
		{"no TERM, always", []string{"TERM="}, "--color=always", true},
		{"NO_COLOR", []string{"TERM=xterm", "NO_COLOR=1"}, "", false},
		{"NO_COLOR, auto", []string{"TERM=xterm", "NO_COLOR=1"}, "--color=auto", false},
		{"NO_COLOR, always", []string{"TERM=xterm", "NO_COLOR=1"}, "--color=always", true},
		{"an empty NO_COLOR", []string{"TERM=xterm", "NO_COLOR="}, "", true},
		{"the trace goes to the terminal by name", xterm, "-o /dev/tty", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			shown := onTerminal(t, 80, c.env, append(strings.Fields(c.args), program)...)
			if !strings.Contains(shown, "atoi") {
				t.Fatalf("no trace: %q", shown)
			}
			if got := strings.Contains(shown, "\x1b["); got != c.want {
				t.Errorf("colours %v, want %v: %q", got, c.want, shown)
			}
		})
	}
}

// TestColourOfFiles holds that a file has colours only if that is asked for, and a stream
// that is no terminal neither.
func TestColourOfFiles(t *testing.T) {
	program := build(t, "golden_lines.c", "-O0", "-g")
	for _, option := range []string{"--color=auto", "--color=always"} {
		trace := filepath.Join(t.TempDir(), "trace")
		onTerminal(t, 80, []string{"TERM=xterm"}, "-o", trace, option, program)
		text, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		stderr := testkit.Command{Args: []string{testkit.Sonde(t), option, program}, Env: []string{"TERM=xterm"}}.Run(t).Stderr
		for where, text := range map[string]string{"-o FILE": string(text), "a pipe": stderr} {
			if got, want := strings.Contains(text, "\x1b["), option == "--color=always"; got != want || !strings.Contains(text, "atoi") {
				t.Errorf("%s, %s: colours %v, want %v: %q", option, where, got, want, text)
			}
		}
	}
}

// TestHostileColours holds that of SONDE_COLORS nothing reaches the terminal that is no
// colour, and that one line tells of it.
func TestHostileColours(t *testing.T) {
	program := build(t, "golden_lines.c", "-O0", "-g")
	spec := "name=31\x1b]0;title\a:ret=5:\x1b[2J=1:lib=31"
	r := testkit.Command{Args: []string{testkit.Sonde(t), "--color=always", program}, Env: []string{"SONDE_COLORS=" + spec}}.Run(t)
	first, rest, _ := strings.Cut(r.Stderr, "\n")
	if want := `sonde: SONDE_COLORS: name: "31\x1b]0;title\a" is not made of`; !strings.HasPrefix(first, want) {
		t.Errorf("%q, want %q", first, want)
	}
	if strings.Contains(rest, "sonde:") {
		t.Errorf("more than one warning: %q", rest)
	}
	text := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(r.Stderr, "")
	if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' }); i >= 0 {
		t.Errorf("a control character at %d: %q", i, text)
	}
}

// TestFitTerminal holds lines to the width of terminals, and of COLUMNS.
func TestFitTerminal(t *testing.T) {
	program := build(t, "golden_lines.c", "-O0", "-g")
	for _, c := range []struct {
		columns uint16
		env     string
		want    int // the longest line; 0: longer than 100 columns
	}{
		{60, "COLUMNS=", 60},
		{1, "COLUMNS=", 1},
		{60, "COLUMNS=40", 40},
		{60, "COLUMNS=0", 60},
		{60, "COLUMNS=x", 60},
		{60, "COLUMNS=-1", 60},
		{60, "COLUMNS=99999999999999999999", 60},
		{0, "COLUMNS=", 0},
		{0, "COLUMNS=0", 0},
		{0, "COLUMNS=30", 30},
	} {
		t.Run(fmt.Sprintf("%d %s", c.columns, c.env), func(t *testing.T) {
			shown := onTerminal(t, c.columns, []string{"TERM=dumb", c.env}, "--fit", program)
			longest := 0
			for line := range strings.Lines(shown) {
				longest = max(longest, len(strings.TrimSuffix(line, "\n")))
			}
			if longest != c.want && (c.want != 0 || longest <= 100) {
				t.Errorf("the longest line has %d columns, want %d\n%s", longest, c.want, shown)
			}
		})
	}
}

// TestFitFollowsTerminal resizes a terminal while a program runs.
func TestFitFollowsTerminal(t *testing.T) {
	program := testkit.Build(t, "testdata/tty_count.c")
	tm := testkit.OpenTerminal(t, pty.Winsize{Rows: 24, Cols: 60}, testkit.Sonde(t), "--fit", "-b", "-a", "0", program)
	tm.Expect(`write\(1, "running .* = \d+\r\n`)
	const call = `write(1, "window 24 NN\n", 13) = 13`
	for _, columns := range []int{30, 80, 20} {
		if err := tm.Resize(pty.Winsize{Rows: 24, Cols: uint16(columns)}); err != nil {
			t.Fatal(err)
		}
		line := tm.Expect(`(write\(1[^\r]*)\r\n`)[1]
		if want := min(len(call), columns); len(line) != want {
			t.Errorf("%d columns: a line of %d, want %d: %q", columns, len(line), want, line)
		}
	}
	tm.Type("end\n")
	checkStatus(t, tm.Wait(), 5)
}
