/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_RECORDING_RUN_H
#define TRACER_COLLECT_RECORDING_RECORDING_RUN_H
/* A chunk's JSON array of numbers, read without trusting it (store_run.h writes it). */
#include <stdint.h>

struct run_reader {
	const char *at;                 /* before a value, or behind the last one */
	uint32_t number;                /* of which the next value is, less 1 */
	unsigned left;                  /* values that may follow */
};

/* `first`: of which number the first value is. */
struct run_reader run_open(const char *text, uint32_t first);
/* The next value that is not 0, and of which number it is: 1; 0: none is left;
 * -EINVAL: that is no such array, or of too many values or numbers. */
int run_read(struct run_reader *run, uint32_t *number, int64_t *value);

#endif
