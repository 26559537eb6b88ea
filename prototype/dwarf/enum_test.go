package dwarf

import (
	"testing"

	"sonde/prototype"
)

// TestFlags tells enums whose values are combined from those that count.
func TestFlags(t *testing.T) {
	for _, test := range []struct {
		values []uint64
		want   bool
	}{
		{nil, false},
		{[]uint64{1}, false},
		{[]uint64{0, 1}, false},
		{[]uint64{1, 2}, false},
		{[]uint64{0, 1, 2}, false},
		{[]uint64{0, 1, 2, 3}, false},
		{[]uint64{1, 4}, true},
		{[]uint64{0, 256, 512}, true},
		{[]uint64{256, 512, 768}, true},
		{[]uint64{0, 1, 2, 4}, true},
		{[]uint64{1, 2, 4, 7}, true},
		{[]uint64{1, 2, 8, 5}, false},
		{[]uint64{200, 404, 500}, false},
	} {
		var names []prototype.Name
		for _, v := range test.values {
			names = append(names, prototype.Name{Value: v})
		}
		if got := areFlags(names); got != test.want {
			t.Errorf("%d: %v", test.values, got)
		}
	}
}
