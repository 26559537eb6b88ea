/*
 * The calls for file systems and mounts. What mounts is done by a child that has mounts
 * of its own; where it may not have them, its calls name what is not there.
 */
#include "every.h"
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/quota.h>
#include <sched.h>
#include <sys/statfs.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define MNT_DETACH 2
#define UMOUNT_NOFOLLOW 8

/* The fields of struct statfs have the same names in each of its forms. */
#define STATFS(s)                                                                                                            \
	words("{f_type=PROC_SUPER_MAGIC, f_bsize=%ld, f_blocks=%lld, f_bfree=%lld, f_bavail=%lld, f_files=%lld, f_ffree=%lld, " \
	      "f_fsid={val=[%s, %s]}, f_namelen=%ld, f_frsize=%ld, f_flags=%s}",                                             \
	      (long)(s)->f_bsize, (long long)(s)->f_blocks, (long long)(s)->f_bfree, (long long)(s)->f_bavail,                \
	      (long long)(s)->f_files, (long long)(s)->f_ffree, hex((s)->f_fsid.__val[0]), hex((s)->f_fsid.__val[1]),         \
	      (long)(s)->f_namelen, (long)(s)->f_frsize, flag_words((s)->f_flags))

static char *hex(unsigned n)
{
	return n ? words("%#x", n) : words("0");
}

static char *flag_words(unsigned long set)
{
	static const struct { unsigned bit; const char *name; } all[] = {
		{ 0x20, "ST_VALID" }, { 1, "ST_RDONLY" }, { 2, "ST_NOSUID" }, { 4, "ST_NODEV" }, { 8, "ST_NOEXEC" }, { 16, "ST_SYNCHRONOUS" },
		{ 64, "ST_MANDLOCK" }, { 1024, "ST_NOATIME" }, { 2048, "ST_NODIRATIME" }, { 4096, "ST_RELATIME" },
	};
	char *s = room(), *end = s;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (set & all[i].bit)
			end += sprintf(end, "%s%s", end > s ? "|" : "", all[i].name);
	return s;
}

static void file_systems(void)
{
	struct statfs s;
	long n = call(__NR_statfs, "/proc", &s);
	want("statfs(\"/proc\", %s) = %s", STATFS(&s), result(n));
	int fd = open("/proc", O_RDONLY);
	n = call(__NR_fstatfs, fd, &s);
	want("fstatfs(%d, %s) = %s", fd, STATFS(&s), result(n));
#ifdef __i386__
	struct {
		uint32_t f_type, f_bsize;
		uint64_t f_blocks, f_bfree, f_bavail, f_files, f_ffree;
		struct { int __val[2]; } f_fsid;
		uint32_t f_namelen, f_frsize, f_flags, f_spare[4];
	} __attribute__((packed, aligned(4))) s64;
	n = call(__NR_statfs64, "/proc", sizeof s64, &s64);
	want("statfs64(\"/proc\", %zu, %s) = %s", sizeof s64, STATFS(&s64), result(n));
	n = call(__NR_fstatfs64, fd, sizeof s64, &s64);
	want("fstatfs64(%d, %zu, %s) = %s", fd, sizeof s64, STATFS(&s64), result(n));
#endif
	close(fd);
	struct stat st;
	if (stat(".", &st))
		exit(1);
	struct { int f_tfree; unsigned long f_tinode; char f_fname[6], f_fpack[6]; } u;
	memset(&u, 1, sizeof u);
	n = call(__NR_ustat, st.st_dev, &u);
	want("ustat(makedev(%#x, %#x), %s) = %s", major(st.st_dev), minor(st.st_dev),
	     came(n, &u, words("{f_tfree=%d, f_tinode=%lu, f_fname=%s, f_fpack=%s}", u.f_tfree, u.f_tinode, quoted(u.f_fname, strnlen(u.f_fname, 6)),
			       quoted(u.f_fpack, strnlen(u.f_fpack, 6)))), result(n));
	char type[64] = "";
	n = call(__NR_sysfs, 1, "proc");
	want("sysfs(1, \"proc\") = %s", result(n));
	n = call(__NR_sysfs, 2, 0, type);
	want("sysfs(2, 0, %s) = %s", came(n, type, quoted(type, strlen(type))), result(n));
	n = call(__NR_sysfs, 3);
	want("sysfs(3) = %s", result(n));
}

