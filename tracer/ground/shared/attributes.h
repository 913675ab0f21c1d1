/* SPDX-License-Identifier: MIT */
#ifndef TRACER_GROUND_SHARED_ATTRIBUTES_H
#define TRACER_GROUND_SHARED_ATTRIBUTES_H
/* What the compiler is told beyond C11; gcc and clang know all of it. */

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define NOINLINE __attribute__((noinline))
#define ALWAYS_INLINE __attribute__((always_inline)) inline
/* No frame pointer, whatever is set for the others: before a jump it would be of no
 * use. */
#ifdef __clang__
#define FRAMELESS
#else
#define FRAMELESS __attribute__((optimize("omit-frame-pointer")))
#endif
/* A name that the program may bind to; preload/behind/hooks.def lists them too. */
#define EXPORT __attribute__((visibility("default")))

#endif
