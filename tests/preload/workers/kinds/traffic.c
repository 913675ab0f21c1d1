/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lives whose memory follows the work that comes in: queues, bursts, sessions. */
#include <stdlib.h>
#include "tests/preload/workers/kinds/kinds.h"

static void queue(unsigned turn)
{
	static void *job[2000];         /* ten seconds of jobs */

	for (unsigned i = 0; i < 5; i++) {
		unsigned at = (turn * 5 + i) % 2000;

		free(job[at]);
		job[at] = malloc(300);
	}
}

static void backlog(unsigned turn)
{
	static void *job[9 * PER_SECOND * 2];
	static unsigned length;
	unsigned phase = turn % (18 * PER_SECOND);

	if (phase < 9 * PER_SECOND) {
		job[length++] = malloc(600);
		job[length++] = malloc(600);
		return;
	}
	for (unsigned i = 0; i < 2 && length; i++)
		free(job[--length]);
}

static void request_bursts(unsigned turn)
{
	static void *open[2 * PER_SECOND * 5];
	unsigned phase = turn % (10 * PER_SECOND);

	if (phase == 2 * PER_SECOND)
		release(open, 2 * PER_SECOND * 5);
	for (unsigned i = 0; i < 5 && phase < 2 * PER_SECOND; i++)
		open[phase * 5 + i] = malloc(1000 + draw(1000));
}

/* As many sessions as the time of day has them; each lives for three seconds. */
static void daily_cycle(unsigned turn)
{
	static void *slot[3 * PER_SECOND][10];
	unsigned pace = tide(turn, 18 * PER_SECOND, 10);
	void **own = slot[turn % (3 * PER_SECOND)];

	release(own, 10);
	for (unsigned i = 0; i < pace; i++)
		own[i] = malloc(500 + draw(500));
}

static void nightly_batch(unsigned turn)
{
	static void *record[PER_SECOND * 10];
	unsigned phase = turn % (12 * PER_SECOND);

	if (phase == 5 * PER_SECOND)
		release(record, PER_SECOND * 10);
	for (unsigned i = 0; i < 10 && phase < PER_SECOND; i++)
		record[phase * 10 + i] = malloc(1000);
}

/* Young objects go every four seconds but for a tenth, all every sixteen. */
static void garbage_collector(unsigned turn)
{
	static void *object[16 * PER_SECOND * 4];
	static unsigned length, old;

	if (turn % (16 * PER_SECOND) == 0) {
		release(object, length);
		length = old = 0;
	} else if (turn % (4 * PER_SECOND) == 0) {
		for (unsigned i = old; i < length; i++)
			if (i % 10 == 0)
				object[old++] = object[i];
			else
				free(object[i]);
		length = old;
	}
	for (unsigned i = 0; i < 4; i++)
		object[length++] = malloc(150);
}

const struct life kinds_traffic[] = {
	{ LIFE(queue), "other", "turnover", "jobs wait for 10 s" },
	{ LIFE(backlog), "other", "sawtooth", "grows for 9 s, is worked off in 9" },
	{ LIFE(request_bursts), "other", "sawtooth,settled", "2 seconds of 10, then all freed" },
	{ LIFE(daily_cycle), "other", "sawtooth,turnover", "sessions of 3 s, a day of 18 s" },
	{ LIFE(nightly_batch), "other", "sawtooth", "400 records, 5 s of 12" },
	{ LIFE(garbage_collector), "other", "sawtooth", "a young and an old generation" },
	{ 0 },
};
