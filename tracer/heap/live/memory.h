/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_MEMORY_H
#define TRACER_HEAP_LIVE_MEMORY_H
/*
 * Where the table of live blocks gets its memory: one piece, made longer and
 * shorter at its end.  A pure room knows only malloc; whoever can ask the
 * system for better says so here.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What models may take together, bytes.  A program says how many blocks it has, and
 * may lie; it must not take the machine down by that. */
struct heap_budget {
	_Atomic int64_t left;
};

static inline void budget_give(struct heap_budget *budget, size_t bytes)
{
	if (budget)
		atomic_fetch_add_explicit(&budget->left, (int64_t)bytes, memory_order_relaxed);
}

/* False: there is not so much.  NULL has no end. */
static inline bool budget_take(struct heap_budget *budget, size_t bytes)
{
	if (!budget || atomic_fetch_sub_explicit(&budget->left, (int64_t)bytes,
						 memory_order_relaxed) >= (int64_t)bytes)
		return true;
	budget_give(budget, bytes);
	return false;
}

/* resize makes the `from` bytes at `memory` `to` bytes long, maybe elsewhere;
 * aligned to 64, what is new has any content; from NULL, or freed (`to` is 0).
 * NULL: no memory, and the old piece still stands. */
struct heap_memory {
	void *(*resize)(void *user, void *memory, size_t from, size_t to);
	void *user;
	struct heap_budget *budget;     /* NULL: none; borrowed */
};

#endif
