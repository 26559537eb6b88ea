package main

import (
	"fmt"
	"strings"
)

// bashHead is what all of bash's files have. There need not be a bash-completion, whose
// _command_offset completes the command of another where it is.
const bashHead = `# bash completion for %[1]s                                    -*- shell-script -*-
# Written by completion/generate; changes here are lost.

# The values of an argument of a kind: the words that begin as "cur" does.
_%[1]s_kind() {
	case $1 in
	files) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")) ;;
	directories) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")) ;;
	users) COMPREPLY=($(compgen -u -- "$cur")) ;;
	commands) COMPREPLY=($(compgen -c -- "$cur")) ;;
	processes) COMPREPLY=($(compgen -W "$(cd /proc && echo [0-9]*)" -- "$cur")) ;;
%[2]s	esac
}

# The last of words with commas between, or a word by itself.
_%[1]s_words() {
	local before=
	if [[ $1 == list ]]; then
		case $cur in
		*,*) before=${cur%%,*}, ;;
		\!*) before=! ;;
		esac
		compopt -o nospace 2>/dev/null
	fi
	COMPREPLY=($(compgen -P "$before" -W "$2" -- "${cur#"$before"}"))
}

_%[1]s() {
	local cur=${COMP_WORDS[COMP_CWORD]} option= i word
	COMPREPLY=()
	# Readline parts words at the '=' of --option=value.
	if [[ $cur == = ]]; then
		cur= option=${COMP_WORDS[COMP_CWORD-1]}
	elif ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[COMP_CWORD-1]} == = ]]; then
		option=${COMP_WORDS[COMP_CWORD-2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		--) ((i++)); break ;;
		%[3]s)
			if [[ ${COMP_WORDS[i+1]} == = ]]; then
				((i += 2))
			else
				((i + 1 == COMP_CWORD)) && option=$word
				((i++))
			fi
			;;
		-*) [[ ${COMP_WORDS[i+1]} == = ]] && ((i += 2)) ;;
		*) break ;;
		esac
	done
	case $option in
%[4]s	esac
	if [[ -n $option ]]; then
		return
	fi
	if ((i >= COMP_CWORD)) && [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "%[5]s" -- "$cur"))
		return
	fi
%[6]s}
complete -F _%[1]s %[1]s
`

// bashSonde finds values by asking sonde itself.
const bashSonde = `	libraries)
		local program=$(_sonde_program)
		[[ -n $program ]] && COMPREPLY=($(compgen -W "$(sonde --list -e '@*' $program 2>/dev/null | awk '{print $4}' | sort -u)" -- "$cur"))
		;;
	functions)
		local program=$(_sonde_program) names
		if [[ $option == -x ]]; then
			names=$(sonde --list -L -x '@MAIN' ${program:-/bin/sh} 2>/dev/null)
		else
			names=$(sonde --list -e '@MAIN' ${program:-/bin/sh} 2>/dev/null)
		fi
		COMPREPLY=($(compgen -W "$(awk '{sub(/@.*/, "", $5); print $5}' <<<"$names" | sort -u)" -- "$cur"))
		;;
`

// bashProgram names what stands behind the option being completed, which is the program
// whose functions are meant.
const bashProgram = `
# The program that the command line is about, if it stands there already.
_sonde_program() {
	local i
	for ((i = COMP_CWORD + 1; i < ${#COMP_WORDS[@]}; i++)); do
		if [[ ${COMP_WORDS[i]} != -* ]]; then
			type -P -- "${COMP_WORDS[i]}"
			return
		fi
	done
}
`

// bash returns the file for bash.
func bash(p *program) string {
	var taking, cases, names []string
	for _, o := range p.options {
		names = append(names, o.letters...)
		if o.arg == "" {
			continue
		}
		if !o.optional {
			taking = append(taking, o.letters...)
		}
		cases = append(cases, fmt.Sprintf("\t%s) %s; return ;;\n", strings.Join(o.letters, " | "), bashValues(p, o.values)))
	}
	kinds, more := "", ""
	switch p.name {
	case "sonde":
		kinds, more = bashSonde, bashProgram
	case "fsystest":
		kinds = "\trows) COMPREPLY=($(compgen -W \"$(fsystest --list 2>/dev/null | awk '{print $1}')\" -- \"$cur\")) ;;\n"
	case "fstack":
		kinds = "\tcgroups) COMPREPLY=($(compgen -W \"$(cd /sys/fs/cgroup 2>/dev/null && find . -type d | cut -c2-)\" -- \"$cur\")) ;;\n"
	}
	return fmt.Sprintf(bashHead, p.name, kinds, strings.Join(taking, " | "), strings.Join(cases, ""), strings.Join(names, " "), bashOperands(p)) + more
}

func bashValues(p *program, v values) string {
	switch {
	case len(v.words) > 0 && v.list:
		return fmt.Sprintf("_%s_words list \"%s\"", p.name, strings.Join(v.words, " "))
	case len(v.words) > 0:
		return fmt.Sprintf("_%s_words one \"%s\"", p.name, strings.Join(v.words, " "))
	case v.kind != nothing:
		return fmt.Sprintf("_%s_kind %s", p.name, v.kind)
	}
	return ":"
}

// bashOperands completes what is no option.
func bashOperands(p *program) string {
	switch p.operands {
	case rows:
		return "\t_fsystest_kind rows\n"
	case processes:
		return fmt.Sprintf("\tif [[ $cur == [0-9]* || -z $cur ]]; then\n\t\t_%[1]s_kind processes\n\telse\n\t\t_%[1]s_kind files\n\tfi\n", p.name)
	}
	return fmt.Sprintf(`	if declare -F _command_offset >/dev/null; then
		_command_offset $i
	elif ((i == COMP_CWORD)) && [[ $cur != */* ]]; then
		_%[1]s_kind commands
	else
		_%[1]s_kind files
	fi
`, p.name)
}
