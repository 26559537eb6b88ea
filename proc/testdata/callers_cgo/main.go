// Callers_cgo is a Go program that waits in C. It prints the program counters of the
// goroutine that has called there.
package main

/*
#include <unistd.h>
__attribute__((noinline)) int waits(int fd) { char b; return read(fd, &b, 1) + 1; }
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
)

//go:noinline
func outer(n int, fd int) int {
	if n > 0 {
		return outer(n-1, fd) + 1
	}
	return inner(fd)
}

//go:noinline
func inner(fd int) int {
	pcs := make([]uintptr, 64)
	for _, pc := range pcs[:runtime.Callers(1, pcs)] {
		fmt.Printf("%#x\n", pc)
	}
	fmt.Println(syscall.Gettid())
	os.Stdout.Close()
	return int(C.waits(C.int(fd)))
}

func main() {
	runtime.LockOSThread()
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		panic(err)
	}
	outer(5, fds[0])
}
