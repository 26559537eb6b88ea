package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sonde/descriptor"
	"sonde/display"
	"sonde/filter"
	"sonde/sysdeps"
)

// defaults are the options of "sonde true" on no terminal, changed by change.
func defaults(change func(*options)) *options {
	o := &options{Align: 50, Strings: 32, Elements: 4, Command: []string{"true"}}
	change(o)
	return o
}

func TestParseOptions(t *testing.T) {
	for _, test := range []struct {
		args   string // apart by spaces
		change func(o *options)
	}{
		{"true", func(*options) {}},
		{"-f true", func(o *options) { o.Follow = true }},
		{"-b true", func(o *options) { o.NoSignals = true }},
		{"--no-signals true", func(o *options) { o.NoSignals = true }},
		{"-i true", func(o *options) { o.Address = true }},
		{"-T true", func(o *options) { o.Elapsed = true }},
		{"-w 3 true", func(o *options) { o.Where = 3 }},
		{"--where=65536 true", func(o *options) { o.Where = 65536 }},
		{"-k true", func(o *options) { o.Stacks = symbolStacks }},
		{"-kk -w1 true", func(o *options) { o.Stacks, o.Where = sourceStacks, 1 }},
		{"--stack-trace true", func(o *options) { o.Stacks = symbolStacks }},
		{"--stack-trace=source true", func(o *options) { o.Stacks = sourceStacks }},
		{"--stack-trace=symbol true", func(o *options) { o.Stacks = symbolStacks }},
		{"-y true", func(o *options) { o.Detail = descriptor.Paths }},
		{"-yy true", func(o *options) { o.Detail = descriptor.Ends }},
		{"-c true", func(o *options) { o.Count = true }},
		{"--count true", func(o *options) { o.Count = true }},
		{"-cc true", func(o *options) { o.Count, o.Spread = true, true }},
		{"--summary true", func(o *options) { o.Summary = true }},
		{"-c --sort=p99 true", func(o *options) { o.Count, o.Sort = true, summaryColumn(display.ColumnP99) }},
		{"--summary --by thread,caller --by library true", func(o *options) {
			o.Summary, o.By = true, summaryBy(display.ByThread|display.ByCaller|display.ByLibrary)
		}},
		{"--pin true", func(o *options) { o.Pin = true }},
		{"--debug true", func(o *options) { o.Debug = true }},
		{"--seccomp-bpf -S true", func(o *options) { o.Seccomp, o.System = true, true }},
		{"--seccomp-bpf --fds=3 true", func(o *options) { o.Seccomp, o.FDs = true, []string{"3"} }},
		{"-u nobody true", func(o *options) { o.User = "nobody" }},
		{"-fiT true", func(o *options) { o.Follow, o.Address, o.Elapsed = true, true, true }},
		{"-fo out true", func(o *options) { o.Follow, o.Output = true, "out" }},

		{"-o out true", func(o *options) { o.Output = "out" }},
		{"-oout true", func(o *options) { o.Output = "out" }},
		{"--output out true", func(o *options) { o.Output = "out" }},
		{"--output=out true", func(o *options) { o.Output = "out" }},
		{"-o -f true", func(o *options) { o.Output = "-f" }},
		{"-o +out true", func(o *options) { o.Output = "+out" }},
		{"-o |cat true", func(o *options) { o.Output = "|cat" }},
		{"-ff -o x true", func(o *options) { o.Follow, o.Separate, o.Output = true, true, "x" }},
		{"-f -o x -f true", func(o *options) { o.Follow, o.Separate, o.Output = true, true, "x" }},
		{"--output-separately -o x true", func(o *options) { o.Separate, o.Output = true, "x" }},

		{"-e puts true", func(o *options) { o.Calls = []string{"puts"} }},
		{"-e puts -e !a,b true", func(o *options) { o.Calls = []string{"puts", "!a,b"} }},
		{"-e -puts true", func(o *options) { o.Calls = []string{"-puts"} }},
		{"-x f -x -f true", func(o *options) { o.Entries = []string{"f", "-f"} }},
		{"-l libc.so.6 -llibm* true", func(o *options) { o.Libraries = []string{"libc.so.6", "libm*"} }},
		{"--library=-lm --library x true", func(o *options) { o.Libraries = []string{"-lm", "x"} }},
		{"-e a -x b -l c true", func(o *options) { o.Calls, o.Entries, o.Libraries = []string{"a"}, []string{"b"}, []string{"c"} }},
		{"-L true", func(o *options) { o.NoCalls = true }},
		{"-S true", func(o *options) { o.System = true }},
		{"--syscalls=%file --syscalls open true", func(o *options) { o.Syscalls = []string{"%file", "open"} }},
		{"-z true", func(o *options) { o.Succeeded = true }},
		{"-Z true", func(o *options) { o.Failed = true }},
		{"--status=failed --status unfinished true", func(o *options) { o.Status = []string{"failed", "unfinished"} }},
		{"-P /a -P b,c true", func(o *options) { o.Paths = []string{"/a", "b,c"} }},
		{"--fds=3,4 true", func(o *options) { o.FDs = []string{"3,4"} }},
		{"--signals=!CHLD true", func(o *options) { o.Signals = []string{"!CHLD"} }},
		{"-v true", func(o *options) { o.Verbose = true }},
		{"--list true", func(o *options) { o.List = true }},
		{"--list -x f true", func(o *options) { o.List, o.Entries = true, []string{"f"} }},
		{"-L -x f true", func(o *options) { o.NoCalls, o.Entries = true, []string{"f"} }},
		{"-F a.conf true", func(o *options) { o.Config = []string{"a.conf"} }},
		{"-F a.conf::/b: --config=c true", func(o *options) { o.Config = []string{"a.conf", "/b", "c"} }},
		{"-F : true", func(*options) {}},
		{"--prototypes=puts", func(o *options) { o.Prototypes, o.Command = []string{"puts"}, nil }},
		{"--prototypes puts --prototypes f@libm.so.6", func(o *options) { o.Prototypes, o.Command = []string{"puts", "f@libm.so.6"}, nil }},
		{"-C true", func(*options) {}},
		{"--demangle true", func(*options) {}},
		{"--no-demangle true", func(o *options) { o.Raw = true }},
		{"-C --no-demangle true", func(o *options) { o.Raw = true }},
		{"--demangle=false true", func(o *options) { o.Raw = true }},

		{"-a 40 true", func(o *options) { o.Align = 40 }},
		{"-a40 true", func(o *options) { o.Align = 40 }},
		{"-a 0 true", func(o *options) { o.Align = 0 }},
		{"-a 10000 true", func(o *options) { o.Align = 10000 }},
		{"--align=0x28 true", func(o *options) { o.Align = 40 }},
		{"-A 0 true", func(o *options) { o.Elements = 0 }},
		{"-A 12 --names true", func(o *options) { o.Elements, o.Names = 12, true }},
		{"-s 0 true", func(o *options) { o.Strings = 0 }},
		{"-s 010 true", func(o *options) { o.Strings = 8 }},
		{"-s 0xb true", func(o *options) { o.Strings = 11 }},
		{"-n 20 true", func(o *options) { o.Indent = 20 }},
		{"--indent 0X2 true", func(o *options) { o.Indent = 2 }},
		{"-n +2 true", func(o *options) { o.Indent = 2 }},
		{"-n 1 -n 2 true", func(o *options) { o.Indent = 2 }},

		{"-t true", func(o *options) { o.Stamp = display.StampSeconds }},
		{"-tt true", func(o *options) { o.Stamp = display.StampMicros }},
		{"-t -f -t true", func(o *options) { o.Stamp, o.Follow = display.StampMicros, true }},
		{"-ttt true", func(o *options) { o.Stamp = display.StampEpoch }},
		{"-r true", func(o *options) { o.Stamp = display.StampRelative }},
		{"-r -r true", func(o *options) { o.Stamp = display.StampRelative }},

		// Attaching needs no command, and may have one.
		{"-p 1", func(o *options) { o.PIDs, o.Command = []int{1}, nil }},
		{"-p1 -p 0x10 true", func(o *options) { o.PIDs = []int{1, 16} }},
		{"-p 7,8,,9 true", func(o *options) { o.PIDs = []int{7, 8, 9} }},
		{"-p 7 -p 8 -p 7 true", func(o *options) { o.PIDs = []int{7, 8} }},
		{"-p 2147483647", func(o *options) { o.PIDs, o.Command = []int{2147483647}, nil }},

		// What follows the command is the command's.
		{"ls -f -p x --bogus", func(o *options) { o.Command = []string{"ls", "-f", "-p", "x", "--bogus"} }},
		{"-f ls -- -l", func(o *options) { o.Follow, o.Command = true, []string{"ls", "--", "-l"} }},
		{"-- -f", func(o *options) { o.Command = []string{"-f"} }},
		{"-f -- ls", func(o *options) { o.Follow, o.Command = true, []string{"ls"} }},

		{"-h", func(o *options) { *o = options{Align: -1, Strings: 32, Elements: 4, Help: true} }},
		{"--help", func(o *options) { *o = options{Align: -1, Strings: 32, Elements: 4, Help: true} }},
		{"-V", func(o *options) { *o = options{Align: -1, Strings: 32, Elements: 4, Version: true} }},
		{"--version", func(o *options) { *o = options{Align: -1, Strings: 32, Elements: 4, Version: true} }},
	} {
		got, err := parseOptions(strings.Fields(test.args), noEnv, noTerminal)
		if err != nil {
			t.Errorf("%s: %v", test.args, err)
			continue
		}
		if diff := cmp.Diff(defaults(test.change), got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", test.args, diff)
		}
	}
}

