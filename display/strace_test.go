package display

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"sonde/event"
	"sonde/prototype"
)

// The types of the cases of system calls.
var (
	tMode = set(4, prototype.Oct, "S_IFREG", 0o100000, 0o170000, "S_IFDIR", 0o040000, 0o170000,
		"S_IFCHR", 0o020000, 0o170000, "S_ISUID", 0o4000, 0, "S_ISVTX", 0o1000, 0)
	tAccess  = set(4, prototype.Plain, "F_OK", 0, 0, "R_OK", 4, 0, "W_OK", 2, 0)
	tSigset  = &prototype.Type{Kind: prototype.Int, Size: 8, Unsigned: true, Lens: prototype.SignalSet}
	tSigset4 = &prototype.Type{Kind: prototype.Int, Size: 4, Unsigned: true, Lens: prototype.SignalSet}
	tDevice  = &prototype.Type{Kind: prototype.Int, Size: 8, Unsigned: true, Lens: prototype.Device}
	tStatus  = &prototype.Type{Kind: prototype.Int, Size: 4, Lens: prototype.WaitStatus}
	tRequest = &prototype.Type{Kind: prototype.Int, Size: 4, Unsigned: true, Lens: prototype.Request}
	tUlong8  = &prototype.Type{Kind: prototype.Int, Size: 8, Unsigned: true}
	tTime    = lensed(tLong, prototype.Time)
	tClock   = enumOf(prototype.Plain, "CLOCK_REALTIME", 0, "CLOCK_MONOTONIC", 1)
	tSignum  = enumOf(prototype.Plain, "SIGHUP", 1, "SIGTERM", 15)
	tAtFD    = enumOf(prototype.Descriptor, "AT_FDCWD", -100)
	tHandler = enumOf(prototype.Symbol, "SIG_DFL", 0, "SIG_IGN", 1)
)

func enumOf(lens prototype.Lens, entries ...any) *prototype.Type {
	n := &prototype.Names{}
	for ; len(entries) > 0; entries = entries[2:] {
		n.Known = append(n.Known, prototype.Name{Name: entries[0].(string), Value: uint64(entries[1].(int)), Mask: 1<<64 - 1})
	}
	return &prototype.Type{Kind: prototype.Int, Size: 4, Lens: lens, Names: n}
}

// verbosely makes the last n fields of a struct Verbose.
func verbosely(n int, v prototype.Value) prototype.Value {
	t := *v.Type
	t.Fields = make([]prototype.Field, len(v.Elems))
	for i := len(v.Elems) - n; i < len(v.Elems); i++ {
		t.Fields[i].Verbose = true
	}
	v.Type = &t
	return v
}

func counting(n uint64, unit string, v prototype.Value) prototype.Value {
	t := *v.Type
	t.Lens, t.Unit = prototype.Sized, unit
	v.Type, v.Count = &t, n
	return v
}

func timespec(lens prototype.Lens, sec, nsec int64) prototype.Value {
	return tree(prototype.Struct, lens, named("tv_sec", num(tTime, sec)), named("tv_nsec", num(tLong, nsec)))
}

func straceShown(verbose bool) straceValues {
	p := shown()
	p.utf8, p.verbose = true, verbose // of utf8 strace takes no notice
	return straceValues{values: &p}
}

