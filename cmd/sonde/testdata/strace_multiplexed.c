/* The calls of sockets and of System V's IPC as old 32-bit programs make them:
   each by one of the two numbers that stand for all of them. */
#define _GNU_SOURCE
#include <linux/net.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* linux/ipc.h, which does not go with sys/ipc.h */
enum { SEMOP = 1, SEMGET, SEMCTL, SEMTIMEDOP, MSGSND = 11, MSGRCV, MSGGET, MSGCTL, SHMAT = 21, SHMDT, SHMGET, SHMCTL };

#define SOCKET(call, ...) socket_call(call, (long[6]){__VA_ARGS__})

static int socket_call(int call, long *args) {
	return syscall(SYS_socketcall, call, args);
}

static int ipc_call(int call, long first, long second, long third, void *ptr, long fifth) {
	return syscall(SYS_ipc, call, first, second, third, ptr, fifth);
}

static void sockets(void) {
	struct sockaddr_un name = {AF_UNIX, "listens"}, peer;
	socklen_t length = sizeof peer;
	char buf[64] = "";
	int pair[2], one = 1;
	struct iovec iov = {"hello", 5}, room = {buf, sizeof buf};
	struct msghdr out = {.msg_iov = &iov, .msg_iovlen = 1}, in = {.msg_iov = &room, .msg_iovlen = 1};

	int listens = SOCKET(SYS_SOCKET, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	SOCKET(SYS_BIND, listens, (long)&name, sizeof name);
	SOCKET(SYS_LISTEN, listens, 5);
	int client = SOCKET(SYS_SOCKET, AF_UNIX, SOCK_STREAM, 0);
	SOCKET(SYS_CONNECT, client, (long)&name, sizeof name);
	SOCKET(SYS_ACCEPT4, listens, 0, 0, SOCK_NONBLOCK);
	SOCKET(SYS_CONNECT, SOCKET(SYS_SOCKET, AF_UNIX, SOCK_STREAM, 0), (long)&name, sizeof name);
	SOCKET(SYS_ACCEPT, listens, (long)&peer, (long)&length);
	length = sizeof peer;
	SOCKET(SYS_GETSOCKNAME, listens, (long)&peer, (long)&length);
	length = sizeof peer;
	SOCKET(SYS_GETPEERNAME, client, (long)&peer, (long)&length);
	SOCKET(SYS_SETSOCKOPT, listens, SOL_SOCKET, SO_PASSCRED, (long)&one, sizeof one);
	length = sizeof one;
	SOCKET(SYS_GETSOCKOPT, listens, SOL_SOCKET, SO_TYPE, (long)&one, (long)&length);
	SOCKET(SYS_SHUTDOWN, client, SHUT_RDWR);

	SOCKET(SYS_SOCKETPAIR, AF_UNIX, SOCK_DGRAM, 0, (long)pair);
	SOCKET(SYS_SEND, pair[0], (long)"one", 3, 0);
	SOCKET(SYS_RECV, pair[1], (long)buf, sizeof buf, 0);
	SOCKET(SYS_SENDTO, pair[0], (long)"two", 3, MSG_DONTWAIT, 0, 0);
	SOCKET(SYS_RECVFROM, pair[1], (long)buf, sizeof buf, 0, 0, 0);
	SOCKET(SYS_SENDMSG, pair[0], (long)&out, 0);
	SOCKET(SYS_RECVMSG, pair[1], (long)&in, 0);
	struct mmsghdr outs = {.msg_hdr = out}, ins = {.msg_hdr = in};
	SOCKET(SYS_SENDMMSG, pair[0], (long)&outs, 1, 0);
	SOCKET(SYS_RECVMMSG, pair[1], (long)&ins, 1, MSG_DONTWAIT, 0);
	SOCKET(SYS_RECV, pair[1], (long)buf, sizeof buf, MSG_DONTWAIT);
	socket_call(SYS_SOCKET, NULL);
}

static void ipcs(void) {
	struct sembuf up = {0, 1, 0}, down = {0, -3, 0};
	struct timespec soon = {0, 1000};
	long value = 5, where = 0;
	int set = ipc_call(SEMGET, IPC_PRIVATE, 1, IPC_CREAT | 0600, NULL, 0);
	ipc_call(SEMOP, set, 1, 0, &up, 0);
	ipc_call(SEMTIMEDOP, set, 1, 0, &down, (long)&soon);
	ipc_call(SEMCTL, set, 0, SETVAL, &value, 0);
	ipc_call(SEMCTL, set, 0, IPC_RMID, &value, 0);

	struct {
		long type;
		char text[8];
	} message = {5, "hey"};
	struct {
		void *message;
		long type;
	} old = {&message, 5};
	int queue = ipc_call(MSGGET, IPC_PRIVATE, IPC_CREAT | 0600, 0, NULL, 0);
	ipc_call(MSGSND, queue, 8, 0, &message, 0);
	ipc_call(MSGSND, queue, 8, 0, &message, 0);
	ipc_call(MSGRCV, queue, 8, 0, &old, 0);
	ipc_call(1 << 16 | MSGRCV, queue, 8, 0, &message, 5);
	ipc_call(MSGCTL, queue, IPC_RMID, 0, NULL, 0);

	int shared = ipc_call(SHMGET, IPC_PRIVATE, 4096, IPC_CREAT | 0600, NULL, 0);
	ipc_call(SHMAT, shared, SHM_RDONLY, (long)&where, NULL, 0);
	ipc_call(SHMDT, 0, 0, 0, (void *)where, 0);
	ipc_call(SHMCTL, shared, IPC_RMID, 0, NULL, 0);
	ipc_call(77, 1, 2, 3, (void *)4, 5);
}

int main(void) {
	sockets();
	ipcs();
	return 0;
}
