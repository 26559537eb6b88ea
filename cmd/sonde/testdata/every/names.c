/* The calls that open, make, rename and remove what has a name. */
#include "every.h"
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static void shut(long fd)
{
	if (fd >= 0)
		call(__NR_close, fd);
}

static void opened(void)
{
	long n = call(__NR_creat, "made", 0640);
	want("creat(\"made\", 0640) = %s", result(n));
	shut(n);
	n = call(__NR_open, "made", O_RDWR | O_APPEND | O_NONBLOCK | 0100000);
	want("open(\"made\", O_RDWR|O_APPEND|O_NONBLOCK|O_LARGEFILE) = %s", result(n));
	shut(n);
	n = call(__NR_open, "again", O_WRONLY | O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC, 0604);
	want("open(\"again\", O_WRONLY|O_CREAT|O_EXCL|O_TRUNC|O_CLOEXEC, 0604) = %s", result(n));
	shut(n);
	n = call(__NR_open, "nothing", O_RDONLY | O_NOFOLLOW | O_NOCTTY);
	want("open(\"nothing\", O_RDONLY|O_NOCTTY|O_NOFOLLOW) = -1 ENOENT (No such file or directory)");
	n = call(__NR_openat, AT_FDCWD, "made", O_RDONLY | O_CLOEXEC);
	want("openat(AT_FDCWD, \"made\", O_RDONLY|O_CLOEXEC) = %s", result(n));
	shut(n);
	long here = call(__NR_openat, AT_FDCWD, ".", O_PATH | O_DIRECTORY);
	want("openat(AT_FDCWD, \".\", O_RDONLY|O_PATH|O_DIRECTORY) = %s", result(here));
	n = call(__NR_openat, here, "made", O_WRONLY | O_DSYNC | O_NOATIME);
	want("openat(%ld, \"made\", O_WRONLY|O_DSYNC|O_NOATIME) = %s", here, result(n));
	shut(n);
	n = call(__NR_openat, here, ".", O_RDWR | O_TMPFILE | O_SYNC, 0600);
	want("openat(%ld, \".\", O_RDWR|O_SYNC|O_TMPFILE, 0600) = %s", here, result(n));
	shut(n);
	struct open_how how = { .flags = O_RDWR | O_CREAT | O_CLOEXEC, .mode = 0644, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	n = call(__NR_openat2, here, "third", &how, sizeof how);
	want("openat2(%ld, \"third\", {flags=O_RDWR|O_CREAT|O_CLOEXEC, mode=0644, resolve=RESOLVE_NO_SYMLINKS|RESOLVE_BENEATH}, 24) = %s",
	     here, result(n));
	shut(n);
	how = (struct open_how){ .flags = O_PATH | O_DIRECTORY };
	n = call(__NR_openat2, AT_FDCWD, ".", &how, sizeof how);
	want("openat2(AT_FDCWD, \".\", {flags=O_RDONLY|O_PATH|O_DIRECTORY, resolve=0}, 24) = %s", result(n));
	shut(n);
	n = call(__NR_close, here);
	want("close(%ld) = 0", here);
	n = call(__NR_close, here);
	want("close(%ld) = -1 EBADF (Bad file descriptor)", here);
}

static void linked(void)
{
	long n = call(__NR_link, "made", "linked");
	want("link(\"made\", \"linked\") = %s", result(n));
	n = call(__NR_linkat, AT_FDCWD, "made", AT_FDCWD, "linked-at", AT_SYMLINK_FOLLOW);
	want("linkat(AT_FDCWD, \"made\", AT_FDCWD, \"linked-at\", AT_SYMLINK_FOLLOW) = %s", result(n));
	n = call(__NR_symlink, "made", "symbolic");
	want("symlink(\"made\", \"symbolic\") = %s", result(n));
	n = call(__NR_symlinkat, "a target whose name is quite long, \"quoted\"\n", AT_FDCWD, "symbolic-at");
	want("symlinkat(\"a target whose name is quite long, \\\"quoted\\\"\\n\", AT_FDCWD, \"symbolic-at\") = %s", result(n));
	char to[100] = "";
	n = call(__NR_readlink, "symbolic", to, sizeof to);
	want("readlink(\"symbolic\", \"made\", 100) = 4");
	n = call(__NR_readlink, "made", to, sizeof to);
	want("readlink(\"made\", %p, 100) = -1 EINVAL (Invalid argument)", to);
	n = call(__NR_readlinkat, AT_FDCWD, "symbolic-at", to, sizeof to);
	want("readlinkat(AT_FDCWD, \"symbolic-at\", %s, 100) = %s", bytes(to, n), result(n));
	n = call(__NR_rename, "linked", "renamed");
	want("rename(\"linked\", \"renamed\") = %s", result(n));
	n = call(__NR_renameat, AT_FDCWD, "linked-at", AT_FDCWD, "renamed-at");
	want("renameat(AT_FDCWD, \"linked-at\", AT_FDCWD, \"renamed-at\") = %s", result(n));
	n = call(__NR_renameat2, AT_FDCWD, "symbolic", AT_FDCWD, "made", RENAME_EXCHANGE);
	want("renameat2(AT_FDCWD, \"symbolic\", AT_FDCWD, \"made\", RENAME_EXCHANGE) = %s", result(n));
	n = call(__NR_renameat2, AT_FDCWD, "symbolic", AT_FDCWD, "made", RENAME_NOREPLACE);
	want("renameat2(AT_FDCWD, \"symbolic\", AT_FDCWD, \"made\", RENAME_NOREPLACE) = %s", result(n));
	n = call(__NR_unlink, "renamed");
	want("unlink(\"renamed\") = %s", result(n));
	n = call(__NR_unlinkat, AT_FDCWD, "renamed-at", 0);
	want("unlinkat(AT_FDCWD, \"renamed-at\", 0) = %s", result(n));
}

static void directories(const char *dir)
{
	long n = call(__NR_mkdir, "directory", 0755);
	want("mkdir(\"directory\", 0755) = %s", result(n));
	long into = call(__NR_open, "directory", O_RDONLY | O_DIRECTORY);
	n = call(__NR_mkdirat, into, "inner", 01777);
	want("mkdirat(%ld, \"inner\", 01777) = %s", into, result(n));
	n = call(__NR_chdir, "directory/inner");
	want("chdir(\"directory/inner\") = %s", result(n));
	char name[4096];
	n = call(__NR_getcwd, name, sizeof name);
	want("getcwd(%s, 4096) = %s", failed(n) ? at(name) : quoted(name, strlen(name)), result(n));
	n = call(__NR_getcwd, name, 2);
	want("getcwd(%p, 2) = -1 ERANGE (Numerical result out of range)", name);
	n = call(__NR_fchdir, into);
	want("fchdir(%ld) = %s", into, result(n));
	n = call(__NR_rmdir, "inner");
	want("rmdir(\"inner\") = %s", result(n));
	call(__NR_mkdir, "inner", 0700);
	n = call(__NR_unlinkat, into, "inner", AT_REMOVEDIR);
	want("unlinkat(%ld, \"inner\", AT_REMOVEDIR) = %s", into, result(n));
	shut(into);
	n = call(__NR_chdir, dir);
	want("chdir(%s) = %s", quoted(dir, strlen(dir)), result(n));
}

/* entries are what a directory has, in the order in which the kernel tells them. */
struct entry64 {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
} __attribute__((packed));

struct entry {
	unsigned long ino, off;
	uint16_t reclen;
	char name[];
} __attribute__((packed));

static const char *type_name(int type)
{
	return type == 4 ? "DT_DIR" : type == 8 ? "DT_REG" : type == 10 ? "DT_LNK" : "DT_UNKNOWN";
}

static void listed(void)
{
	call(__NR_mkdir, "list", 0755);
	shut(call(__NR_creat, "list/a file", 0600));
	call(__NR_symlink, "to", "list/symbolic");
	long fd = call(__NR_open, "list", O_RDONLY | O_DIRECTORY);
	static char buffer[1024];
	long n = call(__NR_getdents64, fd, buffer, sizeof buffer);
	char *list = room(), *end = list;
	int count = 0;
	for (long at = 0; at < n; count++) {
		struct entry64 *e = (struct entry64 *)(buffer + at);
		end += sprintf(end, "%s{d_ino=%llu, d_off=%lld, d_reclen=%d, d_type=%s, d_name=%s}", at ? ", " : "", (unsigned long long)e->ino,
			       (long long)e->off, e->reclen, type_name(e->type), quoted(e->name, strlen(e->name)));
		at += e->reclen;
	}
	if (whole)
		want("getdents64(%ld, [%s], 1024) = %s", fd, list, result(n));
	else
		want("getdents64(%ld, %p /* %d entries */, 1024) = %s", fd, buffer, count, result(n));
	n = call(__NR_getdents64, fd, buffer, sizeof buffer);
	want("getdents64(%ld, %s, 1024) = 0", fd, whole ? "[]" : words("%p /* 0 entries */", buffer));

	call(__NR_lseek, fd, 0, SEEK_SET);
	n = call(__NR_getdents, fd, buffer, sizeof buffer);
	list = end = room(), count = 0;
	for (long at = 0; at < n; count++) {
		struct entry *e = (struct entry *)(buffer + at);
		end += sprintf(end, "%s{d_ino=%lu, d_off=%lu, d_reclen=%d, d_name=%s}", at ? ", " : "", e->ino, e->off, e->reclen,
			       quoted(e->name, strlen(e->name)));
		at += e->reclen;
	}
	if (failed(n))
		want("getdents(%ld, %p, 1024) = %s", fd, buffer, result(n));
	else if (whole)
		want("getdents(%ld, [%s], 1024) = %s", fd, list, result(n));
	else
		want("getdents(%ld, %p /* %d entries */, 1024) = %s", fd, buffer, count, result(n));
#ifdef __i386__
	call(__NR_lseek, fd, 0, SEEK_SET);
	struct { unsigned long ino, off; uint16_t namlen; char name[256]; } one;
	n = call(__NR_readdir, fd, &one, 1);
	want("readdir(%ld, %s, 1) = %s", fd, n <= 0 ? at(&one) : words("{d_ino=%lu, d_off=%lu, d_reclen=%d, d_name=%s}", one.ino, one.off, one.namlen,
	     quoted(one.name, strlen(one.name))), result(n));
#endif
	shut(fd);
}

static void nodes(void)
{
	long n = call(__NR_mknod, "fifo", S_IFIFO | 0644, 0);
	want("mknod(\"fifo\", S_IFIFO|0644) = %s", result(n));
	n = call(__NR_mknod, "device", S_IFCHR | 0600, makedev(1, 3));
	want("mknod(\"device\", S_IFCHR|0600, makedev(0x1, 0x3)) = %s", result(n));
	n = call(__NR_mknodat, AT_FDCWD, "block", S_IFBLK | 0660, makedev(7, 200));
	want("mknodat(AT_FDCWD, \"block\", S_IFBLK|0660, makedev(0x7, 0xc8)) = %s", result(n));
	n = call(__NR_mknodat, AT_FDCWD, "socket", S_IFSOCK | 0777);
	want("mknodat(AT_FDCWD, \"socket\", S_IFSOCK|0777) = %s", result(n));
}

static void lengths(void)
{
	long n = call(__NR_truncate, "again", 70000);
	want("truncate(\"again\", 70000) = %s", result(n));
	long fd = call(__NR_open, "again", O_RDWR);
	n = call(__NR_ftruncate, fd, 8192);
	want("ftruncate(%ld, 8192) = %s", fd, result(n));
#ifdef __i386__
	n = call(__NR_truncate64, "again", LOW_HIGH(0x100000002));
	want("truncate64(\"again\", 4294967298) = %s", result(n));
	n = call(__NR_ftruncate64, fd, LOW_HIGH(0x100000001));
	want("ftruncate64(%ld, 4294967297) = %s", fd, result(n));
	call(__NR_ftruncate, fd, 8192);
#endif
	shut(fd);
}

int main(int argc, char **argv)
{
	begin(argc, argv);
	long n = call(__NR_umask, 027);
	want("umask(027) = %#lo", n);
	n = call(__NR_umask, 0);
	want("umask(000) = 027");
	opened();
	linked();
	directories(argv[1]);
	listed();
	nodes();
	lengths();
	return done();
}
