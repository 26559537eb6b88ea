package prototype

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestErrors holds what is said of what is wrong, and where.
func TestErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"\ufeffint f(strin)", `1:7: expected a type, found "strin", which is none`},
		{"int f(strin)", `1:7: expected a type, found "strin", which is none`},
		{"strin f(int)", `1:1: expected a type, found "strin", which is none`},
		{"int f(int", `1:10: expected ',' or ')', found the end`},
		{"int f(int))", `1:11: expected the end of the declaration, found ')'`},
		{"int f(int,)", `1:11: expected a type, found ')'`},
		{"int f(int a int)", `1:13: expected ',' or ')', found 'int'`},
		{"int f[int]", `1:6: expected '(', found '['`},
		{"int", `1:4: expected the name of a function, found the end`},
		{"int f", `1:6: expected '(', found the end`},
		{"f(int)", `1:1: expected a type, found "f", which is none`},
		{"int 5(int)", `1:5: expected the name of a function, found '5'`},
		{"int f(int) nothing", `1:12: expected noreturn, fails(...) or the end of the declaration, found 'nothing'`},
		{"int f(int) fails(ok)", `1:18: "ok" is no parameter, field or constant that is known`},
		{"int f(int) fails()", `1:18: expected a result that tells of failure, as -1, nil or !0, found ')'`},
		{"int f(int) fails(-1, errn)", `1:22: expected 'errno', found 'errn'`},
		{"int f(int) fails(arg1)", `1:18: expected a constant, found an expression that depends on the call`},
		{"int f(..., ...)", `1:12: a second '...'`},
		{"int f(format, format)", `1:22: more than one format`},
		{"int f(int a", `1:12: expected ',' or ')', found the end`},
		{"\n\n  int f(é)", `3:9: there is the character 'é'`},
		{"int ünder(int)", `1:5: there is the character 'ü'`},
		{`int "f(int)`, `1:5: there is a quote that nothing closes`},
		{`"no such"* f(int)`, `1:1: expected a type, found "no such", which is none`},

		{"int f(hex(int)", `1:15: expected ',' or ')', found the end`},
		{"int f(hexa(int))", `1:7: expected a type, found "hexa", which is none`},
		{"int f(hex)", `1:7: expected a type, found "hex", which is none`},
		{"int f(array(int))", ``},
		{"int f(array(int, ))", `1:18: expected an expression, found ')'`},
		{"int f(array(int, x))", `1:18: "x" is no parameter, field or constant that is known`},
		{"int f(array(int, 1 + ))", `1:22: expected an expression, found ')'`},
		{"int f(array(int, zero + 1))", `1:23: expected ')', found '+'`},
		{"int f(array(int, 1 + zero))", `1:22: 'zero' is for the length of an array, by itself`},
		{"int f(array(int, *5))", `1:19: '*' takes the name of a parameter or argN`},
		{"int f(array(int, 18446744073709551616))", `1:18: there is the number '18446744073709551616' that does not fit into 64 bits`},
		{"int f(array(int, 0x))", `1:18: there is the number '0x' that is none`},
		{"int f(array(int, 089))", `1:18: there is the number '089' that is none`},
		{"int f(array(int, 'ab'))", `1:18: there is a quote that is no character constant`},
		{"int f(string(int))", `1:7: string takes an array of characters or a pointer to some, not int`},
		{"int f(always(int*))", `1:7: always is for what comes out: always(out(int*))`},
		{"int f(always(out(int*), int))", `1:23: expected ')', found ','`},
		{"int f(out(always(int*)))", `1:11: expected a type, found "always", which is none: a direction is for parameters, and around all of the type`},
		{"int f(vector(int))", `1:17: expected ',', found ')'`},
		{"int f(vector(long, 2))", `1:14: a vector has numbers of a fixed size, up to 64 bytes of them`},
		{"int f(complex(int))", `1:7: complex takes float, double, longdouble or float128, not int`},
		{"int f(packed(int))", `1:14: packed does not fit int`},
		{"int f(aligned(int, 3))", `1:15: aligned does not fit int`},
		{"int f(unit(string, ms))", `1:12: unit does not fit string`},
		{"int f(into(struct(int)*, 2))", `1:12: into does not fit struct(int)*`},
		{"int f(enum(A, B=))", `1:17: expected a value, found ')'`},
		{"int f(enum[string](A))", `1:12: enum takes integers, not string`},
		{"int f(flags(A))", `1:14: expected '=', found ')'`},
		{"int f(flags(A=1/))", `1:17: expected a mask, found ')'`},
		{"int f(struct(int a : 33))", `1:22: the width of a bit-field must be between 1 and 32`},
		{"int f(struct(float a : 3))", `1:14: a bit-field of type float`},
		{"int f(struct[8](int a))", `1:22: expected '@', found ')'`},
		{"int f(struct[8](int a @9))", `1:24: an offset must be between 0 and 8`},
		{"int f(struct(int n, array(int, outer.n)))", `1:38: there is no struct around this one`},
		{"int f(int n, struct(int m, array(int, before(n))))", `1:51: '*' takes the name of a parameter or argN, before(...) that of a field or eltN`},
		{"int f(struct(int n, struct(array(int, outer.m))))", `1:45: the struct around has no field "m"`},
		{"int f(choose(1))", ``},
		{"int f(choose(1; 2: float; else: int))", `1:7: the alternatives of a parameter must be integers or pointers: not float`},
		{"int f(choose(1; 2 int))", `1:19: expected ':', found 'int'`},
		{"int f(choose(1; else: int; 2: int))", `1:28: expected ')', found '2'`},
		{"int f(out(inout(int*)))", `1:11: a direction within another`},
		{"int f(struct(out(int*)))", `1:14: expected a type, found "out", which is none: a direction is for parameters, and around all of the type`},
		{"int f(int*****************)", `1:26: more than 16 levels of pointers`},
		{"int f(void, int)", `1:7: warning: parameter 1 is void: taken for hide(int)`},
		{"int f(int, void)", `1:12: warning: parameter 2 is void: taken for hide(int)`},
		{"int f(int); int g(int)", `1:12: warning: a second declaration in a line is not read`},

		{"typedef", `1:8: expected the name of a type, found the end`},
		{"typedef x", `1:10: expected '=', found the end`},
		{"typedef x =", `1:12: expected a type, found the end`},
		{"typedef x = int int", `1:17: expected the end of the declaration, found 'int'`},
		{"typedef x = int\ntypedef x = long", `2:1: x is declared already, in line 1`},
		{"typedef x = struct;\ntypedef x = struct(int);\ntypedef x = struct;", ``},
		{"typedef x = x", `1:13: "x" is nothing but itself`},
		{"typedef x = y\ntypedef y = x", `1:13: "x" is nothing but itself`},
		{"typedef x = struct(int, x)", `1:25: "x" contains itself: a pointer could lead to it`},
		{"typedef x = struct(array(x, 2))", `1:26: "x" contains itself: a pointer could lead to it`},
		{"typedef x = struct(y)\ntypedef y = struct(x)", `2:20: "x" contains itself: a pointer could lead to it`},
		{"import libc", `1:1: expected a type, found "import", which is none: the file to import stands in quotes`},
		{"import \"", `1:8: there is a quote that nothing closes`},
		{"= 5", `1:1: expected a type, found '='`},
	} {
		_, errs := Parse("F", c.text)
		got := ""
		if len(errs) > 0 {
			got = strings.TrimPrefix(errs[0].Error(), "F:")
		}
		if got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

// TestRecovery holds that an error costs its own declaration and no other.
func TestRecovery(t *testing.T) {
	const good = "int good%d(int,\n\tint)\n"
	for _, bad := range []string{
		"int f(int\n",
		"int f((((((int)\n",
		"int f)))(int)\n",
		"int f(\"\n",
		"int f(string[arg1)\n",
		"typedef x = enum(A, B\n",
		"typedef x = struct(\n\tint a,\n\tint b\n",
		"typedef x = struct(int a, 'b\n",
		"import \"\n",
		"\x00\xff\n",
		"int f(int) \\\n\tfails(\n",
		"int f(array(int, (3)\n\n; a comment\n# and another\n",
	} {
		text := fmt.Sprintf(good, 1) + bad + fmt.Sprintf(good, 2) + bad + fmt.Sprintf(good, 3)
		f, errs := Parse("F", text)
		if len(errs) < 2 {
			t.Errorf("%q: %v", bad, errs)
		}
		for i := 1; i <= 3; i++ {
			if f.Function(fmt.Sprintf("good%d", i), "") == nil {
				t.Errorf("%q costs good%d: %v", bad, i, errs)
			}
		}
	}
}

// TestEndless holds that what is endless, or would take endless time, is refused.
func TestEndless(t *testing.T) {
	double := "typedef t0 = int\n"
	choices := "typedef t0 = int\n"
	chain := "typedef t0 = int\n"
	for i := 1; i <= 200; i++ {
		double += fmt.Sprintf("typedef t%d = struct(t%d, t%d)\n", i, i-1, i-1)
		choices += fmt.Sprintf("typedef t%d = choose(1; 1: t%d; else: t%d)\n", i, i-1, i-1)
		chain += fmt.Sprintf("typedef t%d = t%d\n", i, i-1)
	}
	for name, text := range map[string]string{
		"structs within structs":  double + "int f(t200)",
		"choices within choices":  choices + "int f(t200)",
		"names of names":          "int f(t200)\n" + chain,
		"parentheses":             "int f(array(int, " + strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000) + "))",
		"pointers":                "int f(" + strings.Repeat("hex(", 100_000) + "int" + strings.Repeat(")", 100_000) + ")",
		"operators":               "int f(array(int, " + strings.Repeat("-", 100_000) + "1))",
		"terms":                   "int f(array(int, 1" + strings.Repeat("+ arg1", 100_000) + "))",
		"parameters":              "int f(int" + strings.Repeat(", int", 100_000) + ")",
		"directions":              "int f(" + strings.Repeat("out(", 100_000) + "int" + strings.Repeat(")", 100_000) + ")",
		"choices in choices":      "int f(" + strings.Repeat("choose(1; 1: ", 100_000) + "int" + strings.Repeat(")", 100_000) + ")",
		"parentheses not closed":  strings.Repeat("int f(\n\t(((\n", 100_000),
		"quotes":                  strings.Repeat("int \"", 100_000),
		"the same again":          strings.Repeat("typedef t = int\n", 100_000),
		"too large":               strings.Repeat("int f(int)\n", maxFile/10),
		"a file of what is wrong": strings.Repeat("(", 1<<20),
	} {
		_, errs := Parse("F", text)
		if !slices.ContainsFunc(errs, func(e *Error) bool { return !e.Warning }) {
			t.Errorf("%s: nothing is wrong", name)
		}
	}
}

