// Package sysdeps owns what differs between machines and kernels, as plain
// values: architectures, register layouts, addresses, signal, error and system
// call numbers, and siginfo layouts.
//
// Every machine is in every build. Which one a thread runs on is asked of the
// kernel (the size of its register set) and carried as an *Arch; nothing here
// looks at the host. The package does no I/O.
package sysdeps
