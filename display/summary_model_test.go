package display

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sonde/event"
)

// modelCall is a call of a random program, as the program knows it.
type modelCall struct {
	*event.Call
	parent *modelCall
	inside []*modelCall
	end    time.Duration
	ended  bool
}

// modelThread is a thread of it with its stack.
type modelThread struct {
	pid, tid int
	stack    []*modelCall
}

// model is a program that calls and returns at random, in processes of several
// threads each.
type model struct {
	random  *rand.Rand
	sink    event.Sink
	threads []*modelThread
	calls   []*modelCall
	lastTID int
	now     time.Duration
}

func (m *model) head(th *modelThread) event.Head {
	return event.Head{Time: m.now, PID: th.pid, TID: th.tid}
}

func (m *model) call(th *modelThread) {
	c := &modelCall{Call: &event.Call{Head: m.head(th), ID: uint64(len(m.calls) + 1), Name: fmt.Sprint("f", m.random.IntN(5))}}
	if n := len(th.stack); n > 0 {
		c.parent = th.stack[n-1]
		c.Parent = c.parent.ID
		c.parent.inside = append(c.parent.inside, c)
	}
	th.stack = append(th.stack, c)
	m.calls = append(m.calls, c)
	m.sink.Emit(c.Call)
}

// pop ends the innermost calls of a thread.
func (m *model) pop(th *modelThread, n int) {
	keep := len(th.stack) - n
	for _, c := range th.stack[keep:] {
		c.end, c.ended = m.now, true
	}
	th.stack = th.stack[:keep]
}

func (m *model) step() {
	m.now += time.Duration(m.random.IntN(5000)) // some stops come at one time
	i := m.random.IntN(len(m.threads))
	th := m.threads[i]
	top := func() *modelCall { return th.stack[len(th.stack)-1] }
	switch what := m.random.IntN(100); {
	case what < 50 && len(th.stack) < 30:
		m.call(th)
	case what < 90 && len(th.stack) > 0:
		m.sink.Emit(&event.Return{Head: m.head(th), ID: top().ID})
		m.pop(th, 1)
	case what < 92 && len(th.stack) > 0: // longjmp: told of from the innermost on
		n := 1 + m.random.IntN(len(th.stack))
		for range n {
			m.sink.Emit(&event.Abandoned{Head: m.head(th), ID: top().ID})
			m.pop(th, 1)
		}
	case what < 94 && len(th.stack) > 1: // one that only shows when an outer call returns
		n := 2 + m.random.IntN(len(th.stack)-1)
		outer := th.stack[len(th.stack)-n]
		m.sink.Emit(&event.Return{Head: m.head(th), ID: outer.ID})
		m.pop(th, n)
	case what < 95: // a thread ends, another begins
		m.sink.Emit(&event.Exit{Head: m.head(th)})
		m.pop(th, len(th.stack))
		m.lastTID++
		m.threads[i] = &modelThread{pid: th.pid, tid: m.lastTID}
	case what < 96:
		m.sink.Emit(&event.Exec{Head: m.head(th)})
		for _, other := range m.threads {
			if other.pid == th.pid {
				m.pop(other, len(other.stack))
			}
		}
	}
}

// expected is what a row must have.
type expected struct {
	calls       uint64
	self, total time.Duration
	min, max    time.Duration
}

// add counts a call in a row.
func (e *expected) add(t *testing.T, c *modelCall) {
	elapsed := c.end - c.Time
	self := elapsed
	for _, in := range c.inside {
		self -= in.end - in.Time
	}
	if self < 0 {
		t.Fatalf("call %d has been called for %v by others than itself", c.ID, self)
	}
	if e.calls == 0 || elapsed < e.min {
		e.min = elapsed
	}
	e.calls++
	e.self += self
	e.max = max(e.max, elapsed)
	for p := c.parent; p != nil; p = p.parent {
		if p.Name == c.Name {
			return
		}
	}
	e.total += elapsed
}

// TestSummaryModel holds that the own time of each call and the times of those that
// it encloses are its time, exactly, whatever way calls end, against a program that
// knows.
func TestSummaryModel(t *testing.T) {
	for seed := range uint64(30) {
		s := NewSummary(io.Discard, SummaryOptions{})
		m := &model{random: rand.New(rand.NewPCG(seed, 0)), sink: s, lastTID: 4}
		for tid := range 4 {
			m.threads = append(m.threads, &modelThread{pid: 1 + tid/2, tid: 1 + tid})
		}
		for range 3000 {
			m.step()
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, th := range m.threads {
			m.now = s.now
			m.pop(th, len(th.stack))
		}
		want := make(map[string]*expected)
		var own, outermost time.Duration
		for _, c := range m.calls {
			if want[c.Name] == nil {
				want[c.Name] = &expected{}
			}
			want[c.Name].add(t, c)
			if c.parent == nil {
				outermost += c.end - c.Time
			}
		}
		for key, r := range s.rows {
			got := expected{r.calls, r.self, r.total, r.elapsed.min, r.elapsed.max}
			if got != *want[key.shown] {
				t.Errorf("seed %d: %s: %+v, want %+v", seed, key.shown, got, *want[key.shown])
			}
			own += r.self
		}
		if len(s.rows) != len(want) || own != outermost {
			t.Errorf("seed %d: %d rows of %d; %v of their own, where the outermost calls took %v", seed, len(s.rows), len(want), own, outermost)
		}
		if open := slices.ContainsFunc(m.calls, func(c *modelCall) bool { return !c.ended }); open {
			t.Fatal("the model has left calls open")
		}
	}
}
