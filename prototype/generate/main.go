package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
)

func main() {
	out := flag.String("o", "prototype/shipped", "`directory` of the shipped files")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: generate [-o DIR] [LIBRARY...|%s]\n", constantsFile)
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *out, flag.Args()); err != nil {
		fmt.Fprintf(os.Stderr, "generate: %v\n", err)
		os.Exit(1)
	}
}

// run writes the files of the named libraries, or of all.
func run(ctx context.Context, out string, names []string) error {
	for _, name := range names {
		if name == constantsFile {
			continue
		}
		if !slices.ContainsFunc(libraries, func(l *library) bool { return l.name == name }) {
			return fmt.Errorf("no library %q in the table", name)
		}
	}
	work, err := os.MkdirTemp("", "prototypes")
	if err != nil {
		return fmt.Errorf("make a directory to work in: %w", err)
	}
	defer os.RemoveAll(work)
	if len(names) == 0 || slices.Contains(names, constantsFile) {
		if err := writeConstants(ctx, work, out); err != nil {
			return err
		}
	}
	common, err := commonTypes(out)
	if err != nil {
		return err
	}
	for _, l := range libraries {
		if len(names) > 0 && !slices.Contains(names, l.name) {
			continue
		}
		if err := generate(ctx, l, work, out, common); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	return nil
}

// generate writes the files of one library.
func generate(ctx context.Context, l *library, work, out string, common map[string]bool) error {
	s, err := survey(ctx, l, work)
	if err != nil {
		return err
	}
	if err := s.readConstants(ctx); err != nil {
		return err
	}
	notes, err := parameterNotes(ctx, s)
	if err != nil {
		return err
	}
	for i := range l.files {
		f := &l.files[i]
		w := newWriter(s, notes, common)
		text, n, err := w.file(f)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%s exports nothing that is declared", f.soname)
		}
		path := filepath.Join(out, f.conf+".generated.conf")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return fmt.Errorf("write prototypes: %w", err)
		}
		fmt.Printf("%-44s %5d functions, %4d types\n", path, n, len(w.types))
	}
	return nil
}
