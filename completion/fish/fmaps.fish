# fish completion for fmaps
# Written by completion/generate; changes here are lost.

complete -c fmaps -f
complete -c fmaps -s p -x -a '(__fish_complete_pids)' -d 'the process PID, too'
complete -c fmaps -l exe -r -F -d 'the executable of a core file'
complete -c fmaps -l sysroot -x -a '(__fish_complete_directories)' -d 'the directory that the paths in a core file begin at'
complete -c fmaps -l json -d 'a line of JSON for each target'
complete -c fmaps -s v -d 'bytes that a core file has of each part, before its path'
complete -c fmaps -s h -l help -d 'print this text'
complete -c fmaps -s V -l version -d 'print the version'
complete -c fmaps -Fa '(__fish_complete_pids)'
