package filter

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// glob is a compiled pattern, as fnmatch(3) reads it in the C locale: * ? [..]
// [!..] [^..] [[:class:]], and \ before a character that stands for itself.
// It matches names whole. A character is one of UTF-8, or a byte that is none.
type glob []globToken

type globToken struct {
	kind globKind
	byte byte    // of a globByte
	set  globSet // of a globBrackets
}

type globKind uint8

const (
	globByte     globKind = iota // this byte
	globAny                      // any one character
	globStar                     // any number of characters
	globBrackets                 // one character of the set
)

// globSet is what stands between brackets.
type globSet struct {
	not     bool
	ranges  [][2]rune // inclusive
	classes []charClass
}

// charClass is [:name:] of ctype(3), in the C locale.
type charClass struct {
	name string
	has  func(byte) bool
}

// is tells whether the token stands for c alone.
func (t *globToken) is(c byte) bool { return t.kind == globByte && t.byte == c }

// has tells whether c stands in the pattern, for itself.
func (g glob) has(c byte) bool {
	return slices.ContainsFunc(g, func(t globToken) bool { return t.is(c) })
}

// literal returns the only name that the pattern matches, if it is one.
func (g glob) literal() (string, bool) {
	b := make([]byte, 0, len(g))
	for i := range g {
		if g[i].kind != globByte {
			return "", false
		}
		b = append(b, g[i].byte)
	}
	return string(b), true
}

// match takes time in the order of len(g)*len(s) at most: on a mismatch only
// the last star takes more, since an earlier one could gain nothing by it.
func (g glob) match(s string) bool {
	i, pos := 0, 0
	star, starPos := -1, 0
	for pos < len(s) {
		if i < len(g) {
			if g[i].kind == globStar {
				star, starPos = i, pos
				i++
				continue
			}
			if n := g[i].match(s[pos:]); n > 0 {
				i++
				pos += n
				continue
			}
		}
		if star < 0 {
			return false
		}
		_, n := utf8.DecodeRuneInString(s[starPos:])
		starPos += n
		i, pos = star+1, starPos
	}
	return i == len(g) || i == len(g)-1 && g[i].kind == globStar
}

// match returns the number of bytes at the start of s that the token takes, or
// 0 if it doesn't match there. s is not empty, and the token no star.
func (t *globToken) match(s string) int {
	if t.kind == globByte {
		if s[0] == t.byte {
			return 1
		}
		return 0
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		r = -1 // no character: in no range and no class
	}
	if t.kind == globBrackets && !t.set.has(r) {
		return 0
	}
	return n
}

func (s *globSet) has(r rune) bool {
	for _, p := range s.ranges {
		if p[0] <= r && r <= p[1] {
			return !s.not
		}
	}
	for i := range s.classes {
		if r >= 0 && r < utf8.RuneSelf && s.classes[i].has(byte(r)) {
			return !s.not
		}
	}
	return s.not
}

// parseGlobToken reads the token at the start of s, n bytes long; msg is empty
// unless it is ill-formed. s is not empty.
func parseGlobToken(s string) (tok globToken, n int, msg string) {
	switch s[0] {
	case '*':
		return globToken{kind: globStar}, 1, ""
	case '?':
		return globToken{kind: globAny}, 1, ""
	case '[':
		set, n, msg := parseBrackets(s, globBracketRules)
		return globToken{kind: globBrackets, set: set}, n, msg
	case '\\':
		if len(s) == 1 {
			return tok, 0, `a backslash at the end`
		}
		return globToken{byte: s[1]}, 2, ""
	}
	return globToken{byte: s[0]}, 1, ""
}

// bracketRules are how brackets in globs and in regular expressions differ.
type bracketRules struct {
	not    string // what negates the set, where it comes first
	escape bool   // a backslash takes a meaning away
}

var (
	globBracketRules   = bracketRules{not: "!^", escape: true} // XCU 2.13.1
	regexpBracketRules = bracketRules{not: "^"}                // XBD 9.3.5
)

// parseBrackets reads the brackets at the start of s, as POSIX.1-2017 has them
// less equivalence classes and collating symbols. n is their length in bytes;
// msg is empty unless they are ill-formed.
func parseBrackets(s string, rules bracketRules) (set globSet, n int, msg string) {
	n = 1
	if n < len(s) && strings.IndexByte(rules.not, s[n]) >= 0 {
		set.not = true
		n++
	}
	for first := true; n < len(s); first = false {
		// A ] that comes first stands for itself.
		if s[n] == ']' && !first {
			return set, n + 1, ""
		}
		if s[n] == '[' && n+1 < len(s) && strings.IndexByte(":.=", s[n+1]) >= 0 {
			class, size, msg := parseCharClass(s[n:])
			if msg != "" {
				return set, 0, msg
			}
			set.classes = append(set.classes, class)
			n += size
			continue
		}
		lo, size := bracketRune(s[n:], rules)
		n += size
		hi := lo
		// A - that comes first or last stands for itself.
		if n+1 < len(s) && s[n] == '-' && s[n+1] != ']' {
			hi, size = bracketRune(s[n+1:], rules)
			n += 1 + size
		}
		if lo < 0 || hi < 0 {
			return set, 0, `[...] holds a byte that is no character of UTF-8`
		}
		if hi < lo {
			return set, 0, `a range in [...] that ends before it begins`
		}
		set.ranges = append(set.ranges, [2]rune{lo, hi})
	}
	return set, 0, `'[' without ']'`
}

// bracketRune reads one character, perhaps behind a backslash; it is -1 if it
// is none.
func bracketRune(s string, rules bracketRules) (r rune, size int) {
	escape := 0
	if rules.escape && s[0] == '\\' && len(s) > 1 {
		escape = 1
	}
	r, size = utf8.DecodeRuneInString(s[escape:])
	if r == utf8.RuneError && size == 1 {
		r = -1
	}
	return r, escape + size
}

// parseCharClass reads [:class:] at the start of s.
func parseCharClass(s string) (class charClass, n int, msg string) {
	if s[1] != ':' {
		return class, 0, fmt.Sprintf(`[%c in [...] is not supported`, s[1])
	}
	name, _, ok := strings.Cut(s[2:], ":]")
	if !ok {
		return class, 0, `'[:' without ':]'`
	}
	has, ok := charClasses[name]
	if !ok {
		return class, 0, fmt.Sprintf(`no character class is called [:%s:]`, name)
	}
	return charClass{name, has}, len("[:") + len(name) + len(":]"), ""
}

// charClasses are the classes, by name.
var charClasses = map[string]func(byte) bool{
	"alnum":  isAlnum,
	"alpha":  isAlpha,
	"blank":  func(c byte) bool { return c == ' ' || c == '\t' },
	"cntrl":  func(c byte) bool { return c < ' ' || c == 0x7f },
	"digit":  isDigit,
	"graph":  isGraph,
	"lower":  isLower,
	"print":  func(c byte) bool { return c == ' ' || isGraph(c) },
	"punct":  func(c byte) bool { return isGraph(c) && !isAlnum(c) },
	"space":  func(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' },
	"upper":  isUpper,
	"xdigit": func(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' },
}

func isAlnum(c byte) bool { return isAlpha(c) || isDigit(c) }
func isAlpha(c byte) bool { return isLower(c) || isUpper(c) }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isGraph(c byte) bool { return ' ' < c && c < 0x7f }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