// TestStraceSpelling has values as strace 6.1 has printed them.
func TestStraceSpelling(t *testing.T) {
	p := straceShown(false)
	for _, c := range []showCase{
		{"NULL", address(tString, 0, prototype.Captured), "NULL"},
		{"NULL, of a struct", address(tAddr, 0, prototype.NotFollowed), "NULL"},
		{"address", address(tAddr, 0x1000, prototype.Captured), "0x1000"},
		{"bad string", address(tString, 1, prototype.Unreadable), "0x1"},
		{"later", address(tString, 0x7ffc, prototype.Later), "0x7ffc"},
		{"untyped", prototype.Value{Word: 255}, "0xff"},
		{"untyped, 0", prototype.Value{}, "0"},
		{"untyped, -1", prototype.Value{Word: 1<<64 - 1}, "0xffffffffffffffff"},
		{"untyped, -1 of four bytes", prototype.Value{Word: 1<<64 - 1, Size: 4}, "0xffffffff"},

		{"string", text(tString, "/a\a\b\t\n\v\f\r\x01\x012\x7f\x80\xffgr\u00f6\u00dfe\"'\\"), `"/a\7\10\t\n\v\f\r\1\0012\177\200\377gr\303\266\303\237e\"'\\"`},
		{"string, NUL", text(tString, "\x001\x008\x009"), `"\0001\08\09"`},
		{"string, as long as -s", text(tString, "01234567890123456789012345678901"), `"01234567890123456789012345678901"`},
		{"string, longer", text(tString, "012345678901234567890123456789012"), `"01234567890123456789012345678901"...`},
		{"string, more", more(text(tString, "a")), `"a"...`},
		{"string, in place", text(tFixed, "ab"), `"ab"`},

		{"number", num(tInt, -5), "-5"},
		{"number, hex", num(lensed(tInt, prototype.Hex), 5), "0x5"},
		{"number, hex, 0", num(lensed(tInt, prototype.Hex), 0), "0"},
		{"permissions", num(lensed(tInt, prototype.Oct), 0o644), "0644"},
		{"permissions, 0", num(lensed(tInt, prototype.Oct), 0), "000"},
		{"permissions, 7", num(lensed(tInt, prototype.Oct), 7), "007"},
		{"permissions, 04755", num(lensed(tInt, prototype.Oct), 0o4755), "04755"},
		{"mode", num(tMode, 0o100644), "S_IFREG|0644"},
		{"mode, nothing", num(tMode, 0o020000), "S_IFCHR|000"},
		{"mode, bits", num(tMode, 0o045777), "S_IFDIR|S_ISUID|S_ISVTX|0777"},
		{"mode, unknown", num(tMode, 0o170644), "0170644"},
		{"mode, none", num(tMode, 0), "000"},
		{"flags", num(tOpen, 0o101), "O_WRONLY|O_CREAT"},
		{"flags, rest", num(tOpen, 0x80000040), "O_RDONLY|O_CREAT|0x80000000"},
		{"flags, zero", num(tProt, 0), "PROT_NONE"},
		{"flags, unknown", num(tProt, 0x100), "0x100 /* PROT_??? */"},
		{"flags, zero without name", num(set(4, prototype.Plain, "A_B", 1, 0), 0), "0"},
		{"flags, all", num(tProt, -1), "PROT_READ|PROT_WRITE|0xfffffffc"},
		{"flags, nothing in common", num(tAccess, 8), "0x8"},
		{"flags, unknown, one name", num(set(4, prototype.Plain, "EPOLL_CLOEXEC", 0x80000, 0), 1), "0x1 /* EPOLL_??? */"},
		{"enum, unknown, one name", num(enumOf(prototype.Plain, "PR_ANY", 7), 1), "1"},
		{"enum", num(tClock, 1), "CLOCK_MONOTONIC"},
		{"enum, unknown", num(tClock, 77), "0x4d /* CLOCK_??? */"},
		{"enum, -1", num(tClock, -1), "0xffffffff /* CLOCK_??? */"},
		{"signal", num(tSignum, 15), "SIGTERM"},
		{"signal, none", num(tSignum, 99), "99"},
		{"descriptor of a directory", num(tAtFD, -100), "AT_FDCWD"},
		{"descriptor of a directory, -y", withText(num(tAtFD, -100), "</tmp>"), "AT_FDCWD</tmp>"},
		{"descriptor", num(tAtFD, 5), "5"},
		{"descriptor, -y", withText(num(tAtFD, 5), "</etc/passwd>"), "5</etc/passwd>"},
		{"handler", num(tHandler, 1), "SIG_IGN"},
		{"enum, hex", num(enumOf(prototype.Hex, "SIG_DFL", 0, "SIG_IGN", 1), 0x401000), "0x401000"},
		{"handler, an address", withText(num(tHandler, 0x401000), "handler"), "0x401000"},
		{"function", withText(address(lensed(tAddr, prototype.Symbol), 0x401000, prototype.Captured), "main"), "0x401000"},

		{"signals, none", num(tSigset, 0), "[]"},
		{"signals", num(tSigset, 0x4002), "[INT TERM]"},
		{"signals, real-time", num(tSigset, 0x80000001|1<<40), "[HUP RTMIN RT_9]"},
		{"signals, all", num(tSigset, -1), "~[]"},
		{"signals, all but", num(tSigset, ^0x40100), "~[KILL STOP]"},
		{"signals, two thirds", num(tSigset, 1<<42-1), "[HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS RTMIN RT_1 RT_2 RT_3 RT_4 RT_5 RT_6 RT_7 RT_8 RT_9 RT_10]"},
		{"signals, more", num(tSigset, 1<<43-1), "~[RT_12 RT_13 RT_14 RT_15 RT_16 RT_17 RT_18 RT_19 RT_20 RT_21 RT_22 RT_23 RT_24 RT_25 RT_26 RT_27 RT_28 RT_29 RT_30 RT_31 RT_32]"},
		{"signals, 32 of them", num(tSigset4, ^1), "~[HUP]"},
		{"signals, at an address", ptr(num(tSigset, 2)), "[INT]"},

		{"device", num(tDevice, 0x801), "makedev(0x8, 0x1)"},
		{"device, 0", num(tDevice, 0xfe00), "makedev(0xfe, 0)"},
		{"device, great", num(tDevice, 0x11112c70), "makedev(0x12c, 0x11170)"},
		{"request", num(tRequest, 0x80085a02), "_IOC(_IOC_READ, 0x5a, 0x2, 0x8)"},
		{"request, none", num(tRequest, 0), "_IOC(_IOC_NONE, 0, 0, 0)"},

		{"exited", ptr(num(tStatus, 0)), "[{WIFEXITED(s) && WEXITSTATUS(s) == 0}]"},
		{"exited, 7", ptr(num(tStatus, 0x700)), "[{WIFEXITED(s) && WEXITSTATUS(s) == 7}]"},
		{"killed", ptr(num(tStatus, 9)), "[{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}]"},
		{"killed, core", ptr(num(tStatus, 0x8b)), "[{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}]"},
		{"stopped", ptr(num(tStatus, 0x137f)), "[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}]"},
		{"continued", ptr(num(tStatus, 0xffff)), "[{WIFCONTINUED(s)}]"},
		{"stopped by a call", ptr(num(tStatus, 0x857f)), "[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP | 0x80}]"},
		{"stopped by an event", ptr(num(tStatus, 0x4057f)), "[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP}|PTRACE_EVENT_EXEC<<16]"},
		{"stopped by who knows", ptr(num(tStatus, 0x50007f)), "[{WIFSTOPPED(s) && WSTOPSIG(s) == 0}|0x50<<16]"},

		{"int, at an address", ptr(num(tInt, 4)), "[4]"},
		{"int, changed", changed(ptr(num(tInt, 28)), ptr(num(tInt, 16))), "[28 => 16]"},
		{"int, unchanged", changed(ptr(num(tInt, 16)), ptr(num(tInt, 16))), "[16]"},
		{"int, gone", changed(ptr(num(tInt, 28)), address(tAddr, 0x1000, prototype.NotFollowed)), "[28] => 0x1000"},
		{"address, at an address", ptr(address(tAddr, 0x1000, prototype.Captured)), "[0x1000]"},
		{"NULL, at an address", ptr(address(tAddr, 0, prototype.Captured)), "[NULL]"},
		{"unreadable, at an address", ptr(address(tInt, 0x601000, prototype.Unreadable)), "0x601000"},
		{"time, at an address", ptr(num(tTime, 1795257455)), "[1795257455 /* 2026-11-21T10:37:35+0000 */]"},

		{"struct", timespec(prototype.Plain, 1, 0), "{tv_sec=1, tv_nsec=0}"},
		{"struct, at an address", ptr(timespec(prototype.Plain, 1795257455, 5)), "{tv_sec=1795257455, tv_nsec=5}"},
		{"struct, a moment", timespec(prototype.Time, 1700000000, 5), "{tv_sec=1700000000, tv_nsec=5} /* 2023-11-14T22:13:20.000000005+0000 */"},
		{"struct, no moment", timespec(prototype.Time, 0, 0), "{tv_sec=0, tv_nsec=0}"},
		{"struct, a moment by name", tree(prototype.Struct, prototype.Time, num(tLong, 0), num(enumOf(prototype.Plain, "UTIME_NOW", 1<<30-1), 1<<30-1)), "UTIME_NOW"},
		{"struct, a moment without a name", tree(prototype.Struct, prototype.Time, named("tv_sec", num(tLong, 1700000000)), named("tv_nsec", num(enumOf(prototype.Plain, "UTIME_NOW", 1<<30-1, "UTIME_OMIT", 1<<30-2), 5))), "{tv_sec=1700000000, tv_nsec=5} /* 2023-11-14T22:13:20.000000005+0000 */"},
		{"struct, changed", changed(ptr(timespec(prototype.Plain, 1, 0)), ptr(timespec(prototype.Plain, 0, 9))), "{tv_sec=1, tv_nsec=0} => {tv_sec=0, tv_nsec=9}"},
		{"struct, verbose", verbosely(1, strct(named("st_mode", num(tMode, 0o100644)), named("st_size", num(tLong, 5)), named("st_uid", num(tInt, 0)))), "{st_mode=S_IFREG|0644, st_size=5, ...}"},
		{"struct, all verbose", verbosely(2, strct(num(tInt, 1), num(tInt, 2))), "{...}"},
		{"struct, hidden", strct(named("a", num(tInt, 1)), named("b", num(lensed(tInt, prototype.Hide), 2))), "{a=1}"},
		{"struct in a struct", strct(named("it_value", timespec(prototype.Plain, 1, 0))), "{it_value={tv_sec=1, tv_nsec=0}}"},
		{"struct without a name", strct(named("a", num(tInt, 1)), strct(named("b", num(tInt, 2)), named("c", num(tInt, 3))), named("d", num(tInt, 4))), "{a=1, b=2, c=3, d=4}"},
		{"union without a name", strct(named("a", num(tInt, 1)), tree(prototype.Union, prototype.Plain, num(tInt, 9), named("b", num(tInt, 2)))), "{a=1, b=2}"},
		{"struct without a name, verbose", strct(named("a", num(tInt, 1)), verbosely(1, strct(named("b", num(tInt, 2)), named("c", num(tInt, 3)))), named("d", num(tInt, 4))), "{a=1, b=2, d=4, ...}"},
		{"struct, bare", tree(prototype.Struct, prototype.Bare, named("s_addr", num(tInt, 1))), "1"},
		{"struct, unknown", prototype.Value{Type: &prototype.Type{Kind: prototype.Struct}}, "{...}"},
		{"struct, half of it", ptr(strct(named("a", num(tInt, 1)), named("b", address(tInt, 0x601004, prototype.Unreadable)))), "0x601000"},
		{"struct, half of a struct in it", ptr(strct(named("a", strct(named("b", num(tInt, 1)), named("c", address(tInt, 0x601004, prototype.Unreadable)))))), "0x601000"},
		{"struct, a pointer to nowhere in it", ptr(strct(named("a", prototype.Value{Type: &prototype.Type{Kind: prototype.Pointer, Elem: tInt}, Word: 8, Size: 8, State: prototype.Unreadable}))), "{a=0x8}"},
		{"array, no element of it", ptr(more(array())), "0x601000"},
		{"array, half an element", ptr(array(strct(named("a", num(tInt, 1)), named("b", address(tInt, 0x601004, prototype.Unreadable))))), "0x601000"},
		{"struct that cannot be read", address(strct(num(tInt, 1)).Type, 0x601000, prototype.Unreadable), "0x601000"},
		{"port", num(lensed(&prototype.Type{Kind: prototype.Int, Size: 2, Unsigned: true}, prototype.Network), 0x5000), "htons(80)"},
		{"port of four bytes", num(lensed(tUint, prototype.Network), 0x05000000), "htonl(5)"},
		{"address of IPv4", named("sin_addr", num(lensed(tUint, prototype.Inet), 0x0100007f)), `inet_addr("127.0.0.1")`},
		{"address of IPv6", strct(named("sin6_addr", wide(lensed(tUint128, prototype.Inet), 1<<56, 0)), named("b", num(tInt, 1))), `{inet_pton(AF_INET6, "::1", &sin6_addr), b=1}`},

		{"array", array(ints(3, 4)...), "[3, 4]"},
		{"array, at an address", ptr(array(ints(3, 4)...)), "[3, 4]"},
		{"array, empty", array(), "[]"},
		{"array, more", more(array(ints(3, 4)...)), "[3, 4, ...]"},
		{"array, nothing of it", more(array()), "[...]"},
		{"array of strings", ptr(array(text(tString, "ls"), more(text(tString, "/usr")))), `["ls", "/usr"...]`},
		{"array of structs", array(strct(named("fd", num(tInt, 3))), strct(named("fd", num(tInt, -1)))), "[{fd=3}, {fd=-1}]"},
		{"bits", ptr(tree(prototype.Array, prototype.Bitvec, num(tUlong8, 0x25), num(tUlong8, 1))), "[0 2 5 64]"},
		{"bits, none", ptr(tree(prototype.Array, prototype.Bitvec, num(tUlong8, 0))), "[]"},
		{"path of a socket", socketName("/run/s\x00\x00"), `"/run/s"`},
		{"abstract name of a socket", socketName("\x00ab\x00"), `@"ab\0"`},
		{"number that is no multiple", num(lensed(tUlong8, prototype.Kilo), 1024), "1024"},
		{"offset in pages", num(lensed(tUlong8, prototype.Pages), 0x22), "0x22000"},
		{"multiple of 1024", num(lensed(tUlong8, prototype.Kilo), 8<<20), "8192*1024"},
		{"no ticks", num(lensed(tLong, prototype.Ticks), 0), "0"},
		{"ticks", num(lensed(tLong, prototype.Ticks), 205), "205 /* 2.05 s */"},
		{"bits of a word", num(lensed(tUlong8, prototype.Bitvec), 3), "[0 1]"},
		{"bytes", ptr(more(bytesOf(tChar, 0xf6, 0xfd, 2))), `"\xf6\xfd\x02"...`},
		{"bytes of a handle", bytesOf(tUchar, 0xf6, 0xfd, 2), "0xf6fd02"},
		{"environment", ptr(counting(20, "vars", array(text(tString, "A=b")))), "0x601000 /* 20 vars */"},
		{"environment of one", ptr(counting(1, "vars", array(text(tString, "A=b")))), "0x601000 /* 1 var */"},
		{"environment without an end", ptr(counting(0, "vars", more(array(text(tString, "A=b"))))), "0x601000"},
		{"directory", ptr(counting(1, "entries", array(strct()))), "0x601000 /* 1 entries */"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(p.value(nil, &c.v)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func bytesOf(t *prototype.Type, bytes ...int64) prototype.Value {
	v := array()
	v.Type.Elem = lensed(t, prototype.Hex)
	for _, c := range bytes {
		v.Elems = append(v.Elems, num(v.Type.Elem, c))
	}
	return v
}

// TestClone holds that clone's arguments have strace's order and names, in whatever
// order they are passed.
func TestClone(t *testing.T) {
	p := straceShown(false)
	args := []prototype.Value{
		named("flags", num(tOpen, 0o101)), named("child_stack", address(tAddr, 0, prototype.Captured)),
		named("parent_tid", ptr(num(tInt, 7))), named("child_tidptr", address(tAddr, 0x1000, prototype.Captured)),
		named("tls", num(lensed(tInt, prototype.Hide), 0)), num(tInt, 5),
	}
	const want = "child_stack=NULL, flags=O_WRONLY|O_CREAT, parent_tid=[7], child_tidptr=0x1000, 5"
	if got, comma := p.cloneList(nil, args, false); string(got) != want || !comma {
		t.Errorf("%s (comma %v), want %s", got, comma, want)
	}
	got, comma := p.cloneList(nil, args[:2], false)
	if got, _ = p.cloneList(got, args[2:], comma); string(got) != want {
		t.Errorf("in two parts: %s, want %s", got, want)
	}
}

// TestAsides has calls whose outcome stands behind the result.
func TestAsides(t *testing.T) {
	aside := func(unit string, v prototype.Value) prototype.Value {
		t := *v.Type
		t.Lens, t.Unit = prototype.Aside, unit
		v.Type = &t
		if v.Was != nil {
			was := *v.Was
			was.Type, v.Was = &t, &was
		}
		return v
	}
	pollfd := func(fd, events, revents int64) prototype.Value {
		return strct(named("fd", num(tInt, fd)), named("events", num(tShort, events)), named("revents", num(tShort, revents)))
	}
	bits := func(word int64) prototype.Value {
		return ptr(tree(prototype.Array, prototype.Bitvec, num(tUlong8, word)))
	}
	paths := func(v prototype.Value, text string) prototype.Value {
		v.Elems[0].Text = []byte(text)
		return v
	}
	null := address(ptr(num(tInt, 1)).Type, 0, prototype.Captured)
	for _, c := range []struct {
		name   string
		result int64
		errno  int
		rest   []prototype.Value
		want   string
	}{
		{
			"poll", 1, 0,
			[]prototype.Value{aside("", changed(ptr(array(pollfd(5, 1, 0), pollfd(6, 5, 0))), ptr(array(pollfd(5, 1, 0), pollfd(6, 5, 4))))), num(tUint, 2), num(tInt, 0)},
			"[{fd=5, events=1}, {fd=6, events=5}], 2, 0) = 1 ([{fd=6, revents=4}])",
		},
		{
			"poll, no event", 0, 0,
			[]prototype.Value{aside("", changed(ptr(array(pollfd(5, 1, 0))), ptr(array(pollfd(5, 1, 0))))), num(tUint, 1)},
			"[{fd=5, events=1}], 1) = 0 (Timeout)",
		},
		{"poll, nothing asked", 0, 0, []prototype.Value{aside("", null), num(tUint, 0)}, "NULL, 0) = 0 (Timeout)"},
		{
			"poll, interrupted", -1, 516,
			[]prototype.Value{aside("", ptr(array(pollfd(5, 1, 0)))), num(tUint, 1)},
			"[{fd=5, events=1}], 1) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)",
		},
		{
			"poll, bad", -1, 14,
			[]prototype.Value{aside("", address(null.Type, 1, prototype.Unreadable)), num(tUint, 1)},
			"0x1, 1) = -1 EFAULT (Bad address)",
		},
		{
			"ppoll", 1, 0,
			[]prototype.Value{aside("", changed(ptr(array(pollfd(6, 4, 0))), ptr(array(pollfd(6, 4, 4))))), aside("left", changed(ptr(timespec(prototype.Plain, 1, 0)), ptr(timespec(prototype.Plain, 0, 9))))},
			"[{fd=6, events=4}], {tv_sec=1, tv_nsec=0}) = 1 ([{fd=6, revents=4}], left {tv_sec=0, tv_nsec=9})",
		},
		{
			"select", 1, 0,
			[]prototype.Value{aside("in", changed(bits(32), bits(0))), aside("out", changed(bits(64), bits(64))), aside("except", null), aside("left", changed(ptr(timespec(prototype.Plain, 0, 9)), ptr(timespec(prototype.Plain, 0, 8))))},
			"[5], [6], NULL, {tv_sec=0, tv_nsec=9}) = 1 (out [6], left {tv_sec=0, tv_nsec=8})",
		},
		{
			"select, no time given", 2, 0,
			[]prototype.Value{aside("in", changed(bits(32), bits(32))), aside("out", changed(bits(64), bits(64))), aside("left", null)},
			"[5], [6], NULL) = 2 (in [5], out [6])",
		},
		{
			"select, by what the descriptors lead to", 1, 0,
			[]prototype.Value{aside("in", changed(paths(bits(40), "</a>\x00<\x1b>\x00"), bits(8)))},
			`[3</a> 5<\033>]) = 1 (in [3])`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			text := NewText(NewWriter(&out, true), TextOptions{Strings: 32, Start: start})
			text.Emit(&event.Call{Kind: event.System, ID: 1, Module: "SYS", Name: "f", Args: atCall(c.rest)})
			text.Emit(&event.Return{Kind: event.System, ID: 1, Module: "SYS", Name: "f", Result: num(tLong, c.result), Errno: c.errno, Rest: c.rest})
			text.Close()
			if got, want := out.String(), "f@SYS("+c.want+"\n"; got != want {
				t.Errorf("%swant %s", got, want)
			}
		})
	}
}

// atCall returns arguments as they are at the call, by what they are at the return:
// those that are aside come later.
func atCall(rest []prototype.Value) []prototype.Value {
	args := slices.Clone(rest)
	for i := range args {
		v := &args[i]
		if v.Was == nil && !isAside(v) {
			continue
		}
		if v.Was == nil { // the call has failed
			v.Was = &rest[i]
		}
		v.State, v.Elems = prototype.Later, nil
	}
	return args
}

// TestTwoLines has calls that others come between: what is known of their arguments
// stands where they begin.
func TestTwoLines(t *testing.T) {
	flags := func(n int64) prototype.Value { return ptr(strct(named("flags", num(tInt, n)))) }
	waits := ptr(array(strct(named("fd", num(tInt, 5)), named("events", num(tShort, 1)))))
	came := ptr(array(strct(named("fd", num(tInt, 5)), named("revents", num(tShort, 4)))))
	lens := *waits.Type
	lens.Lens = prototype.Aside
	waits.Type, came.Type = &lens, &lens
	size := strct(named("name", num(tInt, 0)), named("length", num(tInt, 110)))
	size.Type.Fields = []prototype.Field{{Name: "name"}, {Name: "length", InOut: true}}
	size.Elems[0].State = prototype.Later
	length := changed(num(tInt, 110), num(tInt, 6))
	for _, c := range []struct {
		name        string
		rest        []prototype.Value
		first, then string
	}{
		{"nothing changes", []prototype.Value{num(tInt, 1), num(tInt, 2)}, "1, 2 <unfinished ...>", ") = 1"},
		{"poll", []prototype.Value{changed(waits, came), num(tInt, -1)}, "[{fd=5, events=1}], -1 <unfinished ...>", ") = 1 ([{fd=5, revents=4}])"},
		{"a struct", []prototype.Value{changed(flags(1), flags(2)), num(tInt, 8)}, "{flags=1} <unfinished ...>", " => {flags=2}, 8) = 1"},
		{"a struct behind a word", []prototype.Value{num(tInt, 3), changed(flags(1), flags(2))}, "3, {flags=1} <unfinished ...>", " => {flags=2}) = 1"},
		{"a struct that stays", []prototype.Value{changed(flags(1), flags(1)), num(tInt, 8)}, "{flags=1} <unfinished ...>", ", 8) = 1"},
		{"a struct of which nothing is said", []prototype.Value{changed(flags(1), ptr(strct())), num(tInt, 8)}, "{flags=1} <unfinished ...>", ", 8) = 1"},
		{"none", []prototype.Value{changed(address(flags(1).Type, 0, prototype.Captured), address(flags(1).Type, 0, prototype.Captured))}, "NULL <unfinished ...>", ") = 1"},
		{"a number", []prototype.Value{num(tInt, 3), changed(ptr(num(tInt, 16)), ptr(num(tInt, 2)))}, "3,  <unfinished ...>", "[16 => 2]) = 1"},
		{"a field", []prototype.Value{changed(ptr(size), ptr(strct(named("name", num(tInt, 7)), named("length", length)))), num(tInt, 8)}, " <unfinished ...>", "{name=7, length=110 => 6}, 8) = 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			text := NewText(NewWriter(&out, true), TextOptions{Strings: 32, Start: start})
			other := event.Call{Head: event.Head{TID: 2}, Kind: event.System, ID: 2, Module: "SYS", Name: "g", NoReturn: true}
			args := atCall(c.rest)
			later := slices.IndexFunc(args, func(v prototype.Value) bool { return v.State == prototype.Later })
			rest := c.rest[len(c.rest):]
			if later >= 0 {
				rest = slices.Clone(c.rest[later:])
			}
			if len(rest) > 0 && len(rest[0].Was.Elems) > 0 && changesFields(&rest[0].Was.Elems[0]) {
				rest[0].Was = nil // the fields have theirs
			}
			text.Emit(&event.Call{Head: event.Head{TID: 1}, Kind: event.System, ID: 1, Module: "SYS", Name: "f", Args: args})
			text.Emit(&other)
			text.Emit(&event.Return{Head: event.Head{TID: 1}, Kind: event.System, ID: 1, Module: "SYS", Name: "f", Result: num(tLong, 1), Rest: rest})
			text.Close()
			want := "f@SYS(" + c.first + "\n[pid 2] g@SYS() = ?\n[pid 1] <... f@SYS resumed>" + c.then + "\n"
			if got := out.String(); got != want {
				t.Errorf("%swant\n%s", got, want)
			}
		})
	}
}

// TestStraceLists has structs without the names of their fields, and what goes with them.
func TestStraceLists(t *testing.T) {
	listed := func(unit string, fields ...prototype.Value) prototype.Value {
		v := tree(prototype.Struct, prototype.Listed, fields...)
		v.Type.Unit, v.Type.Complete = unit, true
		return v
	}
	hide := num(lensed(tInt, prototype.Hide), 7)
	head := strct(named("len", num(tInt, 16)))
	one := array(num(tInt, 5))
	one.Type.Lens = prototype.Bare
	two := array(num(tInt, 5), num(tInt, 6))
	two.Type.Lens = prototype.Bare
	mac := array(num(tInt, 1), num(tInt, 0xab), num(tInt, 0))
	mac.Type.Lens = prototype.LinkAddress
	detail := ptr(array(num(tInt, 5)))
	detail.Type.Lens = prototype.Detail
	submitted := num(lensed(tUint, prototype.Submitted), 2)
	submitted.Elems = []prototype.Value{strct(named("opcode", num(tInt, 1))), strct(named("opcode", num(tInt, 2)))}
	for _, c := range []showCase{
		{"two fields", listed("", head, hide, num(tInt, 3)), "[{len=16}, 3]"},
		{"one field", listed("", hide, head), "{len=16}"},
		{"macro", listed("F", num(tInt, 1), num(tInt, 2)), "F(1, 2)"},
		{"macro of one", listed("F", num(tInt, 1)), "F(1)"},
		{"spliced", listed("", head, listed("", num(tInt, 1), num(tInt, 2))), "[{len=16}, 1, 2]"},
		{"a macro is not spliced", listed("", head, listed("F", num(tInt, 1))), "[{len=16}, F(1)]"},
		{"one element, bare", one, "5"},
		{"two elements, bare", two, "[5, 6]"},
		{"hardware address", mac, "01:ab:00"},
		{"submissions", submitted, "2 /* {opcode=1}, {opcode=2} */"},
		{"no submissions", num(lensed(tUint, prototype.Submitted), 2), "2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := straceShown(false)
			if got := string(p.value(nil, &c.v)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	brief, whole := straceShown(false), straceShown(true)
	if got := string(brief.value(nil, &detail)); !strings.HasPrefix(got, "0x") {
		t.Errorf("without -v: %s, and not an address", got)
	}
	if got := string(whole.value(nil, &detail)); got != "[5]" {
		t.Errorf("with -v: %s, and not [5]", got)
	}
}

// TestStraceVerbose has values as strace prints them with -v.
func TestStraceVerbose(t *testing.T) {
	p := straceShown(true)
	many := ints(make([]int64, 40)...)
	for _, c := range []showCase{
		{"struct", verbosely(1, strct(named("st_size", num(tLong, 5)), named("st_uid", num(tInt, 0)))), "{st_size=5, st_uid=0}"},
		{"time", strct(named("st_atime", num(tTime, 1779294449)), named("st_atime_nsec", num(tLong, 0))), "{st_atime=1779294449 /* 2026-05-20T16:27:29+0000 */, st_atime_nsec=0}"},
		{"time, parts of a second", strct(named("st_atime", num(tTime, 1795228854)), named("st_atime_nsec", num(tLong, 221135502))), "{st_atime=1795228854 /* 2026-11-21T02:40:54.221135502+0000 */, st_atime_nsec=221135502}"},
		{"environment", ptr(counting(1, "vars", array(text(tString, "A=b")))), `["A=b"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(p.value(nil, &c.v)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	v := array(many...)
	brief := straceShown(false)
	if whole, cut := len(p.value(nil, &v)), len(brief.value(nil, &v)); whole != len("[]")+40+39*2 || cut != len("[, ...]")+32+31*2 {
		t.Errorf("40 elements print as %d bytes with -v, as %d without", whole, cut)
	}
}

// TestSystemResults has what follows the = of a system call.
func TestSystemResults(t *testing.T) {
	for _, c := range []struct {
		name  string
		v     prototype.Value
		errno int
		want  string
	}{
		{"number", num(tLong, 3), 0, "3"},
		{"number, untyped", prototype.Value{Word: 1<<64 - 5}, 0, "-5"},
		{"none", prototype.Value{Type: tVoid}, 0, "?"},
		{"address", address(tAddr, 0x7f0000001000, prototype.Captured), 0, "0x7f0000001000"},
		{"address, 0", address(tAddr, 0, prototype.Captured), 0, "0"},
		{"mask", num(lensed(tInt, prototype.Oct), 0o22), 0, "022"},
		{"mask, 0", num(lensed(tInt, prototype.Oct), 0), 0, "000"},
		{"flags", num(tOpen, 0o101), 0, "0x41 (flags O_WRONLY|O_CREAT)"},
		{"flags, 0 by name", num(tOpen, 0), 0, "0 (flags O_RDONLY)"},
		{"flags, 0", num(set(4, prototype.Plain, "FD_CLOEXEC", 1, 0), 0), 0, "0"},
		{"name", num(tClock, 1), 0, "1 (CLOCK_MONOTONIC)"},
		{"name, unknown", num(tClock, 5), 0, "5"},
		{"time", num(tTime, 1795257455), 0, "1795257455 (2026-11-21T10:37:35+0000)"},
		{"descriptor, -y", withText(num(lensed(tInt, prototype.Descriptor), 3), "</etc/passwd>"), 0, "3</etc/passwd>"},
		{"error", num(tLong, -1), 2, "-1 ENOENT (No such file or directory)"},
		{"error of an address", address(tAddr, 1<<64-1, prototype.NotFollowed), 12, "-1 ENOMEM (Cannot allocate memory)"},
		{"error, unknown", num(tLong, -1), 600, "-1 (errno 600)"},
		{"restart", num(tLong, -1), 512, "? ERESTARTSYS (To be restarted if SA_RESTART is set)"},
		{"restart, at once", num(tLong, -1), 513, "? ERESTARTNOINTR (To be restarted)"},
		{"restart, no handler", num(tLong, -1), 514, "? ERESTARTNOHAND (To be restarted if no handler)"},
		{"no restart", num(tLong, -1), 515, "-1 (errno 515)"},
		{"restart, another way", num(tLong, -1), 516, "? ERESTART_RESTARTBLOCK (Interrupted by signal)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := Text{o: TextOptions{Strings: 32}, vals: values{strings: 32, zone: time.UTC, names: &names{}}}
			text.sys.values = &text.vals
			text.systemResult(&event.Return{Kind: event.System, Result: c.v, Errno: c.errno})
			if got := string(text.buf); got != c.want {
				t.Errorf("= %s, want %s", got, c.want)
			}
		})
	}
}

func socketName(text string) prototype.Value {
	return prototype.Value{
		Type: &prototype.Type{Kind: prototype.Array, Lens: prototype.SocketName, Elem: tChar}, Text: []byte(text),
	}
}
