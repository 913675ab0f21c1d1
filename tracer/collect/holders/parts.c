/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/holders/parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "tracer/heap/tally/look_arenas.h"

#define TYPE_NAME_MAX 1024u

static void add_state(struct look_figures *to, const struct graph_block *block,
		      enum graph_state state)
{
	switch (state) {
	case GRAPH_GARBAGE:
		to->garbage += block->size;
		to->garbage_blocks++;
		break;
	case GRAPH_CYCLE:
		to->cycles += block->size;
		/* fall through */
	case GRAPH_INDIRECT:
		to->indirect += block->size;
		to->indirect_blocks++;
		break;
	case GRAPH_INSIDE:
		to->inside += block->size;
		to->inside_blocks++;
		break;
	case GRAPH_REACHABLE:
		break;
	}
}

void parts_states(const struct parts_question *question, struct snapshot_look *look)
{
	for (size_t n = 0; n < graph_length(question->graph); n++) {
		struct graph_block block;
		enum graph_state state;

		if (graph_at(question->graph, n, &block, &state) &&
		    question->rows[block.trace] != UINT32_MAX)
			add_state(&look->rows[question->rows[block.trace]], &block,
				  state);
	}
}

/* The number of a type in the look; each type is looked up only once. */
static uint32_t number_of_type(struct look_types *types, const struct typed *typed,
			       uint32_t type, uint32_t *numbers)
{
	char name[TYPE_NAME_MAX];

	if (type == TYPES_NONE)
		return LOOK_NO_TYPE;
	if (numbers[type] == 0) {
		typed_name(typed, type, name, sizeof(name));
		numbers[type] = look_types_name(types, name);
	}
	return numbers[type];
}

static bool add_parts(const struct parts_question *question, struct look_types *types,
		      uint32_t *numbers, uint32_t *part_of)
{
	const struct typed *typed = question->typed;

	for (size_t n = 0; n < typed->length; n++) {
		struct graph_block block;
		enum graph_state state;

		if (part_of)
			part_of[n] = PARTS_NONE;
		if (!graph_at(question->graph, n, &block, &state) ||
		    question->rows[block.trace] == UINT32_MAX)
			continue;
		uint32_t type = number_of_type(types, typed, typed->blocks[n].type,
					       numbers);
		struct look_part *part = type == UINT32_MAX ? NULL :
			look_types_part(types, question->rows[block.trace], type);

		if (!part)
			return false;
		part->size += block.size;
		part->count++;
		add_state(&part->look, &block, state);
		if (part_of)
			part_of[n] = (uint32_t)(part - types->parts);
	}
	return true;
}

int parts_find(const struct parts_question *question, struct snapshot_look *look,
	       uint32_t *part_of)
{
	uint32_t *numbers = calloc(types_length(question->typed->types),
				   sizeof(*numbers));
	bool whole;

	look->types = look_types_new();
	whole = numbers && look->types && add_parts(question, look->types, numbers, part_of);
	free(numbers);
	return whole ? 0 : -ENOMEM;
}

/* Names the arenas in the order of `paged`, from number 1 on. */
static bool name_arenas(const struct paged *paged, struct look_arenas *arenas)
{
	for (size_t i = 0; i < paged->arenas.length; i++) {
		const struct arena *from = &paged->arenas.of[i];
		char name[64] = "main arena";

		if (i)
			snprintf(name, sizeof(name), "arena 0x%" PRIx64, from->address);
		struct look_arena *arena = look_arenas_add(arenas, name);

		if (!arena)
			return false;
		*arena = (struct look_arena){
			.mapped = from->mapped, .resident = from->resident,
			.live = paged->live[i].bytes, .free = from->free, .top = from->top,
			.trim = from->trim, .whole = from->whole,
		};
	}
	return true;
}

static bool add_to_arenas(const struct parts_question *question, const struct paged *paged,
			  struct look_arenas *arenas)
{
	for (size_t n = 0; n < graph_length(question->graph); n++) {
		struct graph_block block;
		enum graph_state state;

		if (!graph_at(question->graph, n, &block, &state) ||
		    question->rows[block.trace] == UINT32_MAX)
			continue;
		size_t at = arenas_of(&paged->arenas, block.address);
		uint32_t number = at == SIZE_MAX ? LOOK_NO_ARENA : (uint32_t)at + 1;
		struct look_part *part =
			look_types_part(arenas->blocks, question->rows[block.trace],
					number);

		if (!part)
			return false;
		part->size += block.size;
		part->count++;
		arenas->of[number].large += block.size >= LOOK_LARGE ? block.size : 0;
	}
	return true;
}

int parts_arenas(const struct parts_question *question, const struct paged *paged,
		 struct snapshot_look *look)
{
	if (!paged->arenas.length)
		return 0;
	look->arenas = look_arenas_new();
	return look->arenas && name_arenas(paged, look->arenas) &&
	       add_to_arenas(question, paged, look->arenas) ? 0 : -ENOMEM;
}
