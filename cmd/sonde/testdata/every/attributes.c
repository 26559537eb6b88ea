/* The calls for what is known of files: stat and its kin, owners, modes, times, extended attributes. */
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64 /* localtime of what is beyond 2038 */
#include "every.h"
#include <fcntl.h>
#include <grp.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>

#define S_KIND 0170000

static int is_device(unsigned mode)
{
	return (mode & S_KIND) == 0020000 || (mode & S_KIND) == 0060000;
}

static char *mode_words(unsigned mode)
{
	static const char *kinds[16] = { [1] = "S_IFIFO", [2] = "S_IFCHR", [4] = "S_IFDIR", [6] = "S_IFBLK", [8] = "S_IFREG", [10] = "S_IFLNK", [12] = "S_IFSOCK" };
	return words("%s%s%s%s|0%03o", kinds[mode >> 12], mode & 04000 ? "|S_ISUID" : "", mode & 02000 ? "|S_ISGID" : "",
		     mode & 01000 ? "|S_ISVTX" : "", mode & 0777);
}

static char *device_words(unsigned long long dev)
{
	return words("makedev(%#x, %#x)", major(dev), minor(dev));
}

/* What every stat has, under whatever names. */
struct facts {
	unsigned long long dev, ino, rdev, size, blksize, blocks, nlink, uid, gid, mode;
	struct { long long sec, nsec; int has_nsec; } times[3]; /* access, modification, change */
};

/* date is the remark behind a time: in local time, with its nanoseconds if there are any. */
static char *date(long long sec, long long nsec)
{
	char text[64], zone[8];
	time_t t = sec;
	struct tm *tm = localtime(&t);
	if (!sec && !nsec)
		return words("%s", "");
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", tm);
	strftime(zone, sizeof zone, "%z", tm);
	return nsec ? words(" /* %s.%09lld%s */", text, nsec, zone) : words(" /* %s%s */", text, zone);
}

static char *stat_words(struct facts *f)
{
	static const char *names[3] = { "atime", "mtime", "ctime" };
	char *s = room(), *end = s;
	char *last = is_device(f->mode) ? words("st_rdev=%s", device_words(f->rdev)) : words("st_size=%llu", f->size);
	if (!whole)
		return words("{st_mode=%s, %s, ...}", mode_words(f->mode), last);
	end += sprintf(end, "{st_dev=%s, st_ino=%llu, st_mode=%s, st_nlink=%llu, st_uid=%llu, st_gid=%llu, st_blksize=%llu, st_blocks=%llu, %s",
		       device_words(f->dev), f->ino, mode_words(f->mode), f->nlink, f->uid, f->gid, f->blksize, f->blocks, last);
	for (int i = 0; i < 3; i++) {
		long long nsec = f->times[i].has_nsec ? f->times[i].nsec : 0;
		end += sprintf(end, ", st_%s=%lld%s", names[i], f->times[i].sec, date(f->times[i].sec, nsec));
		if (f->times[i].has_nsec)
			end += sprintf(end, ", st_%s_nsec=%lld", names[i], nsec);
	}
	strcpy(end, "}");
	return s;
}

/* The structs as the kernel has them: arch/x86/include/uapi/asm/stat.h. */
#ifdef __x86_64__
struct kernel_stat {
	unsigned long st_dev, st_ino, st_nlink;
	unsigned int st_mode, st_uid, st_gid, pad;
	unsigned long st_rdev;
	long st_size, st_blksize, st_blocks;
	struct { unsigned long sec, nsec; } time[3];
	long unused[3];
};
#else
struct kernel_stat {
	unsigned long st_dev, st_ino;
	unsigned short st_mode, st_nlink, st_uid, st_gid;
	unsigned long st_rdev, st_size, st_blksize, st_blocks;
	struct { unsigned long sec, nsec; } time[3];
	unsigned long unused[2];
};

