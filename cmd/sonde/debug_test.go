package main

import (
	"regexp"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestDebug holds what is said of the ways that are chosen, and that it is said by
// --debug alone.
func TestDebug(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ options, want string }{
		{"-L --seccomp-bpf --syscalls=openat", `system calls by a seccomp filter of \d+ instructions`},
		{"-L --seccomp-bpf -P /etc/passwd", `system calls by a seccomp filter of \d+ instructions`},
		{"-L --seccomp-bpf --syscalls=!getppid", `system calls by a seccomp filter of \d+ instructions`},
		{"-L --seccomp-bpf -S", `system calls by PTRACE_SYSCALL, no seccomp filter: no system call is left out`},
		{"-L --seccomp-bpf -z", `no seccomp filter: no system call is left out`},
		{"-L --syscalls=openat", `no seccomp filter: --seccomp-bpf is not given`},
		{"-L -S", `told by PTRACE_GET_SYSCALL_INFO`},
		{"", `before the Go runtime started`},
		{"--pin", `pinned to CPU \d+`},
		{"-e malloc", `process \d+, amd64: arguments are read by process_vm_readv, breakpoints written by /proc/\d+/mem`},
		{"-e @*", `/libc\.so\.6: places by kind: \d+ plt`},
	} {
		t.Run(c.options, func(t *testing.T) {
			t.Parallel()
			args := append([]string{testkit.Sonde(t), "-o", "/dev/null"}, strings.Fields(c.options)...)
			quiet := testkit.Run(t, append(args, "/bin/ls", "/dev/null")...)
			r := testkit.Run(t, append(args, "--debug", "/bin/ls", "/dev/null")...)
			if r.Status != 0 || quiet.Status != 0 || quiet.Stderr != "" || r.Stdout != quiet.Stdout {
				t.Errorf("%s\n\nwithout --debug: %s", r.Describe(), quiet.Describe())
			}
			if !regexp.MustCompile(`(?m)^sonde: debug: .*` + c.want).MatchString(r.Stderr) {
				t.Errorf("standard error is %q, want %q in it", r.Stderr, c.want)
			}
			for line := range strings.Lines(r.Stderr) {
				if !strings.HasPrefix(line, "sonde: debug: ") {
					t.Errorf("%q is no line of --debug", line)
				}
			}
		})
	}
}

// TestDebugProcesses holds that --debug says which processes are followed.
func TestDebugProcesses(t *testing.T) {
	t.Parallel()
	r := testkit.Run(t, testkit.Sonde(t), "--debug", "-f", "-L", "-S", "-o", "/dev/null", "/bin/sh", "-c", "/bin/true; :")
	checkExit(t, r, 0)
	if !regexp.MustCompile(`(?m)^sonde: debug: process \d+ is attached to, made by thread \d+$`).MatchString(r.Stderr) {
		t.Errorf("no process is said to be followed: %s", r.Describe())
	}
}
