// Goroutines is a Go program whose goroutines wait for all kinds of things. It writes what the
// runtime says of them to the file that is named, then which goroutine runs on which thread,
// and waits.
package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

//go:noinline
func receive(c chan int) { <-c }

//go:noinline
func send(c chan int) { c <- 1 }

//go:noinline
func choose(a, b chan int) {
	select {
	case <-a:
	case <-b:
	}
}

//go:noinline
func lock(m *sync.Mutex) { m.Lock() }

func sleep() { time.Sleep(time.Hour) }

func accept(l net.Listener) { l.Accept() }

// deep has a stack that has grown several times.
func deep(n int, c chan int) (sum int) {
	var room [256]int
	if n == 0 {
		receive(c)
		return 0
	}
	room[n] = deep(n-1, c)
	for _, v := range room {
		sum += v
	}
	return sum
}

// blocked is in a system call, on a thread of its own.
func blocked(fd int) {
	runtime.LockOSThread()
	var b [1]byte
	var stack [64]byte
	threads <- fmt.Sprintf("%d %s", syscall.Gettid(), bytes.Fields(stack[:runtime.Stack(stack[:], false)])[1])
	syscall.Read(fd, b[:])
}

var threads = make(chan string)

func main() {
	var m sync.Mutex
	m.Lock()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	c, d := make(chan int), make(chan int)
	go receive(c)
	go send(d)
	go choose(c, make(chan int))
	go lock(&m)
	go sleep()
	go sleep()
	go accept(l)
	go deep(40, c)
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		panic(err)
	}
	go blocked(fds[0])
	thread := <-threads
	stacks := make([]byte, 1<<20)
	for {
		all := stacks[:runtime.Stack(stacks, true)]
		// One is in a system call, one is running: this one.
		if !bytes.Contains(all, []byte("[runnable]")) && bytes.Count(all, []byte("[running]")) == 1 && bytes.Count(all, []byte("[syscall")) == 1 {
			stacks = all
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := os.WriteFile(os.Args[1], stacks, 0o600); err != nil {
		panic(err)
	}
	fmt.Println("ready", thread)
	select {}
}
