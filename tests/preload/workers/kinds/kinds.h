/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_PRELOAD_WORKERS_KINDS_KINDS_H
#define TESTS_PRELOAD_WORKERS_KINDS_KINDS_H
/* The struct of a life, and the functions that all lives use (../kinds.c). */
#include <stdbool.h>
#include <stddef.h>

#define PER_SECOND 40u                  /* turns */
#define SLOW __attribute__((noinline))
#define PART(share) ((unsigned)((share) * turns))       /* of the run, in turns */

struct life {
	const char *function;           /* of the row; that of the first is the life's name */
	void (*turn)(unsigned turn);    /* NULL: one more row of the life above */
	const char *truth, *words, *does;
};

#define LIFE(name) #name, name

/* Each ends with a life without a function. */
extern const struct life kinds_leaks[], kinds_caches[], kinds_buffers[], kinds_containers[],
	kinds_traffic[], kinds_once[];

extern unsigned turns;                  /* how many the run has */
extern void *volatile kept;             /* blocks go here so that the compiler keeps them */
extern bool idle;                       /* no requests in this turn */

/* A number from 0 to below `below`; each run draws the same ones. */
unsigned draw(unsigned below);
/* A number that rises from 0 to `most` and falls to 0 again within `period` turns. */
unsigned tide(unsigned turn, unsigned period, unsigned most);
/* Returns NULL: what a life calls in place of malloc while it makes no blocks. */
void *forget(size_t bytes);
/* Allocates and frees this many times two blocks, as a server does for requests. */
void requests(unsigned count);
/* Frees the blocks in some slots, and sets these to NULL. */
void release(void **slot, unsigned length);

#endif
