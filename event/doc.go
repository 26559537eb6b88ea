// Package event owns the vocabulary between tracing and showing: what happened
// in a traced program, as values that need no process to be read.
//
// Events are made by package trace on the ptrace thread and handed to a Sink
// there, in the order in which they were seen. An event, and all that it
// points to, is valid until Emit returns; a sink that keeps one copies it.
package event
