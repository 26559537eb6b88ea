// clocks.c: what time it is, sleeping, and timers.
#include "every.h"
#include "structs.h"

#include <signal.h>
#include <sys/timex.h>
#include <time.h>

// Times of 64 bits, as the calls have them whose names end in 64 on i386.
struct moment64 { int64_t sec, nsec; };
struct span64 { struct moment64 interval, value; };

// On x86-64, time_t is as wide as the kernel's long; libc's headers are not asked.
struct moment { long sec, part; };
struct span { struct moment interval, value; };

static char *nanos(const struct moment *m) { return words("{tv_sec=%ld, tv_nsec=%ld}", m->sec, m->part); }
static char *micros(const struct moment *m) { return words("{tv_sec=%ld, tv_usec=%ld}", m->sec, m->part); }
static char *nano_span(const struct span *s)
{
	return words("{it_interval=%s, it_value=%s}", nanos(&s->interval), nanos(&s->value));
}
static char *micro_span(const struct span *s)
{
	return words("{it_interval=%s, it_value=%s}", micros(&s->interval), micros(&s->value));
}

// date is what time a number of seconds is, in the local time zone.
static char *date(long seconds)
{
	char text[80];
	time_t t = seconds;
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", localtime(&t));
	return words("%s", text);
}

static void reading(void)
{
	struct moment now;
	struct { int west, dst; } zone;
	long n, at;

	n = call(__NR_time, &at);
	want("time([%ld /* %s */]) = %ld (%s)", at, date(at), n, date(n));
	n = call(__NR_time, NULL);
	want("time(NULL) = %ld (%s)", n, date(n));
	n = call(__NR_gettimeofday, &now, &zone);
	want("gettimeofday(%s, {tz_minuteswest=%d, tz_dsttime=%d}) = %s", micros(&now), zone.west, zone.dst, result(n));
	n = call(__NR_clock_gettime, CLOCK_MONOTONIC, &now);
	want("clock_gettime(CLOCK_MONOTONIC, %s) = %s", nanos(&now), result(n));
	n = call(__NR_clock_gettime, (int)(~(unsigned)getpid() << 3 | 2), &now);
	want("clock_gettime(%#x /* CLOCK_??? */, %s) = %s", ~(unsigned)getpid() << 3 | 2, nanos(&now), result(n));
	n = call(__NR_clock_getres, CLOCK_REALTIME_COARSE, &now);
	want("clock_getres(CLOCK_REALTIME_COARSE, %s) = %s", nanos(&now), result(n));
	n = call(__NR_clock_getres, CLOCK_BOOTTIME, NULL);
	want("clock_getres(CLOCK_BOOTTIME, NULL) = %s", result(n));
#ifdef __i386__
	struct moment64 then;
	n = call(__NR_clock_gettime64, CLOCK_REALTIME, &then);
	want("clock_gettime64(CLOCK_REALTIME, {tv_sec=%lld, tv_nsec=%lld}) = %s", (long long)then.sec, (long long)then.nsec, result(n));
	n = call(__NR_clock_getres_time64, CLOCK_THREAD_CPUTIME_ID, &then);
	want("clock_getres_time64(CLOCK_THREAD_CPUTIME_ID, {tv_sec=%lld, tv_nsec=%lld}) = %s", (long long)then.sec, (long long)then.nsec, result(n));
#endif
}

// setting changes nothing: the parts of a second are none, or nothing is to be changed.
static void setting(void)
{
	struct moment bad = {5, -1};
	struct { int west, dst; } zone = {-2000, 0};
	long n;

	n = call(__NR_settimeofday, &bad, &zone);
	want("settimeofday({tv_sec=5, tv_usec=-1}, {tz_minuteswest=-2000, tz_dsttime=0}) = %s", result(n));
	n = call(__NR_clock_settime, CLOCK_REALTIME, &bad);
	want("clock_settime(CLOCK_REALTIME, {tv_sec=5, tv_nsec=-1}) = %s", result(n));
#ifdef __i386__
	struct moment64 worse = {6, -2};
	n = call(__NR_clock_settime64, CLOCK_MONOTONIC, &worse);
	want("clock_settime64(CLOCK_MONOTONIC, {tv_sec=6, tv_nsec=-2}) = %s", result(n));
	n = call(__NR_stime, NULL);
	want("stime(NULL) = %s", result(n));
#endif
}

static char *state(long n)
{
	static const char *const names[] = {"TIME_OK", "TIME_INS", "TIME_DEL", "TIME_OOP", "TIME_WAIT", "TIME_ERROR"};
	return n < 0 || n > 5 ? result(n) : words("%ld (%s)", n, names[n]);
}

