package cxx

import (
	"sonde/prototype"
)

// MaxWords is how many words are guessed of a function of which nothing is known.
const MaxWords = 6

// Words returns how many words at most the arguments of a function take, of which
// Prototype knows nothing: in the registers for integers, or of a machine of 32 bits on
// the stack, counted up to MaxWords. There may be a this, and the address of the result,
// before those that the name has.
func Words(symbol string, model *prototype.Model) (n int) {
	defer func() {
		if recover() != nil { // as in Prototype
			n = MaxWords
		}
	}()
	f := parseSymbol(symbol)
	if f == nil || f.hasVTT != no || f.empty() {
		return MaxWords
	}
	if f.member != no {
		n++
	}
	if f.result == nil || f.inMemory {
		n++
	}
	for _, a := range f.params {
		types, ok := parseTypes(spelled(a))
		if !ok {
			return MaxWords
		}
		for _, t := range types {
			n += t.words(model)
		}
	}
	return min(n, MaxWords)
}

// words returns how many words of the registers for integers, or of a machine of 32 bits
// on the stack, an argument takes at most: a class of two, or none if it is larger.
func (t *typeName) words(model *prototype.Model) int {
	if t.text == "..." {
		return MaxWords
	}
	registers := model == prototype.LP64
	o, how := t.object(0)
	switch {
	case o != nil && o.Kind == prototype.Void: // what f(void) takes
		return 0
	case how == indirect:
		return 1
	case registers && (o == nil || how == unknown):
		return 2
	case o == nil || how == unknown:
		return MaxWords
	case registers && o.Kind == prototype.Float:
		return 0
	}
	words := (o.SizeOf(model) + model.Word - 1) / model.Word
	if registers && words > 2 {
		return 0
	}
	return words
}

// empty tells of a function that takes nothing, neither a this.
func (f *signature) empty() bool {
	return f.member == no && len(f.params) == 1 && spelled(f.params[0]) == "void" || f.member == no && len(f.params) == 0
}
