package main

// helpText is what --help prints.
func helpText() string {
	return `Usage: sonde [OPTION]... COMMAND [ARGUMENT]...
       sonde [OPTION]... -p PID [-p PID]... [COMMAND [ARGUMENT]...]
       sonde --list [-e FILTER] [-x FILTER] [-l LIBRARY] FILE... | -p PID
       sonde --prototypes=NAME[@LIBRARY] [-F LIST]
       sonde doctor [PID | PROGRAM]...

Shows the library calls that a program makes, and its signals, while it runs.

What to trace:
  -e FILTER            these calls only (default: @MAIN)
  -l, --library=LIBRARY
                       calls into these libraries only, whoever makes them
  -x FILTER            these functions where they begin, too, whoever calls them
  -L                   no calls but what -x and -S ask for
  -S                   system calls too
      --syscalls=SET   these system calls: names, %file, %network, /REGEXP, with
                       commas between them; !SET: all others
  -z, -Z               of all calls those that succeed; those that fail
      --status=SET     those that end so: ENOENT, failed, unfinished, ...
  -P PATH              system calls that use this file, by name or descriptor
      --fds=SET        those that use these descriptors, by their numbers
      --seccomp-bpf    of a launched COMMAND let the kernel itself pass what SET
                       leaves out: far faster; see sonde(1) for what it costs
  -f                   child processes too (threads always are)
  -p PID               attach to the process PID
  -u USER              run COMMAND as USER

Output:
  -o, --output=FILE    write the trace to FILE, not to standard error; +FILE:
                       append it; '|COMMAND': let COMMAND read it
  -ff, --output-separately
                       with -o FILE, FILE.TID for each thread; -ff means -f, too
      --json           write the trace as JSON, an object a line: sonde-json(5)
  -c, -cc, --count     no trace; count calls and time, print a table at the end;
                       with -cc the shortest and longest times, percentiles
      --summary        the same table behind the trace
      --sort=KEY       its order: self (the default), total, calls, errors,
                       mean, min, p50, p90, p99, max or name
      --by=KEYS        what it tells apart: thread, caller, library
  -b, --no-signals     no lines for signals
      --signals=SET    lines for these signals alone: HUP,INT; !CHLD
  -a, --align=N        put results into column N (default: 5/8 of the width)
  -n, --indent=N       indent nested calls by N spaces each, 0 to 20
      --color=WHEN     in colours: always, never, or auto (the default), on a
                       terminal that has them
      --fit            cut lines to the width of the terminal
  -s N                 show at most N characters of a string (default: 32)
  -A N                 show at most N elements of an array (default: 4)
  -y, -yy              show what file descriptors lead to: 3</etc/passwd>; with
                       -yy the ends of sockets, too, and numbers of devices
      --names          show the names of arguments and fields: fd=3
  -v                   show structures whole
  -C, --demangle       C++ and Rust names as people read them (the default)
      --no-demangle    names as they are in the file

Each line with:
  -i                   the address that the call returns to
  -r                   the time since the line before
  -t, -tt, -ttt        the time of day; with microseconds; as seconds since 1970
  -T                   the time that the call took
  -w, --where=N        the stack, behind it: who called, N functions at most
  -k, -kk, --stack-trace[=WHAT]
                       the stack, 256 functions at most if there is no -w; with
                       -kk, or source for WHAT, the lines, and what was inlined

Other:
  -F, --config=LIST    what functions take and give, before all else that
                       says so: files and directories, with colons between them
      --prototypes=NAME[@LIBRARY]
                       run nothing; print what is known of a function and where
                       from, '*' before what counts. LIBRARY is a SONAME, or the
                       path of a file that may have debugging information
      --list           run nothing; print the places that would be traced
      --pin            keep program and tracer on one CPU: faster, less parallel
      --debug          say which way is chosen where there are several
  -h, --help           print this text
  -V, --version        print the version

-e, -l, -x, -p, -P, -F, --prototypes and what takes a SET may be repeated. Who
chooses among system calls sees these alone; with -S, -e or -l, functions too.
sonde.conf(5) tells what -F takes, and where else prototypes are looked for.

FILTER is [NAME][@@VERSION][@LIBRARY], more of them after + (also) or - (not).
A leading ! or - means: the default, @MAIN, but without these.
  NAME        a function: malloc, 'std::vector*::push_back*', /mem.*/
  LIBRARY     for -e the module that calls it, for -x the one that it is in:
              libc.so.6, a path as /usr/lib/*, or MAIN, the program itself
  * ? [...]   as in the shell; all patterns match a name whole
  /RE/, /RE/E a regular expression, basic or, with the E, extended (regex(7))
  \ "..."     take the meaning from what is special: @"ld-linux-x86-64.so.2"
For -x, NAME may be a place in the code: 0xADDRESS in the file, or FILE:LINE.

--list prints a line for each place in each FILE, a command or a path, and,
where -e, -x or -l ask for them, in the libraries that it needs (-p: that it has
in memory):
  [FILE] ADDRESS KIND POINTER MODULE FUNCTION[@@VERSION] [DEMANGLED]
FILE stands there if there are several; those that are no programs are passed
over then. Addresses are those in the file, or with -p those in memory. KIND is
  plt         a call through the procedure linkage table
  call, jump  a call or jump through POINTER, the word that has the address of
              FUNCTION
  loaded      code reads POINTER: its calls are seen at FUNCTION itself
  data        POINTER is data alone: calls through it are not traced
  entry       where FUNCTION begins
  spot        another place that -x names

Examples:
  sonde -e 'malloc+free' ls          malloc and free, whoever calls them
  sonde -e '!str*' -o trace.txt ls   the program's calls but for str*, to a file
  sonde -l libz.so.1 -l 'libpng*' x  what goes to two libraries
  sonde -L -x 'main::*' ./prog       a program's own functions, and no others
  sonde -f -tt -p 1234               attach; follow children; show the time
  sonde -e abort -w 20 ./prog        who called abort?
  sonde --status=ENOENT ./prog       which file is missing?
  sonde -f --syscalls=execve make    what a build runs
  sonde --list -e '@*' ls            all calls of ls and its libraries
  sonde doctor 1234                  can it be attached to? if not, why?

The exit status is the program's own; 127 if COMMAND is not found, 126 if it
cannot be run, 1 if tracing cannot begin, 2 if the command line is wrong.
`
}
