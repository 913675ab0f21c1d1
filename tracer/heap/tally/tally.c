/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tallies are appended and stay, except provisional ones.  Those are reused after they
 * were settled, but only once they have passed through a quarantine, because a realloc
 * that is under way may still refer to them.
 */
#include "tracer/heap/tally/first.h"
#include "tracer/heap/tally/saved.h"
#include "tracer/heap/tally/wide.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include "tracer/ground/large.h"

#define PREFAULT 16384u                 /* tallies whose pages are found before they are used;
					 * a power of two */
#define PREFAULT_FIRST 1024u            /* less than what lasts while a thread wakes up */

/* Adds a segment for tallies, and one for as many rests, which stays untouched as long as
 * they are not needed.  Both are aligned to cache lines and not zeroed. */
static void *tally_segment(struct tallies *tallies, unsigned k)
{
	const size_t bytes = ((size_t)CHUNK_BASE << k) * sizeof(struct tally);
	void *tally, *rest;

	if (!budget_take(tallies->budget, 2 * bytes))
		return NULL;
	tally = large_aligned(bytes);
	rest = large_aligned(bytes);
	if (!tally || !rest) {
		budget_give(tallies->budget, 2 * bytes);
		free(tally);
		free(rest);
		return NULL;
	}
	tallies->rests.segment[k] = rest;
	tallies->entries.segment[k] = tally;
	return tally;
}

static struct tally *tally_reserve(struct tallies *tallies, uint32_t index)
{
	size_t offset;
	unsigned k = chunk_locate(index, &offset);
	struct tally *segment = tallies->entries.segment[k];

	if (!segment)
		segment = tally_segment(tallies, k);
	return segment ? segment + offset : NULL;
}

struct tally_rest *tally_make_rest(struct tallies *tallies, struct tally *tally)
{
	if (!tally->rest) {
		assert(tallies->rests_length < tallies->length);
		tally->rest = ++tallies->rests_length & (TALLIES_MAX * 2 - 1);
		*tally_rest(tallies, tally) = (struct tally_rest){ 0 };
	}
	return tally_rest(tallies, tally);
}

void tallies_free(struct tallies *tallies)
{
	ticks_free(&tallies->ticks);
	prefault_end(&tallies->prefault);
	budget_give(tallies->budget, 2 * chunk_bytes(&tallies->entries, sizeof(struct tally)) +
		    chunk_bytes(&tallies->wides, sizeof(struct tally_wide)));
	chunk_free(&tallies->entries);
	chunk_free(&tallies->rests);
	chunk_free(&tallies->wides);
	chunk_free(&tallies->first[0]);
	chunk_free(&tallies->first[1]);
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

static struct tally *append_keyed(struct tallies *tallies, uint32_t trace, uint32_t thread,
				  uint32_t domain, uint32_t *index)
{
	struct tally *tally = tally_append(tallies, index);

	if (!tally)
		return NULL;
	tally->trace = trace;
	tally->thread = (uint16_t)thread;
	tally->domain = (uint16_t)domain;
	return tally;
}

/* The first tally of a trace.  0 or -ENOMEM. */
static int tally_add_first(struct tallies *tallies, uint32_t trace, uint32_t thread,
		     uint32_t domain, uint32_t *index)
{
	bool ours = trace >= TRACE_OURS;
	uint32_t place = trace & ~TRACE_OURS;
	uint32_t *first = chunk_reserve(&tallies->first[ours], sizeof(*first), place);

	if (!first || !append_keyed(tallies, trace, thread, domain, index))
		return -ENOMEM;
	*first = first_tag(thread, domain) | (*index + 1);
	if (place >= tallies->first_end[ours])
		tallies->first_end[ours] = place + 1;
	return 0;
}

/* A tally of a trace that has one of another thread or domain.  0 or -ENOMEM. */
static int get_other(struct tallies *tallies, uint32_t trace, uint32_t thread,
		     uint32_t domain, uint32_t *index)
{
	uint32_t hash = tally_hash(trace, thread, domain);
	uint32_t found = tally_find(tallies, hash, trace, thread, domain);
	struct finder *shard = &tallies->shards[hash >> 26];

	if (found) {
		*index = found - 1;
		return 0;
	}
	if (!finder_room(shard) || !append_keyed(tallies, trace, thread, domain, index))
		return -ENOMEM;
	finder_put(shard, hash, *index + 1);
	tallies->others++;
	return 0;
}

int tally_get(struct tallies *tallies, uint32_t trace, uint32_t thread, uint32_t domain,
	      uint32_t *index)
{
	uint32_t first = first_of(tallies, trace);

	assert(thread <= UINT16_MAX && domain <= UINT16_MAX);
	if (!first)
		return tally_add_first(tallies, trace, thread, domain, index);
	*index = (first & FIRST_INDEX) - 1;
	const struct tally *tally = tally_at(tallies, *index);

	if (tally->thread == thread && tally->domain == domain)
		return 0;
	return get_other(tallies, trace, thread, domain, index);
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
	struct tally_rest *rest = tally_rest(tallies, tally);

	/* All that it counted was moved. */
	assert(tally->state == TALLY_SETTLED);
	*index = tallies->settled_first;
	tallies->settled_first = (uint32_t)rest->next;
	tallies->settled_length--;
	*tally = (struct tally){ .saved = tallies->clock, .rest = tally->rest,
				 .is_wide = tally->is_wide };
	return tally;
}

static void put_settled(struct tallies *tallies, uint32_t index)
{
	assert(tallies->settled_length < tallies->length);
	if (tallies->settled_length)
		tally_rest(tallies, tally_at(tallies, tallies->settled_last))->next = index;
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
	struct tally_rest *rest = tally_make_rest(tallies, tally);

	tally->thread = like->thread;
	tally->domain = like->domain;
	rest->address = address;
	rest->forward = root;
	tally->state = TALLY_PROVISIONAL;
	tally->trace = ++tallies->ticks.tickets;
	tally_note(tallies, tally);
	return 0;
}

void tally_settle(struct tallies *tallies, uint32_t from, uint32_t to)
{
	struct tally *source = tally_at(tallies, from), *target = tally_at(tallies, to);

	assert(source->state == TALLY_PROVISIONAL && target->state == TALLY_KEYED);
	tally_save(tallies, source);
	tally_save(tallies, target);
	tally_note_settled(tallies, source, target->trace);
	tally_move(tallies, target, source);
	tally_rest(tallies, source)->forward = to;
	source->state = TALLY_SETTLED;
	put_settled(tallies, from);
}
