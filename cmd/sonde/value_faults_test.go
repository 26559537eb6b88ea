package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestValueFaults holds what other tracers show wrong, or not at all.
func TestValueFaults(t *testing.T) {
	t.Parallel()
	if _, err := os.ReadFile("testdata/value_faults.conf"); err != nil { // so that go test knows of it
		t.Fatal(err)
	}
	for _, machine := range []string{"-m64", "-m32"} {
		program := testkit.Build(t, "testdata/value_faults.c", machine, "-O0", "-g0", "-fno-builtin", "-w")
		lines := tracedLines(t, []string{"-F", "testdata/value_faults.conf", "-e", "sprintf+wcscpy", "-x", "t_*+atol@MAIN"}, program)
		for _, c := range []struct{ name, want string }{
			{"unreadable string and number", `t_bad(0x1 <unreadable>, 0x8 <unreadable>) = 1`},
			{"NULL string and pointer", `t_bad(nil, nil) = 0`},
			{"string that runs out of memory", `t_cut("ne"..., *ffe <unreadable>) = 1`},
			{"format of a long double and a float", `sprintf("1.500000 2.5", "%Lf %g", 1.500000, 2.500000) = 12`},
			{"positional format", `sprintf("positional 7", "%2$s %1$d", 7, "positional") = 12`},
			{"negative long long in a format", `sprintf("-1", "%lld", -1) = 2`},
			{"number of one byte in a format", `sprintf("-3", "%hhd", -3) = 2`},
			{"negative number of one byte", `t_char(-3) = -3`},
			{"result that is a long double", `t_longdouble(1.500000) = 3.500000`},
			{"six arguments without prototype", `t_six(1, 2, 3, 4, 5, 6) = 21`},
			{"text without prototype", `t_text("text without a prototype"*) = 1`},
			{"float without prototype", `t_float(*) = *`},
			{"function that libc has another one of", `atol(3, 4, *) = 7`},
			{"wide string", `wcscpy(*, "wé中") = "wé中"`},
			{"format with a width", `sprintf("   short|longer than that", "%8s|%3s", "short", "longer than that") = 25`},
		} {
			t.Run(machine+" "+c.name, func(t *testing.T) {
				for _, line := range lines {
					if like(line, c.want) {
						return
					}
				}
				name, _, _ := strings.Cut(c.want, "(")
				t.Errorf("no line is %s, but\n%s", c.want, strings.Join(having(lines, name), "\n"))
			})
		}
	}
}

// like compares a text with one in which * stands for whatever there is.
func like(text, want string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(want), `\*`, ".*")
	return regexp.MustCompile("^" + pattern + "$").MatchString(text)
}

func having(lines []string, part string) (found []string) {
	for _, l := range lines {
		if strings.Contains(l, part) {
			found = append(found, l)
		}
	}
	return found
}

// tracedLines returns the lines of a program's trace, without the module that calls.
func tracedLines(t *testing.T, options []string, program ...string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trace")
	args := append([]string{testkit.Sonde(t), "-a", "1", "-o", file}, options...)
	r := testkit.Command{Args: append(args, program...), Env: []string{"LC_ALL=C.UTF-8"}, Trace: file}.Run(t)
	checkExit(t, r, 0)
	if strings.Contains(r.Stderr, "sonde:") {
		t.Errorf("the tool complains: %s", r.Describe())
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for i, l := range lines {
		if _, call, ok := strings.Cut(l, "->"); ok {
			lines[i] = call
		}
	}
	return lines
}

// TestDebugInformationOfLibc traces libc and all functions in it, where there is
// debugging information of them too: nothing is complained of, the program does not
// notice, and arguments are told of functions that no header declares.
func TestDebugInformationOfLibc(t *testing.T) {
	t.Parallel()
	program := testkit.Build(t, "testdata/value_faults.c", "-O0", "-fno-builtin", "-w")
	for _, c := range []struct{ name, options, line string }{
		{"calls into it", "-l libc.so.6", `<... sprintf resumed> "-1", "%lld", -1) = 2`},
		{"its functions", "-x *printf*@libc.so.6", `sprintf@libc.so.6(*`},
		{"all that begin with a letter", "-x w*@libc.so.6", `wcscpy@libc.so.6(*`},
		{"everything", "-x *@libc.so.6", `sprintf@libc.so.6(*`},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := tracedLines(t, strings.Fields(c.options), program)
			for _, line := range lines {
				if like(line, c.line) {
					return
				}
			}
			name, _, _ := strings.Cut(c.line, "(")
			t.Errorf("of %d lines none is %s, but\n%s", len(lines), c.line, strings.Join(having(lines, name), "\n"))
		})
	}
}

// TestValuesOfStaticPrograms holds that the functions of libc are known in programs that
// contain it.
func TestValuesOfStaticPrograms(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"-static", "-static-pie"} {
		t.Run(flag, func(t *testing.T) {
			program := testkit.Build(t, "testdata/value_faults.c", flag, "-O0", "-g0", "-fno-builtin", "-w")
			lines := tracedLines(t, []string{"-e", "strlen", "-x", "sprintf+access"}, program)
			for _, want := range []string{
				`<... sprintf resumed> "1.500000 2.5", "%Lf %g", 1.500000, 2.500000) = 12`,
				`access("/none", F_OK) = -1 ENOENT (No such file or directory)`,
				`strlen("positional") = 10`, // an IFUNC, through the linkage table
			} {
				if !slices.Contains(lines, want) {
					t.Errorf("no line is %s, but\n%s", want, strings.Join(lines, "\n"))
				}
			}
		})
	}
}
