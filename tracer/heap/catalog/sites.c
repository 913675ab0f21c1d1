/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sites and traces of a catalog.  Both have two ranges of numbers: the lower half mirrors
 * the tracer's tables (any index, gaps allowed), the upper half is for those that memtop
 * adds (without gaps).  A site is complete when its `set` flag is set; a trace is one
 * 64-bit node, so a single store completes it.  A trace's parent always exists before the
 * trace and has a smaller number, so a walk towards the root ends.
 */
#include "tracer/heap/catalog/catalog_parts.h"

#include <errno.h>
#include <string.h>
#include "tracer/heap/catalog/chain.h"
#include "tracer/heap/catalog/stack.h"
#include "tracer/wire/wire.h"

_Static_assert(TRACE_OURS == SITE_OURS, "one rule tells both halves apart");

static void *numbered_at(const struct numbered *numbered, size_t element, uint32_t id)
{
	return id >= TRACE_OURS ? chunk_at(&numbered->ours, element, id - TRACE_OURS) :
				  chunk_at(&numbered->theirs, element, id);
}

static void *numbered_reserve(struct numbered *numbered, size_t element, uint32_t id)
{
	return id >= TRACE_OURS ? chunk_reserve(&numbered->ours, element, id - TRACE_OURS) :
				  chunk_reserve(&numbered->theirs, element, id);
}

/* Moves the end past `id`, which has just been filled. */
static void numbered_publish(struct numbered *numbered, uint32_t id)
{
	_Atomic uint32_t *end = id >= TRACE_OURS ? &numbered->ours_end : &numbered->theirs_end;
	uint32_t next = (id & ~TRACE_OURS) + 1;

	if (atomic_load_explicit(end, memory_order_relaxed) < next)
		atomic_store_explicit(end, next, memory_order_release);
}

#define OURS_MAX (UINT32_C(1) << 24)    /* a bound, since a target could make us add them
					 * without end */

/* The next number for one that memtop adds, or 0 if none is left. */
static uint32_t numbered_next(const struct numbered *numbered)
{
	uint32_t end = atomic_load_explicit(&numbered->ours_end, memory_order_relaxed);

	return end < OURS_MAX ? TRACE_OURS + end : 0;
}

static struct site_entry *site_entry(const struct catalog *catalog, struct site_id id)
{
	struct site_entry *entry = numbered_at(&catalog->sites, sizeof(*entry), id.v);

	/* Pairs with set_site: the other fields are whole. */
	if (!entry || !atomic_load_explicit(&entry->set, memory_order_acquire))
		return NULL;
	return entry;
}

static uint32_t site_hash(const struct site *site)
{
	return hash_mix(site->offset ^ (uint64_t)site->module.v << 44, 0);
}

static bool same_site(const void *context, uint32_t id, const void *key)
{
	const struct site *wanted = key;
	struct site site = catalog_site(context, (struct site_id){ id });

	return site.offset == wanted->offset && site.module.v == wanted->module.v;
}

static int set_site(struct catalog *catalog, struct site_id id, const struct site *site)
{
	struct site_entry *entry = numbered_reserve(&catalog->sites, sizeof(*entry),
						    id.v);
	uint32_t hash = site_hash(site);
	char name[24];

	if (!entry || !finder_room(&catalog->sites.index))
		return -ENOMEM;
	stack_offset_name(site->offset, name);
	entry->offset_name = catalog_intern(catalog, name, strlen(name));
	entry->site = *site;
	/* Pairs with site_entry. */
	atomic_store_explicit(&entry->set, 1, memory_order_release);
	numbered_publish(&catalog->sites, id.v);
	/* Id 0 stands for "no site", whatever the tracer puts there. */
	if (id.v)
		finder_put(&catalog->sites.index, hash, id.v);
	return 0;
}

int catalog_put_site(struct catalog *catalog, struct site_id id, const struct site *site)
{
	/* A site never changes its meaning. */
	if (site_entry(catalog, id))
		return 0;
	return set_site(catalog, id, site);
}

struct site_id catalog_add_site(struct catalog *catalog, const struct site *site)
{
	uint32_t id = finder_find(&catalog->sites.index, site_hash(site), same_site,
				  catalog, site);

