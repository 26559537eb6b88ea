package unwind

import (
	"fmt"

	"sonde/sysdeps"
)

// Reason is why a walk ended.
type Reason uint8

const (
	// Outermost: that was all; the program says that nothing called the last frame.
	Outermost Reason = iota
	// Enough: nobody asked for more.
	Enough
	// Limit: there are more frames than the walker's limit.
	Limit
	// NoMemory: what is at Addr could not be read.
	NoMemory
	// NoRule: nothing tells how to get on from the last frame.
	NoRule
	// Unknown: that depends on a register of the last frame which nothing tells of.
	Unknown
	// NoCode: the return address Addr is not one of code.
	NoCode
	// Backwards: the caller's frame at Addr would be where frames were before.
	Backwards
	// Damaged: what the file says of the last frame makes no sense.
	Damaged
	// Work: finding the frames takes more steps than the walker's bound.
	Work
)

// Stop is why, and where, a walk ended.
type Stop struct {
	Reason Reason
	PC     sysdeps.Addr // of the last frame
	Addr   sysdeps.Addr // what the reason concerns
	Err    error        // what lies behind it; nil where there is nothing more to say
}

// Complete tells that the walk came to the end of the stack.
func (s *Stop) Complete() bool { return s.Reason == Outermost }

// Error returns the reason as a sentence.
func (s *Stop) Error() string {
	text := s.sentence()
	if s.Err != nil {
		return fmt.Sprintf("%s: %v", text, s.Err)
	}
	return text
}

// Unwrap returns what lies behind the reason.
func (s *Stop) Unwrap() error { return s.Err }

func (s *Stop) sentence() string {
	switch s.Reason {
	case Outermost:
		return fmt.Sprintf("nothing called the function at %v", s.PC)
	case Enough:
		return "no more frames were asked for"
	case Limit:
		return "there are more frames than the limit"
	case NoMemory:
		return fmt.Sprintf("the memory at %v, which the frame at %v needs, cannot be read", s.Addr, s.PC)
	case NoRule:
		return fmt.Sprintf("nothing tells how the function at %v was called", s.PC)
	case Unknown:
		return fmt.Sprintf("how the function at %v was called depends on a register that is not known", s.PC)
	case NoCode:
		return fmt.Sprintf("the function at %v would return to %v, where no code is", s.PC, s.Addr)
	case Backwards:
		return fmt.Sprintf("the frame that called %v would be at %v, where the stack has been already", s.PC, s.Addr)
	case Damaged:
		return fmt.Sprintf("what the file says of the function at %v makes no sense", s.PC)
	case Work:
		return fmt.Sprintf("the function at %v takes too many steps to leave", s.PC)
	}
	return "the walk ended"
}
