/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_MEMO_H
#define TRACER_PRELOAD_BASE_MEMO_H
/*
 * A remembered answer that all threads share without a lock: two words, of which the
 * first tells for which key the second one is valid.  If two writers interleave, they
 * leave a first word that fits no key, and so an entry that answers nothing.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct memo {
	_Atomic uint64_t check, value;
};

static inline uint64_t memo_check(uint64_t key, uint64_t value)
{
	return key ^ (value + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Keys spread over 1 << bits places. */
static inline uint64_t memo_place(uint64_t key, unsigned bits)
{
	return key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - bits);
}

static inline bool memo_get(struct memo *m, uint64_t key, uint64_t *value)
{
	/* This acquire pairs with the release in memo_put: what the value refers to was
	 * published before. */
	*value = atomic_load_explicit(&m->value, memory_order_acquire);
	return atomic_load_explicit(&m->check, memory_order_acquire) == memo_check(key, *value);
}

static inline void memo_put(struct memo *m, uint64_t key, uint64_t value)
{
	/* Pairs with memo_get. */
	atomic_store_explicit(&m->value, value, memory_order_release);
	atomic_store_explicit(&m->check, memo_check(key, value), memory_order_release);
}

static inline void memo_clear(struct memo *m)
{
	/* The word that fits no key: the check of a key that no caller uses. */
	atomic_store_explicit(&m->check, memo_check(~UINT64_C(0), 0), memory_order_release);
	atomic_store_explicit(&m->value, 0, memory_order_release);
}

#endif
