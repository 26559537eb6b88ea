package main

import (
	"maps"
	"slices"
	"strings"

	"sonde/display"
	"sonde/filter"
	"sonde/sysdeps"
)

// program is one whose command lines are completed.
type program struct {
	name     string
	operands operands
	options  []option
	// takes are the options whose argument is not what its name says.
	takes map[string]values
}

// operands is what follows a program's options.
type operands uint8

const (
	processes operands = iota // ids of processes, or core files
	command                   // a command with its arguments, as of env(1)
	rows                      // rows of fsystest
)

// values is what an argument may be.
type values struct {
	words []string
	list  bool // several of the words, with commas between
	kind  kind
}

// kind is what shells find values of.
type kind string

const (
	nothing   kind = ""
	files     kind = "files"
	folders   kind = "directories"
	ids       kind = "processes"
	users     kind = "users"
	libraries kind = "libraries" // that the program to be run needs
	functions kind = "functions" // that it calls, or that libraries have
	rowNames  kind = "rows"
	groups    kind = "cgroups"
	commands  kind = "commands"
)

// byName is what the arguments are that the help texts name so.
var byName = map[string]values{
	"FILE": {kind: files}, "OLD.json": {kind: files}, "NAME.PID": {kind: files}, "DIR": {kind: folders},
	"PID": {kind: ids}, "USER": {kind: users}, "LIBRARY": {kind: libraries}, "FILTER": {kind: functions},
	"PATH": {kind: files}, "LIST": {kind: files},
}

// frames are what programs that show stacks take for --print.
var frames = values{words: []string{"lines", "inline", "languages", "paths", "params", "locals", "-"}, list: true}

var programs = []program{
	{name: "sonde", operands: command, takes: map[string]values{
		"--syscalls":   {words: systemCalls(), list: true},
		"--signals":    {words: signals(), list: true},
		"--status":     {words: endings(), list: true},
		"--fds":        {},
		"--color":      {words: []string{"auto", "always", "never"}},
		"--sort":       {words: display.SummaryColumns()},
		"--by":         {words: display.SummaryBys(), list: true},
		"--prototypes": {kind: functions},
	}},
	{name: "fstack", takes: map[string]values{"--cgroup": {kind: groups}, "--exe-name": {kind: commands}, "--print": frames}},
	{name: "fcore", takes: map[string]values{"--output": {kind: files}, "--compress": {words: []string{"zstd"}}}},
	{name: "fcatch", operands: command, takes: map[string]values{"--signals": {words: signals(), list: true}, "--print": frames}},
	{name: "ferror", operands: command, takes: map[string]values{"--print": frames}},
	{name: "fstep", operands: command},
	{name: "fsystest", operands: rows, takes: map[string]values{"--run": {kind: rowNames}}},
	{name: "fauxv"},
	{name: "fmaps"},
	{name: "fexe"},
	{name: "fdebuginfo"},
}

// valuesOf returns what an option takes.
func (p *program) valuesOf(o *option) values {
	for _, name := range o.letters {
		if v, ok := p.takes[name]; ok {
			return v
		}
	}
	if strings.Contains(o.arg, "|") { // auto|always|never
		return values{words: strings.Split(o.arg, "|")}
	}
	return byName[o.arg]
}

// systemCalls are the classes and names that --syscalls takes.
func systemCalls() []string {
	words := []string{"all", "none"}
	for _, class := range sysdeps.SyscallClasses() {
		words = append(words, "%"+class)
	}
	names := make(map[string]bool)
	for _, arch := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
		for _, name := range arch.Syscalls.All() {
			names[name] = true
		}
	}
	return append(words, slices.Sorted(maps.Keys(names))...)
}

// signals are the names that --signals takes, without SIG.
func signals() []string {
	words := []string{"all", "none"}
	for n := 1; n < 32; n++ {
		words = append(words, strings.TrimPrefix(sysdeps.SignalName(n), "SIG"))
	}
	return words
}

// endings are what --status takes.
func endings() []string {
	return slices.Concat([]string{"all", "none"}, filter.EndingNames(), slices.Collect(sysdeps.ErrnoNames()))
}
