/* SPDX-License-Identifier: MIT */
#ifndef TRACER_GROUND_SHARED_ATTRIBUTES_H
#define TRACER_GROUND_SHARED_ATTRIBUTES_H
/* Attributes beyond C11 that both gcc and clang understand. */

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define NOINLINE __attribute__((noinline))
#define ALWAYS_INLINE __attribute__((always_inline)) inline
/* Compiles a function without a frame pointer, even where the rest has one: such a
 * function ends in a jump, so a frame would be of no use. */
#ifdef __clang__
#define FRAMELESS
#else
#define FRAMELESS __attribute__((optimize("omit-frame-pointer")))
#endif
/* A name that the program may bind to; preload/behind/hooks.def lists them too. */
#define EXPORT __attribute__((visibility("default")))

#endif
