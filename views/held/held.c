/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In the tree of ways, a row has one chain for each of its nodes that has no other node
 * of the row above it.  Those that lead through the same steps are one (joint.h).  Still
 * many may read alike (stacks that end in the same line), so only the heaviest are written
 * out, and those that read alike are then joined.
 */
#include "views/held/held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/bisect.h"
#include "tracer/heap/tally/look_held.h"
#include "views/format/format.h"
#include "views/format/name.h"
#include "views/held/joint.h"
#include "views/row/legend.h"
#include "views/table/table_parts.h"

#define HEAVIEST 256u                   /* chains that are written out, at most */
#define STEPS_MOST 64u                  /* steps of one chain, at most; a longer one loses
					 * its middle */
#define STEP_MAX HELD_NAME

bool held_known(const struct table *table)
{
	const struct snapshot_look *look = table->now->look;

	return table_parts(table)->part_groups && look->held && look->held->ways.length;
}

struct top {
	uint32_t group, node, depth, longest;
	bool mixed;                     /* siblings of other names were added to it */
	uint64_t blocks, bytes;
};

struct held_index {
	const struct table *table;
	struct held_joint joint;
	struct top *tops;               /* by group, in the order in which they are
					 * shown */
	size_t length;
};

static int top_order(const void *left, const void *right)
{
	const struct top *a = left, *b = right;

	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	if (a->blocks != b->blocks)
		return a->blocks > b->blocks ? -1 : 1;
	if (a->depth != b->depth)
		return a->depth < b->depth ? -1 : 1;
	return a->node < b->node ? -1 : a->node > b->node;
}

/* Siblings of one group, below nodes that are one, read alike, whatever their names: for
 * each node, the first such sibling. */
struct sibling {
	uint32_t parent, group, node;
};

static int sibling_order(const void *left, const void *right)
{
	const struct sibling *a = left, *b = right;

	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	return a->node < b->node ? -1 : a->node > b->node;
}

/* The first sibling of its group, by node.  NULL: out of memory. */
static uint32_t *first_siblings(const struct look_tree *ways, const struct held_joint *joint,
				const uint32_t *groups)
{
	struct sibling *all = malloc((ways->length + 1) * sizeof(*all));
	uint32_t *first = calloc(ways->length + 1, sizeof(*first));
	size_t length = 0;

	for (uint32_t i = 1; all && first && i < ways->length; i++) {
		first[i] = i;
		if (ways->of[i].kind == LOOK_NODE_PART && groups[ways->of[i].id])
			all[length++] = (struct sibling){ joint->first[ways->of[i].parent],
							  groups[ways->of[i].id], i };
	}
	if (length)
		qsort(all, length, sizeof(*all), sibling_order);
	for (size_t i = 1; first && i < length; i++)
		if (all[i].parent == all[i - 1].parent && all[i].group == all[i - 1].group)
			first[all[i].node] = first[all[i - 1].node];
	if (!all) {
		free(first);
		first = NULL;
	}
	free(all);
	return first;
}

/* Adds a node's blocks to the topmost node of the same group on the way to it. */
static void held_add_node(const struct look_tree *ways, const uint32_t *groups,
			  const uint32_t *first, uint32_t at, struct top *tops)
{
	const struct look_node *node = &ways->of[at];
	uint32_t group = groups[node->id], top = at;

	for (uint32_t above = node->parent; above; above = ways->of[above].parent)
		if (ways->of[above].kind == LOOK_NODE_PART && groups[ways->of[above].id] == group)
			top = above;
	tops[first[top]].mixed |= ways->of[top].name != ways->of[first[top]].name;
	if (tops[first[top]].longest < ways->of[top].longest)
		tops[first[top]].longest = ways->of[top].longest;
	top = first[top];
	tops[top].group = group;
	tops[top].blocks += node->blocks;
	tops[top].bytes += node->bytes;
}

struct held_index *held_index_new(const struct table *table)
{
	const struct look_tree *ways = &table->now->look->held->ways;
	const uint32_t *groups = table_parts(table)->part_groups;
	struct held_index *index = calloc(1, sizeof(*index));
	struct top *tops = calloc(ways->length + 1, sizeof(*tops));
	bool joint = index && held_joint_make(&index->joint, table->now);
	uint32_t *first = joint ? first_siblings(ways, &index->joint, groups) : NULL;

