/* SPDX-License-Identifier: MIT */
#ifndef TRACER_GROUND_SHARED_ATTRIBUTES_H
#define TRACER_GROUND_SHARED_ATTRIBUTES_H
/* Attributes beyond C11 that both gcc and clang understand. */

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define NOINLINE __attribute__((noinline))
/* What leads to a call of it stands apart from the code that runs often. */
#define COLD __attribute__((noinline, cold))
#define ALWAYS_INLINE __attribute__((always_inline)) inline
/* A name that the program may bind to; preload/behind/hooks.def lists them too. */
#define EXPORT __attribute__((visibility("default")))

/* A function whose loops run for each block: where it begins in a line of the cache of code is
 * not left to what stands before it. */
#define LINE_ALIGNED __attribute__((aligned(64)))

#endif
