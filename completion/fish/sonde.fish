# fish completion for sonde
# Written by completion/generate; changes here are lost.

function __sonde_program
	for word in (commandline -op)[2..-1] (string split -n ' ' -- (commandline -p | string sub -s (math (commandline -C) + 1)))
		if not string match -q -- '-*' $word; and set -l found (command -s -- $word)
			echo $found
			return
		end
	end
	echo /bin/sh
end

function __sonde_functions
	sonde --list $argv (__sonde_program) 2>/dev/null | awk '{sub(/@.*/, "", $5); print $5}' | sort -u
end

function __sonde_libraries
	sonde --list -e '@*' (__sonde_program) 2>/dev/null | awk '{print $4}' | sort -u
end

complete -c sonde -f
complete -c sonde -s e -x -a '(__sonde_functions -e @MAIN)' -d 'these calls only'
complete -c sonde -s l -l library -x -a '(__sonde_libraries)' -d 'calls into these libraries only, whoever makes them'
complete -c sonde -s x -x -a '(__sonde_functions -L -x @MAIN)' -d 'these functions where they begin, too, whoever calls them'
complete -c sonde -s L -d 'no calls but what -x and -S ask for'
complete -c sonde -s S -d 'system calls too'
complete -c sonde -l syscalls -x -a '(__fish_complete_list , \'string split " " -- "all none %%stat %%statfs %clock %creds %desc %file %fstat %fstatfs %ipc %lstat %memory %network %process %pure %signal %stat %statfs _llseek _newselect _sysctl accept accept4 access acct add_key adjtimex afs_syscall alarm arch_prctl bdflush bind bpf break brk cachestat capget capset chdir chmod chown chown32 chroot clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 clock_settime clock_settime64 clone clone3 close close_range connect copy_file_range creat create_module delete_module dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_init fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr file_getattr file_setattr finit_module flistxattr flock fork fremovexattr fsconfig fsetxattr fsmount fsopen fspick fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftime ftruncate ftruncate64 futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake futimesat get_kernel_syms get_mempolicy get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid getpmsg getppid getpriority getrandom getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid getuid32 getxattr getxattrat gtty idle init_module inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit io_uring_enter io_uring_register io_uring_setup ioctl ioperm iopl ioprio_get ioprio_set ipc kcmp kexec_file_load kexec_load keyctl kill landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lchown32 lgetxattr link linkat listen listmount listns listxattr listxattrat llistxattr lock lookup_dcookie lremovexattr lseek lsetxattr lsm_get_self_attr lsm_list_modules lsm_set_self_attr lstat lstat64 madvise map_shadow_stack mbind membarrier memfd_create memfd_secret migrate_pages mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap mmap2 modify_ldt mount mount_setattr move_mount move_pages mprotect mpx mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat nfsservctl nice oldfstat oldlstat oldolduname oldstat olduname open open_by_handle_at open_tree open_tree_attr openat openat2 pause perf_event_open personality pidfd_getfd pidfd_open pidfd_send_signal pipe pipe2 pivot_root pkey_alloc pkey_free pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_madvise process_mrelease process_vm_readv process_vm_writev prof profil pselect6 pselect6_time64 ptrace putpmsg pwrite64 pwritev pwritev2 query_module quotactl quotactl_fd read readahead readdir readlink readlinkat readv reboot recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages removexattr removexattrat rename renameat renameat2 request_key restart_syscall rmdir rseq rseq_slice_yield rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp security select semctl semget semop semtimedop semtimedop_time64 sendfile sendfile64 sendmmsg sendmsg sendto set_mempolicy set_mempolicy_home_node set_robust_list set_thread_area set_tid_address setdomainname setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 sethostname setitimer setns setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit setsid setsockopt settimeofday setuid setuid32 setxattr setxattrat sgetmask shmat shmctl shmdt shmget shutdown sigaction sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigreturn sigsuspend socket socketcall socketpair splice ssetmask stat stat64 statfs statfs64 statmount statx stime stty swapoff swapon symlink symlinkat sync sync_file_range syncfs sysfs sysinfo syslog tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate truncate64 tuxcall ugetrlimit ulimit umask umount umount2 uname unlink unlinkat unshare uprobe uretprobe uselib userfaultfd ustat utime utimensat utimensat_time64 utimes vfork vhangup vm86 vm86old vmsplice vserver wait4 waitid waitpid write writev"\')' -d 'these system calls'
complete -c sonde -s z -d 'of all calls those that succeed'
complete -c sonde -s Z -d 'those that fail'
complete -c sonde -l status -x -a '(__fish_complete_list , \'string split " " -- "all none successful failed unfinished unavailable detached EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON EFTYPE"\')' -d 'those that end so'
complete -c sonde -s P -r -F -d 'system calls that use this file, by name or descriptor'
complete -c sonde -l fds -x -d 'those that use these descriptors, by their numbers'
complete -c sonde -l seccomp-bpf -d 'of a launched COMMAND let the kernel itself pass what SET leaves out'
complete -c sonde -s f -d 'child processes too (threads always are)'
complete -c sonde -s p -x -a '(__fish_complete_pids)' -d 'attach to the process PID'
complete -c sonde -s u -x -a '(__fish_complete_users)' -d 'run COMMAND as USER'
complete -c sonde -s o -l output -r -F -d 'write the trace to FILE, not to standard error'
complete -c sonde -l output-separately -d 'with -o FILE, FILE.TID for each thread'
complete -c sonde -l json -d 'write the trace as JSON, an object a line'
complete -c sonde -s c -l count -d 'no trace'
complete -c sonde -l summary -d 'the same table behind the trace'
complete -c sonde -l sort -x -a 'self total calls errors mean min max p50 p90 p99 name' -d 'its order'
complete -c sonde -l by -x -a '(__fish_complete_list , \'string split " " -- "thread caller library"\')' -d 'what it tells apart'
complete -c sonde -s b -l no-signals -d 'no lines for signals'
complete -c sonde -l signals -x -a '(__fish_complete_list , \'string split " " -- "all none HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"\')' -d 'lines for these signals alone'
complete -c sonde -s a -l align -x -d 'put results into column N'
complete -c sonde -s n -l indent -x -d 'indent nested calls by N spaces each, 0 to 20'
complete -c sonde -l color -x -a 'auto always never' -d 'in colours'
complete -c sonde -l fit -d 'cut lines to the width of the terminal'
complete -c sonde -s s -x -d 'show at most N characters of a string'
complete -c sonde -s A -x -d 'show at most N elements of an array'
complete -c sonde -s y -d 'show what file descriptors lead to'
complete -c sonde -l names -d 'show the names of arguments and fields'
complete -c sonde -s v -d 'show structures whole'
complete -c sonde -s C -l demangle -d 'C++ and Rust names as people read them (the default)'
complete -c sonde -l no-demangle -d 'names as they are in the file'
complete -c sonde -s i -d 'the address that the call returns to'
complete -c sonde -s r -d 'the time since the line before'
complete -c sonde -s t -d 'the time of day'
complete -c sonde -s T -d 'the time that the call took'
complete -c sonde -s w -l where -x -d 'the stack, behind it'
complete -c sonde -s k -l stack-trace -f -d 'the stack, 256 functions at most if there is no -w'
complete -c sonde -s F -l config -r -F -d 'what functions take and give, before all else that says so'
complete -c sonde -l prototypes -x -a '(__sonde_functions -e @MAIN)' -d 'run nothing'
complete -c sonde -l list -d 'run nothing'
complete -c sonde -l pin -d 'keep program and tracer on one CPU'
complete -c sonde -l debug -d 'say which way is chosen where there are several'
complete -c sonde -s h -l help -d 'print this text'
complete -c sonde -s V -l version -d 'print the version'
complete -c sonde -xa '(__fish_complete_subcommand -- -e -l --library -x --syscalls --status -P --fds -p -u -o --output --sort --by --signals -a --align -n --indent --color -s -A -w --where -F --config --prototypes)'
