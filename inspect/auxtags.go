package inspect

// auxForm is how a value is written.
type auxForm uint8

const (
	auxHex       auxForm = iota
	auxDecimal           // a number that people count by
	auxString            // the address of a string
	auxCode              // the address of code
	auxFeatures          // CPUID.1:EDX
	auxFeatures2         // HWCAP2_*
	auxFlags             // AT_FLAGS_*
)

type auxTag struct {
	name string
	what string
	form auxForm
}

// auxTags are the tags of include/uapi/linux/auxvec.h, and those that machines have of
// their own (arch/*/include/uapi/asm/auxvec.h).
var auxTags = map[uint64]auxTag{
	1:  {"AT_IGNORE", "to be ignored", auxHex},
	2:  {"AT_EXECFD", "descriptor of the program", auxDecimal},
	3:  {"AT_PHDR", "program headers of the program", auxHex},
	4:  {"AT_PHENT", "size of a program header", auxDecimal},
	5:  {"AT_PHNUM", "number of program headers", auxDecimal},
	6:  {"AT_PAGESZ", "size of a page", auxDecimal},
	7:  {"AT_BASE", "base address of the dynamic linker", auxHex},
	8:  {"AT_FLAGS", "flags", auxFlags},
	9:  {"AT_ENTRY", "entry point of the program", auxCode},
	10: {"AT_NOTELF", "the program is not ELF", auxDecimal},
	11: {"AT_UID", "real user id", auxDecimal},
	12: {"AT_EUID", "effective user id", auxDecimal},
	13: {"AT_GID", "real group id", auxDecimal},
	14: {"AT_EGID", "effective group id", auxDecimal},
	15: {"AT_PLATFORM", "string that names the machine", auxString},
	16: {"AT_HWCAP", "what the processor can do", auxFeatures},
	17: {"AT_CLKTCK", "ticks a second of times(2)", auxDecimal},
	18: {"AT_FPUCW", "control word of the floating-point unit", auxHex},
	23: {"AT_SECURE", "whether the program is not to trust its environment", auxDecimal},
	24: {"AT_BASE_PLATFORM", "string that names the real machine", auxString},
	25: {"AT_RANDOM", "address of 16 random bytes", auxHex},
	26: {"AT_HWCAP2", "what the processor can do, continued", auxFeatures2},
	27: {"AT_RSEQ_FEATURE_SIZE", "size of rseq(2)'s area that is in use", auxDecimal},
	28: {"AT_RSEQ_ALIGN", "alignment of rseq(2)'s area", auxDecimal},
	29: {"AT_HWCAP3", "what the processor can do, continued", auxHex},
	30: {"AT_HWCAP4", "what the processor can do, continued", auxHex},
	31: {"AT_EXECFN", "file name of the program", auxString},
	32: {"AT_SYSINFO", "entry point of system calls", auxCode},
	33: {"AT_SYSINFO_EHDR", "address of the vDSO", auxHex},
	51: {"AT_MINSIGSTKSZ", "least size of a signal stack", auxDecimal},
}

// auxBits are the names of bits, from the lowest on: those of CPUID as /proc/cpuinfo has
// them (arch/x86/include/asm/cpufeatures.h), and of arch/x86/include/uapi/asm/hwcap2.h and
// include/uapi/linux/binfmts.h.
var auxBits = map[auxForm][]string{
	auxFeatures: {
		"fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "apic", "", "sep", "mtrr", "pge", "mca", "cmov",
		"pat", "pse36", "pn", "clflush", "", "dts", "acpi", "mmx", "fxsr", "sse", "sse2", "ss", "ht", "tm", "ia64", "pbe",
	},
	auxFeatures2: {"ring3mwait", "fsgsbase"},
	auxFlags:     {"preserve-argv0"},
}
