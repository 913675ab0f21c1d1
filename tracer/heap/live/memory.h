/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_LIVE_MEMORY_H
#define TRACER_HEAP_LIVE_MEMORY_H
/*
 * Where the table of live blocks gets its memory: one piece, made longer and shorter at
 * its end.  This room is pure and knows malloc alone; a caller that can ask the system
 * for better memory sets the function here, and one that has a thread to spare says so.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/ground/threads/worker.h"

/* Bytes that all models may take together.  A program reports how many blocks it has, and
 * may lie; the limit keeps it from taking up the machine's memory by that. */
struct heap_budget {
	_Atomic int64_t left;
};

static inline void budget_give(struct heap_budget *budget, size_t bytes)
{
	if (budget)
		atomic_fetch_add_explicit(&budget->left, (int64_t)bytes, memory_order_relaxed);
}

/* Takes bytes from the budget.  False: there are not enough left.  A NULL budget has no
 * limit. */
static inline bool budget_take(struct heap_budget *budget, size_t bytes)
{
	if (!budget || atomic_fetch_sub_explicit(&budget->left, (int64_t)bytes,
						 memory_order_relaxed) >= (int64_t)bytes)
		return true;
	budget_give(budget, bytes);
	return false;
}

/* resize makes the piece at `memory`, `from` bytes long, `to` bytes long, and may move
 * it.  The result is aligned to 64, and the added bytes have any content.  With NULL it
 * allocates a piece, with `to` 0 it frees it.  NULL: there is no memory, and the old
 * piece stays as it is. */
struct heap_memory {
	void *(*resize)(void *user, void *memory, size_t from, size_t to);
	void *user;
	struct heap_budget *budget;     /* NULL: none; borrowed */
	struct worker *prefault;        /* finds pages (prefault.h); NULL: nobody; borrowed */
};

#endif
