/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which layers the file has, and which rows of the bases are kept in memory. */
#include "tracer/collect/recording/store/store_parts.h"

#include <stdlib.h>
#include <string.h>

uint32_t store_layer_new(struct store *store)
{
	uint32_t layer = store->layer_free ? store->layer_free : 1;

	while (layer < store->layers_length && store->layers[layer])
		layer++;
	if (layer >= store->layers_length &&
	    store_words(&store->layers, &store->layers_length, layer * 2))
		return 0;
	store->layers[layer] = 1;
	store->layer_free = layer + 1;
	return layer;
}

void store_layers_hold(struct store *store, struct store_layers layers)
{
	if (layers.own)
		store->layers[layers.own]++;
	if (layers.base)
		store->layers[layers.base]++;
}

static void base_let_go(const struct store_base *base)
{
	free(base->rows);
	snapshot_release(base->snapshot);
}

static void base_clear(struct store *store, struct store_base *base)
{
	store->bases_rows -= base->length;
	base_let_go(base);
	*base = (struct store_base){ 0 };
}

static int drop_one(struct store *store, uint32_t layer, uint32_t process,
		    struct error *error)
{
	if (!layer || --store->layers[layer])
		return 0;
	if (layer < store->layer_free)
		store->layer_free = layer;
	if (process < store->bases_length && store->bases[process].layer == layer)
		base_clear(store, &store->bases[process]);
	store_bind(store, STORE_FORGET_STATS, 1, layer);
	store_bind(store, STORE_FORGET_FIGURES, 1, layer);
	if (store_step(store, STORE_FORGET_STATS, error))
		return -1;
	return store_step(store, STORE_FORGET_FIGURES, error);
}

int store_layers_drop(struct store *store, uint32_t process, struct store_layers layers,
		      struct error *error)
{
	if (drop_one(store, layers.own, process, error))
		return -1;
	return drop_one(store, layers.base, process, error);
}

const struct store_base *store_base_of(const struct store *store, uint32_t process)
{
	if (process >= store->bases_length || !store->bases[process].layer)
		return NULL;
	return &store->bases[process];
}

/* Drops bases until there is room: first those of the oldest processes, which most likely
 * have ended. */
static void bases_make_room(struct store *store, size_t rows)
{
	for (uint32_t i = 0; i < store->bases_length; i++) {
		if (store->bases_rows + rows <= STORE_BASE_ROWS)
			return;
		base_clear(store, &store->bases[i]);
	}
}

static int bases_reserve(struct store *store, uint32_t wanted)
{
	if (wanted <= store->bases_length)
		return 0;
	wanted += wanted / 2;
	struct store_base *more = realloc(store->bases, wanted * sizeof(*more));

	if (!more)
		return -1;
	memset(more + store->bases_length, 0,
	       (wanted - store->bases_length) * sizeof(*more));
	store->bases = more;
	store->bases_length = wanted;
	return 0;
}

void store_base_set(struct store *store, uint32_t process, const struct store_base *base)
{
	if (process < store->bases_length)
		base_clear(store, &store->bases[process]);
	bases_make_room(store, base->length);
	if (base->length > STORE_BASE_ROWS || bases_reserve(store, process + 1)) {
		base_let_go(base);
		return;
	}
	store->bases[process] = *base;
	store->bases_rows += base->length;
}

void store_bases_free(struct store *store)
{
	for (uint32_t i = 0; i < store->bases_length; i++)
		base_let_go(&store->bases[i]);
	free(store->bases);
	store->bases = NULL;
	store->bases_length = 0;
	store->bases_rows = 0;
}
