/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds types by name and by address, and what a block is. */
#include "tracer/look/types/types_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/ground/shared/page.h"

#define FIRST_WORDS 16u
#define REFUSED_MAX 65536u              /* most addresses known to be no types, in one
					 * map */

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

bool types_read(const struct types *types, uint64_t address, void *to, size_t length)
{
	return address >= PAGE &&
	       types->memory.read(types->memory.user, address, to, length);
}

bool types_string(const struct types *types, uint64_t address, char *text, size_t size)
{
	size_t length = 0;

	while (length < size) {
		/* Only up to the next multiple of 64 bytes, because the next page may not
		 * be there. */
		size_t part = 64 - (size_t)((address + length) % 64);

		part = part < size - length ? part : size - length;
		if (!types_read(types, address + length, text + length, part))
			return false;
		for (size_t i = 0; i < part; i++, length++) {
			unsigned char byte = (unsigned char)text[length];

			if (!byte)
				return length > 0;
			if (byte < 0x20 || byte == 0x7f)
				return false;
		}
	}
	return false;
}

static struct types_pair *map_find(const struct types_map *map, uint64_t address)
{
	size_t i = (size_t)((address * UINT64_C(0x9e3779b97f4a7c15)) >> 32) &
		   (map->room - 1);

	while (map->pairs[i].address && map->pairs[i].address != address)
		i = (i + 1) & (map->room - 1);
	return &map->pairs[i];
}

const uint32_t *types_map_get(const struct types_map *map, uint64_t address)
{
	const struct types_pair *pair = map->room ? map_find(map, address) : NULL;

	return pair && pair->address ? &pair->number : NULL;
}

static int map_grow(struct types_map *map)
{
	struct types_map more = { .length = map->length,
				  .room = map->room ? map->room * 2 : 64 };

	more.pairs = calloc(more.room, sizeof(*more.pairs));
	if (!more.pairs)
		return -ENOMEM;
	for (size_t i = 0; i < map->room; i++)
		if (map->pairs[i].address)
			*map_find(&more, map->pairs[i].address) = map->pairs[i];
	free(map->pairs);
	*map = more;
	return 0;
}

int types_map_put(struct types_map *map, uint64_t address, uint32_t number)
{
	if (!address || (!number && map->length >= REFUSED_MAX))
		return 0;
	if (map->length * 2 >= map->room && map_grow(map) != 0)
		return -ENOMEM;
	struct types_pair *pair = map_find(map, address);

	map->length += !pair->address;
	*pair = (struct types_pair){ address, number };
	return 0;
}

static uint64_t hash_name(const char *name, enum types_language language)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) + language;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return hash | 1;
}

int types_intern(struct types *types, const char *name, enum types_language language,
		 uint32_t *type)
{
	uint64_t hash = hash_name(name, language);
	const uint32_t *last = types_map_get(&types->names, hash);

	for (*type = last ? *last : TYPES_NONE; *type; *type = types->same[*type])
		if (types->named[*type].language == language &&
		    strcmp(types->named[*type].name, name) == 0)
			return 0;
	uint32_t before = last ? *last : TYPES_NONE, number = (uint32_t)types->length;

	if (!array_grow(&types->named, &types->room, types->length + 1,
			sizeof(*types->named)) ||
	    !array_grow(&types->same, &types->same_room, types->length + 1,
			sizeof(*types->same)))
		return -ENOMEM;
	char *copy = strdup(name);

	if (!copy)
		return -ENOMEM;
	types->named[number] = (struct types_named){ copy, language };
	types->same[number] = before;
	types->length++;
	if (types_map_put(&types->names, hash, number) != 0)
		return -ENOMEM;
	*type = number;
	return 0;
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
