// A program whose functions return several values, and errors among them.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

type own struct{ n int }

func (o *own) Error() string { return strconv.Itoa(o.n) }

//go:noinline
func fail(how int) (n int, err error) {
	switch how {
	case 1:
		err = errors.New("no such thing")
	case 2:
		err = fmt.Errorf("reading: %w", io.EOF)
	case 3:
		_, err = os.Open("/nonexistent")
	case 4:
		n, err = strconv.Atoi("x")
	case 5:
		err = &own{7}
	}
	return n, err
}

//go:noinline
func read(from io.Reader, err error) (ok bool, again error, rest io.Reader) {
	return from != nil, err, from
}

func main() {
	for how := range 6 {
		n, err := fail(how)
		if n != 0 {
			panic(err)
		}
	}
	read(nil, nil)
	read(strings.NewReader("x"), io.EOF)
	read(os.Stdin, os.ErrNotExist)
}
