// A program that ends as its argument says, or lives through something rare.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"syscall"
)

type box struct{ n int }

// get faults at its first instruction if there is no box.
//
//go:noinline
func (b *box) get() int { return b.n }

//go:noinline
func try(b *box) (err any) {
	defer func() { err = recover() }()
	b.get()
	return nil
}

//go:noinline
func endless(n int) int {
	var pad [64]int
	pad[n&63] = 1
	return endless(n+1) + pad[(n+1)&63]
}

//go:noinline
func inner(n int) {
	if n == 0 {
		panic("at the bottom")
	}
	inner(n - 1)
}

func main() {
	switch os.Args[1] {
	case "return":
	case "exit":
		os.Exit(3)
	case "panic":
		inner(3)
	case "fault":
		var b *box
		b.get()
	case "faults":
		for range 500 {
			if try(nil) == nil || try(&box{}) != nil {
				fmt.Println("wrong")
			}
		}
	case "overflow":
		debug.SetMaxStack(1 << 20)
		endless(0)
	case "deadlock":
		<-make(chan int)
	case "exec":
		for range 5 {
			out, err := exec.Command("echo", "from a child").CombinedOutput()
			fmt.Print(string(out), err, "\n")
		}
	case "trap":
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTRAP)
		for range 3 {
			exec.Command("true").Run()
			syscall.Kill(os.Getpid(), syscall.SIGTRAP)
			fmt.Println(<-c)
		}
	}
}