func noEnv(string) string { return "" }
func noTerminal() int     { return 0 }

func TestParseOptionsErrors(t *testing.T) {
	for _, test := range []struct {
		args string
		want string
	}{
		{"", "nothing to trace: a command or -p PID is needed (see sonde --help)"},
		{"-f", "nothing to trace: a command or -p PID is needed (see sonde --help)"},
		{"--", "nothing to trace: a command or -p PID is needed (see sonde --help)"},

		{"-p 0", "-p 0: not between 1 and 2147483647"},
		{"-p -1", "-p -1: not between 1 and 2147483647"},
		{"-p 2147483648", "-p 2147483648: not between 1 and 2147483647"},
		{"-p abc", "-p abc: not a whole number"},
		{"-p 1,x", "-p 1,x: x: not a whole number"},
		{"-p ,", "-p ,: the number of a process is needed"},
		{"-p 1.5", "-p 1.5: not a whole number"},
		{"-p", "-p: an argument is needed (see sonde --help)"},
		{"-n 21 true", "-n 21: not between 0 and 20"},
		{"-w 0 true", "-w 0: not between 1 and 65536"},
		{"-w 65537 true", "-w 65537: not between 1 and 65536"},
		{"--where true", "-w true: not a whole number"},
		{"-kkk true", "-k: given more often than in -kk"},
		{"--stack-trace=lines true", "-k lines: neither symbol nor source"},
		{"--indent=-1 true", "-n -1: not between 0 and 20"},
		{"--list", "nothing to list: a file, a command or -p PID is needed (see sonde --help)"},
		{"--lst true", "there is no option --lst; the nearest is --list (see sonde --help)"},
		{"-n 1_0 true", "-n 1_0: not a whole number"},
		{"-n 0b1 true", "-n 0b1: not a whole number"},
		{"-n 0o1 true", "-n 0o1: not a whole number"},
		{"-n 08 true", "-n 08: not a whole number"},
		{"-a x true", "-a x: not a whole number"},
		{"-a -1 true", "-a -1: not between 0 and 10000"},
		{"-a 10001 true", "-a 10001: not between 0 and 10000"},
		{"-a 99999999999999999999 true", "-a 99999999999999999999: not between 0 and 10000"},
		{"--align= true", `-a "": not a whole number`},
		{"-s x true", "-s x: not a whole number"},
		{"-s 1048577 true", "-s 1048577: not between 0 and 1048576"},
		{"-A 65537 true", "-A 65537: not between 0 and 65536"},

		{"-r -t true", "-r and -t cannot be used together"},
		{"-tttr true", "-r and -t cannot be used together"},
		{"-tttt true", "-t: given 4 times, where -ttt is the most"},

		{"-ccc true", "-c: given 3 times, where -cc is the most"},
		{"-c --summary true", "-c and --summary cannot be used together: -c leaves the trace out, --summary has it before the table"},
		{"--sort=self true", "--sort: it is about the table that -c or --summary asks for"},
		{"--by=thread true", "--by: it is about the table that -c or --summary asks for"},
		{"-c --sort=cals true", `--sort cals: there is no "cals"; the nearest is calls`},
		{"-c --by=thread,modul true", `--by thread,modul: there is no "modul"; there are thread, caller, library`},
		{"-c --by= true", `--by "": there is no ""; there are thread, caller, library`},

		{"-o", "-o: an argument is needed (see sonde --help)"},
		{"--output", "-o: an argument is needed (see sonde --help)"},
		{"--output= true", "-o: the name of a file is needed"},
		{"-o | true", `-o "|": a command is needed behind the |`},
		{"-o + true", `-o "+": the name of a file is needed behind the +`},
		{"-ff true", "-ff: what the files are called is needed: with -o FILE they are FILE.TID"},
		{"-ff -o |cat true", "-ff cannot be used with -o '|COMMAND': a file is written for each thread; -f has them in one trace"},
		{"-ff -o x -c true", "-ff and -c cannot be used together: there is one table for all"},
		{"-e", "-e: an argument is needed (see sonde --help)"},
		{"-x", "-x: an argument is needed (see sonde --help)"},
		{"--library", "-l: an argument is needed (see sonde --help)"},
		{"-L -e puts true", "-L cannot be used with -e or -l"},
		{"-l libc.so.6 -L -x f true", "-L cannot be used with -e or -l"},
		{"-C=maybe true", `-C: it takes no argument, but has "maybe"`},
		{"-u nobody -p 1", "-u nobody: it needs a command to run as that user"},
		{"--pin=maybe true", `--pin: it takes no argument, but has "maybe"`},

		{"-Q true", "there is no option -Q (see sonde --help)"},
		{"-fX true", "there is no option -X; the nearest is -x (see sonde --help)"},
		{"-F", "-F: an argument is needed (see sonde --help)"},
		{"--prototypes", "--prototypes: an argument is needed (see sonde --help)"},
		{"--prototypes= ", "--prototypes: the name of a function is needed"},
		{"--prototypes puts true", "--prototypes: nothing is run or attached to; each function needs an option of its own"},
		{"--prototypes puts --list", "--prototypes and --list cannot be used together"},
		{"-H true", "there is no option -H; the nearest is -h (see sonde --help)"},
		{"-q true", "there is no option -q (see sonde --help)"},
		{"-\x1b true", `there is no option "-\x1b" (see sonde --help)`},
		{"--ident=2 true", "there is no option --ident; the nearest is --indent (see sonde --help)"},
		{"--no-signal true", "there is no option --no-signal; the nearest is --no-signals (see sonde --help)"},
		{"--out true", "there is no option --out; the nearest is --output (see sonde --help)"},
		{"--pni true", "there is no option --pni; the nearest is --pin (see sonde --help)"},
		{"--f true", "there is no option --f; the nearest is -f (see sonde --help)"},
		{"--frobnicate true", "there is no option --frobnicate (see sonde --help)"},
		{"---f true", "bad flag syntax: ---f (see sonde --help)"},
	} {
		o, err := parseOptions(strings.Fields(test.args), noEnv, noTerminal)
		if err == nil {
			t.Errorf("%s: no error, but %+v", test.args, o)
		} else if err.Error() != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.args, err, test.want)
		}
	}
}

