/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_LARGE_H
#define TRACER_GROUND_LARGE_H
/*
 * Arrays of many megabytes that are read here and there: with pages of 4 KiB most of the time
 * goes into finding out where each of them is, with pages of 2 MiB hardly any.
 */
#include <stdbool.h>
#include <stddef.h>

/* malloc's and calloc's memory, which its owner frees, in large pages where it has room for
 * any and the kernel gives them.  NULL: out of memory. */
void *large_malloc(size_t bytes);
void *large_calloc(size_t count, size_t item);

/* The same as large_malloc for a power of two of bytes, at least 64: it begins at a line
 * of the cache, or with a large page if it has room for one. */
void *large_aligned(size_t bytes);

/* Asks for large pages in `memory`, which may be NULL, and returns it.  A wish, no more:
 * nothing else changes, and errno stays. */
void *large_pages(void *memory, size_t bytes);

/* Has the kernel find all pages of some memory at once, for half of what it costs to touch each
 * of them.  What is in it stays.  False: nothing was done, as by a kernel older than 5.14. */
bool large_populate(void *memory, size_t bytes);

#endif
