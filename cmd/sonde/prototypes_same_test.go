package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestPrototypeOfSameName holds whose function is taken for libc's: that of a library
// which is preloaded, and those that are made to be replaced; but none that a program
// or library has for itself, whenever it is bound.
func TestPrototypeOfSameName(t *testing.T) {
	t.Parallel()
	const source = "testdata/proto_same.c"
	flags := []string{"-O0", "-g0", "-fno-builtin", "-w"}
	part := func(name string) string {
		return library(t, "proto_same.c", "lib"+strings.ToLower(name)+".so", append(flags, "-D"+name)...)
	}
	needed, preloaded, late := part("NEEDED"), part("PRELOADED"), part("LATE")
	needed = named(t, needed, "libneeded.so")
	dir := filepath.Dir(needed)
	for _, binding := range []string{"-Wl,-z,lazy", "-Wl,-z,now", "-fno-plt"} {
		t.Run(binding, func(t *testing.T) {
			program := testkit.Build(t, source, append([]string{binding, "-rdynamic", needed, "-Wl,-rpath," + dir}, flags...)...)
			trace := filepath.Join(t.TempDir(), "trace")
			r := testkit.Command{
				Args:  []string{testkit.Sonde(t), "-a", "0", "-o", trace, "-e", "time+valloc+getenv+abs", "-x", "open", program, late},
				Env:   []string{"LD_PRELOAD=" + preloaded},
				Trace: trace,
			}.Run(t)
			checkExit(t, r, 0)
			text, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{
				`open(3, *) = 4`,
				`*->time("own", 4, *) = 115`,
				`*->valloc(5) = 0x*`,
				`*->getenv("HOME") = "preloaded"`,
				`*->abs("late", *) = 108`,
			} {
				if !anyLike(strings.Split(string(text), "\n"), want) {
					t.Errorf("no line is %s, but\n%s", want, text)
				}
			}
		})
	}
}

func anyLike(lines []string, want string) bool {
	for _, line := range lines {
		if like(line, want) {
			return true
		}
	}
	return false
}
