/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/holders/named.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/holders/parts.h"
#include "tracer/ground/array.h"
#include "tracer/look/types/names.h"

/* A module, or a local variable that holds something. */
struct begin {
	char *name;
	uint32_t node;
};

struct begins {
	struct begin *of;
	size_t length, room;
};

struct naming_look {
	struct named *named;
	const struct graph *graph;
	struct types *types;
	const uint32_t *above;          /* by the ways: what is above each; NULL: not
					 * known yet */
	const uint32_t *tops;           /* by the ways: the root that each is below */
	struct begins modules, locals;
};

/* Calls `ask` for each object.  0, or the first error, which ends it. */
static int each_object(struct naming_look *naming, const struct typed *typed,
		       int (*ask)(struct naming_look *naming, size_t n,
				  const struct graph_block *block))
{
	struct graph_block block;
	enum graph_state state;
	int error = 0;

	for (size_t n = 0; n < typed->length && !error; n++)
		if (typed->blocks[n].object && graph_at(naming->graph, n, &block, &state) &&
		    state >= GRAPH_INSIDE)
			error = ask(naming, n, &block);
	return error;
}

/* --- where ways begin --- */

static int begins_add(struct begins *begins, const char *before, const char *name,
		      size_t node)
{
	struct begin *begin;

	if (!array_grow(&begins->of, &begins->room, begins->length + 1, sizeof(*begins->of)))
		return -ENOMEM;
	begin = &begins->of[begins->length];
	begin->node = (uint32_t)node;
	if (asprintf(&begin->name, "%s %s", before, name) < 0)
		return -ENOMEM;
	begins->length++;
	return 0;
}

static void begins_free(struct begins *begins)
{
	for (size_t i = 0; i < begins->length; i++)
		free(begins->of[i].name);
	free(begins->of);
}

static int name_block(struct named *named, size_t node, const char *name)
{
	uint32_t number = look_types_name(named->pairs, name);

	if (number == UINT32_MAX)
		return -ENOMEM;
	if (node < named->length && !named->of[node])
		named->of[node] = number;
	return 0;
}

static int note_local(void *user, uint64_t value, const char *name)
{
	struct naming_look *naming = user;
	size_t node = graph_find(naming->graph, value);

	return node < naming->named->length ?
	       begins_add(&naming->locals, "local", name, node) : 0;
}

static int ask_module(struct naming_look *naming, size_t n,
		      const struct graph_block *block)
{
	const struct names_use use = { .named = note_local, .user = naming };
	char name[NAMES_ROOM];
	uint64_t dict;
	int found = names_module(naming->types, block->address, block->size, name, &dict);

	if (!found)
		return names_frame(naming->types, block->address, block->size, &use);
	if (found > 0)
		found = begins_add(&naming->modules, "module", name, n);
	return found ? found : name_block(naming->named, graph_find(naming->graph, dict), "dict");
}

static int begin_order(const void *left, const void *right)
{
	const struct begin *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order ? order : a->node < b->node ? -1 : a->node > b->node;
}

/* Makes a root of each name, with its starts. */
static int add_starts(struct named *named, struct begins *begins, struct rooted *rooted)
{
	uint32_t root = 0;

	if (begins->length)
		qsort(begins->of, begins->length, sizeof(*begins->of), begin_order);
	for (size_t i = 0; i < begins->length; i++) {
		const char *name = begins->of[i].name;

		if (!i || strcmp(begins->of[i - 1].name, name) != 0)
			root = rooted_named(rooted, name);
		if (root == UINT32_MAX ||
		    !array_grow(&named->starts, &named->starts_room, named->starts_length + 1,
				sizeof(*named->starts)))
			return -ENOMEM;
		named->starts[named->starts_length++] =
			(struct ways_start){ begins->of[i].node, root };
	}
	return 0;
}

static int find_starts(struct naming_look *naming, const struct typed *typed,
		       struct rooted *rooted)
{
	const struct names_use use = { .named = note_local, .user = naming };
	struct named *named = naming->named;
	int error = each_object(naming, typed, ask_module);

	if (!error)
		error = names_running(naming->types, rooted_python(rooted), &use);
	if (!error)
		error = add_starts(named, &naming->modules, rooted);
	named->modules = named->starts_length;
	/* A module has the same name as the root that is put above it. */
	for (size_t i = 0; !error && i < naming->modules.length; i++)
		error = name_block(named, naming->modules.of[i].node,
				   naming->modules.of[i].name);
	return error ? error : add_starts(named, &naming->locals, rooted);
}

static bool is_beside_object(const struct typed_block *block)
{
	return block->type != TYPES_NONE && !block->object;
}

int named_starts(struct named *named, const struct graph *graph, const struct typed *typed,
		 struct rooted *rooted)
{
	struct naming_look naming = { .named = named, .graph = graph, .types = typed->types };
	int error = 0;

	named->length = graph_length(graph);
	named->of = calloc(named->length + 1, sizeof(*named->of));
	named->sure = calloc(named->length + 1, sizeof(*named->sure));
	named->pairs = look_types_new();
	if (!named->of || !named->sure || !named->pairs)
		return -ENOMEM;
	for (size_t n = 0; n < typed->length; n++)
		named->sure[n] = typed->blocks[n].tracked || is_beside_object(&typed->blocks[n]);
	if (names_known(typed->types))
		error = find_starts(&naming, typed, rooted);
	begins_free(&naming.modules);
	begins_free(&naming.locals);
	return error;
}

