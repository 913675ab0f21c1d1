/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_HEAP_BYTES_H
#define TESTS_HEAP_BYTES_H
/* What only tests and benches ask a model and a catalog: the memory that they hold, and
 * one live block. */
#include "tracer/heap/catalog/catalog_parts.h"
#include "tracer/heap/model.h"
#include "tracer/heap/model_parts.h"
#include "tracer/heap/tally/wide.h"

static inline uint64_t finder_bytes(const struct finder *finder)
{
	return atomic_load_explicit(&finder->bytes, memory_order_relaxed);
}

static inline uint64_t numbered_bytes(const struct numbered *numbered, size_t element)
{
	return chunk_bytes(&numbered->theirs, element) + chunk_bytes(&numbered->ours, element) +
	       finder_bytes(&numbered->index);
}

static inline uint64_t strpool_bytes(const struct strpool *pool)
{
	return atomic_load_explicit(&pool->arena.bytes, memory_order_relaxed) +
	       chunk_bytes(&pool->texts, sizeof(const char *)) + finder_bytes(&pool->index);
}

/* In any thread. */
static inline uint64_t catalog_bytes(const struct catalog *catalog)
{
	return sizeof(*catalog) + strpool_bytes(&catalog->strings) +
	       chunk_bytes(&catalog->modules, sizeof(struct module_entry)) +
	       chunk_bytes(&catalog->frames, sizeof(struct frame)) +
	       chunk_bytes(&catalog->threads, sizeof(struct thread_entry)) +
	       finder_bytes(&catalog->frame_index) +
	       atomic_load_explicit(&catalog->names.bytes, memory_order_relaxed) +
	       numbered_bytes(&catalog->sites, sizeof(struct site_entry)) +
	       numbered_bytes(&catalog->traces, sizeof(uint64_t)) +
	       chunk_bytes(&catalog->ends[0], sizeof(uint32_t)) +
	       chunk_bytes(&catalog->ends[1], sizeof(uint32_t));
}

static inline uint64_t tallies_bytes(const struct tallies *tallies)
{
	uint64_t bytes = sizeof(*tallies) + chunk_bytes(&tallies->entries, sizeof(struct tally)) +
			 tallies->rests_length * sizeof(struct tally_rest) +
			 (tallies->first_end[0] + tallies->first_end[1]) * sizeof(uint32_t) +
			 chunk_bytes(&tallies->wides, sizeof(struct tally_wide));

	for (unsigned i = 0; i < TALLY_SHARDS; i++)
		bytes += finder_bytes(&tallies->shards[i]);
	return bytes;
}

static inline uint64_t model_bytes(const struct model *model)
{
	return sizeof(*model) - sizeof(model->live) - sizeof(model->tallies) +
	       live_bytes(&model->live) + tallies_bytes(&model->tallies) +
	       ranges_bytes(&model->maps.ranges);
}

/* The live block at an address: false if there is none. */
static inline bool model_block(const struct model *model, uint64_t address, uint64_t *size,
			       struct trace_id *trace)
{
	struct live_block block;

	if (!live_find(&model->live, address, &block))
		return false;
	*size = block.size;
	const struct tally *tally = tally_at(&model->tallies, block.tally);

	trace->v = tally->state == TALLY_KEYED ? tally->trace : 0;
	return true;
}

#endif
