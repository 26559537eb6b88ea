package abi

import (
	"sonde/prototype"
	"sonde/sysdeps"
)

// SyscallAMD64 is how x86-64 code calls the kernel (psABI A.2.1).
var SyscallAMD64 = &Convention{
	Name:    "syscall",
	Model:   prototype.LP64,
	Args:    sysdeps.AMD64.SyscallArgs,
	Results: []sysdeps.Reg{sysdeps.RAX},
	arg:     syscallArg,
	result:  syscallResult,
}

// SyscallI386 is how 32-bit x86 code does (arch/x86/entry/entry_32.S), by whatever
// instruction: EBX, ECX, EDX, ESI, EDI, EBP.
var SyscallI386 = &Convention{
	Name:    "syscall",
	Model:   prototype.ILP32,
	Args:    sysdeps.I386.SyscallArgs,
	Results: []sysdeps.Reg{sysdeps.RAX},
	arg:     syscallArg,
	result:  syscallResult,
}

// syscallArg takes a register, or two for what is twice as wide.
func syscallArg(cur *Cursor, t *prototype.Type, parts []Part) Location {
	size, word := t.SizeOf(cur.conv.Model), cur.conv.Model.Word
	if size <= 0 || size > 2*word || cur.ints+(size+word-1)/word > len(cur.conv.Args) {
		cur.lost = true
		return Location{Unknown: true}
	}
	for at := 0; at < size; at += word {
		parts = cur.intPart(parts, at, min(word, size-at))
	}
	return Location{Parts: parts}
}

// syscallResult is one word: the kernel leaves no more.
func syscallResult(c *Convention, t *prototype.Type) (l Location, inMemory bool) {
	size := t.SizeOf(c.Model)
	if size <= 0 {
		return Location{}, false
	}
	if size > c.Model.Word {
		return Location{Unknown: true}, false
	}
	return Location{Parts: []Part{{Where: Integer, Reg: c.Results[0], Size: size}}}, false
}