// TestConstantsLate holds that a constant is found wherever it is declared.
func TestConstantsLate(t *testing.T) {
	f, errs := Parse("F", `
int f(array(int, B), choose(arg1; C, D|E: hide(int); else: int))
typedef a = struct(enum(A=5, B) x)
typedef c = flags(C=B<<1, D=1, E = 1 << 4)
`)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	want := "int f(array(int, 6)*, choose(arg1; 12, 17: hide(int); else: int))"
	if got := f.Function("f", "").String(); got != want {
		t.Errorf("%s, and not %s", got, want)
	}
}

// TestOwnNames holds that a file's own types come before those that ltrace lacks, and
// after those that it has.
func TestOwnNames(t *testing.T) {
	f, errs := Parse("F", `
typedef fd = hex(long)
typedef time = string
typedef size_t = float
typedef flags = enum(X)
typedef int = long
fd f(time, size_t, flags, int, bool)
typedef bool = hex(char)
`)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	p := f.Function("f", "")
	var got []string
	for _, t := range append([]*Type{p.Result}, p.Params[0].Type, p.Params[1].Type, p.Params[2].Type, p.Params[3].Type, p.Params[4].Type) {
		c := *t
		c.Name = ""
		got = append(got, c.String())
	}
	if diff := cmp.Diff([]string{"hex(long)", "string", "float", "enum(X=0)", "int", "hex(int8)"}, got); diff != "" {
		t.Error(diff)
	}
}

