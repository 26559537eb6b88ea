package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"maps"
	"math/bits"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// recipe says what the file of system calls' constants is made of.
//
//go:embed syscalls.txt
var recipe string

// constantsFile is the file, in the directory of the shipped ones.
const constantsFile = "syscalls-constants.conf"

// constantsPackages are Debian's with the headers that it is made of.
var constantsPackages = []string{"libc6-dev", "linux-libc-dev"}

// writeConstants writes the names that system calls' numbers have.
func writeConstants(ctx context.Context, work, out string) error {
	k := &kernelNames{recipe: recipe}
	var err error
	if k.versions, err = packageVersions(ctx, constantsPackages); err != nil {
		return err
	}
	if err := k.read(ctx, work); err != nil {
		return err
	}
	text, n, err := k.file()
	if err != nil {
		return err
	}
	path := filepath.Join(out, constantsFile)
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("write constants: %w", err)
	}
	fmt.Printf("%-44s %5d types\n", path, n)
	return nil
}

// kernelNames are what headers call numbers, as far as a recipe wants to know.
type kernelNames struct {
	recipe       string
	versions     []string // of the packages
	headers      []string
	wide, narrow map[string]int64 // for 64 and for 32 bits
}

// wantedWord is one in a recipe that may be a name or the beginning of some.
var wantedWord = regexp.MustCompile(`[A-Za-z_][A-Za-z_0-9]*\*?`)

// read finds the values of the recipe's names in its headers.
func (k *kernelNames) read(ctx context.Context, work string) error {
	names, prefixes := map[string]bool{}, []string{}
	for line := range strings.Lines(k.recipe) {
		if list, ok := strings.CutPrefix(line, "headers "); ok {
			k.headers = append(k.headers, strings.Fields(list)...)
			continue
		}
		for _, word := range wantedWord.FindAllString(line, -1) {
			if prefix, ok := strings.CutSuffix(word, "*"); ok {
				prefixes = append(prefixes, prefix)
			} else {
				names[word] = true
			}
		}
	}
	wanted := func(name string) bool {
		return names[name] || slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	}
	for _, m := range []struct {
		flag string
		into *map[string]int64
	}{{"-m64", &k.wide}, {"-m32", &k.narrow}} {
		*m.into = map[string]int64{}
		for _, h := range slices.Backward(k.headers) { // the first one's value is the last
			values, err := headerValues(ctx, work, h, m.flag, wanted)
			if err != nil {
				return err
			}
			maps.Copy(*m.into, values)
		}
	}
	return nil
}

// value returns that of a name: what 64-bit programs have, if they have it.
func (k *kernelNames) value(name string) (int64, bool) {
	if v, ok := k.wide[name]; ok {
		return v, true
	}
	v, ok := k.narrow[name]
	return v, ok
}

// file returns the text, and how many types it has.
func (k *kernelNames) file() (text []byte, n int, err error) {
	var b bytes.Buffer
	b.WriteString(madeFrom(k.versions) + "# As syscalls.txt there says. Not to be edited.\n#\n" +
		"# The names that system calls' numbers have, in strace's spelling and order. What\n" +
		"# libc's functions take under the same name is in constants.conf; these come first in\n" +
		"# the files of system calls. The headers:\n")
	var headers []string
	for _, h := range k.headers {
		headers = append(headers, strings.Split(h, "+")...)
	}
	writeWrapped(&b, "# ", unique(headers), " ")
	rest := k.recipe
	for rest != "" {
		line, after, _ := strings.Cut(rest, "\n")
		switch {
		case strings.HasPrefix(line, "typedef "):
			d, left, err := cutDefinition(rest)
			if err != nil {
				return nil, 0, err
			}
			if err := k.define(&b, d); err != nil {
				return nil, 0, fmt.Errorf("%s: %w", d.head, err)
			}
			n, after = n+1, left
		case n > 0 || strings.HasPrefix(line, "# ") && strings.HasPrefix(after, "typedef "):
			if n == 0 {
				b.WriteString("\n")
			}
			b.WriteString(line + "\n")
		}
		rest = after
	}
	return b.Bytes(), n, nil
}

// unique returns each word once.
func unique(words []string) []string {
	var once []string
	for _, w := range words {
		if !slices.Contains(once, w) {
			once = append(once, w)
		}
	}
	return once
}

// definition is a type of a recipe: "typedef NAME = enum[uint](", what is in the
// list, and ")".
type definition struct {
	head  string
	items []string
	tail  string
}

var definitionHead = regexp.MustCompile(`^typedef \w+ = (?:\w+\()*(enum|flags)(?:\[(?:\w+\(\w+\)|\w+)\])?\(`)

