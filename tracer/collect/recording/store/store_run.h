/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_RUN_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_RUN_H
/* Values for consecutive numbers as one JSON array: "[5,0,-1,17]".  A number without a
 * value has 0 there. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "tracer/collect/recording/store/store_digits.h"
#include "tracer/collect/recording/store/store_schema.h"

/* A number further ahead than this costs less in a run of its own. */
#define STORE_RUN_GAP 8u
#define STORE_RUN_DIGITS 21u            /* most characters of a value, with its sign and
					 * comma */

/* Begins as a zeroed struct.  What is written goes a few bytes beyond what is used. */
struct store_run {
	uint32_t first;                 /* the number that the first value belongs to */
	uint32_t length;                /* how many numbers it covers; 0: the next one
					 * begins it */
	uint32_t bytes;                 /* length of the text */
	char text[STORE_RUN_MAX * STORE_RUN_DIGITS + 2];
};

/* Whether the value of `number`, which is above all in the run, may be added to the
 * run. */
static inline bool run_takes(const struct store_run *run, uint32_t number)
{
	return !run->length || (number - run->first < STORE_RUN_MAX &&
				number - run->first - run->length <= STORE_RUN_GAP);
}

/* Appends the value of a number that the run takes. */
static inline void run_put(struct store_run *run, uint32_t number, int64_t value)
{
	static const char zeros[] = ",0,0,0,0,0,0,0,0";
	char *at = run->text + run->bytes;

	if (!run->length) {
		run->first = number;
		at = run->text;
	}
	_Static_assert(sizeof(zeros) > 2 * STORE_RUN_GAP, "as many as the run takes");
	memcpy(at, zeros, sizeof(zeros) - 1);
	at += 2 * (number - run->first - run->length);
	*at++ = ',';
	if (value < 0)
		*at++ = '-';
	at = digits_write(at, value < 0 ? -(uint64_t)value : (uint64_t)value);
	run->length = number - run->first + 1;
	run->bytes = (uint32_t)(at - run->text);
}

/* The whole text, valid until the next run_put, which begins a new run. */
const char *run_end(struct store_run *run);

#endif
