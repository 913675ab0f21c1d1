/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What C++, Python and GObject need alike to find a type: memory that may not be there, and
 * what is known already, by address and by name. */
#include "tracer/look/types/types_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/ground/shared/page.h"

#define REFUSED_MAX 65536u              /* most addresses known to be no types, in one
					 * map */

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
