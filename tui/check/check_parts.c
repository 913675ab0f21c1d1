/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Limits on the peak of a part of the heap, which is what a filter keeps.  Such a peak
 * cannot be found from moments, so the reader is asked to follow it from the start.
 * Whether a stack belongs to the part is answered here, in the reader's thread.
 */
#include <stdlib.h>
#include "tui/check/check.h"
#include "views/filter/filter_run.h"

struct part {
	const struct limit *limit;      /* NULL: the part is a suppression's */
	struct filter_list filters;
	struct filter_run *run;         /* for the current catalog */
};

struct check_parts {
	struct catalog *catalog;        /* of the image that is being read */
	struct legend *legend;
	unsigned length, suppressions;  /* suppressions: the first of them; they come
					 * last */
	struct part parts[LIMITS_MAX + SUPPRESSIONS_MAX];
};

static void check_parts_forget(struct check_parts *parts)
{
	for (unsigned i = 0; i < parts->length; i++)
		filter_run_free(parts->parts[i].run);
	legend_release(parts->legend);
	parts->legend = NULL;
}

/* Changes to another catalog, since each exec begins with its own. */
static void take_catalog(struct check_parts *parts, struct catalog *catalog)
{
	static const struct view plain;

	check_parts_forget(parts);
	parts->catalog = catalog;
	parts->legend = legend_new();
	for (unsigned i = 0; i < parts->length; i++)
		parts->parts[i].run = parts->legend ?
			filter_run_new(&parts->parts[i].filters, parts->legend, &plain) : NULL;
}

/* Whether a row is a mapping, which is not part of what a limit on all memory sees. */
static bool is_aside(const struct part *part, const struct snapshot_row *row)
{
	return part->limit && !part->limit->filter && snapshot_row_maps(row);
}

static uint64_t check_parts_keeps(void *user, struct catalog *catalog, uint32_t nframe,
				  const struct snapshot_row *row)
{
	struct check_parts *parts = user;
	uint64_t kept = 0;

	if (!parts->legend || parts->catalog != catalog)
		take_catalog(parts, catalog);
	for (unsigned i = 0; i < parts->length; i++)
		if (parts->parts[i].run && !is_aside(&parts->parts[i], row) &&
		    filter_run_keeps(parts->parts[i].run,
				     legend_side(parts->legend, catalog), nframe, row))
			kept |= UINT64_C(1) << i;
	return kept;
}

static void add_suppressions(struct check_parts *parts, const struct suppressions *list)
{
	parts->suppressions = parts->length;
	for (size_t i = 0; list && i < list->length; i++) {
		struct part *part = &parts->parts[parts->length++];

		part->filters.filters[part->filters.length++] = list->of[i].filter;
	}
}

struct check_parts *check_parts_new(const struct options *options)
{
	const struct limit_list *limits = &options->limits;
	struct check_parts *parts = calloc(1, sizeof *parts);

	if (!parts)
		return NULL;
	for (size_t i = 0; i < limits->length; i++) {
		const struct limit *limit = &limits->limits[i];

		if (limit->figure != LIMIT_PEAK || !check_is_filtered(options, limit))
			continue;
		struct part *part = &parts->parts[parts->length++];
		part->limit = limit;
		check_filters(options, limit, &part->filters);
	}
	add_suppressions(parts, options->check.suppressions);
	return parts;
}

unsigned check_parts_suppression(const struct check_parts *parts, size_t suppression)
{
	return parts->suppressions + (unsigned)suppression;
}

struct parts check_parts_asked(struct check_parts *parts)
{
	return (struct parts){ .length = parts->length,
			       .keeps = check_parts_keeps,
			       .user = parts };
}

int check_parts_find(const struct check_parts *parts, const struct limit *limit)
{
	for (unsigned i = 0; i < parts->length; i++)
		if (parts->parts[i].limit == limit)
			return (int)i;
	return -1;
}

bool check_parts_failed(const struct check_parts *parts)
{
	return parts->legend && parts->legend->failed;
}

void check_parts_free(struct check_parts *parts)
{
	check_parts_forget(parts);
	free(parts);
}
