// limits.c: what processes may use, how they are scheduled, and what system they are on.
#include "every.h"
#include "structs.h"

#include <linux/ioprio.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>

// What the kernel takes, not libc: numbers of the machine's width.
struct limit { unsigned long cur, max; };
struct limit64 { uint64_t cur, max; };

// amount is a number as limits have it: multiples of 1024 are told as such.
static char *amount(uint64_t n, int bits)
{
	if (n == (bits == 64 ? UINT64_MAX : UINT32_MAX))
		return bits == 64 ? "RLIM64_INFINITY" : "RLIM_INFINITY";
	if (n > 1024 && n % 1024 == 0)
		return words("%llu*1024", (unsigned long long)n / 1024);
	return words("%llu", (unsigned long long)n);
}

static char *limits(const struct limit *l)
{
	char *cur = l->cur == ~0ul ? "RLIM_INFINITY" : amount(l->cur, 64), *max = l->max == ~0ul ? "RLIM_INFINITY" : amount(l->max, 64);
	return words("{rlim_cur=%s, rlim_max=%s}", cur, max);
}

static void limiting(void)
{
	struct limit l;
	struct limit64 l64, set = {4096, RLIM64_INFINITY};
	long n;

	n = call(__NR_getrlimit, 7, &l);
	want("getrlimit(RLIMIT_NOFILE, %s) = %s", limits(&l), result(n));
#ifdef __i386__
	n = call(__NR_ugetrlimit, 3, &l);
	want("ugetrlimit(RLIMIT_STACK, %s) = %s", limits(&l), result(n));
#endif
	l = (struct limit){64, 2048};
	n = call(__NR_setrlimit, 7, &l);
	want("setrlimit(RLIMIT_NOFILE, {rlim_cur=64, rlim_max=2*1024}) = %s", result(n));
	n = call(__NR_prlimit64, 0, 4, &set, &l64);
	want("prlimit64(0, RLIMIT_CORE, {rlim_cur=4*1024, rlim_max=RLIM64_INFINITY}, %s) = %s",
	     came(n, &l64, words("{rlim_cur=%s, rlim_max=%s}", amount(l64.cur, 64), amount(l64.max, 64))), result(n));
	n = call(__NR_prlimit64, getpid(), 9, NULL, &l64);
	want("prlimit64(%d, RLIMIT_AS, NULL, {rlim_cur=%s, rlim_max=%s}) = %s", getpid(), amount(l64.cur, 64), amount(l64.max, 64), result(n));
}

static void using(void)
{
	struct rusage used;
	struct { long u, s, cu, cs; } ticks;
	long n;

	n = call(__NR_getrusage, RUSAGE_SELF, &used);
	want("getrusage(RUSAGE_SELF, %s) = %s", resources(&used), result(n));
	n = call(__NR_getrusage, RUSAGE_CHILDREN, &used);
	want("getrusage(RUSAGE_CHILDREN, %s) = %s", resources(&used), result(n));
	n = call(__NR_times, &ticks);
	want("times({tms_utime=%s, tms_stime=%s, tms_cutime=%s, tms_cstime=%s}) = %ld",
	     clocked(ticks.u), clocked(ticks.s), clocked(ticks.cu), clocked(ticks.cs), n);
}

// The kernel tells 20 minus what is nice, so that none of it is an error.
static void priorities(void)
{
	long n = call(__NR_setpriority, PRIO_PROCESS, 0, 3);
	want("setpriority(PRIO_PROCESS, 0, 3) = %s", result(n));
	n = call(__NR_getpriority, PRIO_PROCESS, getpid());
	want("getpriority(PRIO_PROCESS, %d) = 17", getpid());
	n = call(__NR_getpriority, PRIO_USER, 0);
	want("getpriority(PRIO_USER, 0) = %s", result(n));
#ifdef __i386__
	n = call(__NR_nice, 2);
	want("nice(2) = %s", result(n));
#endif
	n = call(__NR_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 5));
	want("ioprio_set(IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 5)) = %s", result(n));
	n = call(__NR_ioprio_get, IOPRIO_WHO_PROCESS, 0);
	want("ioprio_get(IOPRIO_WHO_PROCESS, 0) = %ld (IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 5))", n);
}

