package prototype

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// typeWords are the words of the tests for what formats ask for.
var typeWords = func() map[*Type]string {
	words := map[*Type]string{
		Further:    "...",
		addressArg: "addr", charArg: "char", wideCharArg: "wchar", stringArg: "string", wideStringArg: "wstring",
		doubleArg: "double", longDoubleArg: "longdouble", hexDoubleArg: "hex(double)", hexLongArg: "hex(longdouble)",
		floatOut: "float*", doubleOut: "double*", longDoubleOut: "longdouble*", addressOut: "addr*",
		charOut: "char*", wideCharOut: "wchar*", charsOut: "chars", wideCharsOut: "wchars",
		pyObjectArg: "object", pyObjectOut: "object*", pyTypeArg: "type", functionArg: "fn", complexAt: "complex*", pyBufferOut: "buffer*",
		stringMade: "string*", wideStringMade: "wstring*", charsMade: "chars*", wideCharsMade: "wchars*",
	}
	sizes := [...]string{"int", "char", "short", "long", "llong", "llong", "long"}
	for l, name := range sizes {
		for k, format := range [...]string{"%s", "u%s", "hex(%s)", "oct(%s)", "bin(%s)"} {
			word := fmt.Sprintf(format, name)
			if name == "char" && k < 2 {
				word = []string{"int8", "uint8"}[k]
			}
			words[integerArgs[l][k]], words[integerOuts[l][k]] = word, word+"*"
		}
	}
	return words
}()

// words writes what a format asks for: types, .N or .argN for limits, and for
// scanf #N, the result from which on it is stored.
func words(args []FormatArg) string {
	var all []string
	for _, a := range args {
		w := typeWords[a.Type]
		switch {
		case a.LimitArg > 0:
			w += fmt.Sprintf(".arg%d", a.LimitArg)
		case a.Limit >= 0:
			w += fmt.Sprintf(".%d", a.Limit)
		}
		if a.Dir == Out {
			w += fmt.Sprintf("#%d", a.Item)
		}
		all = append(all, w)
	}
	return strings.Join(all, " ")
}

func TestPrintf(t *testing.T) {
	for _, c := range []struct{ format, want string }{
		{"", ""},
		{"plain", ""},
		{"%", ""},
		{"100%%", ""},
		{"%5%%-%%d", "int"},
		{"%d %i %u %x %X %o %b %B", "int int uint hex(int) hex(int) oct(int) bin(int) bin(int)"},
		{"%hhd %hd %ld %lld %qd %Ld %jd %zd %Zd %td", "int8 short long llong llong llong llong long long long"},
		{"%hhu %hx %lo", "uint8 hex(short) oct(long)"},
		{"%w8d %w16d %w32d %w64d", "int8 short int llong"},
		{"%wf8d %wf16d %wf32d %wf64d %d", "int8 long long llong int"},
		{"%w7d %d", "..."},
		{"%e %E %f %F %g %G %lf %hf", "double double double double double double double double"},
		{"%a %A %La", "hex(double) hex(double) hex(longdouble)"},
		{"%Lf %g", "longdouble double"}, // B20
		{"%c %lc %C", "char wchar wchar"},
		{"%s %ls %S %p", "string wstring wstring addr"},
		{"%8s", "string"}, // B41
		{"%-8.3s", "string.3"},
		{"%.s", "string.0"},
		{"%.0s", "string.0"},
		{"%.5ls", "wstring.5"},
		{"%.5d %.2f", "int double"},
		{"%*d", "int int"},
		{"%*.*f", "int int double"},
		{"%-*.*s %s", "int int string.arg2 string"},
		{"%.*ls", "int wstring.arg1"},
		{"%n %ln %hhn", "int*#0 long*#0 int8*#0"},
		{"%m %#m %d", "int"},
		{"%+ -#0'Id", "int"},
		{"%2$s %1$d", "int string"}, // B21
		{"%3$s", "int int string"},
		{"%2$*1$d", "int int"},
		{"%3$*1$.*2$s", "int int string.arg2"},
		{"%1$d %1$x", "hex(int)"},
		{"%1$.3s %1$s", "string"},
		{"%1$s %1$.3s", "string"},
		{"%1$.2s %1$.3s", "string.3"},
		{"%d %2$s", "int string"},
		{"%1$s %d", "int"}, // counted by themselves
		{"%d %3$s %c", "int char string"},
		{"%d %2$s %c", "int char"},
		{"%65$d %1$s", "string ..."},
		{"%64$d", strings.TrimSpace(strings.Repeat("int ", 64))},
		{"%0$d", ""}, // 0 is a flag, $ no conversion
		{"%d %y %d", "int ..."},
		{"%d %! %d", "int ..."},
		{"%d 100%!", "int"},
		{"%d %-", "int"},
		{"%d %9999999999d %d", "int"},
		{"%d %.9999999999d %d", "int"},
		{"%d %99999999999$d", "int"},
		{"größe %s", "string"},
		{"%d\x00%d", "int int"},
		{"%\x00", ""},
		{strings.Repeat("%d", 70), strings.Repeat("int ", 64) + "..."},
		{strings.Repeat("%%", 100_000) + "%d", "int"},
		{strings.Repeat("%d", 100_000), strings.Repeat("int ", 64) + "..."},
		{strings.Repeat("%1$s", 100_000), "string"},
	} {
		if got := words(AppendPrintf(nil, []byte(c.format), false)); got != c.want {
			t.Errorf("%q asks for %s; want %s", c.format, got, c.want)
		}
	}
}

