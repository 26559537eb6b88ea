/*
 * hostile_syscalls ROUND makes each system call whose number is below COUNT, in
 * the order of their numbers, with the arguments of the round. None is made in
 * earnest: a filter answers those from the two places below, EDOM at one and 0,
 * as if all had gone well, at the other. So reboot, kexec_load, swapoff and
 * their like take part, and a tracer sees every call with every argument.
 *
 * A round is the letter of its arguments, then s (it succeeds) or f (it fails).
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define COUNT 472

/* The kernel answers uretprobe and uprobe before it asks filters. */
static int unfiltered(int nr)
{
	return sizeof(long) == 8 && (nr == 335 || nr == 336);
}

long call_denied(long nr, const long *args);
long call_granted(long nr, const long *args);
extern const char denied_here[], granted_here[];

#ifdef __x86_64__
#define CALL(name, place)                                                                     \
	__asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name ":\n"           \
		"	mov %rdi, %rax\n	mov %rsi, %rcx\n"                             \
		"	mov 0(%rcx), %rdi\n	mov 8(%rcx), %rsi\n	mov 16(%rcx), %rdx\n" \
		"	mov 24(%rcx), %r10\n	mov 32(%rcx), %r8\n	mov 40(%rcx), %r9\n"  \
		"	syscall\n.globl " #place "\n" #place ":\n	ret\n"                        \
		".size " #name ", . - " #name "\n");
#else
#define CALL(name, place)                                                                     \
	__asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name ":\n"           \
		"	push %ebx\n	push %esi\n	push %edi\n	push %ebp\n"          \
		"	mov 20(%esp), %eax\n	mov 24(%esp), %ebp\n"                         \
		"	mov 0(%ebp), %ebx\n	mov 4(%ebp), %ecx\n	mov 8(%ebp), %edx\n"  \
		"	mov 12(%ebp), %esi\n	mov 16(%ebp), %edi\n	mov 20(%ebp), %ebp\n" \
		"	int $0x80\n.globl " #place "\n" #place ":\n"                                  \
		"	pop %ebp\n	pop %edi\n	pop %esi\n	pop %ebx\n	ret\n" \
		".size " #name ", . - " #name "\n");
#endif
CALL(call_denied, denied_here)
CALL(call_granted, granted_here)

/* The filter tells places by the lower half of their address: one page, so one upper half. */
static int install(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(uintptr_t)denied_here, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(uintptr_t)granted_here, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {sizeof code / sizeof *code, code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

/*
 * Pages at an address that is the same in every run, each alone: what follows
 * it is not mapped.
 */
enum { ZEROES, ONES, LETTERS, LENGTHS, POINTERS, FORBIDDEN, PAGES };
static long pages[PAGES];

static int map(void)
{
	for (int i = 0; i < PAGES; i++) {
		void *at = (void *)(0x20000000UL + 0x10000UL * i);
		int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;

		if (mmap(at, 4096, PROT_READ | PROT_WRITE, kind, -1, 0) != at)
			return 1;
		pages[i] = (long)at;
	}
	memset((void *)pages[ONES], 0xff, 4096);
	memset((void *)pages[LETTERS], 'a', 4096);
	for (size_t i = 0; i < 4096 / sizeof(long); i++) {
		((long *)pages[LENGTHS])[i] = i % 2 ? 0x7ffff000 : pages[LETTERS];
		((long *)pages[POINTERS])[i] = pages[POINTERS];
	}
	return mprotect((void *)pages[FORBIDDEN], 4096, PROT_NONE);
}

/* The argument that is number i of six. */
static long argument(char round, int i)
{
	switch (round) {
	case 'z': return 0;
	case 'm': return -1;
	case 'n': return i + 1;
	case 'b': return 1L << (4 * i + 3);
	case 'u': return (long)0x5a5a5a5aUL;
	case 'w': return 0xdead0000 + 8 * i;                             /* nowhere */
	case 'p': return pages[FORBIDDEN] + 8 * i;
	case 'h': return pages[ZEROES] + 4096 - 4;                       /* half mapped */
	case 'e': return i % 2 ? 3 : pages[ONES] + 4096 - 4;
	case 'v': return pages[ZEROES] + 64 * i;
	case 'o': return pages[ONES] + 64 * i;
	case 's': return pages[LETTERS] + 4096 - 64 * (i + 1);           /* no end */
	case 'i': return i % 2 ? pages[LENGTHS] : 3;
	case 'j': return i % 2 ? 0x7fffffff : pages[LENGTHS];
	case 'k': return i % 3 == 1 ? pages[LENGTHS] : 1024;
	case 'c': return pages[POINTERS];
	case 'd': return i % 2 ? 0x7fffffff : pages[POINTERS];
	case 'f': return i % 2 ? pages[ZEROES] : 2;
	case 'g': return i == 0 ? 3 : i == 1 ? pages[ZEROES] : i == 2 ? 16 : pages[ZEROES] + 128;
	}
	_exit(3);
}

int main(int argc, char **argv)
{
	if (argc != 2 || strlen(argv[1]) != 2 || map() || install())
		return 1;
	for (int nr = 0; nr < COUNT; nr++) {
		long args[6];

		if (unfiltered(nr))
			continue;
		for (int i = 0; i < 6; i++)
			args[i] = argument(argv[1][0], i);
		if (argv[1][1] == 's' ? call_granted(nr, args) != 0 : call_denied(nr, args) != -EDOM)
			return 2;
	}
	return 0;
}
