/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/recording/store/store_run.h"

char *digits_write_long(char *at, uint64_t number) { return digits_write(at, number); }

const char *run_end(struct store_run *run)
{
	run->text[0] = '[';             /* in place of a comma */
	run->text[run->bytes++] = ']';
	run->text[run->bytes] = '\0';
	run->length = 0;
	return run->text;
}
