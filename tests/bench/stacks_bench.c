/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a new stack costs the reader: the events of `recurse` (a random walk of calls, at
 * each step of which one of 1,024 blocks is freed and allocated anew), put into a real
 * segment's ring.  Prints; judges nothing.
 *
 *	stacks_bench [STEPS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include "tests/bench/made_image.h"
#include "tests/bench/seconds.h"
#include "tracer/heap/model_tick.h"

#define LIVE 1024u
#define DEEPEST 200u
#define CHILDREN (1u << 22)             /* slots of the hash of nodes */

struct world {
	struct made_image made;
	struct ring_writer writer;
	uint32_t length;                /* of the segment's table of nodes */
	uint32_t *children;             /* a hash of them */
	uint64_t left, ticks, events;
	uint64_t slots[LIVE];
	uint32_t sizes[LIVE];
	uint64_t spare[8][LIVE + 1];        /* freed addresses by size / 16 */
	unsigned spares[8];
	double seconds;
	long faults;
};

/* As `recurse` draws its numbers. */
static uint32_t draw(void)
{
	static uint64_t seed = 1;

	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33);
}

static long faults_now(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

static void drain(struct world *w)
{
	long faults = faults_now();
	double start = bench_seconds(CLOCK_THREAD_CPUTIME_ID);

	ring_room(&w->writer, WIRE_RING_SLOTS);
	drain_round(w->made.image->drain, true);
	segment_grow(w->made.image->segment);
	ring_room(&w->writer, WIRE_RING_SLOTS);
	w->seconds += bench_seconds(CLOCK_THREAD_CPUTIME_ID) - start;
	w->faults += faults_now() - faults;
}

static void put(struct world *w, enum wire_kind kind, uint64_t address, uint64_t size,
		uint32_t trace)
{
	ring_put(&w->writer, 0, wire_event_make(kind, WIRE_MALLOC, ++w->ticks, address, size, trace));
	ring_publish(&w->writer, 1);
	if (++w->events % 4096 == 0)
		drain(w);
}

static uint32_t child(struct world *w, uint32_t parent, uint32_t site)
{
	uint64_t node = wire_node(parent, site);
	size_t at = (size_t)(node * UINT64_C(0x9e3779b97f4a7c15) >> 42);

	for (; w->children[at]; at = (at + 1) % CHILDREN)
		if (w->made.nodes[w->children[at]] == node)
			return w->children[at];
	struct wire_control *control = w->made.control;

	while (control->ready[WIRE_TRACES] < (w->length + 1) * sizeof(node))
		drain(w);
	w->made.nodes[w->length] = node;
	atomic_store(&control->traces, w->length + 1);
	return w->children[at] = w->length++;
}

static uint64_t take(struct world *w, uint32_t size)
{
	unsigned class = (size + 15) / 16;

	if (w->spares[class])
		return w->spare[class][--w->spares[class]];
	static uint64_t next = 0x100000000000u;

	next += 16 * class + 16;
	return next;
}

static void step(struct world *w, uint32_t node, unsigned depth)
{
	while (w->left > 0) {
		uint32_t r = draw();
		uint64_t *slot = &w->slots[r % LIVE];
		uint32_t *old = &w->sizes[r % LIVE];

		w->left--;
		if (*slot) {
			put(w, WIRE_RELEASE, *slot, 0, 0);
			w->spare[(*old + 15) / 16][w->spares[(*old + 15) / 16]++] = *slot;
		}
		*old = 16 + (r >> 10) % 64;
		*slot = take(w, *old);
		put(w, WIRE_ACQUIRE, *slot, *old, child(w, node, 8));
		if (depth >= 20 && !(depth < DEEPEST && r >> 30))
			return;
		step(w, child(w, child(w, node, 9), 10 + ((r >> 20) & 3)), depth + 1);
	}
}

int main(int argc, char **argv)
{
	struct world *w = calloc(1, sizeof(*w));
	struct totals totals;

	w->left = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	w->children = calloc(CHILDREN, sizeof(*w->children));
	w->made = made_image_new(1 << 22, 1);
	w->length = 1;
	w->writer.ring = segment_ring(w->made.image->segment, 0);
	model_ticks(w->made.image->model);
	while (w->left > 0)
		step(w, 0, 0);
	drain(w);
	image_totals(w->made.image, &totals);
	uint32_t rows = model_rows(w->made.image->model);

	printf("%lu events, %u nodes, %u stacks: %.1f ns an event, %.0f ns a stack, %ld faults%s\n",
	       w->events, w->length, rows, w->seconds * 1e9 / (double)w->events,
	       w->seconds * 1e9 / rows, w->faults, totals.lost ? ", EVENTS LOST" : "");
	made_image_free(&w->made);
	return 0;
}
