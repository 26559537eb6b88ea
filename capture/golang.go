package capture

import (
	"sonde/elfsym"
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
)

// GoWord is a word of the arguments of a Go function: one of the letters of
// elfsym.GoFunc.Args, and where it is when the function is entered: nowhere that is known
// if Part has no Size.
type GoWord struct {
	Letter byte
	Part   abi.Part
}

// GoRegisters returns the words of a function that has its arguments in integer
// registers, as far as there are such; if that is not certain, one word without a place
// stands for all.
func GoRegisters(args string, certain bool) []GoWord {
	regs := abi.GoAMD64.Args
	if !certain {
		return []GoWord{{Letter: elfsym.GoWord}}
	}
	var words []GoWord
	for i := range min(len(args), len(regs)) {
		words = append(words, GoWord{args[i], abi.Part{Where: abi.Integer, Reg: regs[i], Size: GoSize(args[i])}})
	}
	return words
}

// GuessGo returns the plan for a Go function of which only the sizes and places of its
// arguments are known. Strings among them are found by their contents.
func GuessGo(words []GoWord) *Plan {
	p := &Plan{conv: abi.GoAMD64, model: prototype.LP64, word: plainWord, golang: words}
	for _, w := range words {
		if w.Letter == elfsym.GoHidden {
			continue
		}
		if w.Part.Size == 0 {
			p.add(argument{t: unplaced})
			continue
		}
		a := argument{at: abi.Location{Parts: []abi.Part{w.Part}}}
		switch w.Part.Where {
		case abi.Vector:
			a.t = &prototype.Type{Kind: prototype.Float, Size: w.Part.Size}
		case abi.Stack:
			p.late = true
		}
		p.add(a)
	}
	p.result = p.resultWord()
	return p
}

// GoSize returns the bytes of a word.
func GoSize(letter byte) int {
	switch letter {
	case elfsym.GoByte:
		return 1
	case elfsym.GoShort:
		return 2
	case elfsym.GoLong:
		return 4
	}
	return 8
}

// startGo takes the words of a Go function, and asks for what may be text. Those on the
// stack come later.
func (r *Reader) startGo() {
	words := r.plan.golang
	n := 0
	for i := range words {
		w := &words[i]
		if w.Letter == elfsym.GoHidden {
			continue
		}
		v, a := &r.args[n], &r.plan.args[n]
		n++
		switch {
		case w.Part.Where == abi.Stack && w.Part.Size > 0:
			continue
		case w.Part.Where == abi.Vector, w.Part.Size == 0:
			r.fetch(v, a.name, a.t, &a.at)
			continue
		}
		v.Word = r.th.Regs.Get(w.Part.Reg)
		if size := w.Part.Size; size < 8 {
			v.Word &= 1<<(8*size) - 1
		}
		if (w.Letter == elfsym.GoPair || w.Letter == elfsym.GoSlice) && i+1 < len(words) && words[i+1].Part.Where == abi.Integer && words[i+1].Part.Size > 0 {
			r.guessGo(v, r.th.Regs.Get(words[i+1].Part.Reg))
		}
	}
}

// guessGo asks for the text that a word may point to whose length is the next.
func (r *Reader) guessGo(v *prototype.Value, length uint64) {
	a := sysdeps.Addr(v.Word)
	if r.limits.Strings == 0 || length == 0 || length >= 1<<47 || !mayPoint(a) || r.bad.has(a) {
		return
	}
	first := firstOf(a, int(min(length, uint64(r.limits.Strings))))
	r.ask(piece{job: jobGoGuess, v: v, a: a, buf: r.bytes(first), n: int64(length), frame: noFrame})
}

// guessedGo keeps what reads as text. A Go string ends where its length says, and
// is there to its end.
func (r *Reader) guessedGo(p *piece) {
	if len(p.buf) == 0 {
		r.bad.add(p.a)
		return
	}
	want := int(min(p.n, int64(r.limits.Strings)))
	for goText(p.buf) && len(p.buf) < want {
		if !r.extend(p, want) {
			return
		}
	}
	text, more := p.buf, int64(len(p.buf)) < p.n
	if !goText(text) {
		return
	}
	if more {
		text = text[:wholeRunes(text)]
	}
	if len(text) > 0 && isText(text) {
		p.v.Text, p.v.More = text, more
	}
}

// goText tells whether bytes may be text: NUL is a byte like others in Go, but
// none of text.
func goText(p []byte) bool {
	end, ok := textEnd(p, 0)
	return ok && end < 0
}
