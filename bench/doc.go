// Command bench owns the comparison of Sonde with ltrace, strace, eu-stack and gdb, and
// with no tracer at all: it runs both on the same programs in turn and prints a table of
// ratios.
//
//	go run ./bench [-n RUNS] [-run REGEXP] [-sonde PATH] [-ltrace PATH]
//
// Runs alternate A B A B, so that what else the machine does falls on both; the figure
// of each side is the median of its runs, and the ratio of the two is what a
// target is set for. Times mean nothing beyond the machine they were taken on.
//
// What is measured:
//
//   - one thread: the time per call of a loop of atoi, all calls written to /dev/null.
//     "pinned" has tracer and program on one CPU by taskset(1), "free" leaves
//     them to the scheduler.
//   - 8 threads: the same with the loop in eight threads at once.
//   - gdb --version: the time from start to end by the number of calls traced, of a
//     real program. By the call, since ltrace misses three in four: those through
//     .plt.got, and without -f those of other threads.
//   - start-up: /bin/true, from start to end.
//   - values: the time per call where one argument is a string by its prototype, against
//     that where nothing is known of it and no text is read; and start-up with what
//     is known of a program's functions, against counting their calls only.
//   - counting: the time per call with -c, against that of writing the trace, what of it
//     the table takes, which is that of a Go benchmark, and what measuring the cost of
//     tracing adds to the start.
//   - system calls: the time per getppid, all of them written to /dev/null, against
//     strace -f; and of one that is left out, the kernel passing it by a filter, against
//     strace's and against no tracer.
//   - descriptors' ends: the same for lseek and recv, told with paths and addresses
//     (-yy), against strace's.
//   - system calls of a build, of short programs: from start to end, with all processes
//     followed.
//   - output: the time per call of traces that are written, as text, as JSON, as a table,
//     and to a file for each thread, against that of the same calls of which nothing is;
//     and the largest resident set after many calls, against that after a tenth of them.
//   - memory: the largest resident set of the tracer while it traces all of a program
//     with 300 libraries of 333 PLT slots each.
//   - debugging information: start-up and the largest resident set with ten functions of
//     a program with 300 MB of it, as it is and compressed, against the same without.
//   - no match: the program's own time per call when the filter matches
//     nothing, against its time untraced.
//   - stacks of a small process: the processor time of fstack from start to end, with
//     symbols alone against eu-stack, and with lines and inlined functions against
//     eu-stack -s -i.
//   - stacks of 2,000 threads: the same of a process with many, and the time for which
//     it stands still, against gdb, which stops all threads at once as fstack does.
//   - a frame: the time of one whose rule is known, against that of one whose rule has
//     to be found and read.
//   - core files: the time for which a process with 1 GiB of memory stands still, and
//     the room that core files take on the disk, against gcore.
//
// The program measures its loop itself, so start-up is not in the time per call; and
// how long it stands still, as the longest time for which a thread of it that wants to
// run every millisecond did not.
package main
