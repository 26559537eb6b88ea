// The program truth_go does as truth.c, of what Go has: the runtime tells the return
// addresses.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"syscall"
)

// waits tells the stack, without its own frame, and waits in a system call.
//
//go:noinline
func waits() {
	runtime.LockOSThread()
	pcs := make([]uintptr, 64)
	fmt.Printf("tid %d\n", syscall.Gettid())
	for _, pc := range pcs[:runtime.Callers(2, pcs)] {
		fmt.Printf("back %#x\n", pc)
	}
	fmt.Println("ready")
	for {
		syscall.Syscall(syscall.SYS_PAUSE, 0, 0, 0)
	}
}

//go:noinline
func recurse(n int) int {
	var room [512]int
	room[n] = n
	if n == 0 {
		waits()
		return room[n]
	}
	return recurse(n-1) + room[n]
}

func main() {
	done := make(chan int)
	switch os.Args[1] {
	case "goroutine": // whose stack grows several times
		go func() { done <- recurse(50) }()
		<-done
	case "defer":
		defer func() {
			recover()
			waits()
		}()
		panic("as it should")
	case "callback":
		sort.Slice([]int{3, 1, 2}, func(i, j int) bool {
			waits()
			return i < j
		})
	case "closure":
		f := func(n int) int { return recurse(n) + len(os.Args) }
		fmt.Println(f(len(os.Args)))
	case "main":
		waits()
	}
}
