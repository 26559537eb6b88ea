// Command generate owns the way from the kernel's headers to the tables of
// system calls: it writes sysdeps/MACHINE_syscalls.go for each machine.
//
// Run it from the root of the repository:
//
//	go run ./sysdeps/generate
//
// It needs gcc and the kernel's user-space headers (Debian's linux-libc-dev) of
// any machine: those of x86 have both its tables, and all have the generic one,
// which is arm64's. Calls that are newer than those headers stand in newer.txt.
package main
