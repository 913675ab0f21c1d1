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
		if (node.kind == LOOK_NODE_ROOT)
			node.id = number_of_root(finding, node.id);
		places[i] = (uint32_t)tree->length;
		ok = node.id != UINT32_MAX && look_tree_add(tree, &node);
	}
	free(places);
	if (ok)
		look_tree_sum(tree);
	return ok;
}

static bool find_tree(struct finding *finding, const struct graph *graph,
		      const struct dominators_folding *how, const uint8_t *ranks,
		      struct look_tree *to)
{
	struct dominators_fold *folds = NULL;
	struct dominators *tree;
	size_t length;
	int error = ranks ? ways_find(graph, ranks, &tree) : dominators_find(graph, &tree);

	if (!error)
		error = dominators_fold(tree, how, &folds, &length);
	dominators_free(tree);
	bool ok = !error && add_folds(finding, folds, length, to);

	free(folds);
	return ok;
}

struct look_held *holders_find(const struct graph *graph, const struct rooted *rooted,
			       const uint32_t *part_of, bool retained)
{
	const struct dominators_folding chains = { part_of, 0, HOLDERS_WAYS };
	const struct dominators_folding tree = { part_of, DEEP, HOLDERS_DOMINATORS };
	uint32_t roots;
	const uint8_t *ranks = rooted_ranks(rooted, &roots);
	struct finding finding = { .held = look_held_new(), .rooted = rooted };
	bool ok;

	finding.numbers = calloc((size_t)roots + 1, sizeof(*finding.numbers));
	ok = finding.held && finding.numbers &&
	     find_tree(&finding, graph, &chains, ranks, &finding.held->ways);
	if (ok && retained)
		ok = find_tree(&finding, graph, &tree, NULL, &finding.held->dominators);
	free(finding.numbers);
	if (ok)
		return finding.held;
	look_held_release(finding.held);
	return NULL;
}
