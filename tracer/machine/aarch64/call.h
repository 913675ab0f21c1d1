/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_AARCH64_CALL_H
#define TRACER_MACHINE_AARCH64_CALL_H
/* Single instructions that C has no words for. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A system call: the kernel's result, -errno on failure (syscall(2)). */
static inline long machine_call(long n, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

/* Offset of a thread's id in glibc's descriptor. */
#define MACHINE_TID_AT 0xd0u

/* Whether a word is zero. */
static inline bool machine_is_zero(const _Atomic uint32_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed) == 0;
}

/* How many bits are set. */
static inline unsigned machine_count_bits(uint64_t bits)
{
	return (unsigned)__builtin_popcountll(bits);
}

/* For a loop that waits for another processor. */
static inline void machine_pause(void) { __asm__ volatile("yield" : : : "memory"); }

/* Where this thread's descriptor is, which glibc puts below where tpidr_el0 points. */
static inline uintptr_t machine_thread(void) { return (uintptr_t)pthread_self(); }

/* The generic timer's counter runs at one rate on all cores, in every state (Arm
 * Architecture Reference Manual, D11.1), and Linux lets programs read it. */
static inline int machine_counter_usable(void) { return 1; }

/* That counter.  The first barriers keep it behind the loads that came first: the one
 * that took this block off a free list, or that handed its address to this thread.  The
 * last one keeps stores behind it, so that a release is stamped before anyone else can
 * have the block. */
static inline uint64_t machine_counter(void)
{
	uint64_t now;

	__asm__ volatile("dsb ishld\n\tisb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(now) : : "memory");
	return now;
}

/* Keeps loads that follow behind the counter that was read. */
static inline void machine_counter_end(void) { __asm__ volatile("isb" : : : "memory"); }

#endif
