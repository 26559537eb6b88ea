// Package capture owns how the arguments and results of one call are read out
// of a process.
//
// A Plan says what a function's prototype and the machine's calling convention
// mean for that: which registers, which bytes of the stack, which pointers to
// follow. It is made once. A Reader carries it out for each call, in rounds: all
// that is known to be needed is read by one process_vm_readv(2), the return
// address with it, and what that leads to by one more for each level. What is
// needed again at the return is a Record.
//
// Whatever the process's memory holds, a call costs a bounded number of bytes,
// values and requests; and nothing is shown that was not there.
package capture
