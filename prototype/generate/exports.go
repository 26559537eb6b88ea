package main

import (
	"context"
	"debug/elf"
	"fmt"
	"path/filepath"
	"strings"
)

// exportsOf reads the dynamic symbols of a library's files, which stand where
// the linker finds them.
func exportsOf(ctx context.Context, l *library) (map[string]map[string]uint64, error) {
	all := map[string]map[string]uint64{}
	for _, f := range l.files {
		path, err := command(ctx, "gcc", "-print-file-name="+f.soname)
		if err != nil {
			return nil, err
		}
		names, err := exports(strings.TrimSpace(string(path)))
		if err != nil {
			return nil, err
		}
		all[f.soname] = names
	}
	return all, nil
}

// exports are the functions that a shared object defines for others, of old
// versions too.
func exports(path string) (map[string]uint64, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read exports: %w", err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return nil, fmt.Errorf("read exports of %s: %w", filepath.Base(path), err)
	}
	names := map[string]uint64{}
	for _, s := range symbols {
		const sttGNUIFunc = 10
		kind := elf.ST_TYPE(s.Info)
		if s.Section != elf.SHN_UNDEF && (kind == elf.STT_FUNC || kind == sttGNUIFunc) {
			names[s.Name] = s.Value
		}
	}
	return names, nil
}
