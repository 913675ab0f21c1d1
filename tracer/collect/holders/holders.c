/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/holders/holders.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/holders/named.h"

/* How deep a row may lie below itself in the dominator tree.  Deeper blocks are added up
 * in one entry, because a list of two kinds of nodes that alternate would be as deep as
 * it is long. */
#define DEEP 64u
#define ROOT_NAME_MAX 2048u
#define NAMED_MOST 3u                   /* roots that are named in a sentence */

struct finding {
	const struct graph *graph;
	const struct typed *typed;
	struct look_held *held;
	struct rooted *rooted;
	struct named named;
	const uint32_t *part_of;
	uint32_t parts;                 /* all numbers in part_of are below this */
	uint32_t *rows;                 /* for a fold; see named_rows */
	uint32_t *numbers;              /* by root: its number in `held`, + 1 */
	uint32_t *tops;                 /* by block: the root at which its shortest way
					 * begins; NULL: not asked for */
};

/* The number of a root in `held`, which has only the names of roots that hold
 * something. */
static uint32_t number_of_root(struct finding *finding, uint32_t root)
{
	char name[ROOT_NAME_MAX];

	if (!finding->numbers[root]) {
		rooted_name(finding->rooted, root, name, sizeof(name));
		finding->numbers[root] = look_held_root(finding->held, name) + 1;
		if (finding->numbers[root])
			finding->held->mappers[finding->numbers[root] - 1].v =
				rooted_mapper(finding->rooted, root);
	}
	return finding->numbers[root] - 1;
}

static enum look_node_kind holders_kind(enum dominators_kind kind)
{
	switch (kind) {
	case DOMINATORS_ROOT:
		return LOOK_NODE_ROOT;
	case DOMINATORS_NOBODY:
		return LOOK_NODE_NOBODY;
	case DOMINATORS_ROW:
		return LOOK_NODE_PART;
	case DOMINATORS_SHARED:
		return LOOK_NODE_SHARED;
	default:
		return LOOK_NODE_ALL;
	}
}

/* Splits a row that stands for a pair into its part and its name.  False: out of
 * memory. */
static bool name_node(struct finding *finding, struct look_node *node)
{
	const struct look_types *pairs = finding->named.pairs;

	if (node->kind != LOOK_NODE_PART || node->id < finding->parts)
		return true;
	const struct look_part *pair = &pairs->parts[node->id - finding->parts];

	node->id = pair->row;
	node->name = look_types_name(finding->held->names, pairs->names[pair->type]);
	return node->name != UINT32_MAX;
}

/* Adds a fold's entries and leaves out those that hold nothing: `places` maps the old
 * places to the new ones. */
static bool add_folds(struct finding *finding, const struct dominators_fold *folds,
		      size_t length, struct look_tree *tree)
{
	uint32_t *places = calloc(length + 1, sizeof(*places));
	bool ok = places;

	for (size_t i = 0; ok && i < length; i++) {
		struct look_node node = {
			.parent = places[folds[i].parent],
			.kind = holders_kind(folds[i].kind),
			.id = folds[i].id,
			.longest = folds[i].longest,
			.blocks = folds[i].own.blocks,
			.bytes = folds[i].own.bytes,
		};

		if (i && !folds[i].retained.blocks)
			continue;
		if (node.kind == LOOK_NODE_ROOT || node.kind == LOOK_NODE_SHARED)
			node.id = number_of_root(finding, node.id);
		places[i] = (uint32_t)tree->length;
		ok = name_node(finding, &node) && node.id != UINT32_MAX &&
		     look_tree_add(tree, &node);
	}
	free(places);
	if (ok)
		look_tree_sum(tree);
	return ok;
}

/* Levels for the dominators, by the roots' ranks: first what variables alone hold, and by
 * stacks and registers only what nothing else reaches.  Words there are often left over,
 * and what a variable holds is no less its own because a function works on it.  NULL: no
 * memory. */
static uint8_t *levels_of(const uint8_t *ranks, uint32_t roots)
{
	static const uint8_t levels[] = {
		[ROOTED_DATA] = 0, [ROOTED_THREAD] = 0, [ROOTED_MAP] = 1, [ROOTED_LOCAL] = 2,
		[ROOTED_STACK] = 2,
		[ROOTED_REGISTER] = 3,
	};
	uint8_t *of = malloc((size_t)roots + 1);

	for (uint32_t i = 0; of && i < roots; i++)
		of[i] = levels[ranks[i]];
	return of;
}

/* Folds a tree and adds it.  Names make more entries; if there are too many, those that
 * hold the least are dropped. */
