// ipc.c: System V's and POSIX's ways between processes.
#include "every.h"
#include "structs.h"

#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

// The kernel's structs are libc's on both machines, where times are of 64 bits on
// x86-64 and in two halves on i386.
static char *permissions(const struct ipc_perm *p)
{
	return words("{uid=%u, gid=%u, mode=%#03o, key=%u, cuid=%u, cgid=%u}", p->uid, p->gid, p->mode, p->__key, p->cuid, p->cgid);
}

struct text { long type; char data[40]; };

static void messages(void)
{
	struct text m = {3, "every word"}, got;
	struct msqid_ds ds;
	struct msginfo info;
	long id, n;

	id = call(__NR_msgget, IPC_PRIVATE, IPC_CREAT | IPC_EXCL | 0600);
	want("msgget(IPC_PRIVATE, IPC_CREAT|IPC_EXCL|0600) = %s", result(id));
	n = call(__NR_msgsnd, id, &m, 10, IPC_NOWAIT);
	want("msgsnd(%ld, {mtype=3, mtext=\"every word\"}, 10, IPC_NOWAIT) = %s", id, result(n));
	n = call(__NR_msgctl, id, IPC_STAT, &ds);
	want("msgctl(%ld, IPC_STAT, {msg_perm=%s, msg_stime=%lld, msg_rtime=%lld, msg_ctime=%lld, msg_qnum=%lu, msg_qbytes=%lu, msg_lspid=%d, msg_lrpid=%d}) = %s",
	     id, permissions(&ds.msg_perm), (long long)ds.msg_stime, (long long)ds.msg_rtime, (long long)ds.msg_ctime,
	     ds.msg_qnum, ds.msg_qbytes, ds.msg_lspid, ds.msg_lrpid, result(n));
	ds.msg_perm.mode = 0640;
	n = call(__NR_msgctl, id, IPC_SET, &ds);
	want("msgctl(%ld, IPC_SET, {msg_perm={uid=%u, gid=%u, mode=0640}, msg_qbytes=%lu}) = %s", id, ds.msg_perm.uid, ds.msg_perm.gid, ds.msg_qbytes, result(n));
	n = call(__NR_msgrcv, id, &got, sizeof got.data, 0, MSG_NOERROR);
	want("msgrcv(%ld, {mtype=3, mtext=\"every word\"}, %zu, 0, MSG_NOERROR) = %s", id, sizeof got.data, result(n));
	n = call(__NR_msgrcv, id, &got, 10, -5, IPC_NOWAIT);
	want("msgrcv(%ld, %p, 10, -5, IPC_NOWAIT) = %s", id, (void *)&got, result(n));
	n = call(__NR_msgctl, 0, MSG_INFO, &info);
	want("msgctl(0, MSG_INFO, {msgpool=%d, msgmap=%d, msgmax=%d, msgmnb=%d, msgmni=%d, msgssz=%d, msgtql=%d, msgseg=%u}) = %s",
	     info.msgpool, info.msgmap, info.msgmax, info.msgmnb, info.msgmni, info.msgssz, info.msgtql, info.msgseg, result(n));
	n = call(__NR_msgctl, id, IPC_RMID, NULL);
	want("msgctl(%ld, IPC_RMID, NULL) = %s", id, result(n));
}

