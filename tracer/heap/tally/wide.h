/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_TALLY_WIDE_H
#define TRACER_HEAP_TALLY_WIDE_H
/*
 * The figures of a tally: its sums in 32 and 16 bits, and for a tally that has, or had,
 * too much for these, a base of full width to which they are added.  The sums grow and
 * shrink with each event; when one of them comes near an end of its range, some of it is
 * moved into the base, or back (wide.c).
 *
 *	figure = base + sum     base 0: the tally has no wide part
 *
 * Before a block is added its tally must have room for it, which may need memory.  To
 * take a block away never does.
 */
#include "tracer/heap/tally/tally.h"

struct tally_wide {
	struct figures now, ever;       /* ever: at `peak_ever`, to go with `at_ever` */
	uint32_t sizes[SIZE_CLASSES], sizes_ever[SIZE_CLASSES];
};

#define TALLY_LARGE_BITS 30u            /* blocks from this size on are added to the base */

/* A block, as it counts: several times if it is a sample. */
struct tally_block {
	uint64_t size, count;
	unsigned class;                 /* its size class */
};

/* NULL: it has none. */
static inline struct tally_wide *tally_wide(const struct tallies *tallies,
					    const struct tally *tally)
{
	if (__builtin_expect(!tally->is_wide, 1))
		return NULL;
	return chunk_at(&tallies->wides, sizeof(struct tally_wide),
			tally_rest(tallies, tally)->wide);
}

/* Gives a tally a wide part.  False: out of memory. */
bool tally_widen(struct tallies *tallies, struct tally *tally);
/* Makes room for a block that may be of any size, or count for any number of blocks.
 * False: out of memory. */
bool tally_make_room(struct tallies *tallies, struct tally *tally, uint64_t size,
		     uint64_t count);
/* Add a block, for which there is room, to what lives, and to what ever lived; and take
 * one, which may have been a temporary one, from what lives. */
void tally_add(struct tallies *tallies, struct tally *tally, struct tally_block block);
void tally_add_ever(struct tallies *tallies, struct tally *tally, struct tally_block block);
void tally_take(struct tallies *tallies, struct tally *tally, struct tally_block block,
		uint64_t temporary);
/* Takes back blocks that were counted as temporary; none if there are not so many. */
void tally_take_temporary(struct tallies *tallies, struct tally *tally, uint64_t count);
/* Nothing lives any more. */
void tally_empty(struct tallies *tallies, struct tally *tally);
/* Makes room for all that another tally has.  False: out of memory. */
bool tally_make_room_of(struct tallies *tallies, struct tally *to, const struct tally *from);
/* Adds all figures of another tally, those of the peaks too, and leaves that one empty. */
void tally_move(struct tallies *tallies, struct tally *to, struct tally *from);

static inline uint64_t tally_size(const struct tallies *tallies, const struct tally *tally)
{
	const struct tally_wide *wide = tally_wide(tallies, tally);

	return tally->low.size + (wide ? wide->now.size : 0);
}

/* What a tally has now. */
static inline struct figures tally_figures(const struct tallies *tallies,
					   const struct tally *tally)
{
	const struct tally_wide *wide = tally_wide(tallies, tally);
	struct figures figures = wide ? wide->now : (struct figures){ 0 };

#define TALLY_FIGURE(name) figures.name += tally->low.name;
	FIGURES_EACH(TALLY_FIGURE)
#undef TALLY_FIGURE
	return figures;
}

#endif
