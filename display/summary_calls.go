package display

import (
	"time"

	"sonde/event"
)

// callTree are the calls that have begun and not ended, each below the one that
// encloses it.
type callTree struct {
	open    map[uint64]*openedCall
	threads map[int]*countedThread
	// within has the functions that are open more than once, one in the other:
	// how often each is below a root.
	within map[recursion]int
	free   *openedCall // used again, by next
}

// openedCall is a call that has begun and not ended.
type openedCall struct {
	id     uint64
	row    *row
	thread *countedThread
	since  time.Duration
	// inner says that a call of the same function encloses it.
	inner bool

	root, parent     *openedCall // root: itself, if nothing encloses it
	first            *openedCall // of those that it encloses
	next, previous   *openedCall // of those that its parent encloses
	nextOf, formerOf *openedCall // of its thread

	enclosed int           // how many it encloses now
	from     time.Duration // since when there are any
	nested   time.Duration // of the time before, that in which there were any
}

// countedThread has the open calls of a thread.
type countedThread struct {
	pid, tid int
	first    *openedCall
}

// recursion is a function and the outermost of the calls around it.
type recursion struct {
	row  *row
	root *openedCall
}

func newCallTree() callTree {
	return callTree{
		open:    make(map[uint64]*openedCall),
		threads: make(map[int]*countedThread),
		within:  make(map[recursion]int),
	}
}

// begin adds a call that counts in a row.
func (t *callTree) begin(ev *event.Call, in *row) {
	in.calls++
	c := t.take()
	c.id, c.row, c.since = ev.ID, in, ev.Time
	c.root = c
	// A forked child's calls may have one around them that is its parent's, whose
	// time is another than the child's.
	if p := t.open[ev.Parent]; p != nil && p.thread.pid == ev.PID {
		p.adopt(c)
		c.inner = p.root.row == in || t.within[recursion{in, c.root}] > 0
		t.within[recursion{in, c.root}]++
	}
	c.thread = t.threadOf(c.parent, &ev.Head)
	c.thread.add(c)
	t.open[c.id] = c
}

// threadOf returns the thread of an event, which is nearly always that of the
// enclosing call.
func (t *callTree) threadOf(parent *openedCall, h *event.Head) *countedThread {
	if parent != nil && parent.thread.tid == h.TID {
		return parent.thread
	}
	th := t.threads[h.TID]
	if th == nil {
		th = &countedThread{pid: h.PID, tid: h.TID}
		t.threads[h.TID] = th
	}
	return th
}

// end accounts for a call and for what it encloses. What has not begun, or has
// ended already, does not count.
func (t *callTree) end(id uint64, now time.Duration, failed bool) {
	c := t.open[id]
	if c == nil {
		return
	}
	if failed {
		c.row.errors++
	}
	t.endWhole(c, now)
}

// endWhole ends a call, those within before it.
func (t *callTree) endWhole(c *openedCall, now time.Duration) {
	for leaf := c.innermost(); leaf != c; {
		parent := leaf.parent
		t.endOne(leaf, now)
		leaf = parent.innermost()
	}
	t.endOne(c, now)
}

// innermost returns a call that encloses none: c itself, or one within it.
func (c *openedCall) innermost() *openedCall {
	for c.first != nil {
		c = c.first
	}
	return c
}

// endOne ends a call that encloses none.
func (t *callTree) endOne(c *openedCall, now time.Duration) {
	total := max(now-c.since, 0)
	c.row.count(total, total-min(c.nested, total), !c.inner)
	delete(t.open, c.id)
	c.thread.remove(c)
	if p := c.parent; p != nil {
		p.release(c, now)
		if in := (recursion{c.row, c.root}); t.within[in] > 1 {
			t.within[in]--
		} else {
			delete(t.within, in)
		}
	}
	t.give(c)
}

// adopt makes c a call that p encloses.
func (p *openedCall) adopt(c *openedCall) {
	c.parent, c.root = p, p.root
	if c.next = p.first; c.next != nil {
		c.next.previous = c
	}
	p.first = c
	if p.enclosed++; p.enclosed == 1 {
		p.from = c.since
	}
}

// release says that c, which p encloses, has ended. Of several at once (one that
// was jumped out of may show only later) the time counts once.
func (p *openedCall) release(c *openedCall, now time.Duration) {
	if c.previous != nil {
		c.previous.next = c.next
	} else {
		p.first = c.next
	}
	if c.next != nil {
		c.next.previous = c.previous
	}
	if p.enclosed--; p.enclosed == 0 {
		p.nested += max(now-p.from, 0)
	}
}

func (th *countedThread) add(c *openedCall) {
	if c.nextOf = th.first; c.nextOf != nil {
		c.nextOf.formerOf = c
	}
	th.first = c
}

func (th *countedThread) remove(c *openedCall) {
	if c.formerOf != nil {
		c.formerOf.nextOf = c.nextOf
	} else {
		th.first = c.nextOf
	}
	if c.nextOf != nil {
		c.nextOf.formerOf = c.formerOf
	}
}

// endThread ends the calls of a thread that has ended.
func (t *callTree) endThread(tid int, now time.Duration) {
	if th := t.threads[tid]; th != nil {
		t.drop(th, now)
	}
}

// endProcess ends the calls of all threads of a process.
func (t *callTree) endProcess(pid int, now time.Duration) {
	for _, th := range t.threads {
		if th.pid == pid {
			t.drop(th, now)
		}
	}
}

func (t *callTree) endAll(now time.Duration) {
	for _, th := range t.threads {
		t.drop(th, now)
	}
}

func (t *callTree) drop(th *countedThread, now time.Duration) {
	for th.first != nil {
		t.endWhole(th.first, now)
	}
	delete(t.threads, th.tid)
}

// take returns an openedCall that is as new.
func (t *callTree) take() *openedCall {
	c := t.free
	if c == nil {
		return &openedCall{}
	}
	t.free = c.next
	*c = openedCall{}
	return c
}

// give takes an openedCall back.
func (t *callTree) give(c *openedCall) {
	*c = openedCall{next: t.free}
	t.free = c
}
