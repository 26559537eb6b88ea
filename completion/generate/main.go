package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: generate DIRECTORY (of the programs)")
		os.Exit(2)
	}
	if err := writeAll(os.Args[1], "completion"); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// shells are how each shell is told, and where its files are.
var shells = []struct {
	file  string // of a program, below the directory of all
	write func(*program) string
}{
	{"bash/%s", bash},
	{"zsh/_%s", zsh},
	{"fish/%s.fish", fish},
}

// writeAll writes the files of all programs, which are in bin, below dir.
func writeAll(bin, dir string) error {
	for _, p := range programs {
		help, err := exec.Command(filepath.Join(bin, p.name), "--help").Output()
		if err != nil {
			return fmt.Errorf("%s --help: %w", p.name, err)
		}
		if p.options, err = readHelp(string(help), p); err != nil {
			return err
		}
		for _, sh := range shells {
			file := filepath.Join(dir, fmt.Sprintf(sh.file, p.name))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(file, []byte(sh.write(&p)), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
