/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a look at a heap costs once its memory is here: blocks of 64 to 112 bytes whose
 * first words are pointers to others.  Prints CPU seconds of each part and the graph's
 * memory; judges nothing.
 *
 *	look_bench [BLOCKS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/look/each.h"
#include "tests/bench/seconds.h"
#include "tests/random.h"
#include "tracer/look/graph/ways.h"
#include "tracer/look/graph/graph.h"

#define BASE UINT64_C(0x555555560000)
#define PIECE (UINT64_C(1) << 20)

/* Up to three pointers, 1.75 on average; the rest are numbers. */
static void write_block(unsigned char *memory, const uint64_t *at, uint32_t blocks, uint32_t i)
{
	uint64_t words = (at[i + 1] - at[i]) / 8, pointers = pick(8) ? pick(4) : 3;

	for (uint64_t w = 0; w < words; w++) {
		uint64_t word = w < pointers ? BASE + at[pick(blocks)] : pick(1u << 20);

		memcpy(memory + at[i] + w * 8, &word, 8);
	}
}

static double cpu(void)
{
	return bench_seconds(CLOCK_THREAD_CPUTIME_ID);
}

static void count(void *user, const struct graph_block *block, enum graph_state state)
{
	((uint64_t *)user)[state] += block->size > 0;
}

static int sweep_all(struct graph *graph, const unsigned char *memory, uint64_t bytes)
{
	for (uint64_t done = 0; done < bytes; done += PIECE) {
		uint64_t piece = bytes - done < PIECE ? bytes - done : PIECE;
		int error = graph_sweep(graph, BASE + done, memory + done, piece);

		if (error)
			return error;
	}
	return 0;
}

/* The dominator tree, or the shortest ways; and either folded. */
static int retain(const struct graph *graph, bool ways)
{
	enum { FOLDS = 1 << 20 };
	uint32_t *by_node = malloc((graph_length(graph) + 1) * sizeof(*by_node));
	const struct dominators_folding how = { by_node, ways ? 0 : 64, FOLDS, NULL };
	struct dominators_fold *folds = NULL;
	struct dominators *tree = NULL;
	size_t length = 0;
	double times[3] = { cpu() };
	int error = !by_node ? -1 : ways ? ways_find(graph, NULL, NULL, &tree) :
					   dominators_find(graph, NULL, &tree);

	times[1] = cpu();
	for (size_t n = 0; by_node && n < graph_length(graph); n++) {
		struct graph_block block;
		enum graph_state state;

		by_node[n] = graph_at(graph, n, &block, &state) ? block.trace : DOMINATORS_NO_ROW;
	}
	error = error ? error : dominators_fold(tree, &how, &folds, &length);
	times[2] = cpu();
	if (!error)
		printf("%s %.2f s, folded %.2f s (%zu entries)\n",
		       ways ? "shortest ways" : "dominator tree", times[1] - times[0],
		       times[2] - times[1], length);
	free(folds);
	free(by_node);
	dominators_free(tree);
	return error;
}

int main(int argc, char **argv)
{
	uint32_t blocks = argc > 1 ? (uint32_t)atol(argv[1]) : 5000000;
	uint64_t *at = malloc((blocks + 1) * sizeof(*at)), counts[GRAPH_REACHABLE + 1] = { 0 }, root;
	struct graph *graph = graph_new();
	double times[4];
	size_t most;

	at[0] = 0;
	for (uint32_t i = 0; i < blocks; i++)
		at[i + 1] = at[i] + 64 + 16 * pick(4);
	unsigned char *memory = malloc(at[blocks]);

	for (uint32_t i = 0; i < blocks; i++)
		write_block(memory, at, blocks, i);
	/* As a table of live blocks gives them: in an order that is none. */
	int error = 0;

	for (uint64_t i = 0; !error && i < blocks; i++) {
		uint64_t n = i * 2654435761u % blocks;

		error = graph_add(graph, &(struct graph_block){
			BASE + at[n], at[n + 1] - at[n], (uint32_t)(n % 1000) });
	}
	times[0] = cpu();
	error = error ? error : graph_seal(graph);
	times[1] = cpu();
	error = error ? error : sweep_all(graph, memory, at[blocks]);
	for (uint32_t i = 0; !error && i < 64; i++) {
		root = BASE + at[blocks / 64 * i];
		error = graph_root(graph, i, &root, 8);
	}
	times[2] = cpu();
	error = error ? error : graph_mark(graph);
	times[3] = cpu();
	if (error) {
		fprintf(stderr, "%s\n", strerror(-error));
		return 1;
	}
	each_block(graph, count, counts);
	graph_bytes(graph, &most);
	printf("%u blocks, %.0f MiB: sort and index %.2f s, sweep and look-up %.2f s, marking "
	       "%.2f s: %.2f s; %.1f bytes a block at most\n", blocks,
	       (double)at[blocks] / 1048576, times[1] - times[0], times[2] - times[1],
	       times[3] - times[2], times[3] - times[0], (double)most / blocks);
	printf("reachable %llu, garbage %llu, in cycles %llu, indirect %llu\n",
	       (unsigned long long)(counts[GRAPH_REACHABLE] + counts[GRAPH_INSIDE]),
	       (unsigned long long)counts[GRAPH_GARBAGE],
	       (unsigned long long)counts[GRAPH_CYCLE],
	       (unsigned long long)counts[GRAPH_INDIRECT]);
	error = retain(graph, true);
	error = error ? error : retain(graph, false);
	graph_free(graph);
	free(memory);
	free(at);
	return error ? 1 : 0;
}