	if (!tops || !first) {
		held_index_free(index);
		free(tops);
		free(first);
		return NULL;
	}
	index->table = table;
	index->tops = tops;
	for (uint32_t i = 1; i < ways->length; i++) {
		tops[i].node = i;
		tops[i].depth = tops[ways->of[i].parent].depth + 1;
		if (ways->of[i].kind == LOOK_NODE_PART && groups[ways->of[i].id])
			held_add_node(ways, groups, first, i, tops);
	}
	free(first);
	for (size_t i = 1; i < ways->length; i++)
		if (tops[i].blocks)
			tops[index->length++] = tops[i];
	if (index->length)
		qsort(tops, index->length, sizeof(*tops), top_order);
	return index;
}

void held_index_free(struct held_index *index)
{
	if (index) {
		held_joint_free(&index->joint);
		free(index->tops);
	}
	free(index);
}

/* The tops of a row's group. */
static const struct top *tops_of(const struct held_index *index, const struct row *row,
				 size_t *length)
{
	uint32_t group = table_parts(index->table)->order[row->index] + 1;
	size_t low, end;

	BISECT(low, index->length, index->tops[low].group < group);
	for (end = low; end < index->length && index->tops[end].group == group; end++)
		;
	*length = end - low;
	return &index->tops[low];
}

/* Copies a type's name, short and safe to show. */
static void write_type(const char *type, char text[STEP_MAX])
{
	char name[STEP_MAX];

	format_shared(type, name, sizeof(name));
	format_safe(name, text, STEP_MAX);
}

static void add_text(char *text, const char *more)
{
	size_t length = strlen(text);

	snprintf(text + length, STEP_MAX - length, "%s", more);
}

/* "cache_put worker.c:52": the frame of a stack that names a row by lines. */
static void held_write_line(const struct table *table, const struct snapshot *of,
			    struct trace_id trace, char *text)
{
	struct table_parts *parts = table_parts(table);
	struct legend_side *side = legend_side(parts->legend, of->catalog);
	uint32_t newest = legend_newest(side, trace, table->view.raw, table_nframe(of));
	struct row_frame frame = legend_row_frame(parts->legend, newest);
	const char *slash = strrchr(frame.file, '/');
	char place[STEP_MAX];

	if (frame.line)
		snprintf(place, sizeof(place), "%s %s:%u", frame.function,
			 slash ? slash + 1 : frame.file, frame.line);
	else
		snprintf(place, sizeof(place), "%s",
			 *frame.function ? frame.function : slash ? slash + 1 : frame.file);
	format_safe(place, text, STEP_MAX);
}

/* Where a part was allocated. */
static void held_write_place(const struct table *table, const struct snapshot *of,
			     const struct look_node *node, char *text)
{
	const struct snapshot_look *look = of->look;
	uint32_t row = look->type_of_row ? node->id : look->types->parts[node->id].row;

	held_write_line(table, of, of->rows[row].trace, text);
}

/* "anonymous map 7f0012340000 (mmap at pool_new pool.c:12)". */
static void held_write_root(const struct table *table, const struct snapshot *of, uint32_t root,
			    char *text)
{
	const struct look_held *held = of->look->held;
	char line[STEP_MAX];

	format_safe(held->roots[root], text, STEP_MAX);
	if (!held->mappers[root].v)
		return;
	held_write_line(table, of, held->mappers[root], line);
	add_text(text, " (mmap at ");
	add_text(text, line);
	add_text(text, ")");
}

static void held_add_place(const struct table *table, const struct snapshot *of,
			   const struct look_node *node, char *text)
{
	char place[STEP_MAX];

	held_write_place(table, of, node, place);
	add_text(text, " (");
	add_text(text, place);
	add_text(text, ")");
}

