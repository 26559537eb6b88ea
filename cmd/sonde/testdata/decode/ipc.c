/* Ways between processes, keys, quotas, priorities. */
#include "decode.h"
#include <linux/keyctl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/quota.h>
#include <sys/sem.h>
#include <sys/shm.h>

int main(void)
{
	struct msqid_ds mq = { .msg_perm = { .__key = 7, .uid = 1, .gid = 2, .cuid = 3, .cgid = 4, .mode = 0640 }, .msg_stime = 1000000000, .msg_qnum = 5, .msg_qbytes = 6, .msg_lspid = 8, .msg_lrpid = 9 };
	struct shmid_ds shm = { .shm_perm = { .__key = 7, .uid = 1, .gid = 2, .cuid = 3, .cgid = 4, .mode = 0600 }, .shm_segsz = 4096, .shm_cpid = 5, .shm_lpid = 6, .shm_nattch = 1 };
	struct semid_ds sem = { .sem_perm = { .__key = 7, .uid = 1, .gid = 2, .cuid = 3, .cgid = 4, .mode = 0600 }, .sem_nsems = 3 };
	struct sembuf ops[] = { { 0, 1, SEM_UNDO }, { 1, -1, IPC_NOWAIT } };
	unsigned short all[] = { 1, 2, 3 };
	struct { long type; char text[4]; } m = { 3, "abc" };
	struct timespec ts = { 1, 2 };
	struct dqblk dq = { 1, 2, 3, 4, 5, 6, 7, 8, QIF_ALL };
	struct dqinfo di = { 1, 2, 0, IIF_ALL };
	char name[] = "user";
	getpid();
	pretend();
	call(__NR_msgget, IPC_PRIVATE, IPC_CREAT | 0600);
	call(__NR_msgget, 0x1234, IPC_CREAT | IPC_EXCL | 0644);
	call(__NR_msgctl, 1, IPC_RMID, 0);
	call(__NR_msgctl, 1, IPC_STAT, &mq);
	call(__NR_msgctl, 1, IPC_SET, &mq);
	call(__NR_msgctl, 1, IPC_INFO, &mq);
	call(__NR_msgctl, 1, MSG_STAT, &mq);
	call(__NR_msgctl, 1, MSG_INFO, &mq);
	call(__NR_msgctl, 1, IPC_SET, 0);
	call(__NR_msgctl, 1, 77, &mq);
	call(__NR_msgsnd, 1, &m, 4, IPC_NOWAIT);
	call(__NR_msgrcv, 1, &m, 4, 0L, MSG_NOERROR | IPC_NOWAIT);
	call(__NR_shmget, 0x1234, 4096, IPC_CREAT | 0600);
	call(__NR_shmctl, 1, IPC_RMID, 0);
	call(__NR_shmctl, 1, IPC_STAT, &shm);
	call(__NR_shmctl, 1, IPC_SET, &shm);
	call(__NR_shmctl, 1, SHM_LOCK, 0);
	call(__NR_shmctl, 1, IPC_INFO, &shm);
	call(__NR_shmctl, 1, SHM_STAT, &shm);
	call(__NR_shmctl, 1, SHM_INFO, &shm);
	call(__NR_shmat, 1, 0, SHM_RDONLY | SHM_REMAP);
	call(__NR_shmdt, 0x1000);
	call(__NR_semget, 0x1234, 3, IPC_CREAT | 0600);
	call(__NR_semctl, 1, 0, IPC_RMID, 0);
	call(__NR_semctl, 1, 0, IPC_STAT, &sem);
	call(__NR_semctl, 1, 0, IPC_SET, &sem);
	call(__NR_semctl, 1, 0, SEM_STAT, &sem);
	call(__NR_semctl, 1, 0, GETVAL, 0);
	call(__NR_semctl, 1, 0, SETALL, all);
	call(__NR_semctl, 1, 0, GETALL, all);
	call(__NR_semctl, 1, 0, GETPID, 0);
	call(__NR_semctl, 1, 0, GETNCNT, 0);
	call(__NR_semop, 1, ops, 2);
	call(__NR_semtimedop, 1, ops, 2, &ts);
	call(__NR_mq_notify, 3, 0);
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 7 };
	call(__NR_mq_notify, 3, &ev);
	ev.sigev_notify = SIGEV_NONE;
	call(__NR_mq_notify, 3, &ev);
	call(__NR_timer_create, CLOCK_MONOTONIC, &ev, all);
	ev.sigev_notify = SIGEV_SIGNAL;
	call(__NR_timer_create, CLOCK_MONOTONIC, &ev, all);
	ev.sigev_notify = SIGEV_THREAD_ID;
	ev._sigev_un._tid = 77;
	call(__NR_timer_create, CLOCK_MONOTONIC, &ev, all);
	ev.sigev_notify = SIGEV_THREAD;
	call(__NR_timer_create, CLOCK_MONOTONIC, &ev, all);
	call(__NR_timer_create, CLOCK_MONOTONIC, 0, all);

	call(__NR_quotactl, QCMD(Q_GETQUOTA, USRQUOTA), "/dev/sda", 1000, &dq);
	call(__NR_quotactl, QCMD(Q_SETQUOTA, GRPQUOTA), "/dev/sda", 1000, &dq);
	call(__NR_quotactl, QCMD(Q_GETINFO, USRQUOTA), "/dev/sda", 0, &di);
	call(__NR_quotactl, QCMD(Q_SETINFO, USRQUOTA), "/dev/sda", 0, &di);
	call(__NR_quotactl, QCMD(Q_QUOTAON, USRQUOTA), "/dev/sda", QFMT_VFS_V0, "aquota");
	call(__NR_quotactl, QCMD(Q_QUOTAOFF, USRQUOTA), "/dev/sda", 0, 0);
	call(__NR_quotactl, QCMD(Q_SYNC, USRQUOTA), 0, 0, 0);
	call(__NR_quotactl, QCMD(Q_GETFMT, USRQUOTA), "/dev/sda", 0, all);

	call(__NR_add_key, name, "desc", "payload", 7, KEY_SPEC_SESSION_KEYRING);
	call(__NR_request_key, name, "desc", "info", KEY_SPEC_PROCESS_KEYRING);
	call(__NR_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1);
	call(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "name");
	call(__NR_keyctl, KEYCTL_UPDATE, 5, "abc", 3);
	call(__NR_keyctl, KEYCTL_REVOKE, 5);
	call(__NR_keyctl, KEYCTL_CHOWN, 5, 1, -1);
	call(__NR_keyctl, KEYCTL_SETPERM, 5, 0x3f000000 | 0x10000);
	call(__NR_keyctl, KEYCTL_DESCRIBE, 5, name, 4);
	call(__NR_keyctl, KEYCTL_CLEAR, 5);
	call(__NR_keyctl, KEYCTL_LINK, 5, 6);
	call(__NR_keyctl, KEYCTL_UNLINK, 5, 6);
	call(__NR_keyctl, KEYCTL_SEARCH, 5, "user", "d", 6);
	call(__NR_keyctl, KEYCTL_READ, 5, name, 4);
	call(__NR_keyctl, KEYCTL_INSTANTIATE, 5, "abc", 3, 6);
	call(__NR_keyctl, KEYCTL_NEGATE, 5, 6, 7);
	call(__NR_keyctl, KEYCTL_SET_REQKEY_KEYRING, KEY_REQKEY_DEFL_THREAD_KEYRING);
	call(__NR_keyctl, KEYCTL_SET_TIMEOUT, 5, 6);
	call(__NR_keyctl, KEYCTL_ASSUME_AUTHORITY, 5);
	call(__NR_keyctl, KEYCTL_GET_SECURITY, 5, name, 4);
	call(__NR_keyctl, KEYCTL_SESSION_TO_PARENT);
	call(__NR_keyctl, KEYCTL_INVALIDATE, 5);
	call(__NR_keyctl, KEYCTL_GET_PERSISTENT, 0, 6);
	call(__NR_keyctl, KEYCTL_RESTRICT_KEYRING, 5, "user", "r");
	call(__NR_keyctl, KEYCTL_MOVE, 5, 6, 7, 1);
	call(__NR_keyctl, KEYCTL_CAPABILITIES, name, 4);
	call(__NR_keyctl, KEYCTL_REJECT, 5, 6, EKEYREJECTED, 7);
	call(__NR_keyctl, KEYCTL_PKEY_QUERY, 5, 0, "enc=raw", &(struct keyctl_pkey_query){ KEYCTL_SUPPORTS_SIGN | KEYCTL_SUPPORTS_VERIFY, 1, 2, 3, 4, 5 });
	call(__NR_keyctl, KEYCTL_PKEY_SIGN, &(struct keyctl_pkey_params){ 5, { 3 }, 4 }, "enc=raw", 0, 0);
	call(__NR_keyctl, KEYCTL_PKEY_VERIFY, &(struct keyctl_pkey_params){ 5, { 3 }, 4 }, "enc=raw", 0, 0);
	call(__NR_keyctl, 77, 1, 2, 3, 4);
	struct { int32_t priv, prime, base; } dh = { 1, 2, 3 };
	call(__NR_keyctl, KEYCTL_DH_COMPUTE, &dh, name, 4, 0);

	call(__NR_ioprio_get, 1, 0);
	call(__NR_ioprio_set, 1, 0, (2 << 13) | 4);
	call(__NR_ioprio_set, 2, 0, (1 << 13) | 0);
	call(__NR_ioprio_set, 3, 0, 0);
	return 0;
}
