// Package breakpoint owns the probes planted in one address space: the bytes
// under them, and how a thread that hit one gets past it while the trap stays
// planted for all others.
//
// A probe is an address and an identity; what its hit means is known to whoever
// inserted it. That it is planted as a trap is known here alone.
//
// The way past an instruction (Table.Pass) is the first of these that applies:
// its effect on the registers is applied by the tracer; a relocated copy of it
// runs out of line, from a slot in the tracee; its effect on memory is applied
// by the tracer; it is stepped in place while all other threads stand still.
// None but the last costs a second stop.
package breakpoint