/* --- names --- */

static bool key_wanted(void *user, uint64_t at, uint64_t value)
{
	const struct naming_look *naming = user;
	size_t node = graph_find(naming->graph, value);

	return node < naming->named->length && !naming->named->of[node] &&
	       naming->above[node] != DOMINATORS_NO_ROW &&
	       naming->above[node] == graph_find(naming->graph, at);
}

static int note_key(void *user, uint64_t value, const char *name)
{
	struct naming_look *naming = user;

	return name_block(naming->named, graph_find(naming->graph, value), name);
}

static int ask_keys(struct naming_look *naming, size_t n, const struct graph_block *block)
{
	const struct names_use use = { key_wanted, note_key, naming };

	(void)n;
	return names_held(naming->types, block->address, block->size, &use);
}

/* An object's separate storage (its dict, say) gets the object's name, so that it is not
 * added up with that of an object of another name. */
static void name_beside(struct naming_look *naming, const struct typed *typed)
{
	for (size_t n = 0; n < typed->length; n++) {
		uint32_t above = naming->above[n];

		if (is_beside_object(&typed->blocks[n]) && above != DOMINATORS_NO_ROW &&
		    typed->blocks[above].object && !naming->named->of[n])
			naming->named->of[n] = naming->named->of[above];
	}
}

static int add_pairs(struct named *named, const uint32_t *part_of, const uint64_t *bytes)
{
	for (size_t n = 0; n < named->length; n++) {
		if (!named->of[n] || part_of[n] == PARTS_NONE)
			continue;
		struct look_part *pair = look_types_part(named->pairs, part_of[n], named->of[n]);

		if (!pair)
			return -ENOMEM;
		pair->size += bytes[n];
	}
	return 0;
}

/* A block that hangs right from a variable is named by the member that points to it. */
static int note_member(void *user, uint32_t root, uint64_t value, const char *name)
{
	struct naming_look *naming = user;
	size_t node = graph_find(naming->graph, value);

	return node < naming->named->length && naming->above[node] == DOMINATORS_NO_ROW &&
	       naming->tops[node] == root ? name_block(naming->named, node, name) : 0;
}

static int name_members(struct naming_look *naming, const struct dominators *ways,
			struct rooted *rooted)
{
	uint32_t length, *tops = malloc((naming->named->length + 1) * sizeof(*tops));
	int error = -ENOMEM;

	rooted_ranks(rooted, &length);
	bool *wanted = calloc((size_t)length + 1, sizeof(*wanted));

	if (tops && wanted) {
		dominators_tops(ways, tops);
		for (size_t n = 0; n < naming->named->length; n++)
			if (naming->above[n] == DOMINATORS_NO_ROW && tops[n] < length)
				wanted[tops[n]] = true;
		naming->tops = tops;
		error = rooted_members(rooted, wanted, note_member, naming);
	}
	free(tops);
	free(wanted);
	return error;
}

int named_keys(struct named *named, const struct graph *graph, const struct typed *typed,
	       struct rooted *rooted, const struct dominators *ways, const uint32_t *part_of)
{
	struct naming_look naming = { .named = named, .graph = graph, .types = typed->types };
	uint32_t *above = malloc((named->length + 1) * sizeof(*above));
	uint64_t *bytes = malloc((named->length + 1) * sizeof(*bytes));
	int error = above && bytes ? 0 : -ENOMEM;

	if (!error) {
		dominators_above(ways, above, bytes);
		naming.above = above;
		if (names_known(typed->types)) {
			error = each_object(&naming, typed, ask_keys);
			name_beside(&naming, typed);
		}
		if (!error)
			error = name_members(&naming, ways, rooted);
		if (!error)
			error = add_pairs(named, part_of, bytes);
	}
	free(above);
	free(bytes);
	return error;
}

static int by_size(const void *left, const void *right, void *user)
{
	const struct look_part *pairs = user;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	if (pairs[a].size != pairs[b].size)
		return pairs[a].size > pairs[b].size ? -1 : 1;
	return a < b ? -1 : a > b;
}

int named_rows(const struct named *named, const uint32_t *part_of, uint32_t parts, size_t most,
	       uint32_t *rows)
{
	size_t length = named->pairs->parts_length;
	uint32_t *order = malloc((length + 1) * sizeof(*order));
	bool *chosen = calloc(length + 1, sizeof(*chosen));

	for (uint32_t i = 0; order && i < length; i++)
		order[i] = i;
	if (order && length > most)
		qsort_r(order, length, sizeof(*order), by_size, named->pairs->parts);
	for (size_t i = 0; order && chosen && i < length && i < most; i++)
		chosen[order[i]] = true;
	for (size_t n = 0; order && chosen && n < named->length; n++) {
		uint32_t pair = 0;

		rows[n] = part_of[n];
		if (!length || !named->of[n] || part_of[n] == PARTS_NONE)
			continue;
		/* The pair is known to exist, so this makes none. */
		pair = (uint32_t)(look_types_part(named->pairs, part_of[n], named->of[n]) -
				  named->pairs->parts);
		if (chosen[pair])
			rows[n] = parts + pair;
	}
	free(order);
	bool ok = order && chosen;

	free(chosen);
	return ok ? 0 : -ENOMEM;
}

void named_free(struct named *named)
{
	look_types_free(named->pairs);
	free(named->of);
	free(named->sure);
	free(named->starts);
}
