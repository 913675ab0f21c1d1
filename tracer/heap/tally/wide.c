/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * After a tally has been balanced each of its sums is in the middle of its range, or 0
 * where it only grows:
 *
 *	allocations, total     0       until they are more than 2^31
 *	count                  2^14    until it is more than 2^15, ...
 *	sizes, each            2^11    ..., or one of them would be less than 0
 *	size                   2^30    until it would be less than 0
 *
 * `count` is always the sum of `sizes`, so none of these reaches 2^16.  `size` is at most
 * 2^30 more than `total`, since what is added to it alone is added to the base.
 */
#include "tracer/heap/tally/wide.h"

#include <assert.h>
#include <string.h>

#define MIDDLE_SIZE (UINT32_C(1) << 30)
#define MIDDLE_CLASS (UINT16_C(1) << 11)
#define MIDDLE_COUNT (UINT32_C(1) << 14)
_Static_assert(MIDDLE_COUNT == MIDDLE_CLASS * SIZE_CLASSES, "the sum of them");
#define MANY (UINT64_C(1) << 12)        /* what counts for so many is added to the base */

bool tally_widen(struct tallies *tallies, struct tally *tally)
{
	struct tally_rest *rest = tally_make_rest(tallies, tally);
	const size_t item = sizeof(struct tally_wide);
	uint32_t number = tallies->wides_length + 1;

	if (tally->is_wide)
		return true;
	if (!chunk_at(&tallies->wides, item, number)) {
		size_t offset, bytes = ((size_t)CHUNK_BASE << chunk_locate(number, &offset)) * item;

		if (!budget_take(tallies->budget, bytes))
			return false;
		if (!chunk_reserve(&tallies->wides, item, number)) {
			budget_give(tallies->budget, bytes);
			return false;
		}
	}
	rest->wide = tallies->wides_length = number;
	tally->is_wide = true;
	return true;
}

/* Moves what the sums have into the base, and so much of it back. */
static void balance(struct tally_sums *low, struct tally_wide *wide)
{
#define MOVE(name) wide->now.name += low->name;
	FIGURES_EACH(MOVE)
#undef MOVE
	for (unsigned i = 0; i < SIZE_CLASSES; i++) {
		wide->sizes[i] += low->sizes[i];
		wide->sizes[i] -= MIDDLE_CLASS;
		low->sizes[i] = MIDDLE_CLASS;
	}
	wide->now.size -= MIDDLE_SIZE;
	wide->now.count -= MIDDLE_COUNT;
	low->size = MIDDLE_SIZE;
	low->count = MIDDLE_COUNT;
	low->allocations = low->total = low->temporary = 0;
}

static bool is_large(uint64_t size, uint64_t count)
{
	return size >> TALLY_LARGE_BITS || count >= MANY;
}

bool tally_make_room(struct tallies *tallies, struct tally *tally, uint64_t size,
		     uint64_t count)
{
	const struct tally_sums *low = &tally->low;
	bool full = (low->size | low->total | low->allocations | low->temporary) >> 31 |
		    low->count >> 15;

	if (!full && !is_large(size, count))
		return true;
	if (!tally_widen(tallies, tally))
		return false;
	balance(&tally->low, tally_wide(tallies, tally));
	return true;
}

void tally_add(struct tallies *tallies, struct tally *tally, struct tally_block block)
{
	struct tally_wide *wide = tally_wide(tallies, tally);

	if (wide) {
		wide->now.size += block.size;
		wide->now.count += block.count;
		wide->sizes[block.class] += (uint32_t)block.count;
		return;
	}
	assert(!is_large(block.size, block.count));
	tally->low.size += (uint32_t)block.size;
	tally->low.count += (uint32_t)block.count;
	tally->low.sizes[block.class] += (uint16_t)block.count;
}

void tally_add_ever(struct tallies *tallies, struct tally *tally, struct tally_block block)
{
	struct tally_wide *wide = tally_wide(tallies, tally);

	if (wide) {
		wide->now.total += block.size;
		wide->now.allocations += block.count;
		return;
	}
	tally->low.total += (uint32_t)block.size;
	tally->low.allocations += (uint32_t)block.count;
}

