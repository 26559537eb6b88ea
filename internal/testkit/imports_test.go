package testkit_test

import (
	"bufio"
	"errors"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	module  = "sonde"
	kernel  = "sysdeps/ptrace" // the package of build tags, unsafe and assembly
	topRank = 1 << 30
)

// TestImports holds the whole repository against imports.txt and the rules on
// packages. It reads the files itself instead of asking the go command for
// them, since a cached pass is void only if a file has changed that the test
// opened.
func TestImports(t *testing.T) {
	table := readTable(t)
	root := os.DirFS("../..")
	if mod, err := fs.ReadFile(root, "go.mod"); err != nil || !strings.HasPrefix(string(mod), "module "+module+"\n") {
		t.Fatalf("../.. is not the root of module %s: %q, %v", module, mod, err)
	}
	broken, err := table.check(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range broken {
		t.Error(b)
	}
}

// TestImportsPlanted holds that a breach is seen: each file, put into a tree
// without fault, must give the one complaint.
func TestImportsPlanted(t *testing.T) {
	table := readTable(t)
	sound := map[string]string{
		"go.mod":                           "module sonde\n",
		"cmd/sonde/doc.go":                 "// Command sonde owns flags.\npackage main\n",
		"cmd/sonde/main.go":                "package main\nimport (\n\"fmt\"\n\"sonde/trace\"\n\"sonde/regress\"\n\"github.com/spf13/pflag\"\n)\n",
		"cmd/sonde/testdata/x_linux.go":    "//go:build ignore\n\npackage broken\nimport \"unsafe\"\n",
		"cmd/fcore/doc.go":                 "// Command fcore owns the command line.\npackage main\n",
		"trace/doc.go":                     "// Package trace owns\n// hits.\npackage trace\n",
		"trace/trace.go":                   "package trace\nimport (\n\"sonde/event\"\n\"sonde/sysdeps\"\n)\n",
		"trace/trace_test.go":              "package trace\nimport \"sonde/internal/testkit\"\n",
		"trace/outside_test.go":            "package trace_test\nimport (\n\"sonde/trace\"\n\"sonde/event\"\n)\n",
		"event/doc.go":                     "// Package event owns words.\npackage event\n",
		"sysdeps/doc.go":                   "// Package sysdeps owns machines.\npackage sysdeps\n",
		"sysdeps/x86_regs.go":              "package sysdeps\n\n//go:build is a comment here\nvar x int\n",
		"sysdeps/ptrace/doc.go":            "// Package ptrace owns requests.\npackage ptrace\n",
		"sysdeps/ptrace/entry_amd64.s":     "TEXT\n",
		"sysdeps/ptrace/request_linux.go":  "//go:build linux\n\npackage ptrace\nimport \"unsafe\"\n",
		"regress/doc.go":                   "// Package regress owns the suite.\npackage regress\nimport \"sonde/sysdeps/ptrace\"\n",
		"internal/testkit/doc.go":          "// Package testkit owns what tests share.\npackage testkit\n",
		"tools/go.mod":                     "module sonde/tools\n",
		"tools/gen_linux.go":               "package main\nimport \"sonde/nowhere\"\n",
		".hidden/x_linux.go":               "package hidden\n",
		"_build/x_linux.go":                "package build\n",
		"trace/_x_linux.go":                "package trace\n",
		"doc/architecture.md":              "words\n",
		"proc/testdata/src/child_linux.go": "package child\n",
	}
	tree := func(name, text string) fs.FS {
		m := fstest.MapFS{}
		for n, s := range sound {
			m[n] = &fstest.MapFile{Data: []byte(s)}
		}
		if name != "" {
			m[name] = &fstest.MapFile{Data: []byte(text)}
		}
		return m
	}
	for _, test := range []struct {
		name, text string
		want       string
	}{
		{"", "", ""},

		// Imports.
		{"event/x.go", "package event\nimport \"sonde/trace\"\n", "event/x.go: event (floor 4) imports trace (floor 6)"},
		{"event/x.go", "package event\nimport _ \"sonde/event\"\n", "event/x.go: event (floor 4) imports event (floor 4)"},
		{"event/x_test.go", "package event\nimport \"sonde/trace\"\n", "event/x_test.go: event (floor 4) imports trace (floor 6)"},
		{"event/x_test.go", "package event_test\nimport . \"sonde/trace\"\n", "event/x_test.go: event (floor 4) imports trace (floor 6)"},
		{"trace/x.go", "package trace\nimport \"sonde/regress\"\n", "trace/x.go: trace (floor 6) imports regress (apart)"},
		{"trace/x.go", "package trace\nimport \"sonde/internal/testkit\"\n", "trace/x.go: trace (floor 6) imports internal/testkit (apart)"},
		{"trace/x.go", "package trace\nimport \"sonde/cmd/sonde\"\n", "trace/x.go: trace (floor 6) imports cmd/sonde (top)"},
		{"trace/x.go", "package trace\nimport \"sonde/nowhere\"\n", "trace/x.go: nowhere is not in imports.txt"},
		{"trace/x.go", "package trace\nimport \"sonde\"\n", "trace/x.go: . is not in imports.txt"},
		{"trace/x.go", "package trace\nimport \"C\"\n", "trace/x.go: cgo"},
		{"cmd/sonde/x.go", "package main\nimport \"sonde/cmd/fstack\"\n", "cmd/sonde/x.go: cmd/sonde (top) imports cmd/fstack (top)"},
		{"cmd/sonde/x.go", "package main\nimport \"sonde/internal/testkit\"\n", "cmd/sonde/x.go: cmd/sonde (top) imports internal/testkit (tests only)"},
		{"regress/x.go", "package regress\nimport \"sonde/event\"\n", "regress/x.go: regress (apart) imports event (floor 4)"},
		{"internal/testkit/x.go", "package testkit\nimport \"sonde/sysdeps\"\n", "internal/testkit/x.go: internal/testkit (apart) imports sysdeps (floor 1)"},
		{"util/doc.go", "// Package util owns odds.\npackage util\n", "util: not in imports.txt"},
		{"main.go", "package sonde\n", ".: not in imports.txt"},

		// Machines and kernels.
		{"trace/x.go", "package trace\nimport \"unsafe\"\n", "trace/x.go: unsafe outside of sysdeps/ptrace"},
		{"trace/x_test.go", "package trace\nimport \"unsafe\"\n", "trace/x_test.go: unsafe outside of sysdeps/ptrace"},
		{"trace/x.go", "// Text.\n\n//go:build linux\n\npackage trace\n", "trace/x.go: a build tag outside of sysdeps/ptrace"},
		{"trace/x.go", "// +build linux\n\npackage trace\n", "trace/x.go: a build tag outside of sysdeps/ptrace"},
		{"trace/x_amd64.go", "package trace\n", "trace/x_amd64.go: a name that ends in _amd64 outside of sysdeps/ptrace"},
		{"trace/x_linux_test.go", "package trace\n", "trace/x_linux_test.go: a name that ends in _linux outside of sysdeps/ptrace"},
		{"trace/x_arm64.s", "TEXT\n", "trace/x_arm64.s: assembly outside of sysdeps/ptrace"},
		{"trace/x.S", "TEXT\n", "trace/x.S: assembly outside of sysdeps/ptrace"},

		// What a package says of itself.
		{"trace/doc.go", "// Package trace does things.\npackage trace\n", `trace/doc.go: it must begin "Package trace owns "`},
		{"trace/doc.go", "// Package trace owns nothing.\n\npackage trace\n", `trace/doc.go: it must begin "Package trace owns "`},
		{"trace/doc.go", "package trace\n", `trace/doc.go: it must begin "Package trace owns "`},
		{"cmd/sonde/doc.go", "// Package main owns flags.\npackage main\n", `cmd/sonde/doc.go: it must begin "Command sonde owns "`},
		{"proc/loop.go", "package proc\n", "proc: it has no doc.go"},

		// What cannot be read is no pass.
		{"trace/x.go", "packag trace\n", "trace/x.go:1:1: expected 'package', found packag"},
	} {
		broken, err := table.check(tree(test.name, test.text))
		if err != nil {
			broken = append(broken, err.Error())
		}
		if got := strings.Join(broken, "\n"); got != test.want {
			t.Errorf("%s %q:\n got %s\nwant %s", test.name, test.text, got, test.want)
		}
	}
}

func TestImportsTable(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"1 a\n2 b # why\n\n# c\ntop cmd/*\napart x a\ntests x\n", ""},
		{"1 a b\n2 a\n", "line 2: a is there twice"},
		{"1 a\napart a\n", "line 2: a is there twice"},
		{"one a\n", `line 1: "one" is neither a floor nor top, apart or tests`},
		{"0 a\n", `line 1: "0" is neither a floor nor top, apart or tests`},
		{"1\n", "line 1: no package"},
		{"top [\n", "line 1: pattern [: syntax error in pattern"},
	} {
		_, err := parseTable(test.text)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
	}
}

