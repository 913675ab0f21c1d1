/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_OWN_H
#define TRACER_PRELOAD_BASE_OWN_H
/*
 * Which memory is libmemtop.so's own: its image and every mapping that it made.  A
 * program that unmaps or protects all mappings it does not know must not take this away
 * from under the hooks, so the hooks of munmap and mprotect leave it out.
 */
#include <stdbool.h>
#include <stdint.h>

/* Notes that these whole pages are the tracer's own, until own_drop of the same start.
 * `forks`: a forked child inherits them.  Thread- and signal-safe.  If there is no memory
 * to note it, own_within does not know of these pages. */
void own_add(const void *start, uint64_t bytes, bool forks);
void own_drop(const void *start);

/* Finds the lowest part, *from to *to, of [start, end) that is our own.  False: there is
 * none. */
bool own_within(uintptr_t start, uintptr_t end, uintptr_t *from, uintptr_t *to);

/* The address of the list, for wire_control.own, with the library itself in it. */
uint64_t own_list(void);

#endif
