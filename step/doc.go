// Package step owns what is made of a program that runs one instruction at a time:
// from where on it does, how many each thread has run, which of them are shown, and
// how. How a thread is stepped is package proc's.
package step