	if (id)
		return (struct site_id){ id };
	struct site_id ours = { numbered_next(&catalog->sites) };

	if (!ours.v || set_site(catalog, ours, site))
		return (struct site_id){ 0 };
	return ours;
}

int catalog_name_site(struct catalog *catalog, struct site_id id, const struct frame_id *frames,
		      unsigned n)
{
	struct site_entry *entry = site_entry(catalog, id);

	if (!entry || !n)
		return -EINVAL;
	if (atomic_load_explicit(&entry->names, memory_order_relaxed))
		return -EEXIST;
	struct site_names *names = arena_take(&catalog->names,
					      sizeof(*names) + n * sizeof(*frames));

	if (!names)
		return -ENOMEM;
	names->length = n;
	memcpy(names->frames, frames, n * sizeof(*frames));
	/* Pairs with catalog_site_frames: list, frames and texts are whole. */
	atomic_store_explicit(&entry->names, names, memory_order_release);
	return 0;
}

struct site catalog_site(const struct catalog *catalog, struct site_id id)
{
	const struct site_entry *entry = site_entry(catalog, id);

	return entry ? entry->site : (struct site){ 0 };
}

uint32_t catalog_sites(const struct catalog *catalog)
{
	/* Pairs with numbered_publish. */
	return atomic_load_explicit(&catalog->sites.theirs_end, memory_order_acquire);
}

const struct frame_id *catalog_site_frames(const struct catalog *catalog, struct site_id id,
					   unsigned *n)
{
	const struct site_entry *entry = site_entry(catalog, id);
	const struct site_names *names = NULL;

	/* Pairs with catalog_name_site. */
	if (entry)
		names = atomic_load_explicit(&entry->names, memory_order_acquire);
	*n = names ? names->length : 0;
	return names ? names->frames : NULL;
}

struct str_id catalog_site_offset(const struct catalog *catalog, struct site_id id)
{
	const struct site_entry *entry = site_entry(catalog, id);

	return entry ? entry->offset_name : (struct str_id){ 0 };
}

static uint64_t node_of(const struct catalog *catalog, uint32_t id)
{
	const _Atomic uint64_t *node = numbered_at(&catalog->traces, sizeof(*node), id);

	/* Pairs with set_node. */
	return node ? atomic_load_explicit(node, memory_order_acquire) : 0;
}

static uint32_t end_of(const struct catalog *catalog, uint32_t id)
{
	const uint32_t *end = id ? chunk_at(&catalog->ends[id >= TRACE_OURS], sizeof(*end),
					    id & ~TRACE_OURS) : NULL;

	return end ? *end : 0;
}

/* Depth and cut of a node over a parent that has these. */
static uint32_t end_over(uint32_t parent, uint32_t site)
{
	uint32_t depth = parent >> 4;

	if (site < CUTS)
		return depth << 4 | site;
	return (depth + (depth < UINT32_MAX >> 4)) << 4 | (parent & 15);
}

/* Stores a new node, and in *end, where its parent's is, what is known of its end. */
static inline int set_node(struct catalog *catalog, uint32_t id, uint64_t node,
			   uint32_t *end)
{
	bool ours = id >= TRACE_OURS;
	struct chunks *nodes = ours ? &catalog->traces.ours : &catalog->traces.theirs;
	uint32_t place = id & ~TRACE_OURS;
	_Atomic uint64_t *slot = chunk_reserve(nodes, sizeof(*slot), place);
	uint32_t *known = chunk_reserve(&catalog->ends[ours], sizeof(*known), place);

	if (!slot || !known)
		return -ENOMEM;
	*known = *end = end_over(*end, wire_node_site(node));
	/* Pairs with node_of: the older nodes are there too, and the end. */
	atomic_store_explicit(slot, node, memory_order_release);
	numbered_publish(&catalog->traces, id);
	return 0;
}

/* The node under a number that the tracer gave, or 0.  Beyond the highest so far nothing
 * is read: a page that was never touched would be found twice, to read and to write. */
static uint64_t old_node(const struct catalog *catalog, uint32_t id)
{
	const _Atomic uint32_t *end = &catalog->traces.theirs_end;

	return id < atomic_load_explicit(end, memory_order_relaxed) ? node_of(catalog, id) : 0;
}

