package main

import (
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestFewDescriptors follows more processes than Sonde may have descriptors: those that
// it has no room for run on untraced, which it says, and nobody is kept waiting.
func TestFewDescriptors(t *testing.T) {
	program := build(t, "many_children.c", "-O1")
	for _, options := range []string{"-f", "-f -S", "-f -S --seccomp-bpf --syscalls=openat", "-S --seccomp-bpf --syscalls=openat"} {
		t.Run(options, func(t *testing.T) {
			args := []string{"prlimit", "--nofile=32:32", testkit.Sonde(t), "-o", t.TempDir() + "/trace"}
			r := testkit.Run(t, append(append(args, strings.Fields(options)...), program, "40")...)
			if r.Status != 0 || r.Stdout != "40 of 40\n" {
				t.Error(r.Describe())
			}
			if told := strings.Contains(r.Stderr, "too many open files"); told != strings.HasPrefix(options, "-f") {
				t.Errorf("that some are not traced is told: %v\n%s", told, r.Stderr)
			}
		})
	}
}
