// Callbacks is a Go program that C code calls which Go has called, several times over, and
// waits in C or in Go, or parks the goroutine; or which a thread of C's calls.
package main

/*
#include <pthread.h>
#include <unistd.h>

extern void goStep(int, int);

__attribute__((noinline)) static int cStep(int n, int how)
{
	volatile int room[100] = { n };
	goStep(n, how);
	return room[0];
}

__attribute__((noinline)) static int cWaits(void)
{
	return pause() + 1;
}

static void *cThread(void *arg)
{
	cStep(1, *(int *)arg);
	return arg;
}

static int cStarts(int how)
{
	static int kept;
	pthread_t th;
	kept = how;
	return pthread_create(&th, NULL, cThread, &kept);
}
*/
import "C"

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// How to wait in the end.
const (
	inC = iota
	inGo
	parked
)

//export goStep
func goStep(n, how C.int) {
	switch {
	case n > 0:
		C.cStep(n-1, how)
	case how == inC:
		fmt.Println("ready")
		C.cWaits()
	case how == inGo:
		fmt.Println("ready")
		for {
			syscall.Pause()
		}
	case how == parked:
		fmt.Println("ready")
		<-make(chan int)
	}
}

func main() {
	how, _ := strconv.Atoi(os.Args[1])
	if len(os.Args) > 2 {
		C.cStarts(C.int(how))
		select {}
	}
	C.cStep(2, C.int(how))
}
