package display

import "time"

// watch is the goroutine that looks after what Emit leaves behind while the
// traced program is silent: an open line is ended after Hold, so that a call
// that hangs shows, and lines that the Writer has collected are written, so
// that a file can be followed.
//
// It ticks only while there is something to look after, and no event resets a
// timer: waking it costs Emit a channel operation at most once a tick.
type watch struct {
	awake bool          // under Text.mu
	woken chan struct{} // of size 1; filled only when awake becomes true
	quit  chan struct{}
	done  chan struct{}
}

// ticks is how many ticks make up Hold. An open line gets one tick more, since
// it may have been begun right before the first.
const ticks = 2

func (w *watch) start(t *Text) {
	w.woken = make(chan struct{}, 1)
	w.quit = make(chan struct{})
	w.done = make(chan struct{})
	go w.run(t)
}

// stop returns when the goroutine has ended.
func (w *watch) stop() {
	close(w.quit)
	<-w.done
}

// wake starts the ticks. The caller holds Text.mu.
func (w *watch) wake() {
	if !w.awake {
		w.awake = true
		w.woken <- struct{}{}
	}
}

func (w *watch) run(t *Text) {
	defer close(w.done)
	period := max(t.o.Hold/ticks, time.Millisecond)
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
				more = t.tick()
			}
		}
	}
}

// tick ends a line that has been open for Hold and writes what has been
// collected. It returns false when nothing is left to look after.
func (t *Text) tick() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open.held {
		if t.open.age++; t.open.age > ticks {
			t.finish(unfinished)
			t.deliver()
		}
	}
	t.w.Flush() // the next Emit returns the error
	t.watch.awake = t.pending()
	return t.watch.awake
}