/* What these do, they do to the whole machine: each is given what it must refuse. */
static void machine(void)
{
	long n = call(__NR_acct, "nothing");
	want("acct(\"nothing\") = %s", result(n));
	close(open("no-swap", O_RDWR | O_CREAT, 0600));
	n = call(__NR_swapon, "no-swap", 0x8000 | 5 | 0x10000);
	want("swapon(\"no-swap\", SWAP_FLAG_PREFER|SWAP_FLAG_DISCARD|0x5) = %s", result(n));
	n = call(__NR_swapoff, "no-swap");
	want("swapoff(\"no-swap\") = %s", result(n));
	n = call(__NR_uselib, "nothing");
	want("uselib(\"nothing\") = %s", result(n));
	struct { uint64_t numbers[9]; } quota;
	n = call(__NR_quotactl, QCMD(Q_GETQUOTA, USRQUOTA), "/dev/null", 1000, &quota);
	want("quotactl(QCMD(Q_GETQUOTA, USRQUOTA), \"/dev/null\", 1000, %p) = %s", &quota, result(n));
	int fd = open(".", O_RDONLY);
	n = call(__NR_quotactl_fd, fd, QCMD(Q_GETQUOTA, GRPQUOTA), 1000, &quota);
	want("quotactl_fd(%d, QCMD(Q_GETQUOTA, GRPQUOTA), 1000, %p) = %s", fd, &quota, result(n));
	close(fd);
}

