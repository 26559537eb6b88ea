package inspect

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestVector compares vectors with those that the dynamic linker prints of the same
// process (ld.so(8), LD_SHOW_AUXV), and those of a process with its core file's.
func TestVector(t *testing.T) {
	for _, machine := range machines {
		t.Run(machine, func(t *testing.T) {
			program := testkit.Build(t, "../corefile/testdata/threads.c", machine, "-pthread")
			p := testkit.Start(t, "stdout", nil, "/usr/bin/env", "LD_SHOW_AUXV=1", program)
			var shown []string
			for {
				line, ok := p.Next(t)
				if !ok {
					t.Fatal("it has ended")
				}
				if line == "ready" {
					break
				}
				shown = append(shown, line)
			}
			testkit.AwaitPause(t, p.PID, 4)
			text := run(t, "fauxv", strconv.Itoa(p.PID))
			got := strings.Split(strings.TrimSpace(text), "\n")
			if len(shown) < 15 || len(got) != len(shown) {
				t.Fatalf("%d entries, want %d:\n%s", len(got), len(shown), text)
			}
			for i := range shown {
				compareEntry(t, got[i], shown[i])
			}
			if !regexp.MustCompile(`(?m)^AT_ENTRY .* : _start \(0x[0-9a-f]+\)$`).MatchString(text) {
				t.Errorf("the entry point has no name in\n%s", text)
			}
			if core := run(t, "fauxv", dump(t, p.PID)); core != text {
				t.Errorf("of the core file\n%s\nof the process\n%s", core, text)
			}
		})
	}
}

// compareEntry holds an entry "NAME (WHAT) : VALUE" against glibc's "NAME:   VALUE" or
// "AT_??? (0xTAG): VALUE".
func compareEntry(t *testing.T, got, want string) {
	t.Helper()
	g := regexp.MustCompile(`^(\S+) \(.*?\) : (.*)$`).FindStringSubmatch(got)
	w := regexp.MustCompile(`^(\S+(?: \(0x\w+\))?): +(.*)$`).FindStringSubmatch(want)
	if g == nil || w == nil {
		t.Errorf("%q, want %q", got, want)
		return
	}
	name, value := w[1], w[2]
	var tag uint64
	if n, _ := fmt.Sscanf(name, "AT_??? (0x%x)", &tag); n == 1 {
		name = auxTags[tag].name
	}
	if name != g[1] {
		t.Errorf("%q, want %q", got, want)
	}
	if strings.HasSuffix(g[2], " ("+strings.TrimSpace(value)+")") {
		return // the names of bits
	}
	a, ok1 := numberOf(g[2], 10)
	base := 10
	if name == "AT_HWCAP" {
		base = 16
	}
	b, ok2 := numberOf(value, base)
	if ok1 != ok2 || a != b || !ok1 && g[2] != value {
		t.Errorf("%q, want %q", got, want)
	}
}

// numberOf is the number that a value is, or that stands in it.
func numberOf(s string, base int) (n uint64, ok bool) {
	if m := regexp.MustCompile(`\b0x([0-9a-f]+)\b`).FindStringSubmatch(s); m != nil {
		s, base = m[1], 16
	}
	n, err := strconv.ParseUint(s, base, 64)
	return n, err == nil
}

// TestFeatures holds that the names of processor features are those that the kernel has.
func TestFeatures(t *testing.T) {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		t.Fatal(err)
	}
	flags := strings.Fields(regexp.MustCompile(`(?m)^flags\s*:.*$`).FindString(string(text)))
	m := regexp.MustCompile(`AT_HWCAP .*\((.*)\)\n`).FindStringSubmatch(run(t, "fauxv", strconv.Itoa(os.Getpid())))
	if m == nil || len(strings.Fields(m[1])) < 10 {
		t.Fatalf("no features: %q", m)
	}
	for _, name := range strings.Fields(m[1]) {
		if !slices.Contains(flags, name) {
			t.Errorf("the kernel knows no %s in %s", name, flags)
		}
	}
	for _, c := range []struct {
		form auxForm
		v    uint64
		want string
	}{
		{auxFeatures, 0, ""},
		{auxFeatures, 1<<26 | 1<<20 | 1<<63, "sse2 0x8000000000100000"},
		{auxFeatures2, 3, "ring3mwait fsgsbase"},
		{auxFlags, 1, "preserve-argv0"},
		{auxFlags, 2, "0x2"},
	} {
		if got := bitNames(c.form, c.v); got != c.want {
			t.Errorf("%#x is %q, want %q", c.v, got, c.want)
		}
	}
}

// TestWord holds that numbers which readers of JSON would round are strings.
func TestWord(t *testing.T) {
	for v, want := range map[Word]string{0: "0", 1<<53 - 1: "9007199254740991", 1 << 53: `"9007199254740992"`, 1<<64 - 1: `"18446744073709551615"`} {
		if got, err := v.MarshalJSON(); string(got) != want || err != nil {
			t.Errorf("%d is %s, want %s: %v", uint64(v), got, want, err)
		}
	}
}
