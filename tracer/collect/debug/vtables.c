/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A module is identified by its path; if it is mapped twice, each mapping tells how far
 * its addresses are from the file's. */
#include "tracer/collect/debug/vtables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/debug/binary.h"
#include "tracer/collect/debug/variables.h"
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"

struct vtables_module {
	char *path;
	struct variables variables;     /* empty: the file can't be read */
};

struct vtables {
	int32_t pid;
	struct vtables_module *modules;
	size_t length, room;
};

struct vtables *vtables_new(int32_t pid)
{
	struct vtables *vtables = calloc(1, sizeof(*vtables));

	if (vtables)
		vtables->pid = pid;
	return vtables;
}

void vtables_free(struct vtables *vtables)
{
	if (!vtables)
		return;
	for (size_t i = 0; i < vtables->length; i++) {
		variables_free(&vtables->modules[i].variables);
		free(vtables->modules[i].path);
	}
	free(vtables->modules);
	free(vtables);
}

/* NULL: out of memory. */
static const struct variables *variables_of(struct vtables *vtables,
					    const struct vtables_map *map)
{
	const struct binary_wish wish = { .path = map->path, .pid = vtables->pid,
					  .start = map->start, .end = map->end };

	for (size_t i = 0; i < vtables->length; i++)
		if (strcmp(vtables->modules[i].path, map->path) == 0)
			return &vtables->modules[i].variables;
	if (!array_grow(&vtables->modules, &vtables->room, vtables->length + 1,
			sizeof(*vtables->modules)))
		return NULL;
	struct vtables_module *module = &vtables->modules[vtables->length];

	*module = (struct vtables_module){ .path = strdup(map->path) };
	if (!module->path)
		return NULL;
	vtables->length++;
	if (variables_read(&module->variables, &wish) != 0)
		variables_free(&module->variables);
	return &module->variables;
}

bool vtables_class(struct vtables *vtables, const struct vtables_map *map, uint64_t address,
		   char *name, size_t size)
{
	static const char table[] = "_ZTV";
	const struct variables *all = variables_of(vtables, map);
	uint64_t first = all ? variables_address(all, 0, false) : UINT64_MAX;
	size_t low;

	if (first == UINT64_MAX)
		return false;
	address = first + (address - map->start);
	BISECT(low, all->length, all->of[low].address + all->of[low].size <= address);
	if (low == all->length || all->of[low].address > address ||
	    strncmp(all->of[low].name, table, sizeof(table) - 1) != 0)
		return false;
	snprintf(name, size, "%s", all->of[low].name + sizeof(table) - 1);
	return true;
}
