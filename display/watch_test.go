package display

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonde/event"
)

// timed notes when each write comes.
type timed struct {
	start  time.Time
	writes []timedWrite
}

type timedWrite struct {
	At   time.Duration
	Text string
}

func (w *timed) Write(p []byte) (int, error) {
	w.writes = append(w.writes, timedWrite{time.Since(w.start), string(p)})
	return len(p), nil
}

// TestHold drives a Text by a clock that stands still while it works: each
// step waits, then emits a call (+name) or the return of one (-name).
func TestHold(t *testing.T) {
	type step struct {
		wait time.Duration
		what string
	}
	const ms = time.Millisecond
	for _, c := range []struct {
		name  string
		big   bool
		steps []step
		want  []timedWrite
	}{
		{
			name:  "a quick return joins its call",
			steps: []step{{0, "+f"}, {99 * ms, "-f"}, {900 * ms, ""}},
			want:  []timedWrite{{99 * ms, "f() = 0\n"}},
		},
		{
			name:  "a call that hangs shows",
			steps: []step{{0, "+f"}, {900 * ms, "-f"}},
			want:  []timedWrite{{150 * ms, "f( <unfinished ...>\n"}, {900 * ms, "<... f resumed> ) = 0\n"}},
		},
		{
			name:  "each call has its own time",
			steps: []step{{0, "+f"}, {99 * ms, "-f"}, {1 * ms, "+f"}, {99 * ms, "-f"}, {500 * ms, "+f"}, {500 * ms, ""}},
			want:  []timedWrite{{99 * ms, "f() = 0\n"}, {199 * ms, "f() = 0\n"}, {849 * ms, "f( <unfinished ...>\n"}},
		},
		{
			name:  "a call late in a tick is held in full",
			steps: []step{{0, "+f"}, {49 * ms, "-f"}, {0, "+f"}, {900 * ms, ""}},
			want:  []timedWrite{{49 * ms, "f() = 0\n"}, {150 * ms, "f( <unfinished ...>\n"}},
		},
		{
			name:  "the end",
			steps: []step{{0, "+f"}, {10 * ms, ""}},
			want:  []timedWrite{{10 * ms, "f( <unfinished ...>\n"}},
		},
		{
			name:  "a file: lines are collected for a tick",
			big:   true,
			steps: []step{{0, "+f"}, {0, "-f"}, {10 * ms, "+g"}, {0, "-g"}, {900 * ms, "+h"}, {0, "-h"}, {10 * ms, ""}},
			want:  []timedWrite{{50 * ms, "f() = 0\ng() = 0\n"}, {920 * ms, "h() = 0\n"}},
		},
		{
			name:  "a file: a call that hangs shows",
			big:   true,
			steps: []step{{0, "+f"}, {0, "-f"}, {0, "+g"}, {900 * ms, ""}},
			want:  []timedWrite{{50 * ms, "f() = 0\n"}, {150 * ms, "g( <unfinished ...>\n"}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				out := &timed{start: time.Now()}
				text := NewText(NewWriter(out, c.big), TextOptions{Hold: 100 * ms})
				ids := map[string]uint64{}
				for i, s := range c.steps {
					time.Sleep(s.wait) // of the bubble's clock
					synctest.Wait()
					var ev event.Event
					switch {
					case s.what == "":
						continue
					case s.what[0] == '+':
						ids[s.what[1:]] = uint64(i + 1)
						ev = &event.Call{ID: uint64(i + 1), Name: s.what[1:]}
					default:
						ev = ret(ids[s.what[1:]], s.what[1:], 0)
					}
					if err := text.Emit(ev); err != nil {
						t.Error(err)
					}
				}
				if err := text.Close(); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(c.want, out.writes); diff != "" {
					t.Errorf("writes (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestWatchSleeps checks that the ticks stop when nothing is left to do, and
// that the next event starts them again.
func TestWatchSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := NewText(NewWriter(&timed{}, true), TextOptions{Hold: 100 * time.Millisecond})
		for id := range uint64(3) {
			text.Emit(&event.Call{ID: id + 1, Name: "f"})
			if id > 0 { // the first stays open
				text.Emit(ret(id+1, "f", 0))
			}
			time.Sleep(time.Second)
			synctest.Wait()
			text.watch.mu.Lock()
			if text.watch.busy || text.pending() {
				t.Errorf("call %d: the watch is awake %v, work is left %v", id, text.watch.busy, text.pending())
			}
			text.watch.mu.Unlock()
		}
		if err := text.Close(); err != nil {
			t.Error(err)
		}
	})
}
