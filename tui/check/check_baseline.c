/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * --baseline=FILE --max-growth=5%: compares the peak and what is left at the end with
 * those of an earlier run.  What grew is reported by function, since lines move from one
 * version to the next.
 */
#include <stdio.h>
#include <string.h>
#include "tui/check/check.h"

#define LINES 3u

/* A table of what grew, the most first, with the sums of both sides. */
static struct table *check_baseline_compare(const struct options *options,
					    struct snapshot *now, struct snapshot *old)
{
	static const struct limit nothing;
	struct filter_list filters = { 0 };
	const struct view view = { .by = BY_FUNCTION, .filters = &filters, .limit = LINES,
				   .mine = &options->mine, .any_filters = true,
				   .sort = COLUMN_SIZE_DIFF, .counted = true };
	char problem[256];

	check_filters(options, &nothing, &filters);
	return table_build(&view, now, old, problem);
}

static uint64_t allowed(const struct growth *growth, uint64_t before)
{
	return before + growth->bytes + (uint64_t)((double)before * growth->percent / 100);
}

/* Keeps only the rows that grew. */
static void cut_rows(struct table *table)
{
	size_t grown = 0;

	while (grown < table->length && table_row(table, grown)->size_diff > 0)
		grown++;
	table->length = grown;
}

static bool check_baseline_judge(const struct options *options, struct limit *limit,
				 struct verdict_limit *of, struct snapshot *now,
				 struct snapshot *old)
{
	const char *slash = strrchr(options->check.baseline, '/');
	struct table *table =
		now && old ? check_baseline_compare(options, now, old) : NULL;

	if (!table)
		return false;
	limit->bound = allowed(&options->check.growth, table->old_sum);
	*of = (struct verdict_limit){ .limit = limit, .value = table->sum.size };
	snprintf(of->moment, sizeof of->moment, "%s", now->name);
	snprintf(of->name, sizeof of->name, "--max-growth=%s of %.60s's %s",
		 options->check.growth.text, slash ? slash + 1 : options->check.baseline,
		 limit_figure_name(limit->figure));
	of->broken = limit_broken(limit, of->value);
	if (of->broken) {
		cut_rows(table);
		of->lines = table;
	} else {
		table_free(table);
	}
	return true;
}

int check_baseline(struct verdict *verdict, struct session *session,
		   const struct options *options, struct limit limits[2])
{
	struct recording *recording;
	struct error error;
	int known = 0;

	if (recording_open(&recording, options->check.baseline, &error))
		return -1;
	if (options->check.tree)
		recording_choose(recording, 0);
	for (int i = 0; i < 2; i++) {
		/* NULL is the end, which for Python is before the interpreter is
		 * finalized. */
		struct snapshot *old = recording_snapshot(recording, i ? NULL : "peak", &error);
		struct snapshot *now = session_moment(session, old ? old->name : "exit", &error);
		struct verdict_limit *of = &verdict->limits[verdict->length];

		limits[i] = (struct limit){ .figure = i ? LIMIT_EXIT : LIMIT_PEAK };
		if (check_baseline_judge(options, &limits[i], of, now, old)) {
			verdict->length++;
			verdict->broken += of->broken;
			known++;
		}
		snapshot_release(now);
		snapshot_release(old);
	}
	recording_close(recording);
	return known == 2 ? 0 : -1;
}
