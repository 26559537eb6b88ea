// Package snapshot owns a process as it is at one moment: all its threads are
// stopped together, what is asked for is copied, and they go on.
//
// Hold stops them; while they stand still, nothing is computed that can be
// computed later. Release lets them go as they were: what was running runs, what a
// signal or job control had stopped stays stopped, and a signal that a thread was
// found at is delivered. The process notices nothing but the time, and the few
// system calls that end with EINTR whatever has woken them (signal(7)).
//
// Stacks copies what unwinding needs. Contents is what a core file says of the
// process. What needs registers is read through ptrace(2) by the thread that holds;
// memory, and what /proc tells, can be read by any.
package snapshot
