package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestUnfiled tells of code in no file where it is: by the name of its memory, or by the
// interpreter that is there.
func TestUnfiled(t *testing.T) {
	program := testkit.Build(t, "testdata/made.c", "-O1")
	interpreter := testkit.Build(t, "testdata/made.c", "-O1", "-shared", "-fPIC")
	library := filepath.Join(t.TempDir(), "libluajit-5.1.so.2")
	if r := testkit.Run(t, "cp", interpreter, library); !r.Status.Exited() || r.Status.ExitStatus() != 0 {
		t.Fatal(r.Describe())
	}
	for _, c := range []struct {
		env, name, want string
	}{
		{"", "", "[anon]"},
		{"", "made code", "[anon:made code]"},
		{library, "", "[luajit]"},
	} {
		t.Run(c.want, func(t *testing.T) {
			t.Setenv("LD_PRELOAD", c.env)
			var args []string
			if c.name != "" {
				args = []string{c.name}
			}
			p := testkit.StartTarget(t, nil, program, args...)
			t.Setenv("LD_PRELOAD", "")
			if c.name != "" && p.Lines[0] != "ready named" {
				t.Skip("this kernel gives no names to memory (CONFIG_ANON_VMA_NAME)")
			}
			testkit.AwaitPause(t, p.PID, 1)
			pid := strconv.Itoa(p.PID)
			if got, want := run0(t, "fstack", pid).Stdout, fmt.Sprintf(" in ?? (%s+0x126)", c.want); !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
			if got, want := run0(t, "fstack", "--folded", pid).Stdout, fmt.Sprintf(";main;?? (%s+0x126);waits;", c.want); !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
		})
	}
}