struct kernel_stat64 {
	unsigned long long st_dev;
	unsigned char pad0[4];
	unsigned long short_ino;
	unsigned int st_mode, st_nlink;
	unsigned long st_uid, st_gid;
	unsigned long long st_rdev;
	unsigned char pad3[4];
	long long st_size;
	unsigned long st_blksize;
	unsigned long long st_blocks;
	struct { unsigned long sec; unsigned int nsec; } time[3];
	unsigned long long st_ino;
} __attribute__((packed));

struct old_kernel_stat {
	unsigned short st_dev, st_ino, st_mode, st_nlink, st_uid, st_gid, st_rdev;
	unsigned long st_size, time[3];
};
#endif

#define FACTS(s)                                                                                                     \
	&(struct facts){ .dev = (s)->st_dev, .ino = (s)->st_ino, .rdev = (s)->st_rdev, .size = (s)->st_size,         \
			 .mode = (s)->st_mode, .nlink = (s)->st_nlink, .uid = (s)->st_uid, .gid = (s)->st_gid,       \
			 .blksize = (s)->st_blksize, .blocks = (s)->st_blocks,                                       \
			 .times = { { (s)->time[0].sec, (s)->time[0].nsec, 1 }, { (s)->time[1].sec, (s)->time[1].nsec, 1 }, \
				    { (s)->time[2].sec, (s)->time[2].nsec, 1 } } }

static char *stat_of(long n, struct kernel_stat *s)
{
	return failed(n) ? at(s) : stat_words(FACTS(s));
}

static void stats(int fd)
{
	struct kernel_stat s;
	long n = call(__NR_stat, "file", &s);
	want("stat(\"file\", %s) = %s", stat_of(n, &s), result(n));
	n = call(__NR_stat, "/dev/null", &s);
	want("stat(\"/dev/null\", %s) = %s", stat_of(n, &s), result(n));
	n = call(__NR_lstat, "symbolic", &s);
	want("lstat(\"symbolic\", %s) = %s", stat_of(n, &s), result(n));
	n = call(__NR_stat, "nothing", &s);
	want("stat(\"nothing\", %p) = -1 ENOENT (No such file or directory)", &s);
	n = call(__NR_fstat, fd, &s);
	want("fstat(%d, %s) = %s", fd, stat_of(n, &s), result(n));
#ifdef __x86_64__
	n = call(__NR_newfstatat, AT_FDCWD, "symbolic", &s, AT_SYMLINK_NOFOLLOW);
	want("newfstatat(AT_FDCWD, \"symbolic\", %s, AT_SYMLINK_NOFOLLOW) = %s", stat_of(n, &s), result(n));
	n = call(__NR_newfstatat, fd, "", &s, AT_EMPTY_PATH);
	want("newfstatat(%d, \"\", %s, AT_EMPTY_PATH) = %s", fd, stat_of(n, &s), result(n));
#else
	struct kernel_stat64 s64;
	n = call(__NR_stat64, "file", &s64);
	want("stat64(\"file\", %s) = %s", failed(n) ? at(&s64) : stat_words(FACTS(&s64)), result(n));
	n = call(__NR_lstat64, "/dev/zero", &s64);
	want("lstat64(\"/dev/zero\", %s) = %s", failed(n) ? at(&s64) : stat_words(FACTS(&s64)), result(n));
	n = call(__NR_fstat64, fd, &s64);
	want("fstat64(%d, %s) = %s", fd, failed(n) ? at(&s64) : stat_words(FACTS(&s64)), result(n));
	n = call(__NR_fstatat64, AT_FDCWD, "symbolic", &s64, AT_SYMLINK_NOFOLLOW);
	want("fstatat64(AT_FDCWD, \"symbolic\", %s, AT_SYMLINK_NOFOLLOW) = %s", failed(n) ? at(&s64) : stat_words(FACTS(&s64)), result(n));
	struct old_kernel_stat old;
#define OLD_FACTS                                                                                          \
	&(struct facts){ .dev = old.st_dev, .ino = old.st_ino, .rdev = old.st_rdev, .size = old.st_size,   \
			 .mode = old.st_mode, .nlink = old.st_nlink, .uid = old.st_uid, .gid = old.st_gid, \
			 .times = { { old.time[0] }, { old.time[1] }, { old.time[2] } } }
	n = call(__NR_oldstat, "file", &old);
	want("oldstat(\"file\", %s) = %s", failed(n) ? at(&old) : stat_words(OLD_FACTS), result(n));
	n = call(__NR_oldlstat, "symbolic", &old);
	want("oldlstat(\"symbolic\", %s) = %s", failed(n) ? at(&old) : stat_words(OLD_FACTS), result(n));
	n = call(__NR_oldfstat, fd, &old);
	want("oldfstat(%d, %s) = %s", fd, failed(n) ? at(&old) : stat_words(OLD_FACTS), result(n));
#endif
}

