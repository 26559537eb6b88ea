// Command kernels owns the trial of other kernels than the one that runs: it boots Debian's
// packages of them in an emulated machine, runs fsystest there, and compares the verdicts
// with those that are kept in verdicts/.
//
// Run it from the root of the repository:
//
//	go run ./regress/kernels
//
// The machine is emulated without help of the processor's, so that none is needed, and a
// kernel cannot take the host along. In it this program is /init, the first process
// (guest.go): it prepares the machine, runs fsystest once for each pass, and writes what
// comes of it to the second serial port; the first has the console.
package main
