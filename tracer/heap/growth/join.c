/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins the verdicts of several processes to one. */
#include "tracer/heap/growth/join.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Lays `run` over a longer run; after its own end it stays at its last value. */
static void lengthen_run(float run[GROWTH_RUN], double now, double until)
{
	float was[GROWTH_RUN];

	if (!(now > 0 && now < until))
		return;
	memcpy(was, run, sizeof(was));
	for (unsigned i = 0; i < GROWTH_RUN; i++) {
		/* The margin keeps rounding from moving a time into the next part. */
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

/* The earlier of two times; negative ones do not count. */
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
