/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a program's tests ask for: the stacks that hold what was allocated since the peak
 * was reset, as JSON for pytest's plugin. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include "tui/commands/cmd.h"
#include "views/export/export.h"
#include "views/members/changes.h"

#define STACKS 1000u                    /* those that hold most */

static int cmd_stacks_write(void *user, const char *bytes, size_t length)
{
	return fwrite(bytes, 1, length, user) == length ? 0 : -ENOMEM;
}

static int cmd_stacks_put(const struct table *table, char **text, size_t *length)
{
	FILE *file = open_memstream(text, length);
	struct sink sink = { .write = cmd_stacks_write, .user = file };
	int r;

	if (!file)
		return -ENOMEM;
	r = export_stacks(table, &sink);
	if (fclose(file))
		r = -ENOMEM;
	return r;
}

int cmd_stacks(struct snapshot *now, struct snapshot *base, int32_t thread, char **text,
	       size_t *length)
{
	struct view view = { .by = BY_TRACEBACK, .sort = COLUMN_SIZE_DIFF, .limit = STACKS,
			     .counted = true };
	struct filter_list list = { .length = 0 };
	struct filter_error wrong;
	char problem[256], expression[32];
	struct table *table;
	int r = -ENOMEM;

	if (thread) {
		snprintf(expression, sizeof expression, "thread = %" PRId32, thread);
		list.filters[0] = filter_parse(expression, &wrong);
		if (!list.filters[0])
			return -ENOMEM;
		list.length = 1;
		view.filters = &list;
	}
	snapshot_keep_changes(now, base);
	table = table_build(&view, now, base, problem);
	if (table)
		r = cmd_stacks_put(table, text, length);
	table_free(table);
	if (list.length)
		filter_free(list.filters[0]);
	return r;
}
