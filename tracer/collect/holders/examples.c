/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How many blocks of each state a part has is known, so what is to be taken of each is
 * known before the blocks are gone through, once, in the order of addresses:
 *
 *	part 0  [ garbage | indirect | inside | held ]  part 1  [ garbage | ...
 */
#include "tracer/collect/holders/examples.h"

#include <errno.h>
#include <stdlib.h>

/* What is still to be taken of a part, by state: where the next one goes, and how many. */
struct taking {
	uint32_t next[LOOK_STATES];
	uint8_t left[LOOK_STATES];
};

static enum look_state example_state(enum graph_state state)
{
	switch (state) {
	case GRAPH_GARBAGE:
		return LOOK_GARBAGE;
	case GRAPH_CYCLE:
	case GRAPH_INDIRECT:
		return LOOK_INDIRECT;
	case GRAPH_INSIDE:
		return LOOK_INSIDE;
	default:
		return LOOK_HELD;
	}
}

/* The most that each part may have, so that all together are not too many. */
static uint64_t most_of_each(const struct look_types *types)
{
	uint64_t most = 2 * LOOK_EXAMPLES, all;

	do {
		most /= 2;
		all = 0;
		for (size_t i = 0; i < types->parts_length; i++)
			all += types->parts[i].count < most ? types->parts[i].count : most;
	} while (all > LOOK_EXAMPLES_MOST && most > 1);
	return most;
}

/* Says what to take of a part, at most `most`, from `at` on.  Returns where that ends. */
static uint32_t plan_part(const struct look_part *part, uint64_t most, uint32_t at,
			  struct taking *taking)
{
	const struct look_figures *look = &part->look;
	uint64_t counts[LOOK_STATES] = {
		[LOOK_GARBAGE] = look->garbage_blocks, [LOOK_INDIRECT] = look->indirect_blocks,
		[LOOK_INSIDE] = look->inside_blocks,
	};

	counts[LOOK_HELD] = part->count - counts[LOOK_GARBAGE] - counts[LOOK_INDIRECT] -
			    counts[LOOK_INSIDE];
	if (most > LOOK_EXAMPLES_MOST - at)
		most = LOOK_EXAMPLES_MOST - at;
	for (int state = 0; state < LOOK_STATES; state++) {
		uint64_t take = counts[state] < most ? counts[state] : most;

		taking->next[state] = at;
		taking->left[state] = (uint8_t)take;
		most -= take;
		at += (uint32_t)take;
	}
	return at;
}

static void take_examples(const struct graph *graph, const uint32_t *part_of,
			  struct taking *takings, struct look_example *examples)
{
	for (size_t n = 0; n < graph_length(graph); n++) {
		struct graph_block block;
		enum graph_state of;

		if (part_of[n] == PARTS_NONE || !graph_at(graph, n, &block, &of))
			continue;
		struct taking *taking = &takings[part_of[n]];
		enum look_state state = example_state(of);

		if (!taking->left[state])
			continue;
		taking->left[state]--;
		examples[taking->next[state]++] = (struct look_example){
			part_of[n], state, block.address, block.size,
		};
	}
}

int examples_find(const struct graph *graph, const struct look_types *types,
		  const uint32_t *part_of, struct look_held *held)
{
	struct taking *takings = calloc(types->parts_length + 1, sizeof(*takings));
	uint64_t most = most_of_each(types);
	uint32_t length = 0;

	for (size_t i = 0; takings && i < types->parts_length; i++)
		length = plan_part(&types->parts[i], most, length, &takings[i]);
	struct look_example *examples = calloc(length + (size_t)1, sizeof(*examples));

	bool whole = takings && examples;

	if (whole) {
		take_examples(graph, part_of, takings, examples);
		held->examples = examples;
		held->examples_length = held->examples_room = length;
	} else {
		free(examples);
	}
	free(takings);
	return whole ? 0 : -ENOMEM;
}
