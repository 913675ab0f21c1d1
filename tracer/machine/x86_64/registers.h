/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_X86_64_REGISTERS_H
#define TRACER_MACHINE_X86_64_REGISTERS_H
/* Registers of a stopped thread, as ptrace(2) copies them. */
#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
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
/* Where such a thread has the word by which glibc mangles the pointers that it keeps for
 * longjmp and exit, which is the same in all threads; 0: not known. */
static inline uint64_t machine_guard_at(uint64_t thread) { return thread ? thread + 0x30 : 0; }
/* What a word is that was mangled so (glibc, sysdeps/unix/sysv/linux/x86_64/pointer_guard.h:
 * xor, and then rotated left). */
static inline uint64_t machine_demangled(uint64_t word, uint64_t guard)
{
	return (word >> 17 | word << 47) ^ guard;
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

/* Where registers stand among them, by their numbers in debug information (System V ABI,
 * x86-64, 3.6.2); the last one is the return address's. */
#define MACHINE_DWARF_REGISTERS 17
#define MACHINE_DWARF_PC 16             /* which has the number of the return address */
/* Those that a function gives back as they were (3.2.1), by bits. */
#define MACHINE_DWARF_KEPT 0xf0c8u      /* rbx, rbp, rsp, r12 to r15 */
/* Whether it gives back vector registers, or parts of them, too (3.2.1: all are lost). */
#define MACHINE_VECTORS_KEPT 0
#define MACHINE_WORD_OF(name) offsetof(struct user_regs_struct, name)
#define MACHINE_DWARF_WORDS \
	{ \
		MACHINE_WORD_OF(rax), MACHINE_WORD_OF(rdx), MACHINE_WORD_OF(rcx), \
		MACHINE_WORD_OF(rbx), MACHINE_WORD_OF(rsi), MACHINE_WORD_OF(rdi), \
		MACHINE_WORD_OF(rbp), MACHINE_WORD_OF(rsp), MACHINE_WORD_OF(r8), \
		MACHINE_WORD_OF(r9), MACHINE_WORD_OF(r10), MACHINE_WORD_OF(r11), \
		MACHINE_WORD_OF(r12), MACHINE_WORD_OF(r13), MACHINE_WORD_OF(r14), \
		MACHINE_WORD_OF(r15), MACHINE_WORD_OF(rip) \
	}

/* System calls that wait and that newer machines have no more. */
#define MACHINE_OLDER_WAITS SYS_poll, SYS_select, SYS_epoll_wait, SYS_pause,

/* The set with vector registers and the rest, and an older form of it. */
#define MACHINE_NT_VECTORS NT_X86_XSTATE
#define MACHINE_NT_VECTORS_OLDER NT_PRFPREG

/* ---- libunwind ---- */

#define MACHINE_LIBUNWIND <libunwind-x86_64.h>
#define MACHINE_UNWIND "x86_64"         /* in the names of its functions */
#define MACHINE_UNWIND_IP 16            /* its number of the pc, */
#define MACHINE_UNWIND_STOPPED 16       /* and of one that was interrupted */
#define MACHINE_UNWIND_STOPS_AT_0 0     /* it goes on where the frame pointer is 0 */
#define MACHINE_UNWIND_WORDS 127        /* of its cursor */
#define MACHINE_SIGNATURES 0            /* return addresses are not signed */
static inline uint64_t machine_signature(void) { return 0; }

static inline void machine_context_set(ucontext_t *context, uint64_t pc, uint64_t sp, uint64_t fp)
{
	context->uc_mcontext.gregs[REG_RIP] = (greg_t)pc;
	context->uc_mcontext.gregs[REG_RSP] = (greg_t)sp;
	context->uc_mcontext.gregs[REG_RBP] = (greg_t)fp;
}

#endif
