/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts of several processes as one. */
#include "tracer/heap/growth/join.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What was there at the end of each part of a longer run; behind its own end what was
 * there then. */
static void lengthen_run(float run[GROWTH_RUN], double now, double until)
{
	float was[GROWTH_RUN];

	if (!(now > 0 && now < until))
		return;
	memcpy(was, run, sizeof(was));
	for (unsigned i = 0; i < GROWTH_RUN; i++) {
		/* Rounding must not make a time the next part's. */
		double part = ceil((i + 1) * until / now - 0.001) - 1;

		run[i] = was[part < GROWTH_RUN - 1 ? (unsigned)part : GROWTH_RUN - 1];
	}
}

void growth_join_begin(struct growth_verdict *verdict, struct growth_whose whose, double now,
		       double until)
{
	verdict->processes = 1;
	verdict->process = whose.process;
	verdict->pid = whose.pid;
	verdict->most = verdict->bytes;
	lengthen_run(verdict->run, now, until);
}

/* The earlier of two times; a negative one is none. */
static double earlier(double a, double b)
{
	return a < 0 ? b : b < 0 ? a : fmin(a, b);
}

void growth_join(struct growth_verdict *to, const struct growth_verdict *from)
{
	struct growth_verdict joined = from->word > to->word ? *from : *to;

	if (from->word == to->word) {
		joined = from->most > to->most ? *from : *to;
		joined.since = earlier(to->since, from->since);
		joined.processes = to->processes + from->processes;
	}
	joined.bytes = to->bytes + from->bytes;
	joined.blocks = to->blocks + from->blocks;
	joined.last_grew = fmax(to->last_grew, from->last_grew);
	for (unsigned i = 0; i < GROWTH_RUN; i++)
		joined.run[i] = to->run[i] + from->run[i];
	*to = joined;
}

void growth_join_end(struct growth_verdict *verdict)
{
	char reason[sizeof(verdict->reason)], who[64];

	memcpy(reason, verdict->reason, sizeof(reason));
	if (verdict->processes > 1 && verdict->most > 0)
		snprintf(who, sizeof(who), "in %u processes, most in %d: ",
			 verdict->processes, (int)verdict->pid);
	else if (verdict->processes > 1)
		snprintf(who, sizeof(who), "in %u processes: ", verdict->processes);
	else
		snprintf(who, sizeof(who), "in process %d: ", (int)verdict->pid);
	snprintf(verdict->reason, sizeof(verdict->reason), "%s%.*s", who,
		 (int)(sizeof(verdict->reason) - sizeof(who)), reason);
}
