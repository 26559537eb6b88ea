package stacks

import (
	"bytes"
	"debug/elf"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sonde/corefile"
	"sonde/internal/testkit"
)

// mostStack is how much of a stack is corrupted at random, and mostFrames how many frames
// are wanted of what comes of it.
const (
	mostStack  = 32 << 10
	mostFrames = 500
)

// TestCorruptedStacks tells the stacks of core files whose stacks were overwritten: with
// anything, with the addresses of the stack and of code that were on it, and with words
// that have changed places. Whatever they hold, there is an end to it with a reason.
func TestCorruptedStacks(t *testing.T) {
	for _, c := range []struct{ flags, situation string }{
		{"-O2", "alternate"},
		{"-O1 -fno-omit-frame-pointer", "deep"},
		{"-O2 -fno-asynchronous-unwind-tables", "callback"},
		{"-O2 -m32", "nested"},
		{"-O2 -static", "thread"},
	} {
		t.Run(c.flags+" "+c.situation, func(t *testing.T) {
			program := testkit.Build(t, "../cmd/fstack/testdata/truth.c", append(strings.Fields(c.flags), "-pthread")...)
			p := testkit.Start(t, "stdout", nil, program, c.situation)
			for line, ok := "", true; line != "ready"; {
				if line, ok = p.Next(t); !ok {
					t.Fatalf("the program ended after %q", p.Lines)
				}
			}
			base := filepath.Join(t.TempDir(), "core")
			r := testkit.Run(t, testkit.Tool(t, "fcore"), "-o", base, strconv.Itoa(p.PID))
			if r.Status != 0 {
				t.Fatal(r.Describe())
			}
			corrupt(t, base+"."+strconv.Itoa(p.PID), program)
		})
	}
}

// corrupt overwrites the stacks of a core file again and again, and looks at them.
func corrupt(t *testing.T, path, program string) {
	random := rand.New(rand.NewPCG(5, 6))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stacks := stacksIn(t, path, f)
	reasons := make(map[string]int)
	for range 40 {
		for _, s := range stacks {
			if _, err := f.WriteAt(scramble(random, s), s.off); err != nil {
				t.Fatal(err)
			}
		}
		got, _, err := Core(path, corefile.Places{Exe: program}, &Options{Limit: mostFrames})
		if err != nil {
			t.Fatal(err)
		}
		for i := range got.Threads {
			th := &got.Threads[i]
			if n := len(th.Frames); n < 1 || n > mostFrames {
				t.Errorf("%d frames", n)
			}
			reason, _, _ := strings.Cut(th.Why, " at ")
			reasons[reason]++
		}
		var text bytes.Buffer
		if err := Text(&text, got, TextOptions{}); err != nil || text.Len() == 0 {
			t.Errorf("%d bytes, %v", text.Len(), err)
		}
		if err := JSON(io.Discard, got); err != nil {
			t.Error(err)
		}
	}
	t.Logf("the walks ended because: %v", reasons)
	if len(reasons) < 2 {
		t.Error("all walks have ended in the same way")
	}
}

// usedStack is where in a core file the used part of a thread's stack is, with its words.
type usedStack struct {
	off  int64
	data []byte
	size int // of a word
}

// stacksIn finds the stacks of all threads.
func stacksIn(t *testing.T, path string, f *os.File) (all []usedStack) {
	t.Helper()
	core, err := corefile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer core.Close()
	file, err := elf.NewFile(f)
	if err != nil {
		t.Fatal(err)
	}
	for i := range core.Threads {
		sp := uint64(core.Threads[i].Regs.SP())
		for _, p := range file.Progs {
			if p.Type != elf.PT_LOAD || sp < p.Vaddr || sp-p.Vaddr >= p.Filesz {
				continue
			}
			s := usedStack{off: int64(p.Off + sp - p.Vaddr), size: core.Arch.PtrSize}
			s.data = make([]byte, min(p.Filesz-(sp-p.Vaddr), mostStack))
			if _, err := f.ReadAt(s.data, s.off); err != nil {
				t.Fatal(err)
			}
			all = append(all, s)
		}
	}
	if len(all) != len(core.Threads) {
		t.Fatalf("%d stacks of %d threads", len(all), len(core.Threads))
	}
	return all
}

// scramble changes words of a stack: one in a number that is chosen at random.
func scramble(random *rand.Rand, s usedStack) []byte {
	p := bytes.Clone(s.data)
	words := len(p) / s.size
	word := func(i int) []byte { return p[i*s.size:][:s.size] }
	few := 1 << random.IntN(8)
	for i := range words {
		if random.IntN(few) != 0 {
			continue
		}
		switch random.IntN(4) {
		case 0: // any number
			for j := range s.size {
				word(i)[j] = byte(random.Uint32())
			}
		case 1: // a word from elsewhere, near by or far
			copy(word(i), word(random.IntN(words)))
		case 2:
			copy(word(i), word(max(0, i-random.IntN(16))))
		case 3: // a little more or less
			word(i)[0] += byte(random.IntN(64))
		}
	}
	return p
}
