package display

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"sonde/prototype"
)

// The types of the cases.
var (
	tInt8    = &prototype.Type{Kind: prototype.Int, Size: 1}
	tUint8   = &prototype.Type{Kind: prototype.Int, Size: 1, Unsigned: true}
	tShort   = &prototype.Type{Kind: prototype.Int, Size: 2}
	tInt     = &prototype.Type{Kind: prototype.Int, Size: 4}
	tUint    = &prototype.Type{Kind: prototype.Int, Size: 4, Unsigned: true}
	tLong    = &prototype.Type{Kind: prototype.Int}
	tUlong   = &prototype.Type{Kind: prototype.Int, Unsigned: true}
	tInt128  = &prototype.Type{Kind: prototype.Int, Size: 16}
	tUint128 = &prototype.Type{Kind: prototype.Int, Size: 16, Unsigned: true}
	tChar    = &prototype.Type{Kind: prototype.Int, Size: 1, Lens: prototype.Char}
	tUchar   = &prototype.Type{Kind: prototype.Int, Size: 1, Lens: prototype.Char, Unsigned: true}
	tWchar   = &prototype.Type{Kind: prototype.Int, Size: 4, Lens: prototype.Char}
	tChar16  = &prototype.Type{Kind: prototype.Int, Size: 2, Lens: prototype.Char, Unsigned: true}
	tVoid    = &prototype.Type{Kind: prototype.Void}
	tFloat   = &prototype.Type{Kind: prototype.Float, Size: 4}
	tDouble  = &prototype.Type{Kind: prototype.Float, Size: 8}
	tLongDbl = &prototype.Type{Kind: prototype.Float, Size: prototype.LongDouble}
	tQuad    = &prototype.Type{Kind: prototype.Float, Size: 16}
	tAddr    = &prototype.Type{Kind: prototype.Pointer}
	tString  = textOf(tChar)
	tWstring = textOf(tWchar)
	tFixed   = &prototype.Type{Kind: prototype.Array, Lens: prototype.Text, Elem: tChar}
	tColor   = &prototype.Type{Kind: prototype.Int, Size: 4, Names: &prototype.Names{Known: []prototype.Name{
		{Name: "RED", Value: 0}, {Name: "GREEN", Value: 1}, {Name: "MINUS", Value: 1<<64 - 5}, {Name: "VERT", Value: 1},
	}}}
	tOpen = set(4, prototype.Plain,
		"O_RDONLY", 0, 3, "O_WRONLY", 1, 3, "O_RDWR", 2, 3, "O_CREAT", 0o100, 0, "O_SYNC", 0o4010000, 0, "O_DSYNC", 0o10000, 0)
	tProt = set(4, prototype.Plain, "PROT_NONE", 0, 0, "PROT_READ", 1, 0, "PROT_WRITE", 2, 0)
	tPerm = set(2, prototype.Oct, "S_ISUID", 0o4000, 0, "S_ISVTX", 0o1000, 0)
)

func textOf(char *prototype.Type) *prototype.Type {
	return &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Text, Elem: &prototype.Type{Kind: prototype.Array, Zero: true, Elem: char}}
}

// set returns a set of flags: names, values and masks; a mask of 0 is the value.
func set(size int, lens prototype.Lens, entries ...any) *prototype.Type {
	n := &prototype.Names{Set: true}
	for ; len(entries) > 0; entries = entries[3:] {
		value, mask := uint64(entries[1].(int)), uint64(entries[2].(int))
		if mask == 0 {
			mask = value
		}
		n.Known = append(n.Known, prototype.Name{Name: entries[0].(string), Value: value, Mask: mask})
	}
	return &prototype.Type{Kind: prototype.Int, Size: size, Unsigned: true, Lens: lens, Names: n}
}

func lensed(t *prototype.Type, lens prototype.Lens) *prototype.Type {
	c := prototype.Type{Kind: t.Kind, Size: t.Size, Unsigned: t.Unsigned, Elem: t.Elem, Lens: lens, Names: t.Names, Complete: t.Complete}
	return &c
}

// The values of the cases.

func num(t *prototype.Type, n int64) prototype.Value {
	size := t.Size
	if size == 0 || size > 8 {
		size = 8
	}
	v := prototype.Value{Type: t, Word: uint64(n) & wordMask(size), Size: uint8(size)}
	if t.Size == 16 {
		v.Size, v.High = 16, uint64(n>>63)
	}
	return v
}

func wide(t *prototype.Type, high, low uint64) prototype.Value {
	return prototype.Value{Type: t, Word: low, High: high, Size: 16}
}

func float(f float64) prototype.Value {
	return prototype.Value{Type: tDouble, Word: math.Float64bits(f), Size: 8}
}

func float32Of(f float32) prototype.Value {
	return prototype.Value{Type: tFloat, Word: uint64(math.Float32bits(f)), Size: 4}
}

func text(t *prototype.Type, s string) prototype.Value {
	return prototype.Value{Type: t, Word: 0x601000, Text: []byte(s)}
}

func ptr(to prototype.Value) prototype.Value {
	return prototype.Value{
		Type: &prototype.Type{Kind: prototype.Pointer, Elem: to.Type}, Word: 0x601000,
		Elems: []prototype.Value{to},
	}
}

func address(t *prototype.Type, a uint64, s prototype.State) prototype.Value {
	return prototype.Value{Type: t, Word: a, State: s}
}

func tree(kind prototype.Kind, lens prototype.Lens, elems ...prototype.Value) prototype.Value {
	return prototype.Value{Type: &prototype.Type{Kind: kind, Lens: lens, Complete: true}, Elems: elems}
}

