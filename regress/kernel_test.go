package regress

import (
	"os"

	"sonde/sysdeps/ptrace"
)

// Variables of the environment that say what rows' processes put between themselves and
// the kernel.
const (
	faultVar = "SONDE_REGRESS_FAULT" // the name of a mutation
	countVar = "SONDE_REGRESS_COUNT" // the file that is told what was asked for
)

// kernelInUse returns the kernel that this process is to judge.
func kernelInUse() (ptrace.Kernel, error) {
	if name := os.Getenv(faultVar); name != "" {
		return faultyKernel(name)
	}
	if file := os.Getenv(countVar); file != "" {
		return newCounter(file)
	}
	return ptrace.Direct{}, nil
}