func TestScanf(t *testing.T) {
	for _, c := range []struct{ format, want string }{
		{"", ""},
		{"plain %% text", ""},
		{"%d %i %u %x %X %o %b", "int*#1 int*#2 uint*#3 hex(int)*#4 hex(int)*#5 oct(int)*#6 bin(int)*#7"},
		{"%hhd %hd %ld %lld %qd %Ld %jd %zd %td", "int8*#1 short*#2 long*#3 llong*#4 llong*#5 llong*#6 llong*#7 long*#8 long*#9"},
		{"%w16d %wf32u", "short*#1 ulong*#2"},
		{"%a %e %f %g %lf %Lf", "float*#1 float*#2 float*#3 float*#4 double*#5 longdouble*#6"},
		{"%s %31s %ls %S", "string#1 string#2 wstring#3 wstring#4"},
		{"%as", "float*#1"},
		{"%c %1c %4c %lc %3C", "char*.1#1 char*.1#2 chars.4#3 wchar*.1#4 wchars.3#5"},
		{"%[abc]%d", "string#1 int*#2"},
		{"%[^]]%d", "string#1 int*#2"},
		{"%[]x]%d", "string#1 int*#2"},
		{"%[^\n]%l[a-z]", "string#1 wstring#2"},
		{"%d %[abc", "int*#1"},
		{"%*d %d", "int*#1"},
		{"%*[^:]:%s", "string#1"},
		{"%d%n%d%hn", "int*#1 int*#1 int*#2 short*#2"},
		{"%n", "int*#0"},
		{"%*n %d", "int*#1"},
		{"%p", "addr*#1"},
		{"%ms %mls %mS %m[a-z] %mc %3mc %mC", "string*#1 wstring*#2 wstring*#3 string*#4 chars*.1#5 chars*.3#6 wchars*.1#7"},
		{"%d %md", "int*#1"},
		{"%d %m3c", "int*#1"},
		{"%'d %Id", "int*#1 int*#2"},
		{"%2$d %1$s", "string#2 int*#1"},
		{"%3$d", "addr addr int*#1"},
		{"%d %k %d", "int*#1"},
		{"%d %B", "int*#1"},
		{strings.Repeat("%*d%d", 70), func() (s string) {
			for i := 1; i <= 64; i++ {
				s += fmt.Sprintf(" int*#%d", i)
			}
			return s[1:] + " ..."
		}()},
	} {
		if got := words(AppendScanf(nil, []byte(c.format))); got != c.want {
			t.Errorf("%q asks for %s; want %s", c.format, got, c.want)
		}
	}
}

