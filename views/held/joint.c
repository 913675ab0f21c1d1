/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "views/held/joint.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/ground/finder.h"
#include "views/row/sum.h"

/* What makes nodes below the same one read alike; all of it is compared as bytes. */
struct likeness {
	uint32_t parent, kind, trace, type, name, id;
};

static struct likeness likeness_of(const struct held_joint *joint, const struct snapshot *of,
				   const struct look_node *node)
{
	const struct snapshot_look *look = of->look;
	struct likeness like = { joint->first[node->parent], node->kind, 0, 0, node->name, node->id };

	if (node->kind == LOOK_NODE_PART) {
		uint32_t row = look->type_of_row ? node->id : look->types->parts[node->id].row;

		like.trace = of->rows[row].trace.v;
		like.type = look->type_of_row ? look->type_of_row[row] :
						look->types->parts[node->id].type;
		like.id = 0;
	}
	return like;
}

static void joint_add(struct look_node *to, const struct look_node *node)
{
	figure_add(&to->blocks, node->blocks);
	figure_add(&to->bytes, node->bytes);
	to->longest = to->longest > node->longest ? to->longest : node->longest;
}

/* Finds the first node that reads as node `at` does, which may be itself.  False: out of
 * memory. */
static bool find_first(struct held_joint *joint, struct finder *finder, struct likeness *likes,
		       uint32_t at)
{
	uint32_t hash = hash_bytes(&likes[at], sizeof(likes[at])), number;

	joint->first[at] = at;
	for (size_t slot = hash; (number = finder_next(finder, hash, &slot));)
		if (memcmp(&likes[number], &likes[at], sizeof(likes[at])) == 0) {
			joint->first[at] = number;
			joint_add(&joint->nodes[number], &joint->nodes[at]);
			return true;
		}
	return finder_room(finder) && finder_put(finder, hash, at);
}

bool held_joint_make(struct held_joint *joint, const struct snapshot *of)
{
	const struct look_tree *ways = &of->look->held->ways;
	struct likeness *likes = malloc((ways->length + 1) * sizeof(*likes));
	struct finder finder = { 0 };
	bool whole = likes;

	joint->nodes = malloc((ways->length + 1) * sizeof(*joint->nodes));
	joint->first = calloc(ways->length + 1, sizeof(*joint->first));
	whole = whole && joint->nodes && joint->first;
	if (whole && ways->length)
		memcpy(joint->nodes, ways->of, ways->length * sizeof(*joint->nodes));
	for (uint32_t i = 1; whole && i < ways->length; i++) {
		likes[i] = likeness_of(joint, of, &ways->of[i]);
		whole = find_first(joint, &finder, likes, i);
	}
	finder_free(&finder);
	free(likes);
	return whole;
}

void held_joint_free(struct held_joint *joint)
{
	free(joint->nodes);
	free(joint->first);
	*joint = (struct held_joint){ 0 };
}
