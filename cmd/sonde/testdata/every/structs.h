/* What structs that several groups' calls take look like in a trace. */
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

/* apart runs what cannot be taken back in a process of its own. */
__attribute__((unused)) static void apart(void (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		body();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		exit(80);
}

__attribute__((unused)) static char *resources(const struct rusage *r)
{
	char *times = words("ru_utime={tv_sec=%ld, tv_usec=%ld}, ru_stime={tv_sec=%ld, tv_usec=%ld}",
			    (long)r->ru_utime.tv_sec, (long)r->ru_utime.tv_usec, (long)r->ru_stime.tv_sec, (long)r->ru_stime.tv_usec);
	if (!whole)
		return words("{%s, ...}", times);
	return words("{%s, ru_maxrss=%ld, ru_ixrss=%ld, ru_idrss=%ld, ru_isrss=%ld, ru_minflt=%ld, ru_majflt=%ld, ru_nswap=%ld, "
		     "ru_inblock=%ld, ru_oublock=%ld, ru_msgsnd=%ld, ru_msgrcv=%ld, ru_nsignals=%ld, ru_nvcsw=%ld, ru_nivcsw=%ld}",
		     times, r->ru_maxrss, r->ru_ixrss, r->ru_idrss, r->ru_isrss, r->ru_minflt, r->ru_majflt, r->ru_nswap,
		     r->ru_inblock, r->ru_oublock, r->ru_msgsnd, r->ru_msgrcv, r->ru_nsignals, r->ru_nvcsw, r->ru_nivcsw);
}