/* A time that is not in the mask is not shown. */
static char *statx_time(unsigned given, const char *name, struct statx_timestamp *t)
{
	return !given ? "" : words("stx_%s={tv_sec=%lld, tv_nsec=%u}%s, ", name, (long long)t->tv_sec, t->tv_nsec, date(t->tv_sec, t->tv_nsec));
}

static char *attribute_words(unsigned long long set)
{
	static const struct { unsigned bit; const char *name; } all[] = {
		{ 0x4, "STATX_ATTR_COMPRESSED" }, { 0x10, "STATX_ATTR_IMMUTABLE" }, { 0x20, "STATX_ATTR_APPEND" }, { 0x40, "STATX_ATTR_NODUMP" },
		{ 0x800, "STATX_ATTR_ENCRYPTED" }, { 0x1000, "STATX_ATTR_AUTOMOUNT" }, { 0x2000, "STATX_ATTR_MOUNT_ROOT" },
		{ 0x100000, "STATX_ATTR_VERITY" }, { 0x200000, "STATX_ATTR_DAX" }, { 0x400000, "STATX_ATTR_WRITE_ATOMIC" },
	};
	char *s = room(), *end = s;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (set & all[i].bit)
			end += sprintf(end, "%s%s", end > s ? "|" : "", all[i].name), set &= ~(unsigned long long)all[i].bit;
	if (set || end == s)
		sprintf(end, end > s ? "|%#llx" : set ? "%#llx" : "0", set);
	return s;
}

static char *mask_words(unsigned set)
{
	static const struct { unsigned bits; const char *name; } all[] = {
		{ 0xfff, "STATX_ALL" }, { 0x7ff, "STATX_BASIC_STATS" }, { 1, "STATX_TYPE" }, { 2, "STATX_MODE" }, { 4, "STATX_NLINK" },
		{ 8, "STATX_UID" }, { 0x10, "STATX_GID" }, { 0x20, "STATX_ATIME" }, { 0x40, "STATX_MTIME" }, { 0x80, "STATX_CTIME" },
		{ 0x100, "STATX_INO" }, { 0x200, "STATX_SIZE" }, { 0x400, "STATX_BLOCKS" }, { 0x800, "STATX_BTIME" }, { 0x1000, "STATX_MNT_ID" },
		{ 0x2000, "STATX_DIOALIGN" }, { 0x4000, "STATX_MNT_ID_UNIQUE" }, { 0x8000, "STATX_SUBVOL" }, { 0x10000, "STATX_WRITE_ATOMIC" },
		{ 0x20000, "STATX_DIO_READ_ALIGN" },
	};
	char *s = room(), *end = s;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if ((set & all[i].bits) == all[i].bits)
			end += sprintf(end, "%s%s", end > s ? "|" : "", all[i].name), set &= ~all[i].bits;
	return s;
}

