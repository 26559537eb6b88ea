// Command fstack owns the command line of the printer of stacks, of processes and core
// files.
package main
