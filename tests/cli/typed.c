/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looks at a process whose blocks are told on standard input, and says what they are:
 *
 *	typed PID		7f12a0 96    ->   7f12a0 [T] dict
 *
 * addresses and sizes are hexadecimal and decimal; T: the garbage collector knows it;
 * "-": no type.  Exit status 1 with the reason if it can't be looked at.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/look/look.h"

struct told {
	struct graph_block *blocks;
	size_t length;
};

static int give(void *user, struct graph *graph,
		       struct look_settled *settled)
{
	(void)settled;
	const struct told *told = user;
	int error = 0;

	for (size_t i = 0; !error && i < told->length; i++)
		error = graph_add(graph, &told->blocks[i]);
	return error;
}

static void read_blocks(struct told *told)
{
	uint64_t address, size;
	size_t room = 0;

	while (scanf("%" SCNx64 " %" SCNu64, &address, &size) == 2) {
		if (told->length == room) {
			room = room * 2 + 1024;
			told->blocks = realloc(told->blocks, room * sizeof(*told->blocks));
			if (!told->blocks)
				abort();
		}
		told->blocks[told->length++] = (struct graph_block){ address, size, 0 };
	}
}

int main(int argc, char **argv)
{
	struct told told = { 0 };
	struct typed typed = { 0 };
	struct look_question question = { .blocks = give, .user = &told, .typed = &typed };
	struct look_told look;
	struct graph *graph;
	struct graph_block block;
	enum graph_state state;
	char name[4096];
	int error;

	if (argc != 2)
		return 2;
	question.pid = atoi(argv[1]);
	read_blocks(&told);
	do                              /* a busy machine: see test_look.c */
		error = look_at(&question, &graph, &look);
	while (error == -ETIMEDOUT);
	if (error) {
		fprintf(stderr, "typed: %s: %s\n", look_refusal(error), strerror(-error));
		return 1;
	}
	for (size_t n = 0; n < typed.length; n++) {
		if (!graph_at(graph, n, &block, &state))
			continue;
		const struct typed_block *of = &typed.blocks[n];

		if (of->type != TYPES_NONE)
			typed_name(&typed, of->type, name, sizeof(name));
		else
			strcpy(name, "-");
		printf("%" PRIx64 " [%s] %s\n", block.address, of->tracked ? "T" : "", name);
	}
	typed_free(&typed);
	graph_free(graph);
	free(told.blocks);
	return 0;
}
