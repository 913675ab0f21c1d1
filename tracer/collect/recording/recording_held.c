/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads who holds the blocks of a moment, which store/store_held.c wrote. */
#include "tracer/collect/recording/recording_parts.h"

#include <errno.h>
#include <string.h>
#include "tracer/heap/tally/look_held.h"

#define NODES_MOST (UINT64_C(1) << 20)  /* of one tree: a writer never writes more */

struct reading {
	const struct look_types *types;
	struct look_held *held;
	uint64_t blocks, bytes;         /* of all parts */
	uint64_t part, of_part;         /* of the last example, and how many it has so far */
};

static int fold_root(struct recording *recording, struct recording_row *row, void *user)
{
	struct look_held *held = ((struct reading *)user)->held;
	size_t length;
	const char *name = row_text(row, 1, &length);

	(void)recording;
	if (!name || strlen(name) != length || row_u64(row, 0) != held->roots_length)
		return -EINVAL;
	return look_held_root(held, name) == UINT32_MAX ? -ENOMEM : 0;
}

/* Whether a node may be true: its parent comes before it, and it has no more than there is.
 * In a full tree a node may have more than its part, since what found no room is counted in
 * the node that it would hang from. */
static bool is_possible(const struct reading *reading, const struct look_tree *tree,
			const struct look_node *node)
{
	const struct look_types *types = reading->types;

	if ((node->kind == LOOK_NODE_ALL) != !tree->length ||
	    (tree->length && node->parent >= tree->length))
		return false;
	switch (node->kind) {
	case LOOK_NODE_ROOT:
	case LOOK_NODE_SHARED:
		return node->id < reading->held->roots_length && !node->parent;
	case LOOK_NODE_PART:
		return node->id < types->parts_length &&
		       node->blocks <= reading->blocks && node->bytes <= reading->bytes;
	case LOOK_NODE_NOBODY:
		return !node->parent;
	default:
		return !node->parent && node->kind == LOOK_NODE_ALL;
	}
}

static int fold_node(struct recording *recording, struct recording_row *row, void *user)
{
	struct reading *reading = user;
	uint64_t which = row_u64(row, 0), number = row_u64(row, 1);
	uint64_t parent = row_u64(row, 2);
	uint64_t kind = row_u64(row, 3), id = row_u64(row, 4), longest = row_u64(row, 5);
	struct look_tree *tree = which ? &reading->held->dominators : &reading->held->ways;

	(void)recording;
	if (which > 1 || number != tree->length || number >= NODES_MOST || parent > number ||
	    kind >= LOOK_NODE_KINDS || id > UINT32_MAX || longest > UINT32_MAX)
		return -EINVAL;
	const struct look_node node = {
		.parent = (uint32_t)parent, .kind = (enum look_node_kind)kind,
		.id = (uint32_t)id, .longest = (uint32_t)longest,
		.blocks = row_u64(row, 6), .bytes = row_u64(row, 7),
	};

	if (!is_possible(reading, tree, &node))
		return -EINVAL;
	return look_tree_add(tree, &node) ? 0 : -ENOMEM;
}

static int fold_name(struct recording *recording, struct recording_row *row, void *user)
{
	struct look_held *held = ((struct reading *)user)->held;
	uint64_t which = row_u64(row, 0), number = row_u64(row, 1);
	struct look_tree *tree = which ? &held->dominators : &held->ways;
	size_t length;
	const char *text = row_text(row, 2, &length);

	(void)recording;
	if (which > 1 || number >= tree->length || tree->of[number].kind != LOOK_NODE_PART ||
	    !text || !length || strlen(text) != length)
		return -EINVAL;
	tree->of[number].name = look_types_name(held->names, text);
	return tree->of[number].name == UINT32_MAX ? -ENOMEM : 0;
}

static int fold_mapper(struct recording *recording, struct recording_row *row, void *user)
{
	struct look_held *held = ((struct reading *)user)->held;
	uint64_t root = row_u64(row, 0);
	uint32_t trace = row_u32(row, 1, UINT32_MAX);
	uint32_t found = trace ? ids_find(&recording->traces, trace) : 0;

	if (root >= held->roots_length || !found)
		return -EINVAL;
	held->mappers[root].v = found;
	return 0;
}

/* Examples come by part; a writer never writes more than there are of one. */
static int fold_example(struct recording *recording, struct recording_row *row,
			void *user)
{
	struct reading *reading = user;
	struct look_held *held = reading->held;
	uint64_t part = row_u64(row, 0), state = row_u64(row, 1);
	uint64_t address = row_u64(row, 2), size = row_u64(row, 3);

	(void)recording;
	if (part >= reading->types->parts_length || state >= LOOK_STATES || !address ||
	    size > reading->types->parts[part].size ||
	    held->examples_length >= LOOK_EXAMPLES_MOST)
		return -EINVAL;
	reading->of_part = part == reading->part ? reading->of_part + 1 : 1;
	reading->part = part;
	if (reading->of_part > LOOK_EXAMPLES ||
	    reading->of_part > reading->types->parts[part].count)
		return -EINVAL;
	const struct look_example example = { (uint32_t)part, (enum look_state)state, address,
					      size };

	return look_held_example(held, &example) ? 0 : -ENOMEM;
}

int recording_held(struct recording *recording, uint64_t moment, struct snapshot *snapshot,
		   struct error *error)
{
	struct reading reading = { .types = snapshot->look->types, .held = look_held_new() };

	if (!reading.held)
		return recording_failed(recording, error, "out of memory");
	for (size_t i = 0; i < reading.types->parts_length; i++) {
		reading.blocks += reading.types->parts[i].count;
		reading.bytes += reading.types->parts[i].size;
	}
	snapshot->look->held = reading.held;
	if (recording_query(recording, "SELECT root, name FROM look_root WHERE moment = ?"
			    " ORDER BY root", moment, fold_root, &reading, error) ||
	    recording_query(recording, "SELECT tree, node, parent, kind, id, longest, blocks, bytes"
			    " FROM look_node WHERE moment = ? ORDER BY tree, node", moment,
			    fold_node, &reading, error) ||
	    (recording->has_names &&
	     recording_query(recording, "SELECT tree, node, name FROM look_name WHERE moment = ?",
			     moment, fold_name, &reading, error)) ||
	    (recording->has_mappers &&
	     recording_query(recording, "SELECT root, trace FROM look_mapper WHERE moment = ?",
			     moment, fold_mapper, &reading, error)) ||
	    (recording->has_examples &&
	     recording_query(recording, "SELECT part, state, address, size FROM look_example"
			     " WHERE moment = ? ORDER BY part, state, address", moment,
			     fold_example, &reading, error)))
		return -1;
	look_tree_sum(&reading.held->ways);
	look_tree_sum(&reading.held->dominators);
	if (reading.held->ways.length)
		return 0;
	look_held_release(reading.held);
	snapshot->look->held = NULL;
	return 0;
}
