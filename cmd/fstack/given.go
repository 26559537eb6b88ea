package main

import (
	"errors"
	"strconv"
	"strings"

	"sonde/stacks"
	"sonde/sysdeps"
)

// givenStacks collects the arguments of --stack.
type givenStacks []stacks.Given

// Set implements pflag.Value.
func (l *givenStacks) Set(s string) error {
	var v [3]sysdeps.Addr
	words := strings.Split(s, ",")
	bad := len(words) < 2 || len(words) > len(v)
	for i := 0; i < len(words) && !bad; i++ {
		n, err := strconv.ParseUint(strings.TrimSpace(words[i]), 0, 64)
		v[i], bad = sysdeps.Addr(n), err != nil
	}
	if bad {
		return errors.New("a stack pointer, a program counter and perhaps a frame pointer are needed, as 0x7ffe4000,0x401136,0x7ffe4020")
	}
	*l = append(*l, stacks.Given{SP: v[0], PC: v[1], FP: v[2]})
	return nil
}

// String implements pflag.Value.
func (l *givenStacks) String() string { return "" }

// Type implements pflag.Value.
func (l *givenStacks) Type() string { return "RSP,RIP,RBP" }
