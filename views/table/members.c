/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A number for each of the snapshot's rows: its group, or the node where its stack ends.
 * What hangs from a node is found by going up from each such end.
 */
#include "views/table/members.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "views/table/members_parts.h"
#include "views/table/tree_parts.h"

struct members {
	_Atomic uint32_t references;
	struct snapshot *now;
	uint32_t *numbers;              /* of groups or nodes, + 1; 0: the table does not show it */
	uint32_t *parents;              /* of a tree: by node; else NULL */
	size_t length;                  /* of groups or nodes */
};

struct members *members_new(struct snapshot *now)
{
	struct members *members = calloc(1, sizeof(*members));

	if (!members)
		return NULL;
	members->references = 1;
	members->numbers = calloc(now->rows_length + 1, sizeof(*members->numbers));
	members->now = snapshot_retain(now);
	if (members->numbers)
		return members;
	members_release(members);
	return NULL;
}

void members_set(struct members *members, size_t row, uint32_t number)
{
	members->numbers[row] = number;
}

bool members_finish(struct members *members, const struct grouping *grouping)
{
	members->length = grouping->length;
	if (grouping->view.by != BY_TREE)
		return true;
	members->length = grouping->trie.length;
	members->parents = malloc((members->length + 1) * sizeof(*members->parents));
	for (size_t i = 0; members->parents && i < members->length; i++)
		members->parents[i] = grouping->trie.nodes[i].parent;
	return members->parents;
}

void members_release(struct members *members)
{
	if (!members || atomic_fetch_sub(&members->references, 1) > 1)
		return;
	snapshot_release(members->now);
	free(members->numbers);
	free(members->parents);
	free(members);
}

struct members *members_retain(struct members *members)
{
	atomic_fetch_add(&members->references, 1);
	return members;
}

struct members *members_of(const struct table *table)
{
	struct members *members = table_parts(table)->members;

	return members ? members_retain(members) : NULL;
}

uint32_t members_row(const struct table *table, const struct row *row)
{
	const struct table_parts *parts = table_parts(table);

	return table->view.by == BY_TREE ? row->node : parts->order[row->index];
}

/* By number, the place of a row that has it, + 1. */
static uint32_t *index_rows(const struct members *members, const uint32_t *rows, size_t length)
{
	uint32_t *index = calloc(members->length + 1, sizeof(*index));

	for (size_t i = 0; index && i < length; i++)
		if (rows[i] < members->length)
			index[rows[i]] = (uint32_t)i + 1;
	return index;
}

bool members_each(const struct members *members, const uint32_t *rows, size_t length,
		  bool (*each)(void *user, size_t which, const struct snapshot_row *row),
		  void *user)
{
	uint32_t *index = index_rows(members, rows, length);
	bool fine = index;

	for (size_t i = 0; fine && i < members->now->rows_length; i++) {
		uint32_t number = members->numbers[i];

		for (; fine && number; number = members->parents && number > 1 ?
						members->parents[number - 1] + 1 : 0)
			if (index[number - 1])
				fine = each(user, index[number - 1] - 1, &members->now->rows[i]);
	}
	free(index);
	return fine;
}
