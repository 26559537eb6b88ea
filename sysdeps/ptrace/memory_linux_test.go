package ptrace

import (
	"errors"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// gatherPages maps five pages, of which the second and the fourth cannot be
// read, and fills the others with the letters a, c and e.
func gatherPages(t *testing.T) (pages []byte, base sysdeps.Addr) {
	t.Helper()
	size := unix.Getpagesize()
	pages, err := unix.Mmap(-1, 0, 5*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(pages) })
	for i := range pages {
		pages[i] = "abcde"[i/size]
	}
	for _, i := range []int{1, 3} {
		if err := unix.Mprotect(pages[i*size:(i+1)*size], unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return pages, sysdeps.Addr(uintptr(unsafe.Pointer(&pages[0])))
}

// TestGather reads pieces of a child's memory, which is a copy of the test's as
// it was. A piece is a letter for its page and a place in it: a1 at the start,
// a2 in the middle, a3 up to the end, a4 across the end. What is read are the
// indices that Read returns, each time with the piece there left out from then
// on, until all are done.
func TestGather(t *testing.T) {
	onThread(t)
	pages, base := gatherPages(t)
	size := sysdeps.Addr(unix.Getpagesize())
	child := waitingChild(t, Inherited{})
	for _, page := range []int{0, 2, 4} { // what the test has is not what the child has
		clear(pages[page*int(size) : (page+1)*int(size)])
	}
	const length = 16
	for _, c := range []struct {
		pieces string
		done   []int
		err    error // of the first Read
	}{
		{"a1", []int{1}, nil},
		{"a1 a2 a3", []int{3}, nil},
		{"e3 c2 a1", []int{3}, nil},
		{"a2 a2 a2", []int{3}, nil},
		{"b1", []int{0}, unix.EFAULT},
		{"a1 b1", []int{1}, nil},
		{"b1 a1", []int{0, 2}, unix.EFAULT},
		{"a1 b1 c1", []int{1, 3}, nil},
		{"a3 c3 d1 e1 e2", []int{2, 5}, nil},
		{"a1 b1 d1 e1", []int{1, 2, 4}, nil},
		{"a1 b3 c1 d2 e1", []int{1, 3, 5}, nil},
		{"b1 b2 d1", []int{0, 1, 2}, unix.EFAULT},
		{"a4", []int{0}, nil}, // half of it
		{"a1 a4 c1", []int{1, 3}, nil},
		{"b4 c1", []int{0, 2}, unix.EFAULT},
	} {
		var g Gather
		var bufs [][]byte
		names := strings.Fields(c.pieces)
		for _, name := range names {
			buf := make([]byte, length)
			a := base + sysdeps.Addr(name[0]-'a')*size
			switch name[1] {
			case '2':
				a += size / 2
			case '3':
				a += size - length
			case '4':
				a += size - length/2
			}
			g.Add(buf, a)
			bufs = append(bufs, buf)
		}
		if g.Len() != len(names) {
			t.Fatalf("%s: %d pieces", c.pieces, g.Len())
		}
		failed := make([]bool, len(names))
		n := 0
		for i, want := range c.done {
			done, err := g.Read(child.PID, n)
			if done != want || i == 0 && !errors.Is(err, c.err) || err != nil && !errors.Is(err, unix.EFAULT) {
				t.Errorf("%s: from %d on: %d, %v, want %d, %v", c.pieces, n, done, err, want, c.err)
			}
			var op *sysdeps.OpError
			if errors.As(err, &op) && (op.TID != child.PID || op.Addr != sysdeps.Addr(g.remote[n].Base)) {
				t.Errorf("%s: %v names the wrong thread or address", c.pieces, err)
			}
			if done < len(names) {
				failed[done] = true
			}
			n = done + 1
		}
		for i, buf := range bufs {
			if want := strings.Repeat(names[i][:1], length); !failed[i] && string(buf) != want {
				t.Errorf("%s: piece %d is %q, want %q", c.pieces, i, buf, want)
			}
		}
	}
}

func TestGatherReset(t *testing.T) {
	onThread(t)
	_, base := gatherPages(t)
	child := waitingChild(t, Inherited{})
	var g Gather
	var buf [4]byte
	g.Add(buf[:], base+sysdeps.Addr(unix.Getpagesize())) // cannot be read
	g.Reset()
	g.Add(nil, base)
	g.Add(buf[:0], base)
	if g.Len() != 0 {
		t.Errorf("%d pieces of no bytes", g.Len())
	}
	g.Add(buf[:], base)
	if done, err := g.Read(child.PID, 0); done != 1 || err != nil || string(buf[:]) != "aaaa" {
		t.Errorf("%d, %v, %q", done, err, buf)
	}
	if n := testing.AllocsPerRun(100, func() {
		g.Reset()
		g.Add(buf[:], base)
		if _, err := g.Read(child.PID, 0); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestGatherNothing holds that there is nothing wrong with asking for nothing.
func TestGatherNothing(t *testing.T) {
	defer func() {
		if crash := recover(); crash != nil {
			t.Error(crash)
		}
	}()
	var g Gather
	if done, err := g.Read(unix.Getpid(), 0); done != 0 || err != nil {
		t.Errorf("%d, %v", done, err)
	}
	var buf [1]byte
	g.Add(buf[:], sysdeps.Addr(uintptr(unsafe.Pointer(&buf[0]))))
	if done, err := g.Read(unix.Getpid(), 1); done != 1 || err != nil {
		t.Errorf("behind the last: %d, %v", done, err)
	}
}

func TestGatherMany(t *testing.T) {
	onThread(t)
	_, base := gatherPages(t)
	child := waitingChild(t, Inherited{})
	var g Gather
	var buf [1]byte
	for range MaxPieces {
		g.Add(buf[:], base)
	}
	if done, err := g.Read(child.PID, 0); done != MaxPieces || err != nil {
		t.Errorf("%d of %d pieces, %v", done, MaxPieces, err)
	}
	g.Add(buf[:], base)
	if done, err := g.Read(child.PID, 0); done != 0 || !errors.Is(err, unix.EINVAL) {
		t.Errorf("one too many: %d, %v", done, err)
	}
}

func TestGatherGone(t *testing.T) {
	var g Gather
	var buf [1]byte
	g.Add(buf[:], 0x10000)
	if done, err := g.Read(gonePID(t), 0); done != 0 || !errors.Is(err, sysdeps.ErrGone) {
		t.Errorf("%d, %v", done, err)
	}
}
