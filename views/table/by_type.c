/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "views/table/by_type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/heap/tally/look_held.h"
#include "views/filter/filter.h"
#include "views/row/sum.h"
#include "views/row/view_key.h"

bool by_type_known(const struct snapshot *snapshot)
{
	return snapshot->look && snapshot->look->types;
}

/* Names alone, with the same numbers. */
static struct look_types *copy_names(const struct look_types *from)
{
	struct look_types *types = look_types_new();

	for (size_t i = 1; types && i < from->names_length; i++)
		if (look_types_name(types, from->names[i]) != i) {
			look_types_free(types);
			return NULL;
		}
	return types;
}

static bool split_rows(struct snapshot *to, const struct snapshot *from)
{
	const struct look_types *types = from->look->types;

	to->look = snapshot_look_new(types->parts_length);
	if (!to->look)
		return false;
	to->look->pause = from->look->pause;
	to->look->copied = from->look->copied;
	to->look->unread = from->look->unread;
	to->look->held = look_held_retain(from->look->held);
	to->look->types = copy_names(types);
	to->look->type_of_row = calloc(types->parts_length + 1, sizeof(uint32_t));
	to->look->own = calloc(types->parts_length + 1, sizeof(bool));
	if (!to->look->types || !to->look->type_of_row || !to->look->own)
		return false;
	for (size_t i = 0; i < types->parts_length; i++) {
		const struct look_part *part = &types->parts[i];
		const struct snapshot_row *row = &from->rows[part->row];

		to->rows[i] = (struct snapshot_row){
			.trace = row->trace, .thread = row->thread, .domain = row->domain,
			.now = { .size = part->size, .count = part->count },
			.born = AGE_UNKNOWN, .oldest = AGE_UNKNOWN,
		};
		to->look->rows[i] = part->look;
		to->look->type_of_row[i] = part->type;
		to->look->own[i] = by_type_nearly(part->count, row->now.count);
	}
	return true;
}

bool by_type_splits(enum view_key by) { return by == BY_TYPE || by == BY_HOLDER; }

/* Names of their own: what several roots hold together hangs from none. */
static const char *holder_name(const struct look_held *held, uint32_t top)
{
	const struct look_node *node = &held->dominators.of[top];

	return node->kind == LOOK_NODE_ROOT ? held->roots[node->id] :
	       node->kind == LOOK_NODE_NOBODY ? "nobody" : "several roots";
}

/* The node below the first that a node hangs from. */
static uint32_t top_of(const struct look_tree *tree, uint32_t node)
{
	while (tree->of[node].parent)
		node = tree->of[node].parent;
	return node;
}

/* Nodes are rows.  `numbers`: of each top, its name's number + 1. */
static bool split_nodes(struct snapshot *to, const struct snapshot *from, uint32_t *numbers)
{
	const struct look_held *held = from->look->held;
	const struct look_tree *tree = &held->dominators;
	size_t length = 0;

	for (uint32_t i = 1; i < tree->length; i++) {
		const struct look_node *node = &tree->of[i];
		uint32_t top = top_of(tree, i);

		if (node->kind != LOOK_NODE_PART || !node->blocks)
			continue;
		const struct snapshot_row *row =
			&from->rows[from->look->types->parts[node->id].row];

		if (!numbers[top])
			numbers[top] = look_types_name(to->look->types, holder_name(held, top)) + 1;
		if (!numbers[top])
			return false;
		to->look->type_of_row[length] = numbers[top] - 1;
		to->rows[length++] = (struct snapshot_row){
			.trace = row->trace, .thread = row->thread, .domain = row->domain,
			.now = { .size = node->bytes, .count = node->blocks },
			.born = AGE_UNKNOWN, .oldest = AGE_UNKNOWN,
		};
	}
	to->rows_length = length;
	return true;
}

static bool split_holders(struct snapshot *to, const struct snapshot *from)
{
	size_t length = from->look->held->dominators.length;
	uint32_t *numbers = calloc(length + 1, sizeof(*numbers));

	to->look = snapshot_look_new(length);
	if (to->look) {
		to->look->types = look_types_new();
		to->look->type_of_row = calloc(length + 1, sizeof(uint32_t));
		to->look->by_holder = true;
	}
	bool whole = numbers && to->look && to->look->types && to->look->type_of_row &&
		     split_nodes(to, from, numbers);

	free(numbers);
	return whole;
}

struct snapshot *by_type_split(enum view_key by, const struct snapshot *snapshot)
{
	bool holders = by == BY_HOLDER;
	struct snapshot *split = snapshot_new(snapshot->catalog, holders ?
		snapshot->look->held->dominators.length : snapshot->look->types->parts_length);

	if (!split)
		return NULL;
	split->totals = snapshot->totals;
	split->time = snapshot->time;
	split->kind = snapshot->kind;
	split->process = snapshot->process;
	split->pid = snapshot->pid;
	split->number = snapshot->number;
	memcpy(split->name, snapshot->name, sizeof(split->name));
	split->nframe = snapshot->nframe;
	split->sample = snapshot->sample;
	split->walked = snapshot->walked;
	split->ageless = true;
	if (holders ? split_holders(split, snapshot) : split_rows(split, snapshot))
		return split;
	snapshot_release(split);
	return NULL;
}

const char *by_type_name(const struct snapshot *snapshot, const struct snapshot_row *row)
{
	const struct snapshot_look *look = snapshot->look;

	return look->types->names[look->type_of_row[row - snapshot->rows]];
}

static bool side_known(enum view_key by, const struct snapshot *side)
{
	return !side || (by == BY_HOLDER ? look_retains(side->look) : by_type_known(side));
}

const char *by_type_refused(const struct view *view, const struct snapshot *now,
			    const struct snapshot *old, char problem[256])
{
	const char *field = filters_untyped_field(view->filters);

	if (!field && view->by == BY_HOLDER)
		field = filters_look_field(view->filters);
	if (field)
		snprintf(problem, 256, "the filter asks for %s, which is not known by %s", field,
			 view_key_name(view->by));
	else if (side_known(view->by, now) && side_known(view->by, old))
		return NULL;
	else if (view->by == BY_HOLDER)
		snprintf(problem, 256, "who alone holds what is known of moments with a look that "
				       "was asked for it: H, or memtop ctl PID held, takes one");
	else
		snprintf(problem, 256, "types are known only of moments at which the heap was "
				       "looked at: name one that has a look (memtop ctl PID heap "
				       "takes it)");
	return problem;
}

uint32_t *by_type_part_groups(const struct snapshot *snapshot, const uint32_t *groups)
{
	const struct snapshot_look *look = snapshot->look;
	size_t length = look->type_of_row ? snapshot->rows_length : look->types->parts_length;
	uint32_t *part_groups = malloc((length + 1) * sizeof(*part_groups));

	for (size_t i = 0; part_groups && i < length; i++)
		part_groups[i] = groups[look->type_of_row ? i : look->types->parts[i].row];
	return part_groups;
}

void by_type_retain(const struct snapshot *snapshot, const uint32_t *part_groups,
		    struct group *groups)
{
	const struct look_tree *tree = &snapshot->look->held->dominators;

	for (size_t i = 1; i < tree->length; i++) {
		const struct look_node *node = &tree->of[i];
		uint32_t group = node->kind == LOOK_NODE_PART ? part_groups[node->id] : 0;
		uint32_t above = node->parent;

		while (group && above && (tree->of[above].kind != LOOK_NODE_PART ||
					  part_groups[tree->of[above].id] != group))
			above = tree->of[above].parent;
		if (group && !above)
			figure_add(&groups[group - 1].retained, node->all_bytes);
	}
}
