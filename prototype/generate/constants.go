package main

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// constants is an enumeration or a set of flags that headers have as macros
// alone. The file gets a type of them, for use in what is written by hand.
type constants struct {
	name  string // of the type
	base  string // "int", "ulong", ...
	flags bool
	// take are patterns as those of headers.
	take []string
}

// macro is a macro's name and value.
type macro struct {
	name  string
	value int64
}

// macroLine is one of gcc -E -dM, of a macro without parameters.
var macroLine = regexp.MustCompile(`(?m)^#define ([A-Za-z_][A-Za-z_0-9]*) .*$`)

// readConstants finds the macros that the library's files ask for and has a
// compiled program tell their values.
func (s *surveyed) readConstants(ctx context.Context) error {
	var wanted []string
	unit, err := writeUnit(s.dir, "macros.c", s.unit)
	if err != nil {
		return err
	}
	text, err := command(ctx, "gcc", slices.Concat(s.flags, []string{"-E", "-dM", unit})...)
	if err != nil {
		return err
	}
	var all []string
	for _, m := range macroLine.FindAllStringSubmatch(string(text), -1) {
		all = append(all, m[1])
	}
	slices.Sort(all)
	for _, f := range s.library.files {
		for _, c := range f.constants {
			wanted = append(wanted, pick(all, c.take)...)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	s.macros, err = s.evaluate(ctx, wanted)
	return err
}

// evaluate returns the values of macros.
func (s *surveyed) evaluate(ctx context.Context, names []string) ([]macro, error) {
	slices.Sort(names)
	names = slices.Compact(names)
	var b strings.Builder
	b.WriteString(s.unit)
	b.WriteString("#undef printf\nextern int printf(const char *, ...);\nint main(void)\n{\n")
	for _, name := range names {
		fmt.Fprintf(&b, "\tprintf(\"%%s %%lld\\n\", %q, (long long)(%s));\n", name, name)
	}
	b.WriteString("\treturn 0;\n}\n")
	unit, err := writeUnit(s.dir, "values.c", b.String())
	if err != nil {
		return nil, err
	}
	program := filepath.Join(s.dir, "values")
	if _, err := command(ctx, "gcc", slices.Concat(s.flags, []string{"-w", "-O", "-o", program, unit})...); err != nil {
		return nil, err
	}
	out, err := command(ctx, program)
	if err != nil {
		return nil, err
	}
	var macros []macro
	for line := range strings.Lines(string(out)) {
		name, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		value, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read value of %s: %w", name, err)
		}
		macros = append(macros, macro{name, value})
	}
	return macros, nil
}

// defineConstants has the file define a type of macros, if it is one of those.
func (w *writer) defineConstants(all []constants, name string) {
	for i := range all {
		if all[i].name == name {
			w.types[name] = all[i].define(w.s.macros)
		}
	}
}

// define writes a type of the macros that it takes.
func (c *constants) define(macros []macro) string {
	var names []string
	for _, m := range macros {
		names = append(names, m.name)
	}
	taken := pick(names, c.take)
	var own []macro
	for _, m := range macros {
		if slices.Contains(taken, m.name) {
			own = append(own, m)
		}
	}
	// Of several names of one value the shortest is the one that is used.
	slices.SortStableFunc(own, func(a, b macro) int {
		return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(len(a.name), len(b.name)))
	})
	if !c.flags {
		own = slices.CompactFunc(own, func(a, b macro) bool { return a.value == b.value })
		return c.write("enum", own, "%s=%d")
	}
	own = slices.DeleteFunc(own, func(m macro) bool { return m.value == 0 || bits.OnesCount64(uint64(m.value)) > 1 })
	return c.write("flags", own, "%s=%#x")
}

func (c *constants) write(word string, macros []macro, format string) string {
	list := make([]string, len(macros))
	for i, m := range macros {
		list[i] = fmt.Sprintf(format, m.name, m.value)
	}
	return fmt.Sprintf("%s[%s](%s)", word, c.base, strings.Join(list, ", "))
}