func TestCut(t *testing.T) {
	narrow, broad := FormatArg{Type: stringArg}, FormatArg{Type: wideStringArg}
	narrowChars, broadChars := FormatArg{Type: stringArg, Chars: true}, FormatArg{Type: wideStringArg, Chars: true}
	for _, c := range []struct {
		name  string
		arg   *FormatArg
		text  string
		limit int
		want  string
		elems int
	}{
		{"no limit", &narrow, "größe", -1, "größe", -1},
		{"bytes", &narrow, "größe", 3, "gr\xc3", 3},
		{"more than there are", &narrow, "größe", 30, "größe", 30},
		{"nothing", &narrow, "größe", 0, "", 0},
		{"wide, to printf", &broad, "größe", 3, "gr", 3},
		{"wide, to printf, whole", &broad, "größe", 4, "grö", 4},
		{"wide, longer", &broad, "größe", 7, "größe", 7},
		{"bytes, to wprintf", &narrowChars, "größe", 3, "grö", 12},
		{"bytes, to wprintf, none", &narrowChars, "größe", 0, "", 0},
		{"wide, to wprintf", &broadChars, "größe", 4, "größ", 4},
		{"not UTF-8", &narrowChars, "\xff\xfe\xfd", 2, "\xff\xfe", 8},
	} {
		if got := string(c.arg.Cut([]byte(c.text), c.limit)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if got := c.arg.MaxElems(c.limit); got != c.elems {
			t.Errorf("%s: %d elements, want %d", c.name, got, c.elems)
		}
	}
}

// TestPrintfChars holds that the precisions of wprintf count characters.
func TestPrintfChars(t *testing.T) {
	for _, wide := range []bool{false, true} {
		for i, a := range AppendPrintf(nil, []byte("%.3s%.3ls%.*S%d"), wide) {
			if want := wide && a.Type.Lens == Text; a.Chars != want {
				t.Errorf("wide %v: argument %d counts characters: %v", wide, i+1, a.Chars)
			}
		}
	}
}

// TestFormatAllocations holds that a format is read without allocating: it is
// read at every call.
func TestFormatAllocations(t *testing.T) {
	format := []byte("%d %s %-*.*s %2$s %Lf\n")
	args := make([]FormatArg, 0, MaxFormatArgs)
	if n := testing.AllocsPerRun(100, func() {
		args = AppendPrintf(args[:0], format, false)
		args = AppendScanf(args[:0], format)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkPrintf(b *testing.B) {
	format := []byte("%-10s %5d %s: %.*s\n")
	args := make([]FormatArg, 0, MaxFormatArgs)
	b.ReportAllocs()
	for b.Loop() {
		args = AppendPrintf(args[:0], format, false)
	}
}

// FuzzFormat holds that any bytes are a format, that what it asks for is
// bounded and can be captured, and that what the caller has stays.
//
//	go test ./prototype -fuzz FuzzFormat
func FuzzFormat(f *testing.F) {
	for _, seed := range []string{
		"%d %s %Lf", "%2$s %1$d", "%3$*1$.*2$s", "%1$s %d %*.*s", "%[^]x]%ms%n", "%*d%lc", "%64$d%65$d", "%.99999999999s", "%wf16d%w64x%n",
		"s#O!|i$O&(es#d):name", "{s#:[iOO&u#],y#}D", "%.*V%-*.5R%lld%zd%N", "%*5$d",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, format []byte) {
		before := []FormatArg{{Type: charArg}}
		for name, got := range map[string][]FormatArg{
			"printf":  AppendPrintf(slices.Clip(before), format, false),
			"wprintf": AppendPrintf(slices.Clip(before), format, true),
			"scanf":   AppendScanf(slices.Clip(before), format),
			"parse":   AppendPyParse(slices.Clip(before), format, false),
			"format":  AppendPyFormat(slices.Clip(before), format),
			"build":   AppendPyBuild(slices.Clip(before), format, true),
		} {
			if got[0] != before[0] {
				t.Fatalf("%s: the argument before is %+v", name, got[0])
			}
			got = got[1:]
			if n := len(got) - 1; n >= 0 && got[n].Type == Further {
				got = got[:n]
			}
			if len(got) > MaxFormatArgs {
				t.Fatalf("%s: %d arguments", name, len(got))
			}
			for i, a := range got {
				if typeWords[a.Type] == "" || a.Limit < -1 || a.LimitArg < 0 || a.LimitArg > len(got) || a.Item > MaxFormatArgs*8+len(format) {
					t.Fatalf("%s: argument %d is %+v", name, i+1, a)
				}
			}
		}
	})
}
