/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/look/paged.h"

#include <errno.h>
#include <stdlib.h>

struct turn {
	const struct graph *graph;
	size_t number;
};

static bool next_block(void *user, struct pins_block *block)
{
	struct turn *turn = user;
	struct graph_block whole;
	enum graph_state state;
	uint64_t end;

	if (turn->number >= graph_length(turn->graph))
		return false;
	graph_at(turn->graph, turn->number, &whole, &state);
	graph_extent(turn->graph, turn->number++, &block->address, &end);
	block->size = end - block->address;
	block->row = whole.trace;
	return true;
}

/* Lists the pieces of maps that have no file. */
static size_t list_anonymous(const struct layout *layout, struct pins_piece *pieces)
{
	size_t map = 0, length = 0;

	for (size_t i = 0; i < layout->pieces_length; i++) {
		const struct piece *piece = &layout->pieces[i];

		while (map < layout->length && layout->of[map].end <= piece->address)
			map++;
		if (map < layout->length && !layout->of[map].file && !layout->of[map].sealed)
			pieces[length++] =
				(struct pins_piece){ piece->address, piece->bytes };
	}
	return length;
}

static void widen_range(struct arenas_range *range, const struct map *map)
{
	if (!range->end)
		range->start = map->start;
	range->end = map->end;
}

static int find_arenas(struct paged *paged, const struct graph *graph,
		       struct arenas_question *question, const struct layout *layout)
{
	for (size_t i = 0; i < layout->length; i++) {
		if (layout->of[i].libc)
			widen_range(&question->libc, &layout->of[i]);
		if (layout->of[i].heap)
			widen_range(&question->heap, &layout->of[i]);
	}
	int error = arenas_find(&paged->arenas, question);

	paged->live =
		error ? NULL : calloc(paged->arenas.length + 1, sizeof(*paged->live));
	if (!paged->live)
		return -ENOMEM;
	for (size_t n = 0; n < graph_length(graph); n++) {
		struct graph_block block;
		enum graph_state state;
		uint64_t start, end;
		bool begins = graph_at(graph, n, &block, &state);
		size_t arena = arenas_of(&paged->arenas, block.address);

		if (arena == SIZE_MAX)
			continue;
		graph_extent(graph, n, &start, &end);
		paged->live[arena].blocks += begins;
		paged->live[arena].bytes += end - start;
	}
	return 0;
}

int paged_find(struct paged *paged, const struct graph *graph,
	       const struct layout *layout, struct memory *memory)
{
	struct pins_piece *pieces = malloc((layout->pieces_length + 1) * sizeof(*pieces));
	struct turn turn = { .graph = graph };
	int error = -ENOMEM;

	paged->traces = graph_traces(graph);
	paged->pins = calloc((size_t)paged->traces + 1, sizeof(*paged->pins));
	if (pieces && paged->pins) {
		struct arenas_question question = {
			.read = memory_read,
			.user = memory,
			.pieces = pieces,
			.length = list_anonymous(layout, pieces),
		};

		pins_find(pieces, question.length, next_block, &turn, paged->pins,
			  paged->traces);
		error = find_arenas(paged, graph, &question, layout);
	}
	free(pieces);
	return error;
}

void paged_free(struct paged *paged)
{
	free(paged->pins);
	free(paged->live);
	arenas_free(&paged->arenas);
	*paged = (struct paged){ 0 };
}