// importTable is imports.txt.
type importTable struct {
	floors map[string]int      // package -> its floor
	top    []string            // patterns
	apart  map[string][]string // package -> what it imports
	tests  []string
}

func readTable(t *testing.T) *importTable {
	t.Helper()
	text, err := os.ReadFile("imports.txt")
	if err != nil {
		t.Fatal(err)
	}
	table, err := parseTable(string(text))
	if err != nil {
		t.Fatalf("imports.txt: %v", err)
	}
	return table
}

func parseTable(text string) (*importTable, error) {
	table := &importTable{floors: map[string]int{}, apart: map[string][]string{}}
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if err := table.add(fields[0], fields[1:]); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return table, lines.Err()
}

// add takes in one line.
func (table *importTable) add(kind string, pkgs []string) error {
	if len(pkgs) == 0 {
		return errors.New("no package")
	}
	known := func(pkg string) bool {
		_, floor := table.floors[pkg]
		_, apart := table.apart[pkg]
		return floor || apart
	}
	switch kind {
	case "top":
		for _, p := range pkgs {
			if _, err := path.Match(p, ""); err != nil {
				return fmt.Errorf("pattern %s: %w", p, err)
			}
		}
		table.top = append(table.top, pkgs...)
	case "tests":
		table.tests = append(table.tests, pkgs...)
	case "apart":
		if known(pkgs[0]) {
			return fmt.Errorf("%s is there twice", pkgs[0])
		}
		table.apart[pkgs[0]] = pkgs[1:]
	default:
		floor, err := strconv.Atoi(kind)
		if err != nil || floor < 1 || floor >= topRank {
			return fmt.Errorf("%q is neither a floor nor top, apart or tests", kind)
		}
		for _, p := range pkgs {
			if known(p) {
				return fmt.Errorf("%s is there twice", p)
			}
			table.floors[p] = floor
		}
	}
	return nil
}

