/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions to the session that may take seconds on a large heap, and the queue of those
 * that have not been answered yet.
 */
#include "tui/desk/parts/asked.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include "tracer/ground/clock.h"
#include "tracer/ground/threads/worker.h"

#define MOMENT 0.03                     /* seconds that a key may wait for its answer */
/* With at most this many rows, snapshots always come with verdicts; of a larger heap only
 * tab 8 has them, or as many rows more as take only some hundredths of a second, in which
 * the reader does nothing else. */
#define GROWS_LEAST 1024u
#define GROWS_MOST 16384u
#define GROWS_DEAR 0.05

struct errand *asked_add(struct asked *asked, struct session *session,
			 errand_question *question, const char *text, desk_then *then)
{
	struct errand *errand = asked->length == ASKED_MOST
					? NULL
					: errands_ask(asked->errands, session, question, text);
	if (!errand)
		return NULL;
	struct question_of *last = &asked->line[asked->length++];
	*last = (struct question_of){.errand = errand, .then = then};
	snprintf(last->text, sizeof last->text, "%s", text);
	return errand;
}

bool asked_take(struct asked *asked, struct question_of *first, struct answer *answer)
{
	if (!asked->length || !errands_answered(asked->errands, asked->line[0].errand))
		return false;
	*first = asked->line[0];
	asked->length--;
	memmove(asked->line, asked->line + 1, asked->length * sizeof *asked->line);
	errands_take(asked->errands, first->errand, answer);
	return true;
}

bool asked_soon(const struct asked *asked, const struct errand *errand)
{
	double until = clock_seconds() + MOMENT, left = MOMENT;
	struct pollfd fd = {.fd = worker_fd(asked->errands), .events = POLLIN};
	while (!errands_answered(asked->errands, errand)) {
		left = until - clock_seconds();
		if (left <= 0)
			return false;
		poll(&fd, 1, (int)ceil(left * 1000));
		worker_drain(asked->errands);
	}
	return true;
}

bool asked_take_fresh(struct asked *asked, struct heaps *heaps)
{
	struct answer answer;
	if (!asked->fresh || !errands_answered(asked->errands, asked->fresh))
		return false;
	errands_take(asked->errands, asked->fresh, &answer);
	asked->fresh = NULL;
	asked->hasty = false;
	memmove(asked->costs + 1, asked->costs, sizeof asked->costs - sizeof asked->costs[0]);
	asked->costs[0] = answer.seconds;
	if (answer.snapshot) {
		snapshot_release(heaps->live);
		heaps->live = answer.snapshot;
	}
	if (answer.before) {
		snapshot_release(heaps->before);
		heaps->before = answer.before;
	}
	return true;
}

/* The cost of a snapshot in seconds: the least of the newest ones, since a single one may
 * have waited for a busy machine.  0 while there are fewer than ASKED_COSTS. */
static double asked_cost(const struct asked *asked)
{
	double least = asked->costs[0];
	for (size_t i = 1; i < ASKED_COSTS; i++)
		if (asked->costs[i] < least)
			least = asked->costs[i];
	return least;
}

uint32_t asked_grows(struct asked *asked, const struct snapshot *last)
{
	if (!asked->grows)
		asked->grows = GROWS_MOST;
	if (asked_cost(asked) > GROWS_DEAR && last && last->growth &&
	    last->rows_length > GROWS_LEAST && last->rows_length <= asked->grows)
		asked->grows = last->rows_length / 2 > GROWS_LEAST ? (uint32_t)last->rows_length / 2
								   : GROWS_LEAST;
	return asked->grows;
}

void asked_forget_fresh(struct asked *asked)
{
	if (asked->fresh)
		errands_forget(asked->errands, asked->fresh);
	asked->fresh = NULL;
}

void asked_hurry(struct asked *asked)
{
	asked_forget_fresh(asked);
	asked->hasty = true;
}

void asked_close(struct asked *asked)
{
	asked_forget_fresh(asked);
	while (asked->length)
		errands_forget(asked->errands, asked->line[--asked->length].errand);
	worker_free(asked->errands);
	asked->errands = NULL;
}
