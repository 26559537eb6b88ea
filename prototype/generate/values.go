package main

import (
	"context"
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// headerValues returns what the numbers are called that a header of C defines, as
// enumerators and as macros, to the compiler with flags that choose the machine. Of
// macros these are the ones that are wanted and are a constant integer.
// A header that needs others before it is written behind them: "a.h+b.h".
func headerValues(ctx context.Context, dir, header, machine string, wanted func(string) bool) (map[string]int64, error) {
	var unit strings.Builder
	unit.WriteString("#define _GNU_SOURCE\n#include <stddef.h>\n#include <stdint.h>\n#include <linux/types.h>\n#include <linux/ioctl.h>\n")
	for h := range strings.SplitSeq(header, "+") {
		fmt.Fprintf(&unit, "#include <%s>\n", h)
	}
	source, err := writeUnit(dir, "header.c", unit.String())
	if err != nil {
		return nil, err
	}
	text, err := command(ctx, "gcc", machine, "-w", "-E", "-dM", source)
	if err != nil {
		return nil, err
	}
	var macros []string
	for _, m := range macroLine.FindAllStringSubmatch(string(text), -1) {
		if wanted(m[1]) {
			macros = append(macros, m[1])
		}
	}
	slices.Sort(macros)
	object, err := compileValues(ctx, dir, unit.String(), machine, macros)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", header, err)
	}
	return enumerators(object)
}

// macroValue is before a macro's name in the one of the enumerator that has its value.
const macroValue = "value_of_"

// compileValues compiles a unit with an enumerator for the value of each macro, and
// returns the object file. The compiler tells which of them have none.
func compileValues(ctx context.Context, dir, unit, machine string, macros []string) (object string, err error) {
	object = filepath.Join(dir, "values.o")
	for {
		var b strings.Builder
		b.WriteString(unit)
		for i, name := range macros {
			// Each is an enum of its own, as wide as its value; its line is its number.
			fmt.Fprintf(&b, "#line %d \"macro\"\nenum { %s%s = (%s) };\n", i+1, macroValue, name, name)
		}
		source, err := writeUnit(dir, "values.c", b.String())
		if err != nil {
			return "", err
		}
		cmd := exec.CommandContext(ctx, "gcc", machine, "-w", "-g", "-fno-eliminate-unused-debug-types",
			"-fmax-errors=0", "-fno-diagnostics-show-caret", "-c", "-o", object, source)
		out, err := cmd.CombinedOutput()
		if err == nil {
			return object, nil
		}
		left := withoutErrors(macros, string(out))
		if len(left) == len(macros) {
			return "", fmt.Errorf("gcc: %w\n%s", err, out)
		}
		macros = left
	}
}

var macroError = regexp.MustCompile(`(?m)^macro:([0-9]+):[0-9]+: error: `)

// withoutErrors returns the macros that the compiler has found no fault with.
func withoutErrors(macros []string, messages string) []string {
	bad := map[int]bool{}
	for _, m := range macroError.FindAllStringSubmatch(messages, -1) {
		n, _ := strconv.Atoi(m[1])
		bad[n] = true
	}
	var good []string
	for i, name := range macros {
		if !bad[i+1] {
			good = append(good, name)
		}
	}
	return good
}

// enumerators returns those of an object file's debugging information.
func enumerators(object string) (map[string]int64, error) {
	f, err := elf.Open(object)
	if err != nil {
		return nil, fmt.Errorf("read values: %w", err)
	}
	defer f.Close()
	data, err := f.DWARF()
	if err != nil {
		return nil, fmt.Errorf("read values: %w", err)
	}
	values, macros := map[string]int64{}, map[string]int64{}
	for r := data.Reader(); ; {
		e, err := r.Next()
		if err != nil {
			return nil, fmt.Errorf("read values: %w", err)
		}
		if e == nil {
			break
		}
		name, _ := e.Val(dwarf.AttrName).(string)
		value, ok := e.Val(dwarf.AttrConstValue).(int64)
		if e.Tag != dwarf.TagEnumerator || !ok {
			continue
		}
		if macro, ok := strings.CutPrefix(name, macroValue); ok {
			macros[macro] = value
		} else {
			values[name] = value
		}
	}
	maps.Copy(values, macros)
	return values, nil
}
