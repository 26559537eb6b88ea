// security.c: what processes allow themselves, and keys.
#include "every.h"
#include "structs.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <signal.h>

#define PRCTL(...) call(__NR_prctl, __VA_ARGS__)

// speculation is the state of a speculation (linux/prctl.h).
static char *speculation(long n)
{
	static const char *const names[] = {"PR_SPEC_PRCTL", "PR_SPEC_ENABLE", "PR_SPEC_DISABLE", "PR_SPEC_FORCE_DISABLE"};
	char *list = "";
	if (n <= 0 || n > 15)
		return result(n);
	for (int i = 0; i < 4; i++)
		if (n >> i & 1)
			list = words("%s%s%s", list, *list ? "|" : "", names[i]);
	return words("%#lx (%s)", n, list);
}

static void controls(void)
{
	char name[16] = "";
	int number;
	long n;
	void *address = NULL;
	uint64_t cookie = 0;

	want("prctl(PR_SET_NAME, \"every one\") = %s", result(PRCTL(PR_SET_NAME, "every one")));
	n = PRCTL(PR_GET_NAME, name);
	want("prctl(PR_GET_NAME, \"%s\") = %s", name, result(n));
	want("prctl(PR_SET_PDEATHSIG, SIGUSR2) = %s", result(PRCTL(PR_SET_PDEATHSIG, SIGUSR2)));
	n = PRCTL(PR_GET_PDEATHSIG, &number);
	want("prctl(PR_GET_PDEATHSIG, [SIGUSR2]) = %s", result(n));
	PRCTL(PR_SET_PDEATHSIG, 0);
	want("prctl(PR_SET_DUMPABLE, SUID_DUMP_USER) = %s", result(PRCTL(PR_SET_DUMPABLE, 1)));
	want("prctl(PR_GET_DUMPABLE) = 1 (SUID_DUMP_USER)");
	n = PRCTL(PR_GET_DUMPABLE);
	want("prctl(PR_SET_KEEPCAPS, 1) = %s", result(PRCTL(PR_SET_KEEPCAPS, 1)));
	want("prctl(PR_GET_KEEPCAPS) = %s", result(PRCTL(PR_GET_KEEPCAPS)));
	want("prctl(PR_GET_TIMING) = %s", result(PRCTL(PR_GET_TIMING)));
	n = PRCTL(PR_GET_TSC, &number);
	want("prctl(PR_GET_TSC, [PR_TSC_ENABLE]) = %s", result(n));
	want("prctl(PR_SET_TSC, PR_TSC_ENABLE) = %s", result(PRCTL(PR_SET_TSC, PR_TSC_ENABLE)));
	n = PRCTL(PR_GET_SECUREBITS);
	want("prctl(PR_GET_SECUREBITS) = %s", n == 1 << SECURE_KEEP_CAPS ? "0x10 (SECBIT_KEEP_CAPS)" : result(n));
	want("prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS) = %s", result(PRCTL(PR_SET_SECUREBITS, 1 << SECURE_KEEP_CAPS)));
	want("prctl(PR_CAPBSET_READ, CAP_KILL) = %s", result(PRCTL(PR_CAPBSET_READ, CAP_KILL)));
	want("prctl(PR_CAPBSET_DROP, CAP_WAKE_ALARM) = %s", result(PRCTL(PR_CAPBSET_DROP, CAP_WAKE_ALARM)));
	want("prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0) = %s", result(PRCTL(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN)));
	want("prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) = %s", result(PRCTL(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)));
	want("prctl(PR_SET_TIMERSLACK, 60000) = %s", result(PRCTL(PR_SET_TIMERSLACK, 60000)));
	want("prctl(PR_GET_TIMERSLACK) = %s", result(PRCTL(PR_GET_TIMERSLACK)));
	want("prctl(PR_SET_CHILD_SUBREAPER, 1) = %s", result(PRCTL(PR_SET_CHILD_SUBREAPER, 1)));
	n = PRCTL(PR_GET_CHILD_SUBREAPER, &number);
	want("prctl(PR_GET_CHILD_SUBREAPER, [1]) = %s", result(n));
	want("prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) = %s", result(PRCTL(PR_SET_THP_DISABLE, 1)));
	want("prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) = %s", result(PRCTL(PR_GET_THP_DISABLE)));
	want("prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0) = %s", result(PRCTL(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY)));
	n = PRCTL(PR_MCE_KILL_GET);
	want("prctl(PR_MCE_KILL_GET, 0, 0, 0, 0) = %s", n == PR_MCE_KILL_EARLY ? "1 (PR_MCE_KILL_EARLY)" : result(n));
	n = PRCTL(PR_GET_TID_ADDRESS, &address);
	want("prctl(PR_GET_TID_ADDRESS, %s) = %s", came(n, &address, words("[%s]", at(address))), result(n));
	want("prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY) = %s", result(PRCTL(0x59616d61, -1)));
	n = PRCTL(PR_GET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS);
	want("prctl(PR_GET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS) = %s", speculation(n));
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	want("prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, %p, 4096, \"every\") = %s", page, result(PRCTL(PR_SET_VMA, PR_SET_VMA_ANON_NAME, page, 4096, "every")));
	want("prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) = %s", result(PRCTL(PR_SET_NO_NEW_PRIVS, 1)));
	want("prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) = %s", result(PRCTL(PR_GET_NO_NEW_PRIVS)));
	want("prctl(PR_GET_SECCOMP) = %s", result(PRCTL(PR_GET_SECCOMP)));
	want("prctl(PR_SET_MM, PR_SET_MM_ARG_START, 0x1000, 0, 0) = %s", result(PRCTL(PR_SET_MM, PR_SET_MM_ARG_START, 0x1000)));
	want("prctl(PR_SET_IO_FLUSHER, 0, 0, 0, 0) = %s", result(PRCTL(PR_SET_IO_FLUSHER)));
	want("prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0) = %s", result(PRCTL(PR_GET_IO_FLUSHER)));
	want("prctl(PR_GET_UNALIGN, %p) = %s", (void *)&number, result(PRCTL(PR_GET_UNALIGN, &number)));
	want("prctl(PR_GET_ENDIAN, %p) = %s", (void *)&number, result(PRCTL(PR_GET_ENDIAN, &number)));
	want("prctl(PR_GET_FPEMU, %p) = %s", (void *)&number, result(PRCTL(PR_GET_FPEMU, &number)));
	want("prctl(PR_GET_FPEXC, %p) = %s", (void *)&number, result(PRCTL(PR_GET_FPEXC, &number)));
	want("prctl(PR_GET_FP_MODE) = %s", result(PRCTL(PR_GET_FP_MODE)));
	want("prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0, 0, NULL) = %s", result(PRCTL(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF)));
	n = PRCTL(PR_SCHED_CORE, PR_SCHED_CORE_GET, 0, 0, &cookie);
	want("prctl(PR_SCHED_CORE, PR_SCHED_CORE_GET, 0, 0 /* PIDTYPE_PID */, %s) = %s", came(n, &cookie, words("[%#llx]", (unsigned long long)cookie)), result(n));
	want("prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) = %s", result(PRCTL(65, 1)));
	want("prctl(PR_GET_MDWE, 0, 0, 0, 0) = %s", result(PRCTL(66)));
	want("prctl(PR_GET_AUXV, %p, 16, 0, 0) = %s", (void *)name, result(PRCTL(0x41555856, name, sizeof name)));
	want("prctl(PR_SET_SPECULATION_CTRL, PR_SPEC_INDIRECT_BRANCH, PR_SPEC_DISABLE) = %s",
	     result(PRCTL(PR_SET_SPECULATION_CTRL, PR_SPEC_INDIRECT_BRANCH, PR_SPEC_DISABLE)));
	want("prctl(PR_TASK_PERF_EVENTS_DISABLE) = %s", result(PRCTL(PR_TASK_PERF_EVENTS_DISABLE)));
	want("prctl(PR_TASK_PERF_EVENTS_ENABLE) = %s", result(PRCTL(PR_TASK_PERF_EVENTS_ENABLE)));
}

