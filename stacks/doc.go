// Package stacks owns the stacks of processes and core files as people and programs
// read them: threads with their names and states, frames with the names of functions,
// and the forms in which they are written: text, JSON, folded for flame graphs, and one
// stack for all threads that share it.
//
// A live process stands still while its stacks are copied, by package snapshot; walking
// and naming comes afterwards. Catcher and Writes follow processes instead, by a tracer of
// package proc, and take the stack of a thread that stands at the signal that ends its
// process, or writes what is looked for.
//
// A Sampler looks at a process any number of times; where nothing is to be stopped, it
// makes do with what /proc tells (look.go). Frames may be left without names (raw.go), for
// a Resolver to find these on another machine, which believes nothing of what it reads.
package stacks
