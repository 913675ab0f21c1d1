/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digits are made here, because millions of values are written and printf would take most
 * of the time. */
#include "tracer/collect/recording/store/store_run.h"

char *run_digits(char *at, uint64_t number)
{
	unsigned digits = 1;

	for (uint64_t rest = number; rest >= 10; rest /= 10)
		digits++;
	for (unsigned i = digits; i--; number /= 10)
		at[i] = (char)('0' + number % 10);
	return at + digits;
}

void run_put(struct store_run *run, uint32_t number, int64_t value)
{
	char *at = run->text + run->bytes;

	if (!run->length) {
		run->first = number;
		at = run->text;
	}
	for (uint32_t missing = number - run->first - run->length; missing; missing--) {
		*at++ = ',';
		*at++ = '0';
	}
	*at++ = ',';
	if (value < 0)
		*at++ = '-';
	at = run_digits(at, value < 0 ? -(uint64_t)value : (uint64_t)value);
	run->length = number - run->first + 1;
	run->bytes = (uint32_t)(at - run->text);
}

const char *run_end(struct store_run *run)
{
	run->text[0] = '[';             /* in place of a comma */
	run->text[run->bytes++] = ']';
	run->text[run->bytes] = '\0';
	run->length = 0;
	return run->text;
}
