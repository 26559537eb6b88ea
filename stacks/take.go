package stacks

import (
	"os"
	"slices"
	"strconv"

	"sonde/elfsym"
	"sonde/proc"
	"sonde/sysdeps"
)

// taker takes the stacks of threads that a tracer has stopped. What it needs to name the
// frames of a process it keeps until that ends, or maps something else.
type taker struct {
	o     *Options
	files elfsym.Cache
	known map[*proc.Process]*known
}

type known struct {
	mappings []proc.Mapping
	walker
}

func newTaker(o *Options) *taker { return &taker{o: o, known: make(map[*proc.Process]*known)} }

// taken is a thread that stands still, and its stack.
type taken struct {
	process Process // with that thread alone
	regs    *sysdeps.Regs
	*known
}

// take takes the stack of a thread.
func (t *taker) take(th *proc.Thread) (*taken, error) {
	regs, err := th.Regs()
	if err != nil {
		return nil, err
	}
	mappings, err := proc.Maps(th.TID)
	if err != nil {
		return nil, err
	}
	k := t.of(th, mappings)
	p, dir := th.Process, "/proc/"+strconv.Itoa(th.TID)
	at := &taken{process: Process{PID: p.PID}, regs: regs, known: k}
	at.process.Program, _ = os.Readlink(dir + "/exe") // "" is told as well
	name, _ := os.ReadFile(dir + "/comm")
	own := Thread{TID: th.TID, Name: string(name[:max(0, len(name)-1)]), Frames: []Frame{}}
	k.langs.read(p.Space, []standing{{th.TID, regs}}, &reading{limit: t.o.Limit})
	own.Goroutine = k.langs.goroutines[th.TID]
	if t.o.Variables.Values {
		k.vectors, _ = th.Vectors() // nil: what is in them is not known
	}
	k.walk(regs, &own)
	k.langs.taken() // what is wrong with them is nothing that is waited for
	at.process.Threads = []Thread{own}
	return at, nil
}

// of returns what is known of a thread's process.
func (t *taker) of(th *proc.Thread, mappings []proc.Mapping) *known {
	p := th.Process
	if k := t.known[p]; k != nil && slices.Equal(k.mappings, mappings) {
		return k
	}
	t.forget(p)
	finder := &elfsym.DebugFinder{Root: "/proc/" + strconv.Itoa(th.TID) + "/root"}
	images := proc.Images(th.TID, mappings, p.Space, &t.files, finder)
	k := &known{mappings: mappings, walker: walker{
		o: t.o, memory: p.Space, images: images, names: t.o.symbolizer(p.PID), langs: t.o.languages(images, p.Space),
	}}
	t.known[p] = k
	return k
}

// forget gives up what is known of a process.
func (t *taker) forget(p *proc.Process) {
	if k := t.known[p]; k != nil {
		_ = k.names.Close() // it was read alone
		delete(t.known, p)
	}
}
