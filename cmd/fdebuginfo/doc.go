// Command fdebuginfo owns the command line of the printer of where debugging information is, of
// processes, core files and programs.
package main
