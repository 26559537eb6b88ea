// Package symbolize owns what the addresses of frames are to people: the function, by
// its symbol and without the mangling, the module and the address in it, the line of the
// source, and the functions that the compiler has put into it.
//
// Symbols come from package elfsym, lines and inlined functions from the debugging
// information of the same file, separate files of it included, which is opened when the
// first frame in it is asked for. All of that takes its time: none of it is for while a
// process stands still.
//
// Code that a JIT compiler has made, which is in no file, has the names that the process
// itself has written down for perf (jit.go).
package symbolize
