// Callers is a Go program that keeps its threads in different places: in a system
// call, idle, on their own stacks for the runtime, and computing. It prints the program
// counters of the goroutine that makes the system call.
package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
)

//go:noinline
func outer(n int, fds [2]int) int {
	if n > 0 {
		return outer(n-1, fds) + 1
	}
	return inner(fds)
}

//go:noinline
func inner(fds [2]int) int {
	pcs := make([]uintptr, 64)
	for _, pc := range pcs[:runtime.Callers(1, pcs)] {
		fmt.Printf("%#x\n", pc)
	}
	fmt.Println(syscall.Gettid())
	os.Stdout.Close()
	var b [1]byte
	n, _ := syscall.Read(fds[0], b[:])
	return n
}

//go:noinline
func busy(buf []byte) {
	for {
		runtime.Stack(buf, true)
	}
}

//go:noinline
func grow(n int) int {
	var a [64]byte
	a[n&63] = byte(n)
	if n == 0 {
		return 0
	}
	return grow(n-1) + int(a[n&63])
}

func main() {
	runtime.LockOSThread()
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		panic(err)
	}
	go busy(make([]byte, 1<<20))
	go func() {
		for {
			done := make(chan int)
			go func() { done <- grow(2000) }()
			<-done
		}
	}()
	outer(5, fds)
}
