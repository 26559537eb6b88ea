// identities.c: who processes are, what they belong to and what they may do.
#include "every.h"
#include "structs.h"

#include <linux/capability.h>
#include <sys/wait.h>

// Ids of 16 bits have calls of their own on i386; those of 32 bits are told by a
// number behind the name.
#ifdef __i386__
#define WIDE(name) name##32
typedef unsigned short id;
#else
#define WIDE(name) name
typedef unsigned id;
#endif

#define TEXT(name) TEXT_OF(name)
#define TEXT_OF(name) #name
#define NUMBER(name) NUMBER_OF(name)
#define NUMBER_OF(name) __NR_##name

static void ask(void)
{
	want("getpid() = %ld", call(__NR_getpid));
	want("getppid() = %ld", call(__NR_getppid));
	want("gettid() = %ld", call(__NR_gettid));
	want("getpgrp() = %ld", call(__NR_getpgrp));
	want("getpgid(%d) = %ld", getpid(), call(__NR_getpgid, getpid()));
	want("getsid(%d) = %ld", getppid(), call(__NR_getsid, getppid()));
	want("getuid() = %ld", call(__NR_getuid));
	want("geteuid() = %ld", call(__NR_geteuid));
	want("getgid() = %ld", call(__NR_getgid));
	want("getegid() = %ld", call(__NR_getegid));
#ifdef __i386__
	want("getuid32() = %ld", call(__NR_getuid32));
	want("geteuid32() = %ld", call(__NR_geteuid32));
	want("getgid32() = %ld", call(__NR_getgid32));
	want("getegid32() = %ld", call(__NR_getegid32));
#endif
}

// set_wide sets ids of 32 bits to other ones than the process has, which only a
// privileged one may do, and reads them back.
static void set_wide(void)
{
	unsigned r, e, s;
	long n;

	n = call(NUMBER(WIDE(setresgid)), 70001, 70002, 70003);
	want(TEXT(WIDE(setresgid)) "(70001, 70002, 70003) = %s", result(n));
	n = call(NUMBER(WIDE(getresgid)), &r, &e, &s);
	want(TEXT(WIDE(getresgid)) "([%u], [%u], [%u]) = %s", r, e, s, result(n));
	n = call(NUMBER(WIDE(setregid)), 70002, -1);
	want(TEXT(WIDE(setregid)) "(70002, -1) = %s", result(n));
	n = call(NUMBER(WIDE(setfsgid)), 70003);
	want(TEXT(WIDE(setfsgid)) "(70003) = %s", result(n));
	n = call(NUMBER(WIDE(setgid)), 70004);
	want(TEXT(WIDE(setgid)) "(70004) = %s", result(n));
	n = call(NUMBER(WIDE(setresuid)), 0, 70006, 70007);
	want(TEXT(WIDE(setresuid)) "(0, 70006, 70007) = %s", result(n));
	n = call(NUMBER(WIDE(getresuid)), &r, &e, &s);
	want(TEXT(WIDE(getresuid)) "([%u], [%u], [%u]) = %s", r, e, s, result(n));
	n = call(NUMBER(WIDE(setreuid)), -1, 0);
	want(TEXT(WIDE(setreuid)) "(-1, 0) = %s", result(n));
	n = call(NUMBER(WIDE(setfsuid)), 70008);
	want(TEXT(WIDE(setfsuid)) "(70008) = %s", result(n));
	n = call(NUMBER(WIDE(setuid)), 70009);
	want(TEXT(WIDE(setuid)) "(70009) = %s", result(n));
}

#ifdef __i386__
static void set_narrow(void)
{
	id r, e, s;
	long n;

	n = call(__NR_setresgid, 7001, 7002, 7003);
	want("setresgid(7001, 7002, 7003) = %s", result(n));
	n = call(__NR_getresgid, &r, &e, &s);
	want("getresgid([%u], [%u], [%u]) = %s", r, e, s, result(n));
	n = call(__NR_setregid, 7002, -1);
	want("setregid(7002, -1) = %s", result(n));
	n = call(__NR_setfsgid, 7003);
	want("setfsgid(7003) = %s", result(n));
	n = call(__NR_setgid, 7004);
	want("setgid(7004) = %s", result(n));
	n = call(__NR_setresuid, 0, 7006, 7007);
	want("setresuid(0, 7006, 7007) = %s", result(n));
	n = call(__NR_getresuid, &r, &e, &s);
	want("getresuid([%u], [%u], [%u]) = %s", r, e, s, result(n));
	n = call(__NR_setreuid, -1, 0);
	want("setreuid(-1, 0) = %s", result(n));
	n = call(__NR_setfsuid, 7008);
	want("setfsuid(7008) = %s", result(n));
	n = call(__NR_setuid, 7009);
	want("setuid(7009) = %s", result(n));
}
#endif

static void groups(void)
{
	unsigned some[] = {70011, 70012, 70013}, got[4];
	long n;

	n = call(NUMBER(WIDE(setgroups)), 3, some);
	want(TEXT(WIDE(setgroups)) "(3, [70011, 70012, 70013]) = %s", result(n));
	n = call(NUMBER(WIDE(getgroups)), 4, got);
	if (n == 3)
		want(TEXT(WIDE(getgroups)) "(4, [%u, %u, %u]) = 3", got[0], got[1], got[2]);
	n = call(NUMBER(WIDE(getgroups)), 0, 0);
	want(TEXT(WIDE(getgroups)) "(0, NULL) = %s", result(n));
#ifdef __i386__
	id few[] = {7011, 7012}, had[4];
	n = call(__NR_setgroups, 2, few);
	want("setgroups(2, [7011, 7012]) = %s", result(n));
	n = call(__NR_getgroups, 4, had);
	if (n == 2)
		want("getgroups(4, [%u, %u]) = 2", had[0], had[1]);
#endif
}

static void capabilities(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct set[2], less[2] = {{1 << CAP_KILL | 1 << CAP_CHOWN, 1 << CAP_KILL | 1 << CAP_CHOWN, 0}};
	long n;

	n = call(__NR_capset, &head, less);
	want("capset({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, {effective=1<<CAP_CHOWN|1<<CAP_KILL, "
	     "permitted=1<<CAP_CHOWN|1<<CAP_KILL, inheritable=0}) = %s", result(n));
	n = call(__NR_capget, &head, set);
	if (n == 0 && set[0].effective == less[0].effective && set[0].permitted == less[0].permitted && set[0].inheritable == 0)
		want("capget({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, {effective=1<<CAP_CHOWN|1<<CAP_KILL, "
		     "permitted=1<<CAP_CHOWN|1<<CAP_KILL, inheritable=0}) = 0");
}

static void belong(void)
{
	long n = call(__NR_setpgid, 0, 0);
	want("setpgid(0, 0) = %s", result(n));
	n = call(__NR_setsid); // a leader of a group cannot
	want("setsid() = %s", result(n));
}

static void belong_anew(void)
{
	long n = call(__NR_setsid);
	want("setsid() = %s", result(n));
}

int main(int argc, char **argv)
{
	begin(argc, argv);
	ask();
	apart(belong);
	apart(belong_anew);
	apart(groups);
	apart(set_wide);
#ifdef __i386__
	apart(set_narrow);
#endif
	apart(capabilities);
	return done();
}
