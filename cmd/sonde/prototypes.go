package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sonde/cli"
	"sonde/elfsym"
	"sonde/prototype"
	"sonde/prototype/cxx"
	"sonde/prototype/dwarf"
	"sonde/symname"
)

// newShelf opens the files that say what functions take and give.
func newShelf(o *options) *prototype.Shelf {
	return prototype.NewShelf(prototype.ShelfOptions{Files: o.Config, Demangle: demangled, Nearest: symname.Nearest, Report: complain})
}

// demangled returns the names that a file may have for a mangled symbol: with its
// parameters, or without them for all that are overloaded.
func demangled(symbol string) []string {
	name, ok := symname.Demangle(symbol)
	if !ok {
		return nil
	}
	return []string{name.Full, name.Short}
}

// wanted is the argument of --prototypes: NAME[@@VERSION][@LIBRARY].
type wanted struct {
	name, version, library string
}

func parseWanted(s string) (w wanted) {
	w.name = s
	if i := strings.LastIndexByte(s, '@'); i > 0 && (s[i-1] != '@' || strings.Contains(s[i+1:], "/")) {
		w.name, w.library = s[:i], s[i+1:]
	}
	w.name, w.version, _ = strings.Cut(w.name, "@@")
	return w
}

// prototypes prints what is known of each function that --prototypes names, and
// returns the exit status: 1 where there is nothing.
func prototypes(o *options) int {
	out := bufio.NewWriter(os.Stdout)
	shelf := newShelf(o)
	status := 0
	for _, arg := range o.Prototypes {
		w := parseWanted(arg)
		found, err := candidates(shelf, w)
		if err != nil {
			complain(err)
			status = cli.ExitSetup
			continue
		}
		if len(found) == 0 {
			complain(unknown(shelf, w))
			status = cli.ExitSetup
		}
		writeCandidates(out, found)
	}
	if err := out.Flush(); err != nil {
		complain(fmt.Errorf("write the prototypes to standard output: %w", err))
		return cli.ExitSetup
	}
	return status
}

// known is what is known of a function of one library, best first.
type known struct {
	library    string // "*": of any
	prototypes []*prototype.Prototype
}

// candidates finds all that is known of a function, library by library.
func candidates(shelf *prototype.Shelf, w wanted) (all []known, err error) {
	add := func(library string, own []*prototype.Prototype) {
		if len(own) > 0 {
			all = append(all, known{library, own})
		}
	}
	if w.library != "" {
		library, own, err := ofFile(w)
		if err != nil {
			return nil, err
		}
		add(library, inOrder(shelf, library, w, own))
		return all, nil
	}
	everywhere := shelf.Candidates("", w.name, w.version)
	for _, library := range shelf.Libraries() {
		of := shelf.Candidates(library, w.name, w.version)
		if len(of) == len(everywhere) {
			continue
		}
		// Some libraries' files import another's. The one that has most to say, or
		// else the shortest name, is the one that is meant.
		same := slices.IndexFunc(all, func(k known) bool { return k.prototypes[0] == of[0] })
		switch {
		case same < 0:
			add(library, of)
		case len(of) > len(all[same].prototypes),
			len(of) == len(all[same].prototypes) && len(library) < len(all[same].library):
			all[same] = known{library, of}
		}
	}
	if len(all) == 0 {
		add("*", inOrder(shelf, "", w, nil))
	}
	return all, nil
}

// inOrder puts what debugging information and the mangled name tell where it
// counts: after the files that are the user's or shipped, before an installed
// ltrace's.
func inOrder(shelf *prototype.Shelf, library string, w wanted, debug *prototype.Prototype) []*prototype.Prototype {
	all := shelf.Candidates(library, w.name, w.version)
	last := slices.IndexFunc(all, func(p *prototype.Prototype) bool { return shelf.Installed(p) })
	if last < 0 {
		last = len(all)
	}
	if p, ok := cxx.Prototype(w.name); ok {
		all = slices.Insert(all, last, p)
	}
	if debug != nil {
		all = slices.Insert(all, last, debug)
	}
	return all
}

// ofFile returns what a library's SONAME is, if it is given as a path, and what
// its debugging information tells of the function.
func ofFile(w wanted) (library string, proto *prototype.Prototype, err error) {
	if !strings.Contains(w.library, "/") {
		return w.library, nil, nil
	}
	f, err := elfsym.Open(w.library)
	if err != nil {
		return "", nil, err
	}
	if library = f.SONAME; library == "" {
		library = filepath.Base(w.library)
	}
	sym, ok := f.Lookup(w.name)
	if !ok || sym.IFUNC {
		return library, nil, nil
	}
	data, err := dwarf.Open(f, w.library, &elfsym.DebugFinder{})
	if err != nil {
		if errors.Is(err, elfsym.ErrNoDebugInfo) {
			err = nil
		}
		return library, nil, err
	}
	defer data.Close()
	proto, err = data.Function(sym.Value, w.name)
	if errors.Is(err, dwarf.ErrNoFunction) || errors.Is(err, dwarf.ErrUnplaceable) {
		err = nil
	}
	return library, proto, err
}

// unknown says that nothing is known of a function, and what was perhaps meant.
func unknown(shelf *prototype.Shelf, w wanted) error {
	libraries := []string{w.library}
	of := ""
	if w.library == "" {
		libraries = shelf.Libraries()
	} else {
		of = " of " + cli.Quote(w.library)
	}
	names := func(yield func(string) bool) {
		for _, library := range libraries {
			for _, name := range shelf.Names(library) {
				if !yield(name) {
					return
				}
			}
		}
	}
	near := symname.Nearest(w.name, names, 5)
	near = slices.Compact(near)
	if len(near) == 0 {
		return fmt.Errorf("there is no prototype of %s%s", cli.Quote(w.name), of)
	}
	return fmt.Errorf("there is no prototype of %s%s; the nearest names are %s", cli.Quote(w.name), of, strings.Join(near, ", "))
}

// writeCandidates writes a line for each prototype, '*' before the one that counts:
//
//	[*] LIBRARY ORIGIN PROTOTYPE
func writeCandidates(out io.Writer, all []known) {
	library, origin := 0, 0
	for _, k := range all {
		library = max(library, len(k.library))
		for _, p := range k.prototypes {
			origin = max(origin, len(p.Origin))
		}
	}
	for _, k := range all {
		mark := "*"
		for _, p := range k.prototypes {
			fmt.Fprintf(out, "%s %-*s  %-*s  %s\n", mark, library, cli.Printable(k.library), origin, cli.Printable(p.Origin), cli.Printable(p.String()))
			mark = " "
		}
	}
}
