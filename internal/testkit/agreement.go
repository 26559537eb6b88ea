package testkit

import (
	"maps"
	"slices"
)

// Agreement is how far two traces of system calls have the same lines, in the same
// order in each thread.
type Agreement struct {
	Same int // lines that both have
	All  int // lines of the two traces, together
	// Differences are the lines that only one has, as they follow on each other.
	Differences []Difference
}

// Difference is a place where two traces differ: lines of the one instead of those
// of the other. Either may have none.
type Difference struct {
	Thread   string
	Got, Not []string
}

// Percent is how much of both traces the other has as well.
func (a Agreement) Percent() float64 {
	if a.All == 0 {
		return 0
	}
	return 200 * float64(a.Same) / float64(a.All)
}

// Compare compares a trace with one that it should be like.
func Compare(got, want *SystemTrace) Agreement {
	threads := make(map[string]bool)
	for name := range got.Threads {
		threads[name] = true
	}
	for name := range want.Threads {
		threads[name] = true
	}
	var a Agreement
	for _, name := range slices.Sorted(maps.Keys(threads)) {
		a.compareThread(name, got.Threads[name], want.Threads[name])
	}
	return a
}

// compareThread adds the lines of a thread: the longest sequence that is in both is
// the same, and what stands between its lines differs.
func (a *Agreement) compareThread(thread string, got, want []string) {
	a.All += len(got) + len(want)
	longest := commonLengths(got, want)
	d := Difference{Thread: thread}
	end := func() {
		if len(d.Got)+len(d.Not) > 0 {
			a.Differences = append(a.Differences, d)
		}
		d = Difference{Thread: thread}
	}
	i, j := 0, 0
	for i < len(got) && j < len(want) {
		switch {
		case got[i] == want[j]:
			end()
			a.Same++
			i, j = i+1, j+1
		case longest[i+1][j] >= longest[i][j+1]:
			d.Got = append(d.Got, got[i])
			i++
		default:
			d.Not = append(d.Not, want[j])
			j++
		}
	}
	d.Got = append(d.Got, got[i:]...)
	d.Not = append(d.Not, want[j:]...)
	end()
}

// commonLengths returns, for each two places, how long the longest common
// subsequence is of what follows there.
func commonLengths(a, b []string) [][]int32 {
	ids := make(map[string]int32)
	number := func(lines []string) []int32 {
		numbers := make([]int32, len(lines))
		for i, l := range lines {
			id, ok := ids[l]
			if !ok {
				id = int32(len(ids))
				ids[l] = id
			}
			numbers[i] = id
		}
		return numbers
	}
	x, y := number(a), number(b)
	longest := make([][]int32, len(x)+1)
	cells := make([]int32, (len(x)+1)*(len(y)+1))
	for i := range longest {
		longest[i] = cells[i*(len(y)+1) : (i+1)*(len(y)+1)]
	}
	for i := len(x) - 1; i >= 0; i-- {
		row, next := longest[i], longest[i+1]
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				row[j] = next[j+1] + 1
			} else {
				row[j] = max(next[j], row[j+1])
			}
		}
	}
	return longest
}
