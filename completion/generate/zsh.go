package main

import (
	"fmt"
	"strings"
)

// zsh returns the file for zsh.
func zsh(p *program) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#compdef %s\n# Written by completion/generate; changes here are lost.\n", p.name)
	if p.name == "sonde" {
		b.WriteString(zshSonde)
	}
	fmt.Fprintf(&b, "\n_arguments -s -S -A '-*' \\\n")
	for _, o := range p.options {
		b.WriteString("\t" + zshOption(&o) + " \\\n")
	}
	switch p.operands {
	case command:
		b.WriteString("\t'(-)1:command: _command_names -e' \\\n\t'*::arguments: _normal'\n")
	case rows:
		b.WriteString("\t'*:row:(${(f)\"$(fsystest --list 2>/dev/null | cut -d\" \" -f1)\"})'\n")
	default:
		b.WriteString("\t'*: :_alternative \"processes\\:process\\:_pids\" \"files\\:core file\\:_files\"'\n")
	}
	return b.String()
}

// zshSonde finds values by asking sonde itself about the program that the line names.
const zshSonde = `
_sonde_program() {
	local word
	for word in "${(@)words[CURRENT+1,-1]}"; do
		if [[ $word != -* ]]; then
			print -r -- ${commands[$word]:-$word}
			return
		fi
	done
	print /bin/sh
}

_sonde_functions() {
	local -a names
	names=(${(fu)"$(sonde --list $1 "$(_sonde_program)" 2>/dev/null | awk '{sub(/@.*/, "", $5); print $5}')"})
	compadd -a names
}

_sonde_libraries() {
	local -a names
	names=(${(fu)"$(sonde --list -e '@*' "$(_sonde_program)" 2>/dev/null | awk '{print $4}')"})
	compadd -a names
}
`

// zshOption is a specification of _arguments (zshcompsys(1)).
func zshOption(o *option) string {
	about := strings.NewReplacer("[", "(", "]", ")", "'", "’", ":", "\\:", "`", "").Replace(o.about)
	value := ""
	if o.arg != "" {
		sep := ":"
		if o.optional {
			sep = "::"
		}
		value = sep + strings.ToLower(o.arg) + ":" + zshValues(o)
	}
	var specs []string
	for _, name := range o.letters {
		switch {
		case o.arg == "":
		case o.optional && strings.HasPrefix(name, "--"):
			name += "=-" // only behind a '='
		case o.optional:
			specs = append(specs, fmt.Sprintf("'*%s[%s]'", name, about))
			continue
		case strings.HasPrefix(name, "--"):
			name += "="
		default:
			name += "+"
		}
		specs = append(specs, fmt.Sprintf("'*%s[%s]%s'", name, about, value))
	}
	return strings.Join(specs, " ")
}

func zshValues(o *option) string {
	v := o.values
	switch {
	case len(v.words) > 0 && v.list:
		return fmt.Sprintf(`_values -s , %s %s`, strings.ToLower(o.arg), strings.Join(v.words, " "))
	case len(v.words) > 0:
		return "(" + strings.Join(v.words, " ") + ")"
	}
	switch v.kind {
	case files:
		return "_files"
	case folders:
		return "_files -/"
	case ids:
		return "_pids"
	case users:
		return "_users"
	case commands:
		return "_command_names -e"
	case libraries:
		return "_sonde_libraries"
	case functions:
		if o.letters[0] == "-x" {
			return ` _sonde_functions -Lx@MAIN` // the blank keeps options for compadd out
		}
		return ` _sonde_functions -e@MAIN`
	case rowNames:
		return `(${(f)"$(fsystest --list 2>/dev/null | cut -d" " -f1)"})`
	case groups:
		return "_files -W /sys/fs/cgroup -/"
	}
	return ""
}
