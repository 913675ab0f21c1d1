/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a history costs: so many keys of which some change in each second, for so long, in
 * so many MiB.  Prints bytes, ticks, seconds of adding and thinning, and how long moments
 * take to be rebuilt; judges nothing.
 *
 *	history_bench [KEYS CHANGING HOURS MIB]
 */
#include <stdio.h>
#include <stdlib.h>
#include "tests/bench/seconds.h"
#include "tracer/heap/history/history.h"

#define ASKED 400u

static uint64_t seed = 88172645463325252u;

static uint64_t pick(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % below;
}

static void fill(struct change *changes, uint32_t keys, uint32_t changing)
{
	for (uint32_t i = 0; i < changing; i++) {
		uint32_t key = changing == keys ? i : (uint32_t)pick(keys);
		int64_t blocks = (int64_t)pick(4), ever = blocks + (int64_t)pick(20);

		changes[i] = (struct change){
			.trace = 8 + 7 * key, .thread = 1,
			.by = { 48 * blocks, blocks, ever, 48 * ever },
		};
	}
}

static void ask(struct history *history)
{
	double sum = 0, longest = 0;

	for (unsigned i = 0; i < ASKED; i++) {
		struct ledger ledger = { 0 };
		double from = bench_seconds(CLOCK_THREAD_CPUTIME_ID);

		if (history_at(history, pick(history_length(history)), &ledger))
			exit(1);
		double took = bench_seconds(CLOCK_THREAD_CPUTIME_ID) - from;

		sum += took;
		longest = took > longest ? took : longest;
		ledger_free(&ledger);
	}
	printf("  a moment: %.1f ms on average, %.1f ms at most\n", sum * 1e3 / ASKED, longest * 1e3);
}

static void run(uint32_t keys, uint32_t changing, double hours, uint64_t limit)
{
	struct change *changes = malloc(changing * sizeof(*changes));
	struct history *history = history_new();
	uint32_t seconds = (uint32_t)(hours * 3600);
	double start = bench_seconds(CLOCK_THREAD_CPUTIME_ID);
	uint64_t most = 0;

	for (uint32_t i = 0; i < seconds; i++) {
		struct history_news news = {
			.time = i, .why = i % 3600 == 1800 ? HISTORY_MARK : 0,
			.changes = changes, .changes_length = changing,
		};

		fill(changes, keys, changing);
		if (history_add(history, &news))
			exit(1);
		while (history_tidy(history, limit))
			;
		most = history_bytes(history) > most ? history_bytes(history) : most;
	}
	printf("%u keys, %u changing a second, %.1f h: %zu ticks, %.1f MB (at most %.1f), "
	       "%.2f ms a tick\n", keys, changing, hours, history_length(history),
	       (double)history_bytes(history) / 1e6, (double)most / 1e6,
	       (bench_seconds(CLOCK_THREAD_CPUTIME_ID) - start) * 1e3 / seconds);
	printf("  steps: %g s in the last 10 min, %g s in 2 h, %g s in a day, %g s beyond\n",
	       history_step(history, 0, 600), history_step(history, 600, 7200),
	       history_step(history, 7200, 86400), history_step(history, 86400, 1e12));
	ask(history);
	history_free(history);
	free(changes);
}

int main(int argc, char **argv)
{
	if (argc == 5) {
		run((uint32_t)atol(argv[1]), (uint32_t)atol(argv[2]), atof(argv[3]),
		    (uint64_t)atol(argv[4]) << 20);
		return 0;
	}
	run(20000, 200, 2, 64 << 20);
	run(20000, 20000, 0.1, 64 << 20);
	run(100000, 100000, 0.05, 64 << 20);
	return 0;
}
