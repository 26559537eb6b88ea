package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestFrysk reads command lines as frysk's programs took them.
func TestFrysk(t *testing.T) {
	for _, c := range []struct{ args, exe, frames, rest string }{
		{"-exe /bin/x -number-of-frames 5 core", "/bin/x", "5", "core"},
		{"-exe=/bin/x --number-of-frames=all core", "/bin/x", "all", "core"},
		{"-exe -exe core", "-exe", "", "core"},
		{"-a -e /bin/x 12", "/bin/x", "", "12"},
		{"-ae /bin/x 12", "/bin/x", "", "12"},
		{"-allmaps -- -exe", "", "", "-exe"},
		{"- 12", "", "", "- 12"},
	} {
		fs := pflag.NewFlagSet("t", pflag.ContinueOnError)
		exe := fs.StringP("exe", "e", "", "")
		frames := fs.String("number-of-frames", "", "")
		all := fs.BoolP("allmaps", "a", false, "")
		u := Usage{Program: "t", Flags: fs, Frysk: true}
		err := u.Parse(strings.Fields(c.args))
		if err != nil || *exe != c.exe || *frames != c.frames || strings.Join(fs.Args(), " ") != c.rest ||
			*all != strings.Contains(c.args, "-a") {
			t.Errorf("%s: -exe %q, -number-of-frames %q, %q: %v", c.args, *exe, *frames, fs.Args(), err)
		}
	}
	u := Usage{Program: "t", Flags: pflag.NewFlagSet("t", pflag.ContinueOnError), Frysk: true}
	for _, args := range [][]string{{"-exe"}, {"-"}, {""}, {"--"}, {"---"}, {"-="}} {
		if got := u.longWords(args); !slices.Equal(got, args) {
			t.Errorf("%q became %q", args, got)
		}
	}
}