// channel is a channel of Go's with these members.
func channel(members ...prototype.Value) prototype.Value {
	v := address(&prototype.Type{Kind: prototype.Pointer, Lens: prototype.Channel}, 0x601000, prototype.Captured)
	v.Elems = []prototype.Value{strct(members...)}
	return v
}

func strct(fields ...prototype.Value) prototype.Value {
	return tree(prototype.Struct, prototype.Plain, fields...)
}

func array(elems ...prototype.Value) prototype.Value {
	return tree(prototype.Array, prototype.Plain, elems...)
}

func ints(ns ...int64) (vs []prototype.Value) {
	for _, n := range ns {
		vs = append(vs, num(tInt, n))
	}
	return vs
}

func named(name string, v prototype.Value) prototype.Value {
	v.Name = name
	return v
}

func more(v prototype.Value) prototype.Value {
	v.More = true
	return v
}

func counted(n uint64, v prototype.Value) prototype.Value {
	v.Count = n
	return v
}

func changed(was, now prototype.Value) prototype.Value {
	now.Was = &was
	return now
}

func withText(v prototype.Value, s string) prototype.Value {
	v.Text = []byte(s)
	return v
}

// shown is how the cases show values unless they say otherwise.
func shown() values {
	return values{strings: 32, elems: 4, utf8: true, zone: time.UTC, names: &names{}}
}

type showCase struct {
	name string
	v    prototype.Value
	want string
}

func checkShown(t *testing.T, p values, cases []showCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := string(p.value([]byte("f("), &c.v)); got != "f("+c.want {
				t.Errorf("%s, want f(%s", got, c.want)
			}
		})
	}
}