/* later_words are the fields that younger kernels fill in, if they are asked for. */
static char *later_words(struct statx *x)
{
	uint32_t *word = (uint32_t *)x;
	char *s = room(), *end = s;
	*end = 0;
	if (x->stx_mask & 0x2000)
		end += sprintf(end, ", stx_dio_mem_align=%u, stx_dio_offset_align=%u", word[38], word[39]);
	if (x->stx_mask & 0x8000)
		end += sprintf(end, ", stx_subvol=%llu", (long long)word[41] << 32 | word[40]);
	if (x->stx_mask & 0x10000)
		end += sprintf(end, ", stx_atomic_write_unit_min=%u, stx_atomic_write_unit_max=%u, stx_atomic_write_segments_max=%u", word[42], word[43], word[44]);
	if (x->stx_mask & 0x20000)
		sprintf(end, ", stx_dio_read_offset_align=%u", word[45]);
	return s;
}

static char *statx_words(struct statx *x)
{
	char *mask = mask_words(x->stx_mask), *attributes = attribute_words(x->stx_attributes), *mode = mode_words(x->stx_mode), *s = room();
	if (!whole)
		return words("{stx_mask=%s, stx_attributes=%s, stx_mode=%s, stx_size=%llu, ...}", mask, attributes, mode, (long long)x->stx_size);
	sprintf(s, "{stx_mask=%s, stx_blksize=%u, stx_attributes=%s, stx_nlink=%u, stx_uid=%u, stx_gid=%u, stx_mode=%s, stx_ino=%llu, stx_size=%llu, "
		   "stx_blocks=%llu, stx_attributes_mask=%s, %s%s%s%sstx_rdev_major=%u, stx_rdev_minor=%u, stx_dev_major=%u, stx_dev_minor=%u, "
		   "stx_mnt_id=%#llx%s}",
		mask, x->stx_blksize, attributes, x->stx_nlink, x->stx_uid, x->stx_gid, mode, (long long)x->stx_ino, (long long)x->stx_size,
		(long long)x->stx_blocks, attribute_words(x->stx_attributes_mask), statx_time(x->stx_mask & STATX_ATIME, "atime", &x->stx_atime),
		statx_time(x->stx_mask & STATX_BTIME, "btime", &x->stx_btime), statx_time(x->stx_mask & STATX_CTIME, "ctime", &x->stx_ctime),
		statx_time(x->stx_mask & STATX_MTIME, "mtime", &x->stx_mtime), x->stx_rdev_major, x->stx_rdev_minor, x->stx_dev_major,
		x->stx_dev_minor, (long long)x->stx_mnt_id, later_words(x));
	return s;
}

static void extended_stat(int fd)
{
	struct statx x;
	memset(&x, 0, sizeof x);
	long n = call(__NR_statx, AT_FDCWD, "file", AT_STATX_FORCE_SYNC | AT_SYMLINK_NOFOLLOW, STATX_ALL | STATX_MNT_ID, &x);
	want("statx(AT_FDCWD, \"file\", AT_STATX_FORCE_SYNC|AT_SYMLINK_NOFOLLOW, STATX_ALL|STATX_MNT_ID, %s) = %s", came(n, &x, statx_words(&x)), result(n));
	memset(&x, 0, sizeof x);
	n = call(__NR_statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x20000, &x);
	want("statx(%d, \"\", AT_STATX_DONT_SYNC|AT_EMPTY_PATH, STATX_DIOALIGN|STATX_MNT_ID_UNIQUE|STATX_SUBVOL|STATX_WRITE_ATOMIC|STATX_DIO_READ_ALIGN, %s) = %s",
	     fd, came(n, &x, statx_words(&x)), result(n));

	uint32_t attr[6] = { 1, 2, 3, 4, 5, 6 };
	n = call(NR_file_getattr, AT_FDCWD, "file", attr, sizeof attr, AT_SYMLINK_NOFOLLOW);
	want("file_getattr(AT_FDCWD, \"file\", %s, 24, AT_SYMLINK_NOFOLLOW) = %s",
	     came(n, attr, words("{fa_xflags=%s, fa_extsize=%u, fa_nextents=%u, fa_projid=%u, fa_cowextsize=%u}", attr[0] ? words("%#x", attr[0]) : "0",
				 attr[2], attr[3], attr[4], attr[5])), result(n));
	uint32_t set[6] = { FS_XFLAG_NODUMP | FS_XFLAG_NOATIME, 0, 0, 0, 42, 0 };
	n = call(NR_file_setattr, AT_FDCWD, "file", set, sizeof set, 0);
	want("file_setattr(AT_FDCWD, \"file\", {fa_xflags=FS_XFLAG_NOATIME|FS_XFLAG_NODUMP, fa_extsize=0, fa_nextents=0, fa_projid=42, fa_cowextsize=0}, 24, 0) = %s",
	     result(n));
}

