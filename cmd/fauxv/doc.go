// Command fauxv owns the command line of the printer of auxiliary vectors, of processes and core
// files.
package main
