/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a block is, and the names of all types that were found. */
#include "tracer/look/types/types_parts.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/ground/shared/page.h"

#define FIRST_WORDS 16u

struct types *types_new(const struct types_memory *memory)
{
	struct types *types = calloc(1, sizeof(*types));

	if (!types)
		return NULL;
	types->memory = *memory;
	types->length = 1;
	if (!array_grow(&types->named, &types->room, 1, sizeof(*types->named)) ||
	    !array_grow(&types->same, &types->same_room, 1, sizeof(*types->same))) {
		types_free(types);
		return NULL;
	}
	types->named[0] = (struct types_named){ 0 };
	types->same[0] = 0;
	return types;
}

void types_free(struct types *types)
{
	if (!types)
		return;
	for (size_t i = 1; types->named && i < types->length; i++)
		free(types->named[i].name);
	free(types->named);
	free(types->same);
	free(types->names.pairs);
	free(types->vptrs.pairs);
	free(types->python.pairs);
	free(types->pythons);
	free(types->gobject.classes);
	free(types);
}

int types_look(struct types *types, uint64_t address, uint64_t size,
	       struct types_found *found)
{
	uint64_t words[FIRST_WORDS];
	size_t length = size / 8 < FIRST_WORDS ? (size_t)(size / 8) : FIRST_WORDS;

	*found = (struct types_found){ .type = TYPES_NONE };
	if (length < 1 || address % 8)
		return 0;
	int error = gobject_look(types, address, size, found);

	if (error || found->type != TYPES_NONE)
		return error;
	/* A block that extends beyond the memory that is there is judged by its first
	 * part. */
	size_t here = (size_t)(PAGE - address % PAGE) / 8;

	if (!types_read(types, address, words, length * 8)) {
		if (here >= length || !types_read(types, address, words, here * 8))
			return 0;
		length = here;
	}
	error = cxx_look(types, words, length, size, found);

	if (!error && found->type == TYPES_NONE)
		error = python_look(types, words, length, size, found);
	if (found->tracked)
		found->links += address;
	if (found->stale == TYPES_IDLE) {
		found->stale = address + IDLE_USED;
		found->stale_end = address + size / 8 * 8;
	}
	return error;
}

size_t types_length(const struct types *types)
{
	return types->length;
}

const char *types_name(const struct types *types, uint32_t type,
		       enum types_language *language)
{
	*language = types->named[type].language;
	return types->named[type].name;
}
