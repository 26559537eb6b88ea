package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sonde/cli"
	"sonde/internal/testkit"
)

// TestGiven walks the stack of a coroutine that waits, by the registers that the program
// tells of it, in the process and in its core file.
func TestGiven(t *testing.T) {
	for _, flags := range []string{"-O0", "-O2", "-O2 -fomit-frame-pointer -static", "-O0 -m32", "-O2 -m32"} {
		t.Run(flags, func(t *testing.T) {
			program := testkit.Build(t, "testdata/coroutine.c", strings.Fields(flags)...)
			p := testkit.Start(t, "stdout", nil, program)
			regs, _ := p.Next(t)
			p.Next(t)
			testkit.AwaitPause(t, p.PID, 1)
			pid := strconv.Itoa(p.PID)
			dir := t.TempDir()
			run0(t, "fcore", "-o", filepath.Join(dir, "core"), pid)
			twoRegs := regs[:strings.LastIndexByte(regs, ',')]
			for _, args := range [][]string{
				{"--stack", regs, pid},
				{"--stack", regs, filepath.Join(dir, "core."+pid), program},
				{"--stack", twoRegs, pid}, // the frame pointer is found out
			} {
				got := process(t, args...)
				if len(got.Threads) != 1 {
					t.Fatalf("%q: %+v", args, got.Threads)
				}
				th := &got.Threads[0]
				// glibc's code that co_main would return to says on i386 nothing of itself.
				end := len(th.Frames) == 4 && (th.Why == "" || strings.HasSuffix(flags, "-m32"))
				if all := strings.ReplaceAll(names(th), ".constprop.0", ""); !strings.HasPrefix(all, "co_inner co_outer co_main ") || !end {
					t.Errorf("%q: %s: %s", args, all, th.Why)
				}
			}
			both := run0(t, "fstack", "--tid", pid, "--stack", regs, pid).Stdout
			sp, _, _ := strings.Cut(regs, ",")
			if n, _ := strconv.ParseUint(sp, 0, 64); !strings.Contains(both, fmt.Sprintf("\nStack %#x:\n#0 ", n)) || !strings.Contains(both, "\nThread "+pid) {
				t.Error(both)
			}
		})
	}
}

// TestGivenErrors gives stacks that are none.
func TestGivenErrors(t *testing.T) {
	p, _ := start(t)
	for _, s := range []string{"", "1", "1,x", "1,2,3,4", "0x7ffe0000,,1", "-1,2"} {
		r := testkit.Run(t, testkit.Tool(t, "fstack"), "--stack", s, strconv.Itoa(p.PID))
		checkStatus(t, r, cli.ExitUsage)
		if !strings.Contains(r.Stderr, "a stack pointer, a program counter") {
			t.Errorf("%q: %s", s, r.Describe())
		}
	}
	for _, s := range []string{"0,0", "0xffffffffffffffff,0xffffffffffffffff,0xffffffffffffffff", "1,2,3"} {
		got := process(t, "--stack", s, strconv.Itoa(p.PID))
		if len(got.Threads) != 1 || len(got.Threads[0].Frames) != 1 || got.Threads[0].Why == "" {
			t.Errorf("%q: %+v", s, got.Threads)
		}
	}
}
