/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "views/table/by_type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/heap/tally/look_arenas.h"
#include "tracer/heap/tally/look_held.h"
#include "views/filter/filter.h"
#include "views/row/sum.h"
#include "views/row/view_key.h"

/* Whether a look found out the types of the snapshot's blocks. */
static bool types_known(const struct snapshot *snapshot)
{
	return snapshot->look && snapshot->look->types;
}

/* Copies the names alone, so that types keep their numbers. */
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

/* Makes a row of some blocks of another one.  False: out of memory. */
static bool put_part(struct snapshot *to, size_t at, const struct snapshot_row *of,
		     uint64_t size, uint64_t count)
{
	const struct row_figures figures = {
		.now = { .size = size, .count = count },
		.born = AGE_UNKNOWN, .oldest = AGE_UNKNOWN,
	};

	to->rows[at] = *of;
	return snapshot_put(to, &to->rows[at], &figures);
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
	to->look->whole_of_row = calloc(types->parts_length + 1, sizeof(uint32_t));
	to->look->wholes_length = from->rows_length;
	if (!to->look->types || !to->look->type_of_row || !to->look->own || !to->look->whole_of_row)
		return false;
	for (size_t i = 0; i < types->parts_length; i++) {
		const struct look_part *part = &types->parts[i];
		const struct snapshot_row *row = &from->rows[part->row];

		if (!put_part(to, i, row, part->size, part->count))
			return false;
		to->look->rows[i] = part->look;
		to->look->type_of_row[i] = part->type;
		to->look->own[i] = by_type_nearly(part->count, row->figures->now.count);
		to->look->whole_of_row[i] = part->row;
	}
	return true;
}

bool by_type_splits(enum view_key by)
{
	return by == BY_TYPE || by == BY_HOLDER || by == BY_ARENA;
}

bool by_type_needed(const struct view *view, const struct snapshot *now)
{
	return by_type_splits(view->by) ||
	       (filters_ask_type(view->filters, false) &&
		!(now->look && now->look->type_of_row));
}

/* The number of the name that a top node's blocks are listed under: "nobody", "several
 * roots", or a root's name, alone or with "and other roots". UINT32_MAX: out of
 * memory. */
static uint32_t holder_name(const struct look_held *held, uint32_t top, struct look_types *names)
{
	const struct look_node *node = &held->dominators.of[top];
	char *with = NULL;
	uint32_t number;

	if (node->kind == LOOK_NODE_ROOT)
		return look_types_name(names, held->roots[node->id]);
	if (node->kind != LOOK_NODE_SHARED)
		return look_types_name(names, node->kind == LOOK_NODE_NOBODY ? "nobody" :
					      "several roots");
	if (asprintf(&with, "%s and other roots", held->roots[node->id]) < 0)
		return UINT32_MAX;
	number = look_types_name(names, with);
	free(with);
	return number;
}

/* The topmost node that a node hangs from, which is a child of node 0. */
static uint32_t top_of(const struct look_tree *tree, uint32_t node)
{
	while (tree->of[node].parent)
		node = tree->of[node].parent;
	return node;
}

/* Makes a row of each node that is a part. numbers[top] is the number of the top's name,
 * + 1; 0: it has none yet. */
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
			numbers[top] = holder_name(held, top, to->look->types) + 1;
		if (!numbers[top])
			return false;
		to->look->type_of_row[length] = numbers[top] - 1;
		if (!put_part(to, length++, row, node->bytes, node->blocks))
			return false;
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
		to->look->sizes_alone = true;
	}
	bool whole = numbers && to->look && to->look->types && to->look->type_of_row &&
		     split_nodes(to, from, numbers);

	free(numbers);
	return whole;
}

static bool split_arenas(struct snapshot *to, const struct snapshot *from)
{
	const struct look_types *blocks = from->look->arenas->blocks;

	to->look = snapshot_look_new(blocks->parts_length);
	if (!to->look)
		return false;
	to->look->sizes_alone = true;
	to->look->pause = from->look->pause;
	to->look->copied = from->look->copied;
	to->look->unread = from->look->unread;
	to->look->arenas = look_arenas_copy(from->look->arenas);
	to->look->type_of_row = calloc(blocks->parts_length + 1, sizeof(uint32_t));
	if (!to->look->arenas || !to->look->type_of_row)
		return false;
	for (size_t i = 0; i < blocks->parts_length; i++) {
		const struct look_part *part = &blocks->parts[i];
		const struct snapshot_row *row = &from->rows[part->row];

		to->look->type_of_row[i] = part->type;
		if (!put_part(to, i, row, part->size, part->count))
			return false;
	}
	return true;
}

