// Package inject owns the system calls that a stopped thread is made to do and that its
// program knows nothing of: what is set aside for them and put back behind them, the
// call itself, and what comes in between.
//
// SetAside, then Call as often as is needed, then the thread's own registers, then
// PutBack. Whose registers those are, and who waits for the thread, are the caller's.
package inject
