package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// machine is one whose table is written.
type machine struct {
	name    string   // as sysdeps.Arch has it
	header  string   // with its numbers
	defines []string // what its asm/unistd.h says before it includes header
}

var machines = []machine{
	{name: "amd64", header: "asm/unistd_64.h"},
	{name: "i386", header: "asm/unistd_32.h"},
	{name: "arm64", header: "asm-generic/unistd.h", defines: []string{
		// arch/arm64/include/uapi/asm/unistd.h
		"__ARCH_WANT_RENAMEAT", "__ARCH_WANT_NEW_STAT", "__ARCH_WANT_SET_GET_RLIMIT",
		"__ARCH_WANT_TIME32_SYSCALLS", "__ARCH_WANT_SYS_CLONE3", "__ARCH_WANT_MEMFD_SECRET",
	}},
}

func main() {
	out := flag.String("o", "sysdeps", "`directory` of the tables")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *out); err != nil {
		fmt.Fprintf(os.Stderr, "generate: %v\n", err)
		os.Exit(1)
	}
}

// run writes the tables of all machines.
func run(ctx context.Context, out string) error {
	for _, m := range machines {
		table, err := m.table(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		text, err := source(m, table)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		path := filepath.Join(out, m.name+"_syscalls.go")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return fmt.Errorf("write table: %w", err)
		}
		fmt.Printf("%-30s %d calls\n", path, len(table))
	}
	return nil
}
