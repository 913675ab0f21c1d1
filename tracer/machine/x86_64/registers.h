/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_X86_64_REGISTERS_H
#define TRACER_MACHINE_X86_64_REGISTERS_H
/* Registers of a stopped thread, as ptrace(2) copies them. */
#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ucontext.h>
#include <sys/user.h>

#define MACHINE_LOOKS 1                 /* memtop may stop and copy a process */

static inline uint64_t machine_registers_sp(const struct user_regs_struct *r) { return r->rsp; }
static inline uint64_t machine_registers_pc(const struct user_regs_struct *r) { return r->rip; }
/* pthread_self() of the thread. */
static inline uint64_t machine_registers_thread(const struct user_regs_struct *r)
{
	return r->fs_base;
}
/* The system call that it is in; negative: none. */
static inline int64_t machine_registers_call(const struct user_regs_struct *r)
{
	return (int64_t)r->orig_rax;
}
/* That call's first argument. */
static inline uint64_t machine_registers_first(const struct user_regs_struct *r)
{
	return r->rdi;
}

/* System calls that wait and that newer machines have no more. */
#define MACHINE_OLDER_WAITS SYS_poll, SYS_select, SYS_epoll_wait, SYS_pause,

/* The set with vector registers and the rest, and an older form of it. */
#define MACHINE_NT_VECTORS NT_X86_XSTATE
#define MACHINE_NT_VECTORS_OLDER NT_PRFPREG

/* ---- libunwind ---- */

#define MACHINE_LIBUNWIND <libunwind-x86_64.h>
#define MACHINE_UNWIND "x86_64"         /* in the names of its functions */
#define MACHINE_UNWIND_IP 16            /* its number of the pc */
#define MACHINE_UNWIND_WORDS 127        /* of its cursor */

static inline void machine_context_set(ucontext_t *context, uint64_t pc, uint64_t sp, uint64_t fp)
{
	context->uc_mcontext.gregs[REG_RIP] = (greg_t)pc;
	context->uc_mcontext.gregs[REG_RSP] = (greg_t)sp;
	context->uc_mcontext.gregs[REG_RBP] = (greg_t)fp;
}

#endif
