/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What memtop_ceiling says under its first line: the lines that hold the most
 * of what came since the peak was reset. */
#include <stdio.h>
#include <string.h>
#include "tui/commands/cmd.h"
#include "views/format/format.h"

#define LINES 3u

static size_t cmd_explain_put_row(const struct row *row, char *text, size_t size)
{
	char bytes[FORMAT_MAX], key[512], function[256];
	const char *name = row->newest.line ? row->newest.function : "";
	int n;

	format_size((double)row->size_diff, false, bytes);
	format_safe(row->key, key, sizeof key);
	format_safe(name, function, sizeof function);
	n = snprintf(text, size, "\n  %s at %s%s%s", bytes, key, *function ? " in " : "",
		     function);
	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

void cmd_explain(struct snapshot *now, struct snapshot *base, char *text, size_t size)
{
	const struct view view = { .by = BY_LINENO, .sort = COLUMN_SIZE_DIFF, .limit = LINES,
				   .counted = true };
	char problem[256];
	struct table *table = table_build(&view, now, base, problem);

	for (size_t i = 0; table && i < table->length && table_row(table, i)->size_diff > 0; i++) {
		size_t n = cmd_explain_put_row(table_row(table, i), text, size);

		text += n;
		size -= n;
	}
	table_free(table);
}
