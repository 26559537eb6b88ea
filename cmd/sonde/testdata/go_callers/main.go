// go_callers calls told from goroutines of many kinds. It prints what called it, as Go's
// runtime has it: its own functions alone, the innermost first.
package main

import (
	"fmt"
	"runtime"
	"sort"
	"strings"
	"sync"
)

var sum int

//go:noinline
func told(n int) int {
	pcs := make([]uintptr, 200)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var names []string
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "main.") {
			names = append(names, f.Function)
		}
		if !more {
			break
		}
	}
	fmt.Println(strings.Join(names, " "))
	return n + 1
}

//go:noinline
func middle(n int) int { return told(n) + sum }

// grow has the stack moved a few times.
//
//go:noinline
func grow(n int) int {
	var room [1024]byte
	if n == 0 {
		return middle(3)
	}
	room[n] = byte(n)
	return grow(n-1) + int(room[n])
}

type numbers []int

func (b *numbers) Len() int      { return len(*b) }
func (b *numbers) Swap(i, j int) { (*b)[i], (*b)[j] = (*b)[j], (*b)[i] }

//go:noinline
func (b *numbers) Less(i, j int) bool { return told((*b)[i]) < told((*b)[j]) }

//go:noinline
func recovers() {
	defer func() {
		recover()
		sum += told(7)
	}()
	var p *int
	*p = told(1)
}

func main() {
	sum += middle(1) + grow(60)
	var all sync.WaitGroup
	var one sync.Mutex
	for i := range 8 {
		all.Go(func() {
			one.Lock()
			defer one.Unlock()
			sum += middle(i) + grow(20)
		})
	}
	all.Wait()
	sort.Sort(&numbers{3, 1, 2})
	recovers()
}
