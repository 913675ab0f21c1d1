/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_RECORDING_RUN_H
#define TRACER_COLLECT_RECORDING_RECORDING_RUN_H
/* A chunk's JSON array of numbers, read without trusting it (store_run.h writes it). */
#include <stdint.h>

struct run_reader {
	const char *at;                 /* before a value, or after the last one */
	uint32_t number;                /* the number that the next value belongs to, less
					 * 1 */
	unsigned left;                  /* how many values may still follow */
};

/* `first`: the number that the first value belongs to. */
struct run_reader run_open(const char *text, uint32_t first);
/* Finds the next value that is not 0, and the number that it belongs to: 1; 0: there is
 * none left; -EINVAL: this is no such array, or has too many values or too large
 * numbers. */
int run_read(struct run_reader *run, uint32_t *number, int64_t *value);

#endif