// cutDefinition cuts the definition off that a text begins with.
func cutDefinition(text string) (d definition, rest string, err error) {
	m := definitionHead.FindStringIndex(text)
	if m == nil {
		line, _, _ := strings.Cut(text, "\n")
		return d, "", fmt.Errorf("no enum and no set of flags: %s", line)
	}
	d.head, text = text[:m[1]], text[m[1]:]
	from, depth, quoted := 0, 0, false
	for i, c := range []byte(text) {
		if c == '"' {
			quoted = !quoted
		}
		switch {
		case quoted:
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0 && (c == ',' || c == ')'):
			d.items = append(d.items, strings.TrimSpace(text[from:i]))
			from = i + 1
		}
		if from == i+1 && c == ')' {
			d.tail, rest, _ = strings.Cut(text[i:], "\n")
			return d, rest, nil
		}
	}
	return d, "", fmt.Errorf("%s has no end", d.head)
}

// set tells whether it is one of flags, and requests whether it is one of numbers
// that go by the sizes of structs: they have those of both machines.
func (d *definition) set() bool      { return definitionHead.FindStringSubmatch(d.head)[1] == "flags" }
func (d *definition) requests() bool { return strings.Contains(d.head, "= request(") }

// define writes a type with the values of its names.
func (k *kernelNames) define(b *bytes.Buffer, d definition) error {
	var list []string
	for _, item := range d.items {
		switch {
		case strings.HasPrefix(item, "!"):
		case strings.HasPrefix(item, "htons("):
			for _, name := range k.expand(strings.TrimSuffix(item[len("htons("):], ")"), &d, true) {
				v, _ := k.value(name)
				list = append(list, fmt.Sprintf(`"htons(%s)"=0x%04x`, name, bits.ReverseBytes16(uint16(v))))
			}
		case strings.Contains(item, "*"):
			pattern, mask, masked := strings.Cut(item, "/")
			for _, name := range k.expand(pattern, &d, masked) {
				v, _ := k.value(name)
				entry := name + "=" + number(v, d.set())
				if masked {
					entry += "/" + mask
				}
				list = append(list, entry)
			}
		case strings.Contains(item, "="):
			list = append(list, item)
		default:
			entries, err := k.entries(item, &d)
			if err != nil {
				return err
			}
			list = append(list, entries...)
		}
	}
	line := d.head + strings.Join(list, ", ") + d.tail
	if len(line) <= lineWidth {
		b.WriteString(line + "\n")
		return nil
	}
	b.WriteString(d.head + "\n")
	list[len(list)-1] += d.tail
	writeWrapped(b, "\t", list, ", ")
	return nil
}

// entries are what a name becomes in the list of a type.
func (k *kernelNames) entries(item string, d *definition) ([]string, error) {
	name, mask, masked := strings.Cut(item, "/")
	v, ok := k.value(name)
	if !ok {
		return nil, fmt.Errorf("no header defines %s", name)
	}
	if masked {
		if m, ok := k.value(mask); ok {
			mask = number(m, true)
		}
		return []string{name + "=" + number(v, true) + "/" + mask}, nil
	}
	entries := []string{name + "=" + number(v, d.set() || d.requests())}
	if other, ok := k.narrow[name]; ok && d.requests() && uint32(other) != uint32(v) {
		entries = append(entries, name+"="+number(other, true))
	}
	return entries, nil
}

// expand returns the names that begin as a pattern does and that the definition does
// not exclude or have by itself, by their values: of a set those of single bits,
// unless all of them are wanted.
func (k *kernelNames) expand(pattern string, d *definition, whole bool) []string {
	prefix, taken := strings.TrimSuffix(pattern, "*"), map[int64]bool{}
	var excluded []string
	for _, item := range d.items {
		name, _, _ := strings.Cut(strings.TrimPrefix(item, "!"), "/")
		if name != pattern {
			excluded = append(excluded, name)
		}
		if v, ok := k.value(name); ok && name == item {
			taken[v] = true
		}
	}
	var names []string
	for _, all := range []map[string]int64{k.wide, k.narrow} {
		for name, v := range all {
			one := bits.OnesCount64(uint64(v)) == 1
			if strings.HasPrefix(name, prefix) && (one || whole || !d.set()) && !slices.ContainsFunc(excluded, func(e string) bool { return matches(e, name) }) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		va, _ := k.value(a)
		vb, _ := k.value(b)
		return cmp.Or(cmp.Compare(va, vb), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	return slices.DeleteFunc(names, func(name string) bool {
		v, _ := k.value(name)
		was := taken[v]
		taken[v] = true
		return was
	})
}

// number writes a value: in base 16, or if it counts and is small in decimal.
func number(v int64, hex bool) string {
	if v < 0 || v <= 9 || !hex && v < 0x1000 {
		return strconv.FormatInt(v, 10)
	}
	return "0x" + strconv.FormatInt(v, 16)
}

// lineWidth is how long lines are, tabs counting as one character.
const lineWidth = 90

// writeWrapped writes words in lines that begin alike.
func writeWrapped(b *bytes.Buffer, begin string, words []string, between string) {
	line := begin
	for i, word := range words {
		if i < len(words)-1 {
			word += between
		}
		if len(line)+len(strings.TrimSpace(word)) > lineWidth {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = begin
		}
		line += word
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}
