package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/pflag"
)

// ParseInt reads an integer as C writes it (0x for hexadecimal, 0 for octal)
// and holds it between low and high.
func ParseInt(s string, low, high int) (int, error) {
	// What strconv takes beyond C: 0b, 0o and underscores.
	digits := strings.ToLower(strings.TrimLeft(s, "+-"))
	beyond := strings.HasPrefix(digits, "0b") || strings.HasPrefix(digits, "0o") || strings.Contains(digits, "_")
	n, err := strconv.ParseInt(s, 0, 64)
	switch {
	case (err != nil && !errors.Is(err, strconv.ErrRange)) || beyond:
		return 0, errors.New("not a whole number")
	case err != nil || n < int64(low) || n > int64(high):
		return 0, fmt.Errorf("not between %d and %d", low, high)
	}
	return int(n), nil
}

// Number returns the argument of an option that takes a number from low to high.
func Number(n *int, low, high int) pflag.Value { return &number{n, low, high} }

type number struct {
	n         *int
	low, high int
}

func (v *number) Set(s string) (err error) {
	*v.n, err = ParseInt(s, v.low, v.high)
	return err
}

func (v *number) String() string { return strconv.Itoa(*v.n) }
func (v *number) Type() string   { return "N" }

// PIDs collects the arguments of -p, each once: a second attachment to the
// same process could only fail.
type PIDs []int

// maxPID is the greatest number that pid_t holds.
const maxPID = 1<<31 - 1

// Set implements pflag.Value. Like strace it takes several numbers at once, with commas or
// blanks between them, as pidof(8) prints them.
func (l *PIDs) Set(s string) error {
	pids := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	if len(pids) == 0 {
		return errors.New("the number of a process is needed")
	}
	for _, text := range pids {
		pid, err := ParseInt(text, 1, maxPID)
		switch {
		case err != nil && len(pids) > 1:
			return fmt.Errorf("%s: %w", Quote(text), err)
		case err != nil:
			return err
		case !slices.Contains(*l, pid):
			*l = append(*l, pid)
		}
	}
	return nil
}

// String implements pflag.Value.
func (l *PIDs) String() string { return fmt.Sprint([]int(*l)) }

// Type implements pflag.Value.
func (l *PIDs) Type() string { return "PID" }

// Frames reads how many frames of a stack are wanted: a number, or 0 or "all" for all of
// them, which is 0.
func Frames(s string) (int, error) {
	if s == "all" {
		return 0, nil
	}
	return ParseInt(s, 0, 1<<20)
}
