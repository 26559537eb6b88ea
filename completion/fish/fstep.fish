# fish completion for fstep
# Written by completion/generate; changes here are lost.

complete -c fstep -f
complete -c fstep -s s -l sample -x -d 'show where a thread is at every N-th instruction'
complete -c fstep -s i -l instrs -x -d 'show N instructions each time, as they stand in memory'
complete -c fstep -s p -x -a '(__fish_complete_pids)' -d 'step the running process PID, too'
complete -c fstep -s f -d 'step child processes, too'
complete -c fstep -l from-start -d 'from the first instruction on, the dynamic linker\'s, and not from the program\'s entry point on'
complete -c fstep -s o -r -F -d 'show them in FILE, and not on standard error'
complete -c fstep -s h -l help -d 'print this text'
complete -c fstep -s V -l version -d 'print the version'
complete -c fstep -xa '(__fish_complete_subcommand -- -s --sample -i --instrs -p -o)'
