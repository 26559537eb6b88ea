package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestHostileValues holds what is told of arguments that lie: what is there, and nothing
// else; and that the program does not notice.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	if _, err := os.ReadFile("testdata/value_hostile.conf"); err != nil { // so that go test knows of it
		t.Fatal(err)
	}
	eachMachine(t, func(t *testing.T, machine string) {
		program := testkit.Build(t, "testdata/value_hostile.c", machine, "-O0", "-g0", "-fno-builtin", "-pthread", "-w")
		trace := filepath.Join(t.TempDir(), "trace")
		r := testkit.Command{Args: []string{
			testkit.Sonde(t), "-a", "0", "-s", "8", "-o", trace,
			"-F", "testdata/value_hostile.conf", "-e", "writev+bind", "-x", "h_*", program,
		}, Env: []string{"LC_ALL=C.UTF-8"}, Trace: trace}.Run(t)
		checkExit(t, r, 7)
		text, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(wholeLines(string(text)), "\n")
		wanted := hostileValues
		if machine == "-m64" {
			wanted = append(hostileLists, wanted...)
		}
		for _, want := range wanted {
			if !anyLike(lines, want) {
				name, _, _ := strings.Cut(want, "*")
				t.Errorf("no line is %s, but\n%s", want, strings.Join(having(lines, name), "\n"))
			}
		}
		races := having(lines, "h_race(")
		for _, line := range races {
			if !racing.MatchString(line) {
				t.Errorf("this was never there: %s", line)
			}
		}
		if len(races) != 500 {
			t.Errorf("%d calls of h_race, want 500", len(races))
		}
	})
}

// racing are the calls that are made while another thread changes what they lead to:
// each field and each byte may be an old or a new one.
var racing = regexp.MustCompile(`^(\[pid \d+\] )?h_race\(` +
	`\{ (0|5|4294967295|18446744073709551615), ("hello"|""|nil|0x[0-9a-f]+( <unreadable>)?) \}, ` +
	`("(text %s)?"|"t[a-z%]*( [%s]*)?"|0x[0-9a-f]+ <unreadable>), ` +
	`("(text %s)?"|"t[a-z%]*( [%s]*)?"|0x[0-9a-f]+ <unreadable>)(, "text")?` +
	`( <unfinished \.\.\.>|\) = 1)$`)

var hostileValues = []string{
	`h_buf("runs out", "xx"..., 100) = 1`,
	`h_buf("at the e"..., 0x*000 <unreadable>, 1) = 1`,
	`h_buf("more tha"..., *, *) = 1`,
	`h_buf("at the e"..., 0x*ffffffc <unreadable>, 10) = 1`,
	`h_string("runs out", "xxx"...) = 1`,
	`h_string("without "..., "xxxxxxxx"...) = 1`,
	`h_string("in the k"..., 0x80*0 <unreadable>) = 1`,
	`h_wide("less tha"..., 0x*ffd <unreadable>) = 1`,
	`h_array("runs out", [ 2021161080... ], 1000000000) = 1`,
	`h_array("of negat"..., 0x*, -5) = 1`,
	`h_list("in a cir"..., { { recurse^, "b" }, "a" }) = 1`,
	`h_list("runs out", { 0x78* <unreadable>, 0x*000 <unreadable> }) = 1`,
	`h_list("of ten t"..., { { { { ..., "xxxxxxxx"... }, "xxxxxxxx"... }, "xxxxxxxx"... }, "xxxxxxxx"... }) = 1`,
	`h_counted("more tha"..., { *, "x"... }) = 1`,
	`h_counted("nowhere", { 8, 0x*ffffffc <unreadable> }) = 1`,
	`h_counted("runs out", { *, 0x*000 <unreadable> }) = 1`,
	`h_out("runs out", "x"..., 100) = 1`,
	`h_out("nowhere", 0x*ffffffc <unreadable>, 100) = 1`,
	`h_unmap("gone at "..., "gone" => 0x*000 <unreadable>, 4096) = 1`,
	`h_printf("ten thou"..., "%n%s%n%s"..., 0x*ffffffc <unreadable>, "second", *) = 1`,
	`h_printf("format n"..., 0x*ffffffc <unreadable>) = 1`,
	`h_printf("format r"..., "x"..., ...) = 1`,
	`h_printf("precisio"..., "%.*s %.*"..., 2147483647, "xx"..., -1, "whole", "xxx") = 1`,
	`h_printf("of all s"..., *) = 1`,
	`h_scanf("items no"..., "%d %s %9"..., 0x*ffffffc <unreadable>, "x"..., nil) = 2147483647`,
	`*writev(-1, [ { 0x1 <unreadable>, * }, { "xx", 2 } ], 2) = -1 EBADF (Bad file descriptor)`,
	`*writev(-1, 0x8 <unreadable>, 2147483647) = -1 EBADF (Bad file descriptor)`,
	`*bind(-1, 0x*, 1) = -1 EBADF (Bad file descriptor)`,
	`*bind(-1, AF_UNIX, 2) = -1 EBADF (Bad file descriptor)`,
	`*bind(-1, { 30840, * }, 2147483647) = -1 EBADF (Bad file descriptor)`,
	`*+++ exited (status 7) +++`,
}

// hostileLists are those of va_lists that say more than an address.
var hostileLists = []string{
	`h_va("true", "%d %s", 1, "two") = 1`,
	`h_va("save are"..., "%d %s", 0x10 <unreadable>, 0x18 <unreadable>) = 1`,
	`h_va("beyond t"..., "%d %s", *) = 1`,
	`h_va("at the e"..., "%d %s %s", 0xfffffffffffffff8 <unreadable>, nil, 0x8 <unreadable>) = 1`,
	`h_va("nowhere", "%d %s", 0x8*) = 1`,
}
