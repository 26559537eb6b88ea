package main

import (
	"debug/dwarf"
	"slices"
	"strings"
	"testing"
)

// TestConvert compiles declarations and reads what the shipped file would say
// of them: a declaration, what is needed before it, the line, and the types that
// the file defines for it.
func TestConvert(t *testing.T) {
	cases := []struct{ before, c, line, types string }{
		{c: "int plain(int a, unsigned long b, long long c, short d, unsigned char e, char f, signed char g);", line: "int plain(int a, ulong b, llong c, short d, uchar e, char f, schar g)"},
		{c: "void nothing(void);", line: "void nothing()"},
		{c: "_Noreturn void leave(int __status);", line: "void leave(int status) noreturn"},
		{c: "float floats(double a, long double b, _Float128 c, _Complex double d);", line: "float floats(double a, longdouble b, float128 c, complex(double) d)"},
		{c: "char *text(const char *in, char *out, const wchar_t *wide);", line: "string text(string in, address(char*) out, wstring wide)"},
		{c: "void *pointers(void *a, const void *b, char **c, void (*d)(int));", line: "addr pointers(addr a, addr b, addr c, fn d)"},
		{c: "int log_(const char *fmt, ...) __attribute__((format(printf, 1, 2)));", line: "int log_(format fmt)"},
		{c: "int vlog_(int level, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));", line: "int vlog_(int level, format fmt, va_list ap)"},
		{c: "int my_wprintf(const wchar_t *format, ...);", line: "int my_wprintf(wformat format)"},
		{c: "int read_(const char *fmt, ...) __attribute__((format(scanf, 1, 2)));", line: "int read_(scanf fmt)"},
		{c: "int more(int n, ...);", line: "int more(int n, ...)"},
		{c: "int descriptor(int fd, int other);", line: "int descriptor(fd fd, int other)"},
		{c: "int data(const void *buf, size_t len);", line: "int data(buffer[len] buf, size_t len)"},
		{c: "int part(const char *s, size_t n);", line: "int part(string[n] s, size_t n)"},
		{c: "int maybe(const char *s, int len);", line: "int maybe(string[max(len, (len < 0) * 0x7fffffff)] s, int len)"},
		{c: "int items(const void *p, size_t size, size_t nmemb);", line: "int items(addr p, size_t size, size_t nmemb)"},
		{c: "int sent(int) __asm__(\"elsewhere\");", line: "int sent(int)"},
		{
			before: "struct hidden; typedef struct hidden handle;",
			c:      "handle *opaque(const handle *h);", line: "handle* opaque(handle* h)", types: "handle = struct",
		},
		{
			before: "struct point { int x; long y; };",
			c:      "int point_out(const struct point *in, struct point *out);", line: "int point_out(point* in, address(point*) out)", types: "point = struct(int x, long y)",
		},
		{
			before: "typedef struct { unsigned a : 3; unsigned b : 9; char name[8]; union { int i; float f; } u; } bits_;",
			c:      "bits_ bitfields(void);", line: "bits_ bitfields()", types: "bits_ = struct(uint a :3, uint b :9, text(array(char, 8)) name, union(int i, float f) u)",
		},
		{
			before: "struct __attribute__((packed)) tight { char c; long l; };",
			c:      "int tight_(const struct tight *t);", line: "int tight_(tight* t)", types: "tight = choose(sizeof(long); 8: struct[9](char c @0, long l @1); else: struct[5](char c @0, long l @1))",
		},
		{
			before: "struct each { long a[sizeof(long) * 4]; \n#ifdef __x86_64__\nint more; \n#endif\n};",
			c:      "int each_(const struct each *e);", line: "int each_(each* e)", types: "each = choose(sizeof(long); 8: struct(array(long, 4*sizeof(long)) a, int more); else: struct(array(long, 4*sizeof(long)) a))",
		},
		{
			before: "typedef struct list { struct list *next; char *name; } list; typedef list *list_ptr;",
			c:      "list_ptr chain(list_ptr l);", line: "list_ptr chain(list_ptr l)", types: "list = struct(address(list*) next, string name)\nlist_ptr = address(list*)",
		},
		{
			before: "enum color { RED, GREEN, BLUE = 7 };",
			c:      "enum color color_(void);", line: "color color_()", types: "color = enum[uint](RED=0, GREEN=1, BLUE=7)",
		},
		{
			before: "enum mode { READ = 1, WRITE = 2, RUN = 4, ALL = 7 };",
			c:      "void mode_(enum mode m);", line: "void mode_(mode m)", types: "mode = flags[uint](READ=1, WRITE=2, RUN=4, ALL=7)",
		},
		{c: "int socket_(const struct sockaddr_ *a);", line: "int socket_(sockaddr_* a)", types: "sockaddr_ = struct"},
	}
	s := &surveyed{library: &library{}, dir: t.TempDir()}
	s.unit = "#include <stdarg.h>\n#include <stddef.h>\n"
	for _, c := range cases {
		s.unit += c.before + "\n" + c.c + "\n"
	}
	var err error
	if s.wide, s.wideNames, err = s.compile(t.Context(), "-m64"); err != nil {
		t.Fatal(err)
	}
	if s.narrow, s.narrowNames, err = s.compile(t.Context(), "-m32"); err != nil {
		t.Fatal(err)
	}
	notes, err := parameterNotes(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	exports := map[string]uint64{}
	for name := range s.wide {
		exports[name] = uint64(len(exports))
	}
	exports["elsewhere"] = uint64(len(exports))
	exports["__plain"] = exports["plain"]
	s.exports = map[string]map[string]uint64{"lib.so": exports}
	w := newWriter(s, notes, map[string]bool{"size_t": true})
	text, _, err := w.file(&file{conf: "lib.so", soname: "lib.so"})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	expect := func(line string) {
		if !slices.Contains(lines, line) {
			t.Errorf("missing: %s", line)
		}
	}
	for _, c := range cases {
		expect(c.line)
		for definition := range strings.Lines(c.types) {
			expect("typedef " + strings.TrimSpace(definition) + ";")
		}
	}
	expect("int elsewhere(int)")
	expect("int __plain(int a, ulong b, llong c, short d, uchar e, char f, schar g)")
	if t.Failed() {
		t.Logf("%s", text)
	}
}

// TestConstants evaluates macros.
func TestConstants(t *testing.T) {
	s := &surveyed{dir: t.TempDir(), unit: `
#define A_ONE 1
#define A_UNO A_ONE
#define A_TWO (1 << 1)
#define A_BOTH (A_ONE | A_TWO)
#define A_NONE 0
#define A_MINUS (-1)
#define A_CALL(x) x
#define B 7
`}
	all := constants{name: "a", base: "int", take: []string{"A_*"}}
	set := constants{name: "s", base: "uint", flags: true, take: []string{"A_*", "!A_MINUS", "!A_UNO"}}
	s.library = &library{files: []file{{constants: []constants{all, set}}}}
	if err := s.readConstants(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		constants
		want string
	}{
		{all, "enum[int](A_MINUS=-1, A_NONE=0, A_ONE=1, A_TWO=2, A_BOTH=3)"},
		{set, "flags[uint](A_ONE=0x1, A_TWO=0x2)"},
	} {
		if got := c.define(s.macros); got != c.want {
			t.Errorf("%s; want %s", got, c.want)
		}
	}
}

func TestDeclaredNames(t *testing.T) {
	const list = `/* compiled from: . */
/* /usr/include/a.h:5:NC */ extern int open (const char *, int, ...);
/* /usr/include/a.h:6:NC */ extern void (*signal (int, void (*)(int)))(int);
/* /usr/include/a.h:7:IC */ extern char *(*get (void))(char *);
/* /usr/include/a.h:8:NF */ static int hidden (int x); /* (x) int x; */
/* /usr/include/b.h:9:NF */ extern int inlined (int x); /* (x) int x; */
/* /usr/include/b.h:9:OC */ extern int open (const char *, int, ...);
`
	got := declaredNames(list)
	want := map[string]string{"open": "/usr/include/a.h", "signal": "/usr/include/a.h", "get": "/usr/include/a.h", "inlined": "/usr/include/b.h"}
	for name, header := range want {
		if got[name] != header {
			t.Errorf("%s: %q; want %q", name, got[name], header)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%v; want %v", got, want)
	}
}

func TestLooksLikeFlags(t *testing.T) {
	for _, c := range []struct {
		values []int64
		want   bool
	}{
		{[]int64{0, 1, 2, 3, 4, 5}, false},
		{[]int64{1, 2, 3, 4}, false},
		{[]int64{0, 1, 2}, false},
		{[]int64{1, 2, 4, 8}, true},
		{[]int64{0, 1, 2, 4, 7}, true},
		{[]int64{1, 2, 4, 24}, false},
		{[]int64{-1, 1, 2, 4}, false},
		{[]int64{0x100, 0x200, 0x400, 0x300}, true},
		{[]int64{1, 6, 10, 100}, false},
	} {
		var values []*dwarf.EnumValue
		for _, v := range c.values {
			values = append(values, &dwarf.EnumValue{Val: v})
		}
		if got := looksLikeFlags(values); got != c.want {
			t.Errorf("%v: %v", c.values, got)
		}
	}
}

func TestLength(t *testing.T) {
	for _, c := range []struct {
		wide, narrow int64
		want         string
	}{
		{16, 16, "16"},
		{64, 32, "8*sizeof(long)"},
		{56, 36, "36+20*(sizeof(long)/8)"},
		{12, 13, "13-1*(sizeof(long)/8)"},
		{0, 4, "4-4*(sizeof(long)/8)"},
		{1, 0, "0+1*(sizeof(long)/8)"},
	} {
		if got := length(c.wide, c.narrow); got != c.want {
			t.Errorf("%d and %d: %s; want %s", c.wide, c.narrow, got, c.want)
		}
	}
}
