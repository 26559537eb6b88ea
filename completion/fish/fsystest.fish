# fish completion for fsystest
# Written by completion/generate; changes here are lost.

complete -c fsystest -f
complete -c fsystest -s l -l list -d 'list the rows and what they are about'
complete -c fsystest -s r -l run -x -a '(fsystest --list 2>/dev/null | string replace -r " .*" "")' -d 'run the rows whose names match, such as \'A*\''
complete -c fsystest -s g -l group -x -d 'run the rows of a group, a letter or "frysk"'
complete -c fsystest -l since -x -d 'run what a kernel of that version has to pass'
complete -c fsystest -s n -l repeat -x -d 'run them N times, until a round has a FAIL, XPASS or ERROR'
complete -c fsystest -s k -l keep-going -d 'with --repeat'
complete -c fsystest -l stress -x -d 'run those that look for races, each again and again for so long, and tell how often it failed'
complete -c fsystest -s j -l jobs -x -d 'run N at a time'
complete -c fsystest -l time -x -d 'give each row FACTOR times the usual time'
complete -c fsystest -l seed -x -d 'for what is left to chance'
complete -c fsystest -s v -l verbose -d 'tell every step'
complete -c fsystest -l tap -d 'write the results as TAP'
complete -c fsystest -l json -d 'as JSON, with the report of the machine'
complete -c fsystest -l junit -d 'as JUnit\'s XML'
complete -c fsystest -l compare -r -F -d 'tell, behind the results, what has changed since those that --json has written'
complete -c fsystest -s h -l help -d 'print this text'
complete -c fsystest -s V -l version -d 'print the version'
complete -c fsystest -xa '(fsystest --list 2>/dev/null | string replace -r \'^(\\S+) +\' \'$1\\t\')'
