// Busy is a Go program whose goroutines are made and end, wait for each other, ask for the
// time, are interrupted, outgrow their stacks, and leave garbage, all the time.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

func pass(from, to chan int) {
	for v := range from {
		to <- v + 1
	}
}

func allocate() {
	for {
		m := make(map[int][]byte)
		for i := range 100 {
			m[i] = make([]byte, i*10)
		}
		runtime.Gosched()
	}
}

// grow is so deep that the stack has to be moved.
func grow(n int) int {
	var room [64]int
	if n == 0 {
		return 0
	}
	room[n%64] = grow(n - 1)
	return room[n%64] + 1
}

func churn(mu *sync.Mutex) {
	for start := time.Now(); ; {
		mu.Lock()
		grow(200)
		mu.Unlock()
		time.Sleep(time.Microsecond)
		if time.Since(start) > 0 {
			go grow(100)
		}
	}
}

func main() {
	var mu sync.Mutex
	for range 10 {
		a, b := make(chan int), make(chan int)
		go pass(a, b)
		go pass(b, a)
		a <- 1
		go churn(&mu)
	}
	go allocate()
	fmt.Println("ready")
	time.Sleep(time.Hour)
}
