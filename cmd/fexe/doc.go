// Command fexe owns the command line of the printer of the paths of executables, of processes, core
// files and commands.
package main
