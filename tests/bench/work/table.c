/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hash table of single nodes, built, probed and torn down: table [NODES]. */
#include <stdio.h>
#include "tests/bench/work/work.h"

struct node {
	struct node *next;
	uint64_t key, value;
};

static struct node **heads;
static uint64_t mask;

static uint64_t slot_of(uint64_t key)
{
	return (key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & mask;
}

static NOINLINE void insert(uint64_t key)
{
	struct node *node = malloc(sizeof(*node));
	struct node **head = &heads[slot_of(key)];

	*node = (struct node){*head, key, key ^ 1};
	*head = node;
}

static NOINLINE uint64_t probe(uint64_t key)
{
	for (struct node *node = heads[slot_of(key)]; node; node = node->next)
		if (node->key == key)
			return node->value;
	return 0;
}

static NOINLINE void drop(void)
{
	for (uint64_t i = 0; i <= mask; i++)
		while (heads[i]) {
			struct node *node = heads[i];

			heads[i] = node->next;
			free(node);
		}
	free(heads);
}

int main(int argc, char *argv[])
{
	uint64_t nodes = work_size(argc, argv, 2000000), sum = 0;

	for (mask = 1; mask < nodes;)
		mask = mask * 2 + 1;
	heads = calloc(mask + 1, sizeof(struct node *));
	for (uint64_t i = 0; i < nodes; i++)
		insert(i * 7919);
	for (uint64_t i = 0; i < nodes; i++)
		sum += probe(i * 7919);
	drop();
	return sum == 42;
}
