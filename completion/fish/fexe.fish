# fish completion for fexe
# Written by completion/generate; changes here are lost.

complete -c fexe -f
complete -c fexe -s p -x -a '(__fish_complete_pids)' -d 'the process PID, too'
complete -c fexe -l exe -r -F -d 'the executable of a core file'
complete -c fexe -l sysroot -x -a '(__fish_complete_directories)' -d 'the directory that the paths in a core file begin at'
complete -c fexe -l json -d 'a line of JSON for each target'
complete -c fexe -s v -d 'by what name it was started, scripts, the link in /proc'
complete -c fexe -s h -l help -d 'print this text'
complete -c fexe -s V -l version -d 'print the version'
complete -c fexe -Fa '(__fish_complete_pids)'
