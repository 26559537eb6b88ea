// Calls with known arguments and results, by Go's own convention. The functions do
// not grow the stack, so that each is entered once.
package main

type pair struct {
	x uintptr
	y [2]uintptr
}

type inner struct {
	x int8
	y float32
}

type nested struct {
	a inner
	b [1]struct {
		p *int
		f float64
	}
	c [0]int
	d uint16
}

type eight struct{ a, b, c, d, e, f, g, h int }

type ten struct {
	eight
	i, j int
}

//go:nosplit
//go:noinline
func scalars(a int8, b uint16, c int32, d int64, e uintptr, f float32, g float64, h bool) int64 {
	return d + int64(a)
}

//go:nosplit
//go:noinline
func texts(s string, b []byte, e any) (string, int) { return s[1:], cap(b) }

//go:nosplit
//go:noinline
func example(a uint8, b [2]uintptr, c uint8) (pair, string) {
	return pair{uintptr(a), b}, "Go"
}

//go:nosplit
//go:noinline
func deep(n nested, c complex128, d complex64) (complex64, nested) {
	n.d++
	return d * 2, n
}

//go:nosplit
//go:noinline
func full(e eight, s string, c uint8) (ten, int8) { return ten{eight: e, j: 10}, int8(c) }

//go:nosplit
//go:noinline
func floats(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o float64, p float32, q uint8) (float32, error) {
	return p + float32(o), nil
}

//go:nosplit
//go:noinline
func nothing() {}

var sink any

func main() {
	x := 5
	sink = scalars(-3, 60000, -70000, 1<<40, 99, 1.5, -2.25, true)
	a, b := texts("text", make([]byte, 3, 9), "any")
	sink = a[b-9:]
	sink, _ = example(200, [2]uintptr{11, 12}, 201)
	sink, _ = deep(nested{a: inner{-1, 0.5}, b: [1]struct {
		p *int
		f float64
	}{{&x, 8.5}}, d: 41}, complex(3, -4), complex(1, 2))
	sink, _ = full(eight{1, 2, 3, 4, 5, 6, 7, 8}, "full", 9)
	sink, _ = floats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)
	nothing()
}
