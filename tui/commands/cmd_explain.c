/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What memtop_ceiling says after its first line: the lines that hold the most of what was
 * allocated since the peak was reset. */
#include <stdio.h>
#include <string.h>
#include "tui/commands/cmd.h"
#include "views/format/format.h"
#include "views/members/changes.h"

#define LINES 3u

static size_t cmd_explain_put_row(const struct row *row, const char *bytes, char *text,
				  size_t size)
{
	char key[512], function[256];
	const char *name = row->newest.line ? row->newest.function : "";
	int n;

	format_safe(row->key, key, sizeof key);
	format_safe(name, function, sizeof function);
	n = snprintf(text, size, "\n  %s at %s%s%s", bytes, key, *function ? " in " : "",
		     function);
	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

/* Explains what is unreachable, by the lines that allocated it. */
static void explain_unreachable(struct snapshot *now, char *text, size_t size)
{
	const struct view view = { .by = BY_LINENO, .sort = COLUMN_UNREACHABLE, .limit = LINES,
				   .counted = true };
	char problem[256], bytes[FORMAT_MAX];
	struct table *table = table_build(&view, now, NULL, problem);

	for (size_t i = 0; table && i < table->length; i++) {
		const struct row *row = table_row(table, i);

		if (!look_unreachable_blocks(&row->look))
			break;
		format_size((double)look_unreachable(&row->look), false, bytes);
		size_t n = cmd_explain_put_row(row, bytes, text, size);

		text += n;
		size -= n;
	}
	table_free(table);
}

void cmd_explain(struct snapshot *now, struct snapshot *base, char *text, size_t size)
{
	if (!base) {
		explain_unreachable(now, text, size);
		return;
	}
	const struct view view = { .by = BY_LINENO, .sort = COLUMN_SIZE_DIFF, .limit = LINES,
				   .counted = true };
	char problem[256], bytes[FORMAT_MAX];

	snapshot_keep_changes(now, base);
	struct table *table = table_build(&view, now, base, problem);

	for (size_t i = 0; table && i < table->length && table_row(table, i)->size_diff > 0; i++) {
		format_size((double)table_row(table, i)->size_diff, false, bytes);
		size_t n = cmd_explain_put_row(table_row(table, i), bytes, text, size);

		text += n;
		size -= n;
	}
	table_free(table);
}
