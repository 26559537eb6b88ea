package main

import (
	"context"
	"fmt"
	"os"
	"strings"
)

// surveyed is all that is known of a library's functions.
type surveyed struct {
	library *library
	unit    string // the translation unit, and the flags to compile it with
	flags   []string
	dir     string
	// multiarch is the directory of headers for this machine.
	multiarch string
	// versions are the packages' names and versions.
	versions []string
	exports  map[string]map[string]uint64 // by SONAME and symbol, the address
	wide     map[string]*declared         // by name, as 64-bit code sees it
	narrow   map[string]*declared         // and as 32-bit code does
	macros   []macro
	// What the headers name, for both machines.
	wideNames, narrowNames *named
}

// survey compiles a library's headers.
func survey(ctx context.Context, l *library, work string) (*surveyed, error) {
	dir, err := os.MkdirTemp(work, l.name)
	if err != nil {
		return nil, fmt.Errorf("make a directory to work in: %w", err)
	}
	s := &surveyed{library: l, dir: dir}
	multiarch, err := command(ctx, "gcc", "-print-multiarch")
	if err != nil {
		return nil, err
	}
	s.multiarch = strings.TrimSpace(string(multiarch))
	headers, err := s.publicHeaders(ctx)
	if err != nil {
		return nil, err
	}
	if s.unit, err = s.includes(headers); err != nil {
		return nil, err
	}
	if s.versions, err = packageVersions(ctx, l.packages); err != nil {
		return nil, err
	}
	if s.flags, err = flagsOf(ctx, l); err != nil {
		return nil, err
	}
	if s.exports, err = exportsOf(ctx, l); err != nil {
		return nil, err
	}
	if s.wide, s.wideNames, err = s.compile(ctx, "-m64"); err != nil {
		return nil, err
	}
	narrow, err := s.narrowHeaders()
	if err != nil {
		return nil, err
	}
	// Headers that stand in a directory for 64 bits are the same for 32 bits in
	// all but glibc's, which has a directory of its own.
	s.narrow, s.narrowNames, err = s.compile(ctx, "-m32", "-I", narrow, "-idirafter", "/usr/include/"+s.multiarch)
	return s, err
}

// symbols are what a function is called in object files: by its name, and by
// the one that its header gives callers instead, unless that is another
// function's: glibc declares error twice, the second time as
// __error_noreturn.
func (s *surveyed) symbols(d *declared) []string {
	if d.symbol == d.name || s.wide[d.symbol] != nil {
		return []string{d.name}
	}
	return []string{d.name, d.symbol}
}
