package prototype

// Constants are the names that enums and sets of flags have for values. Which type
// has a name is found by the words that typedefs mention, since parsing all of them
// takes longer than most traces need.

// maxMentions bounds the typedefs that mention one word.
const maxMentions = 64

// define notes a constant, the first of a name.
func (f *File) define(name string, value int64) {
	if f.constants == nil {
		f.constants = make(map[string]int64)
	}
	if _, ok := f.constants[name]; !ok {
		f.constants[name] = value
	}
}

// constant returns the value of a constant that the file's own types define.
func (f *File) constant(name string, chain int) (value int64, ok bool) {
	if value, ok = f.constants[name]; ok {
		return value, true
	}
	if f.mentions == nil {
		f.mention()
	}
	for _, n := range f.mentions[name] {
		if d := &f.decls[n]; d.state == unparsed {
			f.parseTypedef(d, chain)
		}
		if value, ok = f.constants[name]; ok {
			return value, true
		}
	}
	return 0, false
}

// mention finds out which typedefs mention which words with '=', ',' or ')' behind
// them, if they have an enum or flags.
func (f *File) mention() {
	f.mentions = make(map[string][]int32)
	for i := range f.decls {
		d := &f.decls[i]
		if d.what != aType {
			continue
		}
		body := f.text[d.start:d.end]
		named := false
		for j := 0; j < len(body); {
			c := body[j]
			switch {
			case class[c]&isWord != 0:
				end := wordEnd(body, j)
				word := body[j:end]
				j = end
				if !named {
					named = word == "enum" || word == "flags"
					continue
				}
				k := skipBlanks(body, j)
				if k < len(body) && (body[k] == '=' || body[k] == ',' || body[k] == ')' || body[k] == '\n') && class[c]&isStart != 0 {
					if list := f.mentions[word]; len(list) < maxMentions && (len(list) == 0 || list[len(list)-1] != int32(i)) {
						f.mentions[word] = append(list, int32(i))
					}
				}
			case c == '"':
				if _, end := quoted(body, j); end > 0 {
					j = end
					continue
				}
				j++
			case c == '#':
				j = lineEnd(body, j)
			default:
				j++
			}
		}
	}
}
