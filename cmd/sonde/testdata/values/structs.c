// Structs of many fields: some of them by name, all with -v, which -DWHOLE stands for.
#define _GNU_SOURCE
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <pwd.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <time.h>

#include "expect.h"

#ifdef WHOLE
#define PART(whole, part) whole
#else
#define PART(whole, part) part
#endif

static int n;

static char *put_hex(char *to, unsigned n)
{
	if (n >= 16)
		to = put_hex(to, n / 16);
	*to++ = "0123456789abcdef"[n % 16];
	return to;
}

// device returns a device's number by its parts.
static const char *device(dev_t device)
{
	static char text[32];
	unsigned major = (device >> 8 & 0xfff) | (device >> 32 & ~0xfffu), minor = (device & 0xff) | (device >> 12 & ~0xffu);
	char *to = text;
	for (const char *c = "makedev("; *c; c++)
		*to++ = *c;
	if (major)
		*to++ = '0', *to++ = 'x';
	to = put_hex(to, major);
	*to++ = ',', *to++ = ' ';
	if (minor)
		*to++ = '0', *to++ = 'x';
	to = put_hex(to, minor);
	*to++ = ')', *to = 0;
	return text;
}

static void files(void)
{
	struct stat st;
	n = stat("/dev/null", &st);
#ifdef WHOLE
#ifdef __LP64__
#define MODE_AND_LINKS "st_nlink=1, st_mode=S_IFCHR|0%o"
#else
#define MODE_AND_LINKS "st_mode=S_IFCHR|0%o, st_nlink=1"
#endif
	expect("stat(\"/dev/null\", { st_dev=%s, st_ino=%llu, " MODE_AND_LINKS ", st_uid=%u, st_gid=%u, st_rdev=makedev(0x1, 0x3), "
	       "st_blksize=%ld, st_blocks=0, st_atim=%s, st_mtim=%s, st_ctim=%s }) = 0",
	       device(st.st_dev), (unsigned long long)st.st_ino, st.st_mode & 07777, st.st_uid, st.st_gid, (long)st.st_blksize,
	       expect_moment(st.st_atim.tv_sec, st.st_atim.tv_nsec), expect_moment(st.st_mtim.tv_sec, st.st_mtim.tv_nsec),
	       expect_moment(st.st_ctim.tv_sec, st.st_ctim.tv_nsec));
#else
	expect("stat(\"/dev/null\", { st_mode=S_IFCHR|0%o, st_rdev=makedev(0x1, 0x3), ... }) = 0", st.st_mode & 07777);
#endif
	n = stat("/", &st);
#ifndef WHOLE
	expect("stat(\"/\", { st_mode=S_IFDIR|0%o, st_size=%ld, ... }) = 0", st.st_mode & 07777, (long)st.st_size);
#else
	expect("stat(\"/\", { st_dev=%s, st_ino=%llu, "
#ifdef __LP64__
	       "st_nlink=%lu, st_mode=S_IFDIR|0%o, st_uid=%u, st_gid=%u, st_size=%ld, st_blksize=%ld, st_blocks=%ld, "
	       "st_atim=%s, st_mtim=%s, st_ctim=%s }) = 0", device(st.st_dev), (unsigned long long)st.st_ino,
	       (unsigned long)st.st_nlink, st.st_mode & 07777,
#else
	       "st_mode=S_IFDIR|0%o, st_nlink=%lu, st_uid=%u, st_gid=%u, st_size=%ld, st_blksize=%ld, st_blocks=%ld, "
	       "st_atim=%s, st_mtim=%s, st_ctim=%s }) = 0", device(st.st_dev), (unsigned long long)st.st_ino,
	       st.st_mode & 07777, (unsigned long)st.st_nlink,
#endif
	       st.st_uid, st.st_gid, (long)st.st_size, (long)st.st_blksize, (long)st.st_blocks,
	       expect_moment(st.st_atim.tv_sec, st.st_atim.tv_nsec), expect_moment(st.st_mtim.tv_sec, st.st_mtim.tv_nsec),
	       expect_moment(st.st_ctim.tv_sec, st.st_ctim.tv_nsec));
#endif
	dev_t loop = makedev(7, 300);
	n = major(loop);
	expect("gnu_dev_makedev(7, 300) = makedev(0x7, 0x12c)");
	expect("gnu_dev_major(makedev(0x7, 0x12c)) = 7");
}

static void people(void)
{
	struct passwd *user = getpwuid(0);
	expect(PART("getpwuid(0) = { pw_name=\"root\", pw_passwd=%s, pw_uid=0, pw_gid=0, pw_gecos=%s, pw_dir=%s, pw_shell=%s }",
		    "getpwuid(0) = { pw_name=\"root\", pw_uid=0, pw_gid=0, pw_dir=%s, pw_shell=%s, ... }"),
#ifdef WHOLE
	       expect_string(user->pw_passwd), expect_string(user->pw_gecos),
#endif
	       expect_string(user->pw_dir), expect_string(user->pw_shell));
}

static void machine(void)
{
	struct utsname name;
	n = uname(&name);
#ifdef WHOLE
	expect("uname({ sysname=\"%s\", nodename=\"%s\", release=%s, version=%s, machine=\"%s\", domainname=\"%s\" }) = 0",
	       name.sysname, name.nodename, expect_string(name.release),
	       expect_string(name.version), name.machine, name.domainname);
#else
	expect("uname({ sysname=\"%s\", nodename=\"%s\", ... }) = 0", name.sysname, name.nodename);
#endif
}

static void options(void)
{
	static char *arguments[] = {"prog", "--long=x", NULL};
	static const struct option longs[] = {{"long", required_argument, NULL, 'l'}, {"number", no_argument, NULL, 256}, {0}};
	n = getopt_long(2, arguments, "a", longs, NULL);
	expect("getopt_long(2, [ \"prog\", \"--long=x\" ], \"a\", "
	       PART("[ { name=\"long\", has_arg=required_argument, flag=nil, val='l' }, "
		    "{ name=\"number\", has_arg=no_argument, flag=nil, val=256 } ]", "[ \"long\", \"number\" ]")
	       ", nil) = 'l'");
}

static void sets(void)
{
	sigset_t set;
	n = sigfillset(&set);
	expect("sigfillset(%p) = 0", (void *)&set);
	n = sigdelset(&set, SIGTERM);
	expect("sigdelset(~[RTMIN RT_1] => ~[TERM RTMIN RT_1], SIGTERM) = 0");
	n = sigemptyset(&set);
	expect("sigemptyset(%p) = 0", (void *)&set);
	n = sigaddset(&set, SIGRTMAX);
	expect("__libc_current_sigrtmax() = SIGRT_32");
	expect("sigaddset([] => [RT_32], SIGRT_32) = 0");
	n = sigismember(&set, SIGINT);
	expect("sigismember([RT_32], SIGINT) = 0");
}

int main(void)
{
	files();
	people();
	machine();
	options();
	sets();
	return 0;
}
