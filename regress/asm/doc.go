// Package asm owns the assembler of small x86 programs: without a library and without a
// compiler, so that every instruction of theirs is known. A Program is described in Go,
// for AMD64 or I386, and becomes the bytes of an ELF file and the addresses of its labels.
package asm
