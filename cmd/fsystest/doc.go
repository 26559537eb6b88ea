// Command fsystest owns the options and the exit status of the regression suite for the
// kernel's interface for tracers, which regress has.
package main
