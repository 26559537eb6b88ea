// A program of Go and C that call each other, and that counts its calls.
//
//	go_cgo CALLS
package main

/*
#include <stdint.h>
#include <stdlib.h>

extern int64_t goBack(int64_t n);

static __thread int64_t calls[7]; // so that Go's thread-local variable is not the only one

static int64_t intoC(int64_t n) {
	calls[n % 7]++;
	return goBack(n) + strtol("1", NULL, 10);
}
*/
import "C"

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
)

var ins, backs, deeps atomic.Int64

//go:noinline
func deep(n int) int {
	deeps.Add(1)
	var pad [64]int
	pad[n&63] = n
	if n == 0 {
		return 0
	}
	return deep(n-1) + pad[(n+1)&63]
}

//go:noinline
//export goBack
func goBack(n C.int64_t) C.int64_t {
	backs.Add(1)
	return n + C.int64_t(deep(20))
}

//go:noinline
func into(n int) int {
	ins.Add(1)
	return int(C.intoC(C.int64_t(n)))
}

func main() {
	calls, _ := strconv.Atoi(os.Args[1])
	var all sync.WaitGroup
	for range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			for n := range calls {
				if into(n) != n+1 {
					fmt.Println("wrong result")
				}
			}
		}()
	}
	all.Wait()
	for _, c := range []struct {
		name string
		n    int64
	}{{"main.into", ins.Load()}, {"main.goBack", backs.Load()}, {"main.deep", deeps.Load()}} {
		fmt.Println(c.name, c.n, c.n)
	}
	fmt.Println("strtol", ins.Load(), ins.Load())
}
