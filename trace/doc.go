// Package trace owns the way from stops to events: which places of a program
// to probe, what a hit there means, and what is captured of a call.
//
// It asks elfsym where the places are, has proc plant breakpoints there, keeps
// the calls that are under way in a callstack for each process, and hands
// events to a sink on the tracing thread. It makes no raw ptrace request and
// formats nothing.
package trace
