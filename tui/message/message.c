/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/message/message.h"
#include <stdio.h>
#include "views/format/format.h"

int message_fail(const struct error *error)
{
	char safe[4 * sizeof error->text + 1];

	format_safe(error->text, safe, sizeof safe);
	fprintf(stderr, "memtop: %s\n", safe);
	return error->status;
}
