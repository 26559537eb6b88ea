package prototype

import (
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Nearest returns at most max of the candidates that somebody may have meant who wrote
// name, the best first.
type Nearest func(name string, candidates iter.Seq[string], max int) []string

// otherwise are words that are no types, most of them C's, and what to write instead.
var otherwise = map[string]string{
	"const": "leave C's const out", "volatile": "leave C's volatile out", "restrict": "leave C's restrict out",
	"extern": "leave C's extern out", "static": "leave C's static out", "inline": "leave C's inline out",
	"unsigned": "the unsigned types are uchar, ushort, uint, ulong and ullong",
	"signed":   "numbers are signed, and char too; a signed char as a number is schar",
	"struct":   "a struct goes by its name alone", "union": "a union goes by its name alone", "enum": "an enum goes by its name alone",
	"_Bool": "it is bool", "_Complex": "it is complex(TYPE)", "__int128": "it is int128",
	"out": "a direction is written around a type, as out(int*)", "inout": "a direction is written around a type, as inout(int*)",
	"import": "the file to import stands in quotes",
	"in":     "without a direction, what a pointer leads to is shown as it is at the call",
}

// cTypes are the words that C's types consist of: none can be a name.
var cTypes = []string{"int", "long", "short", "char", "float", "double", "signed", "unsigned", "const", "void"}

// directions are the words that say when a parameter is shown.
var directions = []string{"out", "inout", "always"}

// composers are the words, besides the lenses, that parentheses follow.
var composers = []string{
	"struct", "union", "enum", "flags", "choose", "array", "records", "vector", "complex",
	"packed", "reversed", "indirect", "aligned", "unit", "into", "out", "inout",
}

// noType says that a word is no type, or no lens, and what may have been meant.
func (p *parser) noType(name string, at int) {
	hint := ""
	switch {
	case p.tok.is("(") && slices.Contains(directions, name):
		hint = ": a direction is for parameters, and around all of the type"
	case otherwise[name] != "":
		hint = ": " + otherwise[name]
	case p.tok.is("("):
		hint = p.near(name, func(yield func(string) bool) {
			for word := range maps.Keys(lenses) {
				if !yield(word) {
					return
				}
			}
			slices.Values(composers)(yield)
		})
	default:
		hint = p.near(name, func(yield func(string) bool) {
			if yield("typedef") { // which this may be the beginning of
				p.f.typeNames()(yield)
			}
		})
	}
	p.fail(at, "expected a type, found %s, which is none%s", strconv.Quote(name), hint)
}

// cType holds that no word of C's types is taken for a name: long long is llong.
func (p *parser) cType(what string) {
	if p.tok.kind != tokWord || !slices.Contains(cTypes, p.tok.text) {
		return
	}
	p.fail(p.tok.pos, "expected %s, found '%s': a type is one word, such as llong, uint or ulong", what, p.tok.text)
}

// typeNames yields the types that are known in the file.
func (f *File) typeNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, words := range []map[string]*Type{ltraceWords(), ownWords()} {
			for name := range words {
				if !yield(name) {
					return
				}
			}
		}
		f.each(func(in *File) bool {
			for name := range in.types {
				if !yield(name) {
					return false
				}
			}
			return true
		})
	}
}

// maxNear is how many names a message offers.
const maxNear = 3

// near is what a message has behind it to say what may have been meant; "" if nobody
// knows.
func (p *parser) near(name string, candidates iter.Seq[string]) string {
	if p.f.nearest == nil {
		return ""
	}
	names := p.f.nearest(name, candidates, maxNear)
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return ": perhaps " + names[0]
	default:
		return ": perhaps " + strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
}