// TestShowByType has ltrace's rules for each type, as far as Sonde keeps them.
func TestShowByType(t *testing.T) {
	checkShown(t, shown(), []showCase{
		{"int", num(tInt, -5), "-5"},
		{"short", num(tShort, -32768), "-32768"},
		{"long", num(tLong, math.MinInt64), "-9223372036854775808"},
		{"long long of -1", num(&prototype.Type{Kind: prototype.Int, Size: 8}, -1), "-1"}, // ltrace: 18446744073709551615
		{"unsigned", num(tUint, -1), "4294967295"},
		{"unsigned long", num(tUlong, -1), "18446744073709551615"},
		{"char", num(tChar, 'A'), "'A'"},
		{"char NUL", num(tChar, 0), `'\0'`},
		{"char escapes", array(num(tChar, 7), num(tChar, 8), num(tChar, 9), num(tChar, 10)), `[ '\a', '\b', '\t', '\n' ]`},
		{"char escapes, more", array(num(tChar, 11), num(tChar, 12), num(tChar, 13), num(tChar, '\\')), `[ '\v', '\f', '\r', '\\' ]`},
		{"char quote", num(tChar, '\''), `'\''`},
		{"char double quote", num(tChar, '"'), `'"'`},
		{"char of other value", num(tChar, -56), `'\310'`},
		{"char of -1", num(tChar, -1), "EOF"},
		{"unsigned char of 255", num(tUchar, -1), `'\377'`},
		{"number of a byte", num(tInt8, -3), "-3"}, // %hhd; ltrace: '\375'
		{"unsigned number of a byte", num(tUint8, -3), "253"},
		{"getc", num(lensed(tInt, prototype.Byte), 'x'), "'x'"},
		{"getc of 255", num(lensed(tInt, prototype.Byte), 255), `'\377'`},
		{"getc at the end", num(lensed(tInt, prototype.Byte), -1), "EOF"},
		{"getc of no byte", num(lensed(tInt, prototype.Byte), 300), "300"},
		{"hex", num(lensed(tInt, prototype.Hex), 255), "0xff"},
		{"device", num(lensed(tUlong, prototype.Device), 0x10072c), "makedev(0x7, 0x12c)"},
		{"exited", num(tStatus, 0x300), "{ WIFEXITED, 3 }"},
		{"killed", num(tStatus, 9), "SIGKILL"},
		{"killed, core", num(tStatus, 0x8b), "{ SIGSEGV, WCOREDUMP }"},
		{"stopped", num(tStatus, 0x137f), "{ WIFSTOPPED, SIGSTOP }"},
		{"stopped by a call", num(tStatus, 0x857f), "{ WIFSTOPPED, SIGTRAP|0x80 }"},
		{"stopped by an event", num(tStatus, 0x4057f), "{ WIFSTOPPED, SIGTRAP, PTRACE_EVENT_EXEC }"},
		{"stopped by who knows", num(tStatus, 0x50007f), "{ WIFSTOPPED, 0, 0x50 }"},
		{"continued", num(tStatus, 0xffff), "WIFCONTINUED"},
		{"no process", num(tStatus, -1), "-1"},
		{"hex of 0", num(lensed(tInt, prototype.Hex), 0), "0"},
		{"hex of -1", num(lensed(tInt, prototype.Hex), -1), "0xffffffff"},
		{"hex of a double", prototype.Value{Type: lensed(tDouble, prototype.Hex), Word: math.Float64bits(0.5)}, "0x1p-1"},
		{"hex of a great double", prototype.Value{Type: lensed(tDouble, prototype.Hex), Word: math.Float64bits(-3e100)}, "-0x1.b6e83b85f253bp+333"},
		{"hex of 0.0", prototype.Value{Type: lensed(tDouble, prototype.Hex)}, "0x0p+0"},
		{"oct", num(lensed(tInt, prototype.Oct), 8), "010"},
		{"oct of 0", num(lensed(tInt, prototype.Oct), 0), "00"},
		{"oct of -1", num(lensed(tShort, prototype.Oct), -1), "0177777"},
		{"bin", num(lensed(tInt, prototype.Bin), 10), "0b1010"},
		{"bin of 0", num(lensed(tInt, prototype.Bin), 0), "0b0"},
		{"bool false", num(lensed(tInt8, prototype.Boolean), 0), "false"},
		{"bool true", num(lensed(tInt8, prototype.Boolean), 1), "true"},
		{"bool of another value", num(lensed(tInt, prototype.Boolean), 7), "true"},
		{"bitvec", num(lensed(tUint8, prototype.Bitvec), 0b10111000), "<3-5,7>"},
		{"bitvec, inverse", num(lensed(tUint8, prototype.Bitvec), 0b11111110), "~<0>"},
		{"bitvec, empty", num(lensed(tUint8, prototype.Bitvec), 0), "<>"},
		{"bitvec, full", num(lensed(tUint8, prototype.Bitvec), -1), "~<>"},
		{"bitvec, highest bit", num(lensed(tUlong, prototype.Bitvec), math.MinInt64), "<63>"},
		{"bitvec of an array", tree(prototype.Array, prototype.Bitvec, num(tUlong, 1<<3), num(tUlong, 3)), "<3,64-65>"},
		{"bitvec of more", more(tree(prototype.Array, prototype.Bitvec, num(tUlong, 8))), "<3...>"},
		{"hardware address", tree(prototype.Array, prototype.LinkAddress, num(tUint8, 2), num(tUint8, 0xab)), "02:ab"},
		{"bitvec of no elements", tree(prototype.Array, prototype.Bitvec), "<>"},
		{"void*", address(tAddr, 0x55fabc, prototype.Captured), "0x55fabc"},
		{"void*, null", address(tAddr, 0, prototype.Captured), "nil"},
		{"int**", ptr(ptr(num(tInt, 5))), "5"},
		{"int*, null", address(ptr(num(tInt, 5)).Type, 0, prototype.Captured), "nil"},
		{"struct", strct(float(1.5), num(tChar, 'A'), num(tChar, 'B')), "{ 1.500000, 'A', 'B' }"},
		{"struct in a struct", strct(num(tInt, 1), strct(num(tInt, 2), address(tAddr, 0, prototype.Captured))), "{ 1, { 2, nil } }"},
		{"struct of nothing", strct(), "{}"},
		{"struct of five fields", strct(sixFields()[:5]...), "{ 1, 2, 3, 4, 5 }"},
		{"struct of more", strct(sixFields()...), "{ a=1, b=2, c=3, d=4, e=5, f=6 }"},
		{"struct of more, one hidden", strct(append(sixFields()[:5], num(lensed(tInt, prototype.Hide), 6))...), "{ 1, 2, 3, 4, 5 }"},
		{"struct of more, without names", strct(num(tInt, 1), num(tInt, 2), num(tInt, 3), num(tInt, 4), num(tInt, 5), num(tInt, 6)), "{ 1, 2, 3, 4, 5, 6 }"},
		{"struct in part", verbosely(4, strct(sixFields()...)), "{ a=1, b=2, ... }"},
		{"struct in part, one of two", verbosely(1, strct(sixFields()[:2]...)), "{ a=1, ... }"},
		{"struct in part, bare", verbosely(1, lensedValue(strct(sixFields()[:2]...), prototype.Bare)), "1"},
		{"struct of verbose fields", verbosely(2, strct(sixFields()[:2]...)), "{...}"},
		{"array", array(ints(1, 2, 3)...), "[ 1, 2, 3 ]"},
		{"array, more", array(ints(1, 2, 3, 4, 5)...), "[ 1, 2, 3, 4... ]"},
		{"array of nothing", array(), "[]"},
		{"string", text(tString, "hello"), `"hello"`},
		{"string, escaped", text(tString, "\"quote\" back\\ nl\n \x01\xff é"), `"\"quote\" back\\ nl\n \001\377 é"`},
		{"string, empty", text(tString, ""), `""`},
		{"string, null", address(tString, 0, prototype.Captured), "nil"},
		{"wide string", text(tWstring, "wé中"), `"wé中"`}, // ltrace 0.7.3: digits
		{"fixed char array", text(tFixed, "ABCDE\x00"), `"ABCDE\0"`},
		{"enum", num(tColor, 1), "GREEN"},
		{"enum, negative", num(tColor, -5), "MINUS"},
		{"enum, no name", num(tColor, 9), "9"},
		{"enum, hex, no name", num(lensed(tColor, prototype.Hex), 90), "0x5a"},
		{"recursion", address(tAddr, 0x601000, prototype.Recursive), "recurse"},
		{"recursion, two up", counted(2, address(tAddr, 0x601000, prototype.Recursive)), "recurse^^"},
		{"too deep", strct(num(tInt, 1), address(tAddr, 0x601000, prototype.TooDeep)), "{ 1, ... }"},
		{"void", prototype.Value{Type: tVoid}, "<void>"},
		{"hidden field", strct(num(tInt, 1), num(lensed(tInt, prototype.Hide), 2), num(tInt, 3)), "{ 1, 3 }"},
		{"hidden first field", strct(num(lensed(tInt, prototype.Hide), 2), num(tInt, 3)), "{ 3 }"},
		{"hidden fields alone", strct(num(lensed(tInt, prototype.Hide), 2)), "{}"},
	})
}

