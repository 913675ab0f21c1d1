/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/heap/tally/look_types.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"

struct look_types *look_types_new(void)
{
	struct look_types *types = calloc(1, sizeof(*types));

	if (types && look_types_name(types, "-") == LOOK_NO_TYPE)
		return types;
	look_types_free(types);
	return NULL;
}

void look_types_free(struct look_types *types)
{
	if (!types)
		return;
	for (size_t i = 0; i < types->names_length; i++)
		free(types->names[i]);
	free(types->names);
	free(types->parts);
	finder_free(&types->by_name);
	finder_free(&types->by_row);
	free(types);
}

uint32_t look_types_name(struct look_types *types, const char *name)
{
	uint32_t hash = hash_bytes(name, strlen(name)), number;

	for (size_t at = hash; (number = finder_next(&types->by_name, hash, &at));)
		if (strcmp(types->names[number - 1], name) == 0)
			return number - 1;
	if (!finder_room(&types->by_name) ||
	    !array_grow(&types->names, &types->names_room, types->names_length + 1,
			sizeof(*types->names)))
		return UINT32_MAX;
	char *copy = strdup(name);

	if (!copy)
		return UINT32_MAX;
	types->names[types->names_length++] = copy;
	finder_put(&types->by_name, hash, (uint32_t)types->names_length);
	return (uint32_t)types->names_length - 1;
}

struct look_part *look_types_part(struct look_types *types, uint32_t row, uint32_t type)
{
	uint32_t hash = hash_mix(row, type), number;

	for (size_t at = hash; (number = finder_next(&types->by_row, hash, &at));) {
		struct look_part *part = &types->parts[number - 1];

		if (part->row == row && part->type == type)
			return part;
	}
	if (!finder_room(&types->by_row) ||
	    !array_grow(&types->parts, &types->parts_room, types->parts_length + 1,
			sizeof(*types->parts)))
		return NULL;
	struct look_part *part = &types->parts[types->parts_length++];

	*part = (struct look_part){ .row = row, .type = type };
	finder_put(&types->by_row, hash, (uint32_t)types->parts_length);
	return part;
}
