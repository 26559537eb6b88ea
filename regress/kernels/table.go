package main

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
	{"6.1", "bookworm"},
}

// boot is a way to start a kernel, with all that is run before it is switched off.
type boot struct {
	name       string
	parameters string   // more of the kernel's (Documentation/admin-guide/kernel-parameters.txt)
	kernels    []string // nil for all
	passes     []pass
}

var boots = []boot{
	{
		name:       "usual",
		parameters: "vsyscall=xonly",
		passes: []pass{
			{Name: "root", Sysctl: yama(0)},
		},
	},
}

// yama sets the scope of the module of that name
// (Documentation/admin-guide/LSM/Yama.rst); 3 is for good.
func yama(scope int) map[string]string {
	return map[string]string{"kernel/yama/ptrace_scope": string(rune('0' + scope))}
}

// on tells whether a kernel is started so.
func (b *boot) on(k *kernel) bool {
	for _, name := range b.kernels {
		if name == k.name {
			return true
		}
	}
	return b.kernels == nil
}