static void modes(int fd)
{
	long n = call(__NR_chmod, "file", 04711);
	want("chmod(\"file\", 04711) = %s", result(n));
	n = call(__NR_fchmod, fd, 0600);
	want("fchmod(%d, 0600) = %s", fd, result(n));
	n = call(__NR_fchmodat, AT_FDCWD, "file", 01640);
	want("fchmodat(AT_FDCWD, \"file\", 01640) = %s", result(n));
	n = call(NR_fchmodat2, AT_FDCWD, "file", 0644, AT_SYMLINK_NOFOLLOW);
	want("fchmodat2(AT_FDCWD, \"file\", 0644, AT_SYMLINK_NOFOLLOW) = %s", result(n));
	n = call(__NR_access, "file", 4 | 2);
	want("access(\"file\", R_OK|W_OK) = %s", result(n));
	n = call(__NR_access, "nothing", 0);
	want("access(\"nothing\", F_OK) = -1 ENOENT (No such file or directory)");
	n = call(__NR_faccessat, AT_FDCWD, "/", 1);
	want("faccessat(AT_FDCWD, \"/\", X_OK) = %s", result(n));
	n = call(__NR_faccessat2, AT_FDCWD, "file", 4, AT_EACCESS | AT_SYMLINK_NOFOLLOW);
	want("faccessat2(AT_FDCWD, \"file\", R_OK, AT_SYMLINK_NOFOLLOW|AT_EACCESS) = %s", result(n));
}

static void owners(int fd)
{
	unsigned uid = getuid(), gid = getgid();
	long n = call(__NR_chown, "file", uid, -1);
	want("chown(\"file\", %u, -1) = %s", uid, result(n));
	n = call(__NR_lchown, "symbolic", -1, gid);
	want("lchown(\"symbolic\", -1, %u) = %s", gid, result(n));
	n = call(__NR_fchown, fd, uid, gid);
	want("fchown(%d, %u, %u) = %s", fd, uid, gid, result(n));
	n = call(__NR_fchownat, AT_FDCWD, "symbolic", uid, -1, AT_SYMLINK_NOFOLLOW);
	want("fchownat(AT_FDCWD, \"symbolic\", %u, -1, AT_SYMLINK_NOFOLLOW) = %s", uid, result(n));
#ifdef __i386__
	n = call(__NR_chown32, "file", uid, -1);
	want("chown32(\"file\", %u, -1) = %s", uid, result(n));
	n = call(__NR_lchown32, "symbolic", -1, gid);
	want("lchown32(\"symbolic\", -1, %u) = %s", gid, result(n));
	n = call(__NR_fchown32, fd, 100000, gid);
	want("fchown32(%d, 100000, %u) = %s", fd, gid, result(n));
#endif
}

/* micro_date is a date of microseconds. */
static char *micro_date(long sec, long usec)
{
	char *s = date(sec, usec * 1000), *dot = strchr(s, '.');
	memmove(dot + 7, dot + 10, strlen(dot + 10) + 1);
	return s;
}

