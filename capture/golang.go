package capture

import (
	"sonde/elfsym"
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
)

// GuessGo returns the plan for a Go function of which only the sizes of its
// arguments are known: one letter of elfsym.GoFunc.Args for each of its integer
// registers. Strings among them are found by their contents.
func GuessGo(args string) *Plan {
	p := &Plan{conv: abi.GoAMD64, model: prototype.LP64, word: plainWord, golang: args}
	for i := range min(len(args), len(p.conv.Args)) {
		if args[i] != elfsym.GoHidden {
			p.add(argument{at: abi.Location{Parts: []abi.Part{{Where: abi.Integer, Reg: p.conv.Args[i], Size: goSize(args[i])}}}})
		}
	}
	p.result = p.resultWord()
	return p
}

// goSize returns the bytes of a word.
func goSize(letter byte) int {
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

// startGo takes the words of a Go function, and asks for what may be text.
func (r *Reader) startGo() {
	regs, args := r.plan.conv.Args, r.plan.golang
	n := 0
	for i := range min(len(args), len(regs)) {
		if args[i] == elfsym.GoHidden {
			continue
		}
		v := &r.args[n]
		n++
		v.Word = r.th.Regs.Get(regs[i])
		if size := goSize(args[i]); size < 8 {
			v.Word &= 1<<(8*size) - 1
		}
		if (args[i] == elfsym.GoPair || args[i] == elfsym.GoSlice) && i+1 < len(regs) {
			r.guessGo(v, r.th.Regs.Get(regs[i+1]))
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
