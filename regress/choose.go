package regress

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Choice says which rows are to be run.
type Choice struct {
	Patterns []string // globs on ids; none means all
	Groups   []string // letters, or "frysk"; none means all
	// Since, if not zero, leaves out what is newer than a version of Linux.
	Since  Version
	Stress bool // only what looks for races
}

// Rows returns the rows that are chosen. A pattern or group without a row is an error.
func (c *Choice) Rows() ([]*Row, error) {
	all := Rows()
	for _, p := range c.Patterns {
		if _, err := path.Match(p, ""); err != nil {
			return nil, fmt.Errorf("pattern %q: %w", p, err)
		}
		if !slices.ContainsFunc(all, func(r *Row) bool { return matches(p, r) }) {
			return nil, fmt.Errorf("no row is called %q", p)
		}
	}
	for _, g := range c.Groups {
		if !slices.ContainsFunc(all, func(r *Row) bool { return strings.EqualFold(r.Group(), g) }) {
			return nil, fmt.Errorf("there is no group %q", g)
		}
	}
	return slices.DeleteFunc(all, func(r *Row) bool { return !c.takes(r) }), nil
}

func (c *Choice) takes(r *Row) bool {
	switch {
	case len(c.Patterns) > 0 && !slices.ContainsFunc(c.Patterns, func(p string) bool { return matches(p, r) }):
		return false
	case len(c.Groups) > 0 && !slices.ContainsFunc(c.Groups, func(g string) bool { return strings.EqualFold(r.Group(), g) }):
		return false
	case c.Since != Version{} && r.Since.Compare(c.Since) > 0:
		return false
	case c.Stress && !r.Stress:
		return false
	}
	return true
}

// matches tells whether a glob means a row; the last part of an id with a slash is one too.
func matches(pattern string, r *Row) bool {
	for _, name := range []string{r.ID, path.Base(r.ID)} {
		if ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(name)); ok && err == nil {
			return true
		}
	}
	return false
}