void tally_take(struct tallies *tallies, struct tally *tally, struct tally_block block,
		uint64_t temporary)
{
	struct tally_wide *wide = tally_wide(tallies, tally);

	if (!wide) {
		assert(tally->low.size >= block.size && tally->low.count >= block.count &&
		       tally->low.sizes[block.class] >= block.count);
		tally->low.size -= (uint32_t)block.size;
		tally->low.count -= (uint32_t)block.count;
		tally->low.temporary += (uint32_t)temporary;
		tally->low.sizes[block.class] -= (uint16_t)block.count;
		return;
	}
	wide->now.size -= block.size;
	wide->now.count -= block.count;
	wide->now.temporary += temporary;
	wide->sizes[block.class] -= (uint32_t)block.count;
	balance(&tally->low, wide);
}

void tally_take_temporary(struct tallies *tallies, struct tally *tally, uint64_t count)
{
	struct tally_wide *wide = tally_wide(tallies, tally);

	if (tally->low.temporary >= count)
		tally->low.temporary -= (uint32_t)count;
	else if (wide && wide->now.temporary + tally->low.temporary >= count)
		wide->now.temporary -= count;
}

void tally_empty(struct tallies *tallies, struct tally *tally)
{
	struct tally_wide *wide = tally_wide(tallies, tally);

	tally->low.size = tally->low.count = 0;
	memset(tally->low.sizes, 0, sizeof(tally->low.sizes));
	tally->born = 0;
	if (!wide)
		return;
	wide->now.size = wide->now.count = 0;
	memset(wide->sizes, 0, sizeof(wide->sizes));
}

/* Whether two sums can be added without a wide part. */
static bool sums_fit(const struct tally_sums *a, const struct tally_sums *b)
{
#define FITS(name) && !(((uint64_t)a->name + b->name) >> 31)
	return (a->count + b->count) >> 15 == 0 FIGURES_EACH(FITS);
#undef FITS
}

static void sums_add(struct tally_sums *to, const struct tally_sums *from)
{
#define ADD(name) to->name += from->name;
	FIGURES_EACH(ADD)
#undef ADD
	for (unsigned i = 0; i < SIZE_CLASSES; i++)
		to->sizes[i] += from->sizes[i];
}

/* The same to what stands in a wide part. */
static void base_add(struct figures *to, uint32_t sizes[SIZE_CLASSES],
		     const struct tally_sums *from)
{
#define ADD(name) to->name += from->name;
	FIGURES_EACH(ADD)
#undef ADD
	for (unsigned i = 0; i < SIZE_CLASSES; i++)
		sizes[i] += from->sizes[i];
}

bool tally_make_room_of(struct tallies *tallies, struct tally *to, const struct tally *from)
{
	const struct tally_rest *rest = tally_make_rest(tallies, to);
	const struct tally_rest *other = tally_rest(tallies, from);

	if (!from->is_wide && sums_fit(&to->low, &from->low) &&
	    sums_fit(&rest->at_ever, &other->at_ever))
		return true;
	return tally_widen(tallies, to);
}

void tally_move(struct tallies *tallies, struct tally *to, struct tally *from)
{
	struct tally_rest *rest = tally_make_rest(tallies, to);
	struct tally_rest *other = tally_rest(tallies, from);
	struct tally_wide *wide = tally_wide(tallies, to), *old = tally_wide(tallies, from);

	if (!tally_figures(tallies, from).allocations) {
		/* Its block found no memory, but it may have been given room for it. */
		from->low = other->at_ever = (struct tally_sums){ 0 };
		if (old)
			*old = (struct tally_wide){ 0 };
		return;
	}
	assert(wide || !old);
	if (wide) {
		base_add(&wide->now, wide->sizes, &from->low);
		base_add(&wide->ever, wide->sizes_ever, &other->at_ever);
	} else {
		sums_add(&to->low, &from->low);
		sums_add(&rest->at_ever, &other->at_ever);
	}
	for (unsigned i = 0; old && i < SIZE_CLASSES; i++) {
		wide->sizes[i] += old->sizes[i];
		wide->sizes_ever[i] += old->sizes_ever[i];
	}
	if (old) {
		figures_add(&wide->now, &old->now);
		figures_add(&wide->ever, &old->ever);
		*old = (struct tally_wide){ 0 };
	}
	rest->at_peak += other->at_peak;
	to->born += from->born;
	from->low = other->at_ever = (struct tally_sums){ 0 };
	from->born = other->at_peak = 0;
}
