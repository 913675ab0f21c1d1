/* SPDX-License-Identifier: MIT */
/*
 * Most filters forbid a few calls, or allow many: the tracer can go on under them.  So
 * the filter is asked before the kernel has it, as the kernel will ask it: by running
 * its program (classic BPF) on each call of the list below.  A call that merely fails is
 * no harm, but for those that must not.
 */
#include "tracer/preload/hooks/filter.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "tracer/machine/machine.h"
#include "tracer/preload/unwind/bounds.h"
#include "tracer/preload/base/sys.h"

#define WORD 4u

struct machine {
	uint32_t a, x, memory[BPF_MEMWORDS];
};

/* ---- the program ------------------------------------------------------- */

static bool calculate(uint32_t *a, unsigned code, uint32_t by)
{
	switch (BPF_OP(code)) {
	case BPF_ADD: *a += by; break;
	case BPF_SUB: *a -= by; break;
	case BPF_MUL: *a *= by; break;
	case BPF_AND: *a &= by; break;
	case BPF_OR: *a |= by; break;
	case BPF_XOR: *a ^= by; break;
	case BPF_NEG: *a = -*a; break;
	case BPF_LSH: *a = by < 32 ? *a << by : 0; break;
	case BPF_RSH: *a = by < 32 ? *a >> by : 0; break;
	case BPF_DIV: *a = by ? *a / by : 0; break;
	default: return false;
	}
	return true;
}

static bool filter_load(struct machine *m, const struct sock_filter *i, uint32_t *to,
			const struct seccomp_data *call)
{
	switch (BPF_MODE(i->code)) {
	case BPF_ABS:
		if (i->k % WORD || i->k > sizeof(*call) - WORD)
			return false;
		memcpy(to, (const char *)call + i->k, WORD);
		return true;
	case BPF_LEN:
		*to = sizeof(*call);
		return true;
	case BPF_IMM:
		*to = i->k;
		return true;
	case BPF_MEM:
		*to = m->memory[i->k % BPF_MEMWORDS];
		return i->k < BPF_MEMWORDS;
	default:
		return false;
	}
}

/* How many instructions to pass over. */
static uint32_t jump(const struct machine *m, const struct sock_filter *i)
{
	uint32_t with = BPF_SRC(i->code) == BPF_X ? m->x : i->k;

	switch (BPF_OP(i->code)) {
	case BPF_JA: return i->k;
	case BPF_JEQ: return m->a == with ? i->jt : i->jf;
	case BPF_JGT: return m->a > with ? i->jt : i->jf;
	case BPF_JGE: return m->a >= with ? i->jt : i->jf;
	case BPF_JSET: return m->a & with ? i->jt : i->jf;
	default: return UINT32_MAX;     /* out of the program */
	}
}

/* One that is no jump and no return; false: no instruction of seccomp's. */
static bool filter_execute(struct machine *m, const struct sock_filter *i,
			   const struct seccomp_data *call)
{
	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
		return filter_load(m, i, &m->a, call);
	case BPF_LDX:
		return filter_load(m, i, &m->x, call);
	case BPF_ST:
	case BPF_STX:
		m->memory[i->k % BPF_MEMWORDS] = BPF_CLASS(i->code) == BPF_ST ? m->a : m->x;
		return i->k < BPF_MEMWORDS;
	case BPF_ALU:
		return calculate(&m->a, i->code, BPF_SRC(i->code) == BPF_X ? m->x : i->k);
	case BPF_MISC:
		if (i->code == (BPF_MISC | BPF_TAX))
			m->x = m->a;
		else
			m->a = m->x;
		return i->code == (BPF_MISC | BPF_TAX) || i->code == (BPF_MISC | BPF_TXA);
	default:
		return false;
	}
}

uint32_t filter_run(const struct sock_filter *program, unsigned length,
		    const struct seccomp_data *call)
{
	struct machine m = {0};

	/* Jumps go forward only, so it ends. */
	for (uint64_t at = 0; at < length; at++) {
		const struct sock_filter *i = &program[at];

		if (BPF_CLASS(i->code) == BPF_RET)
			return BPF_RVAL(i->code) == BPF_A ? m.a : i->k;
		if (BPF_CLASS(i->code) == BPF_JMP)
			at += jump(&m, i);
		else if (!filter_execute(&m, i, call))
			break;
	}
	return SECCOMP_RET_KILL_PROCESS;
}

/* ---- what the tracer does ---------------------------------------------- */