// TestShowMore has what Sonde shows beyond ltrace.
func TestShowMore(t *testing.T) {
	const sec = 1795207710
	timespec := tree(prototype.Struct, prototype.Time, named("tv_sec", num(tLong, sec)), named("tv_nsec", num(tLong, 524761001)))
	timeval := tree(prototype.Struct, prototype.Time, named("tv_sec", num(tLong, sec)), named("tv_usec", num(tLong, 524761)))
	ms := lensed(tInt, prototype.Plain)
	ms.Unit = "ms"
	fd, clock := lensed(tInt, prototype.Descriptor), lensed(tLong, prototype.Time)
	dirfd := lensed(tInt, prototype.Descriptor)
	dirfd.Names = &prototype.Names{Known: []prototype.Name{{Name: "AT_FDCWD", Value: 1<<64 - 100}}}
	symbol := &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Symbol}
	handler := lensed(tUlong, prototype.Symbol)
	handler.Names = &prototype.Names{Known: []prototype.Name{{Name: "SIG_DFL"}, {Name: "SIG_IGN", Value: 1}}}
	stream := &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Stream}
	typeName := &prototype.Type{Kind: prototype.Pointer, Lens: prototype.TypeName}
	incomplete := &prototype.Type{Kind: prototype.Struct, Name: "SSL"}
	checkShown(t, shown(), []showCase{
		{"int128", wide(tInt128, 1, 0), "18446744073709551616"},
		{"int128, negative", num(tInt128, -5), "-5"},
		{"int128, least", wide(tInt128, 1<<63, 0), "-170141183460469231731687303715884105728"},
		{"uint128, greatest", wide(tUint128, 1<<64-1, 1<<64-1), "340282366920938463463374607431768211455"},
		{"uint128, zeros within", wide(tUint128, 0x4b3b4ca85a86c47a, 0x098a224000000001), "100000000000000000000000000000000000001"},
		{"hex int128", wide(lensed(tUint128, prototype.Hex), 1, 0xf), "0x1000000000000000f"},
		{"bin int128", wide(lensed(tUint128, prototype.Bin), 1, 0), "0b1" + "0000000000000000000000000000000000000000000000000000000000000000"},
		{"oct int128", wide(lensed(tUint128, prototype.Oct), 1, 7), "02000000000000000000007"},
		{"bitvec int128", wide(lensed(tUint128, prototype.Bitvec), 1<<63, 1), "<0,127>"},
		{"wide char", num(tWchar, '中'), "'中'"},
		{"wide char, quote", num(tWchar, '\''), `'\''`},
		{"wide char, control", num(tWchar, 0x85), `'\u0085'`},
		{"wide char, no character", num(tWchar, 0x7fffffff), `'\U7fffffff'`},
		{"wide char, the end", num(tWchar, -1), "WEOF"},
		{"char16", num(tChar16, 0xd800), `'\ud800'`},
		{"complex", tree(prototype.Complex, prototype.Plain, float(1), float(2.5)), "1.000000+2.500000i"},
		{"complex, negative", tree(prototype.Complex, prototype.Plain, float(1), float(-2.5)), "1.000000-2.500000i"},
		{"vector", tree(prototype.Vector, prototype.Plain, float(1), float(2)), "[ 1.000000, 2.000000 ]"},
		{"flags", num(tOpen, 0o101), "O_WRONLY|O_CREAT"},
		{"flags, zero under a mask", num(tOpen, 0o100), "O_RDONLY|O_CREAT"},
		{"flags, none", num(tOpen, 0), "O_RDONLY"},
		{"flags, no name under a mask", num(tOpen, 0o103), "O_CREAT|0x3"},
		{"flags, several bits", num(tOpen, 0o4010000), "O_RDONLY|O_SYNC"},
		{"flags, some of several bits", num(tOpen, 0o10000), "O_RDONLY|O_DSYNC"},
		{"flags, bits left", num(tOpen, 0x40001042), "O_RDWR|O_CREAT|O_DSYNC|0x40000000"},
		{"flags, all bits", num(tOpen, 0xffffffff), "-1"},
		{"flags, name of zero", num(tProt, 0), "PROT_NONE"},
		{"flags, name of zero unused", num(tProt, 3), "PROT_READ|PROT_WRITE"},
		{"flags, no name", num(tProt, 0x40), "0x40"},
		{"flags, octal left", num(tPerm, 0o4644), "S_ISUID|0644"},
		{"flags, octal alone", num(tPerm, 0o644), "0644"},
		{"flags, octal, none", num(tPerm, 0), "0"},
		{"unit", num(ms, -1), "-1ms"},
		{"fd", num(fd, 3), "3"},
		{"fd, known", withText(num(fd, 3), "</tmp/a>(deleted)"), "3</tmp/a>(deleted)"},
		{"dirfd", num(dirfd, -100), "AT_FDCWD"},
		{"dirfd, a number", withText(num(dirfd, 4), "</etc>"), "4</etc>"},
		{"a port", num(&prototype.Type{Kind: prototype.Int, Size: 2, Unsigned: true, Lens: prototype.Network}, 0x5000), "80"},
		{"a number of the network", num(&prototype.Type{Kind: prototype.Int, Size: 4, Lens: prototype.Network}, 0x01000000), "1"},
		{"IPv4", num(&prototype.Type{Kind: prototype.Int, Size: 4, Lens: prototype.Inet}, 0x0100007f), "127.0.0.1"},
		{"IPv6", wide(lensed(tUint128, prototype.Inet), 1<<56, 0xb80d0120), "2001:db8::1"},
		{"a handler with a name", num(handler, 1), "SIG_IGN"},
		{"a handler", num(handler, 0x1234), "0x1234"},
		{"errno", num(lensed(tInt, prototype.Errno), 2), "ENOENT"},
		{"errno 0", num(lensed(tInt, prototype.Errno), 0), "0"},
		{"errno, none", num(lensed(tInt, prototype.Errno), 999), "999"},
		{"errno, negative", num(lensed(tInt, prototype.Errno), -2), "-2"},
		{"negerrno", num(lensed(tInt, prototype.NegErrno), -22), "-EINVAL"},
		{"negerrno, none", num(lensed(tInt, prototype.NegErrno), -4000), "-4000"},
		{"negerrno, success", num(lensed(tInt, prototype.NegErrno), 22), "22"},
		{"negerrno, least", num(lensed(tLong, prototype.NegErrno), math.MinInt64), "-9223372036854775808"},
		{"time", num(clock, sec), "1795207710 /* 2026-11-20T20:48:30+0000 */"},
		{"time, a duration", num(clock, 5), "5"},
		{"time, error", num(clock, -1), "-1"},
		{"time, out of range", num(clock, math.MaxInt64), "9223372036854775807"},
		{"time, unsigned", num(lensed(tUint, prototype.Time), 1<<32-1), "4294967295 /* 2106-02-07T06:28:15+0000 */"},
		{"seconds in a struct", tree(prototype.Struct, prototype.Time, num(tLong, sec), num(tLong, 1)), "{ 1795207710, 1 } /* 2026-11-20T20:48:30+0000 */"},
		{"no seconds in a struct", tree(prototype.Struct, prototype.Time), "{}"},
		{"timespec", timespec, "2026-11-20T20:48:30.524761001+0000"},
		{"timeval", timeval, "2026-11-20T20:48:30.524761+0000"},
		{"timespec, no parts", tree(prototype.Struct, prototype.Time, num(tLong, sec), named("tv_nsec", num(tLong, 0))), "2026-11-20T20:48:30+0000"},
		{"timespec, a duration", tree(prototype.Struct, prototype.Time, num(tLong, 1), named("tv_nsec", num(tLong, 5))), "{ 1, 5 }"},
		{"timespec, unreadable", tree(prototype.Struct, prototype.Time, num(tLong, sec), named("tv_nsec", address(tAddr, 8, prototype.Unreadable))), "{ 1795207710, 0x8 <unreadable> } /* 2026-11-20T20:48:30+0000 */"},
		{
			"timespec and more", tree(prototype.Struct, prototype.Time, num(tLong, sec), named("tv_nsec", num(tLong, 5)), num(tInt, 1)),
			"{ 1795207710, 5, 1 } /* 2026-11-20T20:48:30.000000005+0000 */",
		},
		{
			"timespec, padded", tree(prototype.Struct, prototype.Time, num(tLong, sec), named("tv_nsec", num(tLong, 5)), num(lensed(tInt, prototype.Hide), 1)),
			"2026-11-20T20:48:30.000000005+0000",
		},
		{"timespec, UTIME_NOW", tree(prototype.Struct, prototype.Time, num(tLong, sec), named("tv_nsec", num(tLong, 1<<30-1))), "{ 1795207710, 1073741823 }"},
		{"texts that go on", more(array(text(tString, "a"), more(text(tString, "b")))), `[ "a", "b"..., ... ]`},
		{"texts, more of them", more(array(more(text(tString, "a")), text(tString, "b"))), `[ "a"..., "b"... ]`},
		{"results", tree(prototype.Struct, prototype.Results, num(tInt, 1), num(lensed(tInt, prototype.Hide), 2), text(tString, "a")), `(1, "a")`},
		{"interface, nil", tree(prototype.Struct, prototype.Interface, address(symbol, 0, prototype.Captured), address(tAddr, 0, prototype.Captured)), "nil"},
		{
			"interface", tree(prototype.Struct, prototype.Interface, withText(address(symbol, 0x401000, prototype.Captured), "*a.T[b,c]"), address(tAddr, 0x601000, prototype.NotFollowed)),
			"*a.T[b,c](0x601000)",
		},
		{
			"interface, hostile", tree(prototype.Struct, prototype.Interface, withText(address(symbol, 0x401000, prototype.Captured), "\x1b"), strct(num(tInt, 1), num(tInt, 2))),
			`\033({ 1, 2 })`,
		},
		{
			"interface, no name", tree(prototype.Struct, prototype.Interface, address(symbol, 0x401000, prototype.Captured), address(tAddr, 0x601000, prototype.NotFollowed)),
			"{ 0x401000, 0x601000 }",
		},
		{"interface, unreadable", tree(prototype.Struct, prototype.Interface, address(symbol, 0x401000, prototype.Unreadable), address(tAddr, 0, prototype.Captured)), "{ 0x401000 <unreadable>, nil }"},
		{"channel", channel(num(tUlong, 3), num(tUlong, 10), num(tUlong, 0)), "0x601000<chan 3/10>"},
		{"channel, closed", channel(num(tUlong, 0), num(tUlong, -1), num(tUlong, 1)), "0x601000<chan 0/18446744073709551615 closed>"},
		{"channel, cut off", channel(num(tUlong, 3), num(tUlong, 10), address(tUlong, 0x601020, prototype.Unreadable)), "0x601000"},
		{"channel, none", channel(num(tUlong, 3)), "0x601000"},
		{"channel, not followed", address(&prototype.Type{Kind: prototype.Pointer, Lens: prototype.Channel}, 0x601000, prototype.NotFollowed), "0x601000"},
		{"symbol", withText(address(symbol, 0x401000, prototype.Captured), "compare"), "compare"},
		{"symbol, mangled", withText(address(symbol, 0x401000, prototype.NotFollowed), "_ZN3foo3barEv"), "foo::bar"},
		{"symbol, hostile", withText(address(symbol, 0x401000, prototype.Captured), "a\x1b[2J"), `a\033[2J`},
		{"symbol, none", address(symbol, 0x401000, prototype.Captured), "0x401000"},
		{"symbol, null", address(symbol, 0, prototype.Captured), "nil"},
		{"symbol of a word", withText(num(lensed(tUlong, prototype.Symbol), 0x401000), "main"), "main"},
		{"symbol of a word, null", num(lensed(tUlong, prototype.Symbol), 0), "nil"},
		{"stdout", withText(address(stream, 0x7f00, prototype.NotFollowed), "stdout"), "stdout"},
		{"FILE", address(stream, 0x7f00, prototype.Captured), "0x7f00"},
		{"FILE, known", withText(address(stream, 0x7f00, prototype.Captured), "/tmp/x"), "0x7f00</tmp/x>"},
		{"type", text(typeName, "*St11logic_error"), "std::logic_error"},
		{"type, builtin", text(typeName, "i"), "int"},
		{"type of a template", text(typeName, "St7num_getIcSt19istreambuf_iteratorIcSt11char_traitsIcEEE"), "std::num_get<char, std::istreambuf_iterator<char> >"},
		{"type, long and no name", text(typeName, strings.Repeat("?", 33)), strings.Repeat("?", 32) + "..."},
		{"type, no name", text(typeName, "\xff???"), `\377???`},
		{"address alone", address(lensed(ptr(num(tInt, 1)).Type, prototype.Address), 0x601000, prototype.Captured), "0x601000"},
		{"not followed", address(tString, 0x601000, prototype.NotFollowed), "0x601000"},
		{"not followed, null", address(tString, 0, prototype.NotFollowed), "nil"},
		{"later", address(tString, 0x601000, prototype.Later), "0x601000"},
		{"unknown place, struct", prototype.Value{Type: strct().Type, State: prototype.NotFollowed}, "?"},
		{"unknown place, number", prototype.Value{Type: tInt, State: prototype.NotFollowed}, "?"},
		{"array at an address", prototype.Value{Type: array().Type, Word: 8, State: prototype.NotFollowed}, "0x8"},
		{"unreadable", address(tString, 1, prototype.Unreadable), "0x1 <unreadable>"},
		{"unreadable, null", address(tString, 0, prototype.Unreadable), "nil"},
		{"unreadable field", strct(num(tInt, 1), address(tString, 8, prototype.Unreadable)), "{ 1, 0x8 <unreadable> }"},
		{"va_list", address(&prototype.Type{Kind: prototype.VaList}, 0x7ffc10, prototype.Captured), "0x7ffc10"},
		{"sized", counted(9, more(tree(prototype.Array, prototype.Sized, ints(1, 2)...))), "9 [ 1, 2... ]"},
		{"sized, none", tree(prototype.Array, prototype.Sized), "0 []"},
		{"sized, unknown elements", counted(9, more(tree(prototype.Array, prototype.Sized))), "9 [...]"},
		{"bare", tree(prototype.Struct, prototype.Bare, num(lensed(tInt, prototype.Hide), 1), text(tString, "x")), `"x"`},
		{"bare of two", tree(prototype.Struct, prototype.Bare, ints(1, 2)...), "{ 1, 2 }"},
		{"bare, without fields", prototype.Value{Type: &prototype.Type{Kind: prototype.Struct, Lens: prototype.Bare, Name: "std::nullopt", Complete: true}}, "std::nullopt"},
		{"bare of none", tree(prototype.Struct, prototype.Bare), "{}"},
		{"union", tree(prototype.Union, prototype.Plain, num(tInt, 1), named("f", float(2)), named("p", num(tInt, 3))), "{ 2.000000 }"},
		{"union, no names", tree(prototype.Union, prototype.Plain, ints(1, 2)...), "{ 1 }"},
		{"union, bare", tree(prototype.Union, prototype.Bare, ints(1, 2)...), "1"},
		{"union of nothing", tree(prototype.Union, prototype.Plain), "{}"},
		{"incomplete", prototype.Value{Type: incomplete}, "{...}"},
		{"incomplete union", prototype.Value{Type: &prototype.Type{Kind: prototype.Union}}, "{...}"},
		{"changed", changed(ptr(num(tInt, 16)), ptr(num(tInt, 4))), "16 => 4"},
		{"not changed", changed(ptr(num(tInt, 16)), ptr(num(tInt, 16))), "16"},
		{"changed, longer", changed(ptr(num(tInt, 1)), ptr(num(tInt, 11))), "1 => 11"},
		{"guess", num(lensed(tLong, prototype.Guess), 10000), "10000"},
		{"guess, an address", num(lensed(tLong, prototype.Guess), 10001), "0x2711"},
		{"no type, text", prototype.Value{Word: 0x601000, Text: []byte("t")}, `"t"`},
		{"no type, address", prototype.Value{State: prototype.NotFollowed, Word: 5}, "0x5"},
		{"choice", prototype.Value{Type: &prototype.Type{Kind: prototype.Choice}, Word: 5}, "5"},
	})
}

