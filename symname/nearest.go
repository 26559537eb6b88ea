package symname

import (
	"iter"
	"slices"
	"strings"
)

// The bounds of Nearest's work. A name longer than nearestLen is no slip of
// the finger; the candidates may come from files that lie.
const (
	nearestLen   = 128
	nearestTries = 1 << 20
)

// Nearest returns at most max of the candidates that differ from name by a few
// slips (a character missing, added, replaced, or two neighbours swapped; more
// of them in a longer name), the best first, equals in alphabetical order, and
// none twice. The name itself is not among them.
func Nearest(name string, candidates iter.Seq[string], max int) []string {
	if max < 1 || name == "" || len(name) > nearestLen {
		return nil
	}
	type near struct {
		name string
		dist int
	}
	best := make([]near, 0, max)
	limit := min((len(name)+1)/3, 3)
	tries := 0
	for c := range candidates {
		if tries++; tries > nearestTries {
			break
		}
		d := editDistance(name, c, limit)
		if d == 0 || d > limit {
			continue
		}
		n := near{c, d}
		i, found := slices.BinarySearchFunc(best, n, func(a, b near) int {
			if a.dist != b.dist {
				return a.dist - b.dist
			}
			return strings.Compare(a.name, b.name)
		})
		if found || i == max {
			continue
		}
		if len(best) == max {
			best = best[:max-1]
		}
		best = slices.Insert(best, i, n)
		if len(best) == max {
			limit = best[max-1].dist // what is worse has no place any more
		}
	}
	names := make([]string, len(best))
	for i, n := range best {
		names[i] = n.name
	}
	return names
}

// editDistance returns the optimal string alignment distance of a and b in
// bytes, or some number above limit if it is above limit. a has nearestLen
// bytes at most.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	// rows[i%3][j] is the distance of b[:i] and a[:j].
	var rows [3][nearestLen + 1]int
	for j := range len(a) + 1 {
		rows[0][j] = j
	}
	lowest := 0 // of the row before
	for i := 1; i <= len(b); i++ {
		row, up, up2 := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		row[0] = i
		low := i
		for j := 1; j <= len(a); j++ {
			cost := 1
			if b[i-1] == a[j-1] {
				cost = 0
			}
			d := min(up[j]+1, row[j-1]+1, up[j-1]+cost)
			if i > 1 && j > 1 && b[i-1] == a[j-2] && b[i-2] == a[j-1] {
				d = min(d, up2[j-2]+1)
			}
			row[j] = d
			low = min(low, d)
		}
		// A swap reaches back two rows, nothing reaches further.
		if low > limit && lowest > limit {
			return limit + 1
		}
		lowest = low
	}
	return rows[len(b)%3][len(a)]
}
