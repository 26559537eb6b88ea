// Package filter owns the languages in which users say what they want to see:
// the functions of -e, -x and -l, in ltrace's, and the sets of system calls,
// signals, descriptors and statuses, in strace's.
package filter
