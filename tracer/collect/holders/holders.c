/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/holders/holders.h"

#include <errno.h>
#include <stdlib.h>
#include "tracer/look/graph/ways.h"

/* In the dominator tree a row may lie below itself so deep: then its blocks come together,
 * as a list of two kinds of nodes that take turns is as deep as it is long. */
#define DEEP 64u
#define ROOT_NAME_MAX 2048u

struct finding {
	struct look_held *held;
	const struct rooted *rooted;
	uint32_t *numbers;              /* of each root in `held`, + 1 */
	uint32_t *tops;                 /* of each block a root, by the ways; NULL: not asked */
};

/* The number of a root in `held`, which has the names of those alone that hold something. */
static uint32_t number_of_root(struct finding *finding, uint32_t root)
{
	char name[ROOT_NAME_MAX];

	if (!finding->numbers[root]) {
		rooted_name(finding->rooted, root, name, sizeof(name));
		finding->numbers[root] = look_held_root(finding->held, name) + 1;
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

/* Entries that hold nothing are left out: `places` says where the others went. */
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
		ok = node.id != UINT32_MAX && look_tree_add(tree, &node);
	}
	free(places);
	if (ok)
		look_tree_sum(tree);
	return ok;
}

/* Which roots are asked who alone holds what, by their ranks: variables first, and stacks and
 * registers only for what nothing else reaches.  Words there are often left over, and what
 * a variable holds is no less its own because a function works on it.  NULL: no memory. */
static uint8_t *levels_of(const uint8_t *ranks, uint32_t roots)
{
	static const uint8_t levels[] = {
		[ROOTED_DATA] = 0, [ROOTED_THREAD] = 0, [ROOTED_MAP] = 1, [ROOTED_STACK] = 2,
		[ROOTED_REGISTER] = 3,
	};
	uint8_t *of = malloc((size_t)roots + 1);

	for (uint32_t i = 0; of && i < roots; i++)
		of[i] = levels[ranks[i]];
	return of;
}

/* The tree of ways by the roots' ranks, or the dominators by their levels. */
static bool find_tree(struct finding *finding, const struct graph *graph,
		      const struct dominators_folding *how, const uint8_t *ranks,
		      const uint8_t *levels, struct look_tree *to)
{
	struct dominators_fold *folds = NULL;
	struct dominators *tree;
	size_t length;
	int error = ranks ? ways_find(graph, ranks, &tree) : dominators_find(graph, levels, &tree);

	if (!error && ranks && finding->tops)
		dominators_tops(tree, finding->tops);
	if (!error)
		error = dominators_fold(tree, how, &folds, &length);
	dominators_free(tree);
	bool ok = !error && add_folds(finding, folds, length, to);

	free(folds);
	return ok;
}

/* The dominators, once the ways are known: what several roots hold is told by the root of its
 * way. */
static bool find_dominators(struct finding *finding, const struct graph *graph,
			    const uint32_t *part_of, const uint8_t *ranks, uint32_t roots)
{
	const struct dominators_folding how = { part_of, DEEP, HOLDERS_DOMINATORS, finding->tops };
	uint8_t *levels = levels_of(ranks, roots);
	bool ok = levels && find_tree(finding, graph, &how, NULL, levels, &finding->held->dominators);

	free(levels);
	return ok;
}

struct look_held *holders_find(const struct graph *graph, const struct rooted *rooted,
			       const uint32_t *part_of, bool retained)
{
	const struct dominators_folding how = { part_of, 0, HOLDERS_WAYS, NULL };
	uint32_t roots;
	const uint8_t *ranks = rooted_ranks(rooted, &roots);
	struct finding finding = { .held = look_held_new(), .rooted = rooted };
	bool ok;

	finding.numbers = calloc((size_t)roots + 1, sizeof(*finding.numbers));
	if (retained)
		finding.tops = malloc((graph_length(graph) + 1) * sizeof(*finding.tops));
	ok = finding.held && finding.numbers && (finding.tops || !retained) &&
	     find_tree(&finding, graph, &how, ranks, NULL, &finding.held->ways);
	if (ok && retained)
		ok = find_dominators(&finding, graph, part_of, ranks, roots);
	free(finding.numbers);
	free(finding.tops);
	if (ok)
		return finding.held;
	look_held_release(finding.held);
	return NULL;
}
