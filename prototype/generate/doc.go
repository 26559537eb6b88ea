// Command generate owns the way from libraries' headers to shipped prototypes: it
// writes prototype/shipped/NAME.generated.conf for each library of its table.
//
// Run it from the root of the repository:
//
//	go run ./prototype/generate [LIBRARY...|syscalls-constants.conf]
//
// It needs the libraries' development packages, gcc (with -m32) and clang.
// For each library it compiles all public headers in one translation unit:
//
//   - gcc -aux-info lists what they declare; of these it keeps what the
//     library's files export;
//   - a unit that takes the address of every such function, compiled for 64 and
//     for 32 bits, leaves their types in its debugging information;
//   - clang's syntax tree has what gcc drops: names of parameters and which of
//     them are formats.
//
// What headers do not declare but programs call (a C library's entry points for
// compilers and for its own macros, names of other releases) is declared in
// headers of our own beside the program, and goes the same way.
//
// The names that system calls' numbers have, in syscalls-constants.conf, come from the
// kernel's headers, as syscalls.txt says.
package main
