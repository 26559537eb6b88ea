package display

import (
	"slices"
	"sync"
	"time"
)

// watch is the goroutine that looks after what Emit leaves behind while the
// traced program is silent: an open line is ended after Hold, so that a call
// that hangs shows, and lines that a Writer has collected are written, so
// that a file can be followed. One serves all sinks of a trace that write
// files of their own.
//
// It ticks only while there is something to look after, and no event resets a
// timer: waking it costs Emit a channel operation at most once a tick.
type watch struct {
	// mu keeps Emit of the sinks and the goroutine apart.
	mu    sync.Mutex
	awake []*watched // those with something to look after
	users int

	woken chan struct{} // of size 1
	quit  chan struct{}
	done  chan struct{}
}

// watched is a sink, or what else leaves work to a watch.
type watched struct {
	*watch
	// tick does what is due, and tells whether it is to be called again a tick
	// later. It is called with mu held.
	tick func() (more bool)
	busy bool // it is in watch.awake
}

// ticks is how many ticks make up Hold. An open line gets one tick more, since
// it may have been begun right before the first.
const ticks = 2

// join returns what leaves work to w, whose period, for all, is that of the
// first who joins. Each must leave.
func (w *watch) join(period time.Duration, tick func() (more bool)) *watched {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.users++; w.users == 1 {
		w.woken = make(chan struct{}, 1)
		w.quit = make(chan struct{})
		w.done = make(chan struct{})
		go w.run(max(period, time.Millisecond))
	}
	return &watched{watch: w, tick: tick}
}

// leave ends it: tick is not called any more. With the last the goroutine
// ends, before leave returns.
func (x *watched) leave() {
	x.mu.Lock()
	if x.busy {
		i := slices.Index(x.awake, x)
		x.awake = slices.Delete(x.awake, i, i+1)
		x.busy = false
	}
	x.users--
	last := x.users == 0
	x.mu.Unlock()
	if last {
		close(x.quit)
		<-x.done
	}
}

// wake has tick called, from the next tick of the watch on. The caller holds mu.
func (x *watched) wake() {
	if x.busy {
		return
	}
	x.busy = true
	if x.awake = append(x.awake, x); len(x.awake) == 1 {
		select {
		case x.woken <- struct{}{}:
		default: // it has not seen the last one
		}
	}
}

func (w *watch) run(period time.Duration) {
	defer close(w.done)
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		ticker.Stop()
		select {
		case <-w.quit:
			return
		case <-w.woken:
		}
		ticker.Reset(period)
		for more := true; more; {
			select {
			case <-w.quit:
				return
			case <-ticker.C:
				more = w.ticked()
			}
		}
	}
}

// ticked does what is due, and returns false when nothing is left to look after.
func (w *watch) ticked() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.awake = slices.DeleteFunc(w.awake, func(x *watched) bool {
		x.busy = x.tick()
		return !x.busy
	})
	return len(w.awake) > 0
}
