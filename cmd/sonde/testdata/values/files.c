// Files, directories, descriptors and streams: fcntl.h, unistd.h, sys/stat.h,
// dirent.h, stdio.h and sys/mman.h.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utime.h>

#include "expect.h"

static char buf[PATH_MAX];
static void *p;
static long n;

static void opening(void)
{
	char dir[] = "/tmp/values.XXXXXX";
	p = mkdtemp(dir);
	expect("mkdtemp(\"/tmp/values.XXXXXX\" => \"%s\") = %p", dir, dir);
	n = chdir(dir);
	expect("chdir(\"%s\") = 0", dir);
	n = umask(022);
	expect("umask(022) = 0%lo", n);
	n = open("file", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	expect("open(\"file\", O_RDWR|O_CREAT|O_TRUNC|O_CLOEXEC, 0640) = 3");
	n = open("file", O_WRONLY | O_APPEND);
	expect("open(\"file\", O_WRONLY|O_APPEND) = 4");
	n = open("none", O_RDONLY);
	expect("open(\"none\", O_RDONLY) = -1 %s", expect_error());
	n = open("file", O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_ISUID);
	expect("open(\"file\", O_RDWR|O_CREAT|O_EXCL, 04400) = -1 %s", expect_error());
	n = openat(AT_FDCWD, "file", O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
	expect("openat(AT_FDCWD, \"file\", O_RDONLY|O_NONBLOCK|O_NOFOLLOW) = 5");
	n = openat(99, "file", O_DIRECTORY);
	expect("openat(99, \"file\", O_RDONLY|O_DIRECTORY) = -1 %s", expect_error());
	n = creat("other", 0600);
	expect("creat(\"other\", 0600) = 6");
	n = close(6) + close(5) + close(4);
	expect("close(6) = 0");
	expect("close(5) = 0");
	expect("close(4) = 0");
	n = close(-1);
	expect("close(-1) = -1 %s", expect_error());
	n = access("file", R_OK | W_OK);
	expect("access(\"file\", R_OK|W_OK) = 0");
	n = access("none", F_OK);
	expect("access(\"none\", F_OK) = -1 %s", expect_error());
}

static void transfers(void)
{
	n = write(3, "some text\n", 10);
	expect("write(3, \"some text\\n\", 10) = 10");
	n = write(-1, "x", 1);
	expect("write(-1, \"x\", 1) = -1 %s", expect_error());
	n = lseek(3, 5, SEEK_SET);
	expect("lseek(3, 5, SEEK_SET) = 5");
	n = read(3, buf, 4);
	expect("read(3, \"text\", 4) = 4");
	n = read(3, buf, 100);
	expect("read(3, \"\\n\", 100) = 1");
	n = read(3, buf, 100);
	expect("read(3, \"\", 100) = 0");
	n = read(-1, buf, 100);
	expect("read(-1, %p, 100) = -1 %s", buf, expect_error());
	n = pread(3, buf, 3, 2);
	expect("pread(3, \"me \", 3, 2) = 3");
	n = pwrite(3, "\0\1", 2, 0);
	expect("pwrite(3, \"\\0\\001\", 2, 0) = 2");
	n = ftruncate(3, 100);
	expect("ftruncate(3, 100) = 0");
	n = fsync(3);
	expect("fsync(3) = 0");
	n = write(3, (char *)1, 4);
	expect("write(3, 0x1 <unreadable>, 4) = -1 %s", expect_error());
}

static void descriptors(void)
{
	int pair[2];
	n = pipe(pair);
	expect("pipe([ 4, 5 ]) = 0");
	n = pipe2(pair, O_CLOEXEC | O_NONBLOCK);
	expect("pipe2([ 6, 7 ], O_NONBLOCK|O_CLOEXEC) = 0");
	n = dup(6);
	expect("dup(6) = 8");
	n = dup2(7, 9);
	expect("dup2(7, 9) = 9");
	n = dup3(7, 9, O_CLOEXEC);
	expect("dup3(7, 9, O_CLOEXEC) = 9");
	n = fcntl(6, F_GETFL);
	expect("fcntl(6, F_GETFL) = O_RDONLY|O_NONBLOCK");
	n = fcntl(6, F_SETFL, O_APPEND);
	expect("fcntl(6, F_SETFL, O_RDONLY|O_APPEND) = 0");
	n = fcntl(6, F_GETFD);
	expect("fcntl(6, F_GETFD) = FD_CLOEXEC");
	n = fcntl(6, F_SETFD, 0);
	expect("fcntl(6, F_SETFD, 0) = 0");
	n = fcntl(6, F_DUPFD, 20);
	expect("fcntl(6, F_DUPFD, 20) = 20");
	n = fcntl(99, F_GETFD);
	expect("fcntl(99, F_GETFD) = -1 %s", expect_error());
	n = flock(3, LOCK_EX | LOCK_NB);
	expect("flock(3, LOCK_EX|LOCK_NB) = 0");
	n = isatty(3);
	expect("isatty(3) = 0 %s", expect_error());
}

static void names(void)
{
	n = symlink("file", "link");
	expect("symlink(\"file\", \"link\") = 0");
	n = readlink("link", buf, sizeof buf);
	expect("readlink(\"link\", \"file\", 4096) = 4");
	n = readlink("file", buf, sizeof buf);
	expect("readlink(\"file\", %p, 4096) = -1 %s", buf, expect_error());
	char *real = realpath("/usr/../etc/./passwd", buf);
	expect("realpath(\"/usr/../etc/./passwd\", %p) = \"/etc/passwd\"", buf);
	real = realpath("/usr/../etc", NULL);
	expect("realpath(\"/usr/../etc\", nil) = \"/etc\"");
	n = rename("other", "renamed");
	expect("rename(\"other\", \"renamed\") = 0");
	n = link("renamed", "hard");
	expect("link(\"renamed\", \"hard\") = 0");
	n = unlink("hard");
	expect("unlink(\"hard\") = 0");
	n = unlinkat(AT_FDCWD, "none", AT_REMOVEDIR);
	expect("unlinkat(AT_FDCWD, \"none\", AT_REMOVEDIR) = -1 %s", expect_error());
	n = mkdir("sub", 0755);
	expect("mkdir(\"sub\", 0755) = 0");
	n = rmdir("sub");
	expect("rmdir(\"sub\") = 0");
	n = chmod("file", S_IFREG | 0444);
	expect("chmod(\"file\", 0100444) = 0");
	n = chown("file", -1, -1);
	expect("chown(\"file\", -1, -1) = 0");
	n = mkfifo("fifo", 0600);
	expect("mkfifo(\"fifo\", 0600) = 0");
	n = truncate("none", 5);
	expect("truncate(\"none\", 5) = -1 %s", expect_error());
	struct timespec moments[2] = {{1000000000, 5}, {0, UTIME_OMIT}};
	n = utimensat(AT_FDCWD, "file", moments, 0);
	expect("utimensat(AT_FDCWD, \"file\", [ %s, { 0, UTIME_OMIT } ], 0) = 0",
	       expect_moment(1000000000, 5));
	p = getcwd(buf, sizeof buf);
	expect("getcwd(%p, 4096) = \"%s\"", buf, buf);
	n = pathconf("/", _PC_NAME_MAX);
	expect("pathconf(\"/\", _PC_NAME_MAX) = %ld", n);
	n = sysconf(_SC_PAGESIZE);
	expect("sysconf(_SC_PAGESIZE) = 4096");
}

static void states(void)
{
	struct stat st;
	n = utimensat(AT_FDCWD, "renamed", (struct timespec[2]){{1000000000, 1}, {1000000001, 0}}, 0);
	expect("utimensat(AT_FDCWD, \"renamed\", [ %s, %s ], 0) = 0",
	       expect_moment(1000000000, 1), expect_moment(1000000001, 0));
	n = stat("renamed", &st);
	expect("stat(\"renamed\", { st_mode=S_IFREG|0600, st_size=0, ... }) = 0");
	n = fstat(3, &st);
	expect("fstat(3, { st_mode=S_IFREG|0444, st_size=100, ... }) = 0");
	n = stat("none", &st);
	expect("stat(\"none\", %p) = -1 %s", (void *)&st, expect_error());
	n = fstatat(AT_FDCWD, "none", &st, AT_SYMLINK_NOFOLLOW);
	expect("fstatat(AT_FDCWD, \"none\", %p, AT_SYMLINK_NOFOLLOW) = -1 %s", (void *)&st, expect_error());
	struct statvfs fs;
	n = statvfs("none", &fs);
	expect("statvfs(\"none\", %p) = -1 %s", (void *)&fs, expect_error());
}

static void mappings(void)
{
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	expect("mmap(nil, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = %p", p);
	n = mprotect(p, 4096, PROT_NONE);
	expect("mprotect(%p, 4096, PROT_NONE) = 0", p);
	n = madvise(p, 4096, MADV_DONTNEED);
	expect("madvise(%p, 4096, MADV_DONTNEED) = 0", p);
	n = munmap(p, 4096);
	expect("munmap(%p, 4096) = 0", p);
	p = mmap(NULL, 0, PROT_READ, MAP_SHARED, 3, 0);
	expect("mmap(nil, 0, PROT_READ, MAP_SHARED, 3, 0) = MAP_FAILED %s", expect_error());
	n = memfd_create("name", MFD_CLOEXEC);
	expect("memfd_create(\"name\", MFD_CLOEXEC) = 10");
}

static void streams(void)
{
	FILE *stream = fopen("text", "w+");
	expect("fopen(\"text\", \"w+\") = %p", (void *)stream);
	n = fputs("line one\nline two", stream);
	expect("fputs(\"line one\\nline two\", %p) = 1", (void *)stream);
	n = fputc('!', stream);
	expect("fputc('!', %p) = '!'", (void *)stream);
	n = fwrite("ab\0cd", 1, 5, stream);
	expect("fwrite(\"ab\\0cd\", 1, 5, %p) = 5", (void *)stream);
	n = ftell(stream);
	expect("ftell(%p) = 23", (void *)stream);
	rewind(stream);
	expect("rewind(%p) = <void>", (void *)stream);
	p = fgets(buf, sizeof buf, stream);
	expect("fgets(\"line one\\n\", 4096, %p) = %p", (void *)stream, buf);
	n = fgetc(stream);
	expect("fgetc(%p) = 'l'", (void *)stream);
	n = ungetc('L', stream);
	expect("ungetc('L', %p) = 'L'", (void *)stream);
	char *line = NULL;
	size_t room = 0;
	n = getdelim(&line, &room, '!', stream);
	expect("getdelim(\"Line two!\", 0 => 120, '!', %p) = 9", (void *)stream);
	n = fread(buf, 2, 10, stream);
	expect("fread(\"ab\\0c\", 2, 10, %p) = 2", (void *)stream);
	n = getline(&line, &room, stream);
	expect("getline(%p, 120, %p) = -1", (void *)&line, (void *)stream);
	n = feof(stream);
	expect("feof(%p) = 1", (void *)stream);
	n = fgetc(stream);
	expect("fgetc(%p) = EOF", (void *)stream);
	clearerr(stream);
	expect("clearerr(%p) = <void>", (void *)stream);
	n = fseek(stream, -2, SEEK_CUR);
	expect("fseek(%p, -2, SEEK_CUR) = 0", (void *)stream);
	n = fseek(stream, -1, SEEK_SET);
	expect("fseek(%p, -1, SEEK_SET) = -1 %s", (void *)stream, expect_error());
	n = setvbuf(stream, NULL, _IOLBF, 0);
	expect("setvbuf(%p, nil, _IOLBF, 0) = 0", (void *)stream);
	n = fileno(stream);
	expect("fileno(%p) = 11", (void *)stream);
	n = fflush(stream);
	expect("fflush(%p) = 0", (void *)stream);
	n = fclose(stream);
	expect("fclose(%p) = 0", (void *)stream);
	stream = fopen("none", "r");
	expect("fopen(\"none\", \"r\") = nil %s", expect_error());
	n = puts("shown nowhere");
	expect("puts(\"shown nowhere\") = 14");
	n = putchar('c');
	expect("putchar('c') = 'c'");
	n = fputs("x", stdout);
	expect("fputs(\"x\", stdout) = 1");
	n = remove("text");
	expect("remove(\"text\") = 0");
	n = remove("text");
	expect("remove(\"text\") = -1 %s", expect_error());
}

static void directories(void)
{
	DIR *dir = opendir("none");
	expect("opendir(\"none\") = nil %s", expect_error());
	dir = opendir(".");
	expect("opendir(\".\") = %p", (void *)dir);
	struct dirent *entry = readdir(dir);
	expect("readdir(%p) = { %llu, %s, \"%s\" }", (void *)dir, (unsigned long long)entry->d_ino,
	       entry->d_type == DT_DIR ? "DT_DIR" : entry->d_type == DT_LNK ? "DT_LNK" : entry->d_type == DT_FIFO ? "DT_FIFO" : "DT_REG",
	       entry->d_name);
	n = closedir(dir);
	expect("closedir(%p) = 0", (void *)dir);
	n = unlink("file") | unlink("link") | unlink("renamed") | unlink("fifo");
	expect("unlink(\"file\") = 0");
	expect("unlink(\"link\") = 0");
	expect("unlink(\"renamed\") = 0");
	expect("unlink(\"fifo\") = 0");
	p = getcwd(buf, sizeof buf);
	expect("getcwd(%p, 4096) = \"%s\"", buf, buf);
	n = rmdir(buf);
	expect("rmdir(\"%s\") = 0", buf);
}

int main(void)
{
	opening();
	transfers();
	descriptors();
	names();
	states();
	mappings();
	streams();
	directories();
	return 0;
}
