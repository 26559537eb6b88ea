// Package unwind owns the way from a function to its caller: walking a stack as a
// function of registers, memory, and the files that are mapped.
//
// A Walker goes from frame to frame. Each of them needs a row, which says where
// the caller's registers are, and rows are found once for each place in a file and
// kept: in call frame information (.eh_frame, .debug_frame), by the bytes of a
// signal's trampoline, in the table of Go's runtime, or, in code that nothing is
// said of, by following its instructions to its end or from its beginning. Where
// even these tell nothing (code that a JIT has made), the frame pointer, and then
// the stack itself, are searched for what must be a return address. How each frame
// was found stands in it: what is guessed says so.
//
// The registers of a frame, as far as they are known, are what the expressions of
// debugging information go by that tell where variables are: Locate computes those of
// a frame of the last walk, and what is not known says so.
//
// The bytes are hostile, those of files as well as the stack's: every walk ends, for
// a reason that it tells, after reads and steps that are bounded. Nothing here does
// I/O but through the sysdeps.Memory that is handed in. A Walker belongs to one
// goroutine; Images may be shared.
package unwind
