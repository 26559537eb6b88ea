package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
	"sonde/prototype/cxx"
)

// cxxType is a type of parameters and results: an object of it, and how that is shown.
type cxxType struct {
	name, object, shown string // shown: &x is the address of x, "" a class of which nobody knows how it is passed
}

// cxxTypes are of every kind that conventions have, all with objects that can be told
// from one another.
var cxxTypes = []cxxType{
	{"bool", "true", "true"},
	{"char", "'k'", "'k'"},
	{"signed char", "-3", "-3"},
	{"unsigned short", "65001", "65001"},
	{"int", "-1001", "-1001"},
	{"long long", "-5000000007ll", "-5000000007"},
	{"unsigned long long", "18000000000000000001ull", "18000000000000000001"},
	{"__int128", "77", "77"},
	{"wchar_t", "L'w'", "'w'"},
	{"char16_t", "u'v'", "'v'"},
	{"float", "1.5f", "1.500000"},
	{"double", "-2.25", "-2.250000"},
	{"long double", "3.5l", "3.500000"},
	{"const char *", `"chars"`, `"chars"`},
	{"const wchar_t *", `L"wide"`, `"wide"`},
	{"int *", "&an_int", "&an_int"},
	{"const int *", "&an_int", "41"},
	{"void *", "&an_int", "&an_int"},
	{"Small *", "&a_small", "&a_small"},
	{"int &", "an_int", "&an_int"},
	{"const int &", "an_int", "41"},
	{"int &&", "std::move(an_int)", "41"},
	{"const Small &", "a_small", "&a_small"},
	{"Kind &", "a_kind", "&a_kind"},
	{"Small", "a_small", ""},
	{"Big", "a_big", ""},
	{"Owner", "an_owner", ""},
	{"Kind", "a_kind", ""},
	{"Plain", "one", ""},
	{"Empty", "Empty()", ""},
	{"Template<int>", "Template<int>{5}", ""},
	{"const Template<int> &", "a_template", "&a_template"},
	{"int (*)(int)", "twice", "twice"},
	{"std::nullptr_t", "nullptr", "nil"},
	{"std::string", "a_string", `"a string"`},
	{"const std::string &", "a_string", `"a string"`},
	{"std::string &", "a_string", `"a string"`},
	{"std::string &&", "std::move(a_string)", `"a string"`},
	{"const std::string *", "&a_string", `"a string"`},
	{"std::wstring", "a_wstring", `"a wstring"`},
	{"std::string_view", `"a view"sv`, `"a view"`},
	{"std::vector<int>", "numbers", "3 [ 7, 8, 9 ]"},
	{"const std::vector<int> &", "numbers", "3 [ 7, 8, 9 ]"},
	{"const std::vector<bool> &", "bits", "3 [ true, false, true ]"},
	{"const std::map<int, std::string> &", "a_map", `1 [ { 6, "six" } ]`},
	{"std::set<char>", "a_set", "2 [ 'x', 'y' ]"},
	{"std::deque<short>", "a_deque", "2 [ 11, 12 ]"},
	{"std::pair<int, int>", "std::make_pair(21, 22)", "{ 21, 22 }"},
	{"std::pair<int, double>", "std::make_pair(23, 2.5)", "{ 23, 2.500000 }"},
	{"std::pair<std::string, int>", "std::make_pair(a_string, 24)", `{ "a string", 24 }`},
	{"std::pair<long long, std::pair<long long, long long>>", "std::make_pair(1ll, std::make_pair(2ll, 3ll))", "{ 1, { 2, 3 } }"},
	{"std::optional<int>", "std::make_optional(25)", "25"},
	{"std::optional<std::string>", "std::make_optional(a_string)", `"a string"`},
	{"std::variant<int, double>", "(std::variant<int, double>(2.75))", "2.750000"},
	{"const std::tuple<int, char> &", "a_tuple", "{ 26, 'c' }"},
	{"std::array<float, 3>", "(std::array<float, 3>{{1, 2, 3}})", "[ 1.000000, 2.000000, 3.000000 ]"},
	{"std::array<long, 3>", "(std::array<long, 3>{{1, 2, 3}})", "[ 1, 2, 3 ]"},
	{"std::unique_ptr<int>", "std::make_unique<int>(27)", "27"},
	{"std::shared_ptr<int>", "std::make_shared<int>(28)", "28"},
	{"const std::shared_ptr<Small> &", "a_shared", "&*a_shared"},
	{"std::reference_wrapper<int>", "std::ref(an_int)", "41"},
	{"std::initializer_list<int>", "listed", "2 [ 31, 32 ]"},
	{"std::chrono::milliseconds", "std::chrono::milliseconds(33)", "33ms"},
	{"std::chrono::duration<double>", "std::chrono::duration<double>(0.5)", "0.500000s"},
	{"std::complex<float>", "std::complex<float>(1, -1)", "1.000000-1.000000i"},
	{"std::complex<double>", "std::complex<double>(2, -2)", "2.000000-2.000000i"},
	{"std::bitset<9>", "std::bitset<9>(5)", "<0,2>"},
	{"const std::bitset<100> &", "a_bitset", "<3,70>"},
	{"std::memory_order", "std::memory_order_acquire", "acquire"},
	{"Small Template<int>::*", "(Small Template<int>::*)nullptr", "-1"},
}

