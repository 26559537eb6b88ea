package prototype

import (
	"strings"
	"testing"
)

func TestPyParse(t *testing.T) {
	for _, c := range []struct{ format, want string }{
		{"", ""},
		{":name", ""},
		{"s", "string*#0"},
		{"s:name of i", "string*#0"},
		{"i;message: i", "int*#0"},
		{"szy", "string*#0 string*#0 string*#0"},
		{"s#z#i", "string*.arg2#0 long*#0 string*.arg4#0 long*#0 int*#0"},
		{"is#y#", "int*#0 string*.arg3#0 long*#0 string*.arg5#0 long*#0"},
		{"s*y*z*w*", "buffer*#0 buffer*#0 buffer*#0 buffer*#0"},
		{"uu#ZZ#", "wstring*#0 wstring*.arg3#0 long*#0 wstring*#0 wstring*.arg6#0 long*#0"},
		{"esetes#i", "string string*#0 string string*#0 string string*.arg7#0 long*#0 int*#0"},
		{"OSUY", "object*#0 object*#0 object*#0 object*#0"},
		{"O!O&O", "type object*#0 fn addr object*#0"},
		{"bBhHiIlkLKn", "uint8*#0 uint8*#0 short*#0 ushort*#0 int*#0 uint*#0 long*#0 ulong*#0 llong*#0 ullong*#0 long*#0"},
		{"cCfdDp", "char*#0 wchar*#0 float*#0 double*#0 complex*#0 int*#0"},
		{"i|s$d", "int*#0 string*#0 double*#0"},
		{"(ii)(s(O))", "int*#0 int*#0 string*#0 object*#0"},
		{"iq s", "int*#0 ..."},
		{"i s", "int*#0 ..."},
		{"ws", "..."},
		{"ei", "..."},
		{"e", "..."},
		{"O?", "object*#0 ..."},
		{"i\x00s", "int*#0"},
		{strings.Repeat("i", 65), strings.Repeat("int*#0 ", 64) + "..."},
		{strings.Repeat("i", 63) + "s#", strings.Repeat("int*#0 ", 63) + "..."},
		{strings.Repeat("i", 100_000), strings.Repeat("int*#0 ", 64) + "..."},
	} {
		if got := words(AppendPyParse(nil, []byte(c.format), false)); got != c.want {
			t.Errorf("%q asks for %s; want %s", c.format, got, c.want)
		}
	}
	if got, want := words(AppendPyParse(nil, []byte("s#"), true)), "string*.arg2#0 int*#0"; got != want {
		t.Errorf("with ints: %s, want %s", got, want)
	}
}

func TestPyBuild(t *testing.T) {
	for _, c := range []struct{ format, want string }{
		{"", ""},
		{"()", ""},
		{"i", "int"},
		{"(i,s){s:i, s:[dO]}\t", "int string string int string double object"},
		{"szUyu", "string string string string wstring"},
		{"s#u#i", "string.arg2 long wstring.arg4 long int"},
		{"bBhHiIlkLKn", "int int int uint int uint long ulong llong ullong long"},
		{"cCfdD", "char wchar double double complex*"},
		{"OSNO&N&", "object object object fn addr fn addr"},
		{"iw", "int ..."},
		{"i|s", "int ..."},
		{"i(s#", "int string.arg3 long"},
	} {
		if got := words(AppendPyBuild(nil, []byte(c.format), false)); got != c.want {
			t.Errorf("%q asks for %s; want %s", c.format, got, c.want)
		}
	}
	if got, want := words(AppendPyBuild(nil, []byte("y#"), true)), "string.arg2 int"; got != want {
		t.Errorf("with ints: %s, want %s", got, want)
	}
}

func TestPyFormat(t *testing.T) {
	for _, c := range []struct{ format, want string }{
		{"", ""},
		{"100%%", ""},
		{"%d %i %u %x %X %o %p %c", "int int uint hex(int) hex(int) oct(int) addr wchar"},
		{"%ld %lu %lld %llu %zd %zu %zi %jd %td", "long ulong llong ullong long ulong long llong long"},
		{"%s %.5s %.*s %*d %-05d", "string string.5 int string.arg3 int int int"},
		{"%R %S %A %U %T %N", "object object object object object type"},
		{"%V %.3V %d", "object string object string.3 int"},
		{"%ls %lV", "wstring object wstring"},
		{"%.200s() got '%.100R'", "string.200 object"},
		{"%d %y %d", "int ..."},
		{"%f", "..."},
		{"%", "..."},
		{"%99999999999d", "..."},
		{"%*5$d %d", "int ..."},
		{strings.Repeat("%V", 33), strings.Repeat("object string ", 32) + "..."},
	} {
		if got := words(AppendPyFormat(nil, []byte(c.format))); got != c.want {
			t.Errorf("%q asks for %s; want %s", c.format, got, c.want)
		}
	}
}
