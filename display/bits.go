package display

import (
	"strconv"

	"sonde/prototype"
)

// bitOf tells whether an integer's bit i is set.
func bitOf(v *prototype.Value, i int) bool {
	if i >= 64 {
		return v.High>>(i-64)&1 != 0
	}
	return v.Word>>i&1 != 0
}

// arrayBits appends an array of integers as one set of bits, as fd_set is one.
// All that was captured is shown.
func arrayBits(b []byte, v *prototype.Value) []byte {
	if len(v.Elems) == 0 {
		return appendBits(b, 0, v.More, nil)
	}
	width := 8 * sizeOf(&v.Elems[0])
	return appendBits(b, width*len(v.Elems), v.More, func(i int) bool {
		return bitOf(&v.Elems[i/width], i%width)
	})
}

// appendBits appends the set ones of n bits as ranges, or, where they are more
// than half, those that are not set after a ~.
func appendBits(b []byte, n int, more bool, bit func(int) bool) []byte {
	set := 0
	for i := range n {
		if bit(i) {
			set++
		}
	}
	inverse := set > n/2
	if inverse {
		b = append(b, '~')
	}
	b = append(b, '<')
	for i, first := 0, true; i < n; i++ {
		if bit(i) == inverse {
			continue
		}
		from := i
		for i+1 < n && bit(i+1) != inverse {
			i++
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = strconv.AppendInt(b, int64(from), 10)
		if i > from {
			b = append(b, '-')
			b = strconv.AppendInt(b, int64(i), 10)
		}
	}
	if more {
		b = append(b, "..."...)
	}
	return append(b, '>')
}