// TestShowLimits has -s and -A.
func TestShowLimits(t *testing.T) {
	long := "01234567890123456789012345678901"
	checkShown(t, shown(), []showCase{
		{"32", text(tString, long), `"` + long + `"`},
		{"33", text(tString, long+"2"), `"` + long + `"...`},
		{"goes on", more(text(tString, "abc")), `"abc"...`},
		{"wide, 33", text(tWstring, long+"é"), `"` + long + `"...`},
		{"cut through a character", more(text(tString, "gr\xc3")), `"gr"...`},
	})
	p := shown()
	p.strings, p.elems = 4, 2
	checkShown(t, p, []showCase{
		{"-s 4", text(tString, "größe"), `"grö"...`},
		{"-s 4, wide", text(tWstring, "größe"), `"größ"...`},
		{"-s 4, wide, whole", text(tWstring, "größ"), `"größ"`},
		{"-s 4, fixed array", text(tFixed, "ab\x00\x00\x00"), `"ab\0\0"...`},
		{"-A 2", array(ints(1, 2, 3)...), "[ 1, 2... ]"},
		{"-A 2, all", array(ints(1, 2)...), "[ 1, 2 ]"},
		{"-A 2, goes on", more(array(ints(1)...)), "[ 1... ]"},
	})
	p.strings, p.elems = 0, 0
	checkShown(t, p, []showCase{
		{"-s 0", text(tString, "x"), `""...`},
		{"-s 0, empty", text(tString, ""), `""`},
		{"-s 0, wide", text(tWstring, "x"), `""...`},
		{"-A 0", array(ints(1)...), "[...]"},
		{"-A 0, empty", array(), "[]"},
	})
	p = shown()
	p.utf8 = false
	checkShown(t, p, []showCase{
		{"no UTF-8", text(tString, "é"), `"\303\251"`},
		{"no UTF-8, wide", text(tWstring, "wé😀"), `"w\u00e9\U0001f600"`},
		{"no UTF-8, wide character", num(tWchar, 'é'), `'\u00e9'`},
		{"wide, NUL before a digit", text(tWstring, "\x001\x00"), `"\0001\0"`},
		{"wide, half a pair", text(tWstring, "a\xed\xa0\x80b"), `"a\ud800b"`},
		{"wide, beyond Unicode", text(tWstring, "\xf8\x88\x80\x80\x80"), `"\U00200000"`},
		{"wide, greatest", text(tWstring, "\xfe\x83\xbf\xbf\xbf\xbf\xbf"), `"\Uffffffff"`},
		{"wide, no encoding", text(tWstring, "a\xff"), `"a\u00ff"`},
		{"wide, cut", text(tWstring, "\xed\xa0"), `"\u00ed\u00a0"`},
		{"wide, no tail", text(tWstring, "\xedab"), `"\u00edab"`},
	})
}

