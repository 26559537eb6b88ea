package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/creack/pty"

	"sonde/internal/testkit"
)

// stand is put in the place of a program: it says what it was called with. Of sonde the
// real one still answers --list, which completion asks.
const stand = `#!/bin/sh
case "${0##*/} $1" in
"sonde --list" | "fsystest --list") exec "$REAL/${0##*/}" "$@" ;;
esac
printf 'CALLED'
for word; do printf ' [%s]' "$word"; done
echo ' .'
`

// shellArgs start each shell with the completion of Sonde's programs and nothing of the
// user's own.
var shellArgs = map[string]func(dir string) []string{
	"bash": func(dir string) []string {
		rc := filepath.Join(dir, "rc")
		text := "PS1='ready> '\nfor f in " + dir + "/bash/*; do . $f; done\nbind 'set bell-style none'\n"
		if os.WriteFile(rc, []byte(text), 0o644) != nil {
			return nil
		}
		return []string{"bash", "--noprofile", "--rcfile", rc, "-i"}
	},
	"zsh": func(dir string) []string {
		text := "PS1='ready> '\nfpath=(" + dir + "/zsh $fpath)\nautoload -Uz compinit\ncompinit -u -D\nunsetopt beep\n"
		if os.WriteFile(filepath.Join(dir, ".zshrc"), []byte(text), 0o644) != nil {
			return nil
		}
		return []string{"env", "ZDOTDIR=" + dir, "zsh", "-d", "-i"}
	},
	"fish": func(dir string) []string {
		init := "function fish_prompt; echo 'ready> '; end; set -g fish_greeting; set -p fish_complete_path " + dir + "/fish"
		return []string{"env", "HOME=" + dir, "XDG_CONFIG_HOME=" + dir + "/config", "XDG_DATA_HOME=" + dir + "/data", "fish", "-i", "-C", init}
	},
}

// TestShells types command lines, with a tab where the shell is to go on, and holds what
// the programs are called with.
func TestShells(t *testing.T) {
	bin := toolDir(t)
	dir := t.TempDir()
	stands, work := filepath.Join(dir, "bin"), filepath.Join(dir, "work")
	for _, d := range []string{stands, work} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"bin/sonde": stand, "bin/fstack": stand, "bin/fsystest": stand, "bin/fcatch": stand,
		"bin/uncommon-command": "#!/bin/sh\n", "work/notable-file.txt": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, sh := range []string{"bash", "zsh", "fish"} {
		if err := os.Symlink(filepath.Join(tree, sh), filepath.Join(dir, sh)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("REAL", bin)
	t.Setenv("PATH", stands+":"+os.Getenv("PATH"))
	t.Chdir(work)
	sleep := exec.Command("sleep", "1000")
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = sleep.Process.Kill(), sleep.Wait() }()
	pid := strconv.Itoa(sleep.Process.Pid)
	for shell, args := range shellArgs {
		t.Run(shell, func(t *testing.T) {
			command := args(dir)
			tm := testkit.OpenTerminal(t, pty.Winsize{Rows: 50, Cols: 200}, command[0], command[1:]...)
			tm.Expect("ready> ")
			for _, c := range []struct{ typed, want string }{
				{"sonde --no-dem\t ls", "[--no-demangle] [ls]"},
				{"sonde --status=ENOEN\t ls", "[--status=ENOENT] [ls]"},
				{"sonde --syscalls=openat,readlinka\t ls", "[--syscalls=openat,readlinkat] [ls]"},
				{"sonde -e sigactio\t", "[-e] [sigaction]"},
				{"sonde -o notable\t", "[-o] [notable-file.txt]"},
				{"sonde -f uncommon-c\t", "[-f] [uncommon-command]"},
				{"sonde -f uncommon-command notabl\t", "[-f] [uncommon-command] [notable-file.txt]"},
				{"sonde -p " + pid + "\t -c", "[-p] [" + pid + "] [-c]"},
				{"fstack --json --grou\t 1", "[--json] [--group] [1]"},
				{"fsystest frysk470\t", "[frysk4704/vdso-permissions]"},
				{"fcatch --signals=SEG\t ls", "[--signals=SEGV] [ls]"},
			} {
				tm.Type(c.typed + "\r")
				if got := tm.Expect(`CALLED (.*) \.`); got[1] != c.want {
					t.Errorf("%q: called with %s, want %s", c.typed, got[1], c.want)
				}
				tm.Expect("ready> ")
			}
		})
	}
}
