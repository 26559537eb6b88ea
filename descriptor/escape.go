package descriptor

// appendEscaped appends bytes as strace does within <...>: as octal numbers, of as
// few digits as can be told from what follows, where they are no printable ASCII
// or would end the brackets.
func appendEscaped(b, text []byte) []byte { return appendOctal(b, text, false) }

// appendQuoted appends bytes in quotes, within which brackets mean nothing.
func appendQuoted(b, text []byte) []byte {
	return append(appendOctal(append(b, '"'), text, true), '"')
}

func appendOctal(b, text []byte, brackets bool) []byte {
	for i, c := range text {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case ' ' <= c && c < 0x7f && (brackets || c != '<' && c != '>'):
			b = append(b, c)
		case '\t' <= c && c <= '\r':
			b = append(b, '\\', "tnvfr"[c-'\t'])
		default:
			b = append(b, '\\')
			digit := i+1 < len(text) && '0' <= text[i+1] && text[i+1] <= '7'
			if digit || c >= 0o100 {
				b = append(b, '0'+c>>6)
			}
			if digit || c >= 0o10 {
				b = append(b, '0'+c>>3&7)
			}
			b = append(b, '0'+c&7)
		}
	}
	return b
}
