/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WORKERS_EXPECT_H
#define WORKERS_EXPECT_H
/*
 * A worker's own books: a tally for each allocating function, safe to use on
 * several threads, printed as README says.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define OWN __attribute__((noinline, noclone))
/* The compiler may not know what becomes of a block. */
#define KEEP(p) __asm__ volatile("" : "+r"(p) : : "memory")

struct tally {
	const char *name;
	unsigned long current, blocks, allocations, total;
};

static inline void tally_add(struct tally *t, size_t size)
{
	__atomic_add_fetch(&t->current, size, __ATOMIC_RELAXED);
	__atomic_add_fetch(&t->blocks, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&t->allocations, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&t->total, size, __ATOMIC_RELAXED);
}

static inline void tally_end(struct tally *t, size_t size)
{
	__atomic_sub_fetch(&t->current, size, __ATOMIC_RELAXED);
	__atomic_sub_fetch(&t->blocks, 1, __ATOMIC_RELAXED);
}

static inline void tally_print(const struct tally *t)
{
	printf("expect %s current=%lu blocks=%lu allocations=%lu total=%lu\n", t->name,
	       t->current, t->blocks, t->allocations, t->total);
	fflush(stdout);
}

/* For what must hold: says so and ends the worker otherwise. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);             \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

#endif