// rank returns the floor of pkg, topRank for a program, 0 for what stands
// apart; where is the same in words.
func (table *importTable) rank(pkg string) (rank int, where string, ok bool) {
	if floor, ok := table.floors[pkg]; ok {
		return floor, fmt.Sprintf("floor %d", floor), true
	}
	if _, ok := table.apart[pkg]; ok {
		return 0, "apart", true
	}
	for _, pattern := range table.top {
		if ok, _ := path.Match(pattern, pkg); ok {
			return topRank, "top", true
		}
	}
	return 0, "", false
}

// checkImport returns what is wrong with a file of pkg importing target, or "".
func (table *importTable) checkImport(pkg, target string, test bool) string {
	if test && (slices.Contains(table.tests, target) || target == pkg) {
		return ""
	}
	from, fromWhere, _ := table.rank(pkg)
	to, toWhere, ok := table.rank(target)
	if !ok {
		return target + " is not in imports.txt"
	}
	allowed := to < from && to > 0
	switch {
	case from == 0:
		allowed = slices.Contains(table.apart[pkg], target)
	case from == topRank && slices.Contains(table.tests, target):
		allowed, toWhere = false, "tests only"
	case from == topRank && to == 0:
		allowed = true
	}
	if allowed {
		return ""
	}
	return fmt.Sprintf("%s (%s) imports %s (%s)", pkg, fromWhere, target, toWhere)
}

