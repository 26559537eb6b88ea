package stacks

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"sonde/cli"
)

// Flags are the options by which programs are told what to show of stacks.
type Flags struct {
	limit, list string
	lite, rich  bool
}

// defaultFrames is how many frames are shown unless the user wants more.
const defaultFrames = 256

// FlagsHelp tells of them in a help text.
const FlagsHelp = `  -n, --number-of-frames=N
                       N frames of each thread at most, or all (default: 256); a
                       stack that goes on ends in a line "..."
      --no-demangle    names as they are in the file
      --lite           names of functions alone, as the symbols have them: the
                       same as --print=-
      --print=LIST     what is told of frames, with commas between: "lines",
                       "inline" (what the compiler put into a function) and
                       "languages" (functions that an interpreter runs), which
                       are unless "-lines" and so on is in the list; "paths"
                       (of the source files, not only their names), "params"
                       and "locals" (parameters, and variables in functions, as
                       they are declared), "values" (what these hold) and
                       "debug-names" (the names of functions as in the source)
      --rich           all of these but paths
`

// Add adds them to those of a program. raw is Options.Raw.
func (f *Flags) Add(fs *pflag.FlagSet, raw *bool) {
	fs.StringVarP(&f.limit, "number-of-frames", "n", strconv.Itoa(defaultFrames), "")
	fs.BoolVar(raw, "no-demangle", false, "")
	fs.BoolVar(&f.lite, "lite", false, "")
	fs.BoolVar(&f.rich, "rich", false, "")
	fs.StringVar(&f.list, "print", "", "")
}

// Read does what they say. Its errors are lines for users.
func (f *Flags) Read(o *Options, t *TextOptions) (err error) {
	if o.Limit, err = cli.Frames(f.limit); err != nil {
		return fmt.Errorf("-n %s: %w", cli.Quote(f.limit), err)
	}
	if f.lite && f.rich {
		return errors.New("--lite and --rich cannot be used together")
	}
	v := &o.Variables
	wanted := map[string]*bool{
		"lines": &o.Lines, "inline": &o.Inlined, "languages": &o.Languages, "paths": &t.Paths,
		"params": &v.Params, "locals": &v.Locals, "values": &v.Values, "debug-names": &o.DebugNames,
	}
	o.Lines, o.Inlined, o.Languages = !f.lite, !f.lite, !f.lite
	v.Params, v.Locals, v.Values, o.DebugNames = f.rich, f.rich, f.rich, f.rich
	// A - negates what follows, and by itself all.
	for _, word := range strings.Split(f.list, ",") {
		name, negated := strings.CutPrefix(word, "-")
		switch what := wanted[name]; {
		case what != nil:
			*what = !negated
		case word == "-":
			for _, what := range wanted {
				*what = false
			}
		case word != "":
			return fmt.Errorf("--print %s: there are lines, inline, languages, paths, params, locals, values and debug-names", cli.Quote(name))
		}
	}
	if v.Values && !v.Wanted() {
		v.Params = true
	}
	return nil
}