// sixFields are the integers from 1 to 6, and have names.
func sixFields() (fields []prototype.Value) {
	for i, name := range []string{"a", "b", "c", "d", "e", "f"} {
		fields = append(fields, named(name, num(tInt, int64(i+1))))
	}
	return fields
}

func lensedValue(v prototype.Value, lens prototype.Lens) prototype.Value {
	v.Type = lensed(v.Type, lens)
	return v
}

// TestShowWhole has -v.
func TestShowWhole(t *testing.T) {
	p := shown()
	p.verbose = true
	checkShown(t, p, []showCase{
		{"struct", verbosely(1, strct(sixFields()[:2]...)), "{ a=1, b=2 }"},
		{"bare", verbosely(1, lensedValue(strct(sixFields()[:2]...), prototype.Bare)), "{ a=1, b=2 }"},
		{"short struct", strct(sixFields()[:2]...), "{ 1, 2 }"},
	})
}

// TestShowNames has --names.
func TestShowNames(t *testing.T) {
	p := shown()
	p.named = true
	checkShown(t, p, []showCase{
		{"struct", strct(named("tv_sec", num(tInt, 1)), named("tv_nsec", num(tInt, 0))), "{ tv_sec=1, tv_nsec=0 }"},
		{"no name", strct(named("a", num(tInt, 1)), num(tInt, 0)), "{ a=1, 0 }"},
		{"union", tree(prototype.Union, prototype.Plain, named("i", num(tInt, 1))), "{ i=1 }"},
		{"bare", tree(prototype.Struct, prototype.Bare, named("s", text(tString, "x"))), `"x"`},
		{"hostile", strct(named("a\x1b", num(tInt, 1))), `{ a\033=1 }`},
	})
}

