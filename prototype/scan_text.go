package prototype

import "strings"

// wordEnd returns where the word at i ends; i, if there is none. A word may hold
// "::" between others, as names in C++ do.
func wordEnd(text string, i int) int {
	for i < len(text) {
		switch c := text[i]; {
		case class[c]&isWord != 0:
			i++
		case c == ':' && i+2 < len(text) && text[i+1] == ':' && class[text[i+2]]&isStart != 0:
			i += 2
		default:
			return i
		}
	}
	return i
}

func skipBlanks(text string, i int) int {
	for i < len(text) && blank(text[i]) {
		i++
	}
	return i
}

func followed(text string, i int, by byte) bool {
	i = skipBlanks(text, i)
	return i < len(text) && text[i] == by
}

// newlineAt returns where the next line begins if only blanks are before it,
// else 0.
func newlineAt(text string, i int) int {
	if i = skipBlanks(text, i); i < len(text) && text[i] == '\n' {
		return i + 1
	}
	return 0
}

// quoted reads the string that begins at i and ends on the same line; in it a
// backslash takes the meaning from what follows. end is 0 if there is none.
func quoted(text string, i int) (s string, end int) {
	if i >= len(text) || text[i] != '"' {
		return "", 0
	}
	plain := true
	for j := i + 1; j < len(text) && text[j] != '\n'; j++ {
		switch text[j] {
		case '"':
			s = text[i+1 : j]
			if !plain {
				s = unquote(s)
			}
			return s, j + 1
		case '\\':
			plain = false
			if j++; j < len(text) && text[j] == '\n' {
				return "", 0
			}
		}
	}
	return "", 0
}

func unquote(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// charEnd returns what is behind the character constant at i, or behind its
// first quote if it is none.
func charEnd(text string, i int) int {
	for j := i + 1; j < len(text) && j < i+8 && text[j] != '\n'; j++ {
		switch text[j] {
		case '\\':
			j++
		case '\'':
			return j + 1
		}
	}
	return i + 1
}

// functionName takes NAME or NAME@VERSION apart, which blanks may follow.
func functionName(s string) (name, version string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		name, end := quoted(s, 0)
		if end == 0 {
			return "", "", false
		}
		version, ok = versionName(s[end:])
		return name, version, ok
	}
	end := wordEnd(s, 0)
	if end == 0 || class[s[0]]&isStart == 0 {
		return "", "", false
	}
	version, ok = versionName(s[end:])
	return s[:end], version, ok
}

// versionName reads what follows a function's name: nothing, or @VERSION.
func versionName(s string) (version string, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", true
	}
	if s[0] != '@' || versionEnd(s, 1) != len(s) {
		return "", false
	}
	return s[1:], true
}

func versionEnd(text string, i int) int {
	for i < len(text) && (class[text[i]]&isWord != 0 || text[i] == '.') {
		i++
	}
	return i
}

// likeItem tells whether a line begins as declarations do and nothing else that
// parentheses enclose: with typedef or import, or with a type and NAME(.
func likeItem(line string) bool {
	end := wordEnd(line, 0)
	if end == 0 || class[line[0]]&isStart == 0 {
		return false
	}
	i := skipBlanks(line, end)
	switch line[:end] {
	case "typedef":
		name := wordEnd(line, i)
		return name > i && followed(line, name, '=')
	case "import":
		return i < len(line) && line[i] == '"'
	}
	for i < len(line) && (line[i] == '*' || blank(line[i])) {
		i++
	}
	name := wordEnd(line, i)
	return i > end && name > i && followed(line, name, '(')
}
