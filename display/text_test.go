package display

import (
	"bytes"
	"flag"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonde/event"
	"sonde/filter"
	"sonde/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// start is the wall clock of all tests at event time 0.
var start = time.Date(2026, 11, 20, 20, 48, 30, 524_761_000, time.UTC)

// TestText runs testdata/text/*.txt: options in the head, events, and the
// lines that they must become under each set of options.
//
//	-- events --
//	...
//	-- -a 40 -T --
//	lines
func TestText(t *testing.T) {
	files, err := filepath.Glob("testdata/text/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { testGolden(t, file) })
	}
}

func testGolden(t *testing.T, file string) {
	g := testkit.ReadGolden(t, file)
	if len(g.Sections) < 2 || g.Sections[0].Name != "events" {
		t.Fatalf("%s: want a section of events and one of lines", file)
	}
	for i := range g.Sections[1:] {
		want := &g.Sections[1+i]
		t.Run(want.Name, func(t *testing.T) {
			evs := parseScript(t, g.Sections[0].Text)
			got := string(render(t, parseOptions(t, want.Name), evs))
			got = strings.ReplaceAll(got, "\x1b", `\e`) // a golden file is for people
			if *update {
				want.Text = got
			} else if diff := cmp.Diff(want.Text, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
	if *update {
		g.Write(t)
	}
}

// render returns what a Text makes of events when none of them is late.
func render(t *testing.T, o TextOptions, evs []event.Event) []byte {
	t.Helper()
	var out lineChecker
	o.Start, o.Hold = start, time.Hour
	text := NewText(NewWriter(&out, false), o)
	for _, ev := range evs {
		if err := text.Emit(ev); err != nil {
			t.Error(err)
		}
	}
	if err := text.Close(); err != nil {
		t.Error(err)
	}
	if out.broken > 0 {
		t.Errorf("%d writes did not end with a line", out.broken)
	}
	return out.Bytes()
}

// lineChecker counts the writes that are not whole lines.
type lineChecker struct {
	bytes.Buffer
	broken int
}

func (l *lineChecker) Write(p []byte) (int, error) {
	if len(p) == 0 || p[len(p)-1] != '\n' {
		l.broken++
	}
	return l.Buffer.Write(p)
}

// parseOptions reads options as ltrace's users write them.
func parseOptions(t *testing.T, s string) TextOptions {
	t.Helper()
	o := TextOptions{Align: 50, Strings: 32, Array: 4}
	words := strings.Fields(s)
	number := func() (n int) {
		if len(words) < 2 {
			t.Fatalf("options %q: no number", s)
		}
		n, err := strconv.Atoi(words[1])
		if err != nil {
			t.Fatalf("options %q: %v", s, err)
		}
		words = words[1:]
		return n
	}
	for ; len(words) > 0; words = words[1:] {
		switch words[0] {
		case "default":
		case "-a":
			o.Align = number()
		case "-s":
			o.Strings = number()
		case "-n":
			o.Indent = number()
		case "-b":
			o.NoSignals = true
		case "-i":
			o.Address = true
		case "-t":
			o.Stamp = StampSeconds
		case "-tt":
			o.Stamp = StampMicros
		case "-ttt":
			o.Stamp = StampEpoch
		case "-r":
			o.Stamp = StampRelative
		case "-T":
			o.Elapsed = true
		case "caller":
			o.Caller = true
		case "-A":
			o.Array = number()
		case "-w":
			o.Stacks = true
		case "-k":
			o.Stacks, o.More = true, true
		case "--names":
			o.Names = true
		case "--no-demangle":
			o.Raw = true
		case "pids":
			o.PIDs = PIDsAlways
		case "utf8":
			o.UTF8 = true
		case "--color":
			c, err := ParseColours("")
			if err != nil {
				t.Fatal(err)
			}
			o.Colours = c
		case "--fit":
			width := number()
			o.Width = func() int { return width }
		default:
			t.Fatalf("options %q: unknown %q", s, words[0])
		}
	}
	return o
}

func TestTextWants(t *testing.T) {
	for _, c := range []struct {
		o    TextOptions
		want event.Fields
	}{
		{TextOptions{}, event.Args | event.Siginfo},
		{TextOptions{NoSignals: true}, event.Args},
	} {
		text := NewText(NewWriter(&bytes.Buffer{}, false), c.o)
		defer text.Close()
		if got := text.Wants(); got != c.want {
			t.Errorf("Wants() with %+v = %b, want %b", c.o, got, c.want)
		}
	}
}

// TestTextSignals holds which signals have lines.
func TestTextSignals(t *testing.T) {
	for _, c := range []struct {
		o    TextOptions
		set  string // of filter.ParseSignals; "": none given
		want string
	}{
		{TextOptions{}, "", "HUP ALRM stopped"},
		{TextOptions{}, "HUP", "HUP"},
		{TextOptions{}, "!HUP", "ALRM stopped"},
		{TextOptions{}, "none", ""},
		{TextOptions{NoSignals: true}, "all", ""},
	} {
		if c.set != "" {
			set, err := filter.ParseSignals(c.set)
			if err != nil {
				t.Fatal(err)
			}
			c.o.Signals = &set
		}
		var out bytes.Buffer
		text := NewText(NewWriter(&out, false), c.o)
		alarm, hangUp := event.Signal{}, event.Signal{}
		hangUp.Info.SetSigno(1)
		alarm.Info.SetSigno(14)
		for _, ev := range []event.Event{&hangUp, &alarm, &event.Stopped{Signal: 20}} {
			if err := text.Emit(ev); err != nil {
				t.Fatal(err)
			}
		}
		if err := text.Close(); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, what := range []string{"HUP", "ALRM", "stopped"} {
			if strings.Contains(out.String(), what) {
				got = append(got, what)
			}
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%q: %s, want %s\n%s", c.set, g, c.want, out.String())
		}
	}
}

// TestTextWrites checks that an event's lines leave in one write, and nothing
// of a call before the event that follows it.
func TestTextWrites(t *testing.T) {
	var writes recorder
	text := NewText(NewWriter(&writes, false), TextOptions{Strings: 32, Hold: time.Hour})
	for _, ev := range parseScript(t, `
		0  1 call 1:puts "a"
		1s 1 return 1:puts 2
		2s 1 call 2:qsort 3
		3s 1 call 3:strcmp "b" "c"
		4s 1 signal 10
		5s 1 return 3:strcmp 1
		6s 1 call 4:f`) {
		if err := text.Emit(ev); err != nil {
			t.Fatal(err)
		}
	}
	if err := text.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"puts(\"a\") = 2\n",
		"qsort(3 <unfinished ...>\n",
		"strcmp(\"b\", \"c\" <unfinished ...>\n--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=0, si_uid=0} ---\n",
		"<... strcmp resumed> ) = 1\n",
		"f( <unfinished ...>\n",
	}
	if diff := cmp.Diff(want, writes.writes); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

// recorder keeps each write apart.
type recorder struct{ writes []string }

func (r *recorder) Write(p []byte) (int, error) {
	r.writes = append(r.writes, string(p))
	return len(p), nil
}
