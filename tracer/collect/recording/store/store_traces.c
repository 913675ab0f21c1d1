/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Traces, in chunks.  Those that a moment needs and the file does not have are noted in a
 * set of ids, which is then read in order: most are neighbours, because the nodes of one
 * stack were made one after the other, so that a thousand of them are one row.  A node is
 * one number: how far before it its caller's node is and, in the chunk's last `bits`
 * bits, its site's.
 */
#include "tracer/collect/recording/store/store_parts.h"

#include <string.h>

struct node {
	uint32_t id, parent, site;      /* site: its number in the file */
};

/* Adds a trace to the set of those that are to be written. */
static int note(struct store *store, unsigned ours, uint32_t bit)
{
	if (!store->fresh_end[ours] || bit < store->fresh_first[ours])
		store->fresh_first[ours] = bit;
	if (bit >= store->fresh_end[ours])
		store->fresh_end[ours] = bit + 1;
	return store_set_add(&store->fresh[ours], bit);
}

int store_trace(struct store *store, struct trace_id id, struct error *error)
{
	struct trace_id parent;
	struct site_id site;

	for (;; id = parent) {
		unsigned ours = id.v >= TRACE_OURS;
		uint32_t bit = id.v & ~TRACE_OURS;

		if (store_set_has(&store->traces[ours], bit) ||
		    !catalog_trace(store->catalog, id, &parent, &site))
			return 0;
		if (store_site(store, site, error))
			return -1;
		if (store_set_add(&store->traces[ours], bit) || note(store, ours, bit))
			return store_no_memory(error);
	}
}

uint32_t store_traces_whole(struct store *store)
{
	const struct store_set *set = &store->traces[0];
	uint32_t at = store->traces_whole;

	/* Mostly whole bytes of them. */
	for (at = at ? at : 1; store_set_has(set, at);)
		at += at % 8 == 0 && set->bits[at / 8] == UINT8_MAX ? 8 : 1;
	store->traces_whole = at;
	return at;
}

/* How many bits a number takes. */
static unsigned width(uint32_t number)
{
	return number ? 32u - (unsigned)__builtin_clz(number) : 0;
}

static int write_chunk(struct store *store, const struct node *nodes, unsigned n,
		       struct error *error)
{
	struct store_run *run = &store->run;
	unsigned bits = 1;

	for (unsigned i = 0; i < n; i++)
		if (width(nodes[i].site) > bits)
			bits = width(nodes[i].site);
	for (unsigned i = 0; i < n; i++) {
		uint64_t back = nodes[i].parent ? nodes[i].id - nodes[i].parent : 0;

		run_put(run, nodes[i].id, (int64_t)(back << bits | nodes[i].site));
	}
	store_bind(store, STORE_TRACES, 1, nodes[0].id);
	store_bind(store, STORE_TRACES, 2, bits);
	store_bind_text(store, STORE_TRACES, 3, run_end(run));
	return store_step(store, STORE_TRACES, error);
}

/* The next id of the set from `bit` on, or `end`. */
static uint32_t next_fresh(const struct store_set *set, uint32_t bit, uint32_t end)
{
	while (bit < end && !store_set_has(set, bit))
		bit = bit % 8 == 0 && !set->bits[bit / 8] ? bit + 8 : bit + 1;
	return bit < end ? bit : end;
}

static int write_fresh(struct store *store, unsigned ours, struct error *error)
{
	struct store_set *set = &store->fresh[ours];
	uint32_t end = store->fresh_end[ours];
	struct node nodes[STORE_RUN_MAX];
	struct trace_id parent;
	struct site_id site;
	unsigned n = 0;

	for (uint32_t bit = next_fresh(set, store->fresh_first[ours], end); bit < end;
	     bit = next_fresh(set, bit + 1, end)) {
		uint32_t id = bit | (ours ? TRACE_OURS : 0);

		if (n && (id - nodes[0].id >= STORE_RUN_MAX ||
			  id - nodes[n - 1].id > STORE_RUN_GAP)) {
			if (write_chunk(store, nodes, n, error))
				return -1;
			n = 0;
		}
		catalog_trace(store->catalog, (struct trace_id){ id }, &parent, &site);
		nodes[n++] = (struct node){ id, parent.v, store_site_number(site) };
	}
	if (n && write_chunk(store, nodes, n, error))
		return -1;
	if (end)
		memset(set->bits + store->fresh_first[ours] / 8, 0,
		       (end - 1) / 8 - store->fresh_first[ours] / 8 + 1);
	store->fresh_end[ours] = 0;
	return 0;
}

int store_traces(struct store *store, struct error *error)
{
	return write_fresh(store, 0, error) || write_fresh(store, 1, error) ? -1 : 0;
}