// cxxSignatures are the declarations that the program begins with.
const cxxDeclarations = `
#include <array>
#include <atomic>
#include <bitset>
#include <chrono>
#include <complex>
#include <cstdio>
#include <deque>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>
using namespace std::literals;
struct Small { int a; };
struct Big { long words[5]; };
struct Owner { int *p; Owner() : p(nullptr) {} Owner(const Owner &o) : p(o.p) {} ~Owner() {} };
enum class Kind : short { first, second };
enum Plain { zero, one };
struct Empty {};
template<typename T> struct Template { T t; };
struct Base { long filler[9]; };
struct Virtual : virtual Base { long more[9]; };
extern "C" int twice(int n);
extern int an_int, called;
extern Small a_small;
extern Big a_big;
extern Owner an_owner;
extern Kind a_kind;
extern Template<int> a_template;
extern const std::string a_string_0;
extern std::string a_string;
extern std::wstring a_wstring;
extern std::vector<int> numbers;
extern std::vector<bool> bits;
extern std::map<int, std::string> a_map;
extern std::set<char> a_set;
extern std::deque<short> a_deque;
extern std::tuple<int, char> a_tuple;
extern std::shared_ptr<Small> a_shared;
extern std::initializer_list<int> listed;
extern std::bitset<100> a_bitset;
`

const cxxDefinitions = `
int twice(int n) { return 2 * n; }
int an_int = 41, called;
Small a_small{42};
Big a_big{{1, 2, 3, 4, 5}};
Owner an_owner;
Kind a_kind = Kind::second;
Template<int> a_template{5};
std::string a_string = "a string";
std::wstring a_wstring = L"a wstring";
std::vector<int> numbers{7, 8, 9};
std::vector<bool> bits{true, false, true};
std::map<int, std::string> a_map{{6, "six"}};
std::set<char> a_set{'x', 'y'};
std::deque<short> a_deque{11, 12};
std::tuple<int, char> a_tuple{26, 'c'};
std::shared_ptr<Small> a_shared = std::make_shared<Small>();
static const int list[] = {31, 32};
std::initializer_list<int> listed{31, 32};
std::bitset<100> a_bitset = std::bitset<100>(8) | std::bitset<100>(1) << 70;
`

// signatures makes a library of functions and a program that calls them and says how a
// trace must show that.
type signatures struct {
	types              []cxxType
	rng                *rand.Rand
	head, library, run strings.Builder
	n                  int
}

// expectation is the line by which the program tells of the next call.
func (s *signatures) expectation(name, this string, params []cxxType, result string) {
	var shown []string
	var args string
	add := func(text string) {
		if object, ok := strings.CutPrefix(text, "&"); ok {
			shown, args = append(shown, "%p"), args+", (void *)&"+object
		} else {
			shown = append(shown, strings.ReplaceAll(text, "%", "%%"))
		}
	}
	if this != "" {
		add(this)
	}
	for _, p := range params {
		if p.shown == "" {
			shown = append(shown, "{...}")
			break
		}
		add(p.shown)
	}
	text := fmt.Sprintf("%s\t%s = %s\n", name, strings.Join(shown, ", "), result)
	fmt.Fprintf(&s.run, "\tprintf(%s%s);\n", strings.ReplaceAll(fmt.Sprintf("%q", text), `\u00`, `\x`), args)
}

func (s *signatures) params() (ps []cxxType, declared, objects string) {
	for i := range s.rng.IntN(7) {
		p := s.types[s.rng.IntN(len(s.types))]
		if i > 0 {
			declared, objects = declared+", ", objects+", "
		}
		ps, declared, objects = append(ps, p), declared+"Type<"+p.name+">", objects+p.object
	}
	return ps, declared, objects
}

func (s *signatures) result() cxxType {
	if s.rng.IntN(4) == 0 {
		return cxxType{"void", "", "<void>"}
	}
	return s.types[s.rng.IntN(len(s.types))]
}

