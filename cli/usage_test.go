package cli

import (
	"errors"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestAnswers asks for texts, and for what there is not.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		args   string
		answer bool
		want   string
	}{
		{"--help", true, "the help\n"},
		{"-h file", true, "the help\n"},
		{"-hV", true, "the help\n"},
		{"-V", true, "t (Sonde) "},
		{"-version", true, "t (Sonde) "},
		{"--hel", false, "there is no option --hel; the nearest is --help (see t --help)"},
		{"--help --bad", false, "there is no option --bad (see t --help)"},
		{"-H", false, "the nearest is -h"},
		{"file --help", false, ""},
	} {
		fs := pflag.NewFlagSet("t", pflag.ContinueOnError)
		fs.SetInterspersed(false)
		u := Usage{Program: "t", Flags: fs, Help: "the help\n", Frysk: true}
		err := u.Parse(strings.Fields(c.args))
		var a Answer
		if got := errors.As(err, &a); got != c.answer || (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.args, err, c.want)
		}
	}
}

// TestOperands tells process ids from commands.
func TestOperands(t *testing.T) {
	for _, c := range []struct {
		args, command string
		pids          string
	}{
		{"ls -l", "ls -l", "[1]"},
		{"12 13", "", "[1 12 13]"},
		{"12 12 1", "", "[1 12]"},
		{"12 ls", "12 ls", "[1]"},
		{"./12", "./12", "[1]"},
		{"", "", "[1]"},
	} {
		tr := Tracees{PIDs: PIDs{1}}
		err := tr.SetOperands("sonde", strings.Fields(c.args))
		if err != nil || strings.Join(tr.Command, " ") != c.command || tr.PIDs.String() != c.pids {
			t.Errorf("%q: command %q, processes %v: %v", c.args, tr.Command, tr.PIDs, err)
		}
	}
	for _, arg := range []string{"0", "99999999999"} {
		if err := (&Tracees{}).SetOperands("sonde", []string{arg}); err == nil {
			t.Errorf("%s is taken for a process id", arg)
		}
	}
}
