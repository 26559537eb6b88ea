package symname

import "strings"

// Brief returns a demangled C++ name as people write it: std::string for
// std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >,
// std::vector<int> for std::vector<int, std::allocator<int> >. Names of other
// languages, and what is not understood, stay as they are.
func Brief(name string) string {
	if !strings.Contains(name, "std::") {
		return name
	}
	for _, inline := range [...]string{"std::__cxx11::", "std::__1::"} {
		name = strings.ReplaceAll(name, inline, "std::")
	}
	b := briefer{name: name}
	b.copyUntil("")
	return b.out.String()
}

// briefer copies a name, and shortens the templates of namespace std in it.
type briefer struct {
	name  string
	at    int
	depth int
	out   strings.Builder
}

// maxBrief bounds how deep templates are nested that are shortened.
const maxBrief = 32

// copyUntil copies up to one of the bytes of stop that is outside of brackets, or
// to the end, and returns the byte, or 0.
func (b *briefer) copyUntil(stop string) byte {
	const opening, closing = "(<[{", ")>]}"
	nested := 0
	for b.at < len(b.name) {
		rest := b.name[b.at:]
		if word := stdTemplate(rest); word != "" && b.depth < maxBrief && b.startsWord() {
			b.at += len(word) + 1
			b.template(word)
			continue
		}
		c := rest[0]
		switch {
		case nested == 0 && strings.IndexByte(stop, c) >= 0:
			return c
		case strings.HasPrefix(rest, "operator"):
			b.copy(len(rest) - len(strings.TrimLeft(rest[len("operator"):], "<>=-!()[]*&|^~+/%,")))
			continue
		case strings.IndexByte(opening, c) >= 0:
			nested++
		case strings.IndexByte(closing, c) >= 0:
			nested--
		}
		b.copy(1)
	}
	return 0
}

func (b *briefer) copy(n int) {
	b.out.WriteString(b.name[b.at : b.at+n])
	b.at += n
}

// startsWord tells that what comes is not the end of a longer name.
func (b *briefer) startsWord() bool {
	return b.at == 0 || strings.IndexByte("(<[{ ,*&", b.name[b.at-1]) >= 0
}

// stdTemplate returns the template of namespace std that s begins with, without
// its arguments: std::vector. It is "" for other things.
func stdTemplate(s string) string {
	rest, ok := strings.CutPrefix(s, "std::")
	if !ok {
		return ""
	}
	n := 0
	for n < len(rest) && (rest[n] == '_' || 'a' <= rest[n] && rest[n] <= 'z' || '0' <= rest[n] && rest[n] <= '9') {
		n++
	}
	if n == 0 || n == len(rest) || rest[n] != '<' || rest[:n] == "operator" {
		return ""
	}
	return s[:len("std::")+n]
}

// template copies the arguments of a template, behind its <, without those that are
// what they are by default.
func (b *briefer) template(word string) {
	before, start := b.out.String(), b.at
	var args []string
	b.depth++
	for {
		b.out.Reset()
		c := b.copyUntil(",>")
		args = append(args, strings.TrimSpace(b.out.String()))
		if c == 0 { // not a template after all
			b.out.Reset()
			b.out.WriteString(before + word + "<" + b.name[start:])
			b.depth--
			return
		}
		b.at++
		if c == '>' {
			break
		}
	}
	b.depth--
	b.out.Reset()
	b.out.WriteString(before)
	for n := len(args); n > 1 && isDefault(args[:n-1], args[n-1]); n-- {
		args = args[:n-1]
	}
	if alias := aliases[word+"<"+args[0]+">"]; alias != "" && len(args) == 1 {
		b.out.WriteString(alias)
		return
	}
	b.out.WriteString(word + "<" + strings.Join(args, ", "))
	if strings.HasSuffix(args[len(args)-1], ">") {
		b.out.WriteByte(' ')
	}
	b.out.WriteByte('>')
}

// isDefault tells whether an argument is the one that a template of the standard
// library has behind the others if none is written.
func isDefault(before []string, arg string) bool {
	word, of, ok := strings.Cut(arg, "<")
	if !ok {
		return false
	}
	of = strings.TrimSpace(strings.TrimSuffix(of, ">"))
	switch word {
	case "std::allocator":
		return of == before[0] || isPair(of, before)
	case "std::char_traits", "std::default_delete", "std::less", "std::equal_to", "std::hash":
		return of == before[0]
	}
	return false
}

// isPair tells whether a type is what a map of keys to values has for elements.
func isPair(of string, before []string) bool {
	if len(before) < 2 {
		return false
	}
	key := before[0]
	return of == "std::pair<"+key+" const, "+before[1]+">" || of == "std::pair<"+key+" const, "+before[1]+" >"
}

// aliases are the standard library's own names of some of its templates.
var aliases = map[string]string{
	"std::basic_string<char>":         "std::string",
	"std::basic_string<wchar_t>":      "std::wstring",
	"std::basic_string<char8_t>":      "std::u8string",
	"std::basic_string<char16_t>":     "std::u16string",
	"std::basic_string<char32_t>":     "std::u32string",
	"std::basic_string_view<char>":    "std::string_view",
	"std::basic_string_view<wchar_t>": "std::wstring_view",
	"std::basic_ostream<char>":        "std::ostream",
	"std::basic_ostream<wchar_t>":     "std::wostream",
	"std::basic_istream<char>":        "std::istream",
	"std::basic_istream<wchar_t>":     "std::wistream",
	"std::basic_iostream<char>":       "std::iostream",
	"std::basic_ios<char>":            "std::ios",
	"std::basic_streambuf<char>":      "std::streambuf",
	"std::basic_filebuf<char>":        "std::filebuf",
	"std::basic_ifstream<char>":       "std::ifstream",
	"std::basic_ofstream<char>":       "std::ofstream",
	"std::basic_fstream<char>":        "std::fstream",
	"std::basic_stringbuf<char>":      "std::stringbuf",
	"std::basic_istringstream<char>":  "std::istringstream",
	"std::basic_ostringstream<char>":  "std::ostringstream",
	"std::basic_stringstream<char>":   "std::stringstream",
	"std::basic_regex<char>":          "std::regex",
}
