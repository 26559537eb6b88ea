package sysdeps

import "testing"

func TestAddrString(t *testing.T) {
	for _, c := range []struct {
		a    Addr
		want string
	}{
		{0, "0x0"},
		{0x401abc, "0x401abc"},
		{^Addr(0), "0xffffffffffffffff"},
	} {
		if got := c.a.String(); got != c.want {
			t.Errorf("%d: %s, want %s", uint64(c.a), got, c.want)
		}
	}
}

func TestPages(t *testing.T) {
	for _, c := range []struct{ a, down, up Addr }{
		{0, 0, 0},
		{1, 0, 0x1000},
		{0xfff, 0, 0x1000},
		{0x1000, 0x1000, 0x1000},
		{0x1001, 0x1000, 0x2000},
		{0x7fff12345678, 0x7fff12345000, 0x7fff12346000},
		{0xfffffffffffff000, 0xfffffffffffff000, 0xfffffffffffff000},
		{0xffffffffffffffff, 0xfffffffffffff000, 0}, // no page starts behind the last
	} {
		if down, up := c.a.PageDown(), c.a.PageUp(); down != c.down || up != c.up {
			t.Errorf("%v: down %v, up %v, want %v, %v", c.a, down, up, c.down, c.up)
		}
	}
}
