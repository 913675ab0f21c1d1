/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_ARENA_H
#define TRACER_PRELOAD_BASE_ARENA_H
/*
 * The only source of private memory for the hooks: whole zeroed pages straight from mmap,
 * never malloc.  What is mapped is counted, so that memtop can subtract its own share
 * from the target's RSS.
 */
#include <stdbool.h>
#include <stdint.h>

/* `bytes` (rounded up to pages) of zeroed private memory; NULL if there is
 * none.  Not dumped into cores.  Thread- and signal-safe. */
void *arena_map(uint64_t bytes);

/* Maps so many bytes ahead, for the time when no system call can be made: arena_map then
 * takes from them, and memory that is given back is not handed out again.  False: there
 * is no memory for it. */
bool arena_reserve(uint64_t bytes);

/* Fills a whole arena_map with zeroes again, and gives its pages back. */
void arena_wipe(void *memory, uint64_t bytes);

/* Gives back a whole arena_map of the same `bytes`.  NULL is allowed. */
void arena_unmap(void *memory, uint64_t bytes);

#endif
