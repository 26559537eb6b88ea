package abi

import "sonde/sysdeps"

// Convention is where a function finds its integer arguments and leaves its
// integer result.
type Convention struct {
	Args   []sysdeps.Reg // in order; further ones are on the stack
	Result sysdeps.Reg
}

// SysVAMD64 is the System V convention for x86-64 (psABI, 3.2.3).
var SysVAMD64 = &Convention{
	Args:   []sysdeps.Reg{sysdeps.RDI, sysdeps.RSI, sysdeps.RDX, sysdeps.RCX, sysdeps.R8, sysdeps.R9},
	Result: sysdeps.RAX,
}
