/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_AARCH64_REGISTERS_H
#define TRACER_MACHINE_AARCH64_REGISTERS_H
/* Registers of a stopped thread, as ptrace(2) copies them. */
#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ucontext.h>
#include <sys/user.h>

#define MACHINE_LOOKS 0                 /* memtop may not stop and copy a process */

static inline uint64_t machine_registers_sp(const struct user_regs_struct *r) { return r->sp; }
static inline uint64_t machine_registers_pc(const struct user_regs_struct *r) { return r->pc; }
/* pthread_self() of the thread, which is not among them. */
static inline uint64_t machine_registers_thread(const struct user_regs_struct *r)
{
	(void)r;
	return 0;
}
/* The system call that it is in; negative: none, or not known. */
static inline int64_t machine_registers_call(const struct user_regs_struct *r)
{
	(void)r;
	return -1;
}
/* That call's first argument. */
static inline uint64_t machine_registers_first(const struct user_regs_struct *r)
{
	return r->regs[0];
}

/* System calls that wait and that newer machines have no more. */
#define MACHINE_OLDER_WAITS

/* The set with vector registers, and the same once more: there is no older form. */
#define MACHINE_NT_VECTORS NT_PRFPREG
#define MACHINE_NT_VECTORS_OLDER NT_PRFPREG

/* ---- libunwind ---- */

#define MACHINE_LIBUNWIND <libunwind-aarch64.h>
#define MACHINE_UNWIND "aarch64"        /* in the names of its functions */
#define MACHINE_UNWIND_IP 30            /* its number of the pc */
#define MACHINE_UNWIND_WORDS 4096       /* more than its cursor has */

static inline void machine_context_set(ucontext_t *context, uint64_t pc, uint64_t sp, uint64_t fp)
{
	context->uc_mcontext.pc = pc;
	context->uc_mcontext.sp = sp;
	context->uc_mcontext.regs[29] = fp;
}

#endif
