package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// realPrograms are what people run: each must do the same traced as untraced.
var realPrograms = []struct {
	name  string
	setup func(t *testing.T) (dir string, argv []string)
}{
	{"ls", listTree},
	{"git log", gitLog},
	{"python3", pythonImports},
	{"gcc -c", compileObject},
	{"bash with forks and a pipe", inPlace("bash", "-c", "for i in 1 2 3; do /bin/true; done | cat; echo done")},
	{"gdb", inPlace("gdb", "--version")},
	{"perl", inPlace("perl", "-e", `print join(",", sort { $a <=> $b } map { $_ * 7 % 101 } 1 .. 500), "\n"; exit 3`)},
	{"tar", archiveTree},
}

// TestRealPrograms runs them under sonde -f: output and status are the same, and the
// trace has a return for every call or says why not.
func TestRealPrograms(t *testing.T) {
	t.Parallel()
	for _, p := range realPrograms {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			dir, argv := p.setup(t)
			path := testkit.Need(t, argv[0])
			argv[0] = path
			trace := filepath.Join(t.TempDir(), "trace")
			want := testkit.Command{Args: argv, Dir: dir, Env: plainEnv}.Run(t)
			got := testkit.Command{
				Args: append([]string{testkit.Sonde(t), "--no-demangle", "-f", "-o", trace}, argv...),
				Dir:  dir, Env: plainEnv, Trace: trace,
			}.Run(t)

			if got.Stdout != want.Stdout {
				t.Errorf("standard output differs traced: %s", firstDifference(got.Stdout, want.Stdout))
			}
			if got.Status != want.Status {
				t.Errorf("ended with %s traced, %s untraced; standard error:\n%s",
					testkit.DescribeStatus(got.Status), testkit.DescribeStatus(want.Status), got.Stderr)
			}
			tr := testkit.ReadTrace(t, trace, 0, nil)
			tr.CheckBalance(t)
			tr.CheckEnds(t)
			if len(tr.Calls) == 0 {
				t.Errorf("no call is traced; standard error:\n%s", got.Stderr)
			}
		})
	}
}

// plainEnv makes what programs write depend on nothing of the user's.
var plainEnv = []string{
	"LC_ALL=C", "TZ=UTC", "HOME=/nonexistent", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
	"GIT_PAGER=cat", "COLUMNS=80", "PYTHONDONTWRITEBYTECODE=1",
}

// firstDifference shows two texts where they part.
func firstDifference(got, want string) string {
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	from := max(0, i-40)
	return fmt.Sprintf("at byte %d of %d and %d: %q, untraced %q",
		i, len(got), len(want), got[from:min(len(got), i+40)], want[from:min(len(want), i+40)])
}

// inPlace is a program that needs nothing prepared.
func inPlace(argv ...string) func(*testing.T) (string, []string) {
	return func(*testing.T) (string, []string) { return "", append([]string{}, argv...) }
}

// tree makes a directory with some hundred files in it.
func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for i := range 20 {
		sub := filepath.Join(dir, fmt.Sprintf("directory%d", i))
		if err := os.Mkdir(sub, 0o755); err != nil {
			t.Fatal(err)
		}
		for j := range 20 {
			name := filepath.Join(sub, fmt.Sprintf("file-%d-%d", i, j))
			if err := os.WriteFile(name, bytes.Repeat([]byte("line\n"), i*j), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// listTree lists a tree: some 60 calls a file.
func listTree(t *testing.T) (string, []string) {
	return "", []string{"ls", "-lR", tree(t)}
}

func archiveTree(t *testing.T) (string, []string) {
	return tree(t), []string{"tar", "-cf", "-", "--sort=name", "."}
}

// gitLog makes a repository of some hundred commits.
func gitLog(t *testing.T) (string, []string) {
	dir := t.TempDir()
	var stream strings.Builder
	for i := range 100 {
		message := fmt.Sprintf("change %d", i)
		content := strings.Repeat(message+"\n", 1+i%7)
		fmt.Fprintf(&stream, "commit refs/heads/main\nmark :%d\n", i+1)
		fmt.Fprintf(&stream, "committer Somebody <somebody@example.org> %d +0000\n", 1_000_000_000+i)
		fmt.Fprintf(&stream, "data %d\n%s\n", len(message), message)
		if i > 0 {
			fmt.Fprintf(&stream, "from :%d\n", i)
		}
		fmt.Fprintf(&stream, "M 100644 inline file%d\ndata %d\n%s\n", i%10, len(content), content)
	}
	git := func(stdin string, args ...string) {
		t.Helper()
		testkit.Need(t, "git")
		c := testkit.Command{Args: append([]string{"git"}, args...), Dir: dir, Env: plainEnv, Stdin: stdin}
		if r := c.Run(t); r.Status != 0 {
			t.Fatalf("git %s: %s", strings.Join(args, " "), r.Describe())
		}
	}
	git("", "init", "-q", "-b", "main", ".")
	git(stream.String(), "fast-import", "--quiet")
	return dir, []string{"git", "log", "--stat", "main"}
}

// pythonImports runs the interpreter itself: the python3 on a PATH may be a
// long shell script that looks for it.
func pythonImports(t *testing.T) (string, []string) {
	out, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		testkit.Lacks(t, "python3: %v", err)
	}
	return "", []string{
		strings.TrimSpace(string(out)), "-c",
		"import json, ssl, ctypes; print(json.dumps({'a': [1, 2.5, None]}), ctypes.CDLL(None).abs(-5))",
	}
}

// compileObject compiles a file: the driver starts the compiler proper and the assembler.
func compileObject(t *testing.T) (string, []string) {
	dir := t.TempDir()
	source := "int f(int x)\n{\n\treturn x + 1;\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "f.c"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir, []string{"gcc", "-c", "f.c", "-o", "/dev/stdout"}
}
