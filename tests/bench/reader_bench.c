/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast the reader empties rings: a real segment whose rings are filled by
 * hand, then one round, and again.  Blocks are freed in random order and
 * allocated anew from many traces; with several rings their stamps alternate.
 * Prints; judges nothing.
 *
 *	reader_bench [RINGS RUN LIVE TRACES [ROUNDS]]
 *
 * ROUNDS: a tick of the history after so many (0: none), whose changes are told 8,192 a
 * round, as the reader does it.
 */
#include <stdio.h>
#include <stdlib.h>
#include "tests/heap_bytes.h"
#include "tests/bench/made_image.h"
#include "tests/bench/seconds.h"
#include "tests/random.h"
#include "tracer/heap/model_tick.h"

#define RINGS_MAX 4u
#define ROUNDS 200u
#define TOLD 8192u

struct world {
	struct made_image made;
	struct ring_writer writers[RINGS_MAX];
	unsigned rings, run;            /* run: events of one ring before the next one's */
	uint64_t *live, ticks;
	uint32_t length, traces;
};

/* The tracer's side: `traces` nodes under the root.  Their table grows only behind what has
 * been written. */
static void fill_tables(struct world *w)
{
	struct segment *segment = w->made.image->segment;
	struct wire_control *control = w->made.control;

	for (uint32_t i = 1; i <= w->traces; i++) {
		while (control->ready[WIRE_TRACES] < (i + 1) * sizeof(*w->made.nodes))
			if (!segment_grow(segment))
				exit(1);
		w->made.nodes[i] = wire_node(WIRE_TRACE_ROOT, 2);
		atomic_store(&control->traces, i + 1);
	}
	for (unsigned i = 0; i < w->rings; i++)
		w->writers[i].ring = segment_ring(segment, i);
}

static void put(struct world *w, struct ring_writer *writer, enum wire_kind kind,
		uint64_t address, uint64_t size)
{
	uint32_t trace = kind == WIRE_ACQUIRE ? 1 + (uint32_t)next_random() % w->traces : 0;

	ring_put(writer, 0, wire_event_make(kind, WIRE_MALLOC, ++w->ticks, address, size, trace));
	ring_publish(writer, 1);
}

/* Fills all rings; half the events are frees of random blocks. */
static void fill(struct world *w)
{
	for (uint32_t i = 0; i < WIRE_RING_SLOTS; i += w->run)
		for (unsigned r = 0; r < w->rings; r++)
			for (uint32_t k = 0; k < w->run; k += 2) {
				uint64_t n = next_random();
				uint64_t *block = &w->live[n % w->length];

				put(w, &w->writers[r], WIRE_RELEASE, *block, 0);
				if (n >> 62)
					*block = 0x100000000000u +
						 (next_random() % (w->length * 8ull)) * 16;
				put(w, &w->writers[r], WIRE_ACQUIRE, *block, 16 + (n >> 50));
			}
}

static double drain(struct world *w)
{
	double start = bench_seconds(CLOCK_THREAD_CPUTIME_ID);

	for (unsigned r = 0; r < w->rings; r++)
		ring_room(&w->writers[r], WIRE_RING_SLOTS);
	drain_round(w->made.image->drain, true);
	for (unsigned r = 0; r < w->rings; r++)
		ring_room(&w->writers[r], WIRE_RING_SLOTS);
	return bench_seconds(CLOCK_THREAD_CPUTIME_ID) - start;
}

/* All blocks for a start; seconds of the reader. */
static double grow(struct world *w)
{
	double seconds = 0;

	for (uint32_t i = 0; i < w->length;) {
		for (uint32_t k = 0; k < WIRE_RING_SLOTS && i < w->length; k++, i++) {
			w->live[i] = 0x100000000000u + i * UINT64_C(48);
			put(w, &w->writers[0], WIRE_ACQUIRE, w->live[i], 32);
		}
		seconds += drain(w);
	}
	return seconds;
}

/* Seconds of the reader. */
static double tell_some(struct world *w, bool tick)
{
	double start = bench_seconds(CLOCK_THREAD_CPUTIME_ID);
	struct history_news news;

	if (tick)
		model_tick(w->made.image->model);
	if (model_tell(w->made.image->model, TOLD, &news))
		history_news_free(&news);
	return bench_seconds(CLOCK_THREAD_CPUTIME_ID) - start;
}

static void run(unsigned rings, unsigned length_of_run, uint32_t live, uint32_t traces,
		unsigned every)
{
	struct world w = { .made = made_image_new(1 << 20, rings), .rings = rings,
			   .run = length_of_run, .length = live, .traces = traces };
	struct totals totals;
	double seconds = 0, growing;

	w.live = calloc(live, sizeof(*w.live));
	fill_tables(&w);
	if (every)
		model_ticks(w.made.image->model);
	growing = grow(&w);
	for (unsigned i = 0; i < ROUNDS; i++) {
		fill(&w);
		seconds += drain(&w);
		if (every)
			seconds += tell_some(&w, i % every == 0);
	}
	image_totals(w.made.image, &totals);
	double events = (double)rings * ROUNDS * WIRE_RING_SLOTS;

	printf("%u rings, runs of %4u, %7u live, %6u traces: grow %5.1f ns, churn %5.1f ns an event "
	       "(%4.1f M/s), %4.1f bytes a block%s\n",
	       rings, length_of_run, live, traces, growing * 1e9 / live, seconds * 1e9 / events,
	       events / seconds / 1e6, (double)model_bytes(w.made.image->model) / (double)totals.blocks,
	       totals.lost ? ", EVENTS LOST" : "");
	made_image_free(&w.made);
	free(w.live);
}

int main(int argc, char **argv)
{
	if (argc >= 5) {
		run((unsigned)atoi(argv[1]), (unsigned)atoi(argv[2]), (uint32_t)atol(argv[3]),
		    (uint32_t)atol(argv[4]), argc > 5 ? (unsigned)atoi(argv[5]) : 0);
		return 0;
	}
	for (unsigned rings = 1; rings <= RINGS_MAX; rings += RINGS_MAX - 1) {
		run(rings, rings == 1 ? 8192 : 2, 4096, 100, 0);
		run(rings, rings == 1 ? 8192 : 32, 4096, 10000, 0);
		run(rings, rings == 1 ? 8192 : 32, 1000000, 1000, 0);
		run(rings, rings == 1 ? 8192 : 32, 1000000, 100000, 0);
	}
	return 0;
}
