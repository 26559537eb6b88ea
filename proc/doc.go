// Package proc owns the traced processes, their threads and address spaces,
// and the one loop that all their stops come out of: launch, attach, detach.
//
// One goroutine, locked to one OS thread, seizes every tracee and runs the
// body of the loop (Run, Tracer.Stops), since the kernel takes a tracee's
// requests from its tracer's thread alone and handing each over costs more
// than the stop itself. Every method of this package is for that goroutine,
// except Tracer.Interrupt.
//
// A wait status is classified once (classify.go) into the closed set of stops
// in stop.go; nothing above this package sees one. Why a breakpoint is planted
// is not known here.
package proc