static void times(int fd)
{
	long both[2] = { 1000000000, 1234567890 };
	long n = call(__NR_utime, "file", both);
	want("utime(\"file\", {actime=1000000000%s, modtime=1234567890%s}) = %s", date(both[0], 0), date(both[1], 0), result(n));
	n = call(__NR_utime, "file", 0);
	want("utime(\"file\", NULL) = %s", result(n));
	long micro[4] = { 1000000000, 5000, 1234567890, 0 };
	n = call(__NR_utimes, "file", micro);
	want("utimes(\"file\", [{tv_sec=1000000000, tv_usec=5000}%s, {tv_sec=1234567890, tv_usec=0}%s]) = %s", micro_date(1000000000, 5000), date(1234567890, 0),
	     result(n));
	n = call(__NR_futimesat, AT_FDCWD, "file", 0);
	want("futimesat(AT_FDCWD, \"file\", NULL) = %s", result(n));
	long nano[4] = { 1000000000, 7, 5, (1l << 30) - 2l };
	n = call(__NR_utimensat, AT_FDCWD, "symbolic", nano, AT_SYMLINK_NOFOLLOW);
	want("utimensat(AT_FDCWD, \"symbolic\", [{tv_sec=1000000000, tv_nsec=7}%s, UTIME_OMIT], AT_SYMLINK_NOFOLLOW) = %s", date(1000000000, 7), result(n));
	nano[1] = (1l << 30) - 1l;
	n = call(__NR_utimensat, fd, 0, nano, 0);
	want("utimensat(%d, NULL, [UTIME_NOW, UTIME_OMIT], 0) = %s", fd, result(n));
#ifdef __i386__
	int64_t wide[4] = { 5000000000, 8, 1234567890, 0 };
	n = call(__NR_utimensat_time64, AT_FDCWD, "file", wide, 0);
	want("utimensat_time64(AT_FDCWD, \"file\", [{tv_sec=5000000000, tv_nsec=8}%s, {tv_sec=1234567890, tv_nsec=0}%s], 0) = %s",
	     date(5000000000, 8), date(1234567890, 0), result(n));
#endif
}

/* Names of the user's are to be had where the file system has them. */
static void extended(int fd)
{
	char value[64] = "", list[256] = "";
	long n = call(__NR_setxattr, "file", "user.first", "a value\0with more", 17, XATTR_CREATE);
	want("setxattr(\"file\", \"user.first\", \"a value\\0with more\", 17, XATTR_CREATE) = %s", result(n));
	n = call(__NR_lsetxattr, "file", "user.second", "2", 1, 0);
	want("lsetxattr(\"file\", \"user.second\", \"2\", 1, 0) = %s", result(n));
	n = call(__NR_fsetxattr, fd, "user.second", "two", 3, XATTR_REPLACE);
	want("fsetxattr(%d, \"user.second\", \"two\", 3, XATTR_REPLACE) = %s", fd, result(n));
	n = call(__NR_getxattr, "file", "user.first", value, sizeof value);
	want("getxattr(\"file\", \"user.first\", %s, 64) = %s", failed(n) ? at(value) : bytes(value, n), result(n));
	n = call(__NR_getxattr, "file", "user.first", 0, 0);
	want("getxattr(\"file\", \"user.first\", NULL, 0) = %s", result(n));
	n = call(__NR_lgetxattr, "file", "user.second", value, sizeof value);
	want("lgetxattr(\"file\", \"user.second\", %s, 64) = %s", failed(n) ? at(value) : bytes(value, n), result(n));
	n = call(__NR_fgetxattr, fd, "user.third", value, sizeof value);
	want("fgetxattr(%d, \"user.third\", %s, 64) = %s", fd, failed(n) ? at(value) : bytes(value, n), result(n));
	n = call(__NR_listxattr, "file", list, sizeof list);
	want("listxattr(\"file\", %s, 256) = %s", failed(n) ? at(list) : bytes(list, n), result(n));
	n = call(__NR_llistxattr, "file", list, 2);
	want("llistxattr(\"file\", %s, 2) = %s", failed(n) ? at(list) : bytes(list, n), result(n));
	n = call(__NR_flistxattr, fd, list, sizeof list);
	want("flistxattr(%d, %s, 256) = %s", fd, failed(n) ? at(list) : bytes(list, n), result(n));

	struct { uint64_t value; uint32_t size, flags; } args = { (uintptr_t)"by the newer call", 17, XATTR_CREATE };
	n = call(NR_setxattrat, AT_FDCWD, "file", AT_SYMLINK_NOFOLLOW, "user.fourth", &args, sizeof args);
	want("setxattrat(AT_FDCWD, \"file\", AT_SYMLINK_NOFOLLOW, \"user.fourth\", {value=\"by the newer call\", size=17, flags=XATTR_CREATE}, 16) = %s", result(n));
	args.value = (uintptr_t)value, args.size = sizeof value, args.flags = 0;
	n = call(NR_getxattrat, AT_FDCWD, "file", AT_SYMLINK_NOFOLLOW, "user.fourth", &args, sizeof args);
	want("getxattrat(AT_FDCWD, \"file\", AT_SYMLINK_NOFOLLOW, \"user.fourth\", {value=%s, size=64, flags=0}, 16) = %s", failed(n) ? at(value) : bytes(value, n), result(n));
	n = call(NR_listxattrat, AT_FDCWD, "file", 0, list, sizeof list);
	want("listxattrat(AT_FDCWD, \"file\", 0, %s, 256) = %s", failed(n) ? at(list) : bytes(list, n), result(n));
	n = call(NR_removexattrat, AT_FDCWD, "file", 0, "user.fourth");
	want("removexattrat(AT_FDCWD, \"file\", 0, \"user.fourth\") = %s", result(n));

	n = call(__NR_removexattr, "file", "user.first");
	want("removexattr(\"file\", \"user.first\") = %s", result(n));
	n = call(__NR_lremovexattr, "file", "user.first");
	want("lremovexattr(\"file\", \"user.first\") = %s", result(n));
	n = call(__NR_fremovexattr, fd, "user.second");
	want("fremovexattr(%d, \"user.second\") = %s", fd, result(n));
}

