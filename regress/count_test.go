package regress

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// counter is the kernel, and tells a file what it was asked for the first time: a line
// each with a kind and a number.
type counter struct {
	ptrace.Direct
	file *os.File

	mu   sync.Mutex
	seen map[asked]bool
}

// asked is something that a kernel can be asked for.
type asked struct {
	kind   string
	number int
}

// Kinds of what a kernel is asked for: requests, and bits of options.
const (
	askedRequest = "request"
	askedOption  = "option"
	askedWait    = "wait"
)

func newCounter(file string) (*counter, error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	return &counter{file: f, seen: make(map[asked]bool)}, nil
}

func (k *counter) saw(kind string, number int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := asked{kind, number}
	if !k.seen[a] {
		k.seen[a] = true
		fmt.Fprintf(k.file, "%s %d\n", kind, number)
	}
}

func (k *counter) sawBits(kind string, bits int) {
	for bit := uint(1); bit != 0 && bit <= 1<<31; bit <<= 1 {
		if uint(bits)&bit != 0 {
			k.saw(kind, int(bit))
		}
	}
}

// Ptrace counts what was done: what is refused has not been exercised.
func (k *counter) Ptrace(req, tid int, addr, data ptrace.Arg) (uintptr, unix.Errno) {
	r, e := k.Direct.Ptrace(req, tid, addr, data)
	if e == 0 {
		k.saw(askedRequest, req)
		switch req {
		case unix.PTRACE_SEIZE, unix.PTRACE_SETOPTIONS, oldSetOptions:
			k.sawBits(askedOption, int(data.Number()))
		}
	}
	return r, e
}

func (k *counter) Wait4(pid, options int) (int, unix.WaitStatus, unix.Errno) {
	got, st, e := k.Direct.Wait4(pid, options)
	if e == 0 {
		k.sawBits(askedWait, options)
	}
	return got, st, e
}

func (k *counter) Waitid(idType, id, options int) (sysdeps.Siginfo, unix.Errno) {
	info, e := k.Direct.Waitid(idType, id, options)
	if e == 0 {
		k.sawBits(askedWait, options)
	}
	return info, e
}
