/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Children are found by two arrays: the first child of each node, and the next child of
 * the same parent.  A row stands for a set of nodes that read alike, so the rows below it
 * are made of the children of all of them.  A node may have very many children, so names
 * are written only for the heaviest.
 *
 * A list that two callers fill has nodes of two parts, which alternate all the way down.
 * Where nodes read as the one above them, those of parts that come again in turn are of its
 * row.
 */
#include "views/held/laid.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/heap/tally/look_held.h"
#include "views/held/held.h"
#include "views/row/sum.h"

#define LAID_DEEP 128u                  /* rows below one another on a screen, at most */
#define LAID_DEEPEST 1024u              /* and in a tree that is not for a screen */
#define LAID_HEAVIEST 2048u             /* children of one row whose names are written for
					 * a screen, at most */
#define NOTHING_AGAIN UINT32_MAX
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_FACTOR UINT64_C(0x100000001b3)

static bool laid_side_known(const struct snapshot *side)
{
	return side->look && look_retains(side->look) && !side->look->sizes_alone;
}

bool laid_known(const struct table *table)
{
	return laid_side_known(table->now) && (!table->diff || laid_side_known(table->old));
}

/* One of the two moments of a table. */
struct side {
	const struct snapshot *of;
	const struct look_tree *tree;
	uint32_t *child, *next;         /* 0: there is none */
	uint64_t *reads;                /* by part, a hash of what its nodes read without a
					 * name; 0: it was not asked for yet */
	size_t parts;                   /* all of them have lower numbers */
	bool *again;                    /* by part, while a row is made: it comes in turn */
	bool *joined;                   /* by node: it is of a row that was made */
	/* While nodes below a row's own are walked; 0: none. */
	uint32_t *last;                 /* by part: its lowest node down to the present one */
	uint32_t *before;               /* by node: the one of its part above it */
	uint32_t *reach;                /* by node: below which one all parts down to it come
					 * again; NOTHING_AGAIN: none does below it */
};

struct keeping {
	const struct table *table;
	struct side sides[2];           /* the new one and, in a diff, the old one */
	size_t sides_length;
	struct laid *laid;
	bool (*open)(void *user, const struct laid_row *row, uint64_t whole);
	void *user;
	size_t most;
	bool failed;                    /* out of memory */
};

/* A node, with a hash of its name and those above it: nodes with equal paths read
 * alike. */
struct alike {
	uint64_t path;
	uint64_t bytes;
	uint32_t node;
	uint32_t side;
};

static const struct look_node *laid_node(const struct keeping *keeping, const struct alike *alike)
{
	return &keeping->sides[alike->side].tree->of[alike->node];
}

static bool find_children(struct side *side)
{
	size_t length = side->tree->length;

	for (size_t i = 0; i < length; i++)
		if (side->tree->of[i].kind == LOOK_NODE_PART && side->tree->of[i].id >= side->parts)
			side->parts = (size_t)side->tree->of[i].id + 1;
	side->child = calloc(length + 1, sizeof(*side->child));
	side->next = calloc(length + 1, sizeof(*side->next));
	side->reads = calloc(side->parts + 1, sizeof(*side->reads));
	side->again = calloc(side->parts + 1, sizeof(*side->again));
	side->joined = calloc(length + 1, sizeof(*side->joined));
	side->last = calloc(side->parts + 1, sizeof(*side->last));
	side->before = calloc(length + 1, sizeof(*side->before));
	side->reach = calloc(length + 1, sizeof(*side->reach));
	if (!side->child || !side->next || !side->reads || !side->again ||
	    !side->joined || !side->last || !side->before || !side->reach)
		return false;
	for (size_t i = length; i-- > 1;) {
		uint32_t *first = &side->child[side->tree->of[i].parent];

		side->next[i] = *first;
		*first = (uint32_t)i;
	}
	return true;
}

static int by_weight(const void *left, const void *right)
{
	const struct alike *a = left, *b = right;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	if (a->side != b->side)
		return a->side < b->side ? -1 : 1;
	return a->node < b->node ? -1 : a->node > b->node;
}

