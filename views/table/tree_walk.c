/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Walking a tree, and the lines drawn before its rows (tree.h).  The walk
 * keeps one number for the indent and one bit a level for the lines, so that
 * a step costs the same however deep it is.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "views/table/tree.h"
#include "tracer/ground/array.h"
#include "views/table/tree_parts.h"

#define LEVELS 64u

struct tree_walk tree_walk(const struct table *table,
			   bool (*open)(void *user, const struct row *row), void *user)
{
	return (struct tree_walk){.table = table, .open = open, .user = user, .into = true};
}

/* Whether a node's children are indented. */
static bool forks(const struct tree *tree, uint32_t node)
{
	return tree->links[node].children > 1;
}

static uint64_t tree_walk_hash_text(uint64_t hash, const char *text)
{
	do
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	while (*text++);
	return hash;
}

/* A hash of the names of the frames down to a node, which is therefore the same in every
 * table. */
static uint64_t tree_walk_path_of(const struct table_parts *parts, uint32_t node)
{
	const struct tree *tree = parts->tree;
	const struct legend *legend = parts->legend;
	const struct trie_node *place = &tree->grouping.trie.nodes[node];
	const struct legend_frame *frame = &legend->frames[place->frame];
	uint64_t hash = place->parent ? tree->links[place->parent].path : 0xcbf29ce484222325;

	hash = tree_walk_hash_text(hash, legend->strings[frame->file]);
	hash = tree_walk_hash_text(hash, legend->strings[frame->function]);
	return (hash ^ frame->line) * 0x100000001b3;
}

static enum frame_family family_of_node(const struct table_parts *parts, uint32_t node)
{
	const struct trie_node *place = &parts->tree->grouping.trie.nodes[node];
	struct row_frame frame = legend_row_frame(parts->legend, place->frame);

	return family_of(&frame);
}

/* The only child of a node, if it is of the family; else 0. */
static uint32_t only_child(struct table_parts *parts, uint32_t node, enum frame_family family)
{
	uint32_t child;

	if (!tree_has_children(parts->tree, node))
		return 0;
	child = tree_child(&parts->table, node);
	return child && parts->tree->links[node].children == 1 &&
			       family_of_node(parts, child) == family
		       ? child
		       : 0;
}

/* Moves the walk to the last node of the chain that the row stands for. */
static void fold_chain(struct tree_walk *walk, struct row *row)
{
	struct table_parts *parts = table_parts(walk->table);
	enum frame_family family = walk->fold ? family_of(&row->newest) : FAMILY_NONE;
	uint32_t node = walk->node, last = node, folded = 1;

	row->folded = 0;
	if (!family || !walk->fold(walk->user, row))
		return;
	while ((node = only_child(parts, node, family))) {
		parts->tree->links[node].path = tree_walk_path_of(parts, node);
		last = node;
		folded++;
	}
	assert(last < parts->tree->links_length);
	if (folded < FAMILY_FOLDS)
		return;
	walk->node = last;
	walk->depth += folded - 1;
	row->folded = folded;
}

static void make_row(struct tree_walk *walk, struct row *row)
{
	struct table_parts *parts = table_parts(walk->table);
	const struct tree *tree = parts->tree;
	const struct group *group = &tree->grouping.groups[walk->node];
	uint32_t parent = tree->grouping.trie.nodes[walk->node].parent;
	const struct tree_link *link;

	table_make_row(walk->table, group, row);
	table_name_row(parts, group, row);
	row->path = tree->links[walk->node].path = tree_walk_path_of(parts, walk->node);
	row->node = walk->node;
	row->depth = walk->depth;
	row->parent_size = parent ? tree->grouping.groups[parent].now.size
				  : walk->table->sum.size;
	row->indent = (uint16_t)(walk->indent < UINT16_MAX ? walk->indent : UINT16_MAX);
	row->guides = walk->guides;
	row->fork = forks(tree, parent);
	fold_chain(walk, row);
	row->children = tree_has_children(tree, walk->node);
	row->open = row->children && (!walk->open || walk->open(walk->user, row));
	if (row->open)
		tree_open(parts, walk->node);
	link = &tree->links[walk->node];
	row->children = link->children ? link->children : row->children;
	row->hidden = !row->open      ? row->children
		      : tree->limited ? link->children - link->shown
				      : 0;
}

static bool tree_walk_step(struct tree_walk *walk)
{
	const struct tree *tree = table_parts(walk->table)->tree;
	uint32_t next = walk->into ? tree_child(walk->table, walk->node) : 0;

	if (next) {
		walk->depth++;
		walk->indent += forks(tree, walk->node);
	}
	while (!next && walk->node && !(next = tree_next(walk->table, walk->node))) {
		walk->node = tree_parent(walk->table, walk->node);
		assert(walk->depth && walk->indent >= forks(tree, walk->node));
		walk->depth--;
		walk->indent -= forks(tree, walk->node);
	}
	walk->node = next;
	return next;
}

bool tree_walk_next(struct tree_walk *walk, struct row *row)
{
	uint64_t bit;

	if (!tree_walk_step(walk))
		return false;
	if (walk->indent < LEVELS) {
		bit = UINT64_C(1) << walk->indent;
		walk->guides &= bit | (bit - 1);
		if (forks(table_parts(walk->table)->tree,
			  tree_parent(walk->table, walk->node))) {
			walk->guides &= ~bit;
			walk->guides |= tree_next(walk->table, walk->node) ? bit : 0;
		}
	}
	make_row(walk, row);
	walk->into = row->open;
	return true;
}

void tree_paths(const struct table *table, const struct row *row, uint64_t *paths)
{
	const struct tree *tree = table_parts(table)->tree;
	uint32_t node = row->node;

	for (uint32_t depth = row->depth; depth && node; node = tree_parent(table, node))
		paths[--depth] = tree->links[node].path;
}

bool tree_flatten(struct table *table, struct tree_walk walk, size_t most)
{
	struct table_parts *parts = table_parts(table);
	struct row *row;

	table->length = 0;
	parts->stopped = false;
	for (;;) {
		if (!array_grow(&parts->laid, &parts->laid_room, table->length + 1,
				sizeof(*parts->laid)))
			return false;
		row = &parts->laid[table->length];
		if (table->length == most || table_stopped(parts, table->length) ||
		    !tree_walk_next(&walk, row))
			return !parts->stopped && !tree_failed(table);
		row->index = table->length++;
	}
}

static const char *tree_walk_line_of(const struct row *row, unsigned level, bool ascii)
{
	bool on = level < LEVELS && row->guides >> level & 1;

	if (level < row->indent || !row->fork)
		return !on ? "   " : ascii ? "|  " : "│  ";
	if (on)
		return ascii ? "|- " : "├─ ";
	return ascii ? "`- " : "└─ ";
}

unsigned tree_prefix(const struct row *row, unsigned levels, bool ascii, char *text,
		     size_t size)
{
	unsigned first = row->indent > levels ? row->indent - levels + 1 : 1, cells = 0;
	size_t length = 0;

	text[0] = '\0';
	for (unsigned level = first; level <= row->indent; level++) {
		const char *line = tree_walk_line_of(row, level, ascii);
		size_t more = strlen(line);

		if (length + more + 1 > size)
			break;
		memcpy(text + length, line, more + 1);
		length += more;
		cells += 3;
	}
	return cells;
}