// TestSyscallSets holds which system calls the options choose.
func TestSyscallSets(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"true", ""},
		{"-S true", "close openat socket"},
		{"--syscalls=%file true", "openat"},
		{"--syscalls=!%file true", "close socket"},
		{"--syscalls=socket --syscalls=close true", "close socket"},
		{"-S --syscalls=close true", "close"},
		{"--syscalls=clos true", `--syscalls: filter "clos": at character 1: no system call is named "clos"; the nearest name is close`},
	} {
		o, err := parseOptions(strings.Fields(c.args), noEnv, noTerminal)
		if err != nil {
			t.Fatalf("%s: %v", c.args, err)
		}
		what, err := o.filters()
		var got []string
		for _, name := range []string{"close", "openat", "socket"} {
			if nr, _ := sysdeps.AMD64.Syscalls.Number(name); err == nil && what.Syscalls.Wants(sysdeps.AMD64, nr) {
				got = append(got, name)
			}
		}
		if err != nil {
			got = []string{err.Error()}
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s: %s, want %s", c.args, g, c.want)
		}
	}
}

// TestFilters holds which filters the options make, as what each chooses of a
// few functions: m and l of the main program and a library.
func TestFilters(t *testing.T) {
	modules := map[string]*filter.Module{
		"m": {Name: "prog", Base: "prog", Path: "/bin/prog", Main: true},
		"l": {Name: "libc.so.6", Base: "libc.so.6", Path: "/lib/libc.so.6"},
	}
	for _, test := range []struct {
		args                      string
		calls, entries, libraries string // m>f: f in or of m
		caller                    bool
	}{
		{"true", "m>f m>g", "", "", false},
		{"-L true", "", "", "", false},
		{"-e f true", "l>f m>f", "", "", true},
		{"-e f@MAIN -e @libc* true", "l>f l>g m>f", "", "", true},
		{"-x f true", "m>f m>g", "l>f m>f", "", false},
		{"-L -x f true", "", "l>f m>f", "", false},
		{"-e g@MAIN -x f true", "m>g", "l>f m>f", "", true},
		{"-l libc* true", "", "", "l>f l>g", true},
		{"-l libc* -e f true", "l>f m>f", "", "l>f l>g", true},
		{"-l libc* -x !f true", "", "m>g", "l>f l>g", true},
	} {
		o, err := parseOptions(strings.Fields(test.args), noEnv, noTerminal)
		if err != nil {
			t.Errorf("%s: %v", test.args, err)
			continue
		}
		what, err := o.filters()
		if err != nil {
			t.Errorf("%s: %v", test.args, err)
			continue
		}
		chosen := func(f *filter.Filter) string {
			var c []string
			for _, fn := range []string{"l>f", "l>g", "m>f", "m>g"} {
				if f.Match(modules[fn[:1]], fn[2:], "") {
					c = append(c, fn)
				}
			}
			return strings.Join(c, " ")
		}
		got := [...]string{chosen(what.Calls), chosen(what.Entries), chosen(what.Libraries)}
		if want := [...]string{test.calls, test.entries, test.libraries}; got != want {
			t.Errorf("%s: calls, entries, libraries\n got %q\nwant %q", test.args, got, want)
		}
		if o.showCaller() != test.caller {
			t.Errorf("%s: the caller is shown: %v, want %v", test.args, o.showCaller(), test.caller)
		}
	}
}