static const struct need {
	int number;
	bool must;                      /* not even fail */
	uint64_t args[6];
} needs[] = {
	{SYS_futex, true, {0, FUTEX_WAKE, 1}},
	{SYS_futex, true, {0, FUTEX_WAIT, 1}},
	{SYS_rt_sigprocmask, true, {SIG_SETMASK, 0, 0, 8}},
	{SYS_rt_sigprocmask, true, {UINT64_MAX, 0, 0, 8}},
	{SYS_mmap, false, {0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   UINT64_MAX}},
	{SYS_mmap, false, {0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 3}},
	{SYS_mremap, false, {0, 0, 4096, MREMAP_MAYMOVE}},
	{SYS_madvise, false, {0, 4096, MADV_DONTDUMP}},
	{SYS_madvise, false, {0, 4096, MADV_DONTFORK}},
	{SYS_madvise, false, {0, 4096, MADV_DONTNEED}},
	{SYS_madvise, false, {0, 4096, MADV_HUGEPAGE}},
	{SYS_munmap, false, {0, 4096}},
	{SYS_openat, false, {(uint32_t)AT_FDCWD, 0, O_RDONLY | O_CLOEXEC}},
	{SYS_read, false, {3, 0, 1024}},
	{SYS_pread64, false, {3, 0, 1024}},
	{SYS_lseek, false, {3}},
	{SYS_close, false, {3}},
	{SYS_fstat, false, {3}},
	{SYS_newfstatat, false, {(uint32_t)AT_FDCWD}},
	{SYS_fgetxattr, false, {3}},
	{SYS_faccessat, false, {(uint32_t)AT_FDCWD}},
	{SYS_fcntl, false, {3, F_GET_SEALS}},
	{SYS_sched_yield, false, {0}},
	{SYS_clock_gettime, false, {CLOCK_MONOTONIC}},
	{SYS_getpid, false, {0}},
	{SYS_getppid, false, {0}},
	{SYS_gettid, false, {0}},
	{SYS_geteuid, false, {0}},
	{SYS_getegid, false, {0}},
	{SYS_getrlimit, false, {RLIMIT_STACK}},
	{SYS_prctl, false, {PR_GET_NAME}},
	{SYS_socket, false, {AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC}},
	{SYS_setsockopt, false, {3, SOL_SOCKET, SO_RCVTIMEO}},
	{SYS_setsockopt, false, {3, SOL_SOCKET, SO_SNDTIMEO}},
	{SYS_getsockopt, false, {3, SOL_SOCKET, SO_PEERCRED}},
	{SYS_connect, false, {3}},
	{SYS_sendto, false, {3}},
	{SYS_recvmsg, false, {3, 0, MSG_CMSG_CLOEXEC}},
};

/* What one that goes to sleep and wakes again does besides (life/seats.c). */
static const struct need standby_needs[] = {
	{SYS_membarrier, false, {MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED}},
	{SYS_membarrier, false, {MEMBARRIER_CMD_PRIVATE_EXPEDITED}},
	{SYS_membarrier, false, {MEMBARRIER_CMD_GLOBAL}},
};

static bool lets_pass(const struct sock_fprog *program, const struct need *need)
{
	struct seccomp_data call = {
		.nr = need->number,
		.arch = MACHINE_AUDIT,
		.instruction_pointer = (uintptr_t)filter_harms,
	};
	uint32_t answer;

	memcpy(call.args, need->args, sizeof(call.args));
	answer = filter_run(program->filter, program->len, &call) & SECCOMP_RET_ACTION_FULL;
	return answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_LOG ||
	       (answer == SECCOMP_RET_ERRNO && !need->must);
}

static bool lets_all(const struct sock_fprog *program, const struct need *list, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!lets_pass(program, &list[i]))
			return false;
	return true;
}

static bool can_be_read(const void *start, uint64_t bytes)
{
	uintptr_t at = (uintptr_t)start & ~UINT64_C(7);

	for (; at < (uintptr_t)start + bytes; at = (at | (BOUNDS_PAGE - 1)) + 1)
		if (!bounds_readable(at))
			return false;
	return true;
}

bool filter_harms(const struct sock_fprog *program, bool sleeps)
{
	if (!can_be_read(program, sizeof(*program)) ||
	    !can_be_read(program->filter, program->len * sizeof(*program->filter)))
		return false;
	return !lets_all(program, needs, sizeof(needs) / sizeof(*needs)) ||
	       (sleeps &&
		!lets_all(program, standby_needs, sizeof(standby_needs) / sizeof(*standby_needs)));
}
