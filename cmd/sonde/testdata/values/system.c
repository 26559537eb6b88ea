// What the system has of users, terminals, limits and ways between processes: termios.h,
// sys/ioctl.h, pwd.h, sys/shm.h, sys/sem.h, sys/msg.h, sys/uio.h, sys/prctl.h.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pty.h>
#include <pwd.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <termios.h>
#include <unistd.h>

#include "expect.h"

static char buf[4096];
static long n;
static void *p;

static void terminals(void)
{
	int master, slave;
	struct winsize size = {24, 80};
	n = openpty(&master, &slave, NULL, NULL, &size);
	expect("openpty(3, 4, nil, nil, { 24, 80, 0, 0 }) = 0");
	n = ioctl(4, TIOCGWINSZ, &size);
	expect("ioctl(4, TIOCGWINSZ, { 24, 80, 0, 0 }) = 0");
	size.ws_row = 25;
	n = ioctl(4, TIOCSWINSZ, &size);
	expect("ioctl(4, TIOCSWINSZ, { 25, 80, 0, 0 }) = 0");
	int count;
	n = ioctl(4, FIONREAD, &count);
	expect("ioctl(4, FIONREAD, 0) = 0");
	n = ioctl(99, TIOCGWINSZ, &size);
	expect("ioctl(99, TIOCGWINSZ, %p) = -1 %s", &size, expect_error());
	n = ioctl(4, FIOCLEX);
	expect("ioctl(4, FIOCLEX) = 0");
	n = ioctl(4, 0xabcdef, 5);
	expect("ioctl(4, 0xabcdef, 5) = -1 %s", expect_error());
	static struct termios modes;
	modes.c_iflag = ICRNL | IXON;
	modes.c_cflag = CS8 | CREAD | B9600;
	modes.c_lflag = ISIG | ECHO;
	n = tcsetattr(99, TCSADRAIN, &modes);
	expect("tcsetattr(99, TCSADRAIN, { c_iflag=ICRNL|IXON, c_oflag=0, c_cflag=CS8|CREAD|B9600, c_lflag=ISIG|ECHO, ... }) = -1 %s", expect_error());
	n = tcflush(4, TCIOFLUSH);
	expect("tcflush(4, TCIOFLUSH) = 0");
	n = cfgetospeed(&modes);
	expect("cfgetospeed({ c_iflag=ICRNL|IXON, c_oflag=0, c_cflag=CS8|CREAD|B9600, c_lflag=ISIG|ECHO, ... }) = B9600");
}

static void auxiliary(void)
{
	const char *platform = (const char *)getauxval(AT_PLATFORM);
	expect("getauxval(AT_PLATFORM) = \"%s\"", platform);
	unsigned long v = getauxval(AT_PAGESZ);
	expect("getauxval(AT_PAGESZ) = 4096");
	v = getauxval(AT_UID);
	expect("getauxval(AT_UID) = %lu", v);
	v = getauxval(AT_HWCAP);
	expect("getauxval(AT_HWCAP) = %#lx", v);
}

static void users(void)
{
	struct passwd *user = getpwuid(0), entry, *found;
	expect("getpwuid(0) = { pw_name=%s, pw_uid=0, pw_gid=0, pw_dir=%s, pw_shell=%s, ... }", expect_string(user->pw_name),
	       expect_string(user->pw_dir), expect_string(user->pw_shell));
	user = getpwnam("no such user");
	expect("getpwnam(\"no such user\") = nil");
	n = getpwuid_r(4000000, &entry, buf, sizeof buf, &found);
	expect("getpwuid_r(4000000, %p, %p, 4096, nil) = 0", &entry, buf);
	n = setreuid(-1, -1);
	expect("setreuid(-1, -1) = 0");
	uid_t ruid, euid, suid;
	n = getresuid(&ruid, &euid, &suid);
	expect("getresuid(%u, %u, %u) = 0", ruid, euid, suid);
}

