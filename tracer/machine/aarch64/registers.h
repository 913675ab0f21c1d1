/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_AARCH64_REGISTERS_H
#define TRACER_MACHINE_AARCH64_REGISTERS_H
/* Registers of a stopped thread, as ptrace(2) copies them. */
#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
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
/* Where a thread has the word by which glibc mangles pointers: nowhere, it is a variable of
 * the loader's. */
static inline uint64_t machine_guard_at(uint64_t thread)
{
	(void)thread;
	return 0;
}
/* What a word is that was mangled so (glibc, sysdeps/aarch64/pointer_guard.h). */
static inline uint64_t machine_demangled(uint64_t word, uint64_t guard) { return word ^ guard; }
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

/* Where registers stand among them, by their numbers in debug information (DWARF for the
 * Arm 64-bit Architecture, 4.1). */
#define MACHINE_DWARF_REGISTERS 33
#define MACHINE_DWARF_PC 32
/* Those that a function gives back as they were (Procedure Call Standard, 6.1.1), by bits. */
#define MACHINE_DWARF_KEPT 0xbff80000u  /* x19 to x29, sp */
/* Whether it gives back vector registers, or parts of them, too (6.1.2: the lower halves of v8 to
 * v15). */
#define MACHINE_VECTORS_KEPT 1
#define MACHINE_WORD_OF(n) offsetof(struct user_regs_struct, regs) + 8 * (n)
#define MACHINE_WORDS_OF(n) MACHINE_WORD_OF(n), MACHINE_WORD_OF(n + 1), MACHINE_WORD_OF(n + 2)
#define MACHINE_DWARF_WORDS \
	{ \
		MACHINE_WORDS_OF(0), MACHINE_WORDS_OF(3), MACHINE_WORDS_OF(6), \
		MACHINE_WORDS_OF(9), MACHINE_WORDS_OF(12), MACHINE_WORDS_OF(15), \
		MACHINE_WORDS_OF(18), MACHINE_WORDS_OF(21), MACHINE_WORDS_OF(24), \
		MACHINE_WORDS_OF(27), MACHINE_WORD_OF(30), \
		offsetof(struct user_regs_struct, sp), offsetof(struct user_regs_struct, pc) \
	}

/* System calls that wait and that newer machines have no more. */
#define MACHINE_OLDER_WAITS

/* The set with vector registers, and the same once more: there is no older form. */
#define MACHINE_NT_VECTORS NT_PRFPREG
#define MACHINE_NT_VECTORS_OLDER NT_PRFPREG

/* ---- libunwind ---- */

#define MACHINE_LIBUNWIND <libunwind-aarch64.h>
#define MACHINE_UNWIND "aarch64"        /* in the names of its functions */
#define MACHINE_UNWIND_IP 30            /* its number of the pc, */
#define MACHINE_UNWIND_STOPPED 32       /* and of one that was interrupted */
/* It takes a caller whose x29 is 0 for none, though the first function's is, and any that is
 * compiled without frame pointers may have that. */
#define MACHINE_UNWIND_STOPS_AT_0 1
#define MACHINE_UNWIND_WORDS 4096       /* more than its cursor has */
/* The bits of a signed return address that hold the signature: those that xpaclri (hint #7)
 * clears in a user's address whose bits are all set.  Which they are depends on how many bits
 * addresses have here; processors without signatures clear none. */
#define MACHINE_SIGNATURES 1
static inline uint64_t machine_signature(void)
{
	register uint64_t x30 __asm__("x30") = ~(UINT64_C(1) << 55);
	__asm__("hint #7" : "+r"(x30));
	return x30 ^ ~(UINT64_C(1) << 55);
}

static inline void machine_context_set(ucontext_t *context, uint64_t pc, uint64_t sp, uint64_t fp)
{
	context->uc_mcontext.pc = pc;
	context->uc_mcontext.sp = sp;
	context->uc_mcontext.regs[29] = fp;
}

#endif