static void filters(void)
{
	struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {1, code};
	unsigned action = SECCOMP_RET_KILL_PROCESS;
	long n;

	PRCTL(PR_SET_NO_NEW_PRIVS, 1);
	n = call(__NR_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
	want("seccomp(SECCOMP_GET_ACTION_AVAIL, 0, [SECCOMP_RET_KILL_PROCESS]) = %s", result(n));
	n = call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
	char *shown = whole ? "[BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ALLOW)]" : at(code);
	want("seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG|SECCOMP_FILTER_FLAG_SPEC_ALLOW, {len=1, filter=%s}) = %s", shown, result(n));
	n = PRCTL(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
	want("prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=1, filter=%s}) = %s", shown, result(n));
}

static void landlock(void)
{
	struct landlock_ruleset_attr attr = {LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE};
	struct landlock_path_beneath_attr path = {LANDLOCK_ACCESS_FS_READ_FILE, open("/", O_PATH)};
	long fd, n;

	n = call(__NR_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	want("landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) = %s", result(n));
	fd = call(__NR_landlock_create_ruleset, &attr, 8, 0);
	want("landlock_create_ruleset({handled_access_fs=LANDLOCK_ACCESS_FS_EXECUTE|LANDLOCK_ACCESS_FS_READ_FILE}, 8, 0) = %s", result(fd));
	n = call(__NR_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &path, 0);
	want("landlock_add_rule(%d, LANDLOCK_RULE_PATH_BENEATH, {allowed_access=LANDLOCK_ACCESS_FS_READ_FILE, parent_fd=%d}, 0) = %s", (int)fd, path.parent_fd, result(n));
	PRCTL(PR_SET_NO_NEW_PRIVS, 1);
	n = call(__NR_landlock_restrict_self, fd, 0);
	want("landlock_restrict_self(%d, 0) = %s", (int)fd, result(n));
}

static void modules(void)
{
	uint64_t ids[8];
	struct { uint64_t id, flags, len, ctx_len; char ctx[8]; } ctx = {100, 0, sizeof ctx, 6, "every"};
	uint32_t size = 0;
	char *list = "";
	long n;

	n = call(NR_lsm_list_modules, ids, &size, 0);
	want("lsm_list_modules(%p, [%s], 0) = %s", (void *)ids, size ? words("0 => %u", size) : "0", result(n));
	size = sizeof ids;
	n = call(NR_lsm_list_modules, ids, &size, 0);
	static const char *const names[] = {
		"LSM_ID_CAPABILITY", "LSM_ID_SELINUX", "LSM_ID_SMACK", "LSM_ID_TOMOYO", "LSM_ID_APPARMOR", "LSM_ID_YAMA", "LSM_ID_LOADPIN",
		"LSM_ID_SAFESETID", "LSM_ID_LOCKDOWN", "LSM_ID_BPF", "LSM_ID_LANDLOCK", "LSM_ID_IMA", "LSM_ID_EVM", "LSM_ID_IPE",
	};
	for (int i = 0; i < n; i++)
		list = words("%s%s%s", list, i ? ", " : "", ids[i] - 100 < 14 ? names[ids[i] - 100] : words("%#llx /* LSM_ID_??? */", (unsigned long long)ids[i]));
	want("lsm_list_modules(%s, [%zu%s], 0) = %s", came(n, ids, words("[%s]", list)), sizeof ids, size == sizeof ids ? "" : words(" => %u", size), result(n));
	size = sizeof ids;
	n = call(NR_lsm_get_self_attr, 100, ids, &size, 0);
	if (n <= 0) // no module has it
		want("lsm_get_self_attr(LSM_ATTR_CURRENT, %s, [%zu%s], 0) = %s", came(n, ids, "[]"), sizeof ids, size == sizeof ids ? "" : words(" => %u", size), result(n));
	n = call(NR_lsm_set_self_attr, 100, &ctx, sizeof ctx, 0);
	want("lsm_set_self_attr(LSM_ATTR_CURRENT, [{id=LSM_ID_CAPABILITY, flags=0, len=%zu, ctx_len=6, ctx=\"every\\0\"}], %zu, 0) = %s", sizeof ctx, sizeof ctx, result(n));
}

static void keys(void)
{
	char text[64];
	long ring, key, n;

	ring = call(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	want("keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL) = %s", result(ring));
	key = call(__NR_add_key, "user", "sonde:every", "secret", 6, KEY_SPEC_SESSION_KEYRING);
	want("add_key(\"user\", \"sonde:every\", \"secret\", 6, KEY_SPEC_SESSION_KEYRING) = %s", result(key));
	n = call(__NR_request_key, "user", "sonde:every", NULL, KEY_SPEC_PROCESS_KEYRING);
	want("request_key(\"user\", \"sonde:every\", NULL, KEY_SPEC_PROCESS_KEYRING) = %s", result(n));
	n = call(__NR_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
	want("keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0) = %s", result(n));
	n = call(__NR_keyctl, KEYCTL_READ, key, text, sizeof text);
	want("keyctl(KEYCTL_READ, %ld, %s, %zu) = %s", key, came(n, text, "\"secret\""), sizeof text, result(n));
	n = call(__NR_keyctl, KEYCTL_DESCRIBE, key, text, sizeof text);
	want("keyctl(KEYCTL_DESCRIBE, %ld, %s, %zu) = %s", key, came(n, text, bytes(text, n - 1)), sizeof text, result(n));
	n = call(__NR_keyctl, KEYCTL_SETPERM, key, 0x3f010000);
	want("keyctl(KEYCTL_SETPERM, %ld, KEY_POS_VIEW|KEY_POS_READ|KEY_POS_WRITE|KEY_POS_SEARCH|KEY_POS_LINK|KEY_POS_SETATTR|KEY_USR_VIEW) = %s", key, result(n));
	n = call(__NR_keyctl, KEYCTL_SET_TIMEOUT, key, 100);
	want("keyctl(KEYCTL_SET_TIMEOUT, %ld, 100) = %s", key, result(n));
	n = call(__NR_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_SESSION_KEYRING);
	want("keyctl(KEYCTL_UNLINK, %ld, KEY_SPEC_SESSION_KEYRING) = %s", key, result(n));
	n = call(__NR_keyctl, KEYCTL_REVOKE, key);
	want("keyctl(KEYCTL_REVOKE, %ld) = %s", key, result(n));
}

int main(int argc, char **argv)
{
	begin(argc, argv);
	apart(controls);
	apart(keys);
	apart(landlock);
	modules();
	apart(filters);
	return done();
}
