package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/sysdeps"
)

// TestTables holds the tables in the tree against the installed headers, which
// may be older.
func TestTables(t *testing.T) {
	for _, arch := range sysdeps.Archs {
		for _, m := range machines {
			if m.name != arch.Name {
				continue
			}
			table, err := m.table(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(table) < 300 {
				t.Errorf("%s: %d calls", m.name, len(table))
			}
			for nr, name := range table {
				if got := arch.Syscalls.Name(int64(nr)); got != name {
					t.Errorf("%s: %d is %q, and %q in the headers (make generate)", m.name, nr, got, name)
				}
			}
		}
	}
}

// TestGenerated writes the tables anew. Headers that lack calls of the tree's tables are
// older than those that these were made of: TestTables holds against them what they have.
func TestGenerated(t *testing.T) {
	for _, m := range machines {
		t.Run(m.name, func(t *testing.T) {
			table, err := m.table(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, arch := range sysdeps.Archs {
				if arch.Name != m.name {
					continue
				}
				for nr, name := range arch.Syscalls.All() {
					if table[int(nr)] == "" {
						t.Skipf("the installed headers lack %s", name)
					}
				}
			}
			text, err := source(m, table)
			if err != nil {
				t.Fatal(err)
			}
			tree, err := os.ReadFile(filepath.Join("..", m.name+"_syscalls.go"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(tree), string(text)); diff != "" {
				t.Errorf("the table is made as another (make generate):\n%s", diff)
			}
		})
	}
}

func TestReadMacros(t *testing.T) {
	for _, c := range []struct {
		text string
		want map[int]string // nil for an error
	}{
		{"#define __NR_read 0\n#define _ASM_X 1\n#define __NR_write 1\n", map[int]string{0: "read", 1: "write"}},
		{"#define __NR_lseek __NR3264_lseek\n#define __NR3264_lseek 62\n", map[int]string{62: "lseek"}},
		{"#define __NR_read 0\n#define __NR_syscalls 451\n#define __NR_arch_specific_syscall 244\n", map[int]string{0: "read"}},
		{"#define __NR_read 0\n#define __NR_write 0\n", nil},
		{"#define __NR_read __NR_nowhere\n", nil},
	} {
		got, err := readMacros(c.text)
		if (err == nil) != (c.want != nil) || !maps.Equal(got, c.want) {
			t.Errorf("%q: %v, %v, want %v", c.text, got, err, c.want)
		}
	}
}

func TestAddNewer(t *testing.T) {
	for _, c := range []struct {
		text string
		want map[int]string // what it adds; nil for an error
	}{
		{"", map[int]string{}},
		{"# none\n\n\t\n", map[int]string{}},
		{"451 cachestat # 6.5\n452 other arm64\n453 mine i386 amd64", map[int]string{451: "cachestat", 453: "mine"}},
		{"0 read\n", map[int]string{}},
		{"0 write\n", nil},
		{"1 read\n", nil},
		{"451\n", nil},
		{"x cachestat\n", nil},
		{"-1 cachestat\n", nil},
	} {
		table := map[int]string{0: "read"}
		err := addNewer(table, "amd64", c.text)
		if (err == nil) != (c.want != nil) {
			t.Errorf("%q: %v", c.text, err)
		}
		if c.want == nil {
			continue
		}
		delete(table, 0)
		if !maps.Equal(table, c.want) {
			t.Errorf("%q adds %v, want %v", c.text, table, c.want)
		}
	}
}

// TestSource has a table written as the tree has it.
func TestSource(t *testing.T) {
	text, err := source(machine{name: "pdp11", header: "unistd.h"}, map[int]string{12: "chdir", 3: "read"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(text), "var pdp11Syscalls = &SyscallTable{names: []string{\n\t3:  \"read\",\n\t12: \"chdir\",\n}}\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant at the end\n%s", got, want)
	}
}
