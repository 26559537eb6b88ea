// Command generate owns how shells complete the command lines of Sonde's programs: it
// writes completion/bash/PROGRAM, completion/zsh/_PROGRAM and completion/fish/PROGRAM.fish
// from what the --help of each program says, and from a table of what its options take.
//
// make completion runs it.
package main
