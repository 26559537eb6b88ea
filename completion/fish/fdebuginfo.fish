# fish completion for fdebuginfo
# Written by completion/generate; changes here are lost.

complete -c fdebuginfo -f
complete -c fdebuginfo -s p -x -a '(__fish_complete_pids)' -d 'the process PID, too'
complete -c fdebuginfo -l exe -r -F -d 'the executable of a core file'
complete -c fdebuginfo -l sysroot -x -a '(__fish_complete_directories)' -d 'the directory that the paths in a core file begin at'
complete -c fdebuginfo -l json -d 'a line of JSON for each target'
complete -c fdebuginfo -s v -d 'build-ids, and what is wrong with files that are not used'
complete -c fdebuginfo -s h -l help -d 'print this text'
complete -c fdebuginfo -s V -l version -d 'print the version'
complete -c fdebuginfo -Fa '(__fish_complete_pids)'
