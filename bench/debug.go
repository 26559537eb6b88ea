package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	debugCalled = 10 // functions that the program calls, in as many units
	debugUnits  = 10 // for each of them, with nothing that is called in the others
	debugItems  = 110
)

// compileDebug builds a program with 300 MB of debugging information, and what after makes
// of it. That takes a minute, so that it is kept in the system's directory of temporary
// files, by what it is made of.
func compileDebug(dir string, after ...string) (string, error) {
	unit, err := sourceFile("debug.cc")
	if err != nil {
		return "", err
	}
	program, err := sourceFile("debug_main.c")
	if err != nil {
		return "", err
	}
	made := sha256.New()
	for _, name := range []string{unit, program} {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		made.Write(text)
	}
	fmt.Fprint(made, debugCalled, debugUnits, debugItems)
	kept := filepath.Join(os.TempDir(), fmt.Sprintf("sonde-bench-debug-%x", made.Sum(nil)[:8]))
	if err := os.MkdirAll(kept, 0o777); err != nil {
		return "", err
	}
	path := filepath.Join(kept, "debug")
	if err := once(path, func(to string) error { return linkDebug(dir, to, unit, program) }); err != nil || len(after) == 0 {
		return path, err
	}
	changed := filepath.Join(kept, "debug"+strings.Join(after, ""))
	return changed, once(changed, func(to string) error {
		return command("objcopy", append(after, path, to)...)
	})
}

// once makes a file unless it is there: under another name first, so that one that is cut
// off is not taken for it.
func once(path string, build func(to string) error) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := build(path + ".part"); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// linkDebug links the unit many times: those whose function is called with a name of
// its own, the others as they are.
func linkDebug(dir, to, unit, program string) error {
	object := filepath.Join(dir, "debug.o")
	err := command("g++", "-std=c++17", "-g", "-O0", "-fno-eliminate-unused-debug-types",
		fmt.Sprintf("-DITEMS=%d", debugItems), "-c", "-o", object, unit)
	if err != nil {
		return err
	}
	args := []string{"-o", to, program, "-Wl,-z,muldefs"}
	for n := range debugCalled {
		named := filepath.Join(dir, fmt.Sprintf("debug%d.o", n))
		if err := command("objcopy", fmt.Sprintf("--prefix-symbols=p%d_", n), object, named); err != nil {
			return err
		}
		args = append(args, named)
		for range debugUnits - 1 {
			args = append(args, object)
		}
	}
	return command("gcc", args...)
}

// debug returns the program, and what objcopy makes of it.
func debug(after ...string) func(tools) ([]string, error) {
	return func(tl tools) ([]string, error) {
		path, err := compileDebug(tl.dir, after...)
		return []string{path}, err
	}
}

// stripped traces the same program without its debugging information.
func stripped(tl tools, _ []string) []string {
	path, err := compileDebug(tl.dir, "--strip-debug")
	if err != nil {
		path = err.Error() // which sonde will not find, and say so
	}
	return side(nil, sonde, debugTraced...)(tl, []string{path})
}

var debugTraced = []string{"-L", "-x", "p*_entry"}

// The times are those of the processor: most of what is done is to read what is mapped.
// 190 MiB are 200 MB; what is compressed takes as much more as it is large.
func debugRows() []row {
	return []row{
		{
			name: "debugging information, 300 MB, ten functions", unit: "ms", against: "stripped", added: 1000,
			program: debug(),
			sonde:   side(nil, sonde, debugTraced...), other: stripped, read: processorTime,
		},
		{
			name: "debugging information, memory", unit: "MiB", against: "stripped", limit: 190,
			program: debug(),
			sonde:   side(nil, sonde, debugTraced...), other: stripped, read: largestSet,
		},
		{ // what is compressed can only be read by inflating it
			name: "debugging information, compressed", unit: "ms", against: "stripped",
			program: debug("--compress-debug-sections=zlib"),
			sonde:   side(nil, sonde, debugTraced...), other: stripped, read: processorTime,
		},
		{
			name: "debugging information, compressed, memory", unit: "MiB", against: "stripped", limit: 480,
			program: debug("--compress-debug-sections=zlib"),
			sonde:   side(nil, sonde, debugTraced...), other: stripped, read: largestSet,
		},
	}
}