static bool fold_named(struct finding *finding, const struct dominators *tree, unsigned deep,
		       size_t most, struct look_tree *to)
{
	const struct dominators_folding how = { finding->rows, deep, most,
						deep ? finding->tops : NULL };
	struct dominators_fold *folds = NULL;
	size_t length = 0, names = finding->named.pairs->parts_length;
	bool ok;

	for (;; names /= 4) {
		ok = named_rows(&finding->named, finding->part_of, finding->parts, names,
				finding->rows) == 0 &&
		     dominators_fold(tree, &how, &folds, &length) == 0;
		if (!ok || length < most || !names)
			break;
		free(folds);
	}
	ok = ok && add_folds(finding, folds, length, to);
	free(folds);
	return ok;
}

/* Finds the shortest ways, by the roots' ranks. */
static bool find_ways(struct finding *finding, const uint8_t *ranks)
{
	struct named *named = &finding->named;
	const struct ways_starts starts = { named->starts, named->starts_length, named->modules,
					   named->sure };
	struct dominators *tree;
	bool ok = ways_find(finding->graph, ranks, &starts, &tree) == 0;

	if (ok && finding->tops)
		dominators_tops(tree, finding->tops);
	ok = ok && named_keys(named, finding->graph, finding->typed, finding->rooted, tree,
			      finding->part_of) == 0 &&
	     fold_named(finding, tree, 0, HOLDERS_WAYS, &finding->held->ways);
	dominators_free(tree);
	return ok;
}

/* Finds the dominators by the roots' levels, once the ways are known: what several roots
 * hold together goes to the root at which its way begins. */
static bool find_dominators(struct finding *finding, const uint8_t *ranks, uint32_t roots)
{
	uint8_t *levels = levels_of(ranks, roots);
	struct dominators *tree = NULL;
	bool ok = levels && dominators_find(finding->graph, levels, &tree) == 0 &&
		  fold_named(finding, tree, DEEP, HOLDERS_DOMINATORS,
			     &finding->held->dominators);

	dominators_free(tree);
	free(levels);
	return ok;
}

static bool find_trees(struct finding *finding, struct rooted *rooted, bool retained)
{
	size_t length = graph_length(finding->graph);
	uint32_t roots;

	if (!finding->held ||
	    named_starts(&finding->named, finding->graph, finding->typed, rooted) != 0)
		return false;
	const uint8_t *ranks = rooted_ranks(rooted, &roots);

	for (size_t n = 0; n < length; n++)
		if (finding->part_of[n] != PARTS_NONE && finding->part_of[n] >= finding->parts)
			finding->parts = finding->part_of[n] + 1;
	finding->numbers = calloc((size_t)roots + 1, sizeof(*finding->numbers));
	finding->rows = malloc((length + 1) * sizeof(*finding->rows));
	if (retained)
		finding->tops = malloc((length + 1) * sizeof(*finding->tops));
	return finding->numbers && finding->rows && (finding->tops || !retained) &&
	       find_ways(finding, ranks) &&
	       (!retained || find_dominators(finding, ranks, roots));
}

struct look_held *holders_find(const struct graph *graph, struct rooted *rooted,
			       const struct typed *typed, const uint32_t *part_of, bool retained)
{
	struct finding finding = { .graph = graph, .typed = typed, .held = look_held_new(),
				   .rooted = rooted, .part_of = part_of };
	bool ok = find_trees(&finding, rooted, retained);

	named_free(&finding.named);
	free(finding.numbers);
	free(finding.rows);
	free(finding.tops);
	if (ok)
		return finding.held;
	look_held_release(finding.held);
	return NULL;
}

/* The root that alone keeps the most alive of those that come after another one: less than
 * it, or as much and later in the tree.  NULL: there is none. */
static const struct look_node *next_holder(const struct look_tree *tree,
					   const struct look_node *after)
{
	const struct look_node *found = NULL;

	for (const struct look_node *node = tree->of; node < tree->of + tree->length; node++) {
		bool comes = !after || node->all_bytes < after->all_bytes ||
			     (node->all_bytes == after->all_bytes && node > after);

		if (node->kind == LOOK_NODE_ROOT && comes &&
		    (!found || node->all_bytes > found->all_bytes))
			found = node;
	}
	return found;
}

void holders_add_heaviest(const struct look_held *held, char *text, size_t size)
{
	const struct look_node *node = NULL;
	size_t length = strlen(text);

	for (unsigned i = 0; i < NAMED_MOST && length < size; i++) {
		node = next_holder(&held->dominators, node);
		if (!node)
			return;
		length += (size_t)snprintf(text + length, size - length, "%s%.500s %" PRIu64 " bytes",
					   i ? ", " : "; alone keep alive: ", held->roots[node->id],
					   node->all_bytes);
	}
}