func (s *signatures) add() {
	s.n++
	name := fmt.Sprintf("sig%dx", s.n)
	params, declared, objects := s.params()
	result := s.result()
	body := fmt.Sprintf("{ called++; return (%s)(%s); }\n", result.name, result.object)
	if result.name == "void" {
		body = "{ called++; }\n"
	}
	switch s.rng.IntN(9) {
	case 0: // a function of which nobody knows the result
		fmt.Fprintf(&s.head, "Type<%s> %s(%s);\n", result.name, name, declared)
		fmt.Fprintf(&s.library, "Type<%s> %s(%s) %s", result.name, name, declared, body)
		s.expectation(name, "", params, "?")
		fmt.Fprintf(&s.run, "\t%s(%s);\n", name, objects)
	case 1, 2, 3: // an instance of a template
		fmt.Fprintf(&s.head, "template<typename T> Type<%s> %s(%s);\n", result.name, name, declared)
		fmt.Fprintf(&s.library, "template<typename T> Type<%s> %s(%s) %stemplate Type<%s> %s<int>(%s);\n", result.name, name, declared, body, result.name, name, declared)
		s.expectation(name, "", params, result.shown)
		fmt.Fprintf(&s.run, "\t%s<int>(%s);\n", name, objects)
	case 4: // members, and static ones
		how := []string{"%s%s", "static %s%s", "%s%s const"}[s.rng.IntN(3)]
		konst := ""
		if strings.HasSuffix(how, "const") {
			konst = " const"
		}
		fmt.Fprintf(&s.head, "struct %s {\n\tlong filler[4];\n\t%s;\n};\n", name, fmt.Sprintf(how, "Type<"+result.name+"> ", "member("+declared+")"))
		fmt.Fprintf(&s.library, "Type<%s> %s::member(%s)%s %s", result.name, name, declared, konst, body)
		s.expectation(name, "?", params, "?")
		fmt.Fprintf(&s.run, "\t{ %s o; o.member(%s); }\n", name, objects)
	case 5: // members that are instances
		fmt.Fprintf(&s.head, "struct %s {\n\tlong filler[4];\n\ttemplate<typename T> Type<%s> member(%s) const;\n};\n", name, result.name, declared)
		fmt.Fprintf(&s.library, "template<typename T> Type<%s> %s::member(%s) const %stemplate Type<%s> %s::member<int>(%s) const;\n", result.name, name, declared, body, result.name, name, declared)
		fmt.Fprintf(&s.run, "\t{ %s o;\n", name)
		s.expectation(name, "&o", params, result.shown)
		fmt.Fprintf(&s.run, "\to.member<int>(%s); }\n", objects)
	case 6: // constructors and destructors
		base := []string{"", " : Base", " : Virtual", " : virtual Base"}[s.rng.IntN(4)]
		if len(params) == 0 {
			declared, params, objects = "int", []cxxType{{"int", "0", "0"}}, "0"
		}
		fmt.Fprintf(&s.head, "struct %s%s {\n\tlong filler[4];\n\t%s(%s);\n\t~%s();\n};\n", name, base, name, declared, name)
		fmt.Fprintf(&s.library, "%s::%s(%s) { called++; }\n%s::~%s() { called++; }\n", name, name, declared, name, name)
		fmt.Fprintf(&s.run, "\t{ alignas(%s) static char room[sizeof(%s)]; %s *o = (%s *)room;\n", name, name, name, name)
		s.expectation(name, "&*o", params, "<void>")
		fmt.Fprintf(&s.run, "\tnew (room) %s(%s);\n", name, objects)
		s.expectation(name, "&*o", nil, "<void>")
		fmt.Fprintf(&s.run, "\to->~%s(); }\n", name)
	case 7: // conversions
		if result.name == "void" || strings.Contains(result.name, "(*)") || strings.Contains(result.name, "::*") {
			s.n--
			return
		}
		fmt.Fprintf(&s.head, "struct %s {\n\tlong filler[4];\n\toperator Type<%s>() const;\n};\n", name, result.name)
		fmt.Fprintf(&s.library, "%s::operator Type<%s>() const %s", name, result.name, body)
		fmt.Fprintf(&s.run, "\t{ %s o;\n", name)
		s.expectation(name, "&o", nil, result.shown)
		fmt.Fprintf(&s.run, "\t(void)o.operator Type<%s>(); }\n", result.name)
	case 8: // operators of classes
		op := []string{"()", "+=", "<<", "=", "->*"}[s.rng.IntN(5)]
		p := s.types[s.rng.IntN(len(s.types))]
		fmt.Fprintf(&s.head, "struct %s {\n\tlong filler[4];\n\tType<%s> operator%s(Type<%s>);\n};\n", name, result.name, op, p.name)
		fmt.Fprintf(&s.library, "Type<%s> %s::operator%s(Type<%s>) %s", result.name, name, op, p.name, body)
		fmt.Fprintf(&s.run, "\t{ %s o;\n", name)
		s.expectation(name, "&o", []cxxType{p}, "?")
		fmt.Fprintf(&s.run, "\to.operator%s(%s); }\n", op, p.object)
	}
}

