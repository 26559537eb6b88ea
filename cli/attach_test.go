package cli

import (
	"strings"
	"testing"

	"sonde/proc"
)

// TestMissing tells each thing that forbids to trace a process by the facts.
func TestMissing(t *testing.T) {
	const user = 1000
	own := proc.Status{UID: user, RealUID: user, GID: user, RealGID: user}
	for _, c := range []struct {
		name   string
		change func(p *permission)
		want   string
	}{
		{"a tracer", func(p *permission) { p.its.TracerPID, p.tracer = 5, "gdb" }, "already traced by process 5 (gdb)"},
		{"a tracer that cannot be seen", func(p *permission) { p.its.TracerPID = 5 }, "already traced by process 5"},
		{"the tracer comes first", func(p *permission) { p.its.TracerPID, p.its.UID = 5, 0 }, "already traced"},
		{"a user", func(p *permission) { p.its.UID, p.its.RealUID = 0, 0 }, "it runs as user 0 and you are user 1000; try as root"},
		{"a setuid program", func(p *permission) { p.its.RealUID = 7 }, "it was started by user 7"},
		{"a group", func(p *permission) { p.its.GID = 4 }, "it runs with group 4, started with 1000, and your group is 1000"},
		{"a real group", func(p *permission) { p.its.RealGID = 4 }, "it runs with group 1000, started with 4"},
		{"a user namespace", func(p *permission) { p.otherNamespace = true }, "user namespace"},
		{"one, and all rights here", func(p *permission) { p.otherNamespace, p.capable = true, ^uint64(0) }, "user namespace"},
		{"not dumpable", func(p *permission) { p.notDumpable = true }, "not dumpable"},
		{"Yama 1", func(p *permission) { p.scope = 1 }, "ptrace_scope is 1: only a process's ancestors"},
		{"Yama 2", func(p *permission) { p.scope = 2 }, "ptrace_scope is 2: attaching takes CAP_SYS_PTRACE"},
		{"Yama 3", func(p *permission) { p.scope = 3 }, "ptrace_scope is 3: nobody"},
		{"Yama 3, and all rights", func(p *permission) { p.scope, p.capable = 3, ^uint64(0) }, "ptrace_scope is 3: nobody"},
		{"capabilities", func(p *permission) { p.its.Permitted = 1 }, "--cap-add=SYS_PTRACE"},
		{"the same capabilities", func(p *permission) { p.its.Permitted, p.own.Permitted = 1, 3 }, "a security module of the kernel forbids it"},
		{"a filter", func(p *permission) { p.own.Seccomp = 2 }, "a seccomp filter around this program"},
		{"a filter, and another user", func(p *permission) { p.own.Seccomp, p.its.UID = 2, 0 }, "it runs as user 0"},
		{"another user, and all rights", func(p *permission) { p.its.UID, p.capable, p.own.Seccomp = 0, ^uint64(0), 2 }, "a seccomp filter"},
		{"a module", func(p *permission) { p.modules = "lockdown,capability,landlock,yama,apparmor\n" }, "forbids it: one of apparmor"},
	} {
		p := permission{its: own, own: own}
		c.change(&p)
		if got := p.missing(); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