/* The name of the type of a part's blocks; NULL if it is not known. */
static const char *held_type(const struct snapshot *of, const struct look_node *node)
{
	const struct snapshot_look *look = of->look;
	uint32_t type = look->type_of_row ? look->type_of_row[node->id] :
					    look->types->parts[node->id].type;

	return type == LOOK_NO_TYPE ? NULL : look->types->names[type];
}

/* Whether a name is that of a member of a variable: ".db[3].dict", "[3].dict". */
static bool is_member_name(const char *name) { return *name == '.' || *name == '['; }

/* The member of a variable that holds a block; NULL: it is not known. */
static const char *held_member(const struct snapshot *of, const struct look_node *node)
{
	const char *name = node->kind == LOOK_NODE_PART && node->name ?
		of->look->held->names->names[node->name] : "";

	return is_member_name(name) ? name : NULL;
}

bool held_may_read_alike(const struct snapshot *of, const struct look_node *node,
			 const struct look_node *above)
{
	return node->kind == LOOK_NODE_PART && above->kind == LOOK_NODE_PART && !node->name &&
	       (!above->name || held_member(of, above)) &&
	       held_type(of, node) == held_type(of, above);
}

/* "app.Session (new app.py:30)", "16 KiB (cache_new worker.c:40)". */
static void held_write_part(const struct table *table, const struct look_node *node, char *text)
{
	const struct snapshot *of = table->now;
	const char *type = held_type(of, node);
	char figure[FORMAT_MAX], safe[STEP_MAX];

	if (type) {
		write_type(type, safe);
		add_text(text, safe);
	} else if (node->blocks == 1) {
		format_size((double)node->bytes, false, figure);
		add_text(text, figure);
	} else {
		format_count(node->blocks, figure);
		add_text(text, figure);
		add_text(text, " blocks");
	}
	/* A Python name says more than the line that made the block; besides, Python reuses
	 * objects, so that the line may be that of an earlier one. */
	if (!node->name || held_member(of, node))
		held_add_place(table, of, node, text);
	if (node->longest > 1) {
		format_count(node->longest, figure);
		add_text(text, ", chain of ");
		add_text(text, figure);
	}
}

/* How a block with a name is shown: "module app", or the name in front of what the block
 * is, as in "\"CACHE\" dict". A member is shown with the variable that has it. */
static void held_write_named(const struct table *table, const struct look_node *node, char *text)
{
	const char *name = table->now->look->held->names->names[node->name];
	bool named = node->name && !held_member(table->now, node);

	if (named)
		format_safe(name, text, STEP_MAX);
	if (named && *name != '"')
		return;
	if (named)
		add_text(text, " ");
	held_write_part(table, node, text);
}

/* Whether this is a block that a Python object has beside itself, as "list (items)"
 * belongs to a list.  It is not a step of its own, since the way through it is the
 * object's own. */
static bool is_beside(const struct snapshot *of, const struct look_node *node,
		      const struct look_node *above)
{
	const char *type = node->kind == LOOK_NODE_PART && above->kind == LOOK_NODE_PART ?
			   held_type(of, node) : NULL;
	size_t length = type ? strlen(type) : 0;

	return length && type[length - 1] == ')' && strstr(type, " (") && held_type(of, above);
}

/* The same without figures. */
static void held_write_what(const struct table *table, const struct snapshot *of,
			     const struct look_node *node, char *text)
{
	const char *name = of->look->held->names->names[node->name];
	const char *type = held_type(of, node);
	char safe[STEP_MAX];

	if (node->name)
		format_safe(name, text, STEP_MAX);
	if (node->name && *name != '"' && !is_member_name(name))
		return;
	if (node->name)
		add_text(text, " ");
	if (type)
		write_type(type, safe);
	else
		held_write_place(table, of, node, safe);
	add_text(text, safe);
	if (type && (!node->name || is_member_name(name)))
		held_add_place(table, of, node, text);
}

/* How nodes other than parts are named: whether by their root, and the words behind it. */
static const struct {
	bool by_root;
	const char *words;
} node_names[LOOK_NODE_KINDS] = {
	[LOOK_NODE_ALL] = { false, "several roots" },
	[LOOK_NODE_ROOT] = { true, "" },
	[LOOK_NODE_NOBODY] = { false, "nobody" },
	[LOOK_NODE_PART] = { false, "" },
	[LOOK_NODE_SHARED] = { true, " and other roots" },
};

