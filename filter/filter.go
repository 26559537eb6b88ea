package filter

import (
	"fmt"
	"slices"
	"strings"

	"sonde/symname"
)

// Filter chooses functions by their names and by the modules that they lie in,
// or are called from: the arguments of -e, -x or -l, in ltrace's grammar.
//
//	arg     := ['!'] chain                  a leading '!' is a '-'
//	chain   := [rule] { ('+'|'-') rule }    '+' adds what the rule matches, '-' takes it away
//	rule    := [sym] ['@@' version] ['@' [lib]]
//	sym     := pattern                      what is left out matches everything
//	version := pattern
//	lib     := pattern | path | 'MAIN'      MAIN is the main program, whatever its name
//	pattern := ['^'] glob | '/' BRE '/' | '/' ERE '/E'
//	path    := glob that begins with '/'
//
// A pattern matches a name whole, with or without '^'. /RE@RE/ is /RE/@/RE/.
// A backslash, quotes ("..." or '...') or brackets make an operator part of a
// name, as in @"ld-linux-x86-64.so.2"; "++" is part of a name by itself, as in
// @libstdc++.so.6, and so is a '-' or '+' in a directory of a path.
//
// A symbol matches in every version unless the rule names one, and a mangled
// one also by its demangled name, with or without the parameters.
//
// A chain that begins with '+' begins with everything, one that begins with
// '-' or '!' with the default set, @MAIN. (ltrace begins with everything there
// too, so that its !puts shows the calls inside of libc.) An empty argument
// matches nothing.
//
// For Entries, a sym may also be a place: 0xADDRESS, in the file's own
// numbering, or FILE:LINE. It lies in the main program if no lib is given. For
// Libraries, an argument is a lib alone: '+', '-', '!' and '@' mean nothing.
//
// A nil *Filter matches nothing.
type Filter struct {
	chains []chain
}

// Kind says what a filter is for.
type Kind uint8

// The kinds of filters.
const (
	Calls     Kind = iota // -e: a rule's lib is the module that calls
	Entries               // -x: a rule's lib is the module that defines the function
	Libraries             // -l: the module that defines the function that is called
)

// Module is what a module goes by.
type Module struct {
	Name string // the SONAME, else the base name; "" while the file has not been read
	Base string // the base name of the path
	Path string // as the traced process sees it
	Main bool   // it is the main program
}

// Spot is a place in a module that -x names by where it is: Offset, or Line of
// File where File is not empty.
type Spot struct {
	Offset uint64 // a link-time address
	File   string // a base name, or the end of a path
	Line   int    // from 1
	Text   string // the rule, as it was written
}

// chain is one argument. Its rules are walked in order, and the last one that
// matches decides.
type chain []rule

// rule is one link of a chain.
type rule struct {
	add     bool // '+' rather than '-'
	sym     pattern
	version pattern
	lib     library
	spot    *Spot // in place of sym
}

// library is the lib of a rule.
type library struct {
	main bool // it is MAIN; there is no pattern then
	path bool // the pattern is of paths
	pattern
	// linked is what the path leads to where there are symbolic links in it;
	// nil where there are none.
	linked *pattern
}

// Error says what is wrong with a filter, and where.
type Error struct {
	Expr string // the argument
	Off  int    // the byte in Expr at which the fault begins, from 0
	Msg  string
}

// Error returns the message with the position counted from 1.
func (e *Error) Error() string {
	return fmt.Sprintf("filter %q: at character %d: %s", e.Expr, e.Off+1, e.Msg)
}

// Parse reads the arguments of one option. What any of them matches, the
// filter matches. Without arguments it returns nil. The error is a *Error.
func Parse(kind Kind, exprs []string) (*Filter, error) {
	if len(exprs) == 0 {
		return nil, nil
	}
	f := &Filter{chains: make([]chain, 0, len(exprs))}
	for _, expr := range exprs {
		c, err := parseChain(kind, expr)
		if err != nil {
			return nil, err
		}
		f.chains = append(f.chains, c)
	}
	return f, nil
}

// DefaultCalls is the filter without any -e, -l or -L: @MAIN, all that the main
// program calls.
func DefaultCalls() *Filter {
	return &Filter{chains: []chain{{mainRule()}}}
}

// FollowLinks makes the paths of rules match also what they lead to. A process's maps
// have no symbolic links in them, but people type what ldd(1) shows, or /lib
// where that is a link to /usr/lib. resolve is filepath.EvalSymlinks or does the
// same elsewhere.
func (f *Filter) FollowLinks(resolve func(path string) (string, error)) {
	if f == nil {
		return
	}
	for _, c := range f.chains {
		for i := range c {
			if c[i].lib.path {
				c[i].lib.linked = c[i].lib.glob.followed(resolve)
			}
		}
	}
}

