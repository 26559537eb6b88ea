package main

import (
	"errors"
	"strconv"
)

// stackDetail is what -k asks for: more each time that it is given.
type stackDetail int

const (
	noStacks stackDetail = iota
	symbolStacks
	sourceStacks // with the lines of the source, and what is inlined
)

// onceMore is what pflag sets where the option has no argument.
const onceMore = "+1"

// Set takes strace's words, too.
func (d *stackDetail) Set(s string) error {
	switch s {
	case onceMore:
		*d++ // check refuses what is too much
	case "symbol":
		*d = symbolStacks
	case "source":
		*d = sourceStacks
	default:
		return errors.New("neither symbol nor source")
	}
	return nil
}

func (d *stackDetail) String() string { return strconv.Itoa(int(*d)) }
func (d *stackDetail) Type() string   { return "WHAT" }

// frames is how many frames of a stack are shown; 0: no stacks are.
func (o *options) frames() int {
	if o.Where == 0 && o.Stacks != noStacks {
		return defaultFrames
	}
	return o.Where
}
