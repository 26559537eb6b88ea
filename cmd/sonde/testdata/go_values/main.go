// A program that gives its functions values whose types are known when it runs, and knows
// how they are to be shown: in the comments.
package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"
	"unsafe"
)

type (
	small   struct{ x, y int32 }
	large   struct{ a, b, c, d, e, f, g int }
	linked  struct{ next *linked }
	nothing struct{}
	state   uint8
	label   string
	pair    [2]int
	wrapped struct {
		what string
		err  error
	}
	pointed[T any] struct{ to *T }
	word           struct{ n int }
	both[K, V any] struct {
		k K
		v V
	}
)

func (s small) String() string     { return "small" }
func (l *large) String() string    { return "large" }
func (nothing) String() string     { return "nothing" }
func (s state) String() string     { return "state" }
func (w *wrapped) Error() string   { return w.what }
func (w word) Error() string       { return "word" }
func (b both[K, V]) Error() string { return "both" }

//go:noinline
func holds(v any) bool { return v != nil }

//go:noinline
func named(s fmt.Stringer) bool { return s != nil }

//go:noinline
func failed(err error) error { return err }

//go:noinline
func all(vs ...any) int { return len(vs) }

//go:noinline
func stringer(v any) fmt.Stringer { // by a table that the runtime makes
	s, _ := v.(fmt.Stringer)
	return s
}

func interfaces() {
	n, f := 7, func() {}
	holds(nil)                                           //= (nil) = false
	holds(5)                                             //= (int(5)) = true
	holds(-70000)                                        //= (int(-70000)) = true
	holds(uint8(200))                                    //= (uint8(200)) = true
	holds(state(3))                                      //= (main.state(3)) = true
	holds(true)                                          //= (bool(true)) = true
	holds(2.5)                                           //= (float64(2.500000)) = true
	holds(float32(0))                                    //= (float32(0.000000)) = true
	holds("text")                                        //= (string("text")) = true
	holds("")                                            //= (string("")) = true
	holds(label("name"))                                 //= (main.label("name")) = true
	holds([]byte("bytes"))                               //= ([]uint8("bytes")) = true
	holds([]int{1, 2, 3, 4, 5, 6})                       //= ([]int([ 1, 2, 3, 4... ])) = true
	holds([]int(nil))                                    //= ([]int(nil)) = true
	holds(pair{1, 2})                                    //= (main.pair([ 1, 2 ])) = true
	holds(small{1, -2})                                  //= (main.small({ 1, -2 })) = true
	holds(&small{3, 4})                                  //= (*main.small({ 3, 4 })) = true
	holds((*small)(nil))                                 //= (*main.small(nil)) = true
	holds(large{1, 2, 3, 4, 5, 6, 7})                    //= (main.large(N)) = true
	holds(linked{})                                      //= (main.linked(nil)) = true
	holds(&linked{&linked{}})                            //= (*main.linked(N)) = true
	holds(pointed[int]{&n})                              //= (main.pointed[int](N)) = true
	holds(word{9})                                       //= (main.word({ 9 })) = true
	holds(struct{}{})                                    //= (struct {}({})) = true
	holds(&n)                                            //= (*int(7)) = true
	holds(unsafe.Pointer(nil))                           //= (unsafe.Pointer(nil)) = true
	holds(f)                                             //= (func()(main.interfaces.func1)) = true
	holds(complex(1, -2))                                //= (complex128(1.000000-2.000000i)) = true
	holds(time.Duration(1500))                           //= (time.Duration(1500)) = true
	holds(time.Time{})                                   //= (time.Time(N)) = true
	holds([]any{1, "x", nil})                            //= ([]interface {}([ int(1), string("x"), nil ])) = true
	holds([]error{io.EOF})                               //= ([]error([ *errors.errorString("EOF") ])) = true
	holds(both[int, string]{1, "one"})                   //= (main.both[int,string]({ 1, "one" })) = true
	named(nil)                                           //= (nil) = false
	named(small{5, 6})                                   //= (main.small({ 5, 6 })) = true
	named(&large{})                                      //= (*main.large(N)) = true
	named(nothing{})                                     //= (main.nothing({})) = true
	named(state(4))                                      //= (main.state(4)) = true
	named(time.Second)                                   //= (time.Duration(1000000000)) = true
	failed(nil)                                          //= (nil) = nil
	failed(io.EOF)                                       //= (*errors.errorString("EOF")) = *errors.errorString("EOF")
	failed(fmt.Errorf("at %d: %w", 3, io.EOF))           //= (*fmt.wrapError("at 3: EOF")) = *fmt.wrapError("at 3: EOF")
	failed(&wrapped{"outer", &wrapped{"inner", io.EOF}}) //= (*main.wrapped({ "outer", *main.wrapped({ "inner", *errors.errorString("EOF") }) })) = *main.wrapped({ "outer", *main.wrapped({ "inner", *errors.errorString("EOF") }) })
	failed(word{8})                                      //= (main.word({ 8 })) = main.word({ 8 })
	failed(both[string, error]{"k", io.EOF})             //= (main.both[string,error]({ "k", *errors.errorString("EOF") })) = main.both[string,error]({ "k", *errors.errorString("EOF") })
	_, err := url.Parse("http://[")
	failed(err) //= (*net/url.Error({ "parse", "http://[", *errors.errorString("missing ']' in host") })) = *net/url.Error({ "parse", "http://[", *errors.errorString("missing ']' in host") })
	_, err = os.Stat("/nonexistent")
	failed(err)                             //= (*io/fs.PathError({ "stat", "/nonexistent", syscall.Errno(ENOENT) })) = *io/fs.PathError({ "stat", "/nonexistent", syscall.Errno(ENOENT) })
	all(1, "two", 3.0, small{4, 4}, io.EOF) //= ([ int(1), string("two"), float64(3.000000), main.small({ 4, 4 })... ]) = 5
	stringer(small{7, 8})                   //= (main.small({ 7, 8 })) = main.small({ 7, 8 })
	stringer(strings.NewReader("rest"))     //= (*strings.Reader({ "rest", 0, -1 })) = nil
	stringer(errors.New("none"))            //= (*errors.errorString("none")) = nil
}