static size_t split_length(enum view_key by, const struct snapshot_look *look)
{
	return by == BY_HOLDER ? look->held->dominators.length :
	       by == BY_ARENA  ? look->arenas->blocks->parts_length :
				 look->types->parts_length;
}

struct snapshot *by_type_split(enum view_key by, const struct snapshot *snapshot)
{
	struct snapshot *split =
		snapshot_new(snapshot->catalog, split_length(by, snapshot->look));

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
	if (by == BY_HOLDER ? split_holders(split, snapshot) :
	    by == BY_ARENA  ? split_arenas(split, snapshot) : split_rows(split, snapshot))
		return split;
	snapshot_release(split);
	return NULL;
}

const char *by_type_name(const struct snapshot *snapshot, const struct snapshot_row *row)
{
	const struct snapshot_look *look = snapshot->look;
	const struct look_types *types = look->types ? look->types : look->arenas->blocks;

	return types->names[look->type_of_row[row - snapshot->rows]];
}

static bool side_known(enum view_key by, const struct snapshot *side)
{
	return !side || (by == BY_HOLDER ? look_retains(side->look) :
			 by == BY_ARENA  ? side->look && side->look->arenas :
					   types_known(side));
}

/* Says when rows of the key would be known. */
static const char *not_known(enum view_key by, const struct snapshot *now)
{
	if (by == BY_HOLDER && !now->process && !now->look)
		return "holders of all processes are known only at moments with a look at each of "
		       "them: H takes one; or choose a process by P, or by --process=PID";
	if (by == BY_HOLDER)
		return "holders are known only at moments with a look for them: H, or memtop ctl "
		       "PID held, takes one";
	if (by == BY_ARENA)
		return "arenas are known only for processes that use glibc's malloc, at moments "
		       "with a look (memtop ctl PID heap takes one)";
	return "types are known only at moments with a look: name one (memtop ctl PID heap takes "
	       "it)";
}

