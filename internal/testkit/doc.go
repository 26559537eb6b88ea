// Package testkit owns what tests of real programs share: C and C++ sources
// compiled once per set of flags, tools run under a deadline with everything
// that they started, and Sonde's trace output read back into calls.
//
// The flow of an end-to-end test is Build (cc.go) → Command.Run (run.go) →
// ParseTrace (tracefile.go) → counts and balance, compared with what the
// program said of itself. Nothing here is imported outside tests.
package testkit