// check returns a line for each breach in the tree, in the order of its files.
func (table *importTable) check(tree fs.FS) ([]string, error) {
	var broken []string
	docs := map[string]bool{} // package -> whether it has a doc.go
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if name != "." && (base[0] == '.' || base[0] == '_' || d.IsDir() && base == "testdata") {
			return skip(d)
		}
		if d.IsDir() {
			_, err := fs.Stat(tree, path.Join(name, "go.mod"))
			if name != "." && err == nil {
				return fs.SkipDir // a module of its own
			}
			return nil
		}
		pkg := path.Dir(name)
		switch path.Ext(name) {
		case ".s", ".S":
			if pkg != kernel {
				broken = append(broken, name+": assembly outside of "+kernel)
			}
		case ".go":
			docs[pkg] = docs[pkg] || base == "doc.go"
			if _, _, ok := table.rank(pkg); !ok {
				broken = append(broken, pkg+": not in imports.txt")
				return nil
			}
			faults, err := table.checkFile(tree, name)
			if err != nil {
				return err
			}
			for _, f := range faults {
				broken = append(broken, name+": "+f)
			}
		}
		return nil
	})
	for _, pkg := range slices.Sorted(maps.Keys(docs)) {
		if _, _, ok := table.rank(pkg); ok && !docs[pkg] {
			broken = append(broken, pkg+": it has no doc.go")
		}
	}
	return slices.Compact(broken), err
}

func skip(d fs.DirEntry) error {
	if d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// checkFile returns what is wrong with one Go file.
func (table *importTable) checkFile(tree fs.FS, name string) (faults []string, err error) {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return nil, err
	}
	pkg := path.Dir(name)
	test := strings.HasSuffix(name, "_test.go")
	for _, spec := range file.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		switch {
		case target == "C":
			faults = append(faults, "cgo")
		case target == "unsafe" && pkg != kernel:
			faults = append(faults, "unsafe outside of "+kernel)
		case target == module || strings.HasPrefix(target, module+"/"):
			rel := path.Clean(strings.TrimPrefix(strings.TrimPrefix(target, module), "/"))
			if f := table.checkImport(pkg, rel, test); f != "" {
				faults = append(faults, f)
			}
		}
	}
	if pkg != kernel {
		if hasBuildTag(file) {
			faults = append(faults, "a build tag outside of "+kernel)
		}
		if s := platformSuffix(path.Base(name)); s != "" {
			faults = append(faults, fmt.Sprintf("a name that ends in _%s outside of %s", s, kernel))
		}
	}
	if path.Base(name) == "doc.go" {
		want := fmt.Sprintf("Package %s owns ", file.Name.Name)
		if file.Name.Name == "main" {
			want = fmt.Sprintf("Command %s owns ", path.Base(pkg))
		}
		if doc := strings.Join(strings.Fields(file.Doc.Text()), " "); !strings.HasPrefix(doc, want) {
			faults = append(faults, fmt.Sprintf("it must begin %q", want))
		}
	}
	return faults, nil
}

// hasBuildTag tells whether the file has a build constraint, which counts only
// before the package clause.
func hasBuildTag(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if c.Pos() < file.Package && (constraint.IsGoBuild(c.Text) || constraint.IsPlusBuild(c.Text)) {
				return true
			}
		}
	}
	return false
}

// platforms are the operating systems and machines that the go command knows
// at the end of a file's name (its internal/syslist).
var platforms = strings.Fields(`
	aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos
	386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le
	ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm
`)

// platformSuffix returns the platform that the file is only built on because
// of its name, or "".
func platformSuffix(base string) string {
	base = strings.TrimSuffix(strings.TrimSuffix(base, ".go"), "_test")
	if i := strings.LastIndexByte(base, '_'); i >= 0 && slices.Contains(platforms, base[i+1:]) {
		return base[i+1:]
	}
	return ""
}