const char *by_type_refused(const struct view *view, const struct snapshot *now,
			    const struct snapshot *old, char problem[256])
{
	bool splits = by_type_splits(view->by) || filters_ask_type(view->filters, false);
	const char *field = splits ? filters_untyped_field(view->filters) : NULL;

	bool nested = view->nested && !(side_known(BY_HOLDER, now) && side_known(BY_HOLDER, old));

	if (!nested && !splits && !filters_ask_type(view->filters, true))
		return NULL;
	if (!field && (view->by == BY_HOLDER || view->by == BY_ARENA))
		field = filters_look_field(view->filters);
	if (nested)
		snprintf(problem, 256, "%s", not_known(BY_HOLDER, now));
	else if (field && !by_type_splits(view->by))
		snprintf(problem, 256, "the filter asks for %s, which is not known for the blocks of "
				       "one type; any.type keeps whole stacks", field);
	else if (field)
		snprintf(problem, 256, "the filter asks for %s, which is not known by %s", field,
			 view_key_name(view->by));
	else if (side_known(view->by, now) && side_known(view->by, old))
		return NULL;
	else
		snprintf(problem, 256, "%s", not_known(view->by, now));
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

/* Where to note what the look knows of a group, or NULL. */
static struct looked *looked_of_group(struct grouping *grouping, uint32_t group)
{
	struct looked *looked = looked_at(grouping->looked, &grouping->groups[group].looked);

	if (!looked)
		grouping->legend->failed = true;
	return looked;
}

void by_type_retain(const struct snapshot *snapshot, const uint32_t *part_groups,
		    struct grouping *grouping)
{
	const struct look_tree *tree = &snapshot->look->held->dominators;

	for (size_t i = 1; i < tree->length; i++) {
		const struct look_node *node = &tree->of[i];
		uint32_t group = node->kind == LOOK_NODE_PART ? part_groups[node->id] : 0;
		uint32_t above = node->parent;

		while (group && above && (tree->of[above].kind != LOOK_NODE_PART ||
					  part_groups[tree->of[above].id] != group))
			above = tree->of[above].parent;
		struct looked *looked = group && !above ? looked_of_group(grouping, group - 1) : NULL;

		if (looked)
			figure_add(&looked->retained, node->all_bytes);
	}
}

/* The blocks of one group that are of one type. */
struct share {
	uint32_t group, type;           /* group: + 1 */
	uint64_t bytes, blocks;
};

static int by_group_and_type(const void *left, const void *right)
{
	const struct share *a = left, *b = right;

	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	return a->type < b->type ? -1 : a->type > b->type;
}

/* Makes one share for each group and type, in that order.  NULL: out of memory. */
static struct share *add_shares(const struct snapshot *snapshot, const uint32_t *part_groups,
				size_t *length)
{
	const struct snapshot_look *look = snapshot->look;
	const struct look_part *parts = look->type_of_row ? NULL : look->types->parts;
	size_t all = parts ? look->types->parts_length : snapshot->rows_length, n = 0;
	struct share *shares = malloc((all + 1) * sizeof(*shares));

	for (size_t i = 0; shares && i < all; i++)
		if (part_groups[i])
			shares[n++] = (struct share){
				part_groups[i], parts ? parts[i].type : look->type_of_row[i],
				parts ? parts[i].size : snapshot->rows[i].figures->now.size,
				parts ? parts[i].count : snapshot->rows[i].figures->now.count,
			};
	if (n)
		qsort(shares, n, sizeof(*shares), by_group_and_type);
	*length = 0;
	for (size_t i = 0; i < n; i++) {
		struct share *last = *length ? &shares[*length - 1] : NULL;

		if (last && !by_group_and_type(last, &shares[i])) {
			figure_add(&last->bytes, shares[i].bytes);
			figure_add(&last->blocks, shares[i].blocks);
		} else {
			shares[(*length)++] = shares[i];
		}
	}
	return shares;
}

/* Orders names from A to Z; blocks of no known type go last. */
static int by_type_name_order(const void *left, const void *right)
{
	return strcmp(((const struct row_type *)left)->name, ((const struct row_type *)right)->name);
}

/* Ranks types by name: the larger, the earlier from A to Z; 0 for no known type.  NULL:
 * out of memory. */
static uint32_t *rank_names(const struct look_types *types)
{
	uint32_t *ranks = calloc(types->names_length + 1, sizeof(*ranks));
	struct row_type *names = malloc((types->names_length + 1) * sizeof(*names));

	for (size_t i = 0; names && i < types->names_length; i++)
		names[i] = (struct row_type){.name = types->names[i], .rank = (uint32_t)i};
	if (ranks && names && types->names_length > 1)
		qsort(names + 1, types->names_length - 1, sizeof(*names), by_type_name_order);
	for (size_t i = 1; ranks && names && i < types->names_length; i++)
		ranks[names[i].rank] = (uint32_t)(types->names_length - i);
	if (!names) {
		free(ranks);
		ranks = NULL;
	}
	free(names);
	return ranks;
}

/* Whether a type is a better answer for a group than the one that was found so far. */
static bool is_more(const struct share *now, const struct share *most, const uint32_t *ranks)
{
	if (now->bytes != most->bytes)
		return now->bytes > most->bytes;
	if (now->blocks != most->blocks)
		return now->blocks > most->blocks;
	return ranks[now->type] > ranks[most->type];
}

bool by_type_most(const struct snapshot *snapshot, const uint32_t *part_groups,
		  struct grouping *grouping)
{
	const struct look_types *types = snapshot->look->types;
	uint32_t *ranks = rank_names(types);
	size_t length, end;
	struct share *shares = add_shares(snapshot, part_groups, &length);
	bool fine = ranks && shares;

	for (size_t i = 0; ranks && shares && i < length; i = end) {
		const struct share *first = &shares[i];
		struct looked *looked = looked_of_group(grouping, first->group - 1);

		for (end = i + 1; end < length && shares[end].group == shares[i].group; end++)
			if (is_more(&shares[end], first, ranks))
				first = &shares[end];
		if (looked)
			looked->type = (struct row_type){types->names[first->type],
							 ranks[first->type],
							 (uint32_t)(end - i - 1)};
	}
	free(ranks);
	free(shares);
	return fine;
}