void held_name(const struct table *table, const struct snapshot *of, const struct look_node *node,
	       char *text)
{
	*text = '\0';
	if (node->kind == LOOK_NODE_PART)
		held_write_what(table, of, node, text);
	if (node_names[node->kind].by_root)
		held_write_root(table, of, node->id, text);
	add_text(text, node_names[node->kind].words);
}

/* Writes a member behind its variable's name: "server.db[3].dict (redis-server)". */
static void write_member(const char *member, char *text)
{
	const char *file = strrchr(text, '(');
	size_t before = file && file > text ? (size_t)(file - text) - 1 : strlen(text);
	char safe[STEP_MAX], whole[STEP_MAX];

	format_safe(member, safe, sizeof(safe));
	snprintf(whole, sizeof(whole), "%.*s%.512s%s", (int)before, text, safe, text + before);
	snprintf(text, STEP_MAX, "%s", whole);
}

static void write_step(const struct table *table, const struct look_node *node, char *text)
{
	*text = '\0';
	if (node->kind == LOOK_NODE_PART)
		held_write_named(table, node, text);
	else
		held_name(table, table->now, node, text);
}

static void free_chain(struct held_chain *chain)
{
	for (size_t i = 0; i < chain->length; i++)
		free(chain->steps[i]);
	free(chain->steps);
}

/* Joins a list's first block, which has the name of a member, with the rest of the list. */
static bool join_first(const struct table *table, const struct look_node *first,
		       struct look_node *rest)
{
	if (first->id != rest->id || !held_may_read_alike(table->now, rest, first))
		return false;
	/* The first stands above the longest run if that is all there is. */
	if (rest->longest == rest->blocks && rest->longest < UINT32_MAX)
		rest->longest++;
	figure_add(&rest->blocks, first->blocks);
	figure_add(&rest->bytes, first->bytes);
	return true;
}

/* Writes the steps from the root to the node above `top`.  The middle of a long chain
 * becomes one step. */
static bool write_chain(const struct held_index *index, const struct top *top,
			struct held_chain *chain)
{
	const struct table *table = index->table;
	const struct look_node *nodes = index->joint.nodes;
	uint32_t path[STEPS_MOST], depth = 0, all = top->depth - 1, below;
	const char *member;
	char text[STEP_MAX];

	*chain = (struct held_chain){ .blocks = top->blocks, .bytes = top->bytes,
				      .longest = top->longest };
	chain->steps = calloc(STEPS_MOST + 1, sizeof(*chain->steps));
	if (!chain->steps)
		return false;
	/* The walk goes upwards: it writes the last steps first, then the gap, then the
	 * first half. */
	for (uint32_t at = index->joint.first[nodes[top->node].parent]; at;
	     at = index->joint.first[nodes[at].parent], depth++) {
		uint32_t from_root = all - depth;       /* 1 is the root */

		if (from_root <= STEPS_MOST / 2)
			path[from_root - 1] = at;
		else if (depth < STEPS_MOST / 2)
			path[(all < STEPS_MOST ? all : STEPS_MOST) - 1 - depth] = at;
	}
	for (uint32_t i = 0; i < all && i < STEPS_MOST; i++) {
		if (is_beside(table->now, &nodes[path[i]], &nodes[nodes[path[i]].parent]))
			continue;
		struct look_node step = nodes[path[i]];

		if (i == 2 && join_first(table, &nodes[path[1]], &step))
			free(chain->steps[--chain->length]);
		write_step(table, &step, text);
		below = i + 1 < all && i + 1 < STEPS_MOST ? path[i + 1] : top->node;
		member = held_member(table->now, &nodes[below]);
		if (!i && member && !(below == top->node && top->mixed))
			write_member(member, text);
		if (all > STEPS_MOST && i == STEPS_MOST / 2)
			snprintf(text, sizeof(text), "(%u more)", all - STEPS_MOST + 1);
		if (chain->length && strcmp(chain->steps[chain->length - 1], text) == 0)
			continue;
		chain->steps[chain->length] = strdup(text);
		if (!chain->steps[chain->length++])
			return false;
	}
	return true;
}