/* Sets a trace of the tracer's; *end is the parent's, and then its own. */
static inline int put_node(struct catalog *catalog, uint32_t id, uint64_t node,
			   uint32_t *end)
{
	uint64_t old = old_node(catalog, id);

	/* A trace never changes its meaning. */
	if (old) {
		*end = end_of(catalog, id);
		return old == node ? 0 : -EINVAL;
	}
	if (catalog->traces_shared && !finder_room(&catalog->traces.index))
		return -ENOMEM;
	int error = set_node(catalog, id, node, end);
	if (!error && catalog->traces_shared)
		finder_put(&catalog->traces.index, hash_mix(node, 0), id);
	return error;
}

int catalog_put_trace(struct catalog *catalog, struct trace_id id, struct trace_id parent,
		      struct site_id site)
{
	const struct trace_link link = { id.v, site.v };

	return catalog_put_chain(catalog, parent, &link, 1).error;
}

struct chain_put catalog_put_chain(struct catalog *catalog, struct trace_id parent,
				   const struct trace_link *chain, size_t n)
{
	uint32_t end = end_of(catalog, parent.v);
	/* Each trace but the root has a depth or is cut. */
	int error = parent.v && !end ? -EINVAL : 0;

	for (; n && !error; n -= !error) {
		uint32_t id = chain[n - 1].trace, site = chain[n - 1].site;

		error = !id || id >= TRACE_OURS || parent.v >= id || !site ? -EINVAL :
			put_node(catalog, id, wire_node(parent.v, site), &end);
		parent.v = id;
	}
	return (struct chain_put){ n, error };
}

int catalog_share_traces(struct catalog *catalog)
{
	uint32_t end = atomic_load_explicit(&catalog->traces.theirs_end, memory_order_relaxed);

	if (catalog->traces_shared)
		return 0;
	for (uint32_t id = 1; id < end; id++) {
		uint64_t node = node_of(catalog, id);

		if (!node)
			continue;
		if (!finder_room(&catalog->traces.index))
			return -ENOMEM;
		finder_put(&catalog->traces.index, hash_mix(node, 0), id);
	}
	catalog->traces_shared = true;
	return 0;
}

static bool same_trace(const void *context, uint32_t id, const void *key)
{
	return node_of(context, id) == *(const uint64_t *)key;
}

struct trace_id catalog_add_trace(struct catalog *catalog, struct trace_id parent,
				  struct site_id site)
{
	struct finder *index = &catalog->traces.index;
	uint64_t node = wire_node(parent.v, site.v);
	uint32_t hash = hash_mix(node, 0), end = end_of(catalog, parent.v), id;

	if (!site.v || (parent.v && !end))
		return (struct trace_id){ 0 };
	id = finder_find(index, hash, same_trace, catalog, &node);
	if (id || !finder_room(index))
		return (struct trace_id){ id };
	id = numbered_next(&catalog->traces);
	if (!id || set_node(catalog, id, node, &end))
		return (struct trace_id){ 0 };
	finder_put(index, hash, id);
	return (struct trace_id){ id };
}

uint32_t catalog_traces(const struct catalog *catalog)
{
	/* Pairs with numbered_publish. */
	return atomic_load_explicit(&catalog->traces.theirs_end, memory_order_acquire);
}

bool catalog_trace(const struct catalog *catalog, struct trace_id id, struct trace_id *parent,
		   struct site_id *site)
{
	uint64_t node = id.v ? node_of(catalog, id.v) : 0;

	parent->v = wire_node_parent(node);
	site->v = wire_node_site(node);
	return node != 0;
}

bool catalog_caller(const struct catalog *catalog, struct trace_id id, struct trace_id *parent,
		    struct site_id *site)
{
	bool known = catalog_trace(catalog, id, parent, site);

	if (site->v == CUT_FULL)
		site->v = 0;
	return known && (!site->v || site->v >= WIRE_SITE_FIRST);
}

enum cut catalog_cut(const struct catalog *catalog, struct trace_id id)
{
	return node_of(catalog, id.v) ? (enum cut)(end_of(catalog, id.v) & 15) : CUT_NONE;
}

uint32_t catalog_depth(const struct catalog *catalog, struct trace_id id)
{
	return node_of(catalog, id.v) ? end_of(catalog, id.v) >> 4 : 0;
}
