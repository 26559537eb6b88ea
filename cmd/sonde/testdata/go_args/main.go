// A program whose functions take arguments of all kinds.
package main

import (
	"fmt"
	"strings"
)

//go:noinline
func text(s string) int { return len(s) }

//go:noinline
func texts(n int, a, b string) int { return n + len(a) + len(b) }

//go:noinline
func slice(p []byte) int { return len(p) }

// pointer takes what looks like a string, but is a pointer beside a number.
//
//go:noinline
func pointer(p *[8]byte, n int) int { return int(p[0]) + n }

//go:noinline
func none() int { return 42 }

//go:noinline
func words(a int8, b uint16, c bool, d int) int { return int(a) + int(b) + d }

//go:noinline
func generic[T int | string](a, b T) int { return len(fmt.Sprint(a, b)) }

//go:noinline
func many(a, b, c, d, e, f, g, h, i, j, k int) int { return a + k }

type point struct{ x, y int }

//go:noinline
func (p point) sum(q point) int { return p.x + p.y + q.x + q.y }

//go:noinline
func arrays(a [3]int, b [1]string) int { return a[1] + len(b[0]) }

// behind has an array, which is on the stack, and a number in a register of the other kind
// among its arguments.
//
//go:noinline
func behind(a int, e [2]int, f float64, b int, s string) int {
	return len(fmt.Sprint(a, e, f, b, s))
}

// unused does not use one of its arguments.
//
//go:noinline
func unused(a int, _ [2]int, s string) int { return len(fmt.Sprint(a, s)) }

type list[T any] struct{ all []T }

//go:noinline
func (l *list[T]) add(x T, n int) int {
	l.all = append(l.all, x)
	return len(l.all) + n
}

// truncated is small, and only the processor knows that its argument is no integer.
//
//go:noinline
func truncated(f float64, n int) int { return int(f) }

func main() {
	// Behind a literal of Go's there is no NUL, but another literal.
	text("plain text")
	text("grüße")
	text("with\ttab")
	text("")
	text("nul\x00inside")
	text("\x01\x02")
	text(strings.Repeat("long ", 1000))
	texts(7, "left", "right")
	slice([]byte("bytes"))
	pointer(&[8]byte{'t', 'e', 'x', 't'}, 4)
	none()
	words(1, 2, true, 3)
	generic("a", "b")
	many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	point{1, 2}.sum(point{3, 4})
	behind(1, [2]int{2, 3}, 4.5, 5, "text")
	unused(1, [2]int{2, 3}, "text")
	new(list[int]).add(7, 8)
	truncated(3.5, 4)
	arrays([3]int{1, 2, 3}, [1]string{"x"})
}
