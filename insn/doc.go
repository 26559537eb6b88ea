// Package insn owns the encodings of instructions: how long one is, what it does
// to the flow of control, which memory it names, and its text.
//
// It reads bytes and nothing else. What an instruction does to registers and
// memory is known to who emulates it.
package insn
