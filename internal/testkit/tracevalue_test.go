package testkit

import "testing"

func TestCheckValues(t *testing.T) {
	for _, text := range []string{
		`f() = 1`,
		`f(1, "a, b)", 'c', '\'', '"') = -1 ENOENT (No such file or directory)`,
		`f({ 1, { "x"..., 2 } }, [ 1, 2... ], [], {}) = nil`,
		`f([ "x"...... ], [ "x"..., ... ], ...) = { 1 }`,
		`f(0x10 <unreadable>, <3-5,7...>, ~<0>, std::less<int>, 1 /* , its */, -1 => 3) = "x"...`,
		`f(fd=3, { tv_sec=1, tv_nsec=2 }) = <void>`,
		`f(makedev(8, 1), EAGAIN (Try again, (please)), 1|0x20) = 0`,
		`f({ SIG_DFL, [INT], 0 }, [CHLD RT_1], ~[], ~[RTMIN RT_1]) = 0`,
		`f(main.pair[int,[]*os.File]({ 1, nil }), []int([ 1 ]), 3 [...]) = 0`,
		`f(a::{{closure}}) = 0`, `f(1, 2 <unfinished ...>`, `exit(0 <no return ...>`, `<... f resumed> ) = 1`, `<... f resumed> "x", 1) = 1`,
	} {
		l, err := ParseLine(text)
		if err == nil {
			err = CheckValues(l)
		}
		if err != nil {
			t.Error(err)
		}
	}
	for _, text := range []string{
		`f(, 1) = 0`, `f(1, ) = 0`, `f(1,, 2) = 0`, `f(1, , 2) = 0`, `f({ 1, }) = 0`, `f({ , 1 }) = 0`, `f({ 1) = 0`,
		`f([ 1 }) = 0`, `f('x) = 0`, `f(1, <unfinished ...>`, `f({ 1 <unfinished ...>`, `<... f resumed> , 1) = 0`,
		`f(1 /* x) = 0`, `f(1) = 2, 3`, `f(1) = { 2`, `f(1,2) = 0`, `f(1]) = 0`, `f([INT) = 0`,
		`f(~[INT, CHLD]) = 0`,
	} {
		l, err := ParseLine(text)
		if err != nil {
			continue // that is found before
		}
		if CheckValues(l) == nil {
			t.Errorf("%q passes", text)
		}
	}
}
