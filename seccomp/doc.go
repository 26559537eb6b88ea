// Package seccomp owns the programs of seccomp(2) by which the kernel itself tells
// the system calls that are to be traced from those that run on.
//
// A program sees a call's machine and number alone, never its arguments: so the
// kernel can find out once for each number that the answer is always to allow it,
// and does not run the program at all for those calls (seccomp_cache_prepare in
// kernel/seccomp.c, since Linux 5.11). What remains is found by binary search.
package seccomp
