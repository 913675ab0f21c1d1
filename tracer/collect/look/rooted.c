/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A root gets its number when a question about its memory first comes, and its name is
 * written only when it is to be read: a program has many variables, and few hold blocks.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/bisect.h"
#include "tracer/collect/look/rooted_parts.h"
#include "tracer/ground/array.h"
#include "tracer/ground/shared/page.h"

static enum rooted_rank rank_of(enum kind kind)
{
	switch (kind) {
	case OF_VARIABLE:
	case OF_MODULE:
		return ROOTED_DATA;
	case OF_LOCAL:
	case OF_TLS:
		return ROOTED_THREAD;
	case OF_STACK_LOCAL:
	case OF_REGISTERS_LOCAL:
		return ROOTED_LOCAL;
	case OF_STACK:
	case OF_FRAMES:
		return ROOTED_STACK;
	case OF_REGISTERS:
	case OF_MOVING:
	case OF_BETWEEN:
		return ROOTED_REGISTER;
	default:
		return ROOTED_MAP;
	}
}

uint32_t rooted_number(struct rooted *rooted, uint32_t *number, enum kind kind, size_t of,
			  size_t which)
{
	if (*number)
		return *number - 1;
	if (rooted->length >= UINT32_MAX - 1 ||
	    !array_grow(&rooted->roots, &rooted->room, rooted->length + 1, sizeof(*rooted->roots)) ||
	    !array_grow(&rooted->ranks, &rooted->ranks_room, rooted->length + 1, 1))
		return NO_ROOT;
	rooted->roots[rooted->length] = (struct root){ kind, (uint32_t)of, (uint32_t)which };
	rooted->ranks[rooted->length] = (uint8_t)rank_of(kind);
	*number = (uint32_t)++rooted->length;
	return *number - 1;
}

/* --- modules --- */

/* The address in its file of what a map begins with; UINT64_MAX: it has none.  Data that became
 * read-only are of a segment that could be written to, or else of constants that the loader or
 * the program changed. */
static uint64_t address_in_file(const struct rooted_module *module, const struct map *map)
{
	uint64_t address = variables_address(&module->variables, map->offset,
					     map->writable || map->sealed);

	return address == UINT64_MAX && map->sealed ?
	       variables_address(&module->variables, map->offset, false) : address;
}

/* What to subtract from the addresses of a map to get those in its file. */
static uint64_t bias_of(const struct rooted_module *module, const struct map *map)
{
	return map->start - address_in_file(module, map);
}

/* Finds a module that is known already and has the same bias. */
static size_t module_known(const struct rooted *rooted, const struct map *map)
{
	size_t i = rooted->modules_length;

	while (i-- > 0) {
		const struct rooted_module *module = &rooted->modules[i];

		/* Memory behind a module's data has no place in its file. */
		if (strcmp(module->path, map->path) == 0 &&
		    (map->offset == UINT64_MAX || module->bias == bias_of(module, map)))
			return i;
	}
	return SIZE_MAX;
}

size_t rooted_module_of(struct rooted *rooted, const struct map *map)
{
	size_t known = module_known(rooted, map);

	if (known != SIZE_MAX)
		return known;
	if (!array_grow(&rooted->modules, &rooted->modules_room, rooted->modules_length + 1,
			sizeof(*rooted->modules)))
		return SIZE_MAX;
	struct rooted_module *module = &rooted->modules[rooted->modules_length];
	const struct binary_wish wish = { .path = map->path, .pid = rooted->pid,
					  .start = map->start, .end = map->end };

	*module = (struct rooted_module){ .path = map->path, .map = map };
	/* Without its variables the module's data are one root. */
	if (map->offset == UINT64_MAX || variables_read(&module->variables, &wish) != 0 ||
	    address_in_file(module, map) == UINT64_MAX)
		variables_free(&module->variables);
	module->bias = bias_of(module, map);
	module->roots = calloc(module->variables.length + 1, sizeof(*module->roots));
	if (!module->roots) {
		variables_free(&module->variables);
		return SIZE_MAX;
	}
	return rooted->modules_length++;
}

/* The first variable that ends above an address. */
static size_t variable_above(const struct variable *of, size_t length, uint64_t address)
{
	size_t low;

	BISECT(low, length, of[low].address + of[low].size <= address);
	return low;
}

size_t rooted_variable(const struct variable *of, size_t length, uint64_t address,
			  uint64_t *end)
{
	size_t i = variable_above(of, length, address);
	bool inside = i < length && of[i].address < address + 8;
	uint64_t to = i == length ? UINT64_MAX - 7 : inside ? of[i].address + of[i].size :
							       of[i].address;

	*end = inside ? (to + 7) & ~UINT64_C(7) : to & ~UINT64_C(7);
	return inside ? i : SIZE_MAX;
}