// libc has no struct sched_attr everywhere.
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static void scheduling(void)
{
	struct attributes set = {sizeof set, SCHED_BATCH, 1, 4, 0, 0, 0, 0, 0, 0}, got;
	int priority = 0;
	struct { long sec, nsec; } slice;
	unsigned long cpus[16] = {0};
	long n;

	want("sched_yield() = %s", result(call(__NR_sched_yield)));
	want("sched_getscheduler(0) = 0 (SCHED_OTHER)");
	call(__NR_sched_getscheduler, 0);
	n = call(__NR_sched_getparam, 0, &priority);
	want("sched_getparam(0, [%d]) = %s", priority, result(n));
	n = call(__NR_sched_setparam, 0, &priority);
	want("sched_setparam(0, [0]) = %s", result(n));
	n = call(__NR_sched_setscheduler, 0, SCHED_OTHER | SCHED_RESET_ON_FORK, &priority);
	want("sched_setscheduler(0, SCHED_OTHER|SCHED_RESET_ON_FORK, [0]) = %s", result(n));
	n = call(__NR_sched_setattr, 0, &set, 0);
	want("sched_setattr(0, {size=%zu, sched_policy=SCHED_BATCH, sched_flags=SCHED_FLAG_RESET_ON_FORK, sched_nice=4, sched_priority=0, "
	     "sched_runtime=0, sched_deadline=0, sched_period=0, sched_util_min=0, sched_util_max=0}, 0) = %s", sizeof set, result(n));
	n = call(__NR_sched_getattr, 0, &got, sizeof got, 0);
	want("sched_getattr(0, {size=%u, sched_policy=SCHED_BATCH, sched_flags=SCHED_FLAG_RESET_ON_FORK, sched_nice=4, sched_priority=0, "
	     "sched_runtime=%llu, sched_deadline=0, sched_period=0, sched_util_min=%u, sched_util_max=%u}, %zu, 0) = %s",
	     got.size, (unsigned long long)got.runtime, got.util_min, got.util_max, sizeof got, result(n));
	n = call(__NR_sched_getscheduler, getpid());
	want("sched_getscheduler(%d) = %#lx (SCHED_BATCH|SCHED_RESET_ON_FORK)", getpid(), n);
	want("sched_get_priority_max(SCHED_FIFO) = %s", result(call(__NR_sched_get_priority_max, SCHED_FIFO)));
	want("sched_get_priority_min(SCHED_RR) = %s", result(call(__NR_sched_get_priority_min, SCHED_RR)));
	n = call(__NR_sched_rr_get_interval, 0, &slice);
	want("sched_rr_get_interval(0, {tv_sec=%ld, tv_nsec=%ld}) = %s", slice.sec, slice.nsec, result(n));
#ifdef __i386__
	struct { int64_t sec, nsec; } wide;
	n = call(__NR_sched_rr_get_interval_time64, 0, &wide);
	want("sched_rr_get_interval_time64(0, {tv_sec=%lld, tv_nsec=%lld}) = %s", (long long)wide.sec, (long long)wide.nsec, result(n));
#endif
	n = call(__NR_sched_getaffinity, 0, sizeof cpus, cpus);
	char *list = "";
	for (int cpu = 0; cpu < 8 * (int)n; cpu++)
		if (((unsigned char *)cpus)[cpu / 8] >> cpu % 8 & 1)
			list = words("%s%s%d", list, *list ? " " : "", cpu);
	want("sched_getaffinity(0, %zu, [%s]) = %s", sizeof cpus, list, result(n));
	n = call(__NR_sched_setaffinity, 0, 8, cpus);
	want("sched_setaffinity(0, 8, [%s]) = %s", list, result(n));
}

static char *names(const struct utsname *u, int whole_too)
{
	if (!whole)
		return words("{sysname=%s, nodename=%s, ...}", quoted(u->sysname, strlen(u->sysname)), quoted(u->nodename, strlen(u->nodename)));
	return words("{sysname=%s, nodename=%s, release=%s, version=%s, machine=%s%s}", quoted(u->sysname, strlen(u->sysname)),
		     quoted(u->nodename, strlen(u->nodename)), quoted(u->release, strlen(u->release)), quoted(u->version, strlen(u->version)),
		     quoted(u->machine, strlen(u->machine)),
		     whole_too ? words(", domainname=%s", quoted(u->domainname, strlen(u->domainname))) : "");
}

static void systems(void)
{
	struct utsname u;
	struct sysinfo s;
	long n;

	n = call(__NR_uname, &u);
	want("uname(%s) = %s", names(&u, 1), result(n));
	n = call(__NR_sysinfo, &s);
	want("sysinfo({uptime=%ld, loads=[%lu, %lu, %lu], totalram=%lu, freeram=%lu, sharedram=%lu, bufferram=%lu, totalswap=%lu, "
	     "freeswap=%lu, procs=%u, totalhigh=%lu, freehigh=%lu, mem_unit=%u}) = %s", s.uptime, s.loads[0], s.loads[1], s.loads[2],
	     s.totalram, s.freeram, s.sharedram, s.bufferram, s.totalswap, s.freeswap, s.procs, s.totalhigh, s.freehigh, s.mem_unit, result(n));
	n = call(__NR_personality, 0xffffffff);
	want("personality(0xffffffff) = %s", n == 0 ? "0 (PER_LINUX)" : result(n));
	n = call(__NR_personality, ADDR_NO_RANDOMIZE | UNAME26 | PER_LINUX32);
	want("personality(PER_LINUX32|UNAME26|ADDR_NO_RANDOMIZE) = %s", n == 0 ? "0 (PER_LINUX)" : result(n));
	n = call(__NR_personality, PER_LINUX);
	want("personality(PER_LINUX) = 0x60008 (PER_LINUX32|UNAME26|ADDR_NO_RANDOMIZE)");
#ifdef __i386__
	struct { char sysname[65], nodename[65], release[65], version[65], machine[65]; } old;
	n = call(__NR_olduname, &old);
	memset(&u, 0, sizeof u);
	memcpy(&u, &old, sizeof old);
	want("olduname(%s) = %s", names(&u, 0), result(n));
	struct { char sysname[9], nodename[9], release[9], version[9], machine[9]; } older;
	n = call(__NR_oldolduname, &older);
	strcpy(u.sysname, older.sysname);
	strcpy(u.nodename, older.nodename);
	strcpy(u.release, older.release);
	strcpy(u.version, older.version);
	strcpy(u.machine, older.machine);
	want("oldolduname(%s) = %s", names(&u, 0), result(n));
#endif
}

int main(int argc, char **argv)
{
	begin(argc, argv);
	limiting();
	using();
	priorities();
	scheduling();
	systems();
	return done();
}
