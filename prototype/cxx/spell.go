package cxx

import "strings"

// String returns t's name as people write it: std::string, std::vector<int>,
// without inline namespaces and default arguments.
func (t *typeName) String() string {
	var b strings.Builder
	t.write(&b)
	return b.String()
}

// aliases are the names that the standard gives to instances of its templates.
var aliases = map[string]string{
	"basic_string<char>": "string", "basic_string<wchar_t>": "wstring", "basic_string<char8_t>": "u8string",
	"basic_string<char16_t>": "u16string", "basic_string<char32_t>": "u32string",
	"basic_string_view<char>": "string_view", "basic_string_view<wchar_t>": "wstring_view", "basic_string_view<char8_t>": "u8string_view",
	"basic_string_view<char16_t>": "u16string_view", "basic_string_view<char32_t>": "u32string_view",
	"basic_ostream<char>": "ostream", "basic_istream<char>": "istream", "basic_iostream<char>": "iostream", "basic_ios<char>": "ios",
	"basic_ofstream<char>": "ofstream", "basic_ifstream<char>": "ifstream", "basic_fstream<char>": "fstream",
	"basic_ostringstream<char>": "ostringstream", "basic_istringstream<char>": "istringstream", "basic_stringstream<char>": "stringstream",
	"basic_streambuf<char>": "streambuf", "basic_filebuf<char>": "filebuf", "basic_stringbuf<char>": "stringbuf",
	"basic_ostream<wchar_t>": "wostream", "basic_istream<wchar_t>": "wistream", "basic_ios<wchar_t>": "wios", "basic_streambuf<wchar_t>": "wstreambuf",
}

func (t *typeName) write(b *strings.Builder) {
	if b.Len() > maxName {
		return
	}
	switch t.form {
	case named:
		if t.text != "" {
			b.WriteString(t.text)
		} else {
			t.writePath(b)
		}
	case pointer, reference, rvalue:
		t.base.write(b)
		b.WriteString(map[form]string{pointer: "*", reference: "&", rvalue: "&&"}[t.form])
	case array:
		t.base.write(b)
		b.WriteString("[" + t.text + "]")
	case constant:
		if n := strings.TrimRight(t.text, "uUlL"); isNumber(n) {
			b.WriteString(n)
			return
		}
		b.WriteString(t.text)
		return
	default:
		b.WriteString(t.text)
		return
	}
	if t.konst {
		b.WriteString(" const")
	}
}

func (t *typeName) writePath(b *strings.Builder) {
	std := t.path[0].name == "std"
	for i := range t.path {
		c := &t.path[i]
		if std && i > 0 && i < len(t.path)-1 && inlineNamespaces[c.name] {
			continue
		}
		if i > 0 {
			b.WriteString("::")
		}
		if !c.list {
			b.WriteString(c.name)
			continue
		}
		var own strings.Builder
		own.WriteString(c.name)
		own.WriteByte('<')
		args := c.args
		for std && len(args) > 1 && args[len(args)-1].defaulted() {
			args = args[:len(args)-1]
		}
		for n, a := range args {
			if n > 0 {
				own.WriteString(", ")
			}
			a.write(&own)
		}
		own.WriteByte('>')
		name := own.String()
		if alias, ok := aliases[name]; ok && std {
			name = alias
		}
		b.WriteString(name)
	}
}

// defaulted tells whether an argument of one of the standard library's templates
// is most likely what it would be without.
func (t *typeName) defaulted() bool {
	_, c, _ := t.std()
	if c == nil {
		return false
	}
	switch c.name {
	case "char_traits", "allocator", "less", "hash", "equal_to", "default_delete":
		return true
	}
	return false
}

// isNumber tells of a decimal number.
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return s != "" && strings.Trim(s, "0123456789") == ""
}