static void semaphores(void)
{
	struct sembuf ops[2] = {{0, 2, 0}, {1, -1, IPC_NOWAIT | SEM_UNDO}};
	unsigned short values[2] = {3, 4};
	struct semid_ds ds;
	struct seminfo info;
	struct { long sec, nsec; } soon = {0, 1000};
	long id, n;

	id = call(__NR_semget, 0x5e5e5e, 2, IPC_CREAT | 0660);
	want("semget(0x5e5e5e, 2, IPC_CREAT|0660) = %s", result(id));
	n = call(__NR_semctl, id, 0, SETALL, values);
	want("semctl(%ld, 0, SETALL, %p) = %s", id, (void *)values, result(n));
	n = call(__NR_semctl, id, 1, SETVAL, 5);
	want("semctl(%ld, 1, SETVAL, 5) = %s", id, result(n));
#ifdef __x86_64__
	n = call(__NR_semop, id, ops, 2);
	want("semop(%ld, [{sem_num=0, sem_op=2, sem_flg=0}, {sem_num=1, sem_op=-1, sem_flg=SEM_UNDO|IPC_NOWAIT}], 2) = %s", id, result(n));
	ops[0].sem_op = -100;
	n = call(__NR_semtimedop, id, ops, 1, &soon);
	want("semtimedop(%ld, [{sem_num=0, sem_op=-100, sem_flg=0}], 1, {tv_sec=0, tv_nsec=1000}) = %s", id, result(n));
#else
	struct { int64_t sec, nsec; } later = {0, 2000};
	n = call(__NR_semtimedop_time64, id, ops, 2, &later);
	want("semtimedop_time64(%ld, [{sem_num=0, sem_op=2, sem_flg=0}, {sem_num=1, sem_op=-1, sem_flg=SEM_UNDO|IPC_NOWAIT}], 2, {tv_sec=0, tv_nsec=2000}) = %s", id, result(n));
	(void)soon;
#endif
	n = call(__NR_semctl, id, 0, GETALL, values);
	want("semctl(%ld, 0, GETALL, %p) = %s", id, (void *)values, result(n));
	n = call(__NR_semctl, id, 1, GETVAL, 0);
	want("semctl(%ld, 1, GETVAL, NULL) = %s", id, result(n));
	n = call(__NR_semctl, id, 0, IPC_STAT, &ds);
	want("semctl(%ld, 0, IPC_STAT, {sem_perm=%s, sem_otime=%lld, sem_ctime=%lld, sem_nsems=%lu}) = %s", id, permissions(&ds.sem_perm),
	     (long long)ds.sem_otime, (long long)ds.sem_ctime, ds.sem_nsems, result(n));
	n = call(__NR_semctl, 0, 0, IPC_INFO, &info);
	want("semctl(0, 0, IPC_INFO, {semmap=%d, semmni=%d, semmns=%d, semmnu=%d, semmsl=%d, semopm=%d, semume=%d, semusz=%d, semvmx=%d, semaem=%d}) = %s",
	     info.semmap, info.semmni, info.semmns, info.semmnu, info.semmsl, info.semopm, info.semume, info.semusz, info.semvmx, info.semaem, result(n));
	n = call(__NR_semctl, id, 0, IPC_RMID, 0);
	want("semctl(%ld, 0, IPC_RMID, NULL) = %s", id, result(n));
}

static void memory(void)
{
	struct shmid_ds ds;
	long id, a, n;

	id = call(__NR_shmget, IPC_PRIVATE, 4096, IPC_CREAT | SHM_NORESERVE | 0600);
	want("shmget(IPC_PRIVATE, 4096, IPC_CREAT|SHM_NORESERVE|0600) = %s", result(id));
	a = call(__NR_shmat, id, NULL, SHM_RDONLY);
	want("shmat(%ld, NULL, SHM_RDONLY) = %s", id, result_at(a));
	n = call(__NR_shmctl, id, IPC_STAT, &ds);
	want("shmctl(%ld, IPC_STAT, {shm_perm=%s, shm_segsz=%zu, shm_cpid=%d, shm_lpid=%d, shm_nattch=%lu, shm_atime=%lld, shm_dtime=%lld, shm_ctime=%lld}) = %s",
	     id, permissions(&ds.shm_perm), ds.shm_segsz, ds.shm_cpid, ds.shm_lpid, ds.shm_nattch, (long long)ds.shm_atime,
	     (long long)ds.shm_dtime, (long long)ds.shm_ctime, result(n));
	n = call(__NR_shmdt, a);
	want("shmdt(%#lx) = %s", a, result(n));
	n = call(__NR_shmctl, id, SHM_LOCK, 0);
	want("shmctl(%ld, SHM_LOCK, NULL) = %s", id, result(n));
	n = call(__NR_shmctl, id, IPC_RMID, NULL);
	want("shmctl(%ld, IPC_RMID, NULL) = %s", id, result(n));
}

static void queues(void)
{
	static char name[] = "sonde-every";
	char got[64];
	unsigned priority;
	struct { long flags, maxmsg, msgsize, curmsgs, spare[4]; } attr = {0, 3, sizeof got}, was, none = {O_NONBLOCK};
	struct { long sec, nsec; } long_ago = {5, 6};
	struct { long value; int signo, notify, pad[16]; } event = {0, SIGUSR1, SIGEV_NONE};
	long q, n;

	q = call(__NR_mq_open, name, O_RDWR | O_CREAT, 0600, &attr);
	want("mq_open(\"sonde-every\", O_RDWR|O_CREAT, 0600, {mq_flags=0, mq_maxmsg=3, mq_msgsize=%zu, mq_curmsgs=0}) = %s", sizeof got, result(q));
	n = call(__NR_mq_notify, q, &event);
	want("mq_notify(%ld, {sigev_signo=SIGUSR1, sigev_notify=SIGEV_NONE}) = %s", q, result(n));
	n = call(__NR_mq_timedsend, q, "news", 4, 9, NULL);
	want("mq_timedsend(%ld, \"news\", 4, 9, NULL) = %s", q, result(n));
	n = call(__NR_mq_getsetattr, q, &none, &was);
	want("mq_getsetattr(%ld, {mq_flags=O_NONBLOCK, mq_maxmsg=0, mq_msgsize=0, mq_curmsgs=0}, {mq_flags=0, mq_maxmsg=3, mq_msgsize=%zu, mq_curmsgs=1}) = %s",
	     q, sizeof got, result(n));
	n = call(__NR_mq_timedreceive, q, got, sizeof got, &priority, &long_ago);
	want("mq_timedreceive(%ld, \"news\", %zu, [9], {tv_sec=5, tv_nsec=6}) = %s", q, sizeof got, result(n));
#ifdef __i386__
	struct { int64_t sec, nsec; } later = {7, 8};
	n = call(__NR_mq_timedsend_time64, q, "more", 4, 1, &later);
	want("mq_timedsend_time64(%ld, \"more\", 4, 1, {tv_sec=7, tv_nsec=8}) = %s", q, result(n));
	n = call(__NR_mq_timedreceive_time64, q, got, sizeof got, &priority, &later);
	want("mq_timedreceive_time64(%ld, \"more\", %zu, [1], {tv_sec=7, tv_nsec=8}) = %s", q, sizeof got, result(n));
#endif
	n = call(__NR_mq_unlink, name);
	want("mq_unlink(\"sonde-every\") = %s", result(n));
}

