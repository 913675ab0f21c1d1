/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_X86_64_CALL_H
#define TRACER_MACHINE_X86_64_CALL_H
/* Single instructions that C has no words for. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A system call: the kernel's result, -errno on failure (System V ABI, x86-64, A.2). */
static inline long machine_call(long n, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* Offset of a thread's id in glibc's descriptor. */
#define MACHINE_TID_AT 0x2d0u

/* Whether a word is zero, in one instruction: gcc loads an atomic word first. */
static inline bool machine_is_zero(const _Atomic uint32_t *word)
{
	bool zero;

	__asm__ volatile("cmpl $0, %1" : "=@ccz"(zero) : "m"(*word));
	return zero;
}

/* For a loop that waits for another processor. */
static inline void machine_pause(void) { __builtin_ia32_pause(); }

/* Where this thread's descriptor is; pthread_self() without a call. */
static inline uintptr_t machine_thread(void)
{
	uintptr_t pointer;              /* __builtin_thread_pointer is gcc 11's on x86-64 */

	__asm__("mov %%fs:0, %0" : "=r"(pointer));
	return pointer;
}

/* 1 if rdtsc runs at one rate in every sleep state of every core. */
static inline int machine_counter_usable(void)
{
	uint32_t a = 0x80000000u, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (a < 0x80000007u)
		return 0;
	a = 0x80000007u;
	c = 0;
	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return d >> 8 & 1;
}

/* How many bits are set: by an instruction that nearly all processors have had since 2008,
 * or without it (Hacker's Delight, 5-1). */
static inline unsigned machine_count_bits(uint64_t bits)
{
	if (__builtin_expect(__builtin_cpu_supports("popcnt") != 0, 1)) {
		uint64_t count;

		__asm__("popcnt %1, %0" : "=r"(count) : "r"(bits) : "cc");
		return (unsigned)count;
	}
	bits -= bits >> 1 & UINT64_C(0x5555555555555555);
	bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
	bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned)(bits * UINT64_C(0x0101010101010101) >> 56);
}

/* The time stamp counter.  The fence keeps it behind the loads that came first: the one
 * that took this block off a free list, or that handed its address to this thread.
 * Stores become visible only after it retired, so a release is stamped before anyone
 * else can have the block. */
static inline uint64_t machine_counter(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* Keeps loads that follow behind the counter that was read. */
static inline void machine_counter_end(void) { __asm__ volatile("lfence" : : : "memory"); }

#endif
