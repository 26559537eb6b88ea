package capture

import (
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
)

// Plan is how to capture the calls of one function on one machine. It is made
// once and not changed.
type Plan struct {
	proto *prototype.Prototype // nil where nothing is known but the guess rule
	conv  *abi.Convention
	sig   *abi.Signature
	model *prototype.Model
	word  *prototype.Type // what nothing is known of
	args  []argument
	dirs  []prototype.Dir // of args, before choices
	stack int             // bytes from the return address on that are read with it
	// golang are the words of a Go function of which no more is known.
	golang  []GoWord
	result  abi.Location
	format  formatPlan
	pointed []int // the pointer arguments, from 1, whose integers lengths go by
	late    bool  // some arguments are
	keeps   bool  // the result goes by the arguments
	// passed says that the result is where the caller wants it, and that the
	// function need not say where that was: rustc's do not once they are optimized.
	passed bool
}

// argument is what an argument is, and where.
type argument struct {
	name   string
	t      *prototype.Type
	dir    prototype.Dir
	always bool // it comes out although the function has failed
	at     abi.Location
	// inMemory says that it is not, or not wholly, in registers; late that it
	// cannot be understood before the first round of reads.
	inMemory, late bool
}

// plainWord is the type of what nothing is known of, where a size is needed.
var plainWord = &prototype.Type{Kind: prototype.Int, Lens: prototype.Guess}

// unplaced is the type of an argument of which it is not known where it is.
var unplaced = &prototype.Type{Kind: prototype.Struct}

// guessedWords is how many arguments a function is shown with of which nothing
// is known.
const guessedWords = 6

// maxStack is how many bytes of arguments are read off the stack. Larger structs
// are read where they are.
const maxStack = 256

// Guess returns the plan for functions of which nothing is known: up to six
// integers, which are shown as text if they lead to some.
func Guess(arch *sysdeps.Arch) *Plan { return GuessWords(arch, guessedWords) }

// GuessWords returns the plan for functions of which no more is known than that they
// take n such integers at most.
func GuessWords(arch *sysdeps.Arch, n int) *Plan {
	guess := &prototype.Prototype{}
	for range min(n, guessedWords) {
		guess.Params = append(guess.Params, prototype.Param{Type: plainWord})
	}
	conv := abi.SysV(arch)
	p := &Plan{conv: conv, sig: conv.Place(guess), model: conv.Model, word: plainWord}
	for i := range p.sig.Args {
		p.add(argument{at: p.sig.Args[i], late: len(conv.Args) == 0})
	}
	p.late = len(conv.Args) == 0
	p.result = p.resultWord()
	return p
}

// resultWord is where an integer result is.
func (p *Plan) resultWord() abi.Location {
	return abi.Location{Parts: []abi.Part{{Where: abi.Integer, Reg: p.conv.Results[0], Size: p.model.Word}}}
}

// New returns the plan for a function by its prototype. A parameter that is an
// array stands for a pointer to one where the convention passes that. Nothing is shown from the first argument on
// whose place the prototype does not tell.
func New(arch *sysdeps.Arch, proto *prototype.Prototype) *Plan {
	conv := abi.For(arch, proto.Convention)
	p := &Plan{proto: proto, conv: conv, sig: conv.Place(proto), model: conv.Model, word: plainWord}
	all := newUses()
	for i := range proto.Params {
		param := &proto.Params[i]
		if p.sig.Args[i].Unknown {
			p.add(argument{name: param.Name, t: unplaced})
			break
		}
		a := argument{name: param.Name, t: param.Type, dir: param.Dir, always: param.Always, at: p.sig.Args[i]}
		if a.t.Kind == prototype.Array && a.at.Indirect {
			a.t, a.at.Indirect = pointerTo(a.t), false
		}
		p.add(a)
		all.look(a.t)
	}
	p.planFormat()
	p.planResult(all)
	for n := range all.pointed {
		p.pointed = append(p.pointed, n)
	}
	for i := range p.args {
		p.args[i].late = p.isLate(&p.args[i])
		p.late = p.late || p.args[i].late
	}
	return p
}

// NoReturn tells whether a function is declared not to return. A nil Plan knows
// of none.
func (p *Plan) NoReturn() bool { return p != nil && p.proto != nil && p.proto.NoReturn }

// pointerTo is what is passed of an array.
func pointerTo(t *prototype.Type) *prototype.Type {
	p := &prototype.Type{Kind: prototype.Pointer, Elem: t}
	if isCharacters(t) {
		p.Lens = prototype.Text
	}
	return p
}

func (p *Plan) planResult(all *uses) {
	if t := p.proto.Result; t != nil && t.Kind != prototype.Void {
		p.result = p.sig.Result
		at := p.sig.ResultAddr.Parts
		p.passed = p.proto.Convention == "rust" && len(at) == 1 && at[0].Where == abi.Integer
		p.keeps = p.keeps || p.passed
		uses := newUses()
		uses.look(t)
		p.keeps = p.keeps || len(uses.args) > 0
		for n := range uses.pointed {
			all.pointed[n] = true
		}
	}
}

// add appends an argument, and has its bytes read with the return address if
// they are on the stack.
func (p *Plan) add(a argument) {
	for i := range a.at.Parts {
		part := &a.at.Parts[i]
		if part.Where != abi.Stack {
			continue
		}
		a.inMemory = true
		if part.Addr < maxStack && part.Size <= maxStack {
			p.stack = max(p.stack, int(part.Addr)+part.Size)
		}
	}
	p.args, p.dirs = append(p.args, a), append(p.dirs, a.dir)
}

// isLate tells whether an argument goes by what has to be read first.
func (p *Plan) isLate(a *argument) bool {
	if a.inMemory {
		return true
	}
	uses := newUses()
	uses.look(a.t)
	for n := range uses.args {
		if 1 <= n && n <= len(p.args) && p.args[n-1].inMemory {
			return true
		}
	}
	return len(uses.pointed) > 0
}
