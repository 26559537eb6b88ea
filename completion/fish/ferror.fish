# fish completion for ferror
# Written by completion/generate; changes here are lost.

complete -c ferror -f
complete -c ferror -s e -l regexp -x -d 'what is looked for, in what a system call writes and in the line that goes on with it'
complete -c ferror -l fds -x -d 'in what these descriptors get alone'
complete -c ferror -s p -x -a '(__fish_complete_pids)' -d 'attach to the process PID, too'
complete -c ferror -l seccomp-bpf -d 'of a COMMAND let the kernel itself pass the system calls that write nothing'
complete -c ferror -s o -l output -r -F -d 'write to FILE, not to standard error'
complete -c ferror -l json -d 'a line of JSON for each'
complete -c ferror -s n -l number-of-frames -x -d 'N frames of each thread at most, or all'
complete -c ferror -l no-demangle -d 'names as they are in the file'
complete -c ferror -l lite -d 'names of functions alone, as the symbols have them'
complete -c ferror -l print -x -a '(__fish_complete_list , \'string split " " -- "lines inline languages paths params locals -"\')' -d 'what is told of frames, with commas between'
complete -c ferror -l rich -d 'all of these but paths'
complete -c ferror -s h -l help -d 'print this text'
complete -c ferror -s V -l version -d 'print the version'
complete -c ferror -xa '(__fish_complete_subcommand -- -e --regexp --fds -p -o --output -n --number-of-frames --print)'
