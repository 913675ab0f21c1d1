/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast the heap model folds events, and what a live block costs: churn
 * (one block freed, one allocated) over a working set, in random order, read
 * from batches as the reader reads them.  Prints; judges nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include "tests/heap_bytes.h"
#include "tests/bench/seconds.h"
#include "tests/random.h"
#include "tracer/collect/rings/pages.h"
#include "tracer/heap/fold/batch.h"

#define BATCH 8192u                     /* a ring */
#define FOLD BATCH_MAX                  /* what the reader folds at a time */

struct world {
	struct model *model;
	struct model_ring ring;
	uint64_t *live, ticks;          /* addresses */
	uint32_t length, traces;
	struct model_event batch[BATCH];
};

/* Half frees of random blocks, half allocations: nearly all where the block was that was
 * just freed, as allocators do it, and one in 32 at any other address. */
static void fill(struct world *w)
{
	for (uint32_t i = 0; i < BATCH; i += 2) {
		uint64_t r = next_random();
		uint64_t *block = &w->live[r % w->length];

		w->batch[i].ring = w->batch[i + 1].ring = &w->ring;
		w->batch[i].event = wire_event_make(WIRE_RELEASE, WIRE_MALLOC, ++w->ticks, *block,
						    0, 0);
		if (!(r >> 59))
			*block = 0x100000000000u + (next_random() % (w->length * 8ull)) * 16;
		w->batch[i + 1].event = wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, ++w->ticks,
							*block, 16 + (r >> 50), (uint32_t)(r >> 20) % w->traces);
	}
}

static double fold(struct world *w)
{
	double start = bench_seconds(CLOCK_THREAD_CPUTIME_ID);

	for (uint32_t i = 0; i < BATCH; i += FOLD)
		model_apply_batch(w->model, &w->batch[i], FOLD);
	return bench_seconds(CLOCK_THREAD_CPUTIME_ID) - start;
}

static void run(uint32_t blocks, uint32_t traces, uint32_t rounds)
{
	struct catalog *catalog = catalog_new();
	struct world *w = calloc(1, sizeof(*w));
	struct pages pages = { 0 };
	double seconds = 0, start, growing;

	w->model = model_new(catalog, pages_memory(&pages, NULL, NULL));
	w->live = calloc(blocks, sizeof(*w->live));
	w->length = blocks;
	w->traces = traces;
	model_thread_begin(&w->ring, (struct thread_id){ 1 });
	start = bench_seconds(CLOCK_THREAD_CPUTIME_ID);
	for (uint32_t i = 0; i < blocks; i++) {
		w->live[i] = 0x100000000000u + i * UINT64_C(48);
		struct wire_event e = wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, ++w->ticks,
						      w->live[i], 32, i % traces);

		model_apply(w->model, &w->ring, &e);
	}
	growing = bench_seconds(CLOCK_THREAD_CPUTIME_ID) - start;
	for (uint32_t i = 0; i < rounds; i++) {
		fill(w);
		seconds += fold(w);
	}
	struct snapshot *kept[3], *snapshot;
	double freeze = 0;

	/* Snapshots that stay; as in reader.c, who asks has found their memory. */
	for (unsigned i = 0; i < 3; i++) {
		size_t room = model_rows(w->model);
		struct snapshot_room found = { .rows = calloc(room, sizeof(*found.rows)),
					       .length = room };

		for (size_t k = 0; k < room * sizeof(*found.rows); k += 4096)
			((volatile char *)found.rows)[k] = 0;
		row_figures_reserve(&found.figures, i ? kept[i - 1]->figures.length : 0);
		start = bench_seconds(CLOCK_THREAD_CPUTIME_ID);
		kept[i] = snapshot = model_freeze_in(w->model, MOMENT_LIVE, &found, NULL);
		/* How many are different is known from the second one on. */
		if (i && bench_seconds(CLOCK_THREAD_CPUTIME_ID) - start > freeze)
			freeze = bench_seconds(CLOCK_THREAD_CPUTIME_ID) - start;
	}
	struct totals t;

	model_totals(w->model, &t);
	printf("%8u live %7u traces: grow %5.1f, churn %5.1f ns an event (%4.1f M/s); "
	       "%4.1f bytes a block; freeze %zu rows %.2f ms\n", blocks, traces,
	       growing * 1e9 / blocks, seconds * 1e9 / BATCH / rounds,
	       BATCH * (double)rounds / seconds / 1e6,
	       (double)model_bytes(w->model) / (double)t.blocks, snapshot->rows_length,
	       freeze * 1e3);
	for (unsigned i = 0; i < 3; i++)
		snapshot_release(kept[i]);
	model_free(w->model);
	catalog_release(catalog);
	free(w->live);
	free(w);
}

/* heap_bench [LIVE TRACES]: these alone. */
int main(int argc, char **argv)
{
	if (argc == 3) {
		run((uint32_t)strtoul(argv[1], NULL, 10), (uint32_t)strtoul(argv[2], NULL, 10), 1000);
		return 0;
	}
	run(4096, 100, 1000);
	run(4096, 10000, 1000);
	run(1000000, 1000, 1000);
	run(1000000, 100000, 1000);
	run(10000000, 100000, 1000);
	return 0;
}
