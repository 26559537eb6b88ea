package main

import (
	"slices"

	"sonde/regress"
)

// kernel is one that is tried.
type kernel struct {
	// name is its series, as in a release's first two numbers.
	name string
	// suite is the one of Debian that has it.
	suite string
}

// kernels are tried in this order. Their packages are Debian's for clouds, which have what
// is needed built in. A suite has the newest of its series; a series that it has no more
// gives way to the one that it has.
var kernels = []kernel{
	{"5.10", "bullseye"},
	{"6.1", "bookworm"},
	{"6.12", "trixie"},
	{"7.3", "trixie-backports"},
}

// boot is a way to start a kernel, with all that is run before it is switched off.
type boot struct {
	name       string
	parameters string   // more of the kernel's (Documentation/admin-guide/kernel-parameters.txt)
	kernels    []string // nil for all
	passes     []pass
}

const nobody = 65534

var boots = []boot{
	{
		name: "usual",
		// The page that Debian's kernels do without.
		parameters: "vsyscall=xonly",
		passes: []pass{
			{Name: "root"},
			{Name: "user", UID: nobody, Args: groups("S", "P", "O", "Z", "K", "C")},
		},
	},
	{
		name:    "yama",
		kernels: []string{"6.1"},
		passes: []pass{
			{Name: "1-user", Yama: 1, UID: nobody, Args: groups("A", "S", "P")},
			{Name: "1-root", Yama: 1, Args: groups("P")},
			{Name: "2-user", Yama: 2, UID: nobody, Args: groups("P")},
			{Name: "2-root", Yama: 2, Args: groups("P")},
			{Name: "3-root", Yama: 3, Args: groups("P")},
		},
	},
	{
		name:       "emulate",
		kernels:    []string{"6.1"},
		parameters: "vsyscall=emulate",
		passes:     []pass{{Name: "root", Args: needing(regress.Vsyscall)}},
	},
	{
		// Linux 6.7 has the parameter.
		name:       "64bit",
		kernels:    []string{"6.12"},
		parameters: "vsyscall=none ia32_emulation=0",
		passes:     []pass{{Name: "root", Args: needing(regress.Vsyscall, regress.IA32)}},
	},
}

// groups are the arguments for the rows of groups.
func groups(letters ...string) (args []string) {
	for _, g := range letters {
		args = append(args, "--group="+g)
	}
	return args
}

// needing are the arguments for the rows that need one of some things.
func needing(needs ...regress.Need) (args []string) {
	for _, r := range regress.Rows() {
		if slices.ContainsFunc(r.Needs, func(n regress.Need) bool { return slices.Contains(needs, n) }) {
			args = append(args, "--run="+r.ID)
		}
	}
	return args
}

// on tells whether a kernel is started so.
func (b *boot) on(k *kernel) bool { return b.kernels == nil || slices.Contains(b.kernels, k.name) }
