package main

import (
	"context"
	"regexp"
	"slices"
	"strings"
)

// note is what clang's syntax tree adds to a function's type.
type note struct {
	names  []string // of the parameters; "" for none
	format string   // "printf", "scanf", ... of the parameter formatAt
	// formatAt counts from 0.
	formatAt int
}

// clangFloats are gcc's floating types, which clang does not know in C.
var clangFloats = []string{
	"-D_Float32=float", "-D_Float32x=double", "-D_Float64=double",
	"-D_Float64x=long double", "-D_Float128=__float128",
}

// parameterNotes has clang write its syntax tree of the library's headers as text,
// a declaration, parameter or attribute a line, and reads what it says of
// functions.
func parameterNotes(ctx context.Context, s *surveyed) (map[string]*note, error) {
	unit, err := writeUnit(s.dir, "notes.c", s.unit)
	if err != nil {
		return nil, err
	}
	notes := map[string]*note{}
	for _, variant := range [][]string{nil, {"-D__OPTIMIZE__", "-D_FORTIFY_SOURCE=2", "-D__builtin_va_arg_pack()=0", "-D__builtin_va_arg_pack_len()=0"}} {
		args := slices.Concat(s.flags, variant, clangFloats, []string{
			"-w", "-std=gnu17", "-fsyntax-only", "-ferror-limit=0",
			"-Xclang", "-ast-dump", "-fno-color-diagnostics", unit,
		})
		// What clang does not understand costs names of parameters alone.
		tree, err := command(ctx, "clang", args...)
		if len(tree) == 0 {
			return nil, err
		}
		readTree(string(tree), notes)
	}
	return notes, nil
}

var (
	treeFunction  = regexp.MustCompile(`^[|\x60]-FunctionDecl .*?([A-Za-z_][A-Za-z_0-9]*) '`)
	treeParameter = regexp.MustCompile(`^[| ] [|\x60]-ParmVarDecl [^']* ([A-Za-z_][A-Za-z_0-9]*) '`)
	treeUnnamed   = regexp.MustCompile(`^[| ] [|\x60]-ParmVarDecl `)
	treeFormat    = regexp.MustCompile(`^[| ] [|\x60]-FormatAttr .* ([a-z_]+) ([0-9]+) [0-9]+$`)
)

func readTree(tree string, notes map[string]*note) {
	var n *note
	var name string
	keep := func() {
		if n == nil {
			return
		}
		old := notes[name]
		if old == nil || n.named() >= old.named() {
			if old != nil && n.format == "" {
				n.format, n.formatAt = old.format, old.formatAt
			}
			notes[name] = n
		}
	}
	for line := range strings.Lines(tree) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "  ") {
			keep()
			n = nil
			if m := treeFunction.FindStringSubmatch(line); m != nil {
				name, n = m[1], &note{}
			}
			continue
		}
		if n == nil {
			continue
		}
		if m := treeParameter.FindStringSubmatch(line); m != nil {
			n.names = append(n.names, m[1])
		} else if treeUnnamed.MatchString(line) {
			n.names = append(n.names, "")
		} else if m := treeFormat.FindStringSubmatch(line); m != nil {
			n.format, n.formatAt = m[1], int(m[2][0]-'0')-1
		}
	}
	keep()
}

// name returns the i-th parameter's name without the underscores that keep a
// library's names apart from its user's; "" if it has none.
func (n *note) name(i int) string {
	if i >= len(n.names) {
		return ""
	}
	return plainName(n.names[i])
}

// named counts the parameters that have a name.
func (n *note) named() int {
	count := 0
	for _, name := range n.names {
		if name != "" {
			count++
		}
	}
	return count
}

// plainName is a name without underscores around it.
func plainName(name string) string {
	return strings.TrimRight(strings.TrimLeft(name, "_"), "_")
}