// followed returns the pattern of what a path leads to, as far as it is written out:
// whole, or to the last directory before what matches more than itself. nil
// says that it leads nowhere else.
func (g glob) followed(resolve func(string) (string, error)) *pattern {
	path, whole := g.literal()
	if !whole {
		path = g.prefix()
		path = path[:max(0, strings.LastIndexByte(path, '/'))]
	}
	target, err := resolve(path)
	if err != nil || target == path || path == "" {
		return nil
	}
	led := make(glob, 0, len(target)+len(g)-len(path))
	for i := range len(target) {
		led = append(led, globToken{byte: target[i]})
	}
	p := globPattern(append(led, g[len(path):]...))
	return &p
}

// Match tells whether the filter chooses a symbol, which comes without its
// version; which module m is, its kind says. A Filter of Libraries looks at m
// alone.
func (f *Filter) Match(m *Module, symbol, version string) bool {
	if f == nil {
		return false
	}
	s := candidate{symbol: symbol, version: version}
	for _, c := range f.chains {
		if c.match(m, &s) {
			return true
		}
	}
	return false
}

// Wants tells whether anything in a module could match, so that its file must
// be read. Of a module without Name it says no only where no name could matter.
func (f *Filter) Wants(m *Module) bool {
	if f == nil {
		return false
	}
	for _, c := range f.chains {
		if c.wants(m) {
			return true
		}
	}
	return false
}

// Names returns the symbols that the filter asks for by their whole name, each
// once and in the order given, so that those can be told which nothing bears.
func (f *Filter) Names() []string {
	var names []string
	for r := range f.rules() {
		if name, ok := r.sym.literal(); ok && r.add && r.spot == nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Spots returns the places that lie in module m, in the order given.
func (f *Filter) Spots(m *Module) []Spot {
	var spots []Spot
	for r := range f.rules() {
		if r.spot != nil && r.lib.match(m) {
			spots = append(spots, *r.spot)
		}
	}
	return spots
}

// rules yields the rules of all chains.
func (f *Filter) rules() func(yield func(*rule) bool) {
	return func(yield func(*rule) bool) {
		if f == nil {
			return
		}
		for _, c := range f.chains {
			for i := range c {
				if !yield(&c[i]) {
					return
				}
			}
		}
	}
}

// MainOnly tells that nothing outside the main program can match.
func (f *Filter) MainOnly() bool {
	for r := range f.rules() {
		if r.add && !r.lib.main {
			return false
		}
	}
	return true
}

func (c chain) match(m *Module, s *candidate) bool {
	for i := len(c) - 1; i >= 0; i-- {
		if c[i].match(m, s) {
			return c[i].add
		}
	}
	return false
}

func (c chain) wants(m *Module) bool {
	for i := len(c) - 1; i >= 0; i-- {
		r := &c[i]
		switch {
		case r.add && r.lib.mayMatch(m):
			return true
		case !r.add && r.sym.all && r.version.all && m.Name != "" && r.lib.match(m) && !c[:i].hasSpots():
			return false
		}
	}
	return false
}

func (c chain) hasSpots() bool {
	return slices.ContainsFunc(c, func(r rule) bool { return r.spot != nil })
}

func (r *rule) match(m *Module, s *candidate) bool {
	return r.spot == nil && r.lib.match(m) && r.version.match(s.version) && s.named(&r.sym)
}

func (l *library) match(m *Module) bool {
	switch {
	case l.main:
		return m.Main
	case l.path:
		return l.pattern.match(m.Path) || l.linked != nil && l.linked.match(m.Path)
	}
	return l.pattern.match(m.Name) || m.Base != m.Name && l.pattern.match(m.Base)
}

// mayMatch is match for a module whose name may not be known yet.
func (l *library) mayMatch(m *Module) bool {
	return l.match(m) || m.Name == "" && !l.main && !l.path
}

// candidate is a symbol on its way through the rules.
type candidate struct {
	symbol, version string

	// What the symbol stands for, once a rule has asked for it.
	asked     bool
	mangled   bool // name holds
	demangled symname.Name
}

// named tells whether p matches one of the candidate's names.
func (s *candidate) named(p *pattern) bool {
	if p.match(s.symbol) {
		return true
	}
	if !symname.Mangled(s.symbol) || !p.mayMatchMangled(s.symbol) {
		return false
	}
	if !s.asked {
		s.asked = true
		s.demangled, s.mangled = symname.Demangle(s.symbol)
	}
	return s.mangled && (p.matchName(s.demangled.Short) ||
		s.demangled.Full != s.demangled.Short && p.matchName(s.demangled.Full))
}

func mainRule() rule {
	return rule{add: true, sym: anything, version: anything, lib: library{main: true}}
}

func everyRule() rule {
	return rule{add: true, sym: anything, version: anything, lib: library{pattern: anything}}
}
