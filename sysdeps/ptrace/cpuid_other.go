//go:build !amd64

package ptrace

// zmmHigh is for tracers on x86-64 alone.
func zmmHigh() int { return 0 }

// XSaveLayout is for core files of x86 alone.
func XSaveLayout() []byte { return nil }

// Hypervisor is for reports on x86 alone.
func Hypervisor() string { return "" }
