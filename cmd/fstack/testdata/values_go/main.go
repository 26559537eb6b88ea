// A program that says what its parameters and variables hold, as values.c does.
package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
)

type item struct {
	name  string
	price int
	tags  []string
	next  *item
}

func (i *item) String() string { return i.name }

func tell(name, format string, values ...any) {
	fmt.Fprintf(os.Stdout, "main.deep "+name+" "+format+"\n", values...)
}

//go:noinline
func deep(n int, s string, it *item, ratio float64, flags [2]bool) int {
	local := n * 3
	numbers := [3]int{1, 2, n}
	slice := []int32{4, int32(n)}
	ok := n > 2
	var err error
	text := s + "!"
	tell("n", "%d", n)
	tell("s", "%q", s)
	tell("it", "{ name=%q, price=%d, tags=[ %q, %q ], next=nil }", it.name, it.price, it.tags[0], it.tags[1])
	tell("ratio", "%f", ratio)
	tell("flags", "[ %t, %t ]", flags[0], flags[1])
	tell("local", "%d", local)
	tell("numbers", "[ 1, 2, %d ]", n)
	tell("slice", "[ 4, %d ]", n)
	tell("ok", "%t", ok)
	tell("err", "nil")
	tell("text", "%q", text)
	fmt.Println("ready")
	syscall.Pause()
	fmt.Println(local, numbers, slice, ok, err, text, n, s, it, ratio, flags)
	return local
}

func main() {
	runtime.LockOSThread()
	it := &item{"apple", 3, []string{"a", "b"}, nil}
	deep(len(os.Args)+6, "hello", it, 0.25, [2]bool{true, false})
}
