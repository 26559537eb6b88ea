package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

func TestParseWanted(t *testing.T) {
	for _, test := range []struct {
		arg  string
		want wanted
	}{
		{"puts", wanted{name: "puts"}},
		{"puts@libc.so.6", wanted{name: "puts", library: "libc.so.6"}},
		{"puts@/lib/libc.so.6", wanted{name: "puts", library: "/lib/libc.so.6"}},
		{"memcpy@@GLIBC_2.14", wanted{name: "memcpy", version: "GLIBC_2.14"}},
		{"memcpy@@GLIBC_2.14@libc.so.6", wanted{"memcpy", "GLIBC_2.14", "libc.so.6"}},
		{"@x", wanted{name: "@x"}},
	} {
		if got := parseWanted(test.arg); got != test.want {
			t.Errorf("%s: %+v, not %+v", test.arg, got, test.want)
		}
	}
}

// prototypesOf runs sonde --prototypes with a user's files, and returns its output and
// errors.
func prototypesOf(t *testing.T, home string, args ...string) (out, complaints string, err error) {
	t.Helper()
	cmd := exec.Command(testkit.Sonde(t), args...)
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

// TestPrototypes holds that --prototypes prints all that is known of a function, in
// the order in which it counts.
func TestPrototypes(t *testing.T) {
	home := t.TempDir()
	mine := filepath.Join(home, "mine.conf")
	write(t, mine, "int puts(string text);\nvoid only_mine(int);\n")
	write(t, filepath.Join(home, ".config", "sonde", "libc.so.conf"), "\nint puts(hex(addr));\n")
	out, complaints, err := prototypesOf(t, home, "-F", mine, "--prototypes=puts@libc.so.6", "--prototypes=only_mine")
	if err != nil || complaints != "" {
		t.Fatalf("%v %s", err, complaints)
	}
	var got []string
	for line := range strings.Lines(out) {
		mark, rest := line[:2], strings.Fields(line[2:])
		got = append(got, mark+rest[0]+" "+rest[1]+" "+strings.Join(rest[2:], " "))
	}
	want := []string{
		"* libc.so.6 " + mine + ":1 int puts(string text)",
		"  libc.so.6 " + home + "/.config/sonde/libc.so.conf:2 int puts(hex(ulong))",
	}
	if len(got) < 4 || got[0] != want[0] || got[1] != want[1] {
		t.Fatalf("%s\nwant first\n%s", out, strings.Join(want, "\n"))
	}
	if !strings.HasPrefix(got[2], "  libc.so.6 shipped/") {
		t.Errorf("what is shipped is not third: %s", got[2])
	}
	if last := got[len(got)-1]; last != "* * "+mine+":2 void only_mine(int)" {
		t.Errorf("what is declared for all libraries: %s", last)
	}
}

// TestPrototypesOfFile holds that the debugging information of a library counts
// after its files, and what is found where there are none.
func TestPrototypesOfFile(t *testing.T) {
	library := testkit.Build(t, "testdata/ret_deep.c", "-g", "-shared", "-fPIC", "-Wl,-soname,libdeep.so.3")
	out, complaints, err := prototypesOf(t, t.TempDir(), "--prototypes=ping@"+library)
	if err != nil || complaints != "" {
		t.Fatalf("%v %s", err, complaints)
	}
	want := "* libdeep.so.3  " + library + "  int64 ping(int64 n)\n" // long, by its size
	if out != want {
		t.Errorf("ping: %s, and not %s", out, want)
	}
}

// TestPrototypesDemangled holds that a user may declare what a mangled symbol stands
// for, with its parameters or without.
func TestPrototypesDemangled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.conf")
	write(t, file, "int \"A::get(int) const\"(addr this, int)\nint \"A::get\"(addr this)\n")
	for symbol, want := range map[string]string{
		"_ZNK1A3getEi": `:1  int "A::get(int) const"(addr this, int)`,
		"_ZNK1A3getEl": `:2  int A::get(addr this)`,
	} {
		out, complaints, err := prototypesOf(t, t.TempDir(), "-F", file, "--prototypes="+symbol)
		first, _, _ := strings.Cut(out, "\n")
		if err != nil || complaints != "" || !strings.HasPrefix(first, "* ") || !strings.HasSuffix(first, file+want) {
			t.Errorf("%s: %v, %s%s", symbol, err, complaints, out)
		}
	}
}

// TestConfig holds that a trace goes by the files that -F names and by the user's, and
// that a program's own function is not taken for the library's of that name.
func TestConfig(t *testing.T) {
	prog := testkit.Build(t, "testdata/proto_own.c", "-fno-builtin", "-w")
	home := t.TempDir()
	trace := func(args ...string) string {
		t.Helper()
		out := filepath.Join(t.TempDir(), "trace")
		cmd := exec.Command(testkit.Sonde(t), append(append([]string{"-o", out, "-a", "0", "-e", "puts", "-x", "log"}, args...), prog)...)
		cmd.Env = []string{"HOME=" + home}
		if text, err := cmd.CombinedOutput(); err != nil || string(text) != "text\n" {
			t.Fatalf("%v: %s", err, text)
		}
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	check := func(got, puts, log string) {
		t.Helper()
		if !strings.Contains(got, "puts("+puts+") = ") || !strings.Contains(got, "log("+log) {
			t.Errorf("%s\nwant puts(%s) and log(%s", got, puts, log)
		}
	}
	check(trace(), `"text"`, "4, ")
	given := filepath.Join(home, "given.conf")
	write(t, given, "int puts(bool(addr));\n")
	check(trace("-F", given), "true", "4, ")
	write(t, filepath.Join(home, ".config", "sonde", filepath.Base(prog)+".conf"), "int log(oct(int));\n")
	check(trace(), `"text"`, "04) = 5")
	check(trace("--config", given), "true", "04) = 5")
}

func TestPrototypesUnknown(t *testing.T) {
	out, complaints, err := prototypesOf(t, t.TempDir(), "--prototypes=memcyp@libc.so.6")
	if err == nil || out != "" || !strings.HasPrefix(complaints, "sonde: there is no prototype of memcyp of libc.so.6; the nearest names are ") ||
		!strings.Contains(complaints, "memcpy") {
		t.Errorf("%v: %s%s", err, out, complaints)
	}
	_, complaints, err = prototypesOf(t, t.TempDir(), "-F", "/no/such/file", "--prototypes=puts")
	if want := "sonde: read prototypes: stat /no/such/file: no such file or directory\n"; err != nil || complaints != want {
		t.Errorf("%v: %s", err, complaints)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