static uint32_t at_module(struct rooted *rooted, uint64_t address, uint64_t *end)
{
	struct rooted_module *module = &rooted->modules[rooted->module];
	uint64_t to;
	size_t which = rooted_variable(module->variables.of, module->variables.length,
				   address - module->bias, &to);

	if (to < UINT64_MAX - 7 && to + module->bias < *end)
		*end = to + module->bias;
	return which == SIZE_MAX ?
		       rooted_number(rooted, &module->rest, OF_MODULE, rooted->module, 0) :
		       rooted_number(rooted, &module->roots[which], OF_VARIABLE,
				     rooted->module, which);
}

/* --- all --- */

struct rooted *rooted_new(int32_t pid, const struct layout *layout, const struct stop *stop,
			  struct memory *memory)
{
	struct rooted *rooted = calloc(1, sizeof(*rooted));

	if (!rooted)
		return NULL;
	rooted->pid = pid;
	rooted->layout = layout;
	rooted->memory = memory;
	/* The first module is the program itself, because maps are sorted by address. */
	bool ok = true;

	for (size_t i = 0; i < layout->length && ok && !rooted->modules_length; i++)
		if (layout->of[i].file && layout->of[i].path && layout->of[i].path[0] == '/')
			ok = rooted_module_of(rooted, &layout->of[i]) != SIZE_MAX;
	if (ok && rooted_list_threads(rooted, stop, memory))
		return rooted;
	rooted_free(rooted);
	return NULL;
}

void rooted_free(struct rooted *rooted)
{
	if (!rooted)
		return;
	for (size_t i = 0; i < rooted->modules_length; i++) {
		variables_free(&rooted->modules[i].variables);
		free(rooted->modules[i].roots);
	}
	for (size_t i = 0; i < rooted->threads_length; i++)
		free(rooted->threads[i].local);
	for (size_t i = 0; i < rooted->names_length; i++)
		free(rooted->names[i]);
	free(rooted->names);
	free(rooted->mapping_roots);
	finder_free(&rooted->by_mapper);
	free(rooted->modules);
	free(rooted->threads);
	free(rooted->tls);
	free(rooted->by_tls);
	owners_free(rooted->stacks);
	free(rooted->owners);
	free(rooted->roots);
	free(rooted->ranks);
	free(rooted);
}

uint32_t rooted_named(struct rooted *rooted, const char *name)
{
	uint32_t number = 0;

	if (!array_grow(&rooted->names, &rooted->names_room, rooted->names_length + 1,
			sizeof(*rooted->names)))
		return NO_ROOT;
	rooted->names[rooted->names_length] = strdup(name);
	if (!rooted->names[rooted->names_length])
		return NO_ROOT;
	return rooted_number(rooted, &number, OF_NAME, rooted->names_length++, 0);
}

/* Where the module's memory ends in a map.  The kernel may have joined it with another
 * mapping that follows.  The map's start if the module ends before it; the map's end if
 * the module does not end there, or its end is not known. */
static uint64_t module_ends(const struct rooted *rooted, const struct map *map)
{
	const struct rooted_module *module = &rooted->modules[rooted->module];
	uint64_t end = module->variables.end;

	if (map->offset != UINT64_MAX || !end)
		return map->end;
	end = page_end(end + module->bias);
	return end < map->start ? map->start : end < map->end ? end : map->end;
}

/* Starts a new map.  0 or -ENOMEM. */
static int begin_map(struct rooted *rooted, const struct map *map)
{
	if (rooted->map == map)
		return 0;
	rooted->map = map;
	rooted->map_root = 0;
	rooted->module_end = map->start;
	if (!map->file || !map->path)
		return 0;
	rooted->module = rooted_module_of(rooted, map);
	if (rooted->module == SIZE_MAX)
		return -ENOMEM;
	rooted->module_end = module_ends(rooted, map);
	return 0;
}

/* The root for a whole mapping, or for what of it follows a module. */
static uint32_t at_map(struct rooted *rooted, const struct map *map)
{
	char name[64];

	if (!map->file || !map->path)
		return rooted_number(rooted, &rooted->map_root, OF_MAP,
				     (size_t)(map - rooted->layout->of), 0);
	snprintf(name, sizeof(name), "anonymous map %" PRIx64, rooted->module_end);
	if (!rooted->map_root)
		rooted->map_root = rooted_named(rooted, name) + 1;
	return rooted->map_root - 1;
}