// adjusted is a struct timex; its members are numbers of the machine's long, or of 64 bits.
static char *adjusted(const char *modes, const struct timex *t)
{
	static const struct { int bit; const char *name; } bits[] = {
		{STA_PLL, "STA_PLL"}, {STA_PPSFREQ, "STA_PPSFREQ"}, {STA_PPSTIME, "STA_PPSTIME"}, {STA_FLL, "STA_FLL"},
		{STA_INS, "STA_INS"}, {STA_DEL, "STA_DEL"}, {STA_UNSYNC, "STA_UNSYNC"}, {STA_FREQHOLD, "STA_FREQHOLD"},
		{STA_PPSSIGNAL, "STA_PPSSIGNAL"}, {STA_PPSJITTER, "STA_PPSJITTER"}, {STA_PPSWANDER, "STA_PPSWANDER"},
		{STA_PPSERROR, "STA_PPSERROR"}, {STA_CLOCKERR, "STA_CLOCKERR"}, {STA_NANO, "STA_NANO"}, {STA_MODE, "STA_MODE"}, {STA_CLK, "STA_CLK"},
	};
	char *status = "";
	for (unsigned i = 0; i < sizeof bits / sizeof *bits; i++)
		if (t->status & bits[i].bit)
			status = words("%s%s%s", status, *status ? "|" : "", bits[i].name);
	return words("{modes=%s, offset=%lld, freq=%lld, maxerror=%lld, esterror=%lld, status=%s, constant=%lld, precision=%lld, "
		     "tolerance=%lld, time={tv_sec=%lld, tv_usec=%lld}, tick=%lld, ppsfreq=%lld, jitter=%lld, shift=%d, stabil=%lld, "
		     "jitcnt=%lld, calcnt=%lld, errcnt=%lld, stbcnt=%lld, tai=%d}",
		     modes, (long long)t->offset, (long long)t->freq, (long long)t->maxerror, (long long)t->esterror, *status ? status : "0",
		     (long long)t->constant, (long long)t->precision, (long long)t->tolerance, (long long)t->time.tv_sec,
		     (long long)t->time.tv_usec, (long long)t->tick, (long long)t->ppsfreq, (long long)t->jitter, t->shift,
		     (long long)t->stabil, (long long)t->jitcnt, (long long)t->calcnt, (long long)t->errcnt, (long long)t->stbcnt, t->tai);
}

static void adjusting(void)
{
	struct timex t;
	long n;

	memset(&t, 0, sizeof t);
	n = call(__NR_adjtimex, &t);
	want("adjtimex(%s) = %s", adjusted("0", &t), state(n));
	memset(&t, 0, sizeof t);
	t.modes = ADJ_OFFSET_SS_READ;
	n = call(__NR_clock_adjtime, CLOCK_REALTIME, &t);
	want("clock_adjtime(CLOCK_REALTIME, %s) = %s", adjusted("ADJ_OFFSET_SS_READ", &t), state(n));
#ifdef __i386__
	struct { unsigned modes, pad; int64_t rest[3 + 22]; } wide = {0};
	n = call(__NR_clock_adjtime64, CLOCK_MONOTONIC, &wide);
	want("clock_adjtime64(CLOCK_MONOTONIC, %p) = %s", (void *)&wide, result(n));
#endif
}

static void sleeping(void)
{
	struct moment little = {0, 1001}, rest = {7, 8};
	long n;

	n = call(__NR_nanosleep, &little, &rest);
	want("nanosleep({tv_sec=0, tv_nsec=1001}, %p) = %s", (void *)&rest, result(n));
	n = call(__NR_clock_nanosleep, CLOCK_MONOTONIC, 0, &little, NULL);
	want("clock_nanosleep(CLOCK_MONOTONIC, 0, {tv_sec=0, tv_nsec=1001}, NULL) = %s", result(n));
	n = call(__NR_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &little, &rest);
	want("clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, {tv_sec=0, tv_nsec=1001}, %p) = %s", (void *)&rest, result(n));
#ifdef __i386__
	struct moment64 small = {0, 1002};
	n = call(__NR_clock_nanosleep_time64, CLOCK_BOOTTIME, 0, &small, NULL);
	want("clock_nanosleep_time64(CLOCK_BOOTTIME, 0, {tv_sec=0, tv_nsec=1002}, NULL) = %s", result(n));
#endif
}

static void nothing(int sig) { (void)sig; }