#ifdef __i386__
// IPC_64 tells the old call that structs are the newer ones (ipc(2), include/uapi/linux/ipc.h).
#define IPC_64 0x100

// ipc(2) is told as the calls that it makes.
static void multiplexed(void)
{
	struct text m = {4, "by another way"}, got;
	struct sembuf op = {0, 1, 0};
	struct { long sec, nsec; } soon = {0, 1000};
	struct { struct text *to; long type; } both = {&got, 4};
	unsigned long where;
	long id, n;

	id = call(__NR_ipc, 13, IPC_PRIVATE, IPC_CREAT | 0600); // MSGGET
	want("msgget(IPC_PRIVATE, IPC_CREAT|0600) = %s", result(id));
	n = call(__NR_ipc, 11, id, 14, 0, &m); // MSGSND
	want("msgsnd(%ld, {mtype=4, mtext=\"by another way\"}, 14, 0) = %s", id, result(n));
	n = call(__NR_ipc, 12, id, sizeof got.data, MSG_NOERROR, &both); // MSGRCV
	want("msgrcv(%ld, {mtype=4, mtext=\"by another way\"}, %zu, 4, MSG_NOERROR) = %s", id, sizeof got.data, result(n));
	n = call(__NR_ipc, 14, id, IPC_RMID | IPC_64, 0, NULL); // MSGCTL
	want("msgctl(%ld, IPC_64|IPC_RMID, NULL) = %s", id, result(n));
	id = call(__NR_ipc, 2, IPC_PRIVATE, 1, 0600); // SEMGET
	want("semget(IPC_PRIVATE, 1, 0600) = %s", result(id));
	n = call(__NR_ipc, 1, id, 1, 0, &op); // SEMOP
	want("semop(%ld, [{sem_num=0, sem_op=1, sem_flg=0}], 1) = %s", id, result(n));
	op.sem_op = -50;
	n = call(__NR_ipc, 4, id, 1, 0, &op, &soon); // SEMTIMEDOP
	want("semtimedop(%ld, [{sem_num=0, sem_op=-50, sem_flg=0}], 1, {tv_sec=0, tv_nsec=1000}) = %s", id, result(n));
	long nothing = 0;
	n = call(__NR_ipc, 3, id, 0, IPC_RMID | IPC_64, &nothing); // SEMCTL
	want("semctl(%ld, 0, IPC_64|IPC_RMID, NULL) = %s", id, result(n));
	id = call(__NR_ipc, 23, IPC_PRIVATE, 4096, IPC_CREAT | 0600); // SHMGET
	want("shmget(IPC_PRIVATE, 4096, IPC_CREAT|0600) = %s", result(id));
	n = call(__NR_ipc, 21, id, 0, &where, NULL); // SHMAT
	want("shmat(%ld, NULL, 0) = %#lx", id, where);
	n = call(__NR_ipc, 22, 0, 0, 0, where); // SHMDT
	want("shmdt(%#lx) = %s", where, result(n));
	n = call(__NR_ipc, 24, id, IPC_RMID | IPC_64, 0, NULL); // SHMCTL
	want("shmctl(%ld, IPC_64|IPC_RMID, NULL) = %s", id, result(n));
	n = call(__NR_ipc, 99, 1, 2, 3, 4, 5); // none
	want("ipc(99, 0x1, 0x2, 0x3, 0x4, 0x5) = %s", result(n));
}
#endif

int main(int argc, char **argv)
{
	begin(argc, argv);
	messages();
	semaphores();
	memory();
	queues();
#ifdef __i386__
	multiplexed();
#endif
	return done();
}
