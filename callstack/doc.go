// Package callstack owns the calls that a process has entered and not left:
// matching returns with them, and dropping those that never return because
// the program went to an outer frame by longjmp, by an exception, or by a tail
// call.
//
// Frames are kept by stack area (a thread's stack, an alternate signal stack,
// a coroutine's), since coroutines change threads and stack pointers compare
// within one area alone. A frame is known by its slot, the stack word that
// holds its return address: a call lives as long as its slot holds that
// address in the live part of its stack. The package does no I/O and knows no
// process.
package callstack
