/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tallies are appended and stay, except provisional ones.  Those are reused after they
 * were settled, but only once they have passed through a quarantine, because a realloc
 * that is under way may still refer to them.
 */
#include "tracer/heap/tally/saved.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include "tracer/ground/large.h"

#define PREFAULT 8192u                  /* tallies whose pages are found before they are used;
					 * a power of two */
#define PREFAULT_FIRST 512u             /* less than what lasts while a thread wakes up */

/* As chunk_reserve, but aligned to cache lines and not zeroed. */
static struct tally *tally_reserve(struct tallies *tallies, uint32_t index)
{
	size_t offset;
	unsigned k = chunk_locate(index, &offset);
	struct tally *segment = tallies->entries.segment[k];

	if (!segment) {
		const size_t bytes = ((size_t)CHUNK_BASE << k) * sizeof(*segment);

		if (!budget_take(tallies->budget, bytes))
			return NULL;
		segment = large_pages(aligned_alloc(_Alignof(struct tally), bytes), bytes);
		if (!segment)
			budget_give(tallies->budget, bytes);
		tallies->entries.segment[k] = segment;
	}
	return segment ? segment + offset : NULL;
}

void tallies_free(struct tallies *tallies)
{
	ticks_free(&tallies->ticks);
	prefault_end(&tallies->prefault);
	budget_give(tallies->budget, chunk_bytes(&tallies->entries, sizeof(struct tally)));
	chunk_free(&tallies->entries);
	for (unsigned i = 0; i < TALLY_SHARDS; i++)
		finder_free(&tallies->shards[i]);
}

/* Has pages found for tallies that will follow this one in its segment: for the next two
 * steps when the segment begins, and then always for the step after the next. */
static void find_ahead(struct tallies *tallies, const struct tally *tally, size_t offset,
		       size_t segment)
{
	size_t from = offset ? PREFAULT : PREFAULT_FIRST, left = segment - offset;

	if (left > from)
		prefault_ask(&tallies->prefault, (void *)(tally + from),
			     (void *)(tally + (left < 2 * PREFAULT ? left : 2 * PREFAULT)));
}

/* Appends a tally, which was empty at both peaks.  NULL: out of memory. */
static struct tally *tally_append(struct tallies *tallies, uint32_t *index)
{
	if (tallies->length == TALLIES_MAX)
		return NULL;
	struct tally *tally = tally_reserve(tallies, tallies->length);

	if (!tally)
		return NULL;
	size_t offset, segment = (size_t)CHUNK_BASE << chunk_locate(tallies->length, &offset);

	if (offset % PREFAULT == 0 && segment > PREFAULT_FIRST)
		find_ahead(tallies, tally, offset, segment);
	*index = tallies->length++;
	*tally = (struct tally){ .saved = tallies->clock };
	return tally;
}

static uint32_t tally_find(const struct tallies *tallies, uint32_t hash, uint32_t trace,
			   uint32_t thread, uint32_t domain)
{
	const struct finder *shard = &tallies->shards[hash >> 26];
	uint32_t value;

	for (size_t at = hash; (value = finder_next(shard, hash, &at));) {
		const struct tally *tally = tally_at(tallies, value - 1);

		if (tally->trace == trace && tally->thread == thread && tally->domain == domain)
			return value;
	}
	return 0;
}

int tally_get(struct tallies *tallies, uint32_t trace, uint32_t thread, uint32_t domain,
	      uint32_t *index)
{
	uint32_t hash = tally_hash(trace, thread, domain);
	uint32_t found = tally_find(tallies, hash, trace, thread, domain);

	assert(thread <= UINT16_MAX && domain <= UINT16_MAX);
	if (found) {
		*index = found - 1;
		return 0;
	}
	struct finder *shard = &tallies->shards[hash >> 26];

	if (!finder_room(shard))
		return -ENOMEM;
	struct tally *tally = tally_append(tallies, index);

	if (!tally)
		return -ENOMEM;
	tally->trace = trace;
	tally->thread = (uint16_t)thread;
	tally->domain = (uint16_t)domain;
	finder_put(shard, hash, *index + 1);
	return 0;
}

/* Reuses the tally that was settled longest ago, wiped, or appends a new one.  NULL: out
 * of memory. */
static struct tally *take_settled(struct tallies *tallies, uint32_t *index)
{
	/* While ticks are being reported, notes still refer to tallies by index, so none
	 * is reused. */
	if (tallies->settled_length <= TALLY_QUARANTINE || tallies->ticks.telling)
		return tally_append(tallies, index);
	struct tally *tally = tally_at(tallies, tallies->settled_first);

	assert(tally->state == TALLY_SETTLED);
	*index = tallies->settled_first;
	tallies->settled_first = (uint32_t)tally->next;
	tallies->settled_length--;
	*tally = (struct tally){ .saved = tallies->clock };
	return tally;
}

static void put_settled(struct tallies *tallies, uint32_t index)
{
	assert(tallies->settled_length < tallies->length);
	if (tallies->settled_length)
		tally_at(tallies, tallies->settled_last)->next = index;
	else
		tallies->settled_first = index;
	tallies->settled_last = index;
	tallies->settled_length++;
}

int tally_provisional(struct tallies *tallies, uint32_t root, uint64_t address,
		      uint32_t *index)
{
	const struct tally *like = tally_at(tallies, root);
	struct tally *tally = take_settled(tallies, index);

	assert(root < tallies->length && like->state == TALLY_KEYED);
	if (!tally)
		return -ENOMEM;
	tally->thread = like->thread;
	tally->domain = like->domain;
	tally->address = address;
	tally->forward = root & (TALLIES_MAX - 1);
	tally->state = TALLY_PROVISIONAL;
	tally->trace = ++tallies->ticks.tickets;
	tally_note(tallies, tally);
	return 0;
}

static void add_sizes(uint32_t to[SIZE_CLASSES], const uint32_t from[SIZE_CLASSES])
{
	for (unsigned i = 0; i < SIZE_CLASSES; i++)
		to[i] += from[i];
}

void tally_settle(struct tallies *tallies, uint32_t from, uint32_t to)
{
	struct tally *source = tally_at(tallies, from), *target = tally_at(tallies, to);

	assert(source->state == TALLY_PROVISIONAL && target->state == TALLY_KEYED);
	tally_save(tallies, source);
	tally_save(tallies, target);
	tally_note_settled(tallies, source, target->trace);
	figures_add(&target->now, &source->now);
	figures_add(&target->at_ever, &source->at_ever);
	target->at_peak += source->at_peak;
	target->born += source->born;
	add_sizes(target->sizes, source->sizes);
	add_sizes(target->sizes_ever, source->sizes_ever);
	memset(source->sizes, 0, sizeof(source->sizes));
	memset(source->sizes_ever, 0, sizeof(source->sizes_ever));
	source->now = source->at_ever = (struct figures){ 0 };
	source->at_peak = source->born = 0;
	source->forward = to & (TALLIES_MAX - 1);
	source->state = TALLY_SETTLED;
	put_settled(tallies, from);
}