static int by_path(const void *left, const void *right)
{
	const struct alike *a = left, *b = right;

	if (a->path != b->path)
		return a->path < b->path ? -1 : 1;
	return by_weight(left, right);
}

static uint64_t path_of(uint64_t above, const char *name)
{
	for (; *name; name++)
		above = (above ^ (unsigned char)*name) * HASH_FACTOR;
	return (above ^ '\n') * HASH_FACTOR;
}

static uint64_t reads_of(const struct keeping *keeping, const struct side *side,
			 const struct look_node *node)
{
	struct look_node nameless = *node;
	char text[HELD_NAME];

	if (side->reads[node->id])
		return side->reads[node->id];
	nameless.name = 0;
	held_name(keeping->table, side->of, &nameless, text);
	return side->reads[node->id] = path_of(HASH_START, text) | 1;
}

/* Whether a node reads as the one right above it. */
static bool reads_as_above(const struct keeping *keeping, const struct side *side, uint32_t at)
{
	const struct look_node *node = &side->tree->of[at], *above = &side->tree->of[node->parent];

	return held_may_read_alike(side->of, node, above) &&
	       reads_of(keeping, side, node) == reads_of(keeping, side, above);
}

/* The nodes of a row: the first `own` are those right below the row above. */
struct lot {
	struct alike *of;
	size_t length, room, own;
};

/* The first of some siblings that reads as the node above them; 0: none does. */
static uint32_t find_alike(const struct keeping *keeping, const struct side *side,
			   uint32_t at)
{
	while (at && !reads_as_above(keeping, side, at))
		at = side->next[at];
	return at;
}

static void enter_alike(const struct side *side, uint32_t at)
{
	uint32_t *last = &side->last[side->tree->of[at].id];

	side->before[at] = *last;
	side->reach[at] = *last ? *last : at;
	*last = at;
}

/* Notes its part, if that comes again above it, or one that does has it in between. */
static void leave_alike(const struct side *side, uint32_t at)
{
	const struct look_node *node = &side->tree->of[at];
	uint32_t reach = side->reach[at];

	side->last[node->id] = side->before[at];
	if (reach == at)
		return;
	side->again[node->id] = true;
	if (side->reach[node->parent] > reach)
		side->reach[node->parent] = reach;
}

/* Adds all nodes below one that read alike, and notes which of their parts come again.
 * They may be many, one below the other, so each is visited once.  False: out of memory. */
static bool find_below(const struct keeping *keeping, const struct alike top,
		       struct lot *lot)
{
	const struct side *side = &keeping->sides[top.side];
	uint32_t at = top.node, next;

	enter_alike(side, at);
	for (;;) {
		next = find_alike(keeping, side, side->child[at]);
		while (!next && at != top.node) {
			leave_alike(side, at);
			next = find_alike(keeping, side, side->next[at]);
			at = side->tree->of[at].parent;
		}
		if (!next)
			break;
		at = next;
		enter_alike(side, at);
		if (!array_grow(&lot->of, &lot->room, lot->length + 1, sizeof(*lot->of)))
			return false;
		lot->of[lot->length++] = (struct alike){ .node = at, .side = top.side };
	}
	leave_alike(side, top.node);
	return true;
}

static uint32_t *reach_of(const struct keeping *keeping, const struct alike *alike)
{
	return &keeping->sides[alike->side].reach[alike->node];
}

/* The same for a row's own nodes.  A row of one node, below one in whose list nothing
 * came again, need not be asked once more. */
static bool find_all_below(const struct keeping *keeping, struct lot *lot)
{
	bool any = false;

	for (size_t i = 0; i < lot->own; i++) {
		const struct alike top = lot->of[i];
		const struct side *side = &keeping->sides[top.side];

		if (side->tree->of[top.node].kind != LOOK_NODE_PART ||
		    (lot->own == 1 && side->reach[top.node] == NOTHING_AGAIN))
			continue;
		if (!find_below(keeping, top, lot))
			return false;
	}
	for (size_t i = lot->own; i < lot->length; i++)
		any |= *reach_of(keeping, &lot->of[i]) != lot->of[i].node;
	for (size_t i = lot->own; !any && i < lot->length; i++)
		*reach_of(keeping, &lot->of[i]) = NOTHING_AGAIN;
	return true;
}

