# fish completion for fcatch
# Written by completion/generate; changes here are lost.

complete -c fcatch -f
complete -c fcatch -l signals -x -a '(__fish_complete_list , \'string split " " -- "all none HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"\')' -d 'of these signals alone'
complete -c fcatch -s p -x -a '(__fish_complete_pids)' -d 'attach to the process PID, too'
complete -c fcatch -l core -r -F -d 'write a core file, too'
complete -c fcatch -s o -l output -r -F -d 'write to FILE, not to standard error'
complete -c fcatch -l json -d 'a line of JSON for each'
complete -c fcatch -s n -l number-of-frames -x -d 'N frames of each thread at most, or all'
complete -c fcatch -l no-demangle -d 'names as they are in the file'
complete -c fcatch -l lite -d 'names of functions alone, as the symbols have them'
complete -c fcatch -l print -x -a '(__fish_complete_list , \'string split " " -- "lines inline languages paths params locals -"\')' -d 'what is told of frames, with commas between'
complete -c fcatch -l rich -d 'all of these but paths'
complete -c fcatch -s h -l help -d 'print this text'
complete -c fcatch -s V -l version -d 'print the version'
complete -c fcatch -xa '(__fish_complete_subcommand -- --signals -p --core -o --output -n --number-of-frames --print)'
