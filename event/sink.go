package event

import "errors"

// Fields is what a sink needs captured; what no sink wants is not read.
type Fields uint8

// The parts of an event that cost something to capture.
const (
	Args    Fields = 1 << iota // Call.Args with their texts
	Siginfo                    // Signal.Info beyond the number
	Stacks                     // the stacks of calls, signals and places passed
	Modules                    // the Module of every call, where it can be known
	Comms                      // Head.Comm
	Loads                      // Module events
)

// Sink takes events. Its methods are called on the ptrace thread.
type Sink interface {
	// Wants tells what the sink shows of events. It is asked once.
	Wants() Fields
	// Emit takes one event. An error ends the trace: the tracees are let
	// go and run on untraced.
	Emit(Event) error
	// Close writes what is still held back. No Emit follows.
	Close() error
}

// Tee hands each event to every sink in turn.
type Tee []Sink

// Wants returns what any of the sinks wants.
func (t Tee) Wants() Fields {
	var f Fields
	for _, s := range t {
		f |= s.Wants()
	}
	return f
}

// Emit hands the event to all sinks, also after one has failed.
func (t Tee) Emit(ev Event) error {
	var errs []error
	for _, s := range t {
		if err := s.Emit(ev); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Close closes all sinks.
func (t Tee) Close() error {
	var errs []error
	for _, s := range t {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