// writeSignatures writes the sources of a library and a program.
func writeSignatures(t *testing.T, flags []string) (library, program string) {
	t.Helper()
	s := &signatures{rng: rand.New(rand.NewPCG(1, 2))}
	for _, of := range cxxTypes {
		if of.name != "__int128" || !slices.Contains(flags, "-m32") {
			s.types = append(s.types, of)
		}
	}
	s.head.WriteString(cxxDeclarations + "template<typename T> struct Same { using type = T; };\ntemplate<typename T> using Type = typename Same<T>::type;\n")
	s.run.WriteString("int main()\n{\n\tsetvbuf(stdout, nullptr, _IONBF, 0);\n")
	for s.n < 300 {
		s.add()
	}
	s.run.WriteString("}\n")
	dir := t.TempDir()
	write := func(name string, parts ...string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(strings.Join(parts, "")), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	library = write("libsig.cc", s.head.String(), cxxDefinitions, s.library.String())
	program = write("signatures.cc", s.head.String(), s.run.String())
	return library, program
}

// TestCXXSignatures holds that whatever is shown of the arguments of C++ functions without
// debugging information is what they were called with, or else is six guessed words.
func TestCXXSignatures(t *testing.T) {
	for _, flags := range [][]string{
		{"-O1"},
		{"-O2", "-m32"},
		{"-O1", "-D_GLIBCXX_USE_CXX11_ABI=0"},
		{"CC=clang", "-O1"},
		{"CC=clang", "-O1", "-stdlib=libc++"},
	} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			library, program := writeSignatures(t, flags)
			flags = append(flags, "-std=c++17", "-w", "-fno-lto")
			so := testkit.Build(t, library, append(flags, "-shared", "-fPIC")...)
			run := testkit.Build(t, program, append(flags, so, "-Wl,-rpath,"+filepath.Dir(so))...)
			var calls []testkit.Line
			r, _ := traceLines(t, "--no-demangle -a 0 -A 4 -e *sig[0-9]*", func(l testkit.Line) {
				if l.Kind == testkit.CallLine || l.Kind == testkit.CallOpen {
					calls = append(calls, l)
				}
			}, run)
			checkExit(t, r.Result, 0)
			checkSignatures(t, r.Stdout, calls)
		})
	}
}

var guessed = regexp.MustCompile(`^((-?\d+|0x[0-9a-f]+|nil|".*"(\.\.\.)?)(, |$))+$`)

func checkSignatures(t *testing.T, stdout string, calls []testkit.Line) {
	t.Helper()
	known, lines := 0, strings.Split(strings.TrimSpace(stdout), "\n")
	if len(lines) != len(calls) {
		t.Fatalf("%d calls, want %d", len(calls), len(lines))
	}
	for i, call := range calls {
		name, values, _ := strings.Cut(lines[i], "\t")
		if !strings.Contains(call.Name, name) {
			t.Fatalf("%s, want a call of %s", call.Text, name)
		}
		args, result, _ := strings.Cut(values, " = ")
		if _, ok := cxx.Prototype(call.Name); !ok {
			if !guessed.MatchString(call.Args) {
				t.Errorf("%s, want guessed words", call.Text)
			}
			continue
		}
		if known++; call.Args != args && !endsBefore(call.Args, args, "77") {
			t.Errorf("%s, want (%s)", call.Text, args)
		}
		if call.Kind == testkit.CallLine && result != "" && result != "?" && result[0] != '&' && call.Result != result {
			t.Errorf("%s, want the result %s", call.Text, result)
		}
	}
	if known < len(calls)/2 {
		t.Errorf("%d of %d are known", known, len(calls))
	}
}

// endsBefore tells whether what is shown ends with the argument before that one: of which
// compilers disagree how it is passed where it is an __int128.
func endsBefore(shown, args, one string) bool {
	before, ok := strings.CutSuffix(shown, "{...}")
	return ok && strings.HasPrefix(args, before+one)
}
