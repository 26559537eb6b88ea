package filter

import (
	"regexp"
	"strings"

	"sonde/symname"
)

// pattern is what stands for names in a rule: nothing at all, a literal, a glob
// or a regular expression. It matches names whole.
type pattern struct {
	all   bool // every name
	glob  glob // unless re is set
	lit   string
	isLit bool // the glob matches lit alone
	re    *regexp.Regexp

	// What a mangled symbol must have for its name to match, see
	// mayMatchMangled; "" for nothing.
	head, word string
}

var anything = pattern{all: true}

func globPattern(g glob) pattern {
	if len(g) == 1 && g[0].kind == globStar {
		return anything
	}
	p := pattern{glob: g, head: head(g.prefix()), word: g.word()}
	p.lit, p.isLit = g.literal()
	return p
}

// literal returns the only name that the pattern matches, if it is one.
func (p *pattern) literal() (string, bool) { return p.lit, p.isLit }

func (p *pattern) match(s string) bool {
	switch {
	case p.all:
		return true
	case p.isLit:
		return p.lit == s
	case p.re != nil:
		return p.re.MatchString(s)
	}
	return p.glob.match(s)
}

// matchName is match for a demangled name, in full or as it is shown.
func (p *pattern) matchName(name string) bool {
	return p.match(name) || p.match(symname.Brief(name))
}

// mayMatchMangled tells whether it is worth to demangle a symbol: of a hundred
// thousand, nearly none. A mangled name has the identifiers of its name as they
// are, except for those of abbreviations.
func (p *pattern) mayMatchMangled(symbol string) bool {
	if p.head != "" {
		if first := firstIdentifier(symbol); first != "" && !strings.HasPrefix(first, p.head) {
			return false
		}
	}
	return p.word == "" || strings.Contains(symbol, p.word)
}

// firstIdentifier returns what the name of a mangled symbol begins with, if the
// symbol begins with it as well: the length of an identifier and itself, behind
// letters for what is nested, local or qualified (Itanium C++ ABI, 5.1.2 to
// 5.1.6).
func firstIdentifier(symbol string) string {
	rest, ok := strings.CutPrefix(symbol, "_Z")
	if !ok {
		return ""
	}
	rest = strings.TrimLeft(rest, "NZLHKVrRO")
	if len(rest) > 1 && rest[0] == 'S' && strings.IndexByte("tabsiod", rest[1]) >= 0 {
		return "std" // an abbreviation of something in it (5.1.8)
	}
	n := 0
	for len(rest) > 0 && isDigit(rest[0]) && n < len(rest) {
		n = 10*n + int(rest[0]-'0')
		rest = rest[1:]
	}
	return rest[:min(n, len(rest))]
}

// head returns the identifier, or the beginning of one, that s begins with.
func head(s string) string {
	n := 0
	for n < len(s) && isIdentifier(s[n]) {
		n++
	}
	return s[:n]
}

// prefix returns what each name begins with that the glob matches.
func (g glob) prefix() string {
	n := 0
	for n < len(g) && g[n].kind == globByte {
		n++
	}
	s, _ := g[:n].literal()
	return s
}

func isIdentifier(c byte) bool { return isAlnum(c) || c == '_' }

// word returns the longest piece of an identifier that must be in each mangled
// name whose meaning the pattern matches, or "".
func (g glob) word() string {
	var best, run []byte
	for i := 0; i <= len(g); i++ {
		if i < len(g) && g[i].kind == globByte && isIdentifier(g[i].byte) {
			run = append(run, g[i].byte)
			continue
		}
		// What begins with a digit may be the end of a literal (16ul).
		if len(run) > len(best) && !isDigit(run[0]) && !abbreviated(string(run)) {
			best = append(best[:0], run...)
		}
		run = run[:0]
	}
	return string(best)
}

// abbreviated tells whether s may be part of something that demangling writes
// out and that is not in the symbol so.
func abbreviated(s string) bool {
	return len(s) < 3 || strings.Contains(abbreviations, s)
}

// abbreviations are the words that demanglers make up: of the abbreviations,
// types, operators, literals and special names of the Itanium C++ ABI (5.1),
// and of both of Rust's manglings.
const abbreviations = ` std allocator basic_string string char_traits basic_istream istream basic_ostream ostream basic_iostream iostream
 void wchar_t bool char signed unsigned short int long __int128 float double __float128 half char8_t char16_t char32_t
 auto decltype nullptr_t std::nullptr_t _Float16 _Float32 _Float64 _Float128 std::bfloat16_t bfloat16_t _BitInt _Complex _Imaginary complex imaginary
 _Accum _Fract _Sat
 const volatile restrict __restrict noexcept throw transaction_safe enum struct union class typename template this requires
 operator new delete co_await sizeof alignof alignas typeid dynamic_cast static_cast const_cast reinterpret_cast __uuidof __alignof__ __vector vector
 true false nullptr null NULL
 vtable VTT for typeinfo name fn construction in guard variable reference temporary TLS init wrapper function thread local
 non virtual thunk covariant return override to initializer module static non-transaction clone transaction
 anonymous namespace lambda unnamed type default arg string literal block_literal invocation block abi global constructors destructors keyed
 java resource friend mangling number inheriting ctor constructor destructor template parameter object hidden alias
 _Float32x _Float64x _Float128x TT0 TT1 parm decimal32 decimal64 decimal128 objcproto meta info
 closure shim impl dyn as where mut unsafe extern str usize isize u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f16 f32 f64 f128 self Self `
