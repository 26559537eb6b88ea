package main

import (
	"context"
	_ "embed"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed newer.txt
var newer string

// macroLine is one of gcc -E -dM that gives a system call's number: itself, or
// by the name that it has where words of 32 and of 64 bits have different calls
// (__NR_lseek is __NR3264_lseek).
var macroLine = regexp.MustCompile(`(?m)^#define (__NR(?:3264)?_\w+) (\w+)$`)

// notCalls are macros that are named like a call.
var notCalls = []string{"syscalls", "arch_specific_syscall"}

// table returns a machine's calls: their names by number.
func (m *machine) table(ctx context.Context) (map[int]string, error) {
	args := []string{"-E", "-dM", "-include", m.header, "-x", "c", "/dev/null"}
	for _, d := range m.defines {
		args = append(args, "-D"+d)
	}
	text, err := exec.CommandContext(ctx, "gcc", args...).Output()
	if err != nil {
		return nil, fmt.Errorf("preprocess %s: %w", m.header, err)
	}
	table, err := readMacros(string(text))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", m.header, err)
	}
	if err := addNewer(table, m.name, newer); err != nil {
		return nil, fmt.Errorf("read newer.txt: %w", err)
	}
	return table, nil
}

// readMacros returns the calls in the output of gcc -E -dM.
func readMacros(text string) (map[int]string, error) {
	macros := map[string]string{}
	for _, line := range macroLine.FindAllStringSubmatch(text, -1) {
		macros[line[1]] = line[2]
	}
	table := map[int]string{}
	for macro, value := range macros {
		name, ok := strings.CutPrefix(macro, "__NR_")
		if !ok || slices.Contains(notCalls, name) {
			continue
		}
		if v, ok := macros[value]; ok {
			value = v
		}
		nr, err := strconv.ParseUint(value, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", macro, err)
		}
		if err := add(table, int(nr), name); err != nil {
			return nil, err
		}
	}
	return table, nil
}

// addNewer adds the calls of newer.txt that a machine has.
func addNewer(table map[int]string, machine, text string) error {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 || len(fields) > 2 && !slices.Contains(fields[2:], machine) {
			continue
		}
		if len(fields) < 2 {
			return fmt.Errorf("%q is no number and name", line)
		}
		nr, err := strconv.ParseUint(fields[0], 10, 16)
		if err != nil {
			return err
		}
		if err := add(table, int(nr), fields[1]); err != nil {
			return err
		}
	}
	return nil
}

// add adds a call, which may be there already.
func add(table map[int]string, nr int, name string) error {
	if other, ok := table[nr]; ok && other != name {
		return fmt.Errorf("number %d is %s and %s", nr, other, name)
	}
	for n, other := range table {
		if other == name && n != nr {
			return fmt.Errorf("%s is %d and %d", name, n, nr)
		}
	}
	table[nr] = name
	return nil
}
