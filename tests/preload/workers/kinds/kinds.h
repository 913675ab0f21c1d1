/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_PRELOAD_WORKERS_KINDS_KINDS_H
#define TESTS_PRELOAD_WORKERS_KINDS_KINDS_H
/* A life, and what all lives are made with (../kinds.c). */
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

extern unsigned turns;                  /* that the run has */
extern void *volatile kept;             /* the compiler must not leave out what goes there */
extern bool idle;                       /* no requests in this turn */

/* A number from 0 to below `below`; each run draws the same ones. */
unsigned draw(unsigned below);
/* Up from 0 to what is the most, and down again, within so many turns. */
unsigned tide(unsigned turn, unsigned period, unsigned most);
/* NULL, whatever the size: what a life calls in malloc's place. */
void *forget(size_t bytes);
/* Allocates and frees this many times two blocks, as a server does for requests. */
void requests(unsigned count);
/* Frees what stands in some slots, and empties them. */
void release(void **slot, unsigned length);

#endif
