/* SPDX-License-Identifier: MIT */
/*
 * Where marks fall, and which blocks were recorded.
 */
#include "tracer/preload/ring/sample.h"
#include <errno.h>
#include "tracer/preload/base/arena.h"
#include "tracer/preload/base/blocks.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/preload/base/wanted.h"

#define MANY 255u

static struct {
	struct blocks blocks;           /* the recorded blocks, by address */
	/* Threads begun so far; each draws its own random numbers. */
	_Atomic uint64_t threads;
} set;

_Atomic uint8_t *sample_filter;

/* Counts one block more, or one fewer, in the filter. */
static void filter_count(const void *block, int more)
{
	_Atomic uint8_t *at = &sample_filter[sample_hash(block) >> (64 - SAMPLE_FILTER_BITS)];
	uint8_t n = atomic_load_explicit(at, memory_order_relaxed);

	while (n != MANY && !atomic_compare_exchange_weak(at, &n, (uint8_t)(n + more)))
		;
}

static bool sample_add(const void *block)
{
	filter_count(block, 1);
	if (blocks_add(&set.blocks, (uintptr_t)block))
		return true;
	filter_count(block, -1);
	return false;
}

/* splitmix64 */
static uint64_t next_random(struct sample_thread *s)
{
	uint64_t z = s->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* log2(n), n > 0, in units of 2^-32, without floating point: the square of m
 * is 2 or more where the next bit of the logarithm is 1. */
static uint64_t logarithm(uint64_t n)
{
	unsigned e = 63 - (unsigned)__builtin_clzll(n);
	uint64_t m = n << (63 - e), bits = e;           /* m: 1 to 2, in units of 2^-63 */

	for (unsigned i = 0; i < 32; i++) {
		unsigned __int128 square = (unsigned __int128)m * m;
		uint64_t two = (uint64_t)(square >> 127);

		m = (uint64_t)(square >> (63 + two));
		bits = bits << 1 | two;
	}
	return bits;
}

#define LN_2 UINT64_C(2977044472)       /* in units of 2^-32 */

/* Draws the bytes to the next mark: exponentially distributed with the mean `every`. */
static void draw(struct sample_thread *s)
{
	uint64_t n = (next_random(s) >> 11) + 1;        /* 1 .. 2^53 */
	uint64_t nats = (uint64_t)(((unsigned __int128)((UINT64_C(53) << 32) - logarithm(n)) *
				    LN_2) >> 32);

	s->left = (int64_t)((unsigned __int128)nats * s->every >> 32);
}

int sample_start(void)
{
	if (!tracer.control->sample || sample_filter)
		return 0;
	sample_filter = arena_map(UINT64_C(1) << SAMPLE_FILTER_BITS);
	return sample_filter ? 0 : -ENOMEM;
}

void sample_forget(void)
{
	if (!sample_filter)
		return;
	blocks_clear(&set.blocks);
	arena_wipe((void *)sample_filter, UINT64_C(1) << SAMPLE_FILTER_BITS);
}

void sample_begin(struct sample_thread *s)
{
	s->every = tracer.control->sample;
	if (!s->every || !sample_filter) {
		s->every = 0;
		return;
	}
	s->random = tracer.control->sample_seed +
		    atomic_fetch_add(&set.threads, 1) * UINT64_C(0xd1342543de82ef95);
	next_random(s);
	draw(s);
}

bool sample_record(struct sample_thread *s, const void *block)
{
	draw(s);
	if (!sample_add(block)) {
		tracer_count_lost(WIRE_LOST_ALLOCATION);
		return false;
	}
	s->last = (uintptr_t)block;
	return true;
}

bool sample_release(struct sample_thread *s, enum wire_kind kind, const void *block,
		    uint64_t *temporary)
{
	uintptr_t last = s->last, moved = s->moved;
	bool recorded;

	s->last = 0;
	s->moved = 0;
	if (kind == WIRE_REALLOC_RESTORE)
		return moved == (uintptr_t)block && sample_add(block);
	recorded = blocks_remove(&set.blocks, (uintptr_t)block);
	if (recorded) {
		filter_count(block, -1);
		*temporary = last == (uintptr_t)block;
	}
	if (recorded && kind == WIRE_REALLOC_RELEASE)
		s->moved = (uintptr_t)block;
	return recorded;
}