type queue struct {
	items chan string
	done  <-chan struct{}
}

//go:noinline
func channel(c chan int) int { return len(c) }

//go:noinline
func receive(c <-chan string, n int) int { return n + cap(c) }

//go:noinline
func send(c chan<- error) (chan<- error, bool) { return c, c == nil }

//go:noinline
func queued(q *queue, all []chan int) int { return len(q.items) + len(all) }

func channels() {
	ten, none, shut := make(chan int, 10), make(chan int), make(chan int, 2)
	texts, fails := make(chan string, 1), make(chan error, 3)
	shut <- 1
	close(shut)
	channel(nil)  //= (nil) = 0
	channel(none) //= (N<chan 0/0>) = 0
	channel(ten)  //= (N<chan 0/10>) = 0
	for i := range 3 {
		ten <- i
	}
	channel(ten)  //= (N<chan 3/10>) = 3
	channel(shut) //= (N<chan 1/2 closed>) = 1
	texts <- "text"
	receive(texts, 2)                      //= (N<chan 1/1>, 2) = 3
	send(fails)                            //= (N<chan 0/3>) = (N<chan 0/3>, false)
	send(nil)                              //= (nil) = (nil, true)
	queued(&queue{items: texts}, nil)      //= ({ N<chan 1/1>, nil }, nil) = 1
	queued(&queue{}, []chan int{ten, nil}) //= ({ nil, nil }, [ N<chan 3/10>, nil ]) = 2
	holds(ten)                             //= (chan int(N<chan 3/10>)) = true
	holds((<-chan string)(nil))            //= (<-chan string(nil)) = true
}

type (
	names  map[string]int
	nested map[string]nested
	config struct{ options map[string]string }
	long   [200]byte
)

//go:noinline
func mapped(m map[string]int) int { return len(m) }

//go:noinline
func sets(m map[int]struct{}, n names) int { return len(m) + len(n) }

//go:noinline
func trees(n nested) (nested, bool) { return n, n == nil }

//go:noinline
func configured(c *config, all []map[bool]float64) int { return len(c.options) + len(all) }

//go:noinline
func structs(m map[small]*word, n map[label][]any) int { return len(m) + len(n) }

//go:noinline
func apart(m map[long]int, n map[uint8]large) int { return len(m) + len(n) }

//go:noinline
func many(m map[int]int) int { return len(m) }

func maps() {
	less := map[string]int{"a": 1, "b": 2, "c": 3}
	delete(less, "b")
	grown := make(map[string]int, 100)
	grown["only"] = 1
	mapped(nil)                                                                            //= (nil) = 0
	mapped(map[string]int{})                                                               //= (0 []) = 0
	mapped(map[string]int{"one": 1})                                                       //= (1 [ { "one", 1 } ]) = 1
	mapped(map[string]int{"one": 1, "two": -2})                                            //= (2 [ { "one", 1 }, { "two", -2 } ]) = 2
	mapped(map[string]int{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5})                         //= (5 [ { "a", 1 }, { "b", 2 }, { "c", 3 }, { "d", 4 }... ]) = 5
	mapped(less)                                                                           //= (2 [ { "a", 1 }, { "c", 3 } ]) = 2
	mapped(grown)                                                                          //= (1 [ { "only", 1 } ]) = 1
	mapped(make(map[string]int, 1000))                                                     //= (0 []) = 0
	sets(map[int]struct{}{7: {}, 8: {}}, names{"": 0})                                     //= (2 [ { 7, {} }, { 8, {} } ], 1 [ { "", 0 } ]) = 3
	trees(nested{"a": {"b": nil}, "c": {}})                                                //= (2 [ { "a", 1 [ { "b", nil } ] }, { "c", 0 [] } ]) = (2 [ { "a", 1 [ { "b", nil } ] }, { "c", 0 [] } ], false)
	configured(&config{map[string]string{"k": "v"}}, []map[bool]float64{nil, {true: 0.5}}) //= ({ 1 [ { "k", "v" } ] }, [ nil, 1 [ { true, 0.500000 } ] ]) = 3
	structs(map[small]*word{{1, 2}: {3}}, map[label][]any{"l": {1, nil}})                  //= (1 [ { { 1, 2 }, { 3 } } ], 1 [ { "l", [ int(1), nil ] } ]) = 2
	apart(map[long]int{{1, 2, 3}: 4}, map[uint8]large{9: {1, 2, 3, 4, 5, 6, 7}})           //= (1 [ { [ 1, 2, 3, 0... ], 4 } ], 1 [ { 9, { a=1, b=2, c=3, d=4, e=5, f=6, g=7 } } ]) = 2
	holds(map[string]int{"x": 1})                                                          //= (map[string]int(1 [ { "x", 1 } ])) = true
	holds(names(nil))                                                                      //= (main.names(nil)) = true
}

// squares calls many with maps of the squares of numbers, after some have been deleted.
func squares() {
	for _, n := range []int{8, 9, 100, 1000} {
		m := make(map[int]int)
		for i := range 2 * n {
			m[i] = i * i
		}
		for i := range n {
			delete(m, 2*i)
		}
		many(m)
	}
}

func main() {
	if len(os.Args) > 1 {
		squares()
		return
	}
	interfaces()
	channels()
	maps()
}
