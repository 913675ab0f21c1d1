/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_LAYERS_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_LAYERS_H
/* Sets of rows that moments share; a part of store_parts.h. */
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/error.h"

struct store;
struct snapshot;

/*
 * A layer is a set of rows in the file.  A moment has up to two: its own, and below it a
 * base, which has those of its rows that were the same in another moment.  A layer is
 * kept as long as a moment uses it; 0 is none.
 */
struct store_layers {
	uint32_t own, base;
};

/* A row of a base: trace, thread and domain, and a digest of its figures. */
struct store_known {
	uint64_t key, digest;
};

/* A layer that is not based on another, and what later moments are compared with: rows in
 * ascending order of their keys, of which one of the two is NULL. */
struct store_base {
	uint32_t layer;                 /* 0: none */
	size_t length;
	struct store_known *rows;
	struct snapshot *snapshot;      /* whose own they are; a reference */
};

/* Most rows of all bases together, 16 bytes each: a process whose base does not fit has
 * none. */
#define STORE_BASE_ROWS (4u << 20)

/* A new layer that no moment uses yet, with one reference; 0: out of memory. */
uint32_t store_layer_new(struct store *store);
/* One moment more, or one less, uses them; rows of a layer that none uses are deleted. */
void store_layers_hold(struct store *store, struct store_layers layers);
int store_layers_drop(struct store *store, uint32_t process, struct store_layers layers,
		      struct error *error);
/* The base of a process, or NULL if it has none. */
const struct store_base *store_base_of(const struct store *store, uint32_t process);
/* Makes `rows`, which malloc gave, or the reference to a snapshot the base of a process,
 * or lets them go. */
void store_base_set(struct store *store, uint32_t process, const struct store_base *base);
void store_bases_free(struct store *store);

#endif
