// Package ptrace owns the raw requests that Sonde makes of the kernel about
// tracees: ptrace(2), wait4(2), process_vm_readv(2), kcmp(2), the forks that
// launch programs, and what the process inherited before the Go runtime
// changed it. It holds no policy and keeps no state about tracees.
//
// All requests on a tracee must come from the thread that seized it: callers
// lock their goroutine to its OS thread. Build tags, assembly and unsafe occur
// in this package alone.
package ptrace