/* A handle's bytes are shown as a number is: from its first byte on. */
static void handles(void)
{
	struct { uint32_t bytes; int32_t type; unsigned char data[128]; } handle = { .bytes = 128 };
	int mount = -1;
	struct { uint32_t bytes; int32_t type; } small = { 0, 0 };
	long n = call(__NR_name_to_handle_at, AT_FDCWD, "/", &small, &mount, 0);
	want("name_to_handle_at(AT_FDCWD, \"/\", {handle_bytes=0%s}, %p, 0) = %s", small.bytes ? words(" => %u", small.bytes) : "", &mount, result(n));
	n = call(__NR_name_to_handle_at, AT_FDCWD, "file", &handle, &mount, AT_SYMLINK_FOLLOW);
	char *data = room(), *end = data;
	for (unsigned i = 0; !failed(n) && i < handle.bytes; i++)
		end += sprintf(end, "%02x", handle.data[i]);
	if (failed(n))
		want("name_to_handle_at(AT_FDCWD, \"file\", {handle_bytes=128%s}, %p, AT_SYMLINK_FOLLOW) = %s", handle.bytes == 128 ? "" : words(" => %u", handle.bytes),
		     &mount, result(n));
	else
		want("name_to_handle_at(AT_FDCWD, \"file\", {handle_bytes=128 => %u, handle_type=%d, f_handle=0x%s}, [%d], AT_SYMLINK_FOLLOW) = 0",
		     handle.bytes, handle.type, data, mount);
	long fd = call(__NR_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY | O_PATH);
	want("open_by_handle_at(AT_FDCWD, {handle_bytes=%u, handle_type=%d, f_handle=0x%s}, O_RDONLY|O_PATH) = %s", handle.bytes, handle.type, data, result(fd));
	if (fd >= 0)
		call(__NR_close, fd);
}

int main(int argc, char **argv)
{
	begin(argc, argv);
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0640);
	if (fd < 0 || symlink("file", "symbolic") || write(fd, "five!", 5) != 5)
		return 1;
	tzset();
	stats(fd);
	extended_stat(fd);
	modes(fd);
	owners(fd);
	times(fd);
	extended(fd);
	handles();
	return done();
}
