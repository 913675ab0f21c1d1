/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/look/typed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/debug/demangle.h"
#include "tracer/ground/array.h"
#include "tracer/look/types/names.h"

#define TYPES_MOST (UINT32_C(1) << 30)
#define STALE_MOST (UINT64_C(1) << 20)  /* most bytes of a piece of Python's stack */

/* 0 or -ENOMEM. */
static int note_parts(struct typed *typed, struct graph *graph,
		      const struct types_found *found)
{
	int error = 0;

	for (unsigned i = 0; i < found->parts_length && !error; i++) {
		size_t number = graph_find(graph, found->parts[i].address);
		uint64_t start, end;

		if (number >= typed->length || typed->blocks[number].object)
			continue;
		typed->blocks[number].type = found->parts[i].type;
		graph_extent(graph, number, &start, &end);
		error = graph_enter(graph, number, found->parts[i].address - start);
	}
	return error;
}

/* Addresses of the words by which Python's collector links objects to one another. */
struct all_links {
	uint64_t *of;
	size_t length, room;
};

/* Python's collector links all objects that it knows in a ring, whose head is in the
 * interpreter's own data.  The program does not use these links.  With them, the
 * interpreter would hold a lost cycle for ever, and each way could lead through any other
 * object.  A head is recognized by its object: each points to the other.
 * (Include/internal/pycore_gc.h: `_gc_next` and `_gc_prev`, whose lowest bits are
 * flags.) */
static void drop_links(struct memory *memory, uint64_t links)
{
	uint64_t pair[2], beside[2];

	if (!memory_read(memory, links, pair, sizeof(pair)))
		return;
	for (uint64_t i = 0; i < 2; i++) {
		uint64_t other = pair[i] & ~UINT64_C(7);

		if (other && memory_read(memory, other, beside, sizeof(beside)) &&
		    (beside[1 - i] & ~UINT64_C(7)) == links)
			memory_clear(memory, other + 8 * (1 - i));
	}
	memory_clear(memory, links);
	memory_clear(memory, links + 8);
}

/* Clears words only within one block, since what a list says of its items may be
 * wrong. */
static void drop_stale(const struct graph *graph, const struct types_found *found,
		       struct memory *memory)
{
	size_t number = graph_find(graph, found->stale);
	uint64_t start, end = 0;

	if (found->stale < found->stale_end && number != SIZE_MAX)
		graph_extent(graph, number, &start, &end);
	end = end < found->stale_end ? end : found->stale_end;
	for (uint64_t at = found->stale; at + 8 <= end; at += 8)
		memory_clear(memory, at);
}

/* Finds the type of one block; 0 or -ENOMEM. */
static int type_block(struct typed *typed, struct graph *graph, size_t n,
		      struct memory *memory, struct all_links *links)
{
	struct graph_block block;
	enum graph_state state;
	struct types_found found;

	if (!graph_at(graph, n, &block, &state))
		return 0;
	int error = types_look(typed->types, block.address, block.size, &found);

	if (error)
		return error;
	if (found.type != TYPES_NONE && found.type < TYPES_MOST)
		typed->blocks[n] = (struct typed_block){ found.type, true, found.tracked };
	error = note_parts(typed, graph, &found);
	if (!error && found.before)
		error = graph_enter(graph, n, found.before);
	drop_stale(graph, &found, memory);
	if (error || !found.tracked)
		return error;
	if (!array_grow(&links->of, &links->room, links->length + 1, sizeof(*links->of)))
		return -ENOMEM;
	links->of[links->length++] = found.links;
	return 0;
}

int typed_find(struct typed *typed, struct graph *graph, struct memory *memory,
	       unsigned python)
{
	const struct types_memory of = { .read = memory_read, .in_module = memory_in_module,
					 .vtable = memory_vtable, .data = memory_data,
					 .user = memory, .python = python };
	struct all_links links = { 0 };
	int error = 0;

	typed->types = types_new(&of);
	typed->length = graph_length(graph);
	typed->blocks = calloc(typed->length + 1, sizeof(*typed->blocks));
	if (!typed->types || !typed->blocks)
		return -ENOMEM;
	for (size_t n = 0; n < typed->length && !error; n++)
		error = type_block(typed, graph, n, memory, &links);
	/* Links are dropped only afterwards, because they tell which objects are
	 * tracked. */
	for (size_t i = 0; i < links.length && !error; i++)
		drop_links(memory, links.of[i]);
	free(links.of);
	return error;
}

struct noting {
	struct typed *typed;
	struct memory *memory;
};

static int note_frames(void *user, uint64_t start, uint64_t end, uint64_t rest)
{
	const struct noting *noting = user;
	struct typed *typed = noting->typed;

	/* A larger piece makes no sense. */
	for (uint64_t at = end; at < rest && rest - end <= STALE_MOST; at += 8)
		memory_clear(noting->memory, at);
	if (start == end)
		return 0;
	if (!array_grow(&typed->frames, &typed->frames_room, typed->frames_length + 1,
			sizeof(*typed->frames)))
		return -ENOMEM;
	typed->frames[typed->frames_length++] = (struct typed_range){ start, end };
	return 0;
}

int typed_frames(struct typed *typed, struct memory *memory, uint64_t runtime)
{
	struct noting noting = { typed, memory };

	return names_stacks(typed->types, runtime, note_frames, &noting);
}

void typed_free(struct typed *typed)
{
	types_free(typed->types);
	free(typed->blocks);
	free(typed->frames);
	*typed = (struct typed){ 0 };
}

size_t typed_name(const struct typed *typed, uint32_t type, char *text, size_t size)
{
	static const char before[] = "typeinfo for ";
	enum types_language language;
	const char *name = types_name(typed->types, type, &language);
	char *symbol = NULL;

	/* type_info::name() gives the symbol of a type_info without its prefix. */
	if (language == TYPES_CXX && asprintf(&symbol, "_ZTI%s", name) > 0) {
		size_t length = demangle(symbol, text, size, NULL);

		free(symbol);
		if (strncmp(text, before, sizeof(before) - 1) == 0) {
			length -= sizeof(before) - 1;
			memmove(text, text + sizeof(before) - 1, length + 1);
			return length;
		}
	}
	snprintf(text, size, "%s", name);
	return strlen(text);
}
