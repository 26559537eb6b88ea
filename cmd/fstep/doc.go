// Command fstep owns the command line of the program that counts and shows the
// instructions that a program runs.
package main
