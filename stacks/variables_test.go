package stacks

import (
	"bytes"
	"debug/elf"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sonde/corefile"
	"sonde/internal/testkit"
	"sonde/variables"
)

// rich are options that ask for all that is told of variables.
func rich() *Options {
	return &Options{Limit: 100, Lines: true, Inlined: true, Variables: variables.Options{Params: true, Locals: true, Values: true}}
}

// TestDamagedVariables shows the variables in a core file whose program's debugging
// information is damaged: some are not known, and nothing else comes of it.
func TestDamagedVariables(t *testing.T) {
	program := testkit.Build(t, "../cmd/fstack/testdata/values.c", "-g", "-O2")
	p := testkit.Start(t, "stdout", nil, program)
	for line := ""; line != "ready"; {
		line, _ = p.Next(t)
	}
	testkit.AwaitPause(t, p.PID, 1)
	dir := t.TempDir()
	testkit.Run(t, testkit.Tool(t, "fcore"), "-o", filepath.Join(dir, "core"), strconv.Itoa(p.PID))
	core := filepath.Join(dir, "core."+strconv.Itoa(p.PID))
	good, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	e, err := elf.NewFile(bytes.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	known := func(file []byte) (n int) {
		path := filepath.Join(dir, "values")
		if err := os.WriteFile(path, file, 0o700); err != nil {
			t.Fatal(err)
		}
		pr, _, err := Core(core, corefile.Places{Exe: path}, rich())
		if err != nil {
			t.Fatal(err)
		}
		for i := range pr.Threads[0].Frames {
			f := &pr.Threads[0].Frames[i]
			if f.Variables == nil || !strings.HasSuffix(f.File, "values.c") {
				continue
			}
			for _, v := range append(f.Variables.Params, f.Variables.Locals...) {
				if v.Value != "" {
					n++
				}
			}
		}
		return n
	}
	all := known(good)
	if all < 15 {
		t.Fatalf("%d variables are known", all)
	}
	random := rand.New(rand.NewPCG(3, 4))
	total, runs := 0, 0
	for _, sec := range e.Sections {
		if !strings.HasPrefix(sec.Name, ".debug_") || sec.Name == ".debug_aranges" {
			continue
		}
		for range 10 {
			file := bytes.Clone(good)
			for range 1 + random.IntN(6) {
				file[sec.Offset+random.Uint64N(sec.FileSize)] = byte(random.Uint32())
			}
			total += known(file)
			runs++
		}
	}
	if total == 0 || total >= all*runs {
		t.Errorf("%d variables are known in %d runs, and %d of the whole file", total, runs, all)
	}
}
