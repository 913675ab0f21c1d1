/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A binary tree that inserts by recursion: each key allocates at the depth where it comes
 * to lie, so that most stacks are new ones.
 * insert [ROUNDS]
 */
#include "tests/bench/work/work.h"

#define KEYS 20000u

struct node {
	struct node *left, *right;
	uint32_t key;
	char *name, *value;
};

static NOINLINE char *text(uint32_t key, unsigned length)
{
	char *bytes = malloc(length);

	if (bytes)
		bytes[0] = (char)key;
	KEEP_FRAME;
	return bytes;
}

static NOINLINE struct node *insert(struct node *node, uint32_t key)
{
	if (!node) {
		node = calloc(1, sizeof(*node));
		if (!node)
			exit(1);
		node->key = key;
		node->name = text(key, 12 + key % 20);
		node->value = text(key, 40);
	} else if (key < node->key) {
		node->left = insert(node->left, key);
	} else if (key > node->key) {
		node->right = insert(node->right, key);
	}
	KEEP_FRAME;
	return node;
}

static NOINLINE void drop(struct node *node)
{
	if (!node)
		return;
	drop(node->left);
	drop(node->right);
	free(node->name);
	free(node->value);
	free(node);
	KEEP_FRAME;
}

int main(int argc, char *argv[])
{
	uint64_t rounds = work_size(argc, argv, 6);
	uint64_t seed = 7;

	while (rounds-- > 0) {
		struct node *tree = NULL;
		for (uint32_t i = 0; i < KEYS; i++)
			tree = insert(tree, work_random(&seed));
		drop(tree);
	}
	return 0;
}
