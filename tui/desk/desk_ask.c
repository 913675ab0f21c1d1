/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions to the session that may take seconds on a large heap: the desk asks,
 * draws on and answers keys, and does the rest when the answer is there.  What is
 * answered within a moment is done at once, so that nobody sees the difference.
 */
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include "tui/desk/desk.h"
#include "tracer/ground/clock.h"

#define MOMENT 0.03                     /* seconds that a key may wait for its answer */

static bool came_soon(const struct asked *asked, const struct errand *errand)
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

void desk_ask(struct desk *desk, errand_question *question, const char *text,
	      const char *doing, desk_then *then)
{
	struct asked *asked = &desk->asked;
	struct errand *errand =
		asked->length == ASKED_MOST
			? NULL
			: errands_ask(asked->errands, desk->session, question, text);
	if (!errand) {
		desk_fail(desk, asked->length ? "the last ones are not done yet: wait a moment"
					      : "out of memory");
		return;
	}
	struct question_of *last = &asked->line[asked->length++];
	*last = (struct question_of){.errand = errand, .then = then};
	snprintf(last->text, sizeof last->text, "%s", text);
	if (!doing || came_soon(asked, errand))
		desk_answers(desk);
	else
		desk_say(desk, "%s", doing);
}

void desk_answers(struct desk *desk)
{
	struct asked *asked = &desk->asked;
	while (asked->length && errands_answered(asked->errands, asked->line[0].errand)) {
		struct question_of first = asked->line[0];
		struct answer answer;
		asked->length--;
		memmove(asked->line, asked->line + 1, asked->length * sizeof *asked->line);
		errands_take(asked->errands, first.errand, &answer);
		first.then(desk, first.text, &answer);
		desk_touch(desk);
	}
}

void desk_ask_fresh(struct desk *desk)
{
	struct asked *asked = &desk->asked;
	if (desk->context.frozen && desk->heaps.live)
		asked->hasty = false;
	else if (!asked->fresh)
		asked->fresh = errands_ask(asked->errands, desk->session, errand_now, "");
	else
		return;
	if (asked->fresh && (asked->hasty || !desk->heaps.live))
		came_soon(asked, asked->fresh);
}

bool asked_take_fresh(struct asked *asked, struct heaps *heaps)
{
	struct answer answer;
	if (!asked->fresh || !errands_answered(asked->errands, asked->fresh))
		return false;
	errands_take(asked->errands, asked->fresh, &answer);
	asked->fresh = NULL;
	asked->hasty = false;
	asked->cost = answer.seconds;
	if (answer.snapshot) {
		snapshot_release(heaps->live);
		heaps->live = answer.snapshot;
	}
	return true;
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
