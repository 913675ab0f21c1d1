/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_RUN_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_RUN_H
/* Values of numbers that follow each other, as one JSON array: "[5,0,-1,17]".  A
 * number without a value has 0 there. */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/collect/recording/store/store_schema.h"

/* A number further ahead than that costs less in a run of its own. */
#define STORE_RUN_GAP 8u
#define STORE_RUN_DIGITS 21u            /* of a value at most, with its sign and comma */

/* On a zeroed struct. */
struct store_run {
	uint32_t first;                 /* of which number the first value is */
	uint32_t length;                /* numbers in it; 0: the next one begins it */
	uint32_t bytes;                 /* of text */
	char text[STORE_RUN_MAX * STORE_RUN_DIGITS + 2];
};

/* Whether the value of `number`, behind all that are there, may stand in the run too. */
static inline bool run_takes(const struct store_run *run, uint32_t number)
{
	return !run->length || (number - run->first < STORE_RUN_MAX &&
				number - run->first - run->length <= STORE_RUN_GAP);
}

/* Appends the value of a number that the run takes. */
void run_put(struct store_run *run, uint32_t number, int64_t value);
/* The whole text, valid until the next put, which begins a new run. */
const char *run_end(struct store_run *run);

#endif
