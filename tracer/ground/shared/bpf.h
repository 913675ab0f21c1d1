/* SPDX-License-Identifier: MIT */
#ifndef TRACER_GROUND_SHARED_BPF_H
#define TRACER_GROUND_SHARED_BPF_H
/*
 * What a seccomp filter answers for a call: its program (classic BPF) is run as the
 * kernel will run it, before the filter is set, or from outside.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

#define BPF_WORD 4u
struct bpf_machine {
	uint32_t a, x, memory[BPF_MEMWORDS];
};

static inline bool bpf_calculate(uint32_t *a, unsigned code, uint32_t by)
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

static inline bool bpf_load(struct bpf_machine *m, const struct sock_filter *i,
			    uint32_t *to, const struct seccomp_data *call)
{
	switch (BPF_MODE(i->code)) {
	case BPF_ABS:
		if (i->k % BPF_WORD || i->k > sizeof(*call) - BPF_WORD)
			return false;
		__builtin_memcpy(to, (const char *)call + i->k, BPF_WORD);
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
static inline uint32_t bpf_jump(const struct bpf_machine *m, const struct sock_filter *i)
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
static inline bool bpf_execute(struct bpf_machine *m, const struct sock_filter *i,
			       const struct seccomp_data *call)
{
	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
		return bpf_load(m, i, &m->a, call);
	case BPF_LDX:
		return bpf_load(m, i, &m->x, call);
	case BPF_ST:
	case BPF_STX:
		m->memory[i->k % BPF_MEMWORDS] = BPF_CLASS(i->code) == BPF_ST ? m->a : m->x;
		return i->k < BPF_MEMWORDS;
	case BPF_ALU:
		return bpf_calculate(&m->a, i->code, BPF_SRC(i->code) == BPF_X ? m->x : i->k);
	case BPF_MISC:
		*(i->code == (BPF_MISC | BPF_TAX) ? &m->x : &m->a) =
			i->code == (BPF_MISC | BPF_TAX) ? m->a : m->x;
		return i->code == (BPF_MISC | BPF_TAX) || i->code == (BPF_MISC | BPF_TXA);
	default:
		return false;
	}
}

/* SECCOMP_RET_* with its data; SECCOMP_RET_KILL_PROCESS for a program that the kernel
 * would not take. */
static inline uint32_t bpf_run(const struct sock_filter *program, unsigned length,
			       const struct seccomp_data *call)
{
	struct bpf_machine m = {0};

	/* Jumps go forward only, so it ends. */
	for (uint64_t at = 0; at < length; at++) {
		const struct sock_filter *i = &program[at];

		if (BPF_CLASS(i->code) == BPF_RET)
			return BPF_RVAL(i->code) == BPF_A ? m.a : i->k;
		if (BPF_CLASS(i->code) == BPF_JMP)
			at += bpf_jump(&m, i);
		else if (!bpf_execute(&m, i, call))
			break;
	}
	return SECCOMP_RET_KILL_PROCESS;
}

#endif
