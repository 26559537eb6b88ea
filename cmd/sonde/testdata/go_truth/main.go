// A program of many goroutines that counts the calls of its own functions, and
// at its end prints "FUNCTION CALLS RETURNS" for each.
//
//	go_truth GOROUTINES DEPTH ROUNDS [gc]
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
)

// The counters, by function.
var dives, leaves, spins, thrown, recovered, shouts, methods, workers, exits atomic.Int64

// dive needs a kilobyte of stack for each level: the stack grows, and moves.
//
//go:noinline
func dive(n int, s string) int {
	dives.Add(1)
	var pad [128]int
	pad[n%128] = n
	if n == 0 {
		return len(s)
	}
	if n%8 == 0 {
		runtime.Gosched() // and goes on in another thread
	}
	return dive(n-1, s) + pad[(n+1)%128]
}

// leaf has no look at its stack, and may be preempted at its first instruction.
//
//go:noinline
func leaf(a, b int) int { return a*b + 1 }

// spin runs long enough to be preempted by a signal.
//
//go:noinline
func spin(n int) int {
	sum := 0
	for i := range n {
		sum += i & n
	}
	return sum
}

//go:noinline
func throw(n int) {
	thrown.Add(1)
	if n > 0 {
		throw(n - 1)
	}
	panic("on purpose")
}

//go:noinline
func recovers(n int) (err any) {
	recovered.Add(1)
	defer func() { err = recover() }()
	throw(n)
	return nil
}

type speaker interface{ shout(s string) int }

type dog struct{ name string }

//go:noinline
func (d *dog) shout(s string) int {
	shouts.Add(1)
	return len(d.name) + len(s)
}

// puppy is a speaker by a wrapper that jumps to the method of what it embeds.
type puppy struct {
	age int
	*dog
}

//go:noinline
func say(s speaker) int {
	methods.Add(1)
	return s.shout("woof")
}

//go:noinline
func leave(n int) {
	exits.Add(1)
	runtime.Goexit()
}

func worker(id, depth, rounds int) {
	workers.Add(1)
	p := puppy{1, &dog{"rex"}}
	for i := range rounds {
		if dive(depth+id%7, "hello, traced world") != len("hello, traced world") {
			fmt.Println("wrong depth")
		}
		leaves.Add(1)
		if leaf(id, i) != id*i+1 {
			fmt.Println("wrong leaf")
		}
		spins.Add(1)
		spin(20_000)
		if recovers(id%5) != "on purpose" {
			fmt.Println("wrong panic")
		}
		if say(&p)+say(p.dog) != 14 {
			fmt.Println("wrong method")
		}
	}
	if id%10 == 0 {
		leave(id)
	}
}

func main() {
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(os.Args[1+i])
	}
	var done atomic.Bool
	if len(os.Args) > 4 {
		go func() {
			for !done.Load() {
				runtime.GC() // stops the others by signals, and shrinks stacks
			}
		}()
	}
	var all sync.WaitGroup
	for id := range n[0] {
		all.Add(1)
		go func() {
			defer all.Done()
			worker(id, n[1], n[2])
		}()
	}
	all.Wait()
	done.Store(true)
	for _, c := range []struct {
		name    string
		count   *atomic.Int64
		returns bool
	}{
		{"main.dive", &dives, true},
		{"main.leaf", &leaves, true},
		{"main.spin", &spins, true},
		{"main.throw", &thrown, false},
		{"main.recovers", &recovered, true},
		{"main.(*dog).shout", &shouts, true},
		{"main.say", &methods, true},
		{"main.leave", &exits, false},
	} {
		returns := c.count.Load()
		if !c.returns {
			returns = 0
		}
		fmt.Println(c.name, c.count.Load(), returns)
	}
	fmt.Println("main.worker", workers.Load(), workers.Load()-exits.Load())
}
