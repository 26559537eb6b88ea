// Functions of Go, whose prototypes golang.want knows.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

type point struct{ x, y int32 }

type tree struct {
	left, right *tree
	name        string
	kind        kind
}

type kind uint8

type shape interface{ area(scale int) float64 }

//go:noinline
func (p point) area(scale int) float64 { return float64(p.x) * float64(p.y) * float64(scale) }

//go:noinline
func (t *tree) grow(name string) *tree { t.left = &tree{name: name}; return t.left }

//go:noinline
func fNumbers(a int8, b uint16, c int, d uint64, e float32, f float64, g bool, h rune, i uintptr, j byte) int {
	return int(a) + int(b) + c + int(d) + int(e) + int(f) + int(h) + int(i) + int(j)
}

//go:noinline
func fTexts(s string, b []byte, v []string, r []rune) string { return s + string(b) + v[0] + string(r) }

//go:noinline
func fResults(n int) (q, r int, err error) {
	if n == 0 {
		return 0, 0, errors.New("zero")
	}
	return 10 / n, 10 % n, nil
}

//go:noinline
func fUnnamed(_ int, b bool, _ string) (string, bool) { return fmt.Sprint(b), b }

//go:noinline
func fKinds(m map[string]int, c chan int, f func(int) int, e any, s shape, a [3]int32, w io.Writer) int {
	fmt.Fprintln(w, e)
	return m["x"] + cap(c) + f(1) + int(s.area(1)) + int(a[1])
}

//go:noinline
func fStructs(p point, t *tree, z complex128) (point, complex64) {
	return point{p.y, int32(len(t.name))}, complex64(z)
}

//go:noinline
func fGeneric[T int | string](v T, n []T) T { return append(n, v)[0] }

//go:noinline
func fNothing() { fmt.Fprint(io.Discard) }

func main() {
	fmt.Fprintln(io.Discard, fNumbers(1, 2, 3, 4, 5, 6, true, 'x', 8, 9), fTexts("s", []byte("b"), os.Args, []rune("r")))
	fmt.Fprintln(io.Discard, fGeneric(1, nil), fGeneric("s", nil))
	q, r, err := fResults(len(os.Args))
	s, ok := fUnnamed(1, true, "x")
	p, z := fStructs(point{1, 2}, (&tree{}).grow("n"), 3i)
	fmt.Fprintln(io.Discard, q, r, err, s, ok, p, z, func(n int) int { return n + q }(1))
	fmt.Fprintln(io.Discard, fKinds(nil, nil, func(n int) int { return n }, 1, p, [3]int32{}, io.Discard))
	fNothing()
}