/* Joins with a row's own nodes those below them whose parts come again.  False: out of
 * memory. */
static bool join_below(const struct keeping *keeping, struct lot *lot)
{
	size_t found, kept = lot->own;

	if (!find_all_below(keeping, lot))
		return false;
	found = lot->length;
	for (size_t i = 0; i < lot->own; i++)
		keeping->sides[lot->of[i].side].joined[lot->of[i].node] = true;
	for (size_t i = lot->own; i < found; i++) {
		const struct alike alike = lot->of[i];
		const struct side *side = &keeping->sides[alike.side];
		const struct look_node *node = &side->tree->of[alike.node];

		if (!side->again[node->id] || !side->joined[node->parent])
			continue;
		side->joined[alike.node] = true;
		lot->of[kept++] = alike;
	}
	for (size_t i = 0; i < keeping->sides_length && found > lot->own; i++)
		memset(keeping->sides[i].again, 0, keeping->sides[i].parts);
	lot->length = kept;
	return true;
}

/* Adds the children of a node, but for those that were joined with it.  False: out of
 * memory. */
static bool add_children(const struct side *side, const struct alike *above, struct alike **all,
			 size_t *length, size_t *room)
{
	for (uint32_t at = side->child[above->node]; at; at = side->next[at]) {
		if (side->joined[at])
			continue;
		if (!array_grow(all, room, *length + 1, sizeof(**all)))
			return false;
		(*all)[(*length)++] = (struct alike){ .bytes = side->tree->of[at].all_bytes,
						      .node = at, .side = above->side };
	}
	return true;
}

/* Lists the children of some nodes with their names, or the heaviest of them, so that those
 * that read alike are neighbours.  NULL: out of memory. */
static struct alike *list_children(const struct keeping *keeping, const struct lot *nodes,
				   uint64_t above, size_t *length)
{
	struct alike *all = NULL;
	size_t room = 0;
	char name[HELD_NAME];

	*length = 0;
	bool ok = array_grow(&all, &room, 1, sizeof(*all));

	for (size_t i = 0; ok && i < nodes->length; i++)
		ok = add_children(&keeping->sides[nodes->of[i].side], &nodes->of[i], &all, length,
				  &room);
	if (!ok) {
		free(all);
		return NULL;
	}
	if (*length)
		qsort(all, *length, sizeof(*all), by_weight);
	if (keeping->open && *length > LAID_HEAVIEST)
		*length = LAID_HEAVIEST;
	for (size_t i = 0; i < *length; i++) {
		held_name(keeping->table, keeping->sides[all[i].side].of,
			  laid_node(keeping, &all[i]), name);
		all[i].path = path_of(above, name);
	}
	if (*length)
		qsort(all, *length, sizeof(*all), by_path);
	return all;
}

/* Nodes that read alike and become one row. */
struct bunch {
	struct alike *of;
	size_t length;
	uint64_t bytes[2];              /* by side */
};

static uint64_t apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* What has changed most comes first.  Without an old side everything is new. */
static int bunch_order(const void *left, const void *right)
{
	const struct bunch *a = left, *b = right;
	uint64_t x = apart(a->bytes[0], a->bytes[1]), y = apart(b->bytes[0], b->bytes[1]);

	if (x != y)
		return x > y ? -1 : 1;
	if (a->bytes[0] != b->bytes[0])
		return a->bytes[0] > b->bytes[0] ? -1 : 1;
	return by_weight(a->of, b->of);
}

/* Groups `all` into bunches, in the order in which they are shown.  Returns how many there
 * are. */
static size_t bunch_up(struct alike *all, size_t length, struct bunch *bunches)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		if (!count || bunches[count - 1].of->path != all[i].path)
			bunches[count++] = (struct bunch){ &all[i], 0, { 0, 0 } };
		bunches[count - 1].length++;
		figure_add(&bunches[count - 1].bytes[all[i].side], all[i].bytes);
	}
	if (count)
		qsort(bunches, count, sizeof(*bunches), bunch_order);
	return count;
}