static bool reads_alike(const struct held_chain *a, const struct held_chain *b)
{
	if (a->length != b->length)
		return false;
	for (size_t i = 0; i < a->length; i++)
		if (strcmp(a->steps[i], b->steps[i]) != 0)
			return false;
	return true;
}

static int chain_order(const void *left, const void *right)
{
	const struct held_chain *a = left, *b = right;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	if (a->blocks != b->blocks)
		return a->blocks > b->blocks ? -1 : 1;
	return (a->length > b->length) - (a->length < b->length);
}

/* Adds a chain, or adds its figures to an earlier chain that reads alike. */
static void add_chain(struct held *held, struct held_chain *chain)
{
	for (size_t i = 0; i < held->length; i++) {
		struct held_chain *to = &held->of[i];

		if (!reads_alike(to, chain))
			continue;
		to->blocks += chain->blocks;
		to->bytes += chain->bytes;
		to->longest = to->longest > chain->longest ? to->longest : chain->longest;
		free_chain(chain);
		return;
	}
	held->of[held->length++] = *chain;
}

bool held_find(struct held *held, const struct held_index *index, const struct row *row,
	       size_t most)
{
	size_t length;
	const struct top *tops = tops_of(index, row, &length);
	bool ok;

	held->of = calloc(HEAVIEST, sizeof(*held->of));
	ok = held->of;

	held->chains = length > HEAVIEST ? length - HEAVIEST : 0;
	for (size_t i = 0; ok && i < length && i < HEAVIEST; i++) {
		struct held_chain chain;

		ok = write_chain(index, &tops[i], &chain);
		if (ok)
			add_chain(held, &chain);
		else
			free_chain(&chain);
	}
	held->chains += held->length;
	if (held->length)
		qsort(held->of, held->length, sizeof(*held->of), chain_order);
	while (held->length > most)
		free_chain(&held->of[--held->length]);
	return ok;
}

void held_free(struct held *held)
{
	for (size_t i = 0; i < held->length; i++)
		free_chain(&held->of[i]);
	free(held->of);
	*held = (struct held){ 0 };
}

/* "this row: 1.2 GiB in 1 300 000 blocks". */
static void held_write_end(const struct held_chain *chain, char *text, size_t size)
{
	char bytes[FORMAT_MAX], count[FORMAT_MAX], longest[FORMAT_MAX];

	format_size((double)chain->bytes, false, bytes);
	format_count(chain->blocks, count);
	format_count(chain->longest, longest);
	if (chain->longest > 1)
		snprintf(text, size, "this row, chain of %s: %s in %s blocks", longest, bytes,
			 count);
	else
		snprintf(text, size, "this row: %s in %s block%s", bytes, count,
			 format_s(chain->blocks));
}

/* Writes the chain without `gap` steps of its middle.  Returns the length of the text,
 * even if it did not fit. */
static size_t held_write_text(const struct held_chain *chain, size_t gap, char *text, size_t size)
{
	size_t first = (chain->length - gap + 1) / 2, at = 0;
	char end[4 * FORMAT_MAX];

	for (size_t i = 0; i < chain->length; i++) {
		if (i >= first && i < first + gap) {
			if (i == first)
				at += (size_t)snprintf(text + (at < size ? at : size),
						       at < size ? size - at : 0, "... -> ");
			continue;
		}
		at += (size_t)snprintf(text + (at < size ? at : size), at < size ? size - at : 0,
				       "%s -> ", chain->steps[i]);
	}
	held_write_end(chain, end, sizeof(end));
	return at + (size_t)snprintf(text + (at < size ? at : size), at < size ? size - at : 0,
				     "%s", end);
}

size_t held_text(const struct held_chain *chain, char *text, size_t size)
{
	size_t gap = 0, length = held_write_text(chain, 0, text, size);

	while (length >= size && gap + 1 < chain->length)
		length = held_write_text(chain, ++gap, text, size);
	return length < size ? length : size - 1;
}
