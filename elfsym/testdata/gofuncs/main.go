// A program with Go functions of all kinds: methods and their wrappers,
// closures, generics, deferred ones.
package main

import (
	"errors"
	"fmt"
	"os"
)

type shape interface{ area() int }

type square struct{ side int }

func (s square) area() int { return s.side * s.side }

type named struct {
	shape
	name string
}

//go:noinline
func largest[T int | string](a, b T) T {
	if a > b {
		return a
	}
	return b
}

func twice(f func() int) int { return f() + f() }

func fail() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	panic(errors.New("on purpose"))
}

//go:noinline
func takes(s string, p []byte, n int, e error, b bool) int { return len(s) + len(p) + n }

//go:noinline
func takesMany(a, b, c, d, e, f, g, h, i, j, k, l int) int { return a + l }

func main() {
	var s shape = &named{square{len(os.Args)}, "square"}
	fmt.Println(s.area(), largest(1, 2), largest("a", "b"), twice(s.area), fail(),
		takes("a", nil, 1, nil, true), takesMany(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12))
}