static void between(void)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	expect("shmget(IPC_PRIVATE, 4096, IPC_CREAT|0600) = %d", id);
	p = shmat(id, NULL, SHM_RDONLY);
	expect("shmat(%d, nil, SHM_RDONLY) = %p", id, p);
	n = shmctl(id, IPC_RMID, NULL);
	expect("shmctl(%d, IPC_RMID) = 0", id);
	p = shmat(-1, NULL, 0);
	expect("shmat(-1, nil, 0) = (void *) -1 %s", expect_error());

	id = semget(IPC_PRIVATE, 2, 0600);
	expect("semget(IPC_PRIVATE, 2, 0600) = %d", id);
	n = semctl(id, 1, SETVAL, 3);
	expect("semctl(%d, 1, SETVAL, 3) = 0", id);
	struct sembuf operations[] = {{1, -2, IPC_NOWAIT}, {0, 1, SEM_UNDO}};
	n = semop(id, operations, 2);
	expect("semop(%d, [ { 1, -2, IPC_NOWAIT }, { 0, 1, SEM_UNDO } ], 2) = 0", id);
	n = semctl(id, 1, GETVAL);
	expect("semctl(%d, 1, GETVAL) = 1", id);
	n = semctl(id, 0, IPC_RMID);
	expect("semctl(%d, 0, IPC_RMID) = 0", id);

	id = msgget(IPC_PRIVATE, 0600);
	expect("msgget(IPC_PRIVATE, 0600) = %d", id);
	struct {
		long type;
		char text[20];
	} message = {5, "hello"};
	n = msgsnd(id, &message, 6, 0);
	expect("msgsnd(%d, { 5, \"hello\\0\" }, 6, 0) = 0", id);
	n = msgrcv(id, &message, 20, 5, IPC_NOWAIT);
	expect("msgrcv(%d, { 5, \"hello\\0\" }, 20, 5, IPC_NOWAIT) = 6", id);
	n = msgrcv(id, &message, 20, 5, IPC_NOWAIT);
	expect("msgrcv(%d, %p, 20, 5, IPC_NOWAIT) = -1 %s", id, &message, expect_error());
	n = msgctl(id, IPC_RMID, NULL);
	expect("msgctl(%d, IPC_RMID) = 0", id);
	p = sem_open("/no such semaphore", 0);
	expect("sem_open(\"/no such semaphore\", O_RDONLY) = nil %s", expect_error());
	n = mq_open("no slash", O_RDWR | O_CREAT, 0600, NULL);
	expect("mq_open(\"no slash\", O_RDWR|O_CREAT, 0600, nil) = -1 %s", expect_error());
}

static void buffers(void)
{
	int fd = memfd_create("values", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	expect("memfd_create(\"values\", MFD_CLOEXEC|MFD_ALLOW_SEALING) = 5");
	char one[4], two[9];
	struct iovec out[] = {{"ab\0c", 4}, {"defgh", 5}}, in[] = {{one, 4}, {two, 9}};
	n = writev(fd, out, 2);
	expect("writev(5, [ { \"ab\\0c\", 4 }, { \"defgh\", 5 } ], 2) = 9");
	n = preadv(fd, in, 1, 1);
	expect("preadv(5, [ { \"b\\0cd\", 4 } ], 1, 1) = 4");
	n = preadv(fd, in, 1, 7);
	expect("preadv(5, [ { \"gh\", 4 } ], 1, 7) = 2");
	n = writev(-1, out, 1);
	expect("writev(-1, [ { \"ab\\0c\", 4 } ], 1) = -1 %s", expect_error());
	off_t from = 4;
	n = sendfile(4, fd, &from, 2);
	expect("sendfile(4, 5, 4 => 6, 2) = 2");
	n = fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
	expect("fcntl(5, F_ADD_SEALS, F_SEAL_SHRINK|F_SEAL_GROW) = 0");
	n = fcntl(fd, F_GET_SEALS);
	expect("fcntl(5, F_GET_SEALS) = F_SEAL_SHRINK|F_SEAL_GROW");
	n = fcntl(99, F_GET_SEALS);
	expect("fcntl(99, F_GET_SEALS) = -1 %s", expect_error());
	struct flock lock = {F_WRLCK, SEEK_SET, 0, 5, 77};
	n = fcntl(fd, F_GETLK, &lock);
	expect("fcntl(5, F_GETLK, { F_WRLCK, SEEK_SET, 0, 5, 77 } => { F_UNLCK, SEEK_SET, 0, 5, 77 }) = 0");
	n = getxattr("/no/such", "user.x", buf, 9);
	expect("getxattr(\"/no/such\", \"user.x\", %p, 9) = -1 %s", buf, expect_error());
	n = getrandom(buf, 0, GRND_NONBLOCK);
	expect("getrandom(\"\", 0, GRND_NONBLOCK) = 0");
}

static void limits(void)
{
	struct rlimit limit;
	limit.rlim_cur = 5;
	limit.rlim_max = RLIM_INFINITY;
	n = setrlimit(99, &limit);
	expect("setrlimit(99, { 5, RLIM_INFINITY }) = -1 %s", expect_error());
	n = prctl(PR_SET_NAME, "values");
	expect("prctl(PR_SET_NAME, \"values\") = 0");
	n = prctl(PR_GET_NAME, buf);
	expect("prctl(PR_GET_NAME, \"values\") = 0");
	n = prctl(PR_GET_DUMPABLE);
	expect("prctl(PR_GET_DUMPABLE) = SUID_DUMP_USER");
	n = prctl(PR_SET_PDEATHSIG, SIGTERM);
	expect("prctl(PR_SET_PDEATHSIG, SIGTERM) = 0");
	n = prctl(99999, 5);
	expect("prctl(99999, 5) = -1 %s", expect_error());
	n = ptrace(PTRACE_CONT, 1, 0, 0);
	expect("ptrace(PTRACE_CONT, 1, 0) = -1 %s", expect_error());
	n = mount("none", "/no/such", "tmpfs", MS_NOSUID | MS_RDONLY, "size=1");
	expect("mount(\"none\", \"/no/such\", \"tmpfs\", MS_RDONLY|MS_NOSUID, \"size=1\") = -1 %s", expect_error());
	n = syscall(SYS_getpgid, 0);
	expect("syscall(SYS_getpgid) = %ld", n);
}

int main(void)
{
	terminals();
	auxiliary();
	users();
	between();
	buffers();
	limits();
	return 0;
}
