/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_SET_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_SET_H
/* A set of ids: one bit each, grown as needed.  Zero-initialise. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store_set {
	uint8_t *bits;
	size_t bytes;
};

int store_set_add(struct store_set *set, uint32_t id);  /* 0 or -1: out of memory */
static inline bool store_set_has(const struct store_set *set, uint32_t id)
{
	return id / 8 < set->bytes && set->bits[id / 8] >> id % 8 & 1;
}

#endif