// TestFiltersErrors holds that it is told which option is wrong.
func TestFiltersErrors(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"-e a- true", "-e: filter \"a-\": at character 3: "},
		{"-x [a true", "-x: filter \"[a\": at character 1: "},
		{"-e a -l b/ true", "-l: filter \"b/\": at character "},
	} {
		o, err := parseOptions(strings.Fields(test.args), noEnv, noTerminal)
		if err != nil {
			t.Errorf("%s: %v", test.args, err)
			continue
		}
		if _, err := o.filters(); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.args, err, test.want)
		}
	}
}

func TestDefaultAlign(t *testing.T) {
	for _, test := range []struct {
		args, columns string
		width         int
		want          int
	}{
		{"true", "", 0, 50},
		{"true", "", -1, 50},
		{"true", "", 80, 50},
		{"true", "", 132, 82},
		{"true", "", 1 << 20, 6250},
		{"true", "200", 80, 125},
		{"true", "0x50", 132, 50},
		{"true", "wide", 132, 82},
		{"true", "0", 132, 82},
		{"true", "-5", 132, 82},
		{"true", "99999999", 132, 82},
		{"-a 7 true", "200", 132, 7},
		{"-a 0 true", "200", 132, 0},
		{"-o out true", "", 132, 50}, // the trace goes to no terminal
		{"-o out true", "200", 132, 125},
	} {
		env := func(name string) string {
			if name != "COLUMNS" {
				t.Errorf("%s was asked for", name)
			}
			return test.columns
		}
		o, err := parseOptions(strings.Fields(test.args), env, func() int { return test.width })
		if err != nil {
			t.Errorf("%s: %v", test.args, err)
		} else if o.Align != test.want {
			t.Errorf("%s, COLUMNS=%s, %d columns: %d, want %d", test.args, test.columns, test.width, o.Align, test.want)
		}
	}
}

