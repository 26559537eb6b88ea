package filter

import (
	"fmt"
	"iter"
	"strings"

	"sonde/symname"
)

// set is what the sets of strace(1) have in common, before the items are read:
//
//	set := {'!'} item {',' item}      each '!' turns the whole set round
//
// Items without a character are skipped, as strace does it.
type set struct {
	expr  string
	not   bool
	items []item
}

// item is a text in a set that begins at the byte off.
type item struct {
	text string
	off  int
}

func parseSet(expr string) (*set, error) {
	s := &set{expr: expr}
	off := 0
	for ; strings.HasPrefix(expr[off:], "!"); off++ {
		s.not = !s.not
	}
	for text := range strings.SplitSeq(expr[off:], ",") {
		if text != "" {
			s.items = append(s.items, item{text, off})
		}
		off += len(text) + 1
	}
	if len(s.items) == 0 {
		return nil, &Error{Expr: expr, Off: min(off, len(expr)), Msg: "the set is empty (all and none are sets as well)"}
	}
	for _, it := range s.items {
		if it.text[0] == '!' {
			return nil, s.fail(it, "'!' stands in front of the set and turns it round as a whole")
		}
	}
	return s, nil
}

func (s *set) fail(it item, format string, args ...any) error {
	return &Error{Expr: s.expr, Off: it.off, Msg: fmt.Sprintf(format, args...)}
}

// nearest says which of the names may have been meant by a word, as the end of
// a sentence.
func nearest(word string, names iter.Seq[string]) string {
	switch near := symname.Nearest(word, names, 3); len(near) {
	case 0:
		return ""
	case 1:
		return "; the nearest name is " + near[0]
	default:
		return "; the nearest names are " + strings.Join(near, ", ")
	}
}
