package stacks

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"sonde/cli"
	"sonde/sysdeps"
)

// Tally counts how often threads had the same stack, over any number of looks at
// processes. The zero value is ready.
type Tally struct{ processes []*tallied }

// tallied is what has been seen of a process.
type tallied struct {
	pid         int
	program     string
	looks       int
	first, last time.Time
	stacks      map[string]*counted
	order       []*counted // as they were first seen
}

// counted is a stack.
type counted struct {
	thread  Thread // that had it first
	n       int
	threads map[bearer]*had
}

// bearer is what has a stack: a thread, a goroutine that none runs, or nothing but itself.
type bearer struct {
	tid       int
	goroutine uint64
	stack     string
}

func bearerOf(th *Thread) bearer {
	if th.TID != 0 {
		return bearer{tid: th.TID}
	}
	return bearer{goroutine: th.Goroutine, stack: th.Stack}
}

func (a bearer) compare(b bearer) int {
	return cmp.Or(cmp.Compare(a.tid, b.tid), cmp.Compare(a.goroutine, b.goroutine), cmp.Compare(a.stack, b.stack))
}

// had is how often a thread had a stack.
type had struct {
	name string
	n    int
}

// Add counts the stacks of a process, as they were at one time.
func (t *Tally) Add(p *Process) {
	i := slices.IndexFunc(t.processes, func(of *tallied) bool { return of.pid == p.PID })
	if i < 0 {
		i = len(t.processes)
		t.processes = append(t.processes, &tallied{pid: p.PID, first: p.Time, stacks: make(map[string]*counted)})
	}
	of := t.processes[i]
	of.program, of.last = p.Program, p.Time
	of.looks++
	for i := range p.Threads {
		of.add(&p.Threads[i])
	}
}

func (of *tallied) add(th *Thread) {
	at := th.atFunction()
	key := stackKey(&at)
	if i := at.innermost(); i >= 0 {
		for _, call := range at.Frames[i].Inlined { // there, no address tells them apart
			key += " " + call.Function
		}
	}
	c := of.stacks[key]
	if c == nil {
		c = &counted{thread: at, threads: make(map[bearer]*had)}
		of.stacks[key] = c
		of.order = append(of.order, c)
	}
	c.n++
	who := bearerOf(th)
	h := c.threads[who]
	if h == nil {
		h = &had{}
		c.threads[who] = h
	}
	h.name = th.Name
	h.n++
}

// atFunction is the stack with its innermost function as a whole, not at the instruction
// that the thread was at: one that runs is hardly ever twice at the same.
func (t *Thread) atFunction() Thread {
	at := *t
	i := t.innermost()
	if i < 0 || t.Frames[i].Function == "" || t.Frames[i].Signal {
		return at
	}
	at.Frames = slices.Clone(t.Frames)
	f := &at.Frames[i]
	f.ModuleOffset -= min(f.Offset, f.ModuleOffset)
	f.PC -= min(sysdeps.Addr(f.Offset), f.PC)
	f.Offset, f.Line, f.Column = 0, 0, 0
	f.Inlined = slices.Clone(f.Inlined)
	for j := range f.Inlined {
		f.Inlined[j].Line, f.Inlined[j].Column = 0, 0
	}
	f.Variables, f.InlinedVariables = nil, nil
	for j := range i {
		at.Frames[j].PC = f.PC
	}
	return at
}

// innermost is the index of the innermost frame with code of its own; -1 where there is
// none.
func (t *Thread) innermost() int {
	return slices.IndexFunc(t.Frames, func(f Frame) bool { return f.Language == "" })
}

// Text writes each different stack once, the one that was seen most often first.
func (t *Tally) Text(w io.Writer, o TextOptions) error {
	var b []byte
	for i, of := range t.processes {
		if i > 0 {
			b = append(b, '\n')
		}
		b = fmt.Appendf(b, "Process %d", of.pid)
		if of.program != "" {
			b = append(b, ": "+cli.Printable(of.program)...)
		}
		b = fmt.Appendf(b, ", %d samples in %v\n", of.looks, of.last.Sub(of.first).Round(time.Millisecond))
		slices.SortStableFunc(of.order, func(a, b *counted) int { return cmp.Compare(b.n, a.n) })
		for _, c := range of.order {
			b = c.appendHeads(append(b, '\n'))
			b = o.appendFrames(b, &c.thread)
		}
	}
	_, err := w.Write(b)
	return err
}

// appendHeads tells how often the stack was seen, and of which threads.
func (c *counted) appendHeads(b []byte) []byte {
	b = fmt.Appendf(b, "%s:\n", times(c.n))
	all := slices.SortedFunc(maps.Keys(c.threads), func(a, b bearer) int {
		return cmp.Or(cmp.Compare(c.threads[b].n, c.threads[a].n), a.compare(b))
	})
	for i, who := range all {
		if i == maxHeads {
			return fmt.Appendf(b, "  and %d more %s\n", len(all)-i, c.thread.kind())
		}
		h := c.threads[who]
		switch {
		case who.stack != "":
			b = append(append(b, "Stack "...), who.stack+"\n"...)
			continue
		case who.goroutine != 0:
			b = fmt.Appendf(b, "Goroutine %d", who.goroutine)
		default:
			b = fmt.Appendf(b, "Thread %d", who.tid)
		}
		if h.name != "" {
			b = fmt.Appendf(b, " %q", h.name)
		}
		b = fmt.Appendf(b, ", %s\n", times(h.n))
	}
	return b
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}