static void lay_below(struct keeping *keeping, const struct lot *nodes, uint64_t path,
		      unsigned depth);

/* Adds a node's figures to its row's; what a node that was joined keeps alive counts already,
 * with the node above it. */
static void laid_add_node(const struct keeping *keeping, const struct lot *lot, size_t i,
			  struct laid_row *row)
{
	const struct alike *alike = &lot->of[i];
	const struct side *side = &keeping->sides[alike->side];
	const struct look_node *node = laid_node(keeping, alike);

	if (i < lot->own) {
		figure_add(alike->side ? &row->old_bytes : &row->bytes, node->all_bytes);
		figure_add(alike->side ? &row->old_blocks : &row->blocks, node->all_blocks);
	}
	if (!alike->side) {
		figure_add(&row->own_bytes, node->bytes);
		figure_add(&row->own_blocks, node->blocks);
	}
	for (uint32_t at = side->child[alike->node]; at; at = side->next[at])
		row->hidden += !side->joined[at];
}

/* Adds a row to the others.  False: out of memory. */
static bool laid_put_row(struct keeping *keeping, struct laid_row *row, const struct alike *first)
{
	struct laid *laid = keeping->laid;
	char name[HELD_NAME];

	held_name(keeping->table, keeping->sides[first->side].of, laid_node(keeping, first), name);
	row->name = strdup(name);
	if (!row->name || !array_grow(&laid->rows, &laid->room, laid->length + 1,
				      sizeof(*laid->rows))) {
		free(row->name);
		return false;
	}
	laid->rows[laid->length++] = *row;
	return true;
}

static void lay_row(struct keeping *keeping, const struct bunch *bunch, unsigned depth)
{
	struct laid_row row = { .path = bunch->of->path, .depth = depth };
	struct lot lot = { .length = bunch->length, .own = bunch->length };
	bool whole = array_grow(&lot.of, &lot.room, bunch->length, sizeof(*lot.of));

	if (whole) {
		memcpy(lot.of, bunch->of, bunch->length * sizeof(*lot.of));
		whole = join_below(keeping, &lot);
	}
	for (size_t i = 0; whole && i < lot.length; i++)
		laid_add_node(keeping, &lot, i, &row);
	row.parent = row.hidden;
	row.open = row.parent && depth + 1 < (keeping->open ? LAID_DEEP : LAID_DEEPEST) &&
		   (!keeping->open || keeping->open(keeping->user, &row, keeping->laid->bytes));
	row.hidden = row.open ? 0 : row.hidden;
	whole = whole && laid_put_row(keeping, &row, bunch->of);
	keeping->failed |= !whole;
	if (whole && row.open)
		lay_below(keeping, &lot, row.path, depth + 1);
	free(lot.of);
}

/* Adds the rows of what some nodes keep alive. */
static void lay_below(struct keeping *keeping, const struct lot *nodes, uint64_t path,
		      unsigned depth)
{
	size_t children, count = 0;
	struct alike *all = list_children(keeping, nodes, path, &children);
	struct bunch *bunches = all ? malloc((children + 1) * sizeof(*bunches)) : NULL;

	if (bunches)
		count = bunch_up(all, children, bunches);
	else
		keeping->failed = true;
	for (size_t i = 0; i < count && !keeping->failed && keeping->laid->length < keeping->most;
	     i++)
		lay_row(keeping, &bunches[i], depth);
	free(bunches);
	free(all);
}

static void begin_side(struct keeping *keeping, const struct snapshot *of)
{
	struct side *side = &keeping->sides[keeping->sides_length++];

	*side = (struct side){ .of = of, .tree = &of->look->held->dominators };
	keeping->failed |= !find_children(side);
}