// TestShowFloats has floats: ltrace's %f, but for what it would lose.
func TestShowFloats(t *testing.T) {
	x87 := func(top uint16, mantissa uint64) prototype.Value {
		return prototype.Value{Type: tLongDbl, Word: mantissa, High: uint64(top), Size: 10}
	}
	quad := func(high, low uint64) prototype.Value {
		return prototype.Value{Type: tQuad, Word: low, High: high, Size: 16}
	}
	checkShown(t, shown(), []showCase{
		{"3.25", float(3.25), "3.250000"},
		{"0.1", float(0.1), "0.100000"},
		{"0", float(0), "0.000000"},
		{"-0", float(math.Copysign(0, -1)), "-0.000000"},
		{"1e10", float(-1e10), "-10000000000.000000"},
		{"third", float(1.0 / 3), "0.3333333333333333"},
		{"0.1+0.2", float(float64(0.1) + float64(0.2)*math.Nextafter(1, 1)), "0.30000000000000004"},
		{"1e-5", float(1e-5), "0.000010"},
		{"1e-10", float(1e-10), "1e-10"},
		{"1e15", float(1e15), "1e+15"},
		{"below 1e15", float(999999999999999), "999999999999999.000000"},
		{"1e300", float(1e300), "1e+300"},
		{"least", float(5e-324), "5e-324"},
		{"inf", float(math.Inf(1)), "inf"},
		{"-inf", float(math.Inf(-1)), "-inf"},
		{"nan", float(math.NaN()), "nan"},
		{"-nan", float(math.Copysign(math.NaN(), -1)), "-nan"},
		{"float 0.1", float32Of(0.1), "0.100000"},
		{"float third", float32Of(1.0 / 3), "0.33333334"},
		{"float nan", float32Of(float32(math.NaN())), "nan"},
		{"half", prototype.Value{Type: &prototype.Type{Kind: prototype.Float, Size: 2}, Word: 0xc500, Size: 2}, "-5.000000"},
		{"half, least", prototype.Value{Type: &prototype.Type{Kind: prototype.Float, Size: 2}, Word: 1, Size: 2}, "5.9604645e-08"},
		{"half, inf", prototype.Value{Type: &prototype.Type{Kind: prototype.Float, Size: 2}, Word: 0xfc00, Size: 2}, "-inf"},
		{"half, nan", prototype.Value{Type: &prototype.Type{Kind: prototype.Float, Size: 2}, Word: 0x7e00, Size: 2}, "nan"},
		{"long double 3.5", x87(0x4000, 0xe000000000000000), "3.500000"},
		{"long double 0", x87(0, 0), "0.000000"},
		{"long double -0", x87(0x8000, 0), "-0.000000"},
		{"long double 0.1", x87(0x3ffb, 0xcccccccccccccccd), "0.100000"},
		{"long double of the double 0.1", x87(0x3ffb, 0xccccccccccccd000), "0.10000000000000000555"},
		{"long double -1/3", x87(0xbffd, 0xaaaaaaaaaaaaaaab), "-0.33333333333333333334"},
		{"long double 2^63", x87(0x403e, 1<<63), "9.223372036854775808e+18"},
		{"long double, greatest", x87(0x7ffe, 1<<64-1), "1.189731495357231765e+4932"},
		{"long double, least", x87(0, 1), "4e-4951"},
		{"long double inf", x87(0xffff, 1<<63), "-inf"},
		{"long double nan", x87(0x7fff, 3<<62), "nan"},
		{"long double, invalid", x87(0x4000, 1), "nan"},
		{"long double hex", prototype.Value{Type: lensed(tLongDbl, prototype.Hex), Word: 0xc000000000000000, High: 0x3fff}, "0x1.8p+0"},
		{"long double hex, long", prototype.Value{Type: lensed(tLongDbl, prototype.Hex), Word: 0xcccccccccccccccd, High: 0x3ffb}, "0x1.999999999999999ap-4"},
		{"float128 1", quad(0x3fff<<48, 0), "1.000000"},
		{"float128 1/3", quad(0x3ffd555555555555, 0x5555555555555555), "0.3333333333333333333333333333333333"},
		{"float128 2^64", quad((0x3fff+64)<<48, 0), "1.8446744073709551616e+19"},
		{"float128 -0.5", quad(0xbffe<<48, 0), "-0.500000"},
		{"float128 -inf", quad(0xffff<<48, 0), "-inf"},
		{"float128 nan", quad(0x7fff<<48, 1), "nan"},
		{"float128, least", quad(0, 1), "6e-4966"},
	})
}

