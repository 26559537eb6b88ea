/*
 * Runs single instructions with given registers, and says what they did.
 *
 * Reads struct request, writes struct reply, until the end of its input. The
 * code areas hold nothing but int3 and the request's patches, so a run ends
 * with a signal wherever it goes. Registers are loaded by changing the context
 * of one signal handler, and read from that of another; both run on a stack of
 * their own, so that rsp may hold anything.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>

#define DATA_ADDR 0x28000000UL /* one page, with none on either side */
#define DATA_SIZE 4096
#define AREA_SIZE 0x10000 /* of code, around each of these addresses */

#ifdef __x86_64__
static const uintptr_t areas[] = { 0x20008000, 0x30008000, 0x500000008000 };
static const int regs[] = {
	REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RDI,
	REG_RSI, REG_RBP, REG_RBX, REG_RDX, REG_RAX, REG_RCX, REG_RSP, REG_RIP, REG_EFL,
};
#define FXSAVE 0 /* its offset in the floating-point part of a signal frame */
#define XMM 16
#else
static const uintptr_t areas[] = { 0x20008000, 0x30008000 };
static const int regs[] = {
	REG_EDI, REG_ESI, REG_EBP, REG_EBX, REG_EDX, REG_EAX, REG_ECX, REG_ESP, REG_EIP, REG_EFL,
};
#define FXSAVE 112 /* behind struct _fpstate_32 as it was before SSE: asm/sigcontext.h */
#define XMM 8
#endif
#define NREG (sizeof regs / sizeof *regs)
#define FXSAVE_SIZE 512
#define FXSAVE_XMM 160

struct patch {
	uint64_t addr, len;
	unsigned char bytes[32];
};

struct request {
	uint64_t reg[NREG];
	struct patch patch[2];
	unsigned char data[DATA_SIZE];
};

struct reply {
	uint64_t reg[NREG];
	uint64_t signo, fault_addr;
	unsigned char vector[16][32]; /* ymm0 to ymm15, or to ymm7 */
	unsigned char data[DATA_SIZE];
};

static struct request request;
static struct reply reply;
static gregset_t saved;
static unsigned char saved_fp[FXSAVE + FXSAVE_SIZE];

/* The layout of the XSAVE area in a signal frame: asm/sigcontext.h, and Intel
   SDM volume 1, 13.4. */
#define XSAVE_MAGIC 0x46505853U
#define XSAVE_SW 464
#define XSAVE_HEADER 512
#define XSAVE_YMM 576
/* State components: Intel SDM volume 1, 13.1. */
enum { XC_SSE = 1, XC_YMM = 2, XC_OPMASK = 5, XC_ZMM_HI256 = 6, XC_HI16_ZMM = 7 };
static const int components[] = { XC_YMM, XC_OPMASK, XC_ZMM_HI256, XC_HI16_ZMM };

static uint64_t xsave_features(const unsigned char *area)
{
	uint32_t magic;
	uint64_t features;
	memcpy(&magic, area + XSAVE_SW, 4);
	memcpy(&features, area + XSAVE_SW + 8, 8);
	return magic == XSAVE_MAGIC ? features : 0;
}

/* Gives every vector and mask register the same contents in every run. */
static void load_vectors(void *fp)
{
	unsigned char *area = (unsigned char *)fp + FXSAVE;
	uint64_t features = xsave_features(area), have;

	for (size_t i = 0; i < 16 * XMM; i++)
		area[FXSAVE_XMM + i] = i * 37 + 11;
	if (!features)
		return;
	memcpy(&have, area + XSAVE_HEADER, 8);
	have |= 1 << XC_SSE;
	for (size_t i = 0; i < sizeof components / sizeof *components; i++) {
		unsigned size, offset, c, d;
		if (!(features & 1 << components[i]))
			continue;
		have |= 1 << components[i];
		__cpuid_count(0xd, components[i], size, offset, c, d);
		for (unsigned j = 0; j < size; j++)
			area[offset + j] = j * 59 + 5 + i;
	}
	memcpy(area + XSAVE_HEADER, &have, 8);
}

static void save_vectors(const void *fp)
{
	const unsigned char *area = (const unsigned char *)fp + FXSAVE;
	uint64_t have = 0;

	if (xsave_features(area))
		memcpy(&have, area + XSAVE_HEADER, 8);
	for (int i = 0; i < XMM; i++) {
		memcpy(reply.vector[i], area + FXSAVE_XMM + 16 * i, 16);
		if (have & 1 << XC_YMM)
			memcpy(reply.vector[i] + 16, area + XSAVE_YMM + 16 * i, 16);
		else
			memset(reply.vector[i] + 16, 0, 16);
	}
}

static void enter(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig, (void)info;
	memcpy(saved, uc->uc_mcontext.gregs, sizeof saved);
	memcpy(saved_fp, uc->uc_mcontext.fpregs, sizeof saved_fp);
	for (size_t i = 0; i < NREG; i++)
		uc->uc_mcontext.gregs[regs[i]] = request.reg[i];
	load_vectors(uc->uc_mcontext.fpregs);
}

static void leave(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	for (size_t i = 0; i < NREG; i++)
		reply.reg[i] = (unsigned long)uc->uc_mcontext.gregs[regs[i]];
	reply.signo = sig;
	reply.fault_addr = (uintptr_t)info->si_addr;
	save_vectors(uc->uc_mcontext.fpregs);
	memcpy(uc->uc_mcontext.gregs, saved, sizeof saved);
	memcpy(uc->uc_mcontext.fpregs, saved_fp, sizeof saved_fp);
}

static void must(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(2);
	}
}

static void *map(uintptr_t at, size_t size, int prot)
{
	void *p = mmap((void *)at, size, prot,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	must(p == (void *)at, "mmap");
	return p;
}

static void handle(int sig, void (*f)(int, siginfo_t *, void *))
{
	struct sigaction sa = { .sa_sigaction = f, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	must(sigaction(sig, &sa, NULL) == 0, "sigaction");
}

int main(void)
{
	static unsigned char stack[1 << 16];
	stack_t altstack = { .ss_sp = stack, .ss_size = sizeof stack };
	const int ends[] = { SIGTRAP, SIGSEGV, SIGBUS, SIGILL, SIGFPE };
	void *data = map(DATA_ADDR, DATA_SIZE, PROT_READ | PROT_WRITE);

	for (size_t i = 0; i < sizeof areas / sizeof *areas; i++)
		memset(map(areas[i] - AREA_SIZE / 2, AREA_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC),
		       0xcc, AREA_SIZE);
	/* An instruction that loops on itself shall not do so for ever. */
	must(setrlimit(RLIMIT_CPU, &(struct rlimit){ 60, 60 }) == 0, "setrlimit");
	must(sigaltstack(&altstack, NULL) == 0, "sigaltstack");
	handle(SIGUSR1, enter);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		handle(ends[i], leave);

	while (fread(&request, sizeof request, 1, stdin) == 1) {
		memcpy(data, request.data, DATA_SIZE);
		for (int i = 0; i < 2; i++)
			memcpy((void *)(uintptr_t)request.patch[i].addr, request.patch[i].bytes, request.patch[i].len);
		raise(SIGUSR1);
		for (int i = 0; i < 2; i++)
			memset((void *)(uintptr_t)request.patch[i].addr, 0xcc, request.patch[i].len);
		memcpy(reply.data, data, DATA_SIZE);
		must(fwrite(&reply, sizeof reply, 1, stdout) == 1, "write");
	}
	return 0;
}
