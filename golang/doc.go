// Package golang owns what the memory of a Go program tells of its goroutines: which there
// are, what they wait for, where their stacks are, and which of them each thread runs; and
// of its types.
//
// The runtime keeps them in a list, runtime.allgs. Neither that nor the names of what
// goroutines wait for need a symbol: Find searches the program's variables for what must be
// them, and holds it against what it leads to. The structures differ from version to
// version in few places; which version it is the program says itself (debug/buildinfo).
//
// Memory is hostile: reads are bounded in size and number, and nothing is believed that does
// not fit. Nothing here does I/O but through the sysdeps.Memory that is handed in, and
// reading the program's file. While goroutines are read, the memory must hold still.
package golang
