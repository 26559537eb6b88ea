package main

import (
	"fmt"
	"strings"
)

// fish returns the file for fish.
func fish(p *program) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# fish completion for %s\n# Written by completion/generate; changes here are lost.\n", p.name)
	if p.name == "sonde" {
		b.WriteString(fishSonde)
	}
	fmt.Fprintf(&b, "\ncomplete -c %s -f\n", p.name)
	var taking []string
	for _, o := range p.options {
		line := "complete -c " + p.name
		for _, name := range o.letters {
			if long, ok := strings.CutPrefix(name, "--"); ok {
				line += " -l " + long
			} else {
				line += " -s " + name[1:]
			}
			if o.arg != "" && !o.optional {
				taking = append(taking, name)
			}
		}
		if o.arg != "" {
			line += fishValues(&o)
		}
		fmt.Fprintf(&b, "%s -d %s\n", line, fishQuote(o.about))
	}
	switch p.operands {
	case command:
		fmt.Fprintf(&b, "complete -c %s -xa %s\n", p.name, fishQuote("(__fish_complete_subcommand -- "+strings.Join(taking, " ")+")"))
	case rows:
		fmt.Fprintf(&b, "complete -c %s -xa %s\n", p.name, fishQuote(`(fsystest --list 2>/dev/null | string replace -r '^(\S+) +' '$1\t')`))
	default:
		fmt.Fprintf(&b, "complete -c %s -Fa %s\n", p.name, fishQuote("(__fish_complete_pids)"))
	}
	return b.String()
}

// fishSonde finds values by asking sonde itself about the program that the line names.
const fishSonde = `
function __sonde_program
	for word in (commandline -op)[2..-1] (string split -n ' ' -- (commandline -p | string sub -s (math (commandline -C) + 1)))
		if not string match -q -- '-*' $word; and set -l found (command -s -- $word)
			echo $found
			return
		end
	end
	echo /bin/sh
end

function __sonde_functions
	sonde --list $argv (__sonde_program) 2>/dev/null | awk '{sub(/@.*/, "", $5); print $5}' | sort -u
end

function __sonde_libraries
	sonde --list -e '@*' (__sonde_program) 2>/dev/null | awk '{print $4}' | sort -u
end
`

func fishValues(o *option) string {
	v := o.values
	take := " -x"
	if o.optional {
		take = " -f"
	}
	switch {
	case len(v.words) > 0 && v.list:
		return take + " -a " + fishQuote("(__fish_complete_list , 'string split \" \" -- \""+strings.Join(v.words, " ")+"\"')")
	case len(v.words) > 0:
		return take + " -a " + fishQuote(strings.Join(v.words, " "))
	}
	switch v.kind {
	case files:
		return " -r -F"
	case folders:
		return take + " -a '(__fish_complete_directories)'"
	case ids:
		return take + " -a '(__fish_complete_pids)'"
	case users:
		return take + " -a '(__fish_complete_users)'"
	case commands:
		return take + " -a '(__fish_complete_command)'"
	case libraries:
		return take + " -a '(__sonde_libraries)'"
	case functions:
		if o.letters[0] == "-x" {
			return take + " -a '(__sonde_functions -L -x @MAIN)'"
		}
		return take + " -a '(__sonde_functions -e @MAIN)'"
	case rowNames:
		return take + ` -a '(fsystest --list 2>/dev/null | string replace -r " .*" "")'`
	case groups:
		return take + ` -a '(cd /sys/fs/cgroup; and find . -type d | string sub -s 2)'`
	}
	return take
}

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