func TestHelpText(t *testing.T) {
	text := helpText()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if utf8.RuneCountInString(line) > 80 {
			t.Errorf("over 80 columns: %s", line)
		}
		if strings.TrimRight(line, " ") != line || strings.Contains(line, "\t") {
			t.Errorf("blanks at the end, or a tab: %q", line)
		}
	}
	// An option that is parsed is told, and one that is told is parsed.
	for opt := range strings.FieldsSeq("-f -p -o --output= -e -x -l -L -C --demangle --no-demangle -b --no-signals -a --align= -s -n --indent= -i -t -tt -ttt -r -T -u -c -h --help -V --version --pin -z -Z -P -v --status= --fds= --signals= -w --where= -k -kk --stack-trace") {
		if !strings.Contains(text, "  "+opt) && !strings.Contains(text, ", "+opt) {
			t.Errorf("%s is not told", opt)
		}
	}
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(" \n,;.[]'", r) }) {
		if !strings.HasPrefix(word, "-") || word == "-" {
			continue
		}
		name, _, _ := strings.Cut(word, "=")
		_, err := parseOptions([]string{name, "1", "true"}, noEnv, noTerminal)
		if err != nil && strings.Contains(err.Error(), "no option") {
			t.Errorf("%s is told, and not taken: %v", word, err)
		}
	}
}
