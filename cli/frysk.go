package cli

import "strings"

// longWords gives frysk's long options, which begin with one dash, the two that pflag
// wants: it reads -exe as -e xe. Only words that are options' names are taken so, and
// none behind what ends the options.
func (u *Usage) longWords(args []string) []string {
	all := make([]string, 0, len(args))
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return append(all, args[i:]...)
		}
		word, _, given := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		if len(word) < 2 || arg[0] != '-' || arg[1] == '-' {
			all = append(all, arg)
			continue
		}
		f := u.Flags.Lookup(word)
		if f == nil {
			all = append(all, arg)
			continue
		}
		all = append(all, "-"+arg)
		if !given && f.NoOptDefVal == "" && i+1 < len(args) { // its argument, whatever it looks like
			i++
			all = append(all, args[i])
		}
	}
	return all
}
