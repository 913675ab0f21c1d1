/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accepts only JSON as memtop itself writes it: no blanks, and no sign but a minus. */
#include "tracer/collect/recording/recording_run.h"

#include <errno.h>
#include <stdbool.h>
#include "tracer/collect/recording/store/store_schema.h"

#define DIGITS 18                       /* digits that always fit; one more may fit */

struct run_reader run_open(const char *text, uint32_t first)
{
	return (struct run_reader){ text, first - 1, STORE_RUN_MAX };
}

/* Reads a number: 0 or -EINVAL. */
static int read_value(const char **text, int64_t *value)
{
	const char *at = *text;
	bool minus = *at == '-';
	const char *digits = at += minus;

	*value = 0;
	for (; *at >= '0' && *at <= '9' && at - digits <= DIGITS; at++)
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, *at - '0', value))
			return -EINVAL;
	if (at == digits)
		return -EINVAL;
	*value = minus ? -*value : *value;
	*text = at;
	return 0;
}

int run_read(struct run_reader *run, uint32_t *number, int64_t *value)
{
	do {
		if (*run->at == ']' && run->left < STORE_RUN_MAX)
			return run->at[1] ? -EINVAL : 0;
		/* A bracket comes before the first value, a comma before each other. */
		if (*run->at != (run->left == STORE_RUN_MAX ? '[' : ',') || !run->left ||
		    (run->number == UINT32_MAX && run->left < STORE_RUN_MAX))
			return -EINVAL;
		run->at++;
		run->left--;
		run->number++;
		if (read_value(&run->at, value))
			return -EINVAL;
	} while (!*value);
	*number = run->number;
	return 1;
}