// FuzzParse holds that whatever is in a file, reading it ends, and that what is
// printed of it is read as the same again.
//
//	go test ./prototype -run '^$' -fuzz FuzzParse
func FuzzParse(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*.conf")
	for _, path := range append(paths, "testdata/declarations.txt") {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
		for _, line := range strings.Split(string(text), "\n") {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 {
			return
		}
		file, _ := Parse("fuzz", text)
		for _, name := range file.Functions() {
			for n := file.funcs[name]; n >= 0; n = file.decls[n].older {
				if p := file.decls[n].prototype; p != nil {
					sameFunction(t, file, p)
				}
			}
		}
		for _, name := range file.Types() {
			if typ := file.Type(name); typ != nil && file.decls[file.types[name]].typ == typ {
				sameDefinition(t, file, typ)
			}
		}
	})
}

func sameFunction(t *testing.T, known *File, p *Prototype) {
	text := p.String()
	again, errs := Parse("printed", "function "+text, known)
	for _, e := range errs {
		t.Fatalf("%s: %v", text, e)
	}
	q := again.Function(p.Name, p.Version)
	if q == nil || q.String() != text {
		t.Fatalf("%s\nis read as\n%s", text, q)
	}
	if diff := cmp.Diff(p, q, sameType); diff != "" {
		t.Fatalf("%s is read as another:\n%s", text, diff)
	}
}

func sameDefinition(t *testing.T, known *File, typ *Type) {
	text := typ.Definition()
	again, errs := Parse("printed", text, known)
	for _, e := range errs {
		t.Fatalf("%s: %v", text, e)
	}
	if q := again.Type(typ.Name); q == nil || q.Definition() != text {
		t.Fatalf("%s\nis read as\n%v", text, q)
	}
	typ.SizeOf(ILP32)
}
