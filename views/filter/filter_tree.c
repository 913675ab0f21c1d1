/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes of the filter's tree (filter_tree.h): making, freeing, comparing. */
#include "views/filter/filter_tree.h"
#include <stdlib.h>

struct filter_node *filter_node_new(enum filter_kind kind, size_t offset)
{
	struct filter_node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->kind = kind;
	node->offset = offset;
	return node;
}

void filter_node_free(struct filter_node *node)
{
	while (node) {
		struct filter_node *next = node->next;

		filter_node_free(node->child);
		if (node->expression) {
			regfree(node->expression);
			free(node->expression);
		}
		free(node->text);
		free(node);
		node = next;
	}
}

bool filter_compare(enum filter_op op, long double value, long double with)
{
	switch (op) {
	case OP_LESS: return value < with;
	case OP_LESS_EQUAL: return value <= with;
	case OP_MORE: return value > with;
	case OP_MORE_EQUAL: return value >= with;
	case OP_UNEQUAL: return value != with;
	default: return value == with;
	}
}
