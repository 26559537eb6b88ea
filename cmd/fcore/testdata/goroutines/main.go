// Goroutines that wait, each in another way, until standard input ends.
package main

import (
	"fmt"
	"io"
	"os"
	"sync"
)

func receive(ch chan int) int { return <-ch }

func choose(a, b chan int) int {
	select {
	case n := <-a:
		return n
	case n := <-b:
		return n
	}
}

func lock(mu *sync.Mutex) { mu.Lock() }

func deep(n int, ch chan int) int {
	if n == 0 {
		return receive(ch)
	}
	return deep(n-1, ch) + 1
}

func read(r io.Reader) {
	if _, err := io.ReadAll(r); err != nil {
		panic(err)
	}
}

func main() {
	never, other := make(chan int), make(chan int)
	var mu sync.Mutex
	mu.Lock()
	go receive(never)
	go choose(never, other)
	go lock(&mu)
	go deep(20, never)
	r, _, err := os.Pipe() // in the poller
	if err != nil {
		panic(err)
	}
	go read(r)
	fmt.Println("ready")
	read(os.Stdin)
	fmt.Println("ok")
}
