package proc

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sonde/elfsym"
	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// situations are what testdata/situations.c can get into, with the functions that
// are on the stack then, from its own waits outwards. A name of "" is code that has
// none, "<signal>" the place where a handler returns to, and "..." any number of the
// function before it. Functions of the C library that vary are left out.
var situations = []struct{ name, stack string }{
	{"nil", "waits handler <signal>  calls_nil main"},
	{"overflow", "waits handler <signal> recurses ... main"},
	{"signal", "waits handler <signal> raise raises main"},
	{"noreturn", "waits never ends_in_call main"},
	{"framed", "waits  runs_code main"},
	{"frameless", "waits  runs_code main"},
	{"coroutine", "waits coroutine"},
	{"callback", "waits compare qsort_r main"},
}

// Stacks in situations that are hard on who walks them, in programs of all kinds.
func TestStacksOfSituations(t *testing.T) {
	tests := []struct {
		name   string
		flags  []string
		change []string // a command that changes the program, which is its last argument
	}{
		{"O2", []string{"-O2", "-fno-optimize-sibling-calls"}, nil},
		{"O0 static", []string{"-O0", "-static"}, nil},
		{"no PIE, frame pointers", []string{"-O1", "-no-pie", "-fno-omit-frame-pointer", "-fno-optimize-sibling-calls"}, nil},
		{"clang", []string{"CC=clang", "-O2", "-fno-optimize-sibling-calls"}, nil},
		{"no tables", []string{"-O2", "-fno-optimize-sibling-calls", "-fno-asynchronous-unwind-tables"}, nil},
		{"tables removed", []string{"-O2", "-fno-optimize-sibling-calls"}, []string{"objcopy", "-R", ".eh_frame", "-R", ".eh_frame_hdr"}},
	}
	for _, test := range tests {
		path := testkit.Build(t, "testdata/situations.c", test.flags...)
		if test.change != nil {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			path = filepath.Join(t.TempDir(), "situations")
			if err := os.WriteFile(path, text, 0o755); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(test.change[0], append(test.change[1:], path)...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
		for _, s := range situations {
			t.Run(test.name+" "+s.name, func(t *testing.T) { checkSituation(t, path, s.name, strings.Split(s.stack, " ")) })
		}
	}
}

func checkSituation(t *testing.T, path, situation string, want []string) {
	p := testkit.StartSituation(t, path, situation)
	seize(t, p.PID, func(s *seized) {
		s.stop(func(_ int, regs *sysdeps.Regs, images *elfsym.Images) {
			frames, described, stop := s.stack(regs, images)
			var names []string
			for _, f := range frames {
				name := ""
				if sym, _, ok := images.Symbol(f.Lookup()); f.Signal {
					name = "<signal>"
				} else if ok {
					name = sym.Name
				} else if f.Image != nil {
					name = "?"
				}
				names = append(names, name)
			}
			if !stop.Complete() || !matchStack(names, want) {
				t.Errorf("%.60q ... %.20v: %v; want %q", described, len(described), stop, want)
			}
		})
	})
}

// matchStack holds the names of a stack against those that are wanted. The C library's
// between them are passed over.
func matchStack(names, want []string) bool {
	i := slices.Index(names, want[0])
	if i < 0 {
		return false
	}
	names = names[i:]
	for n, w := range want {
		if w == "..." {
			for len(names) > 0 && names[0] == want[n-1] {
				names = names[1:]
			}
			continue
		}
		for len(names) > 0 && names[0] != w && isLibrary(names[0]) {
			names = names[1:]
		}
		if len(names) == 0 || names[0] != w {
			return false
		}
		names = names[1:]
	}
	return !slices.ContainsFunc(names, func(name string) bool { return !isLibrary(name) })
}

// isLibrary tells of names that the C library has for what is around a program's own
// functions, and of those that have none in a stripped one.
func isLibrary(name string) bool {
	return name == "?" || name == "_start" || strings.HasPrefix(name, "_") || slices.Contains([]string{
		"raise", "gsignal", "pthread_kill", "qsort", "qsort_r", "msort_with_tmp.part.0", "pause", "makecontext", "setcontext", "tgkill",
	}, name)
}
