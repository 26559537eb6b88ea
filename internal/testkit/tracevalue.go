package testkit

import (
	"fmt"
	"regexp"
	"strings"
)

// CheckValues tells what is wrong with the values of a call's line, or of the line of
// its end, by the grammar that they are written in:
//
//	list  = [ item { ", " item } ]
//	item  = value [ " => " value ]                 what it was, what it is
//	value = { word | text | char | group | "<3,5-7...>" | "/* note */" } [ "..." ]
//	group = "{ " list " }" | "[ " list [ "..." | ", ..." ] " ]" | "(" list ")"
//
// Nothing is said of what the words are.
func CheckValues(l Line) error {
	switch l.Kind {
	case CallLine, CallOpen, CallNoReturn, ReturnLine:
	default:
		return nil
	}
	if err := checkList(l.Args); err != nil {
		return fmt.Errorf("arguments %w: %q", err, l.Text)
	}
	if err := checkResult(l.Result); err != nil {
		return fmt.Errorf("result %w: %q", err, l.Text)
	}
	return nil
}

// checkResult takes a value, and behind it an error: "-1 ENOENT (No such file)".
func checkResult(s string) error {
	if s == "" {
		return nil // of an open call
	}
	v := valueText{s: s}
	if err := v.item(); err != nil {
		return err
	}
	if v.s == "" {
		return nil
	}
	return fmt.Errorf("has %q behind it", v.s)
}

func checkList(s string) error {
	v := valueText{s: s}
	if err := v.list(); err != nil {
		return err
	}
	if v.s != "" {
		return fmt.Errorf("have %q behind them", v.s)
	}
	return nil
}

// valueText is what has not been read of a list.
type valueText struct {
	s     string
	depth int
}

// list reads up to what closes it, or to the end.
func (v *valueText) list() error {
	if v.s == "" || v.closes() {
		return nil
	}
	for {
		if err := v.item(); err != nil {
			return err
		}
		rest, ok := strings.CutPrefix(v.s, ", ")
		if !ok {
			return nil
		}
		v.s = rest
	}
}

// closes tells whether what comes next is the end of a group.
func (v *valueText) closes() bool {
	return strings.HasPrefix(v.s, " }") || strings.HasPrefix(v.s, " ]") || strings.HasPrefix(v.s, ")")
}

// bits are the set bits of a number: <3-5,7>
var bits = regexp.MustCompile(`^<[0-9,.-]*>`)

// signalSet is a set of signals, or of those that are not in it.
var signalSet = regexp.MustCompile(`^~?\[[A-Z][A-Z0-9_]*(?: [A-Z][A-Z0-9_]*)*\]`)

// typeArguments are those of a type of Go's: main.pair[int,*os.File]
var typeArguments = regexp.MustCompile(`^\[[\w*\[][\w.*/,\[\]]*\]`)

// groups are the brackets that hold lists.
var groups = [][2]string{{"{ ", " }"}, {"[ ", " ]"}, {"(", ")"}}

// item reads a value up to the comma behind it.
func (v *valueText) item() error {
	from := v.s
	for v.s != "" && !strings.HasPrefix(v.s, ", ") && !v.closes() {
		if err := v.part(); err != nil {
			return err
		}
	}
	if len(v.s) == len(from) {
		return fmt.Errorf("lack a value before %q", from)
	}
	return nil
}

func (v *valueText) part() error {
	for _, g := range groups {
		if rest, ok := strings.CutPrefix(v.s, g[0]); ok {
			v.s = rest
			return v.group(g[1])
		}
	}
	switch {
	case v.s[0] == '"', v.s[0] == '\'':
		return v.quoted(v.s[0])
	case strings.HasPrefix(v.s, "/* "):
		return v.upTo(" */")
	case strings.HasPrefix(v.s, "{...}"), strings.HasPrefix(v.s, "[...]"): // it is not known where that is, or none is shown
		v.s = v.s[len("{...}"):]
	case strings.HasPrefix(v.s, "[]"), strings.HasPrefix(v.s, "{}"):
		v.s = v.s[2:]
	case strings.HasPrefix(v.s, "{{"): // in Rust's names
		return v.upTo("}}")
	case bits.MatchString(v.s):
		v.s = v.s[len(bits.FindString(v.s)):]
	case signalSet.MatchString(v.s):
		v.s = v.s[len(signalSet.FindString(v.s)):]
	case typeArguments.MatchString(v.s):
		v.s = v.s[len(typeArguments.FindString(v.s)):]
	case strings.IndexByte(",{}[]", v.s[0]) >= 0:
		return fmt.Errorf("have a stray %q at %q", v.s[0], v.s)
	default:
		v.s = v.s[1:]
	}
	return nil
}

// maxGroups is deeper than any value is shown.
const maxGroups = 200

func (v *valueText) group(end string) error {
	if v.depth++; v.depth > maxGroups {
		return fmt.Errorf("are nested too deep at %q", v.s)
	}
	defer func() { v.depth-- }()
	if err := v.list(); err != nil {
		return err
	}
	rest, ok := strings.CutPrefix(v.s, end)
	if !ok {
		return fmt.Errorf("lack a %q at %q", end, v.s)
	}
	v.s = rest
	return nil
}

func (v *valueText) quoted(quote byte) error {
	for i := 1; i < len(v.s); i++ {
		switch v.s[i] {
		case '\\':
			i++
		case quote:
			v.s = v.s[i+1:]
			return nil
		}
	}
	return fmt.Errorf("have no end to %q", v.s)
}

func (v *valueText) upTo(end string) error {
	_, rest, ok := strings.Cut(v.s, end)
	if !ok {
		return fmt.Errorf("have no end to %q", v.s)
	}
	v.s = rest
	return nil
}
