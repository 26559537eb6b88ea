package trace

import (
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sonde/event"
)

// TestComms follows the name of a thread, this one, through events.
func TestComms(t *testing.T) {
	runtime.LockOSThread() // it is not unlocked: the thread ends with its name
	pid, tid := os.Getpid(), unix.Gettid()
	name := func(s string) {
		t.Helper()
		file := "/proc/self/task/" + strconv.Itoa(tid) + "/comm"
		if err := os.WriteFile(file, []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var c comms
	at := func(d time.Duration, ev event.Event) string {
		h := ev.Header()
		*h = event.Head{Time: d, PID: pid, TID: tid}
		c.tell(ev)
		return h.Comm
	}
	const ms = time.Millisecond
	steps := []struct {
		name string
		set  string // the name that the thread gives itself before
		at   time.Duration
		ev   event.Event
		want string
	}{
		{"the first event", "one", 0, &event.Call{}, "one"},
		{"the same name", "", 5 * ms, &event.Call{}, ""},
		{"another one, at once", "two", 5 * ms, &event.Call{}, ""},
		{"later", "", 20 * ms, &event.Call{}, "two"},
		{"a call that gives names", "three", 20 * ms, &event.Return{Name: "prctl"}, "three"},
		{"and another", "four", 20 * ms, &event.Return{Name: "pthread_setname_np"}, "four"},
		{"one that does not", "five", 20 * ms, &event.Return{Name: "printf"}, ""},
		{"the end", "", time.Minute, &event.Exit{}, "five"},
		{"a new thread of the same id", "", time.Minute, &event.Call{}, "five"},
	}
	for _, s := range steps {
		if s.set != "" {
			name(s.set)
		}
		if got := at(s.at, s.ev); got != s.want {
			t.Errorf("%s: %q, want %q", s.name, got, s.want)
		}
	}
	name("six")
	c.suspect(pid + 1)
	if got := at(time.Minute, &event.Call{}); got != "" {
		t.Errorf("after a call elsewhere that gives names: %q", got)
	}
	c.suspect(pid) // by another thread
	if got := at(time.Minute, &event.Call{}); got != "six" {
		t.Errorf("after another thread's call that gives names: %q", got)
	}
	name("five")
	c.forget(pid + 1)
	if got := at(time.Minute, &event.Call{}); got != "" {
		t.Errorf("after an exec elsewhere: %q", got)
	}
	c.forget(pid)
	if got := at(time.Minute, &event.Call{}); got != "five" {
		t.Errorf("after an exec: %q", got)
	}
	none := &event.Warning{}
	c.tell(none)
	if none.Comm != "" || len(c.threads) != 1 {
		t.Errorf("an event of no thread: %q, %d names", none.Comm, len(c.threads))
	}
}

// BenchmarkComms is what a sink that wants names costs an event.
func BenchmarkComms(b *testing.B) {
	var c comms
	ev := &event.Call{Head: event.Head{PID: os.Getpid(), TID: os.Getpid()}}
	b.ReportAllocs()
	for b.Loop() {
		c.tell(ev)
	}
}
