# fish completion for fauxv
# Written by completion/generate; changes here are lost.

complete -c fauxv -f
complete -c fauxv -s p -x -a '(__fish_complete_pids)' -d 'the process PID, too'
complete -c fauxv -l exe -r -F -d 'the executable of a core file'
complete -c fauxv -l sysroot -x -a '(__fish_complete_directories)' -d 'the directory that the paths in a core file begin at'
complete -c fauxv -l json -d 'a line of JSON for each target'
complete -c fauxv -s v -d 'the numbers of what is told in words, too'
complete -c fauxv -s h -l help -d 'print this text'
complete -c fauxv -s V -l version -d 'print the version'
complete -c fauxv -Fa '(__fish_complete_pids)'