// TestFloatsReadBack holds that no float loses its value by being shown.
func TestFloatsReadBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	p := shown()
	for range 5000 {
		f := math.Float64frombits(rng.Uint64())
		if math.IsNaN(f) || rng.IntN(2) == 0 { // of ordinary magnitude
			f = math.Round(rng.NormFloat64()*1e9) / math.Pow(10, float64(rng.IntN(12)))
		}
		v := float(f)
		got := string(p.value(nil, &v))
		if back, err := strconv.ParseFloat(got, 64); err != nil || back != f || len(got) > 24 {
			t.Errorf("%g prints as %s", f, got)
		}
		short := float32(f)
		v = float32Of(short)
		got = string(p.value(nil, &v))
		if back, err := strconv.ParseFloat(got, 32); err != nil || float32(back) != short || len(got) > 24 {
			t.Errorf("%g prints as %s", short, got)
		}
	}
}

// TestWideFloatsReadBack is the same for the floats that Go does not have.
func TestWideFloatsReadBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	p := shown()
	for range 500 {
		// Between 2^-200 and 2^200: further out, shortest texts take long.
		exp := uint64(wideBias - 200 + rng.IntN(400))
		x87 := prototype.Value{Type: tLongDbl, Word: rng.Uint64() | 1<<63, High: exp, Size: 10}
		quad := prototype.Value{Type: tQuad, Word: rng.Uint64(), High: exp<<48 | rng.Uint64()>>16, Size: 16}
		for _, c := range []struct {
			v    prototype.Value
			want wideFloat
		}{{x87, x87Float(x87.Word, x87.High)}, {quad, quadFloat(quad.Word, quad.High)}} {
			got := string(p.value(nil, &c.v))
			back, _, err := big.ParseFloat(got, 10, c.want.precision, big.ToNearestEven)
			if err != nil || back.Cmp(c.want.big()) != 0 {
				t.Errorf("%x %x prints as %s", c.v.High, c.v.Word, got)
			}
		}
	}
}
