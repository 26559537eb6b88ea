package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"sonde/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// toolDir returns the directory that all programs have been built in.
func toolDir(t *testing.T) string {
	t.Helper()
	dir := ""
	for _, p := range programs {
		dir = filepath.Dir(testkit.Tool(t, p.name))
	}
	return dir
}

// TestUpToDate holds the files against what the programs say of themselves.
func TestUpToDate(t *testing.T) {
	dir := t.TempDir()
	if err := writeAll(toolDir(t), dir); err != nil {
		t.Fatal(err)
	}
	for _, p := range programs {
		for _, sh := range shells {
			name := strings.ReplaceAll(sh.file, "%s", p.name)
			want, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join("..", name))
			if err != nil {
				t.Error(err)
			} else if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s: make completion would change it (-want +there)\n%s", name, diff)
			}
		}
	}
}

// TestAllPrograms holds that every program there is has its files.
func TestAllPrograms(t *testing.T) {
	found, err := filepath.Glob("../../cmd/*")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, dir := range found {
		want = append(want, filepath.Base(dir))
	}
	for _, p := range programs {
		got = append(got, p.name)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-commands +programs)\n%s", diff)
	}
}

// TestOptionsComplete holds that bash and fish offer the options that --help tells of, and
// no others. (zsh has no way to ask it without a terminal.)
func TestOptionsComplete(t *testing.T) {
	bin := toolDir(t)
	for _, p := range programs {
		help := testkit.Run(t, filepath.Join(bin, p.name), "--help").Stdout
		if p.name == "sonde" { // which explains words that begin with dashes, too
			help, _, _ = strings.Cut(help, "\nFILTER is ")
			_, help, _ = strings.Cut(help, "\nWhat to trace:")
		}
		want := testkit.HelpOptions(help)
		for shell, script := range map[string]string{
			"bash": `. ../bash/` + p.name + `; COMP_WORDS=(` + p.name + ` -); COMP_CWORD=1; _` + p.name + `; printf '%s\n' "${COMPREPLY[@]}"`,
			"fish": `source ../fish/` + p.name + `.fish; complete -C '` + p.name + ` -'`,
		} {
			out, err := exec.Command(shell, "-c", script).Output()
			if err != nil {
				t.Fatalf("%s for %s: %v", shell, p.name, err)
			}
			var got []string
			for line := range strings.Lines(string(out)) {
				name, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
				got = append(got, strings.TrimSuffix(name, "="))
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
				t.Errorf("%s for %s (-help +offered)\n%s", shell, p.name, diff)
			}
		}
	}
}

// TestHelpFits holds that what --help prints fits terminals of 80 columns.
func TestHelpFits(t *testing.T) {
	bin := toolDir(t)
	for _, p := range programs {
		for line := range strings.Lines(testkit.Run(t, filepath.Join(bin, p.name), "--help").Stdout) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("%s: %d columns: %s", p.name, n, line)
			}
		}
	}
}

// TestInstall holds that what is installed is all there is, where it belongs, and that
// uninstalling leaves nothing.
func TestInstall(t *testing.T) {
	dest := t.TempDir()
	work := filepath.Join(t.TempDir(), "tree") // whose bin/ is this test's own
	if err := os.Mkdir(work, 0o755); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Makefile", "man", "completion", "cmd", "doc"} {
		if err := os.Symlink(filepath.Join(root, name), filepath.Join(work, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(toolDir(t), filepath.Join(work, "bin")); err != nil {
		t.Fatal(err)
	}
	install := func(target string) {
		r := testkit.Run(t, "make", "-s", "-C", work, "-o", "build", target, "DESTDIR="+dest, "PREFIX=/opt/x")
		if r.Status != 0 || r.Stderr != "" {
			t.Fatal(r.Describe())
		}
	}
	install("install")
	want := []string{"bin/sonde", "bin/fstack", "share/man/man1/sonde.1", "share/man/man5/sonde.conf.5"}
	for _, p := range programs {
		want = append(want, "bin/"+p.name, "share/man/man1/"+p.name+".1", "share/bash-completion/completions/"+p.name,
			"share/zsh/site-functions/_"+p.name, "share/fish/vendor_completions.d/"+p.name+".fish")
	}
	for _, name := range want {
		if _, err := os.Stat(filepath.Join(dest, "opt/x", name)); err != nil {
			t.Error(err)
		}
	}
	install("uninstall")
	err = filepath.WalkDir(dest, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
