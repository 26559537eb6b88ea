package testkit

import (
	"bufio"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Disassemble calls yield with the address, the bytes and the text of each
// instruction of a file's .text, as objdump prints them. Without objdump it skips
// the test.
func Disassemble(t testing.TB, file string, yield func(addr uint64, code []byte, text string)) {
	t.Helper()
	disassemble(t, []string{"-j", ".text", file}, func(addr uint64, code, text string) { yield(addr, Hex(t, code), text) })
}

// DisassembleAll is Disassemble of all sections of code, with the bytes as objdump prints
// them: decoding these takes longer than all else, for a file of some megabytes.
func DisassembleAll(t testing.TB, file string, yield func(addr uint64, code, text string)) {
	t.Helper()
	disassemble(t, []string{file}, yield)
}

func disassemble(t testing.TB, what []string, yield func(addr uint64, code, text string)) {
	t.Helper()
	objdump := Need(t, "objdump")
	cmd := exec.CommandContext(t.Context(), objdump, append([]string{"-d", "-w"}, what...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		where, rest, ok := strings.Cut(lines.Text(), ":\t")
		addr, err := strconv.ParseUint(strings.TrimSpace(where), 16, 64)
		if !ok || err != nil {
			continue // a heading
		}
		code, text, _ := strings.Cut(rest, "\t")
		yield(addr, code, text)
	}
	if err := lines.Err(); err != nil {
		t.Errorf("read objdump's output: %v", err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %v", cmd, err)
	}
}

// Hex returns the bytes that s spells, which may be in groups.
func Hex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return b
}

// Cases reads a file of one case a line, in columns separated by "|". Lines that
// begin with # and empty ones are no cases.
func Cases(t testing.TB, file string, columns int) [][]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases [][]string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		f := strings.SplitN(line, "|", columns)
		if len(f) != columns {
			t.Fatalf("%s: %q has not %d columns", file, line, columns)
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		cases = append(cases, f)
	}
	return cases
}

// Library returns the path of an installed x86 library, whose name may be a
// pattern: a 64-bit one, or with -m32 a 32-bit one. Where there is none it skips
// the test.
func Library(t testing.TB, machine, name string) string {
	t.Helper()
	dirs := []string{"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64"}
	if machine == "-m32" {
		dirs = []string{"/usr/lib32", "/lib32", "/lib/i386-linux-gnu", "/usr/lib/i386-linux-gnu", "/usr/lib"}
	}
	for _, dir := range dirs {
		if found, _ := filepath.Glob(filepath.Join(dir, name)); len(found) > 0 {
			return found[0]
		}
	}
	Lacks(t, "%s for %s is not installed", name, machine)
	return ""
}