// restarting is stopped in its sleep, and goes on: by restart_syscall.
static void restarting(void)
{
	struct moment half = {0, 300000000}, rest = {0, 0};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		long n = call(__NR_nanosleep, &half, &rest);
		want("restart_syscall(<... resuming interrupted nanosleep ...>) = %s", result(n));
		_exit(0);
	}
	// The sleep has begun when the kernel says that the child sleeps.
	char path[64], text[16] = "";
	snprintf(path, sizeof path, "/proc/%d/syscall", pid);
	do {
		FILE *f = fopen(path, "r");
		if (!f || !fgets(text, sizeof text, f))
			*text = 0;
		if (f)
			fclose(f);
	} while (strtol(text, NULL, 10) != __NR_nanosleep);
	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	kill(pid, SIGCONT);
	waitpid(pid, &status, 0);
}

static void intervals(void)
{
	struct span often = {{1, 2}, {3000, 4}}, never = {{0, 0}, {0, 0}}, was;
	long n;

	n = call(__NR_alarm, 100);
	want("alarm(100) = %ld", n);
	n = call(__NR_alarm, 60);
	want("alarm(60) = %ld", n);
	n = call(__NR_setitimer, ITIMER_VIRTUAL, &often, &was);
	want("setitimer(ITIMER_VIRTUAL, {it_interval={tv_sec=1, tv_usec=2}, it_value={tv_sec=3000, tv_usec=4}}, %s) = %s", micro_span(&was), result(n));
	n = call(__NR_getitimer, ITIMER_VIRTUAL, &was);
	want("getitimer(ITIMER_VIRTUAL, %s) = %s", micro_span(&was), result(n));
	n = call(__NR_setitimer, ITIMER_VIRTUAL, &never, NULL);
	want("setitimer(ITIMER_VIRTUAL, %s, NULL) = %s", micro_span(&never), result(n));
}

static void timers(void)
{
	struct span later = {{5, 6}, {7000, 8}}, was;
	int timer;
	// The kernel's struct sigevent has words of its machine in the front.
	struct { long value; int signo, notify, tid, pad[15]; } event = {0x11223344, SIGRTMAX, SIGEV_THREAD_ID, gettid()};
	long n;

	signal(SIGRTMAX, SIG_IGN); // a time that is long gone
	n = call(__NR_timer_create, CLOCK_REALTIME, &event, &timer);
	want("timer_create(CLOCK_REALTIME, {sigev_value={sival_int=287454020, sival_ptr=0x11223344}, sigev_signo=SIGRT_32, "
	     "sigev_notify=SIGEV_THREAD_ID, sigev_notify_thread_id=%d}, [%d]) = %s", gettid(), timer, result(n));
	n = call(__NR_timer_settime, timer, 0, &later, &was);
	want("timer_settime(%d, 0, %s, %s) = %s", timer, nano_span(&later), nano_span(&was), result(n));
	n = call(__NR_timer_settime, timer, TIMER_ABSTIME, &later, NULL);
	want("timer_settime(%d, TIMER_ABSTIME, %s, NULL) = %s", timer, nano_span(&later), result(n));
	n = call(__NR_timer_gettime, timer, &was);
	want("timer_gettime(%d, %s) = %s", timer, nano_span(&was), result(n));
	n = call(__NR_timer_getoverrun, timer);
	want("timer_getoverrun(%d) = %s", timer, result(n));
#ifdef __i386__
	struct span64 wide = {{9, 10}, {11000, 12}}, wider;
	n = call(__NR_timer_settime64, timer, 0, &wide, &wider);
	want("timer_settime64(%d, 0, {it_interval={tv_sec=9, tv_nsec=10}, it_value={tv_sec=11000, tv_nsec=12}}, "
	     "{it_interval={tv_sec=%lld, tv_nsec=%lld}, it_value={tv_sec=%lld, tv_nsec=%lld}}) = %s", timer,
	     (long long)wider.interval.sec, (long long)wider.interval.nsec, (long long)wider.value.sec, (long long)wider.value.nsec, result(n));
	n = call(__NR_timer_gettime64, timer, &wider);
	want("timer_gettime64(%d, {it_interval={tv_sec=%lld, tv_nsec=%lld}, it_value={tv_sec=%lld, tv_nsec=%lld}}) = %s", timer,
	     (long long)wider.interval.sec, (long long)wider.interval.nsec, (long long)wider.value.sec, (long long)wider.value.nsec, result(n));
#endif
	n = call(__NR_timer_delete, timer);
	want("timer_delete(%d) = %s", timer, result(n));
	n = call(__NR_timer_create, CLOCK_MONOTONIC, NULL, &timer);
	want("timer_create(CLOCK_MONOTONIC, NULL, [%d]) = %s", timer, result(n));
}

int main(int argc, char **argv)
{
	begin(argc, argv);
	reading();
	setting();
	adjusting();
	sleeping();
	signal(SIGCHLD, nothing);
	restarting();
	intervals();
	timers();
	return done();
}
