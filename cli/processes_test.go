package cli

import "testing"

// TestInCgroup reads lines of both versions.
func TestInCgroup(t *testing.T) {
	const v2 = "0::/system.slice/nginx.service\n"
	const v1 = "4:memory,pids:/box/1\n1:name=systemd:/box\n0::/\n"
	for _, c := range []struct {
		text, group string
		want        bool
	}{
		{v2, "/system.slice/nginx.service", true},
		{v2, "/system.slice", true},
		{v2, "/", true},
		{v2, "/system.slice/nginx", false},
		{v2, "/system.slice/nginx.service/x", false},
		{v1, "/box", true},
		{v1, "/box/1", true},
		{v1, "/memory/box/1", true},
		{v1, "/pids/box", true},
		{v1, "/systemd/box", true},
		{v1, "/systemd/box/1", false},
		{v1, "/cpu/box", false},
		{"0::/box\n", "/unified/box", true},
		{"", "/", false},
		{"x\n1:2\n", "/", false},
	} {
		if got := inCgroup(c.text, c.group); got != c.want {
			t.Errorf("%q in %s: %t", c.text, c.group, got)
		}
	}
}
