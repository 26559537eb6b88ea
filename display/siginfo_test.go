package display

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

func siginfoText(t *testing.T, raw string) string {
	t.Helper()
	var si sysdeps.Siginfo
	if _, err := hex.Decode(si[:], []byte(raw)); err != nil {
		t.Fatalf("siginfo %q: %v", raw, err)
	}
	return string(appendSiginfo(nil, &si))
}

func TestSiginfoGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/siginfo.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		raw, want, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || raw == "#" {
			continue
		}
		n++
		if got := siginfoText(t, raw); got != testkit.StraceSiginfo(want) {
			t.Errorf("siginfo %s:\n got %s\nwant %s", raw, got, want)
		}
	}
	if n < 100 {
		t.Errorf("%d cases, want 100 or more", n)
	}
}

// TestSiginfoStrace compares with what strace prints of signals.c, which prints
// the siginfo_t that it has received itself.
func TestSiginfoStrace(t *testing.T) {
	gcc, strace := testkit.Need(t, "gcc"), testkit.Need(t, "strace")
	source, err := os.ReadFile("testdata/signals.c") // read here, or a cached pass hides a change
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	prog, trace := filepath.Join(dir, "signals"), filepath.Join(dir, "trace")
	cc := exec.Command(gcc, "-O0", "-o", prog, "-x", "c", "-")
	cc.Stdin = strings.NewReader(string(source))
	if out, err := cc.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	raw, err := exec.Command(strace, "-qq", "-e", "trace=none", "-o", trace, prog).Output()
	if err != nil {
		t.Fatalf("strace: %v", err)
	}
	traced, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`(?m)^--- \S+ (\{.*\}) ---$`).FindAllStringSubmatch(string(traced), -1)
	got := strings.Fields(string(raw))
	if len(got) != len(want) || len(got) < 500 {
		t.Fatalf("the program has had %d signals, strace has seen %d", len(got), len(want))
	}
	if *update {
		recordSiginfo(t, got, want)
	}
	for i := range got {
		if text := siginfoText(t, got[i]); text != testkit.StraceSiginfo(want[i][1]) {
			t.Errorf("siginfo %s:\n got %s\nwant %s", strings.TrimRight(got[i], "0"), text, want[i][1])
		}
	}
}

// recordSiginfo writes one case for each signal, si_code and set of members.
func recordSiginfo(t *testing.T, raw []string, want [][]string) {
	t.Helper()
	value := regexp.MustCompile(`(si_signo=[^,]*|si_code=[A-Z][^,]*)|=[^,]*`)
	seen := make(map[string]bool)
	var b strings.Builder
	b.WriteString("# A siginfo_t in hexadecimal, without the zeros at its end, and what strace 6.1\n" +
		"# prints of it: signals.c, by go test -run TestSiginfoStrace -update\n")
	for i, w := range want {
		if kind := value.ReplaceAllString(w[1], "$1"); !seen[kind] {
			seen[kind] = true
			short := strings.TrimRight(raw[i], "0")
			b.WriteString(short + strings.Repeat("0", len(short)%2) + " " + w[1] + "\n")
		}
	}
	if err := os.WriteFile("testdata/siginfo.txt", []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}
