// Command fmaps owns the command line of the printer of maps of memory, of processes, core files
// and programs.
package main
