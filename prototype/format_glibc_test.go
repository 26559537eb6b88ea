package prototype

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// askGlibc runs testdata/formats.c on lines and returns its answers.
func askGlibc(t *testing.T, lines []string, flags ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testkit.Build(t, "testdata/formats.c", append(flags, "-w")...))
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(answers) != len(lines) {
		t.Fatalf("%d answers to %d questions", len(answers), len(lines))
	}
	return answers
}

// glibcWords writes what a format asks for in the words of parse_printf_format,
// which knows no signs, no bases, and no integers but by their names.
func glibcWords(args []FormatArg, long32 bool) string {
	var all []string
	for _, a := range args {
		w := typeWords[a.Type]
		for _, shown := range []string{"hex", "oct", "bin"} {
			if inner, ok := strings.CutPrefix(w, shown+"("); ok {
				w = strings.Replace(inner, ")", "", 1)
			}
		}
		if a.Type.Kind == Int && a.Type.Lens != Char || a.Type.Elem != nil && a.Type.Elem.Kind == Int {
			w = strings.TrimPrefix(w, "u")
			w = strings.Replace(w, "int8", "char", 1)
			switch {
			case !long32:
				w = strings.Replace(w, "llong", "long", 1)
			case slices.Contains(integerArgs[wordLength][:], a.Type):
				w = "int"
			}
		}
		all = append(all, w)
	}
	return strings.Join(all, " ")
}

// randomFormat returns a format of valid conversions, all of which go by number
// or none. It has none of the conversions that parse_printf_format takes for
// others than printf does: %ls and %lc for %s and %c, and with 64 bits %qd for %d.
func randomFormat(rng *rand.Rand) string {
	pick := func(s ...string) string { return s[rng.IntN(len(s))] }
	positional := rng.IntN(3) == 0
	star := func() string {
		if positional {
			return fmt.Sprintf("*%d$", 1+rng.IntN(9))
		}
		return "*"
	}
	var b strings.Builder
	for range 1 + rng.IntN(4) {
		b.WriteString(pick("%", " x%", "%%%"))
		if positional {
			fmt.Fprintf(&b, "%d$", 1+rng.IntN(9))
		}
		b.WriteString(pick("", "-", "0", "+ #", "'", "I") + pick("", "", "12", star()) + pick("", "", ".", ".3", "."+star()))
		b.WriteString(pick(
			pick("", "hh", "h", "l", "ll", "j", "z", "Z", "t")+pick("d", "i", "u", "x", "X", "o", "b"),
			pick("", "l", "L")+pick("a", "A", "e", "E", "f", "F", "g", "G"),
			pick("c", "s", "C", "S", "p")))
	}
	if !positional {
		b.WriteString(pick("", "%m"))
	}
	return b.String()
}

// TestPrintfAsGlibc compares with glibc's own reading of formats
// (parse_printf_format(3)).
func TestPrintfAsGlibc(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	lines := []string{
		"p %n", "p %d %s %n", "p %5%%d", "p %2$s", "p %3$s %1$f", "p %0$d", "p %-", "p %*3$d %1$d", "p %1$d %1$s", "p %m%d", "p %d %2$s %c", "p %1$s %d", "p %d %3$s %c", "p %.d%.*d", "p %C%S",
	}
	for range 2000 {
		lines = append(lines, "p "+randomFormat(rng))
	}
	for _, m := range []struct {
		flag   string
		long32 bool
	}{{"-m64", false}, {"-m32", true}} {
		t.Run(m.flag, func(t *testing.T) {
			for i, want := range askGlibc(t, lines, m.flag) {
				format := lines[i][2:]
				got := glibcWords(AppendPrintf(nil, []byte(format), false), m.long32)
				if got != want {
					t.Errorf("%q asks for %s; glibc says %s", format, got, want)
				}
			}
		})
	}
}

// TestScanfAsGlibc compares what a scanf's arguments point to with what glibc
// stores there, and which count.
func TestScanfAsGlibc(t *testing.T) {
	lines := []string{
		"s %d %ld %hd %hhd\t1 2 3 4",
		"s %lld %jd %zd %td\t1 2 3 4",
		"s %Ld %qd %i %u\t1 2 0x3 4",
		"s %x %o %p %lx\tff 77 0x10 ff",
		"s %f %lf %g %a\t1.5 2.5 3.5 0x1p4",
		"s %*d %d %n%*s %hhn\t1 2 xx y",
		"s %d%n\t55",
		"s %c%c%lc\tabc",
		"s %ms %mls %m[a-c]\tone two abc",
		"s %3mc%mc%C\tabcde",
		"s %d%m3c%d\t1abc2",
		"s %2$d %1$hd\t7 8",
		"s %3$d\t7",
		"s %d %k %d\t1 2",
		"s %[^]]%*c%d\tx]5",
		"s %d%%%d\t1%2",
		"s %d %[abc\t1 abc",
		"s %as\t1.5s",
	}
	for _, m := range []struct {
		flag  string
		model *Model
	}{{"-m64", LP64}, {"-m32", ILP32}} {
		t.Run(m.flag, func(t *testing.T) {
			for i, want := range askGlibc(t, lines, m.flag) {
				format, _, _ := strings.Cut(lines[i][2:], "\t")
				items, sizes := 0, [4]int{}
				for k, a := range AppendScanf(nil, []byte(format)) {
					items = max(items, a.Item)
					if a.Dir != Out {
						continue // a hole
					}
					sizes[k] = a.Type.Elem.SizeOf(m.model)
					if size := a.Type.Elem.Elem; a.Type.Lens == Text && !a.Type.Elem.Zero {
						sizes[k] = a.Limit * size.SizeOf(m.model)
					} else if a.Type.Lens == Text {
						sizes[k] = 2 // "x", in the one line that has a string
					}
				}
				got := fmt.Sprint(items, sizes[0], sizes[1], sizes[2], sizes[3])
				if got != want {
					t.Errorf("%q: stored %s; glibc says %s", format, got, want)
				}
			}
		})
	}
}
