// Package regress owns the regression suite for the kernel's interface for tracers: what
// ptrace(2), wait4(2) and /proc must do for a tool such as Sonde to be right, a row each.
//
// A row is data (Row) with a body, which says in the words of T and Tracee what is asked
// of the kernel and what must come of it. Tracees are programs from the assembler, so that
// every instruction of theirs is known. A row runs in a process of its own, which the
// Suite starts, limits in time and clears up behind; what a machine lacks is found by
// probes before.
//
// Nothing here uses the tracer: the suite is to judge what that believes.
package regress
