package cli

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"sonde/symname"
)

// Unnamed begins the names of options that have a letter alone: pflag wants a name
// of every option, and takes none that begins so from a command line.
const Unnamed = "-"

// Usage is the options of a program and what is told of a command line that is wrong.
type Usage struct {
	Program string // whose --help is pointed to
	Flags   *pflag.FlagSet
	// Meant tells, of options that other programs have and this one has not, which one
	// to take instead.
	Meant map[string]string
	// Help is the text of --help. With it Parse takes --help and --version, too.
	Help string
	// Frysk takes long options with one dash too, as frysk's programs did.
	Frysk bool
}

// Answer is what a command line asks for instead of work: a text.
type Answer string

// Error returns the text.
func (a Answer) Error() string { return string(a) }

// Reply prints the Answer that a command line asks for, or else what is wrong with it, and
// returns the exit status.
func Reply(program string, err error) (status int) {
	if a, ok := err.(Answer); ok {
		fmt.Print(string(a))
		return 0
	}
	Complain(program, err)
	return ExitUsage
}

// Parse reads the options off a command line. Its errors are lines for users, what is
// wrong, and which option is the nearest, or an Answer.
func (u *Usage) Parse(args []string) error {
	var help, version bool
	if u.Help != "" {
		u.Flags.BoolVarP(&help, "help", "h", false, "")
		u.Flags.BoolVarP(&version, "version", "V", false, "")
	}
	if u.Frysk {
		args = u.longWords(args)
	}
	if err := u.Flags.Parse(args); err != nil {
		return u.explain(err)
	}
	switch {
	case help:
		return Answer(u.Help)
	case version:
		return Answer(Version(u.Program) + "\n")
	}
	return nil
}

// explain words an error of pflag's the way all others are.
func (u *Usage) explain(err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return u.unknown(unknown)
	case errors.As(err, &missing):
		return fmt.Errorf("%s: an argument is needed (see %s --help)", spelling(missing.GetFlag()), u.Program)
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		if _, ok := f.Value.(interface{ IsBoolFlag() bool }); ok {
			return fmt.Errorf("%s: it takes no argument, but has %q", spelling(f), invalid.GetValue())
		}
		return fmt.Errorf("%s %s: %w", spelling(f), Quote(invalid.GetValue()), invalid.Unwrap())
	}
	return fmt.Errorf("%w (see %s --help)", err, u.Program)
}

// unknown names the option that was probably meant: of a letter the same
// one in the other case, of a name one that it is the beginning or a slip of.
func (u *Usage) unknown(e *pflag.NotExistError) error {
	name := e.GetSpecifiedName()
	given, near := "--"+name, ""
	if e.GetSpecifiedShortnames() != "" {
		given = "-" + name
		for _, other := range []string{strings.ToLower(name), strings.ToUpper(name)} {
			if len(other) == 1 && u.Flags.ShorthandLookup(other) != nil {
				near = "-" + other
			}
		}
	} else {
		near = u.nearest(name)
	}
	if near == "" {
		return fmt.Errorf("there is no option %s (see %s --help)", Quote(given), u.Program)
	}
	return fmt.Errorf("there is no option %s; the nearest is %s (see %s --help)", Quote(given), near, u.Program)
}

func (u *Usage) nearest(name string) string {
	if o := u.Meant[name]; o != "" {
		return o
	}
	var names []string
	u.Flags.VisitAll(func(f *pflag.Flag) {
		if !strings.HasPrefix(f.Name, Unnamed) {
			names = append(names, f.Name)
		}
	})
	for _, n := range names {
		if len(name) > 1 && strings.HasPrefix(n, name) {
			return "--" + n
		}
	}
	// One letter behind two dashes is the option of that letter.
	if len(name) == 1 && u.Flags.ShorthandLookup(name) != nil {
		return "-" + name
	}
	for _, n := range symname.Nearest(name, slices.Values(slices.AppendSeq(names, maps.Keys(u.Meant))), 1) {
		return cmp.Or(u.Meant[n], "--"+n)
	}
	return ""
}

// spelling is an option as users know it.
func spelling(f *pflag.Flag) string {
	if f.Shorthand != "" {
		return "-" + f.Shorthand
	}
	return "--" + f.Name
}

// Quote quotes what would not read well, or do harm, in an error message.
func Quote(s string) string {
	for _, r := range s {
		if r == ' ' || r == '"' || !strconv.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	if s == "" {
		return `""`
	}
	return s
}

// Printable makes what comes out of files and from programs harmless for terminals.
func Printable(s string) string {
	for _, r := range s {
		if !strconv.IsPrint(r) {
			q := strconv.Quote(s)
			return q[1 : len(q)-1]
		}
	}
	return s
}
