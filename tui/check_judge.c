/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Figures against limits.  Each figure belongs to a moment: the peak's is the
 * peak, all others are of the end, which for Python is before the interpreter
 * tears itself down.
 */
#include <stdio.h>
#include <string.h>
#include "tui/check.h"

#define LINES 3u                        /* shown under a broken limit */

struct court {
	struct verdict *verdict;
	struct session *session;
	const struct options *options;
	const struct check_parts *parts;
	struct snapshot *exit;          /* what exit figures are of */
	bool named;
};

static void doubt(struct verdict *verdict, const char *why)
{
	size_t length = strlen(verdict->doubt);

	snprintf(verdict->doubt + length, sizeof verdict->doubt - length, "%s%s",
		 length ? "; " : "", why);
}

static void name_frames(struct court *court)
{
	if (!court->named)
		cmd_name_frames(court->session, court->options->session.symbol_time);
	court->named = true;
}

/* By lines, what the limit's filter keeps of a moment. */
static struct table *lines_of(struct court *court, const struct limit *limit,
			      struct snapshot *moment, enum column_id sort)
{
	struct filter_list filters = { 0 };
	struct view view = { .by = BY_LINENO, .filters = &filters, .sort = sort,
			     .limit = LINES };
	char problem[256];

	name_frames(court);
	if (limit->filter)
		filters.filters[filters.length++] = limit->filter;
	return table_build(&view, moment, NULL, problem);
}

/* The sums of what a limit is about, at its moment. */
static bool sums_of(struct court *court, const struct limit *limit, struct snapshot *moment,
		    struct figures *sums)
{
	const struct totals *totals = &moment->totals;
	struct table *table;

	*sums = (struct figures){ totals->current, totals->blocks, totals->allocations,
				  totals->total, totals->temporary };
	if (!limit->filter || limit->figure == LIMIT_PEAK)
		return true;            /* a filter's peak is a moment of its own */
	table = lines_of(court, limit, moment, COLUMN_DEFAULT);
	if (table)
		*sums = table->sum;
	table_free(table);
	return table;
}

/* The moment that a limit's figure is of; NULL: out of memory. */
static struct snapshot *moment_of(struct court *court, const struct limit *limit,
				  const char **name)
{
	struct error error;

	if (limit->figure == LIMIT_PEAK) {
		int part = check_parts_find(court->parts, limit);

		*name = "peak";
		return part < 0 ? session_moment(court->session, "peak", &error) :
			session_part_peak(court->session, (unsigned)part);
	}
	if (limit_at_exit(limit->figure)) {
		*name = court->exit->name;
		return snapshot_retain(court->exit);
	}
	*name = court->verdict->end->name;
	return snapshot_retain(court->verdict->end);
}

static void judge(struct court *court, const struct limit *limit)
{
	static const enum column_id sort[LIMIT_FIGURES] = {
		[LIMIT_EXIT_BLOCKS] = COLUMN_COUNT,
		[LIMIT_TOTAL] = COLUMN_TOTAL,
		[LIMIT_ALLOCS] = COLUMN_ALLOCATIONS,
	};
	struct verdict_limit *of = &court->verdict->limits[court->verdict->length];
	struct snapshot *moment;
	struct figures sums;

	*of = (struct verdict_limit){ .limit = limit };
	moment = moment_of(court, limit, &of->moment);
	if (!moment || !sums_of(court, limit, moment, &sums)) {
		doubt(court->verdict, "a limit could not be judged: out of memory");
		snapshot_release(moment);
		return;
	}
	if (limit->filter)
		snprintf(of->name, sizeof of->name, "%s", limit->text);
	else
		snprintf(of->name, sizeof of->name, "--max-%s=%s",
			 limit_figure_name(limit->figure), limit->text);
	of->value = limit_value(limit->figure, &sums);
	of->broken = limit_broken(limit, of->value);
	if (of->broken)
		of->lines = lines_of(court, limit, moment, sort[limit->figure]);
	snapshot_release(moment);
	court->verdict->length++;
	court->verdict->broken += of->broken;
}

/* Why figures may be less than what the program used. */
static void look_for_doubts(struct court *court, const struct session_status *status)
{
	char text[128];

	if (status->totals.lost) {
		snprintf(text, sizeof text, "%llu events were lost",
			 (unsigned long long)status->totals.lost);
		doubt(court->verdict, text);
	}
	if (status->untraced && court->options->session.follow == FOLLOW_ALL &&
	    court->options->limits.length) {
		snprintf(text, sizeof text, "%u process%s could not be traced",
			 status->untraced, status->untraced == 1 ? "" : "es");
		doubt(court->verdict, text);
	}
	if (check_parts_failed(court->parts))
		doubt(court->verdict, "out of memory while stacks were told apart");
	if (status->left)
		doubt(court->verdict, "the program became one that can't be traced");
	if (status->stopped)
		doubt(court->verdict, "tracing was stopped before the end");
}

void check_judge(struct verdict *verdict, struct session *session,
		 const struct options *options, const struct check_parts *parts)
{
	struct court court = { .verdict = verdict, .session = session, .options = options,
			       .parts = parts };
	struct session_status status;
	struct error error;

	verdict->end = session_moment(session, "exit", &error);
	if (!verdict->end)              /* tracing was stopped, the program goes on */
		verdict->end = session_now(session);
	if (!verdict->end) {
		doubt(verdict, "out of memory");
		return;
	}
	court.exit = session_moment(session, "finalize", &error);
	if (!court.exit)
		court.exit = snapshot_retain(verdict->end);
	for (size_t i = 0; i < options->limits.length; i++)
		judge(&court, &options->limits.limits[i]);
	session_status(session, &status);
	verdict->unresolved = status.unresolved;
	look_for_doubts(&court, &status);
	snapshot_release(court.exit);
}
