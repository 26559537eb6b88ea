// Command fcore owns the command line of the writer of core files: of processes, which
// go on. It checks core files, too.
package main
