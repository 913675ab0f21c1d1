/* SPDX-License-Identifier: MIT */
/*
 * A word of the set: address << 8 | domain << 4 | mark.  Blocks of malloc and of
 * Python have one space of addresses, so one domain.
 */
#include "tracer/preload/ring/full.h"
#include "tracer/preload/base/affairs.h"
#include "tracer/preload/base/blocks.h"

#define MARKS UINT64_C(15)
/* Buckets that one search for an unreported end looks at. */
#define LOOKED 64u

static struct {
	struct blocks blocks;
	_Atomic uint32_t ended;
	_Atomic uint64_t at;            /* the bucket where the last ended one was found */
} odd;

static uint64_t word_of(enum wire_domain domain, uintptr_t block, enum full_mark mark)
{
	if (domain == WIRE_PYTHON)
		domain = WIRE_MALLOC;
	return (uint64_t)block << 8 | (uint64_t)domain << 4 | (uint64_t)mark;
}

uint32_t full_ended(void) { return atomic_load_explicit(&odd.ended, memory_order_relaxed); }

void full_count(struct thread *thread, enum wire_loss loss, int n)
{
	_Atomic uint64_t *lost = thread ? thread->writer.ring->lost : tracer.control->lost;

	/* Ends that waited for room when memtop left came after memtop's own end. */
	if (atomic_load_explicit(&tracer.control->state, memory_order_relaxed) == WIRE_DETACHED)
		return;
	atomic_fetch_add_explicit(&lost[loss], (uint64_t)(int64_t)n, memory_order_relaxed);
}

/* Counts one more marked block, or one fewer, and tells all threads.  (Of more than one
 * too, since who marked the first may not have told them yet.) */
static void count_odd(int more)
{
	uint32_t before = atomic_fetch_add(&tracer.odd, (uint32_t)more);

	if (more > 0 || before == 1)
		affairs_change();
}

bool full_mark(enum wire_domain domain, uintptr_t block, enum full_mark mark)
{
	/* The count is raised before the mark is set: a thread that sees the mark must
	 * also see that there are marked blocks. */
	count_odd(1);
	if (domain != WIRE_MMAP && blocks_add(&odd.blocks, word_of(domain, block, mark))) {
		if (mark == FULL_ENDED)
			atomic_fetch_add(&odd.ended, 1);
		return true;
	}
	count_odd(-1);
	return false;
}

bool full_unmark(enum wire_domain domain, uintptr_t block, enum full_mark mark)
{
	if (!blocks_remove(&odd.blocks, word_of(domain, block, mark)))
		return false;
	if (mark == FULL_ENDED)
		atomic_fetch_sub(&odd.ended, 1);
	count_odd(-1);
	return true;
}

bool full_has(enum wire_domain domain, uintptr_t block, enum full_mark mark)
{
	return blocks_has(&odd.blocks, word_of(domain, block, mark));
}

bool full_next_ended(enum wire_domain *domain, uintptr_t *block)
{
	uint64_t at = atomic_load_explicit(&odd.at, memory_order_relaxed);
	uint64_t word = blocks_next(&odd.blocks, &at, MARKS, FULL_ENDED, LOOKED);

	atomic_store_explicit(&odd.at, at, memory_order_relaxed);
	*domain = (enum wire_domain)(word >> 4 & 15);
	*block = (uintptr_t)(word >> 8);
	return word != 0;
}

void full_inherit(void)
{
	struct wire_control *control = tracer.control;

	atomic_fetch_add(&control->lost[WIRE_LOST_FREE], full_ended());
	atomic_fetch_add(&control->lost[WIRE_LOST_END], full_ended());
}

void full_forget(void)
{
	if (atomic_load(&tracer.odd))
		blocks_clear(&odd.blocks);
	atomic_store(&odd.ended, 0);
	atomic_store(&tracer.odd, 0);
	affairs_change();
}

void full_lose_begin(struct thread *thread, enum wire_domain domain, const void *block)
{
	full_count(thread, WIRE_LOST_ALLOCATION, 1);
	full_mark(domain, (uintptr_t)block, FULL_UNSEEN);
}

void full_lose_end(struct thread *thread, enum wire_domain domain, enum wire_kind kind,
		   const void *block)
{
	/* The realloc failed, so the block lives, but its end has been reported to
	 * memtop. */
	if (kind == WIRE_REALLOC_RESTORE) {
		full_lose_begin(thread, domain, block);
		return;
	}
	full_count(thread, WIRE_LOST_FREE, 1);
	full_count(thread, WIRE_LOST_END, 1);
	full_mark(domain, (uintptr_t)block, FULL_ENDED);
}

bool full_swallows(struct thread *thread, enum wire_domain domain, enum wire_kind kind,
		   const void *block)
{
	uintptr_t address = (uintptr_t)block, moved = thread->unseen_moved;

	thread->unseen_moved = 0;
	if (kind == WIRE_REALLOC_RESTORE && moved == address) {
		full_count(thread, WIRE_LOST_FREE, -1);
		return full_mark(domain, address, FULL_UNSEEN);
	}
	if (kind == WIRE_REALLOC_RESTORE) {
		if (!full_unmark(domain, address, FULL_ENDED))
			return false;
		full_count(thread, WIRE_LOST_FREE, -1);
		full_count(thread, WIRE_LOST_END, -1);
		return true;
	}
	if (!full_unmark(domain, address, FULL_UNSEEN))
		return false;
	full_count(thread, WIRE_LOST_FREE, 1);
	thread->unseen_moved = kind == WIRE_REALLOC_RELEASE ? address : 0;
	return true;
}
