package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// option is a line, or several, of a program's --help.
type option struct {
	letters  []string // -x and --long-name
	arg      string   // what it takes, as the help has it: FILE; "" for nothing
	optional bool     // the argument may be missing
	about    string
	values   values
}

// optionLine is "  -l, --long=ARG  text", or without the text, which begins in the next
// line then.
var optionLine = regexp.MustCompile(`^ {2,6}((?:-\w+|--[\w-]+)(?:, (?:-\w+|--[\w-]+))*)(?:(\[)?=(\S+)| ([A-Z]+))?(?: +(\S.*))?$`)

// readHelp returns the options that a --help tells of, in its order.
func readHelp(help string, p program) ([]option, error) {
	var options []option
	known := make(map[string]bool)
	var last *option
	for line := range strings.Lines(help) {
		line = strings.TrimSuffix(line, "\n")
		m := optionLine.FindStringSubmatch(line)
		switch {
		case m != nil:
			options = append(options, option{arg: strings.TrimSuffix(m[3], "]") + m[4], optional: m[2] != "", about: m[5]})
			last = &options[len(options)-1]
			for _, name := range strings.Split(m[1], ", ") {
				if !strings.HasPrefix(name, "--") {
					name = name[:2] // -yy is -y again
				}
				if !slices.Contains(last.letters, name) {
					last.letters = append(last.letters, name)
				}
			}
		case last != nil && strings.HasPrefix(line, "          "):
			last.about = strings.TrimSpace(last.about + " " + strings.TrimSpace(line))
			continue
		default:
			last = nil
			continue
		}
		// Of -ff, which means -f and more, -f has been told of.
		last.letters = slices.DeleteFunc(last.letters, func(name string) bool { return known[name] })
		if len(last.letters) == 0 {
			return nil, fmt.Errorf("%s --help tells twice of %s", p.name, m[1])
		}
		for _, name := range last.letters {
			known[name] = true
		}
	}
	options = separate(options)
	for name := range p.takes {
		if !known[name] {
			return nil, fmt.Errorf("%s has no option %s", p.name, name)
		}
	}
	for i := range options {
		o := &options[i]
		o.about = firstClause(o.about)
		if o.arg != "" {
			o.values = p.valuesOf(o)
		}
	}
	return options, nil
}

// separate gives letters that stand together but mean different things, -z and -Z, an
// option of their own each.
func separate(options []option) []option {
	var all []option
	for _, o := range options {
		short := slices.IndexFunc(o.letters, func(s string) bool { return strings.HasPrefix(s, "--") })
		if short < 0 {
			short = len(o.letters)
		}
		clauses := strings.Split(o.about, "; ")
		for i := 0; short > 1; short-- {
			one := o
			one.letters, o.letters = o.letters[:1], o.letters[1:]
			if i+1 < len(clauses) {
				one.about, o.about = clauses[i], clauses[i+1]
			}
			all = append(all, one)
			i++
		}
		all = append(all, o)
	}
	return all
}

// firstClause is as much of a text as shells have room for.
func firstClause(text string) string {
	text, _, _ = strings.Cut(text, "; ")
	text, _, _ = strings.Cut(text, ": ")
	text, _, _ = strings.Cut(text, " (default")
	return strings.TrimSuffix(text, ":")
}