/* place is a directory to mount on, or the name of nothing. */
static void old_mounts(const char *place)
{
	long n = call(__NR_mount, "none", place, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0700");
	want("mount(\"none\", \"%s\", \"tmpfs\", MS_NOSUID|MS_NODEV, \"size=1m,mode=0700\") = %s", place, result(n));
	n = call(__NR_mount, 0, place, 0, MS_REMOUNT | MS_BIND | MS_RDONLY, 0);
	want("mount(NULL, \"%s\", NULL, MS_RDONLY|MS_REMOUNT|MS_BIND, NULL) = %s", place, result(n));
	n = call(__NR_umount2, place, MNT_DETACH | UMOUNT_NOFOLLOW);
	want("umount2(\"%s\", MNT_DETACH|UMOUNT_NOFOLLOW) = %s", place, result(n));
#ifdef __i386__
	call(__NR_mount, place, place, 0, MS_BIND, 0);
	n = call(__NR_umount, place);
	want("umount(\"%s\") = %s", place, result(n));
#endif
}

static void new_mounts(const char *place)
{
	long fs = call(__NR_fsopen, "tmpfs", 1);
	want("fsopen(\"tmpfs\", FSOPEN_CLOEXEC) = %s", result(fs));
	long n = call(__NR_fsconfig, fs, 1, "size", "2m", 0);
	want("fsconfig(%ld, FSCONFIG_SET_STRING, \"size\", \"2m\", 0) = %s", fs, result(n));
	n = call(__NR_fsconfig, fs, 0, "ro", 0, 0);
	want("fsconfig(%ld, FSCONFIG_SET_FLAG, \"ro\", NULL, 0) = %s", fs, result(n));
	n = call(__NR_fsconfig, fs, 2, "blob", "\1\2\0", 3);
	want("fsconfig(%ld, FSCONFIG_SET_BINARY, \"blob\", \"\\x01\\x02\\x00\", 3) = %s", fs, result(n));
	n = call(__NR_fsconfig, fs, 3, "where", "a/path", AT_FDCWD);
	want("fsconfig(%ld, FSCONFIG_SET_PATH, \"where\", \"a/path\", AT_FDCWD) = %s", fs, result(n));
	n = call(__NR_fsconfig, fs, 5, "file", 0, 1);
	want("fsconfig(%ld, FSCONFIG_SET_FD, \"file\", NULL, 1) = %s", fs, result(n));
	n = call(__NR_fsconfig, fs, 6, 0, 0, 0);
	want("fsconfig(%ld, FSCONFIG_CMD_CREATE, NULL, NULL, 0) = %s", fs, result(n));
	long mounted = call(__NR_fsmount, fs, 1, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOATIME);
	want("fsmount(%ld, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID|MOUNT_ATTR_NOATIME) = %s", fs, result(mounted));
	n = call(__NR_move_mount, mounted, "", AT_FDCWD, place, 4);
	want("move_mount(%ld, \"\", AT_FDCWD, \"%s\", MOVE_MOUNT_F_EMPTY_PATH) = %s", mounted, place, result(n));
	struct { uint64_t set, clear, propagation, ns; } attr = { MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, MOUNT_ATTR__ATIME, MS_PRIVATE, 0 };
	n = call(__NR_mount_setattr, AT_FDCWD, place, AT_RECURSIVE, &attr, sizeof attr);
	want("mount_setattr(AT_FDCWD, \"%s\", AT_RECURSIVE, {attr_set=MOUNT_ATTR_RDONLY|MOUNT_ATTR_NODEV, attr_clr=MOUNT_ATTR__ATIME, propagation=MS_PRIVATE, userns_fd=0}, 32) = %s",
	     place, result(n));
	long tree = call(__NR_open_tree, AT_FDCWD, place, 1 | O_CLOEXEC | AT_RECURSIVE);
	want("open_tree(AT_FDCWD, \"%s\", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE) = %s", place, result(tree));
	if (tree >= 0)
		close(tree);
	attr.clear = 0;
	tree = call(NR_open_tree_attr, AT_FDCWD, place, 1, &attr, sizeof attr);
	want("open_tree_attr(AT_FDCWD, \"%s\", OPEN_TREE_CLONE, {attr_set=MOUNT_ATTR_RDONLY|MOUNT_ATTR_NODEV, attr_clr=0, propagation=MS_PRIVATE, userns_fd=0}, 32) = %s",
	     place, result(tree));
	if (tree >= 0)
		close(tree);
	long pick = call(__NR_fspick, AT_FDCWD, place, 1 | 2);
	want("fspick(AT_FDCWD, \"%s\", FSPICK_CLOEXEC|FSPICK_SYMLINK_NOFOLLOW) = %s", place, result(pick));
	if (pick >= 0)
		close(pick);
	n = call(__NR_umount2, place, MNT_DETACH);
	want("umount2(\"%s\", MNT_DETACH) = %s", place, result(n));
	if (mounted >= 0)
		close(mounted);
	if (fs >= 0)
		close(fs);
}

/* mnt_id_req of its first size, and what statmount fills in: the head of its struct. */
struct request { uint32_t size, spare; uint64_t mnt_id, param; };

/* mount_words is what statmount tells of a mount: half are its words of 32 bits. */
static char *mount_words(uint64_t *told, uint32_t *half)
{
	static const struct { unsigned bit; const char *name; } all[] = {
		{ 1, "MOUNT_ATTR_RDONLY" }, { 2, "MOUNT_ATTR_NOSUID" }, { 4, "MOUNT_ATTR_NODEV" }, { 8, "MOUNT_ATTR_NOEXEC" },
		{ 0x10, "MOUNT_ATTR_NOATIME" }, { 0x20, "MOUNT_ATTR_STRICTATIME" }, { 0x80, "MOUNT_ATTR_NODIRATIME" },
	};
	if (!whole)
		return words("{size=%u, mask=STATMOUNT_SB_BASIC|STATMOUNT_MNT_BASIC, ...}", half[0]);
	char *attr = room(), *end = attr;
	strcpy(attr, "0");
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (told[8] & all[i].bit)
			end += sprintf(end, "%s%s", end > attr ? "|" : "", all[i].name);
	return words("{size=%u, mask=STATMOUNT_SB_BASIC|STATMOUNT_MNT_BASIC, sb_dev_major=%u, sb_dev_minor=%u, sb_magic=%#llx, sb_flags=%s, mnt_id=%#llx, "
		     "mnt_parent_id=%#llx, mnt_id_old=%u, mnt_parent_id_old=%u, mnt_attr=%s, mnt_propagation=%s, mnt_peer_group=%s, mnt_master=%s}",
		     half[0], half[4], half[5], (long long)told[3], half[8] & 1 ? "MS_RDONLY" : "0", (long long)told[5], (long long)told[6], half[14], half[15],
		     attr, told[9] == MS_PRIVATE ? "MS_PRIVATE" : told[9] == MS_SHARED ? "MS_SHARED" : "0", hex(told[10]), hex(told[11]));
}

static void told_mounts(void)
{
	struct request all = { sizeof all, 0, -1, 0 };
	uint64_t ids[2] = { 0, 0 };
	long n = call(NR_listmount, &all, ids, 2, 0);
	char *list = n == 1 ? words("[%#llx]", (long long)ids[0]) : words("[%#llx, %#llx]", (long long)ids[0], (long long)ids[1]);
	want("listmount({size=24, mnt_id=LSMT_ROOT, param=0}, %s, 2, 0) = %s", n == 0 ? "[]" : came(n, ids, list), result(n));
	n = call(NR_listmount, &all, ids, 2, 1);
	want("listmount({size=24, mnt_id=LSMT_ROOT, param=0}, %s, 2, LISTMOUNT_REVERSE) = %s", n == 0 ? "[]" : came(n, ids, n == 1 ?
	     words("[%#llx]", (long long)ids[0]) : words("[%#llx, %#llx]", (long long)ids[0], (long long)ids[1])), result(n));
	struct request one = { sizeof one, 0, ids[0], 1 | 2 };
	static uint64_t told[128];
	n = call(NR_statmount, &one, told, sizeof told, 0);
	uint32_t *half = (uint32_t *)told;
	want("statmount({size=24, mnt_id=%s, param=STATMOUNT_SB_BASIC|STATMOUNT_MNT_BASIC}, %s, 1024, 0) = %s", ids[0] ? words("%#llx", (long long)ids[0]) : "0",
	     came(n, told, mount_words(told, half)), result(n));
	one.param = 0x20;
	n = call(NR_statmount, &one, told, sizeof told, 0);
	size_t text = n == 0 && half[0] > 512 ? half[0] - 512 : 0;
	want("statmount({size=24, mnt_id=%s, param=STATMOUNT_FS_TYPE}, %s, 1024, 0) = %s", ids[0] ? words("%#llx", (long long)ids[0]) : "0",
	     came(n, told, words("{size=%u, mask=STATMOUNT_FS_TYPE, str=%s}", half[0], quoted(told + 64, text))), result(n));
}

/* The root is moved last. */
static void roots(int unshared)
{
	if (unshared) {
		mkdir("root", 0700);
		call(__NR_mount, "none", "root", "tmpfs", 0, 0);
		mkdir("root/old", 0700);
	}
	long n = call(__NR_pivot_root, "root", "root/old");
	want("pivot_root(\"root\", \"root/old\") = %s", result(n));
	n = call(__NR_chroot, unshared ? "/" : "nothing");
	want("chroot(\"%s\") = %s", unshared ? "/" : "nothing", result(n));
	if (unshared)
		call(__NR_umount2, "/old", MNT_DETACH);
}

int main(int argc, char **argv)
{
	begin(argc, argv);
	file_systems();
	machine();
	pid_t child = fork();
	if (child == 0) {
		int unshared = unshare(CLONE_NEWNS) == 0;
		if (unshared) {
			long n = call(__NR_mount, 0, "/", 0, MS_REC | MS_PRIVATE, 0);
			want("mount(NULL, \"/\", NULL, MS_REC|MS_PRIVATE, NULL) = %s", result(n));
			mkdir("place", 0700);
		}
		old_mounts(unshared ? "place" : "nothing");
		new_mounts(unshared ? "place" : "nothing");
		told_mounts();
		roots(unshared);
		_exit(0);
	}
	int status = -1;
	if (waitpid(child, &status, 0) != child || status)
		return 1;
	return done();
}
