/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digits are made here, because millions of values are written and printf would take most
 * of the time. */
#include "tracer/collect/recording/store/store_run.h"

char *run_digits(char *at, uint64_t number)
{
	char digits[STORE_RUN_DIGITS];
	unsigned n = 0;

	do {
		digits[n++] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	while (n)
		*at++ = digits[--n];
	return at;
}

static void run_put_value(struct store_run *run, int64_t value)
{
	char *at = run->text + run->bytes;

	*at++ = run->bytes ? ',' : '[';
	if (value < 0)
		*at++ = '-';
	at = run_digits(at, value < 0 ? -(uint64_t)value : (uint64_t)value);
	run->bytes = (uint32_t)(at - run->text);
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
