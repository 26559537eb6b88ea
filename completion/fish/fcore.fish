# fish completion for fcore
# Written by completion/generate; changes here are lost.

complete -c fcore -f
complete -c fcore -s a -l allmaps -d 'all memory that can be read'
complete -c fcore -s s -l segments -x -d 'mappings whose names REGEX matches, and no others'
complete -c fcore -s o -l output -r -F -d 'write to NAME.PID'
complete -c fcore -l compress -x -a 'zstd' -d 'compress what is written'
complete -c fcore -s v -d 'tell for how long the process stood still, and what was written'
complete -c fcore -l snapshot -d 'let the process go on at once, and write the core file of a copy of it'
complete -c fcore -l max-stop -x -d 'let the process go on, without a core file, if its threads have not stopped after TIME'
complete -c fcore -s h -l help -d 'print this text'
complete -c fcore -s V -l version -d 'print the version'
complete -c fcore -Fa '(__fish_complete_pids)'
