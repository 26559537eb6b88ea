package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
	"sonde/stacks"
)

// symbolized names what --raw has written.
func symbolized(t *testing.T, raw string, args ...string) testkit.Result {
	t.Helper()
	r := testkit.Command{Args: append([]string{testkit.Tool(t, "fstack"), "--symbolize", "-"}, args...), Stdin: raw}.Run(t)
	checkStatus(t, r, 0)
	return r
}

// TestRaw holds that names found elsewhere are those that are found at once.
func TestRaw(t *testing.T) {
	for _, c := range []struct{ source, flags string }{
		{"testdata/lines.c", "-O2 -g"},
		{"testdata/lines.c", "-O0 -g -m32"},
		{"testdata/lines.c", "-O2 -g -static"},
		{"testdata/altstack.c", "-O2"},
		{"../../corefile/testdata/threads.c", "-O2 -pthread"},
	} {
		t.Run(c.source+" "+c.flags, func(t *testing.T) {
			program := testkit.Build(t, c.source, strings.Fields(c.flags)...)
			p := testkit.Start(t, "stdout", nil, program)
			for line, ok := p.Next(t); ok && line != "ready"; line, ok = p.Next(t) {
			}
			threads := 1
			if strings.Contains(c.source, "threads.c") {
				threads = 4
			}
			testkit.AwaitPause(t, p.PID, threads)
			pid := strconv.Itoa(p.PID)
			raw := run0(t, "fstack", "--raw", pid).Stdout
			testkit.AwaitPause(t, p.PID, threads)
			for _, form := range []string{"", "--group", "--folded", "--lite", "-n 2"} {
				args := strings.Fields(form)
				want := run0(t, "fstack", append(args, pid)...).Stdout
				testkit.AwaitPause(t, p.PID, threads)
				if got := symbolized(t, raw, args...); got.Stdout != want || got.Stderr != "" {
					t.Errorf("%s: %s\nwant\n%s", form, got.Describe(), want)
				}
			}
			if strings.Contains(raw, `"function":"main"`) || !strings.Contains(raw, `"build_id":"`) {
				t.Errorf("%s", raw)
			}
		})
	}
}

// TestRawElsewhere names stacks by files that are at other places, and by none that is of
// another build.
func TestRawElsewhere(t *testing.T) {
	program := testkit.Build(t, "testdata/lines.c", "-O2", "-g", "-Wl,--build-id=0xab01020304")
	other := testkit.Build(t, "testdata/lines.c", "-O1", "-g", "-Wl,--build-id=0xab01020305")
	p, _ := startLines(t, program)
	raw := run0(t, "fstack", "--raw", strconv.Itoa(p.PID)).Stdout
	gone := strings.ReplaceAll(raw, program, "/gone/lines")
	byID, byPath, wrong := t.TempDir(), t.TempDir(), t.TempDir()
	for link, file := range map[string]string{
		filepath.Join(byID, "usr/lib/debug/.build-id/ab/01020304"): program,
		filepath.Join(byPath, "gone/lines"):                        program,
		filepath.Join(wrong, "gone/lines"):                         other,
	} {
		if err := os.MkdirAll(filepath.Dir(link), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(file, link); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args string
		ok   bool
		says string // of lines
	}{
		{"--sysroot " + byID, true, ""},
		{"--sysroot " + byPath, true, ""},
		{"--sysroot " + wrong, false, "/gone/lines is of another build: its build-id is ab01020305, and ab01020304 is wanted"},
		{"--exe " + program, true, ""},
		{"--exe " + other, false, "is of another build"},
		{"", false, "no such file"},
	} {
		r := symbolized(t, gone, strings.Fields(c.args)...)
		if named := strings.Contains(r.Stdout, " in inner () at lines.c:"); named != c.ok {
			t.Errorf("%s: named: %t: %s", c.args, named, r.Describe())
		}
		if !c.ok && !strings.Contains(r.Stdout, " in ?? (lines+0x") {
			t.Errorf("%s: %s", c.args, r.Describe())
		}
		said := ""
		for line := range strings.Lines(r.Stderr) {
			if strings.HasPrefix(line, "fstack: /gone/lines: ") {
				said += line
			}
		}
		if (said == "") != c.ok || !strings.Contains(said, c.says) {
			t.Errorf("%s: it says %q", c.args, r.Stderr)
		}
	}
}

// TestRawForms writes samples without names, and names what is in one file with what is
// none.
func TestRawForms(t *testing.T) {
	p, _ := start(t)
	pid := strconv.Itoa(p.PID)
	raw := run0(t, "fstack", "--raw", "--samples", "2", "--interval", "1ms", pid).Stdout
	file := filepath.Join(t.TempDir(), "raw")
	if err := os.WriteFile(file, []byte(raw+"{}\nx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := testkit.Run(t, testkit.Tool(t, "fstack"), "--symbolize", file, "--group")
	checkStatus(t, r, exitFailed)
	if strings.Count(r.Stderr, "not what fstack --raw writes") != 2 || !strings.Contains(r.Stderr, "line 3: ") || !strings.Contains(r.Stdout, "\n6 times:\n") {
		t.Error(r.Describe())
	}
	var named stacks.Process
	line, _, _ := strings.Cut(symbolized(t, raw, "--json").Stdout, "\n")
	if err := json.Unmarshal([]byte(line), &named); err != nil || named.Raw != 0 || named.Modules != nil || !strings.Contains(names(&named.Threads[0]), "pause main") {
		t.Errorf("%v: %+v", err, named)
	}
}