/* The first mapping that was met of the stack that made mapping `at`. */
static size_t first_of_mapper(struct rooted *rooted, size_t at)
{
	const struct rooted_mapping *of = rooted->mappings.of;
	uint32_t hash = hash_mix(of[at].trace, 0), number;

	for (size_t i = hash; (number = finder_next(&rooted->by_mapper, hash, &i));)
		if (of[number - 1].trace == of[at].trace)
			return number - 1;
	if (finder_room(&rooted->by_mapper))
		finder_put(&rooted->by_mapper, hash, (uint32_t)at + 1);
	return at;
}

/* The root for memory of no module, stack or thread. */
static uint32_t at_mapping(struct rooted *rooted, const struct map *map, uint64_t address,
			   uint64_t *end)
{
	const struct rooted_mapping *of = rooted->mappings.of;
	size_t length = rooted->mappings.length, low;

	BISECT(low, length, page_end(of[low].end) <= address);
	bool known = low < length && of[low].start <= address;
	uint64_t to = known ? page_end(of[low].end) : low < length ? of[low].start : *end;

	*end = to < *end ? to : *end;
	if (!known)
		return at_map(rooted, map);
	low = first_of_mapper(rooted, low);
	return rooted_number(rooted, &rooted->mapping_roots[low], OF_MAPPING, low, 0);
}

int rooted_know(struct rooted *rooted, const struct rooted_mappings *mappings)
{
	free(rooted->mapping_roots);
	rooted->mapping_roots = calloc(mappings->length + 1,
				       sizeof(*rooted->mapping_roots));
	rooted->mappings = *mappings;
	return rooted->mapping_roots ? 0 : -ENOMEM;
}

uint32_t rooted_mapper(const struct rooted *rooted, uint32_t root)
{
	const struct root *of = &rooted->roots[root];

	return of->kind == OF_MAPPING ? rooted->mappings.of[of->of].trace : 0;
}

uint32_t rooted_at(struct rooted *rooted, const struct map *map, bool stack, uint64_t address,
		   uint64_t *end)
{
	if (begin_map(rooted, map) != 0)
		return NO_ROOT;
	*end = address < rooted->module_end ? rooted->module_end : map->end;
	if (address < rooted->module_end)
		return at_module(rooted, address, end);
	struct rooted_thread *thread = rooted_tls_at(rooted, address, end);

	if (thread)
		return rooted_of_tls(rooted, thread, address, end);
	thread = stack ? rooted_stack_of(rooted, map, address) : NULL;
	if (thread)
		return rooted_of_stack(rooted, thread, address, end);
	return at_mapping(rooted, map, address, end);
}

uint64_t rooted_module_end(struct rooted *rooted, const struct map *map)
{
	return begin_map(rooted, map) == 0 ? rooted->module_end : map->end;
}

uint32_t rooted_moving(struct rooted *rooted)
{
	return rooted_number(rooted, &rooted->moving, OF_MOVING, 0, 0);
}

uint32_t rooted_kernel(struct rooted *rooted, enum kernel_who who, int32_t id)
{
	uint32_t number = 0;

	return rooted_number(rooted, &number, who == KERNEL_EPOLL ? OF_EPOLL : OF_TIMER,
			     (size_t)id, 0);
}

uint64_t rooted_address(const struct rooted_module *module, const char *name)
{
	const struct variables *all = &module->variables;

	for (size_t i = 0; i < all->length; i++)
		if (strcmp(all->of[i].name, name) == 0)
			return all->of[i].address + module->bias;
	return 0;
}

uint64_t rooted_python(struct rooted *rooted)
{
	uint64_t address = rooted->modules_length ?
		rooted_address(&rooted->modules[0], "_PyRuntime") : 0;

	for (size_t i = 0; i < rooted->layout->length && !address; i++) {
		const struct map *map = &rooted->layout->of[i];
		size_t module = map->writable && map->file && map->path &&
				strstr(map->path, "python") ?
			rooted_module_of(rooted, map) : SIZE_MAX;

		if (module != SIZE_MAX)
			address = rooted_address(&rooted->modules[module], "_PyRuntime");
	}
	return address;
}

uint32_t rooted_frames(struct rooted *rooted)
{
	return rooted_number(rooted, &rooted->frames, OF_FRAMES, 0, 0);
}

uint32_t rooted_between(struct rooted *rooted)
{
	return rooted_number(rooted, &rooted->between, OF_BETWEEN, 0, 0);
}

const uint8_t *rooted_ranks(const struct rooted *rooted, uint32_t *length)
{
	*length = (uint32_t)rooted->length;
	return rooted->ranks;
}
