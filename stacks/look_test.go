package stacks

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
)

// TestParseSyscall reads what /proc tells of threads, and what it does not.
func TestParseSyscall(t *testing.T) {
	for _, c := range []struct {
		text string
		want asleep
		ok   bool
	}{
		{"running\n", asleep{running: true}, true},
		{"-1 0x7ffe 0x401000\n", asleep{nr: -1, sp: 0x7ffe, pc: 0x401000}, true},
		{"7 0x1 0x2 0x3 0x4 0x5 0x6 0x7ffe 0x401000\n", asleep{in: true, nr: 7, args: [6]uint64{1, 2, 3, 4, 5, 6}, sp: 0x7ffe, pc: 0x401000}, true},
		{"0 0x0 0x0 0x0 0x0 0x0 0x0 0x0 0x0", asleep{in: true}, true},
		{"", asleep{}, false},
		{"sleeping", asleep{}, false},
		{"7 0x1 0x2", asleep{nr: 7, sp: 1, pc: 2}, true},
		{"7 0x1 0x2 0x3", asleep{}, false},
		{"x 0x1 0x2", asleep{}, false},
		{"-1 0x7ffe y", asleep{}, false},
		{"-1 0x1ffffffffffffffff 0x1", asleep{}, false},
	} {
		got, ok := parseSyscall(c.text)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%q: %+v, %t, want %+v, %t", c.text, got, ok, c.want, c.ok)
		}
	}
}

// TestMoment tells a thread that has run from one that has not, by the times that it has
// been taken off its processor.
func TestMoment(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var pipe [2]int
	if err := unix.Pipe(pipe[:]); err != nil {
		t.Fatal(err)
	}
	tids := make(chan int)
	ended := make(chan error)
	go func() {
		runtime.LockOSThread()
		tids <- unix.Gettid()
		var b [1]byte
		for range 2 {
			if _, err := unix.Read(pipe[0], b[:]); err != nil {
				ended <- err
				return
			}
		}
		ended <- nil
	}()
	tid := <-tids
	// inRead waits until the thread is in its call, and at another moment than before.
	inRead := func(before moment) (m moment) {
		testkit.Await(t, "the thread reads", func() bool {
			var err error
			m, err = momentOf(tid)
			again, err2 := momentOf(tid)
			return err == nil && err2 == nil && m == again && m != before && m.call.in && m.call.args[0] == uint64(pipe[0])
		})
		return m
	}
	first := inRead(moment{})
	if _, err := unix.Write(pipe[1], []byte{0}); err != nil {
		t.Fatal(err)
	}
	second := inRead(first)
	if second.call != first.call {
		t.Errorf("%+v, then %+v: it is in the same call", first, second)
	}
	if _, err := unix.Write(pipe[1], []byte{0}); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if _, err := momentOf(1 << 29); !os.IsNotExist(err) {
		t.Errorf("no thread: %v", err)
	}
}