struct laid *laid_new(const struct table *table,
		      bool (*open)(void *user, const struct laid_row *row, uint64_t whole),
		      void *user, size_t most)
{
	struct keeping keeping = { .table = table, .open = open, .user = user, .most = most,
				   .laid = calloc(1, sizeof(struct laid)) };
	struct alike all[2] = { { .side = 0 }, { .side = 1 } };

	keeping.failed = !keeping.laid;
	begin_side(&keeping, table->now);
	if (table->diff)
		begin_side(&keeping, table->old);
	if (!keeping.failed) {
		keeping.laid->bytes = keeping.sides[0].tree->of[0].all_bytes;
		keeping.laid->blocks = keeping.sides[0].tree->of[0].all_blocks;
		lay_below(&keeping, &(struct lot){ .of = all, .length = keeping.sides_length },
			  HASH_START, 0);
	}
	for (size_t i = 0; i < keeping.sides_length; i++) {
		free(keeping.sides[i].child);
		free(keeping.sides[i].next);
		free(keeping.sides[i].reads);
		free(keeping.sides[i].again);
		free(keeping.sides[i].joined);
		free(keeping.sides[i].last);
		free(keeping.sides[i].before);
		free(keeping.sides[i].reach);
	}
	if (!keeping.failed)
		return keeping.laid;
	laid_free(keeping.laid);
	return NULL;
}

/* --- the limit --- */

struct chosen {
	uint64_t weight;                /* the most that it, or a row below it, weighs */
	size_t row;
	size_t parent;                  /* SIZE_MAX: none */
};

/* A row never weighs less than those below it, and comes before them: so the first rows in
 * this order are a tree. */
static int chosen_order(const void *left, const void *right)
{
	const struct chosen *a = left, *b = right;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

/* Finds the parents and weights of all rows. */
static void laid_weigh(const struct laid *laid, struct chosen *chosen)
{
	size_t above[LAID_DEEPEST];

	for (size_t i = 0; i < laid->length; i++) {
		const struct laid_row *row = &laid->rows[i];

		chosen[i] = (struct chosen){ apart(row->bytes, row->old_bytes), i,
					     row->depth ? above[row->depth - 1] : SIZE_MAX };
		above[row->depth] = i;
	}
	for (size_t i = laid->length; i-- > 0;)
		if (chosen[i].parent != SIZE_MAX &&
		    chosen[chosen[i].parent].weight < chosen[i].weight)
			chosen[chosen[i].parent].weight = chosen[i].weight;
}

/* Leaves the `most` rows that keep the most alive, or that have changed most, or that have
 * such rows below them.  False: out of memory. */
static bool laid_limit(struct laid *laid, size_t most)
{
	struct chosen *chosen = malloc((laid->length + 1) * sizeof(*chosen));
	size_t kept = 0;

	if (!chosen)
		return false;
	laid_weigh(laid, chosen);
	if (laid->length)
		qsort(chosen, laid->length, sizeof(*chosen), chosen_order);
	for (size_t i = most; i < laid->length; i++) {
		size_t parent = chosen[i].parent;

		(parent == SIZE_MAX ? &laid->hidden : &laid->rows[parent].hidden)[0]++;
		free(laid->rows[chosen[i].row].name);
		laid->rows[chosen[i].row].name = NULL;
	}
	for (size_t i = 0; i < laid->length; i++)
		if (laid->rows[i].name)
			laid->rows[kept++] = laid->rows[i];
	laid->length = kept;
	for (size_t i = 0; i < kept; i++)
		laid->rows[i].open = i + 1 < kept && laid->rows[i + 1].depth > laid->rows[i].depth;
	free(chosen);
	return true;
}

struct laid *laid_of_view(const struct table *table)
{
	struct laid *laid = laid_new(table, NULL, NULL, SIZE_MAX);

	if (!laid || !table->view.limit || laid_limit(laid, table->view.limit))
		return laid;
	laid_free(laid);
	return NULL;
}

int64_t laid_diff(uint64_t now, uint64_t old)
{
	uint64_t by = apart(now, old);
	int64_t most = by > INT64_MAX ? INT64_MAX : (int64_t)by;

	return now > old ? most : -most;
}

void laid_free(struct laid *laid)
{
	for (size_t i = 0; laid && i < laid->length; i++)
		free(laid->rows[i].name);
	if (laid)
		free(laid->rows);
	free(laid);
}
