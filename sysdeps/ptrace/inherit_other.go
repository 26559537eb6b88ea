//go:build !amd64

package ptrace

// atEntry has no answer: the assembly entry exists for amd64 alone.
func atEntry() (Inherited, bool) { return Inherited{}, false }
