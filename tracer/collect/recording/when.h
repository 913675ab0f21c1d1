/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_WHEN_H
#define TRACER_COLLECT_RECORDING_WHEN_H
/* Moments named by a time: "90s", "1h30m" after the start; "-5m" before the end (or now);
 * "mark:TEXT": when the newest mark with that text was set. */
#include <stdbool.h>
#include <stddef.h>
#include "tracer/heap/catalog/program.h"

struct when {
	double seconds;
	bool before_end;
	const char *mark;               /* points into the text that was parsed; NULL: a
					 * time */
};

/* False: the text names no such moment. */
bool when_parse(const char *text, struct when *when);
/* Seconds since the start; below 0: before the start, or there is no such mark.  `begins`: the
 * first tick of the history, which stands for the start too if it is of the first second. */
double when_seconds(const struct when *when, double begins, double end,
		    const struct mark *marks, size_t length);

#endif
