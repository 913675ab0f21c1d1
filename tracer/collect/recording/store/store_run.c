/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digits are made here, because millions of values are written and printf would take most
 * of the time. */
#include "tracer/collect/recording/store/store_run.h"

static void run_put_value(struct store_run *run, int64_t value)
{
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[STORE_RUN_DIGITS];
	unsigned n = 0;

	run->text[run->bytes] = run->bytes ? ',' : '[';
	run->bytes++;
	if (value < 0)
		run->text[run->bytes++] = '-';
	do {
		digits[n++] = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	while (n)
		run->text[run->bytes++] = digits[--n];
}

void run_put(struct store_run *run, uint32_t number, int64_t value)
{
	if (!run->length) {
		run->first = number;
		run->bytes = 0;
	}
	for (; run->first + run->length < number; run->length++)
		run_put_value(run, 0);
	run_put_value(run, value);
	run->length++;
}

const char *run_end(struct store_run *run)
{
	run->text[run->bytes] = ']';
	run->text[run->bytes + 1] = '\0';
	run->length = 0;
	return run->text;
}
